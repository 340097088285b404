"""Exercises of `05_kernels_and_targets`."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np

from workbench.answer_pictures import Bar, Picture, bars, listing
from workbench.exercises import Exercise, Mistake
from workbench.kinds_of_answers import kind_of, shown
from workbench.lessons.programs import edited
from workbench.lessons.quizzes import quiz as questions

AXPY = """
func.func @axpy(%a: tensor<f32>, %x: tensor<256xf32>, %y: tensor<256xf32>) -> tensor<256xf32> {
  %spread = stablehlo.broadcast_in_dim %a, dims = [] : (tensor<f32>) -> tensor<256xf32>
  %product = stablehlo.multiply %spread, %x : tensor<256xf32>
  %sum = stablehlo.add %product, %y : tensor<256xf32>
  return %sum : tensor<256xf32>
}"""

PRODUCT = """
func.func @product(%a: tensor<64x64xf32>, %b: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %c = stablehlo.dot %a, %b : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  return %c : tensor<64x64xf32>
}"""

POINTS = 256
SHOWN_GROUPS = 5
"""Workgroups that are drawn from the beginning, and from the end, if there are many."""
_A = np.float32(3)
_X = np.arange(POINTS, dtype=np.float32)
_Y = np.linspace(-1, 1, POINTS, dtype=np.float32)


def multiplication(program: Any) -> str:
    """Returns the identity of the first multiplication of stage `kernels`."""
    record = program.record
    nodes = record.stage("kernels").nodes
    return record.identity(next(n for n in nodes if record.nodes[n].name == "arith.mulf"))


def nest(program: Any, entry_point: str) -> str:
    """Returns the text of one kernel of a program, at stage `kernels`."""
    lines = program.ir("kernels").splitlines()
    first = next(n for n, line in enumerate(lines) if f"func.func @{entry_point}(" in line)
    margin = len(lines[first]) - len(lines[first].lstrip())
    last = next(n for n in range(first, len(lines)) if lines[n] == " " * margin + "}")
    return "\n".join(line[margin:] for line in lines[first : last + 1])


@cache
def kernel_text() -> str:
    """Returns AXPY at stage `kernels`."""
    import ireelite

    return ireelite.compile(AXPY, targets=["llvm-cpu"], record=True, progress=False).ir("kernels")


def _edited(answer: Any, a: Any, x: Any, y: Any) -> Any:
    return edited(kernel_text(), answer, "axpy", a, x, y)


def _as_answered(value: Any) -> str:
    return shown(value) if isinstance(value, float | np.floating) else kind_of(value)


def _workgroups(x_size: Any) -> int:
    """Workgroups of AXPY's shader, if `x_size` invocations are one. Raises Mistake for what is no
    number of invocations.
    """
    if not isinstance(x_size, int | np.integer):
        raise Mistake(f"expected a whole number, got {_as_answered(x_size)}.")
    if not 0 < x_size <= POINTS:
        raise Mistake(f"a workgroup here has 1 to {POINTS} invocations, not {x_size}.")
    return _groups_of(int(x_size))


@cache
def _groups_of(size: int) -> int:
    import ireelite

    program = ireelite.compile(
        AXPY, targets=["vulkan-spirv"], workgroup_size=(size, 1, 1), record=True, progress=False
    )
    found = re.search(r'"LocalSize", (\d+)', program.ir("executables"))
    return -(-POINTS // int(found[1])) if found else 0


def _of_group(x_size: Any) -> tuple[str, Picture]:
    count, size = _workgroups(x_size), int(x_size)
    message = (
        f"{x_size} invocations a group make {count} group{'s' * (count != 1)} of {POINTS} points."
    )
    rows = [
        Bar(
            f"group {n}",
            min(size, POINTS - n * size),
            f"points {n * size} to {min((n + 1) * size, POINTS) - 1}",
            n * size,
        )
        for n in range(count)
    ]
    if count > 2 * SHOWN_GROUPS:
        rest = Bar("…", 0, f"{count - 2 * SHOWN_GROUPS} more groups", SHOWN_GROUPS * size)
        rows = [*rows[:SHOWN_GROUPS], rest, *rows[-SHOWN_GROUPS:]]
    return message, bars(f"which group has which of {POINTS} points", rows)


@cache
def _shader() -> str:
    """Returns the body of AXPY's shader, in SPIR-V."""
    import ireelite

    program = ireelite.compile(AXPY, targets=["vulkan-spirv"], record=True, progress=False)
    body = re.search(r"^ *spirv\.func.*?^ *\}", program.ir("executables"), re.S | re.M)
    lines = body[0].split("\n") if body else []
    return "\n".join(re.sub(r" : (?!i32\]).*$", "", line) for line in lines)


