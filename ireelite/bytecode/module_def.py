"""A bytecode module as plain data: what is written to and read from a `.vmfb` file."""

from __future__ import annotations

from typing import Any

from ireelite.bytecode.isa import Opcode, Requirement
from ireelite.bytecode.locations import Location
from ireelite.light_dataclass import field, light_dataclass
from ireelite.light_named_tuple import NamedTuple


class Instruction(NamedTuple):
    """One instruction: a row of the instruction set and its operands in encoded order (see
    `isa`).
    """

    op: Opcode
    operands: tuple[Any, ...] = ()
    origin: object = None
    """What it was made from; opaque here, and returned by `encode_module` with the bytes it
    became.
    """
    pc: int = -1
    """Byte offset in the function; known after decoding."""
    location: int | None = None
    """Where it comes from, a row of `ModuleDef.locations`; None if nothing is said about it."""


@light_dataclass()
class Block:
    """Instructions that run from the first to the last, which is a terminator.

    The block marker is not among them.
    """

    instructions: list[Instruction] = field(default_factory=list)
    pc: int = -1
    """Byte offset of the block's marker in the function; known after decoding."""


@light_dataclass()
class Signature:
    """How a function is called (`0rI_r`), and its reflection attributes."""

    cconv: str = "0v_v"
    attrs: dict[str, str] = field(default_factory=dict)


@light_dataclass()
class FunctionDef:
    """A function of the module. None in a count or in `requirements` means:
    compute it when encoding.
    """

    signature: Signature
    blocks: list[Block]
    i32_registers: int | None = None
    ref_registers: int | None = None
    requirements: Requirement | None = None
    length: int = -1
    """Bytes of its code; known after decoding."""
    name: str = ""
    """What the source calls it; written only where there is a source map."""


@light_dataclass()
class ImportFunction:
    """A function that another module must export, as `hal.fence.create`."""

    full_name: str
    signature: Signature
    optional: bool = False


@light_dataclass()
class ExportFunction:
    """The public name of a function of this module."""

    name: str
    ordinal: int


@light_dataclass()
class Dependency:
    """Another module that must be there, or may be, in at least this version."""

    name: str
    minimum_version: int = 0
    optional: bool = False


@light_dataclass()
class Rodata:
    """Read-only bytes.

    With a MIME type, or 4096 bytes and more, they are written outside of the FlatBuffer.
    """

    data: Any
    """Any buffer; a memoryview into the file after decoding."""
    name: str = ""
    """What the member of a ZIP is called, without its extension."""
    mime_type: str | None = None
    external: bool | None = None
    """Where it was found when decoding; None means: by the rule above."""


@light_dataclass()
class ModuleDef:
    """A whole module."""

    name: str
    version: int = 0
    attrs: dict[str, str] = field(default_factory=dict)
    """Attributes of the module itself, as `ireelite.record`."""
    types: list[str] = field(default_factory=list)
    """Builtin names (`i32`) and reference types with their `!` (`!hal.device`);
    a `ty32` counts these.
    """
    dependencies: list[Dependency] = field(default_factory=list)
    imports: list[ImportFunction] = field(default_factory=list)
    exports: list[ExportFunction] = field(default_factory=list)
    functions: list[FunctionDef] = field(default_factory=list)
    rodata: list[Rodata] = field(default_factory=list)
    global_bytes: int = 0
    """Bytes of number globals, zero at first."""
    global_refs: int = 0
    """Number of reference globals, null at first."""
    locations: list[Location] = field(default_factory=list)
    """The source map: what `Instruction.location` counts, each row made of rows before it; empty if
    there is none.
    """

    def function_name(self, ordinal: int) -> str:
        """Returns the export name of a function; for an internal one what the source map calls it,
        or `fn` and its ordinal.
        """
        exported = [export.name for export in self.exports if export.ordinal == ordinal]
        return exported[0] if exported else self.functions[ordinal].name or f"fn{ordinal}"

    def source_name(self, ordinal: int) -> str:
        """Returns the name of a function in the source: its own name, else its export name, else an
        empty string.
        """
        exported = [export.name for export in self.exports if export.ordinal == ordinal]
        return self.functions[ordinal].name or (exported[0] if exported else "")
