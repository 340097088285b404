"""What a `.vmfb` file holds, as text: the tables of upstream's `iree-dump-module`, and as JSON.

Read from the FlatBuffer itself and not from a `ModuleDef`, because offsets and sizes are what is
asked for here. Functions are not decoded, so a module of another bytecode version can be described.

Unlike upstream, `...` stands only behind text that goes on, and bytes that merely begin with a zero
are not shown as an empty text.
"""

from __future__ import annotations

import json
from typing import Any

from ireelite.bytecode import schema
from ireelite.bytecode.calling_convention import parse_cconv
from ireelite.bytecode.container import Contents, read_container
from ireelite.bytecode.flatbuffer import (
    Bytes,
    Nested,
    NestedVector,
    Scalar,
    Table,
    Unions,
    read,
)
from ireelite.bytecode.isa import Requirement
from ireelite.status import StatusCode, StatusError

_TYPES = {"i": "i32", "I": "i64", "f": "f32", "F": "f64", "r": "!vm.ref<?>"}
_SHOWN_REQUIREMENTS = (Requirement.EXT_F32, Requirement.EXT_F64)
_BAR = "//===" + "-" * 110 + "===//"
_REF_BYTES = 16
"""What upstream counts for a reference global."""
_TEXT_BYTES = 32
"""How much of a text in the rodata is shown."""
_DESCRIPTOR_FIELDS = (
    "bytecode_offset",
    "bytecode_length",
    "requirements",
    "reserved",
    "block_count",
    "i32_register_count",
    "ref_register_count",
)
_LOCATION_FIELDS = ("bytecode_offset", "location")
_DEPENDENCY_FLAGS = {1: "REQUIRED", 2: "OPTIONAL"}


def read_root(data: Any) -> tuple[Contents, dict[str, Any]]:
    """Returns the parts of a file, and its FlatBuffer's root as `schema.MODULE` has it.

    Raises DATA_LOSS if the bytes are no module.
    """
    contents = read_container(memoryview(data).toreadonly())
    return contents, read(
        schema.MODULE, contents.flatbuffer, identifier=schema.FILE_IDENTIFIER, size_prefix=True
    )


def describe_module(data: Any) -> str:
    """Requirements, types, dependencies, imports, exports, state, sizes, rodata and functions of a
    `.vmfb` file (any buffer).

    Raises DATA_LOSS for malformed files, INVALID_ARGUMENT for malformed calling conventions.
    """
    contents, root = read_root(data)
    sections = [
        _title(f"@{root['name']} : version {root['version']}"),
        _requirements(root),
        _attributes(root),
        _listed("Required Types", [row["full_name"] or "" for row in root["types"] or ()]),
        _dependencies(root),
        _listed("Imported Functions", [_import(row) for row in root["imported_functions"] or ()]),
        _listed("Exported Functions", [_export(root, row) for row in _exports(root)]),
        _title("Sections"),
        _state(root),
        _sizes(contents, root),
        _external(root),
        _title(f"Bytecode : version {root['version']}"),
        _functions(root),
        _debug(root),
    ]
    return "\n".join(f"{section}\n" for section in sections if section) + "\n"


def to_json(data: Any, pretty: bool = False) -> str:
    """Returns the FlatBuffer of a `.vmfb` file as JSON; fields with their default are left out.

    Raises DATA_LOSS for malformed files.
    """
    flatbuffer = read_container(memoryview(data).toreadonly()).flatbuffer
    root = read(schema.MODULE, flatbuffer, identifier=schema.FILE_IDENTIFIER, size_prefix=True)
    value = _json(schema.MODULE, root)
    return json.dumps(
        value,
        indent=2 if pretty else None,
        separators=None if pretty else (",", ":"),
        ensure_ascii=False,
    )


def requirement_names(bits: int) -> str:
    """Formats requirements as `EXT_F32 | 0000000C`: the extensions by name, all other bits as one
    hexadecimal number.
    """
    names = [flag.name or "" for flag in _SHOWN_REQUIREMENTS if bits & flag]
    rest = bits & ~sum(_SHOWN_REQUIREMENTS)
    return " | ".join([*names, f"{rest:08X}"] if rest else names)


def signature_text(cconv: str) -> str:
    """Formats `0rI_r` as `(!vm.ref<?>, i64) -> (!vm.ref<?>)`, and a span as `tuple<i32, i64>...`."""
    convention = parse_cconv(cconv)
    arguments = [
        f"tuple<{', '.join(_TYPES[letter] for letter in item[1:-1])}>..."
        if item[0] == "C"
        else _TYPES[item]
        for item in convention.arguments
    ]
    results = [_TYPES[letter] for letter in convention.results]
    return f"({', '.join(arguments)}) -> ({', '.join(results)})"


def text_of(data: Any) -> str | None:
    """Returns the first bytes of rodata between backticks if it is text, with `...` if the text has
    32 bytes or more.

    Text is printable ASCII, up to the first zero or the end.
    """
    text, _, _ = bytes(data).partition(b"\0")
    if not text.isascii() or not text.decode("ascii").isprintable():
        return None
    more = "..." if len(text) >= _TEXT_BYTES else ""
    return f"`{text[:_TEXT_BYTES].decode('ascii')}`{more}"


# -- sections --------------------------------------------------------------------------------------


def _title(text: str) -> str:
    return f"{_BAR}\n// {text}\n{_BAR}"


def _listed(title: str, rows: list[str]) -> str:
    lines = [f"  [{n:3}] {row}" for n, row in enumerate(rows)]
    return "\n".join([f"{title}:", *lines]) if rows else ""


