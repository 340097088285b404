"""Limits on loaded modules: what a call may use, host code, kernels and waiting included."""

import time

import numpy as np
import pytest

import ireelite
from ireelite.bytecode.build import function, imported, module, ref, row
from ireelite.bytecode.encode import encode_module
from ireelite.bytecode.isa import NOT_A_SPAN
from ireelite.bytecode.module_def import Dependency
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.linking import link
from ireelite.modules.python_module import PyModuleInterface
from ireelite.session import open_device
from ireelite.status import StatusCode, StatusError
from ireelite.tools import run_module
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.limits import Limits

SQUARES = """
func.func @squares(%a: tensor<4096xf32>) -> tensor<4096xf32> {
  %0 = stablehlo.multiply %a, %a : tensor<4096xf32>
  return %0 : tensor<4096xf32>
}
"""


@pytest.fixture(scope="module")
def program():
    return ireelite.compile(SQUARES, targets=["vmvx"])


@pytest.mark.parametrize("device", ["local-sync", "local-task"])
def test_instructions_of_kernels_count(program, device):
    array = np.arange(4096, dtype=np.float32)
    enough = ireelite.load(program, device=device, limits=Limits(max_instructions=100_000))
    for _ in range(3):
        np.testing.assert_array_equal(enough.squares(array), array * array)
    few = ireelite.load(program, device=device, limits=Limits(max_instructions=1_000))
    for _ in range(2):
        with pytest.raises(StatusError, match="the call ran more than 1000 instructions") as caught:
            few.squares(array)
        assert caught.value.code == StatusCode.RESOURCE_EXHAUSTED


def test_a_deadline_ends_a_wait():
    """For a fence that nobody signals."""
    body = [
        row("const.i32", -1, 0),
        row("const.i64.zero", 4),
        row("call.variadic", imported(0), (NOT_A_SPAN, NOT_A_SPAN, 1), (0, 4, ref(0)), (2,)),
        row("return", (2,)),
    ]
    built = module(
        "m",
        {"wait": function("0r_i", [body])},
        imports={"hal.fence.await": "0iICrD_i"},
        types=["!hal.fence"],
        dependencies=[Dependency("hal", 0)],
    )
    loaded = BytecodeModule.from_bytes(encode_module(built).data)
    context = link([loaded], [open_device("local-sync")], limits=Limits(deadline=0.05))
    wait = context.lookup_function("m.wait")
    never = Fence([(Semaphore(), 1)])
    begin = time.monotonic()
    assert wait(never) == (int(StatusCode.DEADLINE_EXCEEDED),)
    assert 0.05 <= time.monotonic() - begin < 5


def test_a_deadline_ends_a_call_whose_results_never_come(tmp_path, capsys):
    """An asynchronous function that returns, but does not signal what it was given."""
    abi = {"iree.abi.model": "coarse-fences"}
    silent = function("0rr_v", [[row("return", ())]], **abi)
    built = module("m", {"silent": silent}, types=["!hal.fence"])
    data = encode_module(built).data
    loaded = ireelite.load(data, limits=Limits(deadline=0.05), trusted=False)
    with pytest.raises(StatusError, match=r"ABORTED; .* nothing can signal 1 any more"):
        loaded.silent()
    path = tmp_path / "silent.vmfb"
    path.write_bytes(data)
    flags = [f"--module={path}", "--function=silent", "--deadline=20"]
    assert run_module.main(flags) == 1
    assert "nothing can signal 1 any more" in capsys.readouterr().err
    # One that keeps the fence could still signal it.
    kept: list[object] = []
    interface = PyModuleInterface("m", lambda interface: kept)
    interface.export("silent", "0rr_v", lambda state, wait, done: state.append(done), abi)
    loaded = ireelite.load(interface.create(), limits=Limits(deadline=0.05))
    begin = time.monotonic()
    with pytest.raises(StatusError, match="DEADLINE_EXCEEDED; the results were not there"):
        loaded.silent()
    assert 0.05 <= time.monotonic() - begin < 5 and len(kept) == 1


def test_a_loaded_function_in_the_debugger(program):
    """Its kernel runs once, however often its call is gone through."""
    array = np.arange(4096, dtype=np.float32)
    loaded = ireelite.load(program, limits=ireelite.Limits(max_instructions=1_000_000))
    debugger = loaded.squares.debug(array)
    debugger.break_at("module.squares", mnemonic="call.", when="r0 is not None")
    debugger.resume()
    assert debugger.why == "breakpoint 1" and "hal.buffer_view#" in repr(debugger)
    debugger.breakpoints[0].enabled = False
    (view,) = debugger.resume().results
    assert np.frombuffer(view.buffer.read(), np.float32)[5] == 25.0
    text = repr(debugger.back(10))
    assert repr(debugger.seek(0).seek(debugger.recorded - 10)) == text
    again = ireelite.load(program).squares.debug(array).record()
    again.seek(debugger.position).why = debugger.why
    assert repr(again) == text
    assert repr(again.trace()) == repr(debugger.trace())
    assert debugger.resume().results == (view,)
    with pytest.raises(StatusError, match="expected 1 arguments but passed 0"):
        loaded.squares.debug()
