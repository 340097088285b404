"""The debugger: steps, breakpoints, registers, the way back, and what it prints."""

from functools import partial

import pytest

from ireelite.bytecode.build import function, imported, module, ref, row
from ireelite.bytecode.encode import encode_module
from ireelite.bytecode.locations import FileLineCol
from ireelite.status import StatusCode, StatusError
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context
from ireelite.vm.debug.debugger import Debugger
from ireelite.vm.instance import Instance
from ireelite.vm.native import NativeModule, vm_export
from ireelite.vm.refs import Buffer

SCALE = module(
    "lib",
    {"scale": function("0i_i", [[row("mul.i32", 0, 0, 1), row("return", (1,))]])},
)
BODY = [
    row("call", imported(0), (0,), (4,)),
    row("call", 0, (4, ref(0)), ()),
    row("call", imported(1), (4,), (5,)),
    row("sub.i32", 0, 1, 0),
    row("cond_br", 0, 1, ((5, 6),), 2, ((4, 6),)),
]
PUT = [row("const.i64", 1, 2), row("buffer.store.i32", ref(0), 2, 0), row("return", ())]
MAIN = module(
    "m",
    {
        ".put": function("0ir_v", [PUT]),
        "f": function(
            "0ir_if",
            [
                [row("const.i32", 1, 1), row("const.f32", 1.5, 2), row("br", 1, ())],
                BODY,
                [row("mul.f32", 2, 2, 2), row("return", (6, 2))],
            ],
        ),
    },
    imports={"lib.scale": "0i_i", "native.next": "0i_i"},
)


class Next:
    def __init__(self):
        self.calls = []

    @vm_export("next", "0i_i")
    def next(self, number):
        self.calls.append(number)
        return 100 + len(self.calls)


def linked(*modules, **fields):
    loaded = [BytecodeModule.from_bytes(encode_module(each).data) for each in modules]
    return Context(Instance(), [NativeModule("native", state_factory=Next), *loaded], **fields)


@pytest.fixture
def buffer():
    return Buffer(bytearray(8))


@pytest.fixture
def debugger(buffer):
    return Debugger(linked(SCALE, MAIN), "m.f", 3, buffer)


def where(debugger):
    last = debugger.stack[-1]
    return last.module, last.function, debugger.instruction.op.mnemonic


def test_steps_go_into_other_modules(debugger):
    debugger.step(3)
    assert where(debugger) == ("m", 1, "call") and len(debugger.stack) == 1
    debugger.step()
    assert where(debugger) == ("lib", 0, "mul.i32") and len(debugger.stack) == 2
    assert debugger.registers.changed == {"i0"}
    debugger.step(2)
    assert where(debugger) == ("m", 1, "call")
    assert debugger.registers["i4"] == 9 and debugger.registers.changed == {"i4"}


def test_over_and_out(debugger, buffer):
    debugger.step(3).over()
    assert where(debugger) == ("m", 1, "call") and debugger.registers["i4"] == 9
    debugger.step()
    assert where(debugger) == ("m", 0, "const.i64")
    debugger.out()
    assert where(debugger) == ("m", 1, "call") and buffer.i32[1] == 9
    debugger.out()
    assert debugger.finished and debugger.why == "end"
    assert debugger.results == (1, 2.25)


def test_back_and_forth_calls_natives_once(debugger, buffer):
    debugger.resume()
    assert debugger.results == (1, 2.25) and bytes(buffer.data) == b"\0\0\0\0\1\0\0\0"
    native = debugger.context.states["native"].state
    assert native.calls == [9, 4, 1]
    debugger.seek(0)
    assert bytes(buffer.data) == bytes(8) and debugger.why == "beginning"
    while not debugger.finished:
        debugger.step()
    assert debugger.results == (1, 2.25) and native.calls == [9, 4, 1]
    debugger.back()
    assert where(debugger) == ("m", 1, "return")


