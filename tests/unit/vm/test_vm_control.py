"""Blocks, branches and loops, on both engines and in both forms that the translator gives them."""

import pytest

from ireelite.bytecode.build import function, module, ref, row
from ireelite.bytecode.isa import MOVE_BIT
from ireelite.status import StatusError
from ireelite.vm.module_facts import ModuleFacts
from ireelite.vm.refs import Buffer
from ireelite.vm.translator import translate


def source(definition) -> str:
    """The Python of a function."""
    translation = translate(ModuleFacts(module("m", {"f": definition})), 0)
    assert translation is not None
    return translation.source


LOOP = function(
    "0i_i",
    [
        [row("const.i32.zero", 1), row("br", 1, ((1, 2), (1, 3)))],
        [row("cmp.lt.i32.s", 2, 0, 4), row("cond_br", 4, 2, (), 3, ())],
        [
            row("add.i32", 3, 2, 3),
            row("const.i32", 1, 4),
            row("add.i32", 2, 4, 2),
            row("br", 1, ()),
        ],
        [row("return", (3,))],
    ],
)
DIAMOND = function(
    "0i_i",
    [
        [row("cond_br", 0, 1, (), 2, ())],
        [row("const.i32", 10, 1), row("br", 3, ((1, 2),))],
        [row("const.i32", 20, 1), row("br", 3, ((1, 2),))],
        [row("add.i32", 2, 0, 2), row("return", (2,))],
    ],
)
SHORT_CIRCUIT = function(
    "0ii_i",
    [
        [row("cond_br", 0, 1, (), 3, ())],
        [row("cond_br", 1, 2, (), 3, ())],
        [row("const.i32", 1, 2), row("br", 4, ())],
        [row("const.i32", 0, 2), row("br", 4, ())],
        [row("return", (2,))],
    ],
)
NESTED = function(
    "0ii_i",
    [
        [row("const.i32", 1, 5), row("const.i32.zero", 2), row("br", 1, ((2, 3), (2, 4)))],
        [row("cmp.lt.i32.s", 3, 0, 6), row("cond_br", 6, 2, ((2, 7),), 5, ())],
        [row("cmp.lt.i32.s", 7, 1, 6), row("cond_br", 6, 3, (), 4, ())],
        [row("fma.i32", 3, 7, 4, 4), row("add.i32", 7, 5, 7), row("br", 2, ())],
        [row("add.i32", 3, 5, 3), row("br", 1, ())],
        [row("return", (4,))],
    ],
)
TABLE = function(
    "0i_i",
    [
        [
            row("const.i32", 7, 1),
            row("br_table", 0, 3, ((1, 2),), ((1, ()), (2, ((0, 2),)), (3, ((0, 2),)))),
        ],
        [row("const.i32", 100, 2), row("br", 3, ())],
        [row("const.i32", 200, 1), row("add.i32", 1, 2, 2), row("br", 3, ())],
        [row("return", (2,))],
    ],
)
TWO_ENTRIES = function(
    "0i_i",
    [
        [
            row("const.i32", 1, 2),
            row("const.i32", 3, 3),
            row("cond_br", 0, 1, ((2, 1),), 2, ((3, 1),)),
        ],
        [row("add.i32", 1, 3, 1), row("br", 2, ())],
        [row("const.i32", 20, 4), row("cmp.lt.i32.s", 1, 4, 4), row("cond_br", 4, 1, (), 3, ())],
        [row("return", (1,))],
    ],
)
OUT_OF_TWO_LOOPS = function(
    "0i_i",
    [
        [row("const.i32", 1, 5), row("const.i32.zero", 1), row("br", 1, ())],
        [row("const.i32.zero", 2), row("br", 2, ())],
        [row("add.i32", 1, 5, 1), row("cmp.eq.i32", 1, 0, 4), row("cond_br", 4, 5, (), 3, ())],
        [
            row("add.i32", 2, 5, 2),
            row("const.i32", 3, 3),
            row("cmp.lt.i32.s", 2, 3, 4),
            row("cond_br", 4, 2, (), 4, ()),
        ],
        [row("const.i32", 50, 3), row("cmp.lt.i32.s", 1, 3, 4), row("cond_br", 4, 1, (), 6, ())],
        [row("const.i32", -1, 1), row("br", 6, ())],
        [row("return", (1,))],
    ],
)


def run(load, definition, *arguments):
    (result,) = load(module("m", {"f": definition})).lookup_function("m.f")(*arguments)
    return result


def test_loop(load):
    assert [run(load, LOOP, n) for n in (0, 1, 10)] == [0, 0, 45]


def test_diamond(load):
    assert [run(load, DIAMOND, n) for n in (0, 5)] == [20, 15]


def test_short_circuit(load):
    assert [run(load, SHORT_CIRCUIT, a, b) for a, b in ((0, 0), (0, 1), (1, 0), (1, 1))] == [
        0,
        0,
        0,
        1,
    ]


def test_nested_loops(load):
    assert run(load, NESTED, 4, 5) == sum(i * j for i in range(4) for j in range(5))


def test_branch_table(load):
    assert [run(load, TABLE, n) for n in (0, 1, 2, 3, -1)] == [100, 201, 2, 7, 7]


def test_loop_with_two_entries(load):
    assert [run(load, TWO_ENTRIES, n) for n in (0, 1)] == [21, 22]


def test_way_out_of_two_loops(load):
    assert [run(load, OUT_OF_TWO_LOOPS, n) for n in (5, 1000)] == [-1, 51]


def test_what_nests_has_no_block_numbers():
    for definition in (LOOP, DIAMOND, NESTED, TABLE):
        assert "block" not in source(definition)
    for definition in (TWO_ENTRIES, OUT_OF_TWO_LOOPS):
        assert "while True:\n  if block < " in source(definition)


