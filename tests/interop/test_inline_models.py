"""Modules that upstream's `iree-compile` made for the execution models `inline-static` and
`inline-dynamic`: results, errors, tools, records and the debugger.

Upstream's compiler has `inline-static` for `vmvx-inline` only, and `inline-dynamic` for the others.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ireelite
import workbench
from ireelite import runtime
from ireelite.executables import machine
from ireelite.modules.hal_inline import Storage
from ireelite.status import StatusError
from ireelite.tools import benchmark_module, check_module, run_module

pytestmark = pytest.mark.interop

TOOLS = Path(sys.executable).parent
NATIVE = pytest.mark.skipif(not machine.is_supported(), reason="the code is for x86-64 Linux")
MODELS = [
    "inline-static vmvx-inline",
    "inline-dynamic vmvx",
    pytest.param("inline-dynamic llvm-cpu", marks=NATIVE),
]
SOURCE = """
module @m {
  util.global private mutable @state = dense<0.0> : tensor<4xf32>
  func.func @put(%x: tensor<4xf32>) {
    util.global.store %x, @state : tensor<4xf32>
    return
  }
  func.func @get() -> tensor<4xf32> {
    %0 = util.global.load @state : tensor<4xf32>
    return %0 : tensor<4xf32>
  }
  func.func @affine(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<2xf32>) {
    %c = stablehlo.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
    %0 = stablehlo.multiply %x, %c : tensor<4xf32>
    %1 = stablehlo.slice %0 [1:3] : (tensor<4xf32>) -> tensor<2xf32>
    return %0, %1 : tensor<4xf32>, tensor<2xf32>
  }
  func.func @product(%a: tensor<?x4xf32>, %b: tensor<4x3xf32>) -> tensor<?x3xf32> {
    %0 = stablehlo.dot %a, %b : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
    return %0 : tensor<?x3xf32>
  }
  func.func @sum(%a: tensor<?xi32>) -> tensor<i32> {
    %z = stablehlo.constant dense<0> : tensor<i32>
    %0 = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [0]
        : (tensor<?xi32>, tensor<i32>) -> tensor<i32>
    return %0 : tensor<i32>
  }
  func.func @doubled(%x: tensor<4xf32>, %turns: i32) -> tensor<4xf32> {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %n = arith.index_cast %turns : i32 to index
    %r = scf.for %i = %c0 to %n step %c1 iter_args(%v = %x) -> tensor<4xf32> {
      %0 = stablehlo.add %v, %v : tensor<4xf32>
      scf.yield %0 : tensor<4xf32>
    }
    return %r : tensor<4xf32>
  }
  func.func @until(%x: tensor<4xf32>, %turns: tensor<i32>) -> tensor<4xf32> {
    %c1 = stablehlo.constant dense<1> : tensor<i32>
    %c0 = stablehlo.constant dense<0> : tensor<i32>
    %r:2 = stablehlo.while(%i = %turns, %v = %x) : tensor<i32>, tensor<4xf32>
      cond {
        %p = stablehlo.compare GT, %i, %c0 : (tensor<i32>, tensor<i32>) -> tensor<i1>
        stablehlo.return %p : tensor<i1>
      } do {
        %0 = stablehlo.add %v, %v : tensor<4xf32>
        %1 = stablehlo.subtract %i, %c1 : tensor<i32>
        stablehlo.return %1, %0 : tensor<i32>, tensor<4xf32>
      }
    return %r#1 : tensor<4xf32>
  }
}
"""
CHECKS = """
module @checks {
  util.global private mutable @state = dense<2.0> : tensor<2xf32>
  func.func @holds() {
    %0 = util.global.load @state : tensor<2xf32>
    %1 = stablehlo.add %0, %0 : tensor<2xf32>
    %i = arith.constant 1 : index
    %2 = tensor.extract %1[%i] : tensor<2xf32>
    %four = arith.constant 4.0 : f32
    %3 = arith.cmpf oeq, %2, %four : f32
    %4 = arith.extui %3 : i1 to i32
    check.expect_true(%4) : i32
    return
  }
}
"""
X = np.float32([1, 2, 3, 4])
A, B = np.arange(20, dtype=np.float32).reshape(5, 4), np.arange(12, dtype=np.float32).reshape(4, 3)


def compile_upstream(source: str, model: str, path: Path) -> Path:
    execution, target = model.split()
    flags = [f"--iree-execution-model={execution}", f"--iree-hal-target-backends={target}"]
    if target == "llvm-cpu":
        flags.append("--iree-llvmcpu-target-cpu=generic")
    command = [str(TOOLS / "iree-compile"), *flags, "-", "-o", str(path)]
    subprocess.run(command, input=source.encode(), check=True, timeout=120)
    return path


@pytest.fixture(scope="module", params=MODELS)
def model(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def file(model: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_upstream(SOURCE, model, tmp_path_factory.mktemp("inline") / "m.vmfb")


@pytest.mark.parametrize("device", ["local-sync", "local-task"])
def test_results(file, device) -> None:
    module = ireelite.load(file, device=device)
    for _ in range(4):  # from the third call on, functions that can be planned are
        product, part = module.affine(X)
        assert product.tolist() == [1, 4, 9, 16] and part.tolist() == [4, 9]
        for rows in (5, 1, 0):
            np.testing.assert_array_equal(module.product(A[:rows], B), A[:rows] @ B)
        assert module.sum(np.arange(101, dtype=np.int32)) == 5050
        assert module.doubled(X, 3).tolist() == [8, 16, 24, 32]
        assert module.until(X, np.int32(2)).tolist() == [4, 8, 12, 16]
    given = X.copy()
    module.put(given)
    given[0] = 9
    other = module.fork()
    other.put(2 * X)
    assert module.get().tolist() == [1, 2, 3, 4] and other.get().tolist() == [2, 4, 6, 8]
    kept = module.get()
    kept[0] = 7
    assert module.get()[0] == 1


def test_large_arrays(file) -> None:
    """They are lent for the time of the call, not copied."""
    module, rows = ireelite.load(file), np.tile(A, (2000, 1))
    np.testing.assert_array_equal(module.product(rows, B), rows @ B)
    unaligned = np.empty(rows.nbytes + 4, np.uint8)[4:].view(np.float32).reshape(rows.shape)
    unaligned[...] = rows
    unaligned.flags.writeable = False
    np.testing.assert_array_equal(module.product(unaligned, B), rows @ B)


COMMANDS = [
    ["--function=product", "--input=2x4xf32=1,2,3,4,5,6,7,8", "--input=4x3xf32=2"],
    ["--function=affine", "--input=4xf32=1,2,3,4"],
    ["--function=doubled", "--input=4xf32=1,2,3,4", "--input=5"],
    ["--function=affine", "--input=5xf32=1"],
    ["--function=affine", "--input=4xi32=1"],
    ["--function=product", "--input=2x5xf32=1", "--input=4x3xf32=2"],
    ["--function=product", "--input=2x4xf32=1"],
]


def test_the_tools_agree(file, capfd) -> None:
    """Standard output whole, and of an error the code and its message."""
    for flags in COMMANDS:
        flags = [f"--module={file}", *flags]
        theirs = subprocess.run(
            [TOOLS / "iree-run-module", *flags], capture_output=True, text=True, timeout=120
        )
        code = run_module.main(flags)
        ours = capfd.readouterr()
        assert (code, ours.out) == (theirs.returncode, theirs.stdout)
        if code:
            said = theirs.stderr.partition(": ")[2].partition("; while")[0].splitlines()[0]
            assert said.partition("; invoking")[0] in ours.err


def test_other_tools(file, model, tmp_path, capfd) -> None:
    flags = [f"--module={file}", "--function=affine", "--input=4xf32=1"]
    assert benchmark_module.main([*flags, "--benchmark_min_time=2x"]) == 0
    assert "BM_affine" in capfd.readouterr().out
    checks = compile_upstream(CHECKS, model, tmp_path / "checks.vmfb")
    assert check_module.main([f"--module={checks}"]) == 0
    assert "1 check" in capfd.readouterr().out


def test_errors(file) -> None:
    module = ireelite.load(file)
    wrong = [
        ("shape dimension 0 mismatch; expected 4 but have 3", module.affine, X[:3]),
        ("shape rank mismatch; expected 2 but have 1", module.product, X, B),
        ("element type mismatch; expected f32", module.affine, X.astype(np.int32)),
        ("expected 1 arguments but passed 2", module.affine, X, X),
        ("expected 1 arguments but passed 0", module.affine),
    ]
    for words, function, *arguments in wrong:
        with pytest.raises(StatusError, match=f"INVALID_ARGUMENT; .*{words}"):
            function(*arguments)
    assert module.affine(X)[1].tolist() == [4, 9]
    with pytest.raises(StatusError, match="RESOURCE_EXHAUSTED; a device buffer needs"):
        limits = ireelite.Limits(max_memory=100)
        ireelite.load(file, limits=limits).product(np.tile(A, (9, 1)), B)


def test_native_code_is_refused_unless_trusted(file, model) -> None:
    if "llvm-cpu" not in model:
        assert ireelite.load(file, trusted=False).affine(X)[1].tolist() == [4, 9]
        return
    with pytest.raises(StatusError, match=r"'m' has native code only \(embedded-elf-x86_64\)"):
        ireelite.load(file, trusted=False)


def test_the_names_of_upstreams_python_package(file) -> None:
    module = runtime.load_vm_flatbuffer_file(file, driver="local-sync")
    assert [each.to_host().tolist() for each in module.affine(X)] == [[1, 4, 9, 16], [4, 9]]
    config = runtime.Config("local-task")
    context = runtime.SystemContext(config=config)
    context.add_module_dependency("hal_inline")
    context.add_module_dependency("hal_loader", 1)
    context.add_vm_module(runtime.VmModule.mmap(config.vm_instance, str(file)))
    assert context.modules.m.doubled(X, 1).to_host().tolist() == [2, 4, 6, 8]


def test_records_and_views(file, model) -> None:
    module = ireelite.load(file, record=True)
    module.until(X, np.int32(2))
    events = module.record.events
    assert not module.record.submissions and not module.record.pending
    dispatches = [event for event in events if event.kind == "dispatch_begin"]
    ends = {event.causes for event in events if event.kind == "dispatch_end"}
    assert bool(dispatches) == ("dynamic" in model)
    assert {(event.id,) for event in dispatches} == ends
    assert all(event.lane == "host" and event.details["bindings"] for event in dispatches)
    _, *allocated = [e.details["buffer"] for e in events if e.kind == "alloc"]  # the state stays
    released = [e.details["buffer"] for e in events if e.kind == "release"]
    assert len(allocated) > 2 and set(allocated) <= set(released)
    for view in (workbench.FenceTimeline(module), workbench.ModuleMap(module)):
        assert view.to_text() and view.to_svg() and view.to_html()
    assert "until" in workbench.open(module).to_html()


def test_the_debugger_goes_both_ways(file) -> None:
    """Memory is at each position what it was there the first time, also behind a dispatch."""
    debugger = ireelite.load(file).doubled.debug(X, 2)

    def memory() -> list[bytes]:
        held = [] if debugger.finished else debugger.frame.refs
        return [bytes(each.data) for each in held if isinstance(each, Storage)]

    seen = [memory()]
    while not debugger.finished:
        debugger.step()
        seen.append(memory())
    assert bytes(debugger.results[0].contents()) == (4 * X).tobytes()
    assert len({tuple(each) for each in seen}) > 4
    for position in reversed(range(len(seen))):
        debugger.seek(position)
        assert memory() == seen[position]
    assert "doubled" in workbench.VMDebugger(debugger.seek(len(seen) // 2)).to_text()