def test_back_over(debugger):
    debugger.step(10)
    assert where(debugger) == ("m", 1, "call") and debugger.registers["i4"] == 9
    position = debugger.back_over().position
    assert where(debugger) == ("m", 1, "call") and position == 6  # the call of .put
    debugger.step()
    assert where(debugger) == ("m", 0, "const.i64")
    assert debugger.back_over().position == 6
    assert debugger.resume().back_over().disassembly.startswith("vm.return")


def test_breakpoints(debugger):
    at_scale = debugger.break_at("lib.scale")
    stores = debugger.break_at("m@0", mnemonic="buffer.")
    once = debugger.break_at("m.f", mnemonic="vm.sub.i32", when="i0 == 2 and r0 is not None")
    hits = []
    while not debugger.resume().finished:
        hits.append(debugger.why)
    rounds = ["breakpoint 1", "breakpoint 2"]
    assert hits == [*rounds, *rounds, "breakpoint 3", *rounds]
    assert (at_scale.hits, stores.hits, once.hits) == (3, 3, 1)
    at_scale.enabled = False
    back = []
    while debugger.back_to_breakpoint().position:
        back.append(debugger.why)
    assert back == ["breakpoint 2", "breakpoint 3", "breakpoint 2", "breakpoint 2"]
    debugger.delete(stores)
    debugger.delete(1)
    assert debugger.breakpoints == [once]
    assert debugger.resume().why == "breakpoint 3"


def test_a_breakpoint_at_a_pc_and_one_with_a_function(debugger):
    pc = next(r.pc for r in debugger.frame.state.function_def(1).blocks[1].instructions[3:])
    debugger.break_at("m.f", pc, when=lambda d: d.registers["i5"] == 102)
    assert debugger.resume().registers["i0"] == 2
    assert debugger.instruction.pc == pc
    assert repr(debugger.breakpoints[0]) == (
        f"<breakpoint 1 at module m, function 1, pc {pc}, when <lambda>>"
    )
    nameless = debugger.break_at(mnemonic="call", when=partial(bool))
    assert repr(nameless) == "<breakpoint 2 at vm.call, when partial>"


def test_breakpoints_on_source_lines():
    rows = [row("const.i32", n, n)._replace(location=n + 1) for n in range(3)]
    built = module("m", {"f": function("0v_v", [[*rows, row("return", ())]])})
    built.locations = [None, *[FileLineCol("dir/file.mlir", 10 + n, 1) for n in range(3)]]
    debugger = Debugger(linked(built), "m.f")
    assert debugger.source == "dir/file.mlir:10:1"
    debugger.break_at(line=12, file="file.mlir")
    debugger.break_at(line=11, file="other.mlir")
    assert debugger.resume().source == "dir/file.mlir:12:1"
    assert debugger.position == 2
    assert debugger.step().source == "-"


def test_last_write(debugger, buffer):
    debugger.break_at("m.f", mnemonic="cond_br")
    debugger.resume()
    assert debugger.registers["i4"] == 9
    position = debugger.position
    assert debugger.last_write("i0").disassembly == "%i0 = vm.sub.i32 %i0, %i1"
    assert (
        debugger.seek(position)
        .last_write("i5")
        .disassembly.startswith("%i5 = vm.call @native.next")
    )
    assert debugger.seek(position).last_write("i4").disassembly == "vm.return %i1"
    assert where(debugger)[0] == "lib"
    assert debugger.last_write("i0").disassembly.startswith("%i4 = vm.call @lib.scale")
    assert debugger.seek(position).last_write(buffer).instruction.op.mnemonic == "buffer.store.i32"
    with pytest.raises(StatusError, match=r"nothing has written .* before position"):
        debugger.seek(position).last_write(buffer, 0, 4)
    with pytest.raises(StatusError, match="nothing has written register r0 before position"):
        debugger.last_write("r0")
    debugger.resume().step()
    assert debugger.last_write("i6").instruction.op.mnemonic == "cond_br"
    with pytest.raises(StatusError, match="no register is called 'x9'"):
        debugger.last_write("x9")


