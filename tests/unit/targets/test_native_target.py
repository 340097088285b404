"""The target as a whole: text reads back to the same bytes, objects stand alone,
loops are vectorised.
"""

import numpy as np
import pytest

from ireelite.executables.elf_object import undefined_symbols
from ireelite.executables.machine import native_format
from ireelite.executables.native import NativeExecutable
from ireelite.executables.native_object import compile_ir, disassemble, host_machine, optimize
from ireelite.provenance import Tracker
from ireelite.status import StatusCode, StatusError
from ireelite.targets.native.emit import emit_module
from ireelite.targets.native.kernel_to_llvm import lower_kernels
from ireelite.targets.registry import TargetOptions, find_target

OPTIONS = TargetOptions()
X = np.zeros(1000, np.float32)
TARGET = find_target("llvm-cpu")

EVERYTHING = """
  %half = arith.constant 0x3F000000 : f32
  %infinity = arith.constant 0x7F800000 : f32
  %nan = arith.constant 0x7FC00000 : f32
  %tenth = arith.constant 0.1 : f32
  %yes = arith.constant true
  %no = arith.constant false
  %long = arith.constant -5 : i64
  %x = memref.load %a0[%i] : TYPE0
  %b = memref.load %a1[%i] : TYPE1
  %y = scf.for %k = %c0 to %c8 step %c1 iter_args(%acc = %tenth) -> (f32) {
    %s = arith.addf %acc, %x : f32
    scf.yield %s : f32
  }
  %z = scf.if %b -> (f32) {
    scf.yield %y : f32
  } else {
    %w = arith.mulf %y, %half fastmath<contract> : f32
    scf.yield %w : f32
  }
  %max = arith.maximumf %z, %infinity : f32
  %fused = math.fma %max, %x, %nan : f32
  %round = math.roundeven %fused : f32
  %int = arith.fptosi %round : f32 to i64
  %most = arith.maxsi %int, %long : i64
  %rest = arith.remsi %most, %long : i64
  %uns = arith.uitofp %rest : i64 to f32
  %exp = math.exp %uns : f32
  %c = arith.xori %b, %yes : i1
  %d = arith.select %c, %no, %yes : i1
  memref.store %exp, %a0[%i] : TYPE0
  memref.store %d, %a1[%i] : TYPE1
"""


def everything(native):
    arrays = np.zeros(8, np.float32), np.zeros(8, bool)
    return native.parse(native.kernel_text(arrays, (8,), EVERYTHING))


def test_the_names():
    assert (TARGET.name, TARGET.tag, TARGET.device) == ("llvm-cpu", "LLVM", "local")
    assert TARGET.format == native_format()
    assert native_format("AMD64") == "ireelite-native-x86_64"
    assert native_format("arm64") == "ireelite-native-aarch64"


def test_the_text_reads_back_to_the_same_bytes(native):
    body = TARGET.lower(everything(native), None, OPTIONS)
    again = native.parse(str(body))
    assert str(again) == str(body)
    assert TARGET.serialize(again, OPTIONS).data == TARGET.serialize(body, OPTIONS).data


def test_the_kernels_are_left_as_they_are(native):
    kernels = everything(native)
    before = str(kernels)
    TARGET.lower(kernels, None, OPTIONS)
    assert str(kernels) == before


def test_every_new_op_derives_from_a_kernel_op(native):
    kernels = everything(native)
    tracker = Tracker()
    roots = {tracker.serial(op) for op in kernels.walk()}
    body = TARGET.lower(kernels, tracker, OPTIONS)
    for op in body.walk():
        assert tracker.record.ancestors(tracker.serial(op)) & roots, op


def test_workgroup_counts_and_what_the_container_says(native):
    arrays = np.zeros((1, 6, 5), np.float32), np.zeros((1, 6, 5), bool)
    text = native.kernel_text(arrays, (1, 6, 5), "")
    body = TARGET.lower(native.parse(text), None, OPTIONS)
    assert TARGET.workgroup_counts(body, (5, 6, 1)) == (6, 1, 1)
    executable = NativeExecutable.decode(TARGET.serialize(body, OPTIONS).data)
    machine = host_machine()
    assert (executable.cpu, executable.features, executable.triple) == (
        machine.cpu,
        machine.features,
        machine.triple,
    )
    assert executable.entry_point("kernel").binding_sizes == (120, 30)
    with pytest.raises(StatusError, match="no entry point 'kernal'; did you mean 'kernel'"):
        executable.entry_point("kernal")


def test_the_object_can_be_made_again_from_the_ir(native):
    body = TARGET.lower(everything(native), None, OPTIONS)
    executable = NativeExecutable.decode(TARGET.serialize(body, OPTIONS).data)
    assert compile_ir(executable.llvm_ir) == executable.object_code


@pytest.mark.parametrize(
    "op",
    [
        *("math.sin $ : f32", "math.powf $, $ : f32", "math.tanh $ : f32", "math.round $ : f32"),
        *(
            "arith.remf $, $ : f32",
            "math.fma $, $, $ : f32",
            "math.floor $ : f32",
            "arith.maximumf $, $ : f32",
        ),
    ],
)
def test_the_object_needs_no_library(native, op):
    body = TARGET.lower(native.parse(native.elementwise_text(op, [X, X])), None, OPTIONS)
    executable = NativeExecutable.decode(TARGET.serialize(body, OPTIONS).data)
    if executable.object_code[:4] == b"\x7fELF":
        assert undefined_symbols(bytes(executable.object_code)) == []


@pytest.mark.parametrize("op", ["arith.constant 0.0 : f32", "arith.addf $, $ : f32"])
def test_fills_and_copies_do_not_become_library_calls(native, op):
    body = lower_kernels(native.parse(native.elementwise_text(op, [X, X])))
    assert "call" not in disassemble(emit_module(body))


@pytest.mark.parametrize("op", ["arith.addf $, $ : f32", "math.exp $ : f32", "math.erf $ : f32"])
def test_loops_are_vectorised_without_checks_for_overlap(native, op):
    body = TARGET.lower(native.parse(native.elementwise_text(op, [X, X])), None, OPTIONS)
    optimized, _ = optimize(emit_module(body), host_machine())  # pyright: ignore[reportArgumentType]
    assert "x float>" in str(optimized)
    assert "memcheck" not in str(optimized)


def test_code_that_needs_a_library_is_refused():
    source = "declare void @abort()\ndefine void @f() {\ncall void @abort()\nret void }"
    if not compile_ir("define void @f() { ret void }").startswith(b"\x7fELF"):
        return  # only ELF objects are looked through
    with pytest.raises(StatusError, match="needs symbols it has not: abort") as error:
        compile_ir(source)
    assert error.value.code == StatusCode.INTERNAL


def test_text_that_is_not_ir_is_refused():
    with pytest.raises(StatusError, match="not valid LLVM IR") as error:
        compile_ir("define nonsense")
    assert error.value.code == StatusCode.INVALID_ARGUMENT


def test_other_ops_in_an_executable_are_refused(native):
    with pytest.raises(StatusError, match=r"holds llvm\.func ops, not 'func\.func'"):
        TARGET.serialize(everything(native), OPTIONS)