def test_moves_are_made_one_after_the_other(load):
    """Numbers 0 and 1 and references 0 and 1 trade places through a third register."""
    swap = function(
        "0iirr_iirr",
        [
            [
                row(
                    "br",
                    1,
                    (
                        (0, 2),
                        (1, 0),
                        (2, 1),
                        (ref(0), ref(2)),
                        (ref(1), ref(0)),
                        (ref(2, move=True), ref(1)),
                    ),
                )
            ],
            [row("return", (0, 1, ref(0), ref(1)))],
        ],
    )
    a, b = Buffer(b"a"), Buffer(b"b")
    assert load(module("m", {"f": swap})).lookup_function("m.f")(1, 2, a, b) == (2, 1, b, a)


def test_wide_values_move_in_two_halves(load):
    wide = function(
        "0II_II", [[row("br", 1, ((0, 4), (1, 5), (2, 0), (3, 1)))], [row("return", (4, 0))]]
    )
    f = load(module("m", {"f": wide})).lookup_function("m.f")
    assert f(1 << 40, -1) == (1 << 40, -1)


def test_halves_of_wide_values_are_bits(load):
    """The upper half of one i64 and the lower half of another make a third."""
    halves = function("0II_I", [[row("br", 1, ((0, 4), (3, 5)))], [row("return", (4,))]])
    built = module("m", {"f": halves})
    assert translate(ModuleFacts(built), 0) is None, "left to the interpreter"
    assert load(built).lookup_function("m.f")((1 << 32) + 7, 5 << 32) == ((5 << 32) + 7,)


def test_floats_read_as_ints_are_bits(load):
    punned = function("0f_i", [[row("return", (0,))]])
    assert load(module("m", {"f": punned})).lookup_function("m.f")(1.0) == (0x3F800000,)


def test_registers_are_zero_at_first(load):
    fresh = function("0v_ir", [[row("return", (3, ref(2)))]])
    assert load(module("m", {"f": fresh})).lookup_function("m.f")() == (0, None)


def test_a_moved_reference_is_null_afterwards(load):
    moved = function(
        "0r_rr", [[row("assign.ref", ref(0, move=True), ref(1)), row("return", (ref(0), ref(1)))]]
    )
    twice = function("0r_rr", [[row("return", (ref(0, move=True), ref(0)))]])
    kept = function(
        "0r_rr", [[row("assign.ref", ref(0, move=True), ref(0)), row("return", (ref(0), ref(0)))]]
    )
    context = load(module("m", {"moved": moved, "twice": twice, "kept": kept}))
    a = Buffer(b"a")
    assert context.lookup_function("m.moved")(a) == (None, a)
    assert context.lookup_function("m.twice")(a) == (a, None)
    assert context.lookup_function("m.kept")(a) == (a, a)


def test_discard(load):
    discards = [ref(0), ref(1) | MOVE_BIT]
    body = [row("discard.refs", tuple(discards)), row("return", (ref(0), ref(1)))]
    f = load(module("m", {"f": function("0rr_rr", [body])})).lookup_function("m.f")
    assert f(Buffer(b""), Buffer(b"")) == (None, None)


def test_fail(load):
    failing = function("0i_i", [[row("fail", 0, "no good")], [row("return", (0,))]])
    f = load(module("m", {"f": failing})).lookup_function("m.f")
    assert f(0) == (0,)
    with pytest.raises(StatusError, match="INCOMPATIBLE; no good"):
        f(18)
    with pytest.raises(StatusError, match="UNKNOWN; no good"):
        f(31)
    last = load(module("m", {"f": function("0i_v", [[row("fail", 0, "x")]])})).lookup_function(
        "m.f"
    )
    with pytest.raises(StatusError, match="off the end"):
        last(0)


def test_yield_and_break_go_on(load):
    blocks = [
        [row("yield", 1, ((0, 1),))],
        [row("break", 2, ())],
        [row("cond_break", 1, 3, ())],
        [row("return", (1,))],
    ]
    assert run(load, function("0i_i", blocks), 3) == 3


def test_switches(load):
    types = {"i32": ("i", 1), "i64": ("I", 2), "f32": ("f", 1), "f64": ("F", 2)}
    for kind, (letter, width) in types.items():
        registers = [2, 2 + width, 2 + 2 * width]
        values = [1, 2, 3]
        constants = [
            row(f"const.{kind}", value, at) for value, at in zip(values, registers, strict=True)
        ]
        body = [
            *constants,
            row(f"switch.{kind}", 0, registers[0], tuple(registers[1:]), 8),
            row("return", (8,)),
        ]
        f = function(f"0i_{letter}", [body])
        assert [run(load, f, n) for n in (-1, 0, 1, 2)] == [1, 2, 3, 1]


def test_many_guards_do_not_nest(load):
    """A chain of a hundred checks, each of which may fail, is flat."""
    blocks = []
    for n in range(100):
        blocks.append([row("cond_br", 0, 2 * n + 2, (), 2 * n + 1, ())])
        blocks.append([row("const.i32", 3, 1), row("fail", 1, f"check {n}")])
    blocks.append([row("return", (0,))])
    chain = function("0i_i", blocks)
    assert run(load, chain, 1) == 1
    assert max(len(line) - len(line.lstrip()) for line in source(chain).splitlines()) < 4


def test_a_trace_prints_to_stderr(load, capsys):
    body = [row("trace", "here", (0, ref(0))), row("print", "there", ()), row("return", ())]
    load(module("m", {"f": function("0ir_v", [body])})).lookup_function("m.f")(5, None)
    assert capsys.readouterr().err == "here(5, None)\nthere()\n"