def _requirements(root: dict[str, Any]) -> str:
    names = requirement_names(root["requirements"])
    return f"Requirements: {names}" if names else ""


def _attributes(root: dict[str, Any]) -> str:
    lines = [f"  {row['key']}: {row['value']}" for row in root["attrs"] or ()]
    return "\n".join(["Attributes:", *lines]) if lines else ""


def _dependencies(root: dict[str, Any]) -> str:
    lines = [
        f"  {row['name']}, version >= {row['minimum_version']}, "
        f"{'optional' if row['flags'] & 2 else 'required'}"
        for row in root["dependencies"] or ()
    ]
    return "\n".join(["Module Dependencies:", *lines]) if lines else ""


def _import(row: dict[str, Any]) -> str:
    optional = "?" if row["flags"] & 2 else ""
    return f"{optional}{row['full_name']}{signature_text(_cconv(row['signature']))}"


def _exports(root: dict[str, Any]) -> list[dict[str, Any]]:
    rows = root["exported_functions"] or []
    count = len(root["function_signatures"] or ())
    for row in rows:
        if not 0 <= row["internal_ordinal"] < count:
            raise StatusError(
                StatusCode.DATA_LOSS,
                f"malformed bytecode module: export '{row['local_name']}' is function "
                f"{row['internal_ordinal']} of {count}",
            )
    return rows


def _export(root: dict[str, Any], row: dict[str, Any]) -> str:
    signature = root["function_signatures"][row["internal_ordinal"]]
    lines = [f"{row['local_name']}{signature_text(_cconv(signature))}"]
    lines += [f"        {attr['key']}: {attr['value']}" for attr in signature["attrs"] or ()]
    return "\n".join(lines)


def _cconv(signature: dict[str, Any] | None) -> str:
    return (signature or {}).get("calling_convention") or "0v_v"


def _state(root: dict[str, Any]) -> str:
    if not (state := root["module_state"]):
        return ""
    number, references = state["global_bytes_capacity"], state["global_ref_count"]
    total = number + references * _REF_BYTES
    return f"Module State:\n  {number} bytes, {references} refs, ~{total} bytes total"


def _sizes(contents: Contents, root: dict[str, Any]) -> str:
    lines = [
        f"FlatBuffer: {len(contents.flatbuffer) - 4} bytes",
        f"  Bytecode: {len(root['bytecode_data'] or b'')} bytes",
    ]
    for n, row in enumerate(root["rodata_segments"] or ()):
        data = row["embedded_data"]
        if data is not None:
            text = text_of(data)
            shown = "" if text is None else f" {text}"
            lines.append(f"  .rodata[{n:3}] embedded {len(data):8} bytes{shown}")
            continue
        start, length = row["external_data_offset"], row["external_data_length"]
        place = f"offset {start} / {start:X}h to {start + length:X}h"
        lines.append(f"  .rodata[{n:3}] external {length:8} bytes ({place})")
    return "\n".join(lines)


def _external(root: dict[str, Any]) -> str:
    rows = root["rodata_segments"] or ()
    total = sum(row["external_data_length"] for row in rows if row["embedded_data"] is None)
    return f"External .rodata: ~{total} bytes" if total else ""


def _functions(root: dict[str, Any]) -> str:
    lines = [
        "  # | Offset   |   Length | Blocks | i32 # | ref # | Requirements | Aliases",
        "----+----------+----------+--------+-------+-------+--------------+" + "-" * 53,
    ]
    for n, row in enumerate(root["function_descriptors"] or []):
        offset, length, requirements, _, blocks, numbers, references = row
        names = [e["local_name"] or "" for e in _exports(root) if e["internal_ordinal"] == n]
        lines.append(
            f"{n:3} | {offset:08X} | {length:8} | {blocks:6} | {numbers:5} | {references:5} | "
            f"{requirement_names(requirements):12} | {', '.join(names)}"
        )
    return "\n".join(lines)


def _debug(root: dict[str, Any]) -> str:
    database = root["debug_database"]
    if database is None:
        return ""
    note = "// NOTE: debug databases are large and should be stripped in deployed artifacts."
    count = len(database["location_table"] or ())
    return f"{_title('Debug Information')}\n{note}\n\nLocations: {count}"


# -- JSON ------------------------------------------------------------------------------------------


def _json(table: Table, value: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, field in table.fields.items():
        item = value[name]
        if item is None or (isinstance(field, Scalar) and item == field.default):
            continue
        match field:
            case Nested(nested):
                item = _json(nested, item)
            case NestedVector(nested):
                item = [_json(nested, row) for row in item]
            case Unions():
                item = [None if pair is None else _json(*pair) for pair in item]
            case Bytes() if name != "location_table_type":
                item = list(item)
            case _:
                item = _json_leaf(name, item)
        shown[name] = item
    return shown


def _json_leaf(name: str, item: Any) -> Any:
    match name:
        case "requirements":
            return _flag_names(item)
        case "flags":
            return " ".join(text for bit, text in _DEPENDENCY_FLAGS.items() if item & bit)
        case "function_descriptors":
            rows = [dict(zip(_DESCRIPTOR_FIELDS, row)) for row in item]
            return [row | {"requirements": _flag_names(row["requirements"])} for row in rows]
        case "locations" if item and isinstance(item[0], tuple):
            return [dict(zip(_LOCATION_FIELDS, row)) for row in item]
        case "location_table_type":
            return [schema.LOCATIONS[tag - 1].name if tag else "NONE" for tag in item]
        case _:
            return item


def _flag_names(bits: int) -> str | int:
    known = Requirement(bits & 15)
    if known != bits or not bits:
        return bits
    return " ".join(flag.name or "" for flag in known)
