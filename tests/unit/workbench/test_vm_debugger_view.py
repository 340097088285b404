"""The debugger as a view: what is kept of its steps is what the debugger itself shows; commands,
breakpoints, contents of references, failures.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

import ireelite
import workbench
from ireelite.bytecode.build import function, imported, module, ref, row
from ireelite.bytecode.encode import encode_module
from ireelite.status import StatusError
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context
from ireelite.vm.debug.debugger import Debugger
from ireelite.vm.instance import Instance
from ireelite.vm.native import NativeModule, vm_export
from ireelite.vm.refs import Buffer, List
from workbench.model.vm_debugger import VmDebugger
from workbench.model.vm_listing import break_arguments
from workbench.render.html_debugger import MAX_LENGTH, steps_html

SCALE = module("lib", {"scale": function("0i_i", [[row("mul.i32", 0, 0, 1), row("return", (1,))]])})
COUNT = module(
    "m",
    {
        "f": function(
            "0irr_i",
            [
                [row("const.i32", 1, 1), row("const.i64", 1, 2), row("br", 1, ())],
                [
                    row("call", imported(0), (0,), (4,)),
                    row("buffer.store.i32", ref(0), 2, 4),
                    row("list.set.i32", ref(1), 1, 4),
                    row("sub.i32", 0, 1, 0),
                    row("cond_br", 0, 1, (), 2, ()),
                ],
                [row("return", (4,))],
            ],
        )
    },
    imports={"lib.scale": "0i_i"},
)


def counting(times: int = 3, size: int = 16) -> Debugger:
    """A loop that calls another module and stores squares in a buffer and in a list."""
    modules = [BytecodeModule.from_bytes(encode_module(each).data) for each in (SCALE, COUNT)]
    context = Context(Instance(), modules)
    squares = List("i32", [0, 0])
    return Debugger(context, "m.f", times, Buffer(bytearray(size)), squares)


def test_what_is_kept_is_what_the_debugger_shows():
    debugger = counting()
    model = VmDebugger(debugger)
    assert model.whole and model.position == 0 and debugger.why == "beginning"
    for position in range(debugger.recorded):
        debugger.seek(position)
        stack = model.trace.stack(position)
        assert [place.frame for place in stack] == [frame.serial for frame in debugger.frames]
        shown = model.listing.functions[stack[-1].function].rows[stack[-1].row]
        assert (shown.pc, shown.text) == (debugger.instruction.pc, debugger.disassembly)
        for place, depth in zip(stack, range(len(stack))):
            registers = debugger.registers_of(depth)
            for slot, known in place.registers.items():
                assert known.text in (
                    str(registers[slot]),
                    str(registers[f"q{slot[1:]}"]) if known.type == "i64" else None,
                    debugger.names.describe(registers[slot]),
                )
        marked = {slot for slot, known in stack[-1].registers.items() if known.changed}
        assert marked == debugger.registers.changed - {"i3"}
    assert model.trace.stack(debugger.recorded) == []


def test_steps_are_kept_without_scripts():
    debugger = counting()
    model = VmDebugger(debugger)
    last = debugger.recorded
    debugger.seek(4)
    text = steps_html(model)
    assert f"<summary>{last} recorded steps: unfold" in text and "script" not in text
    assert text.count("<details>") == last + 1 and text.count("<code>") == last + 1
    assert "● 4 · " in text and "buffer.store.i32" in text and "* i4      i32" in text
    assert f"{last} · end: returned" in text
    many = counting(times=400)
    far = VmDebugger(many)
    far.go("to 1000")
    near = steps_html(far)
    assert len(near) < MAX_LENGTH + 500 and "● 1000 · " in near
    assert f"of {many.recorded}; the notebook that ran has the others" in near


def test_objects_hold_what_they_held_then():
    model = VmDebugger(counting())
    stack = model.trace.stack(3)
    buffer, squares = (stack[0].registers[slot].object for slot in ("r0", "r1"))
    end = model.debugger.recorded
    assert model.trace.holds(buffer, 0).rows[0][2] == "0 0 0 0"
    assert model.trace.holds(buffer, end).rows[0][2] == "0 1 0 0"
    assert model.trace.holds(squares, 0).rows == (("0", "0"), ("1", "0"))
    assert model.trace.holds(squares, end).rows == (("0", "0"), ("1", "1"))
    middle = next(p for p in range(end) if model.trace.holds(squares, p).rows[1][1] == "4")
    assert model.trace.holds(squares, middle - 1).rows[1][1] == "9"


def test_commands_run_what_is_not_kept():
    model = VmDebugger(counting(400), ahead=0)
    assert model.debugger.recorded == 1 or model.debugger.recorded == 0
    assert not model.whole and model.ending is None
    model.go("step")
    assert model.position == 1
    model.go("resume")
    assert model.debugger.finished and model.ending == {
        "position": model.position,
        "text": "returned (1)",
        "failed": False,
    }
    assert sum(len(segment.steps) for segment in model.trace.segments) < 600
    model.go("back", 1000)
    assert model.position == 999 and len(model.stack) in (1, 2)
    with pytest.raises(StatusError, match="'jump' is nothing that a debugger does"):
        model.go("jump")


def test_breakpoints_are_written_as_a_reader_would():
    model = VmDebugger(counting())
    for text, wanted in [
        ("lib.scale", "mul.i32"),
        ("buffer.", "buffer.store.i32"),
        ("vm.sub.i32", "sub.i32"),
        ("@lib", "call"),
        (f"m.f+{model.listing.functions[0].rows[-1].pc:X}", "return"),
    ]:
        model.debugger.seek(0)
        model.set_breakpoints([text])
        model.go("resume")
        assert model.debugger.instruction.op.mnemonic == wanted, text
    with pytest.raises(StatusError, match="no function `g` in module 'm'"):
        model.set_breakpoints(["m.g"])
    with pytest.raises(StatusError, match="no place to break at is given"):
        break_arguments(" ")
    assert break_arguments("a/b.mlir:12") == {"file": "a/b.mlir", "line": 12}
    assert break_arguments("call.variadic") == {"mnemonic": "call.variadic"}
    model.debugger.seek(0)
    model.set_breakpoints([])
    model.debugger.break_at("m.f", mnemonic="sub.i32", when="i0 == 2")
    (stop,) = model.stops()
    assert model.trace.stack(stop[0])[-1].registers["i0"].text == "2" and "when" in stop[1]


def test_a_failure_is_an_ending():
    model = VmDebugger(counting(2, size=4))
    assert model.whole and model.ending is not None and model.ending["failed"]
    assert model.ending["text"].startswith("OUT_OF_RANGE; ")
    model.go("resume")
    view = workbench.VMDebugger(model.debugger)
    assert "\nfails: OUT_OF_RANGE; " in view.to_text() and "OUT_OF_RANGE" in view.to_svg()


class Ask:
    def __init__(self):
        self.calls = 0

    @vm_export("ask", "0v_i")
    def ask(self) -> int:
        self.calls += 1
        return 6 + self.calls


def test_natives_run_once():
    asked = module(
        "m",
        {"f": function("0v_i", [[row("call", imported(0), (), (0,)), row("return", (0,))]])},
        imports={"native.ask": "0v_i"},
    )
    loaded = BytecodeModule.from_bytes(encode_module(asked).data)
    asking: list[Ask] = []

    def ask() -> Ask:
        asking.append(Ask())
        return asking[0]

    context = Context(Instance(), [NativeModule("native", state_factory=ask), loaded])
    model = VmDebugger(Debugger(context, "m.f"))
    model.go("resume", 0)
    assert model.whole and model.trace.stack(1)[0].registers["i0"].text == "7"
    assert asking[0].calls == 1


@pytest.fixture(scope="module")
def doubling() -> ireelite.Program:
    source = "func.func @double(%x: tensor<4xf32>) -> tensor<4xf32> {\n"
    source += "  %y = stablehlo.add %x, %x : tensor<4xf32>\n  return %y : tensor<4xf32>\n}"
    return ireelite.compile(source, targets=["vmvx"], record=True)


def test_a_view_of_a_program_lights_the_instructions_of_an_op(doubling: ireelite.Program):
    loaded = ireelite.load(doubling)
    view = workbench.VMDebugger(loaded.double.debug(np.arange(4, dtype=np.float32)), doubling)
    add = doubling.record.serial("hlo/2")
    assert doubling.record.nodes.name(add) == "stablehlo.add"
    lit = [view.model.listing.functions[f].rows[r] for f, r in view.model.listing.rows_of({add})]
    assert any("queue.alloca" in row.calls for row in lit)
    assert view.shared is workbench.IRView(doubling).shared
    data = json.loads(view.to_json())
    assert set(data["graph"]["serials"]) >= {row.serial for row in lit}
    assert '"kind":"debugger"' in view.to_html()
    view.go("to 5").break_at("@hal.fence.await").go("resume")
    assert view.debugger.disassembly.startswith("vm.call.variadic.yieldable @hal.fence.await")
    view.position = 2
    assert view.debugger.position == 2
    view.asked = {"command": "over", "position": 4, "number": 1}
    assert view.position == 5 and view.answer
    view.breaks = ["nothing.here"]
    assert view.breaks == []
    assert view.go("to 2").peek("r0").model.peek.shape == (4,)
    with pytest.raises(StatusError, match="no register r77; there are i0"):
        view.peek("r77")
    with pytest.raises(StatusError, match=r"VMDebugger shows a call under a debugger, not Program"):
        workbench.VMDebugger(doubling)  # pyright: ignore[reportArgumentType]
