"""Which names an error offers instead of one that there is not."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

from ireelite.status import edit_distance, near_names


@pytest.mark.parametrize(
    ("name", "other", "distance"),
    [
        ("stablehlo.multipy", "stablehlo.multiply", 1),
        ("stablehlo.sort", "stablehlo.or", None),
        ("stablehlo.sort", "stablehlo.rsqrt", None),
        ("stablehlo.gather", "stablehlo.return", None),
        ("arith.ad", "arith.add", 1),
        ("addd", "add", 1),
        ("mian", "main", 1),
        ("Main", "main", 0),
        ("^e", "e", 0),
        ("g", "f", None),
        ("local-sync", "local-task", None),
        ("vulcan", "vulkan", 1),
        ("a" * 1_000_000, "main", None),
        ("main", "a" * 1_000_000, None),
    ],
)
def test_how_near_a_name_is(name, other, distance):
    assert edit_distance(name, other) == distance


BROKEN = 'ireelite.compile("func.func @main() -> i32 {\\n  return %a : i32\\n}")'

IDENTITY = "func.func @f(%x: i32) -> i32 { return %x : i32 }"


def test_no_more_than_three_names_are_offered_nearest_first():
    assert near_names("main", ["mean", "maim", "mains", "maine", "Main"]) == (
        "; did you mean 'Main' or 'maim' or 'maine'?"
    )


def test_without_a_near_name_some_are_listed():
    assert near_names("x", ["f", "g"]) == "; known names: f, g"
    assert (
        near_names("x", [f"f{n}" for n in range(15)], listed=2)
        == "; known names: f0, f1 and 13 more"
    )
    assert near_names("x", ["f"], listed=0) == near_names("x", []) == ""


def test_ipython_shows_the_message_the_caret_and_the_line_of_the_cell(capsys):
    shell = InteractiveShell.instance(colors="nocolor")
    try:
        shell.run_cell("import ireelite\n" + BROKEN)
        shown = capsys.readouterr().out.splitlines()
        assert shown[0].startswith("StatusError: INVALID_ARGUMENT; ")
        assert [line.strip() for line in shown if set(line.strip()) == {"^"}] == ["^"]
        assert shown[-2:] == [
            f"line 2 of the cell: {BROKEN}",
            "(%tb Verbose shows the whole traceback)",
        ]
        assert len(shown) < 9
        shell.run_cell("%tb Verbose")
        assert "compile_source" in capsys.readouterr().out
        shell.run_cell(f"module = ireelite.load(ireelite.compile({IDENTITY!r}, targets=['vmvx']))")
        shell.run_cell("module.g(1)")
        assert capsys.readouterr().out.splitlines() == [
            "MissingFunction: no function `g` exported by module 'module'; known names: f",
            "",
            "line 1 of the cell: module.g(1)",
            "(%tb Verbose shows the whole traceback)",
        ]
    finally:
        InteractiveShell.clear_instance()
