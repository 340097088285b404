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
from ireelite.status import StatusError

Pointees = frozenset[int] | None
"""Bindings that a pointer may point to, empty for memory of the function itself and for globals;
None if they are unknown."""

_NAME = r'[%@](?:[\w.$-]+|"[^"]*")'
_ASSIGNED = re.compile(rf"({_NAME}) = (.*)")
_SLOT = re.compile(rf"getelementptr \w*\s*ptr, ptr ({_NAME}), i64 (\d+)$")
_SLOT_LOAD = re.compile(rf"load ptr, ptr ({_NAME})")
_POINTER = re.compile(rf"\bptr>?(?: [\w()]+)*? ({_NAME}|null\b|poison\b|undef\b|zeroinitializer\b)")
_STORED_TO = re.compile(rf".*, ptr(?: addrspace\(\d+\))? ({_NAME})")
_DERIVED = (
    *("getelementptr", "phi ptr", "phi <", "select", "bitcast", "addrspacecast", "freeze"),
    *("insertelement", "extractelement", "shufflevector"),
)
"""Instructions whose results point to what their pointer operands point to."""
_INCOMING = re.compile(rf"\[\s*({_NAME}|\w+),")
_CALL = re.compile(rf"(?:{_NAME} = )?(?:(?:tail|musttail|notail) )?(?:call|invoke|callbr) ")
_CALLEE = re.compile(rf"[^@%]*({_NAME})\((.*)\)")
_UNKNOWN = ["%"]
"""The name of no value."""
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
    lines = [line.strip() for line in found[2].splitlines()]
    assigned = {row[1]: row[2] for line in lines if (row := _ASSIGNED.match(line)) is not None}
    pointees = _pointees(assigned, found[1])
    written: set[int] = set()
    for line in lines:
        for pointer in _written_pointers(line):
            if (bindings := _of_pointer(pointer, pointees)) is None:
                return None
            written |= bindings
    return frozenset(written)


def _pointees(assigned: dict[str, str], bindings: str) -> dict[str, Pointees]:
    """Returns what each assigned value may point to. A pointer that is not in it may point
    anywhere.
    """
    slots = {bindings: 0}
    for name, instruction in assigned.items():
        if (slot := _SLOT.match(instruction)) is not None and slot[1] == bindings:
            slots[name] = int(slot[2])
    held: dict[str, Pointees] = {}
    derived: dict[str, list[str]] = {}
    for name, instruction in assigned.items():
        if instruction.startswith("alloca "):
            held[name] = frozenset()
        elif (load := _SLOT_LOAD.match(instruction)) is not None and load[1] in slots:
            held[name] = frozenset([slots[load[1]]])
        elif name not in slots and instruction.startswith(_DERIVED):
            held[name] = frozenset()
            operands = _INCOMING if instruction.startswith("phi") else _POINTER
            derived[name] = operands.findall(instruction)
    while True:
        before = dict(held)
        for name, pointers in derived.items():
            held[name] = _union([_of_pointer(each, held) for each in pointers])
        if held == before:
            return held


def _of_pointer(pointer: str, pointees: dict[str, Pointees]) -> Pointees:
    # A pointer that is loaded from a global, which may hold a binding's address, is unknown.
    return pointees.get(pointer) if pointer.startswith("%") else frozenset()


def _union(rows: Sequence[Pointees]) -> Pointees:
    known = [row for row in rows if row is not None]
    return frozenset().union(*known) if rows and len(known) == len(rows) else None


def _written_pointers(text: str) -> list[str]:
    """Returns the pointers that an instruction writes through; `_UNKNOWN` if it may write through
    others.
    """
    if text.startswith("store "):
        return _STORED_TO.findall(text) or _UNKNOWN
    if "atomicrmw " in text or "cmpxchg " in text:
        return _POINTER.findall(text)[:1] or _UNKNOWN
    if (call := _CALL.match(text)) is None:
        return []
    callee = _CALLEE.match(text, call.end())
    if callee is None or callee[1].startswith("%"):
        return _UNKNOWN
    name, pointers = callee[1].removeprefix("@"), _POINTER.findall(callee[2])
    if name.startswith(_READS):
        return []
    if len(pointers) != len(re.findall(r"\bptr\b", callee[2])):
        return _UNKNOWN
    if name.startswith(_WRITES_FIRST):
        return pointers[:1] or _UNKNOWN
    if name.startswith(_WRITES):
        return pointers or _UNKNOWN
    # Any other function may write through its pointers, and through those that it finds there.
    return _UNKNOWN if pointers else []


def of_spirv(
    words: bytes | memoryview, entry_point: str, sets: Sequence[Sequence[int]]
) -> frozenset[int] | None:
    """Returns the positions of the bindings that a shader's entry point may write to; None if they
    are unknown. Positions count the bindings of all descriptor `sets` in order.
    """
    try:
        module = decode_spirv(words)
    except StatusError:  # such as an opcode that the decoder does not know: OpCopyMemorySized
        return None
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
            if (pointer := _spirv_pointer(each, facts)) is None:
                continue
            root = _root(pointer, facts)
            if root is None:
                return None
            decorations = facts.places.get(root, {})
            place = decorations.get("DescriptorSet", 0), decorations.get("Binding", -1)
            if place in order:
                written.add(order.index(place))
    return frozenset(written)


def _functions(module: SpirvModule) -> dict[int, list[SpirvInstruction]]:
    """Returns the instructions of each function, by its id."""
    found: dict[int, list[SpirvInstruction]] = {}
    body: list[SpirvInstruction] = []
    for each in module.instructions:
        if each.opcode.name == "OpFunction" and each.result is not None:
            body = found[each.result] = []
        body.append(each)
    return found


def _spirv_pointer(each: SpirvInstruction, facts: SpirvFacts) -> int | None:
    """Returns the pointer that an instruction writes through; None if it writes through none."""
    name = each.opcode.name
    if name in ("OpStore", "OpCopyMemory", "OpAtomicStore"):
        return int(each.operands[0])
    if facts.extended(each) in ("Modf", "Frexp"):
        return int(each.operands[5])
    if name.startswith("OpAtomic") and name != "OpAtomicLoad":
        return int(each.operands[2])
    return None


def _root(pointer: int, facts: SpirvFacts) -> int | None:
    """Returns the variable that a pointer points into; None if it is unknown."""
    while (defined := facts.defined.get(pointer)) is not None:
        name = defined.opcode.name
        if name == "OpVariable":
            return pointer
        if name not in ("OpAccessChain", "OpInBoundsAccessChain", "OpCopyObject"):
            return None
        pointer = int(defined.operands[2])
    return None
