"""The globals of a module: which there are, by its instructions; their names, by the record of its
compilation; and their values as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ireelite.records import CompilationRecord
from ireelite.status import StatusError

if TYPE_CHECKING:
    from ireelite.bytecode.module_def import ModuleDef

NUMBER_BYTES = {"i32": 4, "i64": 8, "f32": 4, "f64": 8}
MAX_VALUE = 44
MAX_ELEMENTS = 6
_ADDRESS = re.compile(r"( at)? 0x[0-9a-fA-F]+")
_GLOBAL = re.compile(r"vm\.global\.(\w+) (?:private |public )?(?:mutable )?@(\"[^\"]+\"|[\w.$-]+)")


def value_text(value: Any) -> str:
    """Returns the value of a global, short and without addresses."""
    if value is None:
        return "null"
    text = _elements(value) or _ADDRESS.sub("", str(value))
    return text if len(text) <= MAX_VALUE else f"{text[: MAX_VALUE - 1]}…"


def _elements(value: Any) -> str:
    """Returns a small buffer view on the host as `4xf32=1 2 3 4`; nothing for all else."""
    from ireelite.hal.buffer import BufferView
    from ireelite.hal.host_memory import HostBuffer
    from workbench.model.vm_objects import array_of

    if not isinstance(value, BufferView) or not isinstance(value.buffer, HostBuffer):
        return ""
    try:
        array = array_of(value)
    except StatusError:
        return ""
    type = re.sub(r"<hal.buffer_view (.*)>", r"\1", str(value))
    words = [f"{element}" for element in array.ravel()[:MAX_ELEMENTS].tolist()]
    return f"{type}={' '.join(words)}{' …' * (array.size > MAX_ELEMENTS)}"


def number_globals(definition: ModuleDef) -> dict[int, str]:
    """Returns the type of each number global that instructions load or store by name, by its byte
    offset.
    """
    found: dict[int, str] = {}
    for op, operands in _instructions(definition):
        what, _, kind = op.rpartition(".")
        if what in ("global.load", "global.store") and kind in NUMBER_BYTES:
            found[int(operands[0])] = kind
    return found


def ref_types(definition: ModuleDef) -> dict[int, str]:
    """Returns the type of each reference global by its ordinal, from the instructions that load and
    store them.
    """
    found: dict[int, str] = {}
    for op, operands in _instructions(definition):
        if op in ("global.load.ref", "global.store.ref"):
            found[int(operands[0])] = definition.types[int(operands[1])]
    return found


def _instructions(definition: ModuleDef) -> Iterable[tuple[str, tuple[Any, ...]]]:
    for function in definition.functions:
        for block in function.blocks:
            for instruction in block.instructions:
                yield instruction.op.mnemonic, instruction.operands


def global_names(record: CompilationRecord) -> tuple[list[str], dict[int, str]]:
    """Returns the names of reference globals in the order of their ordinals, and those of number
    globals by offset, from the stage `vm`, which declares both in the order in which they are
    numbered.
    """
    refs: list[str] = []
    numbers: dict[int, str] = {}
    offset = 0
    stage = next((stage for stage in record.stages if stage.name == "vm"), None)
    lines = stage.text.split("\n") if stage is not None else []
    for match in filter(None, map(_GLOBAL.search, lines)):
        kind, name = match[1], match[2].strip('"')
        if kind == "ref" and "global.ref @" in match.string:
            refs.append(name)
        elif kind in NUMBER_BYTES:
            size = NUMBER_BYTES[kind]
            offset = -(-offset // size) * size
            numbers[offset] = name
            offset += size
    return refs, numbers
