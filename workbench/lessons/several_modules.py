"""Exercises of `09_programs_of_several_modules`."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

from workbench.answer_pictures import Picture, listing
from workbench.exercises import Exercise, Mistake
from workbench.kinds_of_answers import kind_of, shown

CALLER = """
module @caller {
  func.func private @mine.double(i32) -> i32
  func.func @quadruple(%n: i32) -> i32 {
    %0 = call @mine.double(%n) : (i32) -> i32
    %1 = call @mine.double(%0) : (i32) -> i32
    return %1 : i32
  }
}"""

_CALLS: dict[str, set[str]] = {
    "rectifier": set(),
    "mixer": set(),
    "pipeline": {"rectifier", "mixer"},
    "report": {"pipeline", "mixer"},
}


def _possible(names: tuple[str, ...]) -> bool:
    return all(_CALLS[name] <= set(names[:place]) for place, name in enumerate(names))


def _calls(_: object) -> Picture:
    """Returns which module calls which."""
    notes = {
        n: f"after {' and '.join(sorted(called))}" if called else "after nothing"
        for n, called in enumerate(_CALLS.values())
    }
    return listing("each module is loaded after those that it calls", "\n".join(_CALLS), notes)


order = Exercise(
    name="order",
    task="in how many different orders can the four modules be loaded?",
    spec=lambda: sum(map(_possible, permutations(_CALLS))),
    explain=_calls,
    hints=("Which module must come last? Which one before it?", "The first two may change places."),
)


def _called(function: Callable[..., Any], n: int) -> Any:
    try:
        return function(None, n)
    except Exception as error:
        raise Mistake(f"double_it(state, {n}) raised {type(error).__name__}: {error}.") from error


def _quadruple(answer: Any, n: int) -> Any:
    """Returns what the caller does with the reader's function. Raises Mistake for what is no
    calling convention and function.
    """
    import ireelite
    from ireelite.runtime import PyModuleInterface

    if not isinstance(answer, tuple) or len(answer) != 2:
        raise Mistake(f"expected (convention, double_it), got {kind_of(answer)}.")
    convention, function = answer
    if not callable(function):
        raise Mistake(f"expected a function behind the convention, got {kind_of(function)}.")
    if convention is ... or (doubled := _called(function, n)) is ...:
        return ...
    if not isinstance(convention, str):
        raise Mistake(f"expected the convention as a text, got {kind_of(convention)}.")
    if not isinstance(doubled, int):
        raise Mistake(f"double_it(state, {n}) returned {shown(doubled)}, and not a whole number.")
    mine = PyModuleInterface("mine", lambda interface: None)
    mine.export("double", convention, function)
    return ireelite.load(mine.create(), ireelite.compile(CALLER, progress=False)).quadruple(n)


double = Exercise(
    name="double",
    task="make caller.quadruple(n) return 4 n",
    spec=lambda n: 4 * n,
    inputs=[(3,), (-8,)],
    apply=_quadruple,
    hints=(
        "A calling convention begins with 0 and has arguments before and results behind the line.",
        "i is an i32.",
    ),
)


def position(factorial: Any) -> Exercise:
    """Returns the exercise about a run of the compiled program `factorial`."""

    def first_return() -> int:
        import ireelite

        found = ireelite.load(factorial).factorial.debug(7)
        while "vm.return" not in found.disassembly:
            found.step()
        return found.position

    def at_position(number: Any) -> str | Picture:
        import ireelite

        found = ireelite.load(factorial).factorial.debug(7)
        seen: dict[int, str] = {}
        while not found.finished and "vm.return" not in found.disassembly:
            seen[found.position] = found.disassembly
            found.step()
        lines = [f"{place:5}  {seen[place]}" for place in sorted(seen)]
        if number not in seen:
            return f"nothing that runs before the first return stands at {shown(number)}."
        return listing(
            f"what runs before the first return: yours is at {number}",
            "\n".join(lines),
            [sorted(seen).index(number)],
        )

    return Exercise(
        name="position",
        prefix="",
        task="at which position is the first return about to run?",
        spec=first_return,
        explain=at_position,
        hints=('The mnemonic is "return".', "resume() stops there, and .position is the number."),
    )
