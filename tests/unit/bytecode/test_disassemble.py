"""Modules as text."""

import pytest

from ireelite.bytecode.build import function, imported, module, ref, row
from ireelite.bytecode.decode import decode_module
from ireelite.bytecode.disassemble import disassemble_instruction, disassemble_module
from ireelite.bytecode.encode import encode_module
from ireelite.bytecode.isa import NOT_A_SPAN

MODULE = module(
    "m",
    {
        "sum": function(
            "0iI_I", [[row("ext.i32.i64.s", 0, 4), row("br", 1, ((4, 6),))], [row("return", (6,))]]
        ),
        ".inner": function("0r_v", [[row("const.i32", -5, 0), row("fail", 0, 'a "b"')]]),
    },
    imports={"x.f": "0ir_i", "x.spans": "0iCrD_v"},
    types=["i32", "!vm.buffer"],
    rodata=[b"abc"],
)


def test_a_module():
    assert (
        disassemble_module(MODULE)
        == """\
vm.module @m version 0
vm.type i32
vm.type !vm.buffer
vm.import @x.f cconv "0ir_i"
vm.import @x.spans cconv "0iCrD_v"
vm.rodata[0] = 616263

vm.export @sum
vm.func @sum(%i0: i32, %i2:3: i64) -> (i64) {
^bb0:
  %i4:5 = vm.ext.i32.i64.s %i0
  vm.br ^bb1(%i4->%i6)
^bb1:
  vm.return %i6
}

vm.func @fn1(%r0: !vm.ref<?>) -> () {
^bb0:
  %i0 = vm.const.i32 -5  // 0xFFFFFFFB
  vm.fail %i0, "a \\"b\\""
}
"""
    )


def test_offsets_and_a_choice_of_functions():
    text = disassemble_module(
        decode_module(encode_module(MODULE).data), offsets=True, functions=[1]
    )
    assert text.splitlines()[1:3] == [
        "[00000000]^bb0:",
        "[00000001]  %i0 = vm.const.i32 -5  // 0xFFFFFFFB",
    ]


@pytest.mark.parametrize(
    ("instruction", "text"),
    [
        (row("const.ref.rodata", 0, ref(1)), "%r1 = vm.const.ref.rodata 0  // 3b"),
        (
            row("global.store.ref", 0, 1, ref(2, move=True)),
            "vm.global.store.ref %R2, .refs[0] : !vm.buffer",
        ),
        (row("global.load.i64", 8, 2), "%i2:3 = vm.global.load.i64 .rwdata[8]"),
        (
            row("select.ref", 0, 1, ref(0), ref(1), ref(2)),
            "%r2 = vm.select.ref %i0 ? %r0 : %r1 -> !vm.buffer",
        ),
        (row("switch.i32", 0, 1, (2, 3), 4), "%i4 = vm.switch.i32 %i0[%i2, %i3] else %i1"),
        (row("buffer.store.f32", ref(0), 2, 4), "vm.buffer.store.f32 %i4, %r0, %i2:3"),
        (row("call", imported(0), (0, ref(1, move=True)), (4,)), "%i4 = vm.call @x.f(%i0, %R1)"),
        (row("call", 1, (ref(0),), ()), "vm.call @m:1(%r0)"),
        (
            row("call.variadic", imported(1), (NOT_A_SPAN, 1), (0, ref(1)), ()),
            "vm.call.variadic @x.spans segments[65535, 1](%i0, %r1)",
        ),
        (
            row("call.yieldable", imported(0), (0, ref(1)), 2, (4,)),
            "vm.call.yieldable @x.f(%i0, %r1) -> ^bb2(%i4)",
        ),
        (row("cond_br", 0, 1, ((1, 2),), 2, ()), "vm.cond_br %i0, ^bb1(%i1->%i2), ^bb2()"),
        (
            row("br_table", 0, 1, (), ((2, ()), (3, ((1, 2),)))),
            "vm.br_table %i0 { default: ^bb1(), 0: ^bb2(), 1: ^bb3(%i1->%i2) }",
        ),
        (row("const.f64", 0.1, 2), "%i2:3 = vm.const.f64 0.1"),
        (row("trace", "t", (0, ref(1))), 'vm.trace "t"(%i0, %r1)'),
        (
            row("cast.any.ref", ref(0), 1, ref(1)),
            "%r1 = vm.cast.any.ref %r0 : !vm.ref<?> -> !vm.buffer",
        ),
        (row("list.alloc", 1, 0, ref(0)), "%r0 = vm.list.alloc %i0 : !vm.list<!vm.buffer>"),
        (row("discard.refs", (ref(0), ref(1))), "vm.discard.refs %r0, %r1"),
    ],
    ids=lambda value: getattr(getattr(value, "op", None), "mnemonic", None),
)
def test_instructions(instruction, text):
    assert disassemble_instruction(MODULE, instruction) == text
