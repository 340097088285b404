"""LLVM IR whose line numbers are ops: how an op is followed into machine code.

Each instruction's line is its place in a list of ops. LLVM carries lines through its passes into
the object's line table; debug information does not change the code it generates, and its sections
are taken out of the object that is kept.
"""

from __future__ import annotations

from xdsl.ir import Operation

from ireelite.executables.line_table import function_lines
from ireelite.targets.native.emit import FunctionText, ModuleEmitter
from ireelite.targets.registry import InstructionRow

FLAGS = ('!{i32 2, !"Dwarf Version", i32 4}', '!{i32 2, !"Debug Info Version", i32 3}')


def with_lines(emitter: ModuleEmitter) -> tuple[str, list[Operation]]:
    """Returns the module's text with a line for each op, and the ops: that of line n is at n - 1."""
    debug = emitter.copy()
    ops: list[Operation] = []
    file = debug.node('!DIFile(filename: "kernel", directory: "")')
    unit = debug.node(
        f'distinct !DICompileUnit(language: DW_LANG_C, file: {file}, producer: "", '
        "isOptimized: true, runtimeVersion: 0, emissionKind: LineTablesOnly)"
    )
    type = debug.node("!DISubroutineType(types: !{})")
    for n, function in enumerate(debug.functions):
        scope = debug.node(
            f'distinct !DISubprogram(name: "{function.name}", scope: {file}, file: {file}, line: 1, '
            f"type: {type}, unit: {unit}, spFlags: DISPFlagDefinition | DISPFlagOptimized)"
        )
        lines: list[str] = []
        for line, op in zip(function.lines, function.ops, strict=True):
            if op is not None:
                ops.append(op)
                place = debug.node(f"!DILocation(line: {len(ops)}, scope: {scope})")
                line = f"{line}, !dbg {place}"
            lines.append(line)
        head = lines[0].removesuffix(" {") + f" !dbg {scope} {{"
        debug.functions[n] = FunctionText(function.name, [head, *lines[1:]], function.ops)
    debug.named["llvm.dbg.cu"] = [unit]
    debug.named["llvm.module.flags"] = [debug.node(flag) for flag in FLAGS]
    return debug.text(), ops


def origins(object_code: bytes, ops: list[Operation]) -> list[InstructionRow]:
    """Returns a row for each run of machine instructions that come from one op: (function ordinal,
    byte offset), the op's instruction in LLVM's words, and the op; None for what LLVM made by
    itself.
    """
    rows: list[InstructionRow] = []
    for ordinal, offset, line in function_lines(object_code):
        op = ops[line - 1] if line else None
        rows.append(((ordinal, offset), mnemonic(op), op))
    return rows


def mnemonic(op: Operation | None) -> str:
    """Returns an op's name in LLVM IR."""
    return op.name.removeprefix("llvm.") if op is not None else "machine code"