def _of_binding(number: Any) -> str | tuple[str, Picture]:
    names = ("a", "x", "y")
    if number in range(3):
        message = f"binding {number} is %{names[number]}, which the shader reads."
        return message, _accesses(int(number))
    return f"the shader has bindings 0 to 3, and {shown(number)} is none of them."


def _accesses(number: int) -> Picture:
    """Returns AXPY's shader, with the lines marked that use the binding of a number."""
    lines = _shader().split("\n")
    marked: dict[int, str] = {}
    used = f"@axpy_rgn_dispatch_0_arg_{number}"
    for n, line in enumerate(lines):
        if re.search(rf"{used}\b", line):
            marked[n] = f"binding {number}" if not marked else "of that"
            used = line.split(" = ")[0].strip()
            if "Load" in line:
                marked[n] = "read"
                break
    return listing(f"axpy's shader: what it does with binding {number}", "\n".join(lines), marked)


product = Exercise(
    name="product",
    task="change the text of stage `kernels`, so that @axpy returns a · x · y",
    spec=lambda a, x, y: a * x * y,
    inputs=[(_A, _X, _Y)],
    apply=_edited,
    hints=("There is one addition in the text.", "It is arith.addf; a product is arith.mulf."),
)

binding = Exercise(
    name="binding",
    task="which binding of axpy's shader is the result? Give its number.",
    spec=lambda: 3,
    explain=_of_binding,
    hints=("Look for spirv.Store: which variable does it write?", "%a is 0, %x is 1, %y is 2."),
)

groups = Exercise(
    name="groups",
    task="how many invocations must a workgroup have, so that 256 points make 8 of them?",
    spec=lambda: 8,
    apply=_workgroups,
    explain=_of_group,
    hints=("Each point is one invocation.", "8 groups of n are 256."),
)

even = Exercise(
    name="even",
    task="change the text of stage `kernels`: a · x + y at even places, 0 at odd ones",
    spec=lambda a, x, y: np.where(_X % 2 == 0, a * x + y, 0),
    inputs=[(_A, _X, _Y)],
    apply=_edited,
    hints=(
        "arith.remui %i, %two : index is %i modulo 2; arith.cmpi eq compares it with %c0.",
        "arith.select %even, %4, %nothing : f32 takes one of two; store that.",
    ),
)

_PLACES = 8 * 8 * 8 * 16


def _of_window(count: Any) -> tuple[str, Picture]:
    return _about_window(count), listing("the loops of the first convolution", _WINDOW, _TURNS)


_WINDOW = """
scf.parallel (picture, row, column, channel)
  scf.for window row
    scf.for window column
      scf.for input channel
        arith.mulf
        arith.addf"""
_TURNS = {
    0: "one point for each number of the result",
    1: "3 turns",
    2: "3 turns",
    3: "1 turn",
    4: "one multiplication a turn",
}


def _about_window(count: Any) -> str:
    if count == _PLACES:
        return f"{count} is how many points there are; each goes through a window."
    if count in (9, 3 * 3 * 16):
        return f"{count} is the window alone; it stands at many places."
    if count and _PLACES * 9 % count == 0:
        return f"{count} is {_PLACES * 9 // count} times too few: which dimension is missing?"
    return ""


window = Exercise(
    name="window",
    task="how many multiplications does the first convolution make, for all 8 pictures?",
    spec=lambda: _PLACES * 9,
    explain=_of_window,
    hints=(
        "The points of scf.parallel, times the turns of the loops inside.",
        "8 · 8 · 8 · 16 points, 3 · 3 · 1 turns.",
    ),
)

quiz = questions(
    {
        "the points of scf.parallel may run in any order": True,
        "a shader has a loop over all points": False,
        "a module holds one executable for all targets": False,
        "a schedule changes what is computed": False,
        "the text of a stage can be changed and compiled on from there": True,
    },
    hints=(
        "A device starts one invocation for each point.",
        "Each target has a variant of its own; a schedule says how, not what.",
    ),
)
