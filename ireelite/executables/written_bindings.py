"""Bindings that an entry point may write to, derived from its code for execution records.

A pointer is assumed to point to every binding that it may point to. If the code does something that
the analysis does not know, the result is None.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ireelite.executables.spirv_decode import SpirvModule, decode_spirv
from ireelite.executables.spirv_facts import SpirvFacts
from ireelite.executables.spirv_grammar import SpirvInstruction

_VALUE = re.compile(r"%[\w.]+")
_ASSIGNED = re.compile(r"\s*(%[\w.]+) = (.*)")
_SLOT = re.compile(r"getelementptr \w*\s*ptr, ptr (%[\w.]+), i64 (\d+)$")
_POINTER = re.compile(r"ptr(?: \w+)* (%[\w.]+)")
_CALLEE = re.compile(r"@([\w.]+)\((.*)\)")
_READS = ("llvm.masked.load", "llvm.masked.gather", "llvm.prefetch", "llvm.lifetime")
_WRITES_FIRST = ("llvm.memcpy", "llvm.memmove", "llvm.memset")
_WRITES = ("llvm.masked.store", "llvm.masked.scatter")


def of_llvm_ir(text: str, entry_point: str) -> frozenset[int] | None:
    """Returns the positions of the bindings that a function `entry_point(bindings, constants, ...)`
    may write to, given the text of its LLVM IR module; None if they are unknown.
    """
    found = re.search(
        rf'^define [^@]*@"?{re.escape(entry_point)}"?\(ptr[^%,]*(%[\w.]+).*?\{{\n(.*?)^\}}',
        text,
        re.MULTILINE | re.DOTALL,
    )
    if found is None:
        return None
    lines = found[2].splitlines()
    held: dict[str, frozenset[int]] = {}
    slots: dict[str, int] = {}
    while True:
        before = dict(held)
        for line in lines:
            if (assigned := _ASSIGNED.match(line)) is not None:
                _hold(assigned[1], assigned[2], found[1], slots, held)
        if held == before:
            break
    written: set[int] = set()
    for line in lines:
        if (pointers := _written_pointers(line, held)) is None:
            return None
        for pointer in pointers:
            written |= held.get(pointer, frozenset())
    return frozenset(written)


def _hold(
    name: str,
    instruction: str,
    bindings: str,
    slots: dict[str, int],
    held: dict[str, frozenset[int]],
) -> None:
    """Records in `held` which bindings an assigned value may point to."""
    if (slot := _SLOT.match(instruction)) is not None and slot[1] == bindings:
        slots[name] = int(slot[2])
    elif instruction.startswith("load ptr, ptr"):
        pointer = _VALUE.findall(instruction)[0]
        if pointer in slots:
            held[name] = frozenset([slots[pointer]])
    elif instruction.startswith(("getelementptr", "phi ", "select ", "bitcast", "insertelement")):
        known = [held[value] for value in _VALUE.findall(instruction) if value in held]
        if known:
            held[name] = held.get(name, frozenset()).union(*known)


def _written_pointers(line: str, held: dict[str, frozenset[int]]) -> list[str] | None:
    """The pointers that an instruction writes through; None if they are unknown."""
    text = line.strip()
    if text.startswith("store "):
        return _POINTER.findall(text)[-1:]
    if "atomicrmw " in text or "cmpxchg " in text:
        return _POINTER.findall(text)[:1]
    if "call " not in text or (callee := _CALLEE.search(text)) is None:
        return []
    name, arguments = callee[1], [value for value in _VALUE.findall(callee[2]) if value in held]
    if name.startswith(_WRITES_FIRST):
        first = _VALUE.findall(callee[2])[:1]
        return [value for value in first if value in held]
    if name.startswith(_WRITES):
        return arguments
    return [] if not arguments or name.startswith(_READS) else None


def of_spirv(
    words: bytes | memoryview, entry_point: str, sets: Sequence[Sequence[int]]
) -> frozenset[int] | None:
    """Returns the positions of the bindings that a shader's entry point may write to; None if they
    are unknown. Positions count the bindings of all descriptor `sets` in order.
    """
    module = decode_spirv(words)
    facts = SpirvFacts(module)
    functions = _functions(module)
    start = next(
        (
            int(each.operands[1])
            for each in module.instructions
            if each.opcode.name == "OpEntryPoint" and each.operands[2] == entry_point
        ),
        None,
    )
    if start not in functions:
        return None
    order = [(number, binding) for number, each in enumerate(sets) for binding in each]
    variables = {id: place for place, id in facts.bound.items()}
    written: set[int] = set()
    waiting, seen = [start], {start}
    while waiting:
        for each in functions[waiting.pop()]:
            name = each.opcode.name
            if name == "OpFunctionCall" and (called := int(each.operands[2])) not in seen:
                if called not in functions:
                    return None
                seen.add(called)
                waiting.append(called)
            if (pointer := _spirv_pointer(each)) is None:
                continue
            root = _root(pointer, facts)
            if root is None:
                return None
            if (place := variables.get(root)) in order:
                written.add(order.index(place))
    return frozenset(written)


def _functions(module: SpirvModule) -> dict[int, list[SpirvInstruction]]:
    """Function id -> the instructions of the function."""
    found: dict[int, list[SpirvInstruction]] = {}
    body: list[SpirvInstruction] = []
    for each in module.instructions:
        if each.opcode.name == "OpFunction" and each.result is not None:
            body = found[each.result] = []
        body.append(each)
    return found


def _spirv_pointer(each: SpirvInstruction) -> int | None:
    """The pointer that an instruction writes through; None if it writes through none."""
    name = each.opcode.name
    if name in ("OpStore", "OpCopyMemory", "OpAtomicStore"):
        return int(each.operands[0])
    if name.startswith("OpAtomic") and name != "OpAtomicLoad":
        return int(each.operands[2])
    return None


def _root(pointer: int, facts: SpirvFacts) -> int | None:
    """The variable that a pointer points into; None if it is unknown."""
    while (defined := facts.defined.get(pointer)) is not None:
        name = defined.opcode.name
        if name == "OpVariable":
            return pointer
        if name not in ("OpAccessChain", "OpInBoundsAccessChain", "OpCopyObject"):
            return None
        pointer = int(defined.operands[2])
    return None
