"""The mixed engine: what is interpreted at first, what is translated at once, and that it shows
nowhere but in time."""

import pytest

from ireelite.bytecode.build import function, imported, module, row
from ireelite.bytecode.encode import encode_module
from ireelite.status import StatusError, invalid_argument
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context
from ireelite.vm.first_call import MAX_INTERPRETED, is_brief
from ireelite.vm.instance import Instance
from ireelite.vm.interpreter import Interpreter
from ireelite.vm.native import NativeModule, vm_export

RETURN = row("return", ())
STRAIGHT = [[row("mul.i32", 0, 0, 0), row("return", (0,))]]
BRANCHES = [
    [row("cond_br", 0, 1, (), 2, ())],
    [row("const.i32", 7, 0), row("br", 2, ())],
    [row("return", (0,))],
]
COUNTS_DOWN = [
    [row("const.i32", 1, 1), row("br", 1, ())],
    [row("sub.i32", 0, 1, 0), row("cond_br", 0, 1, (), 2, ())],
    [row("return", (0,))],
]
SWITCHES_BACK = [
    [row("br", 1, ())],
    [row("br_table", 0, 2, (), ((1, ()),))],
    [row("return", (0,))],
]
COUNTS_THREE = [
    [row("const.i32", 3, 0), row("const.i32", 1, 1), row("br", 1, ())],
    [row("sub.i32", 0, 1, 0), row("cond_br", 0, 1, (), 2, ())],
    [RETURN],
]
TELLS_THREE_TIMES = [
    COUNTS_THREE[0],
    [row("call", imported(0), (0,), ()), *COUNTS_THREE[1]],
    COUNTS_THREE[2],
]


def calls(*ordinals):
    return [[*(row("call", ordinal, (0,), (0,)) for ordinal in ordinals), row("return", (0,))]]


@pytest.mark.parametrize(
    ("functions", "brief"),
    [
        ([STRAIGHT], True),
        ([BRANCHES], True),
        ([COUNTS_DOWN], False),
        ([SWITCHES_BACK], False),
        ([calls(1), STRAIGHT], True),
        ([calls(1), COUNTS_DOWN], False),
        ([calls(1), calls(0)], False),
        # Twelve doublings of a function that calls nothing: no loop, and yet too much.
        ([*(calls(n + 1, n + 1) for n in range(12)), STRAIGHT], False),
        ([*(calls(n + 1, n + 1) for n in range(6)), STRAIGHT], True),
        ([[[row("mul.i32", 0, 0, 0)] * MAX_INTERPRETED + [row("return", (0,))]]], False),
    ],
)
def test_what_is_brief(functions, brief):
    built = module("m", {f"f{n}": function("0i_i", body) for n, body in enumerate(functions)})
    assert is_brief(built, 0) is brief


@pytest.mark.parametrize(
    ("name", "body", "brief"),
    [
        ("__init", TELLS_THREE_TIMES, True),
        ("__init", COUNTS_THREE, False),
        ("f", TELLS_THREE_TIMES, False),
    ],
)
def test_loops_of_initializers(name, body, brief):
    built = module("m", {name: function("0v_v", body)}, imports={"x.tell": "0i_v"})
    assert is_brief(built, 0) is brief


class Listener:
    """Remembers what it is told."""

    heard: list[int]

    @vm_export("tell", "0i_v")
    def tell(self, value: int) -> None:
        if value < 0:
            raise invalid_argument("nothing below zero")
        self.heard.append(value)


@pytest.fixture
def interpreted(monkeypatch) -> list[int]:
    """Ordinals of the functions that were interpreted, in order."""
    ordinals: list[int] = []
    begin = Interpreter.__init__

    def spying(self, state, ordinal, arguments):
        ordinals.append(ordinal)
        begin(self, state, ordinal, arguments)

    monkeypatch.setattr(Interpreter, "__init__", spying)
    return ordinals


@pytest.mark.parametrize(
    ("engine", "expected"), [("mixed", [0, 1]), ("translate", []), ("interpret", [0, 1, 1, 2, 1])]
)
def test_the_second_call_is_translated(interpreted, engine, expected):
    listener = Listener()
    listener.heard = []
    built = module(
        "m",
        {
            "__init": function("0v_v", TELLS_THREE_TIMES),
            "tell": function("0i_i", [[row("call", imported(0), (0,), ()), *STRAIGHT[0]]]),
            "down": function("0i_i", COUNTS_DOWN),
        },
        imports={"x.tell": "0i_v"},
    )
    modules = [
        NativeModule("x", state_factory=lambda: listener),
        BytecodeModule.from_bytes(encode_module(built).data),
    ]
    context = Context(Instance(), modules, engine=engine)
    tell, down = (context.lookup_function(f"m.{name}") for name in ("tell", "down"))
    assert tell(5) == (25,) and tell(6) == (36,) and down(100) == (0,)
    assert listener.heard == [3, 2, 1, 5, 6]
    with pytest.raises(StatusError, match=r"nothing below zero; .*\n\[ 0\] bytecode m@1:12"):
        tell(-1)
    assert interpreted == expected


def test_a_first_call_that_fails_is_told_of_as_any(interpreted):
    built = module("m", {"f": function("0v_v", [[row("fail", 0, "no")], [RETURN]])})
    built.functions[0].blocks[0].instructions.insert(0, row("const.i32", 3, 0))
    data = encode_module(built).data
    texts: list[str] = []
    for engine in ("mixed", "translate"):
        context = Context(Instance(), [BytecodeModule.from_bytes(data)], engine=engine)
        for _ in range(2):
            with pytest.raises(StatusError) as error:
                context.lookup_function("m.f")()
            texts.append(str(error.value))
    assert len(set(texts)) == 1 and "INVALID_ARGUMENT; no" in texts[0]
    assert interpreted == [0]