def test_a_failure_is_a_place(buffer):
    body = [row("const.i64", 5, 0), row("buffer.store.i32", ref(0), 0, 0), row("return", ())]
    debugger = Debugger(linked(module("m", {"f": function("0r_v", [body])})), "m.f", buffer)
    debugger.resume()
    assert debugger.why == "failure" and debugger.position == 1
    assert debugger.error is not None and debugger.error.code == StatusCode.OUT_OF_RANGE
    assert "fails: OUT_OF_RANGE; element 5 lies outside" in repr(debugger)
    with pytest.raises(StatusError, match=r"(?s)OUT_OF_RANGE.*\[ 0\] bytecode m@0:19"):
        _ = debugger.results
    assert debugger.step().position == 1
    assert debugger.back().error is None and debugger.step(5).why == "failure"


def test_what_is_shown(debugger):
    debugger.step(3).over().step(2)
    assert repr(debugger) == (
        "position 8 of 8 recorded · step\n"
        "[ 1] m@0+0000000C\n"
        "[ 0] m@1+00000026\n"
        "   ^bb0:\n"
        "   [00000001]  %i2:3 = vm.const.i64 1  // 0x0000000000000001\n"
        "-> [0000000C]  vm.buffer.store.i32 %i0, %r0, %i2:3\n"
        "   [00000013]  vm.return\n"
        "  i0    9\n"
        "  i1    0\n"
        "* i2    1             i64 1\n"
        "  i3    0             (upper half)\n"
        "  r0    vm.buffer#0  <vm.buffer of 8 bytes, mutable>"
    )
    assert repr(debugger.registers_of(0)).splitlines()[2] == "  i2    1069547520    f32 1.5"
    assert dict(debugger.registers_of(0))["f2"] == 1.5
    assert debugger.registers["d2"] == 5e-324
    assert debugger.registers.cells == [9, 0, 1, 0]


def test_the_trace(debugger):
    debugger.step(6)
    table = debugger.trace(start=2, count=3)
    assert repr(table) == (
        "   2  m.f+00000010        vm.br ^bb1()\n"
        "   3  m.f+00000019        %i4 = vm.call @lib.scale(%i0(3))\n"
        "   4  lib.scale+00000001    %i1 = vm.mul.i32 %i0(3), %i0(3)"
    )
    assert [(row.position, row.depth, row.function) for row in table.rows[1:]] == [
        (3, 0, "f"),
        (4, 1, "scale"),
    ]
    assert debugger.position == 6
    assert "->" in repr(debugger.seek(4).trace(start=3))


def test_record_stays_where_it_is(debugger):
    debugger.step(2).record()
    assert debugger.position == 2 and debugger.recorded > 20
    assert debugger.seek(debugger.recorded).finished
    assert repr(debugger).splitlines()[1] == "returned (1, 2.25)"
    assert Debugger(debugger.context, "m.f", 3, Buffer(bytearray(8))).resume(4).why == "limit"


def test_wrong_names_are_refused(debugger):
    for message, call in [
        ("no function `g` exported by module 'm'", lambda: Debugger(debugger.context, "m.g")),
        ("native.next is a native function", lambda: Debugger(debugger.context, "native.next", 1)),
        ("expected 2 arguments but passed 0", lambda: Debugger(debugger.context, "m.f")),
        ("no bytecode module 'native'", lambda: debugger.break_at("native.next")),
        ("no function `g` in module 'm'", lambda: debugger.break_at("m.g")),
        ("module 'm' has no function 7; it has 2", lambda: debugger.break_at("m@7")),
        ("no instruction of m.f begins at 3", lambda: debugger.break_at("m.f", 3)),
        ("a pc is one of a function", lambda: debugger.break_at(pc=3)),
        ("no instruction is called 'cal'", lambda: debugger.break_at(mnemonic="cal")),
        ("no breakpoint 9", lambda: debugger.delete(9)),
        ("no function 5; 1 are running", lambda: debugger.registers_of(5)),
        ("the function has not returned yet", lambda: debugger.results),
    ]:
        with pytest.raises(StatusError) as caught:
            call()
        assert message in str(caught.value)
    debugger.break_at("m.f", mnemonic="call", when="i99 > 1")
    with pytest.raises(StatusError, match=r"the condition `i99 > 1` .* has no value"):
        debugger.resume()
