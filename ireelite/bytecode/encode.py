"""Writes a `ModuleDef` as a `.vmfb` file. Equal modules give equal bytes."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from ireelite.bytecode import schema, source_map
from ireelite.bytecode.container import EXTENSIONS, Member, segment_offsets, write_container
from ireelite.bytecode.flatbuffer_writer import write
from ireelite.bytecode.isa import BLOCK_MARKER, BYTECODE_VERSION, IMPORT_BIT, Requirement
from ireelite.bytecode.module_def import FunctionDef, ModuleDef, Rodata, Signature
from ireelite.bytecode.registers import register_counts
from ireelite.bytecode.verify import verify_module
from ireelite.light_named_tuple import NamedTuple

EXTERNAL_SIZE = 4096
"""Rodata of at least so many bytes lies outside of the FlatBuffer."""

DIGEST_LENGTH = 32
"""Hexadecimal digits."""

_NUMBERS = {
    "g32": struct.Struct("<I"),
    "ro32": struct.Struct("<I"),
    "ty32": struct.Struct("<I"),
    "fn32": struct.Struct("<I"),
    "imm32": struct.Struct("<i"),
    "imm64": struct.Struct("<q"),
    "immf32": struct.Struct("<f"),
    "immf64": struct.Struct("<d"),
}


class EncodedModule(NamedTuple):
    """The bytes of a module, and where each instruction went."""

    data: bytes
    origins: list[tuple[int, int, str, object]]
    """Of all instructions in order: function ordinal, byte offset in the function, mnemonic,
    origin.
    """
    digest: str = ""
    """Of everything else in the file, in hexadecimal, if the module carries it."""


def encode_module(
    module: ModuleDef, polyglot_zip: bool = True, digest_attribute: str | None = None
) -> EncodedModule:
    """Returns the module as the bytes of a `.vmfb` file. With `digest_attribute`, the module's root
    attribute of that name holds a digest of everything else in it.

    Computes the block structure, and register counts and requirements where a function leaves them
    None. Raises INVALID_ARGUMENT for a module that `verify_module` refuses.
    """
    verify_module(module)
    code = bytearray()
    origins: list[tuple[int, int, str, object]] = []
    descriptors: list[tuple[int, ...]] = []
    maps: list[dict[str, Any]] = []
    counts = [register_counts(module, function) for function in module.functions]
    requirements = function_requirements(module, counts)
    for ordinal, function in enumerate(module.functions):
        encoded, offsets = _encode_function(function)
        rows = [instruction for block in function.blocks for instruction in block.instructions]
        origins += [
            (ordinal, at, row.op.mnemonic, row.origin)
            for at, row in zip(offsets, rows, strict=True)
        ]
        if module.locations:
            maps.append(source_map.to_table(module.source_name(ordinal), offsets, rows))
        blocks = len(function.blocks)
        descriptors.append(
            (len(code), len(encoded), requirements[ordinal], 0, blocks, *counts[ordinal])
        )
        code += encoded
        code += bytes(-len(code) % 8)

    members = [
        Member(_member_name(n, row), row.data)
        for n, row in enumerate(module.rodata)
        if is_external(row)
    ]
    places = iter(segment_offsets(members, polyglot_zip))
    root = {
        "name": module.name,
        "version": module.version,
        "requirements": _union(requirements),
        "attrs": _attrs(module.attrs),
        "types": [{"full_name": name} for name in module.types],
        "dependencies": [
            {
                "name": row.name,
                "minimum_version": row.minimum_version,
                "flags": 2 if row.optional else 1,
            }
            for row in module.dependencies
        ]
        or None,
        "imported_functions": [
            {
                "full_name": row.full_name,
                "signature": _signature(row.signature),
                "flags": 2 if row.optional else 1,
            }
            for row in module.imports
        ]
        or None,
        "exported_functions": [
            {"local_name": row.name, "internal_ordinal": row.ordinal} for row in module.exports
        ],
        "function_signatures": [_signature(function.signature) for function in module.functions],
        "rodata_segments": [
            {"external_data_offset": next(places), "external_data_length": len(row.data)}
            if is_external(row)
            else {"embedded_data": row.data}
            for row in module.rodata
        ]
        or None,
        "module_state": {
            "global_bytes_capacity": module.global_bytes,
            "global_ref_count": module.global_refs,
        }
        if module.global_bytes or module.global_refs
        else None,
        "function_descriptors": descriptors,
        "bytecode_version": BYTECODE_VERSION,
        "bytecode_data": code,
        "debug_database": source_map.to_database(module.locations, maps),
    }
    flatbuffer, digest = _with_digest(root, members, module.attrs, digest_attribute)
    return EncodedModule(write_container(flatbuffer, members, polyglot_zip), origins, digest)


def _with_digest(
    root: dict[str, Any],
    members: Sequence[Member],
    attrs: Mapping[str, str],
    attribute: str | None,
) -> tuple[bytes, str]:
    """Returns the FlatBuffer, and the digest that its root attribute `attribute` holds, if one is
    asked for. Written once, with a text of the digest's length in its place, which it then
    replaces.
    """

    def written() -> bytes:
        return write(schema.MODULE, root, identifier=schema.FILE_IDENTIFIER, size_prefix=True)

    if attribute is None:
        return written(), ""
    place = hashlib.sha256(attribute.encode()).hexdigest()[:DIGEST_LENGTH]
    root["attrs"] = _attrs({**attrs, attribute: place})
    flatbuffer = written()
    while flatbuffer.count(place.encode()) > 1:  # a constant of the program holds the same text
        place = hashlib.sha256(place.encode()).hexdigest()[:DIGEST_LENGTH]
        root["attrs"] = _attrs({**attrs, attribute: place})
        flatbuffer = written()
    contents = hashlib.sha256(flatbuffer)
    for member in members:
        contents.update(member.data)
    digest = contents.hexdigest()[:DIGEST_LENGTH]
    return flatbuffer.replace(place.encode(), digest.encode()), digest


def is_external(rodata: Rodata) -> bool:
    """Returns whether a segment lies outside of the FlatBuffer."""
    if rodata.external is not None:
        return rodata.external
    return rodata.mime_type is not None or len(rodata.data) >= EXTERNAL_SIZE


def function_requirements(module: ModuleDef, counts: list[tuple[int, int]]) -> list[Requirement]:
    """Returns what each function requires: by itself, and through the functions of the module that
    it calls.

    `counts` are the register counts of the functions: one with references must be unwound.
    """
    needs: list[Requirement] = []
    callees: list[set[int]] = []
    for function, (_, references) in zip(module.functions, counts, strict=True):
        need = Requirement.UNWIND if references else Requirement(0)
        called: set[int] = set()
        for block in function.blocks:
            for row in block.instructions:
                need |= row.op.requirement
                if row.op.mnemonic.startswith("call") and not row.operands[0] & IMPORT_BIT:
                    called.add(row.operands[0])
        needs.append(need)
        callees.append(called)
    transitive = Requirement.YIELD | Requirement.UNWIND
    changed = True
    while changed:
        changed = False
        for ordinal, called in enumerate(callees):
            need = needs[ordinal]
            for callee in called:
                need |= needs[callee] & transitive
            changed |= need != needs[ordinal]
            needs[ordinal] = need
    return [
        need if function.requirements is None else function.requirements
        for need, function in zip(needs, module.functions, strict=True)
    ]


def _encode_function(function: FunctionDef) -> tuple[bytes, list[int]]:
    """Returns the code of a function, and the byte offset of each of its instructions."""
    code = bytearray()
    offsets: list[int] = []
    markers: list[int] = []
    targets: list[tuple[int, int]] = []
    for block in function.blocks:
        markers.append(len(code))
        code.append(BLOCK_MARKER)
        for row in block.instructions:
            offsets.append(len(code))
            if row.op.prefix is not None:
                code.append(row.op.prefix)
            code.append(row.op.code)
            for kind, operand in zip(row.op.fields, row.operands, strict=True):
                _encode_field(code, kind, operand, targets)
    for at, block_index in targets:
        struct.pack_into("<I", code, at, markers[block_index])
    return bytes(code), offsets


def _encode_field(code: bytearray, kind: str, operand: Any, targets: list[tuple[int, int]]) -> None:
    if (form := _NUMBERS.get(kind)) is not None:
        code += form.pack(operand)
    elif kind == "pc":
        targets.append((len(code), operand))
        code += bytes(4)
    elif kind in ("L", ">L", "S"):
        code += bytes(len(code) % 2)
        code += struct.pack(f"<{1 + len(operand)}H", len(operand), *operand)
    elif kind == "M":
        code += bytes(len(code) % 2)
        code += struct.pack("<H", len(operand))
        for source, target in operand:
            code += struct.pack("<HH", source, target)
    elif kind == "T":
        code += struct.pack("<H", len(operand))
        for block_index, moves in operand:
            _encode_field(code, "pc", block_index, targets)
            _encode_field(code, "M", moves, targets)
    elif kind == "s16":
        encoded = operand.encode()
        code += struct.pack("<H", len(encoded)) + encoded
    else:
        code += struct.pack("<H", operand)


def _signature(signature: Signature) -> dict[str, Any]:
    return {"calling_convention": signature.cconv, "attrs": _attrs(signature.attrs)}


def _attrs(attrs: dict[str, str]) -> list[dict[str, str]] | None:
    return [{"key": key, "value": value} for key, value in attrs.items()] or None


def _member_name(ordinal: int, rodata: Rodata) -> str:
    name = rodata.name or f"rodata_{ordinal}"
    return name + EXTENSIONS.get(rodata.mime_type or "", ".bin")


def _union(requirements: list[Requirement]) -> int:
    union = Requirement(0)
    for requirement in requirements:
        union |= requirement
    return int(union)
