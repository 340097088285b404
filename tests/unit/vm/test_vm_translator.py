"""The Python that the translator writes."""

import pytest

from ireelite.bytecode.build import function, imported, module, ref, row
from ireelite.bytecode.isa import ROWS
from ireelite.vm.dataflow import with_halves_together
from ireelite.vm.frame import EFFECTS
from ireelite.vm.instructions import EMITTERS
from ireelite.vm.interpreter import CONTROL
from ireelite.vm.intervals import LIMITS, Interval, result_interval
from ireelite.vm.module_facts import ModuleFacts
from ireelite.vm.semantics import MEANINGS, evaluator
from ireelite.vm.translator import translate

RETURN = row("return", ())


def python(cconv, blocks, recording=False, **fields):
    built = module("m", {"f": function(cconv, blocks)}, **fields)
    translation = translate(ModuleFacts(built), 0, recording)
    assert translation is not None
    return [line for line in translation.source.splitlines() if line.strip()]


def test_both_engines_know_every_opcode():
    mnemonics = {row.mnemonic for row in ROWS}
    assert set(EMITTERS) == mnemonics
    assert set(MEANINGS) | set(CONTROL) | set(EFFECTS) == mnemonics - {"block"}


def test_imports_are_called_directly_and_constants_are_literals():
    body = [
        row("const.i32", 7, 0),
        row("const.i64", -1, 2),
        row("call", imported(0), (ref(0, move=True), 2, 0), (ref(1),)),
        row("return", (ref(1, move=True),)),
    ]
    lines = python("0r_r", [body], imports={"x.f": "0rIi_r"})
    assert lines == [
        "def fn0(r0):",
        " r1 = None",
        " r1 = import_0(r0, (-1), 7)",
        " r0 = None",
        " return r1",
    ]
    recorded = python("0r_r", [body], recording=True, imports={"x.f": "0rIi_r"})
    assert (
        recorded[2] == " recorder.position = ('m', 0, 20)"
        or "recorder.position = ('m', 0, -1)" in recorded[2]
    )


def test_a_bounded_loop_neither_wraps_nor_checks():
    blocks = [
        [
            row("const.i64", 64, 2),
            row("const.i64", 1, 4),
            row("const.i64.zero", 0),
            row("br", 1, ()),
        ],
        [row("cmp.lt.i64.s", 0, 2, 6), row("cond_br", 6, 2, (), 3, ())],
        [
            row("fma.i64", 0, 2, 0, 8),
            row("buffer.load.f32", ref(0), 8, 10),
            row("mul.f32", 10, 10, 10),
            row("buffer.store.f32", ref(0), 8, 10),
            row("add.i64", 0, 4, 0),
            row("br", 1, ()),
        ],
        [RETURN],
    ]
    text = "\n".join(python("0r_v", blocks))
    assert "wrap" not in text
    assert "MIN_64" not in text
    assert "i8 = i0 * 64 + i0" in text


def test_unbounded_sums_wrap_and_unbounded_indices_are_checked():
    body = [row("add.i64", 0, 0, 0), row("buffer.load.i32", ref(0), 0, 2), row("return", (2,))]
    text = "\n".join(python("0rI_i", [body]))
    assert "wrap64(i0)" in text
    assert "if i0 >= 0 else MIN_64" in text


INTEGER = [
    row_ for row_ in ROWS if row_.mnemonic in MEANINGS and set("".join(row_.fields)) <= set("iq>")
]


@pytest.mark.parametrize(
    "op", [row_ for row_ in INTEGER if not row_.mnemonic.startswith("select")], ids=str
)
def test_bounds_hold(op):
    """For small boxes of operands, the value is within the bounds that are claimed for it."""
    mnemonic = op.mnemonic
    *kinds, result = op.fields
    edges = [-(1 << 31), -300, -2, -1, 0, 1, 2, 31, 40, 300, (1 << 31) - 1]
    boxes = [Interval(a, b) for n, a in enumerate(edges) for b in edges[n : n + 3]]
    least, greatest = LIMITS[result[1]]
    for n, first in enumerate(boxes):
        for second in boxes[n % 3 :: 3]:
            operands = [first, second, Interval(-1, 1)][: len(kinds)]
            low, high = result_interval(mnemonic, operands)
            for a in first:
                for b in second:
                    values = (a, b, 1)[: len(kinds)]
                    if mnemonic.startswith(("div", "rem")) and b == 0:
                        continue
                    value = evaluator(mnemonic)(*values)
                    if least <= low and high <= greatest:
                        assert low <= value <= high, (values, low, high)


@pytest.mark.parametrize("mnemonic", ["cmp.eq.i32", "cmp.lt.i32.u", "cmp.ne.i32"])
def test_a_comparison_gives_a_number(mnemonic):
    """Also where only the next instruction reads it, which is a call here."""
    compare = row(mnemonic, 0, 1, 0)
    returned = [compare, row("return", (0,))]
    passed = [compare, row("call", imported(0), (0,), (0,)), row("return", (0,))]
    assert python("0ii_i", [returned])[1:] == [f" i0 = +({_text(mnemonic)})", " return i0"]
    assert f"+({_text(mnemonic)})" in "".join(python("0ii_i", [passed], imports={"x.f": "0i_i"}))


def _text(mnemonic):
    return MEANINGS[mnemonic].expression.format("i0", "i1")


def test_a_comparison_that_is_only_asked_is_a_condition():
    select = row("select.i32", 2, 0, 1, 0)
    lines = python("0ii_i", [[row("cmp.eq.i32", 0, 1, 2), select, row("return", (0,))]])
    assert lines[1:] == [" i0 = (i0 if (i0 == i1) else i1)", " return i0"]


def test_a_register_whose_constant_was_read_is_not_read_as_what_it_was():
    """The choice of two equal constants is known; the product that follows takes its register."""
    body = [
        row("const.i32", 1, 1),
        row("const.f32", -7.0, 2),
        row("const.f32", -3.0, 3),
        row("select.f32", 1, 2, 2, 2),
        row("mul.f32", 2, 3, 2),
        row("abs.f32", 2, 4),
        row("return", (4,)),
    ]
    assert " i4 = fabs(i2)" in python("0v_f", [body])


def test_a_chain_of_64_bit_moves_by_halves_is_translated():
    """All lower halves first and then all upper ones: one variable is copied for each value."""
    chain = ((2, 4), (0, 2), (3, 5), (1, 3))
    body = [
        [row("const.i64", 5, 0), row("const.i64", 7, 2), row("br", 1, chain)],
        [row("sub.i64", 2, 4, 6), row("return", (6,))],
    ]
    built = module("m", {"f": function("0v_I", body)})
    assert translate(ModuleFacts(built), 0) is not None


@pytest.mark.parametrize(
    "moves,expected",
    [
        (((2, 4), (0, 2), (3, 5), (1, 3)), ((2, 4), (3, 5), (0, 2), (1, 3))),
        (((0, 2), (9, 1), (1, 3)), None),
        (((0, 2), (3, 9), (1, 3)), None),
        (((0, 2), (9, 3), (1, 3)), None),
        (((1, 3), (2, 4)), None),
    ],
    ids=["chain", "source-overwritten", "target-read", "target-overwritten", "no-pair"],
)
def test_halves_are_moved_together_where_nothing_between_depends_on_them(moves, expected):
    assert with_halves_together(moves) == (expected or moves)
