"""Stepping through a program."""

from ireelite.bytecode.build import function, imported, module, row
from ireelite.bytecode.encode import encode_module
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance
from ireelite.vm.interpreter import Interpreter
from ireelite.vm.native import NativeModule, vm_export


class Ten:
    @vm_export("times", "0i_i")
    def times(self, number):
        return 10 * number


def test_steps():
    inner = function("0i_i", [[row("call", imported(0), (0,), (0,)), row("return", (0,))]])
    outer = function(
        "0i_i",
        [
            [row("add.i32", 0, 0, 1), row("call", 0, (1,), (2,)), row("br", 1, ())],
            [row("return", (2,))],
        ],
    )
    built = module("m", {".inner": inner, "outer": outer}, imports={"ten.times": "0i_i"})
    loaded = BytecodeModule.from_bytes(encode_module(built).data)
    context = Context(Instance(), [NativeModule("ten", state_factory=Ten), loaded])
    stepper = Interpreter(context.states["m"], 1, (4,))  # type: ignore[arg-type]
    seen = []
    while not stepper.finished:
        frame = stepper.frames[-1]
        seen.append(
            (len(stepper.frames), frame.ordinal, frame.location().pc, frame.row.op.mnemonic)
        )
        stepper.step()
    assert seen == [
        (1, 1, 1, "add.i32"),
        (1, 1, 8, "call"),
        (2, 0, 1, "call"),
        (2, 0, 14, "return"),
        (1, 1, 22, "br"),
        (1, 1, 31, "return"),
    ]
    assert stepper.results == (80,)


def test_registers_are_cells():
    body = [row("const.i64", (1 << 32) + 5, 0), row("return", ())]
    loaded = BytecodeModule.from_bytes(
        encode_module(module("m", {"f": function("0v_v", [body])})).data
    )
    context = Context(Instance(), [loaded])
    stepper = Interpreter(context.states["m"], 0, ())  # type: ignore[arg-type]
    stepper.step()
    frame = stepper.frames[-1]
    assert [frame.read("i", n) for n in range(2)] == [5, 1]
    assert frame.read("q", 0) == (1 << 32) + 5
