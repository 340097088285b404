"""Values that a text uses before it defines them, and around which regions."""

import pytest

from ireelite.status import StatusError
from ireelite.syntax.parser import parse_module


def branching(body: str) -> str:
    """A function whose second block comes first when it runs."""
    return (
        "func.func @f(%c: i1) -> i32 {\n  cf.br ^first\n^second:\n"
        f"{body}  return %r : i32\n^first:\n  %x = arith.constant 1 : i32\n  cf.br ^second\n}}"
    )


CHOICE = "  %r = scf.if %c -> (i32) { scf.yield %x : i32 } else { scf.yield %x : i32 }\n"


@pytest.mark.parametrize("before", ["", "  %y = arith.addi %x, %x : i32\n"])
def test_regions_use_values_that_are_defined_behind_them(before: str):
    module = parse_module(branching(before + CHOICE))
    (constant,) = (op for op in module.walk() if op.name == "arith.constant")
    assert sum(1 for _ in constant.results[0].uses) == (4 if before else 2)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (
            "func.func @f() -> i32 {\n  %y = arith.addi %x, %x : i32\n"
            "  scf.execute_region {\n    %x = arith.constant 1 : i32\n    scf.yield\n  }\n"
            "  return %y : i32\n}",
            (2, 19),
            "'%x' is used and not defined",
        ),
        (
            'func.func @f() {\n  "scf.if"(%c) ({\n    %c = arith.constant true\n    scf.yield\n'
            "  }, {\n  }) : (i1) -> ()\n  return\n}",
            (2, 12),
            "'%c' is used and not defined",
        ),
        (
            "%y = arith.addi %x, %x : i32\nfunc.func @f() {\n  %x = arith.constant 1 : i32\n"
            "  return\n}",
            (1, 17),
            "'%x' is used and not defined",
        ),
        (
            branching("  %y = arith.addi %x, %x : i32\n" + CHOICE).replace("yield %x : i32", "yield %x : i64"),
            (5, 39),
            "'%x' is used with type i64, and with type i32 before",
        ),
    ],
)  # fmt: skip
def test_what_a_region_defines_is_seen_within_it_alone(
    text: str, place: tuple[int, int], words: str
):
    with pytest.raises(StatusError) as caught:
        parse_module(text, "a")
    assert caught.value.message == f"a:{place[0]}:{place[1]}: {words}"
