"""A debugger that is interrupted stops between two instructions, and goes on from there."""

import signal

import pytest

from ireelite.bytecode.build import function, imported, module, ref, row
from ireelite.bytecode.encode import encode_module
from ireelite.interrupts import HeldInterrupts
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context
from ireelite.vm.debug.debugger import Debugger
from ireelite.vm.instance import Instance
from ireelite.vm.native import NativeModule, vm_export
from ireelite.vm.refs import Buffer

TAKES_ITS_BUFFER = module(
    "m",
    {
        "f": function(
            "0r_i",
            [[row("call", imported(0), (ref(0, move=True),), (1,)), row("return", (1,))]],
        )
    },
    imports={"native.size": "0r_i"},
)


class Native:
    interrupts = 0

    @vm_export("size", "0r_i")
    def size(self, buffer):
        for _ in range(Native.interrupts):
            signal.raise_signal(signal.SIGINT)
        return len(buffer.data)


@pytest.mark.parametrize(("interrupts", "position"), [(1, 1), (2, 0)])
def test_an_interrupted_call_goes_on(
    interrupts: int, position: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Native, "interrupts", interrupts)
    bytecode = BytecodeModule.from_bytes(encode_module(TAKES_ITS_BUFFER).data)
    native = NativeModule("native", state_factory=Native)
    context = Context(Instance(), [native, bytecode])
    debugger = Debugger(context, context.lookup_function("m.f"), Buffer(bytearray(5)))
    with pytest.raises(KeyboardInterrupt) as stop:
        debugger.resume()
    # One interrupt waits for the end of the instruction; a second one takes it back.
    assert (debugger.position, debugger.why) == (position, "interrupt" if position else "beginning")
    (line,) = stop.value._render_traceback_()  # pyright: ignore[reportAttributeAccessIssue]
    assert f"now at position {position}" in line
    monkeypatch.setattr(Native, "interrupts", 0)
    assert debugger.resume().results == (5,)
    assert debugger.back(2).position == 0
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_waits_are_interrupted_immediately():
    interrupts = HeldInterrupts()
    with pytest.raises(KeyboardInterrupt), interrupts.held(), interrupts.waiting():
        signal.raise_signal(signal.SIGINT)
        pytest.fail("the wait went on")
