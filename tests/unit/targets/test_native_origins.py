"""An op is followed into machine code: line tables, and objects without their debug sections."""

from __future__ import annotations

import pytest

from ireelite.bytecode.decode import decode_module
from ireelite.executables.elf_object import MAGIC, ElfObject, string_table, without_debug_sections
from ireelite.executables.line_table import function_lines
from ireelite.executables.native import NativeExecutable
from ireelite.executables.native_object import compile_ir
from ireelite.program import compile_source
from ireelite.records import CompilationRecord

PROGRAM = """
func.func @main(%a: tensor<300xf32>, %b: tensor<300xf32>, %c: tensor<20x300xf32>) -> (tensor<300xf32>, tensor<20xf32>) {
  %0 = stablehlo.multiply %a, %b : tensor<300xf32>
  %1 = stablehlo.tanh %0 : tensor<300xf32>
  %2 = stablehlo.dot_general %c, %1, contracting_dims = [1] x [0] : (tensor<20x300xf32>, tensor<300xf32>) -> tensor<20xf32>
  return %1, %2 : tensor<300xf32>, tensor<20xf32>
}
"""
TWO_FUNCTIONS = """
define void @f(ptr %p) !dbg !5 {
  %x = load float, ptr %p, !dbg !7
  %y = fmul float %x, 0x3FB99999A0000000, !dbg !8
  store float %y, ptr %p, !dbg !9
  ret void, !dbg !9
}
define void @g(ptr %p) !dbg !6 {
  store i32 7, ptr %p, !dbg !10
  ret void, !dbg !11
}
!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!2, !3}
!0 = distinct !DICompileUnit(language: DW_LANG_C, file: !1, producer: "", isOptimized: true, runtimeVersion: 0, emissionKind: LineTablesOnly)
!1 = !DIFile(filename: "k", directory: "")
!2 = !{i32 2, !"Dwarf Version", i32 4}
!3 = !{i32 2, !"Debug Info Version", i32 3}
!4 = !DISubroutineType(types: !{})
!5 = distinct !DISubprogram(name: "f", scope: !1, file: !1, line: 1, type: !4, unit: !0, spFlags: DISPFlagDefinition | DISPFlagOptimized)
!6 = distinct !DISubprogram(name: "g", scope: !1, file: !1, line: 1, type: !4, unit: !0, spFlags: DISPFlagDefinition | DISPFlagOptimized)
!7 = !DILocation(line: 1, scope: !5)
!8 = !DILocation(line: 200, scope: !5)
!9 = !DILocation(line: 3, scope: !5)
!10 = !DILocation(line: 70000, scope: !6)
!11 = !DILocation(line: 5, scope: !6)
"""


def native_executables(data: bytes) -> list[NativeExecutable]:
    rodata = decode_module(data).rodata
    return [
        NativeExecutable.decode(bytes(part.data))
        for part in rodata
        if bytes(part.data)[4:8] == b"IRNE"
    ]


@pytest.fixture(scope="module")
def record() -> CompilationRecord:
    return compile_source(PROGRAM, targets=["llvm-cpu"], record=True).record


def test_every_run_of_machine_code_has_an_op_or_a_reason(record):
    tables = [table for table in record.instructions if table.kind == "native"]
    assert tables and all(len(table.nodes) > 5 for table in tables)
    for table in tables:
        assert table.addresses == sorted(set(table.addresses))
    shares = [s for s in record.provenance_shares() if s.where.startswith("native:")]
    assert [s.unexplained for s in shares] == [0] * len(tables)
    assert all(s.derived > s.total / 2 for s in shares)


def test_a_multiplication_is_found_in_machine_code(record):
    (multiply,) = [n.serial for n in record.nodes if n.name == "stablehlo.multiply"]
    native = {n for table in record.instructions if table.kind == "native" for n in table.nodes}
    names = {record.nodes[n].name for n in record.descendants(multiply) & native}
    assert "fmul" in names


def test_a_record_does_not_change_the_module():
    plain = compile_source(PROGRAM)
    assert compile_source(PROGRAM, record=True).data == plain.data
    for executable in native_executables(plain.data):
        assert "!dbg" not in executable.llvm_ir
        assert ElfObject(bytes(executable.object_code)).section(".debug_line") is None


def test_lines_are_read_by_function_and_offset():
    rows = function_lines(compile_ir(TWO_FUNCTIONS))
    assert [(function, line) for function, _, line in rows] == [
        (0, 1), (0, 200), (0, 3), (1, 70000), (1, 5),
    ]  # fmt: skip
    assert rows[0][1] == rows[3][1] == 0
    assert rows[0][1] < rows[1][1] < rows[2][1]


def test_an_object_without_its_debug_sections_is_the_one_made_without_them():
    import re

    plain = re.sub(r",? !dbg !\d+", "", TWO_FUNCTIONS).partition("!llvm.dbg")[0]
    object_code = compile_ir(plain)
    assert object_code.startswith(MAGIC)
    assert without_debug_sections(compile_ir(TWO_FUNCTIONS)) == object_code
    assert without_debug_sections(object_code) == object_code
    assert function_lines(object_code) == []


def test_names_share_their_ends_in_a_string_table():
    table, places = string_table([".text", ".rela.text", "f", "", ".text"])
    assert table.count(b".text") == 1
    for name, place in places.items():
        assert table[place : table.index(b"\0", place)].decode() == name
