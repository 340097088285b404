"""Reads a `.vmfb` file into a `ModuleDef`, copying nothing that is large."""

from __future__ import annotations

import struct
from typing import Any

from ireelite.bytecode import schema, source_map
from ireelite.bytecode.container import EXTENSIONS, Contents, read_container
from ireelite.bytecode.flatbuffer import read
from ireelite.bytecode.isa import (
    BLOCK_MARKER,
    BY_CODE,
    BYTECODE_VERSION,
    F32_PREFIX,
    F64_PREFIX,
    Requirement,
)
from ireelite.bytecode.module_def import (
    Block,
    Dependency,
    ExportFunction,
    FunctionDef,
    ImportFunction,
    Instruction,
    ModuleDef,
    Rodata,
    Signature,
)
from ireelite.status import StatusCode, StatusError

_MIME_TYPES = {extension: mime_type for mime_type, extension in EXTENSIONS.items()}
_FORMS = {
    **dict.fromkeys(("i", "q", "f", "d", "r", "r'", ">i", ">q", ">f", ">d", ">r'"), "H"),
    **dict.fromkeys(("g32", "ro32", "ty32", "fn32", "pc"), "I"),
    "imm32": "i",
    "imm64": "q",
    "immf32": "f",
    "immf64": "d",
}
"""Kinds of fields that take as many bytes whatever they hold, as `struct` has them."""
_WHOLE: dict[tuple[str, ...], struct.Struct | None] = {}
"""Fields of an instruction -> how they are read at once; None for those that are read in turn."""


def decode_module(data: Any) -> ModuleDef:
    """Returns the module in a `.vmfb` file; its rodata are read-only views into `data` (any
    buffer).

    Raises DATA_LOSS, OUT_OF_RANGE or INVALID_ARGUMENT for anything that is not such a module, and
    never another exception. What the module means is not checked here: that is `verify_module`.
    """
    contents = read_container(memoryview(data).toreadonly())
    root = read(
        schema.MODULE, contents.flatbuffer, identifier=schema.FILE_IDENTIFIER, size_prefix=True
    )
    version = root["bytecode_version"]
    if version >> 16 != BYTECODE_VERSION >> 16 or version > BYTECODE_VERSION:
        raise StatusError(
            StatusCode.INVALID_ARGUMENT,
            f"bytecode version {version >> 16}.{version & 0xFFFF} of module '{root['name']}' "
            "cannot be read; "
            f"this runtime takes {BYTECODE_VERSION >> 16}.{BYTECODE_VERSION & 0xFFFF}",
        )
    state = root["module_state"] or {"global_bytes_capacity": 0, "global_ref_count": 0}
    module = ModuleDef(
        name=root["name"],
        version=root["version"],
        attrs=_attrs(root["attrs"]),
        types=[row["full_name"] or "" for row in root["types"] or ()],
        dependencies=[
            Dependency(row["name"] or "", row["minimum_version"], bool(row["flags"] & 2))
            for row in root["dependencies"] or ()
        ],
        imports=[
            ImportFunction(
                row["full_name"] or "", _signature(row["signature"]), bool(row["flags"] & 2)
            )
            for row in root["imported_functions"] or ()
        ],
        exports=[
            ExportFunction(row["local_name"] or "", row["internal_ordinal"])
            for row in root["exported_functions"] or ()
        ],
        rodata=_rodata(root["rodata_segments"] or [], contents),
        global_bytes=state["global_bytes_capacity"],
        global_refs=state["global_ref_count"],
    )
    signatures = root["function_signatures"] or []
    descriptors = root["function_descriptors"] or []
    if root["requirements"] & ~int(Requirement(15)):
        raise _broken(f"it requires features unknown to this runtime: {root['requirements']:#010x}")
    if len(signatures) != len(descriptors):
        raise _broken(f"it has {len(signatures)} signatures for {len(descriptors)} functions")
    code = root["bytecode_data"] if root["bytecode_data"] is not None else memoryview(b"")
    budget = len(code) + 16 * len(descriptors)
    for ordinal, (signature, descriptor) in enumerate(zip(signatures, descriptors)):
        budget -= max(descriptor[1], 0)
        if budget < 0:
            raise _broken("the ranges of its functions overlap")
        try:
            module.functions.append(_function(_signature(signature), descriptor, code))
        except StatusError as error:
            raise error.annotate(f"decoding function {ordinal} of module '{module.name}'") from None
    source_map.attach(module, root["debug_database"])
    return module


def _function(signature: Signature, descriptor: tuple[int, ...], code: memoryview) -> FunctionDef:
    offset, length, requirements, _, block_count, ints, refs = descriptor
    if offset < 0 or length < 0 or offset + length > len(code):
        raise _broken(
            f"its code [{offset}, {offset + length}) lies outside of the {len(code)} bytes there "
            "are"
        )
    blocks = _Decoder(code[offset : offset + length], block_count).blocks()
    if len(blocks) != block_count:
        raise _broken(f"it declares {block_count} blocks and has {len(blocks)}")
    known = Requirement(requirements & 15)
    if known != requirements:
        raise _broken(f"it requires features unknown to this runtime: {requirements:#010x}")
    return FunctionDef(signature, blocks, ints, refs, known, length)


