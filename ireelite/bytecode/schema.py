"""The FlatBuffer schema of an IREE bytecode module (`IREE`, bytecode 17.0),
fields in slot order.
"""

from __future__ import annotations

from ireelite.bytecode.flatbuffer import (
    Bytes,
    Nested,
    NestedVector,
    Scalar,
    Scalars,
    Structs,
    Table,
    Text,
    Unions,
)

FILE_IDENTIFIER = b"IREE"

ATTR = Table("AttrDef", {"key": Text(), "value": Text()})
TYPE = Table("TypeDef", {"full_name": Text()})
SIGNATURE = Table(
    "FunctionSignatureDef", {"calling_convention": Text(), "attrs": NestedVector(ATTR)}
)
DEPENDENCY = Table(
    "ModuleDependencyDef",
    {"name": Text(), "minimum_version": Scalar("I"), "flags": Scalar("I", default=1)},
)
IMPORT = Table(
    "ImportFunctionDef",
    {"full_name": Text(), "signature": Nested(SIGNATURE), "flags": Scalar("I", default=1)},
)
EXPORT = Table("ExportFunctionDef", {"local_name": Text(), "internal_ordinal": Scalar("i")})
UNCOMPRESSED = Table("UncompressedDataDef")
RODATA = Table(
    "RodataSegmentDef",
    {
        "compression_type_type": Scalar("B"),
        "compression_type": Nested(UNCOMPRESSED),
        "embedded_data": Bytes(align=16),
        "external_data_offset": Scalar("Q"),
        "external_data_length": Scalar("Q"),
    },
)
RWDATA = Table("RwdataSegmentDef", {"byte_size": Scalar("i")})
MODULE_STATE = Table(
    "ModuleStateDef", {"global_bytes_capacity": Scalar("i"), "global_ref_count": Scalar("i")}
)
SOURCE_MAP = Table(
    "FunctionSourceMapDef", {"local_name": Text(), "locations": Structs("ii", align=4)}
)
CALL_SITE = Table("CallSiteLocDef", {"callee": Scalar("i"), "caller": Scalar("i")})
FILE_LINE_COL = Table(
    "FileLineColLocDef", {"filename": Text(shared=True), "line": Scalar("i"), "column": Scalar("i")}
)
FUSED = Table("FusedLocDef", {"metadata": Text(), "locations": Scalars("i")})
NAME = Table("NameLocDef", {"name": Text(), "child_location": Scalar("i")})
LOCATIONS = (CALL_SITE, FILE_LINE_COL, FUSED, NAME)
"""Kinds of source locations; the first has the tag 1."""
DEBUG_DATABASE = Table(
    "DebugDatabaseDef",
    {
        "location_table_type": Bytes(),
        "location_table": Unions("location_table_type", LOCATIONS),
        "functions": NestedVector(SOURCE_MAP),
    },
)
MODULE = Table(
    "BytecodeModuleDef",
    {
        "name": Text(),
        "version": Scalar("I"),
        "requirements": Scalar("I"),
        "attrs": NestedVector(ATTR),
        "types": NestedVector(TYPE),
        "dependencies": NestedVector(DEPENDENCY),
        "imported_functions": NestedVector(IMPORT),
        "exported_functions": NestedVector(EXPORT),
        "function_signatures": NestedVector(SIGNATURE),
        "rodata_segments": NestedVector(RODATA),
        "rwdata_segments": NestedVector(RWDATA),
        "module_state": Nested(MODULE_STATE),
        "function_descriptors": Structs("iiIhhhh", align=4),
        "bytecode_version": Scalar("I"),
        "bytecode_data": Bytes(align=16),
        "debug_database": Nested(DEBUG_DATABASE),
    },
    required=("name",),
)
"""Function descriptors: bytecode offset, length, requirements, reserved, blocks,
i32 and ref registers.
"""
