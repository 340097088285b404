"""Lines of code that lead to ops: the instructions of an executable as its own tools print them,
each with the node of the record that it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ireelite.records import CompilationRecord, InstructionTable
from ireelite.status import StatusError
from workbench.model.stage_graph import GraphOp, StageGraph

NONE = -1
_INSTRUCTION = re.compile(r"^\s+(?:%\S+ = )?(?:tail |musttail |notail )?([a-z_]+)")
_LOCATION = re.compile(r"^\s*\.loc\s+\d+\s+(\d+)")
_NODE = re.compile(r"^!(\d+) =", re.MULTILINE)
_WITHOUT_LINE = re.compile(r"\.(constant|undef|zero|poison|mlir\.\w+)$|^llvm\.mlir\.")
_QUIET = re.compile(
    r"^\s*\.(file|loc|section|p2align|cfi|size|type|ident|text|globl|set|byte|short|long)"
)


@dataclass(frozen=True)
class CodeLine:
    """A line, and the node that begins or lies on it, or -1."""

    text: str
    serial: int = NONE


def stage_lines(graph: StageGraph, op: GraphOp) -> list[CodeLine]:
    """Returns an op as it is printed at a stage, without the indentation around it; of an op within
    that begins on a line, the line has its node.
    """
    spans, text = graph.stage.op_spans, graph.text
    start, end = spans.starts[op.position], spans.ends[op.position]
    begin = text.rfind("\n", 0, start) + 1
    indent = start - begin
    begins: dict[int, int] = {}
    line, counted = 0, begin
    # Ops in pre-order begin one behind the other.
    for one in (op, *graph.inside(op.position)):
        at = spans.starts[one.position]
        line, counted = line + text.count("\n", counted, at), at
        begins.setdefault(line, one.serial)
    lines = text[begin:end].split("\n")
    return [
        CodeLine(one[min(indent, len(one) - len(one.lstrip())) :], begins.get(n, NONE))
        for n, one in enumerate(lines)
    ]


def mnemonics(record: CompilationRecord, table: InstructionTable) -> list[CodeLine]:
    """Returns an instruction table by itself: addresses and names."""
    lines: list[CodeLine] = []
    for address, serial in zip(table.addresses, table.nodes, strict=True):
        place = "+".join(f"{part:04x}" for part in address[1:] or address)
        lines.append(CodeLine(f"{place}  {record.nodes.name(serial)}", serial))
    return lines


def spirv_lines(data: Any, table: InstructionTable) -> list[CodeLine]:
    """Returns SPIR-V with the ids of its instructions, and their word offsets."""
    from ireelite.executables.spirv_decode import decode_spirv
    from ireelite.executables.spirv_disassemble import disassemble_instructions
    from ireelite.executables.vke1 import decode_vke1

    known = _by_address(table)
    shaders = decode_vke1(data).shaders
    return [
        CodeLine(f"{offset:5d}  {line}", known.get((offset,), NONE))
        for shader in shaders
        for offset, line in disassemble_instructions(decode_spirv(shader))
    ]


def bytecode_lines(data: Any, table: InstructionTable) -> list[CodeLine]:
    """Returns VMVX bytecode with its byte offsets."""
    from ireelite.bytecode.decode import decode_module
    from ireelite.bytecode.disassemble import disassemble_instruction

    module, known = decode_module(data), _by_address(table)
    lines: list[CodeLine] = []
    for ordinal, function in enumerate(module.functions):
        lines.append(CodeLine(f"vm.func @{module.function_name(ordinal)}"))
        for number, block in enumerate(function.blocks):
            lines.append(CodeLine(f"^bb{number}:"))
            for row in block.instructions:
                text = f"{row.pc:5d}  {disassemble_instruction(module, row)}"
                lines.append(CodeLine(text, known.get((ordinal, row.pc), NONE)))
    return lines


def llvm_lines(llvm_ir: str, ops: Sequence[tuple[str, int]]) -> list[CodeLine]:
    """Returns LLVM IR. `ops` are the names and nodes of the `llvm` ops it was written from, in
    order: each instruction but a phi is one of them; constants have no instruction.
    """
    waiting = [(_in_ir(name), serial) for name, serial in ops if not _WITHOUT_LINE.search(name)]
    lines: list[CodeLine] = []
    at, inside = 0, False
    for line in llvm_ir.split("\n"):
        inside = line.startswith("define") or (inside and line != "}")
        found = _INSTRUCTION.match(line) if inside else None
        serial = NONE
        if found is not None and found[1] != "phi":
            place = next((n for n in range(at, len(waiting)) if waiting[n][0] == found[1]), None)
            if place is not None and place - at < 8:
                serial, at = waiting[place][1], place + 1
        lines.append(CodeLine(line, serial))
    return lines


def assembly_lines(llvm_ir: Sequence[CodeLine]) -> list[CodeLine]:
    """Returns the assembly that LLVM makes of the IR for this machine, each instruction with the
    node of the line of IR that it comes from. Nothing where LLVM can't be loaded.
    """
    from ireelite.executables.native_object import disassemble

    try:
        text = disassemble(_with_line_numbers(llvm_ir))
    except (StatusError, ImportError, RuntimeError):
        return []
    lines: list[CodeLine] = []
    serial = NONE
    for line in text.split("\n"):
        if (location := _LOCATION.match(line)) is not None:
            number = int(location[1]) - 1
            serial = llvm_ir[number].serial if 0 <= number < len(llvm_ir) else NONE
        if line.strip().startswith(".section") and ".debug" in line:
            break
        if line.startswith((".Ltmp", ".Lfunc")) or _QUIET.match(line) or not line.strip():
            continue
        label = not line.startswith(("\t", " "))
        lines.append(CodeLine(line.expandtabs(8), NONE if label else serial))
    return lines


def _with_line_numbers(llvm_ir: Sequence[CodeLine]) -> str:
    """Returns the IR with debug locations: each instruction's line number is its own."""
    text = "\n".join(line.text for line in llvm_ir)
    first = max((int(number) for number in _NODE.findall(text)), default=-1) + 1
    nodes = [
        '!DIFile(filename: "kernel", directory: "")',
        f'distinct !DICompileUnit(language: DW_LANG_C, file: !{first}, producer: "", '
        "isOptimized: true, runtimeVersion: 0, emissionKind: LineTablesOnly)",
        "!DISubroutineType(types: !{})",
        '!{i32 2, !"Dwarf Version", i32 4}',
        '!{i32 2, !"Debug Info Version", i32 3}',
    ]
    lines: list[str] = []
    scope = -1
    for number, line in enumerate(llvm_ir, 1):
        if line.text.startswith("define") and line.text.endswith("{"):
            scope = first + len(nodes)
            nodes.append(
                f'distinct !DISubprogram(name: "kernel{scope}", scope: !{first}, file: !{first}, '
                f"line: 1, type: !{first + 2}, unit: !{first + 1}, "
                "spFlags: DISPFlagDefinition | DISPFlagOptimized)"
            )
            lines.append(f"{line.text[:-1]}!dbg !{scope} {{")
        elif line.serial != NONE and scope >= 0:
            lines.append(f"{line.text}, !dbg !{first + len(nodes)}")
            nodes.append(f"!DILocation(line: {number}, scope: !{scope})")
        else:
            lines.append(line.text)
    lines.append(f"!llvm.dbg.cu = !{{!{first + 1}}}")
    lines.append(f"!llvm.module.flags = !{{!{first + 3}, !{first + 4}}}")
    lines += [f"!{first + n} = {node}" for n, node in enumerate(nodes)]
    return "\n".join(lines) + "\n"


def _by_address(table: InstructionTable) -> dict[tuple[int, ...], int]:
    return dict(zip(table.addresses, table.nodes, strict=True))


def _in_ir(name: str) -> str:
    """Returns an op's name as LLVM IR has it: `br` for `llvm.cond_br`, `call` for intrinsics."""
    short = name.removeprefix("llvm.")
    if short.startswith("intr."):
        return "call"
    return {"cond_br": "br", "return": "ret"}.get(short, short)