class _Decoder:
    """Reads the code of one function from front to back."""

    def __init__(self, code: memoryview, most_blocks: int):
        self.code = code
        self.most_blocks = most_blocks
        """A block takes one byte in the file and hundreds here: none is made beyond these."""
        self.at = 0
        self.targets: list[int] = []
        self.branches: list[tuple[int, int]] = []
        """Block and position of each instruction that has targets."""

    def blocks(self) -> list[Block]:
        blocks: list[Block] = []
        targets = 0
        try:
            while self.at < len(self.code):
                start = self.at
                if self.code[start] == BLOCK_MARKER:
                    if len(blocks) >= self.most_blocks:
                        raise _broken(f"it declares {self.most_blocks} blocks and has more")
                    self.at += 1
                    blocks.append(Block([], start))
                elif not blocks:
                    raise _broken("it does not begin with a block marker")
                else:
                    rows = blocks[-1].instructions
                    rows.append(self._instruction(start))
                    if len(self.targets) > targets:
                        targets = len(self.targets)
                        self.branches.append((len(blocks) - 1, len(rows) - 1))
        except (struct.error, IndexError):
            raise _broken(f"an instruction is cut off at byte {len(self.code)}") from None
        except UnicodeDecodeError:
            raise _broken(f"the string at byte {self.at} is not UTF-8") from None
        numbers = {block.pc: number for number, block in enumerate(blocks)}
        for target in self.targets:
            if target not in numbers:
                raise _broken(f"it branches to byte {target}, where no block begins")
        for block, position in self.branches:
            rows = blocks[block].instructions
            op, operands, origin, pc, location = rows[position]
            operands = _to_indices(op.fields, operands, numbers)
            rows[position] = Instruction(op, operands, origin, pc, location)
        return blocks

    def _instruction(self, start: int) -> Instruction:
        code = self.code[start]
        prefix = None
        if code in (F32_PREFIX, F64_PREFIX):
            prefix, code = code, self.code[start + 1]
            self.at += 1
        self.at += 1
        op = BY_CODE.get((prefix, code))
        if op is None:
            raise _broken(f"there is no opcode {prefix or 0:#04x} {code:#04x}, as at byte {start}")
        fields = op.fields
        if fields not in _WHOLE:
            _WHOLE[fields] = _whole_form(fields)
        form = _WHOLE[fields]
        if form is None:
            return Instruction(op, tuple([self._field(kind) for kind in fields]), None, start)
        operands = form.unpack_from(self.code, self.at)
        self.at += form.size
        return Instruction(op, operands, None, start)

    def _field(self, kind: str) -> Any:
        if (code := _FORMS.get(kind)) is not None:
            (value,) = struct.unpack_from("<" + code, self.code, self.at)
            self.at += struct.calcsize("<" + code)
            if kind == "pc":
                self.targets.append(value)
            return value
        if kind == "s16":
            end = self.at + 2 + self._number()
            if end > len(self.code):
                raise IndexError
            text = str(self.code[self.at + 2 : end], "utf-8")
            self.at = end
            return text
        if kind == "T":
            count = self._number()
            self.at += 2
            return tuple([(self._field("pc"), self._field("M")) for _ in range(count)])
        self.at += self.at % 2
        count = self._number() * (2 if kind == "M" else 1)
        values = struct.unpack_from(f"<{count}H", self.code, self.at + 2)
        self.at += 2 + 2 * count
        return tuple(zip(values[::2], values[1::2])) if kind == "M" else values

    def _number(self) -> int:
        return struct.unpack_from("<H", self.code, self.at)[0]


def _whole_form(fields: tuple[str, ...]) -> struct.Struct | None:
    """Returns how the fields of an instruction are read at once, if all of them take as many bytes
    whatever they hold and none is a branch target, which is noted.
    """
    if "pc" in fields or not all(kind in _FORMS for kind in fields):
        return None
    return struct.Struct("<" + "".join(_FORMS[kind] for kind in fields))


def _to_indices(
    fields: tuple[str, ...], operands: tuple[Any, ...], numbers: dict[int, int]
) -> tuple[Any, ...]:
    """Returns the operands with the byte offsets of branch targets replaced by block indices."""
    changed: list[Any] = []
    for kind, operand in zip(fields, operands):
        if kind == "pc":
            operand = numbers[operand]
        elif kind == "T":
            operand = tuple((numbers[target], moves) for target, moves in operand)
        changed.append(operand)
    return tuple(changed)


def _rodata(rows: list[dict[str, Any]], contents: Contents) -> list[Rodata]:
    names: dict[int, str] | None = None
    segments: list[Rodata] = []
    for row in rows:
        if row["compression_type_type"] > 1:
            raise _broken(f"rodata has an unknown compression {row['compression_type_type']}")
        if row["embedded_data"] is not None:
            segments.append(Rodata(row["embedded_data"], external=False))
            continue
        if names is None:
            names = contents.member_names()
        offset = row["external_data_offset"]
        stem, dot, extension = names.get(offset, "").rpartition(".")
        mime_type = _MIME_TYPES.get(dot + extension)
        data = contents.segment(offset, row["external_data_length"])
        segments.append(Rodata(data, stem, mime_type, external=True))
    return segments


def _signature(row: dict[str, Any] | None) -> Signature:
    if row is None:
        return Signature("")
    return Signature(row["calling_convention"] or "", _attrs(row["attrs"]))


def _attrs(rows: list[dict[str, Any]] | None) -> dict[str, str]:
    return {row["key"] or "": row["value"] or "" for row in rows or ()}


def _broken(why: str) -> StatusError:
    return StatusError(StatusCode.DATA_LOSS, f"malformed bytecode module: {why}")
