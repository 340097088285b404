"""Minimal checks of a SPIR-V module, so that ids can be looked up in it safely.

This is not a validator; drivers have one. It rejects damaged files whose words are not valid ids,
and modules that would make a driver's validator crash.
"""

from __future__ import annotations

from ireelite.executables.spirv_decode import SpirvModule
from ireelite.executables.spirv_grammar import SpirvInstruction
from ireelite.status import StatusCode, StatusError

MAX_IDS = 0x3FFFFF
"""The limit that SPIR-V sets to the bound."""

TYPES_OF = {
    "OpTypeVector": (1,),
    "OpTypeMatrix": (1,),
    "OpTypeArray": (1,),
    "OpTypeRuntimeArray": (1,),
    "OpTypePointer": (2,),
}
"""opcode -> positions of operands that are types declared before"""

WIDTHS = {"OpTypeInt": (8, 16, 32, 64), "OpTypeFloat": (16, 32, 64)}


def check_ids(module: SpirvModule) -> None:
    """Raises DATA_LOSS unless each id is defined once, below the bound, types before they are used
    and with widths that exist; all other ids somewhere.
    """
    if module.bound > MAX_IDS:
        raise _broken(f"its bound is {module.bound}; the most is {MAX_IDS}")
    defined: set[int] = set()
    types: set[int] = set()
    for offset, instruction in module:
        name = instruction.opcode.name
        operands = instruction.operands
        wanted = [operands[position] for position in TYPES_OF.get(name, ())]
        if name == "OpTypeStruct":
            wanted += operands[1:]
        if instruction.opcode.has_type:
            wanted.append(operands[0])
        for type in wanted:
            if type not in types:
                raise _broken(f"%{type} in {name} at word {offset} is no type declared before")
        if name in WIDTHS and operands[1] not in WIDTHS[name]:
            raise _broken(f"{name} at word {offset} is {operands[1]} bits wide")
        if (result := instruction.result) is not None:
            if result in defined or not 0 < result < module.bound:
                raise _broken(f"{name} at word {offset} defines %{result}, which it cannot")
            defined.add(result)
            if name.startswith("OpType"):
                types.add(result)
    for offset, instruction in module:
        for used in _references(instruction):
            if used not in defined:
                raise _broken(f"%{used} in {instruction.opcode.name} at word {offset} is undefined")


def check_phis(module: SpirvModule) -> None:
    """Raises DATA_LOSS unless each OpPhi has exactly one value, of its own type, for each
    predecessor of its block.
    """
    types = {
        instruction.result: instruction.operands[0]
        for _, instruction in module
        if instruction.opcode.has_type and instruction.result is not None
    }
    labels = {i.result for _, i in module if i.opcode.name == "OpLabel"}
    parents: dict[int, set[int]] = {}
    phis: list[tuple[int, int, SpirvInstruction]] = []
    block = 0
    for offset, instruction in module:
        match instruction.opcode.name:
            case "OpLabel":
                block = instruction.result or 0
            case "OpBranch" | "OpBranchConditional" | "OpSwitch":
                for target in _references(instruction):
                    if target in labels:
                        parents.setdefault(target, set()).add(block)
            case "OpPhi":
                phis.append((offset, block, instruction))
            case _:
                pass  # other instructions begin no block and branch to none
    for offset, block, phi in phis:
        type, _, *pairs = phi.operands
        if sorted(map(int, pairs[1::2])) != sorted(parents.get(block, ())):
            raise _broken(f"OpPhi at word {offset} has other blocks than those before its own")
        for value in pairs[::2]:
            if types.get(int(value)) != type:
                raise _broken(f"%{value} in OpPhi at word {offset} is of another type")


def _references(instruction: SpirvInstruction) -> list[int]:
    kinds = instruction.opcode.kinds(len(instruction.operands))
    return [int(o) for kind, o in zip(kinds, instruction.operands) if kind in ("i", "p")]


def _broken(why: str) -> StatusError:
    return StatusError(StatusCode.DATA_LOSS, f"SPIR-V is malformed: {why}")
