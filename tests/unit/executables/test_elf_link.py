"""The linker of relocatable objects: addresses, distances, constants, and what it leaves to LLVM."""

import ctypes
import random

import pytest

from ireelite.executables import native_link
from ireelite.executables.elf_link import LinkedCode
from ireelite.executables.machine import is_supported
from ireelite.executables.native_object import compile_ir, llvm

pytestmark = pytest.mark.skipif(not is_supported(), reason="for x86-64 on Linux")

CODE = """
@table = internal constant [4 x i64] [i64 3, i64 5, i64 7, i64 11]
@pointers = internal constant [2 x ptr] [ptr @first, ptr @second]
@count = internal global i64 0
@lines = internal global [100 x i64] zeroinitializer

define i64 @first(i64 %n) noinline {
  %at = getelementptr [4 x i64], ptr @table, i64 0, i64 %n
  %value = load volatile i64, ptr %at
  ret i64 %value
}
define i64 @second(i64 %n) noinline {
  %called = call i64 @first(i64 %n)
  %old = load volatile i64, ptr @count
  %new = add i64 %old, 1
  store volatile i64 %new, ptr @count
  %line = getelementptr [100 x i64], ptr @lines, i64 0, i64 %n
  store volatile i64 %new, ptr %line
  %sum = add i64 %called, %new
  ret i64 %sum
}
define i64 @either(i64 %which, i64 %n) {
  %at = getelementptr [2 x ptr], ptr @pointers, i64 0, i64 %which
  %function = load volatile ptr, ptr %at
  %result = call i64 %function(i64 %n)
  ret i64 %result
}
define double @constants(double %x) {
  %scaled = fmul double %x, 1.25e-3
  %moved = fadd double %scaled, 7.5
  ret double %moved
}
"""
OUTSIDE = """
declare i64 @elsewhere(i64)
define i64 @inside(i64 %n) {
  %result = call i64 @elsewhere(i64 %n)
  ret i64 %result
}
"""


def function(address, result, *arguments):
    return ctypes.CFUNCTYPE(result, *arguments)(address)


def test_functions_data_and_pointers():
    number = ctypes.c_int64
    names = ["either", "second", "constants"]
    one, other = (LinkedCode(compile_ir(CODE), names) for _ in range(2))
    either = function(one.addresses[0], number, number, number)
    second = function(one.addresses[1], number, number)
    constants = function(one.addresses[2], ctypes.c_double, ctypes.c_double)
    assert [either(0, n) for n in range(4)] == [3, 5, 7, 11]
    assert [second(0), second(3), either(1, 1)] == [4, 13, 8]
    assert constants(1000.0) == 8.75
    # each object has data of its own
    assert function(other.addresses[1], number, number)(0) == 4


def test_objects_that_need_others_are_llvms(monkeypatch):
    binding = llvm()
    module = binding.parse_assembly(OUTSIDE)
    from ireelite.executables.native_object import host_machine, target_machine

    data = target_machine(host_machine()).emit_object(module)
    with pytest.raises(ValueError):
        LinkedCode(data, ["inside"])
    tried = []
    monkeypatch.setattr(native_link, "_link_by_llvm", lambda *row: tried.append(row) or ("", [1]))
    assert native_link.link(data, ["inside"]) == ("", [1]) and tried == [(data, ["inside"])]


def test_damaged_objects_are_refused():
    data = compile_ir(CODE)
    for cut in (0, 4, 63, 64, len(data) // 2, len(data) - 1):
        with pytest.raises(ValueError):
            LinkedCode(data[:cut], ["either"])
    with pytest.raises(ValueError):
        LinkedCode(data, ["absent"])
    choose = random.Random(0)
    for _ in range(300):
        damaged = bytearray(data)
        # the section headers, which say where all else is
        damaged[choose.randrange(len(data) - 64 * 6, len(data))] ^= 1 << choose.randrange(8)
        try:
            LinkedCode(bytes(damaged), ["either"])
        except ValueError:
            continue
