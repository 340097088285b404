"""Exercises of `06_the_vm`."""

from __future__ import annotations

from math import gcd
from typing import Any

from workbench.answer_pictures import Picture, curve
from workbench.exercises import Exercise
from workbench.kinds_of_answers import shown
from workbench.lessons.programs import called
from workbench.lessons.quizzes import quiz as questions

COLLATZ = """
func.func @steps(%n: i32) -> i32 {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %two = arith.constant 2 : i32
  %three = arith.constant 3 : i32
  %last, %count = scf.while (%x = %n, %i = %zero) : (i32, i32) -> (i32, i32) {
    %go = arith.cmpi ne, %x, %one : i32
    scf.condition(%go) %x, %i : i32, i32
  } do {
  ^bb0(%x: i32, %i: i32):
    %rest = arith.remsi %x, %two : i32
    %odd = arith.cmpi eq, %rest, %one : i32
    %next = scf.if %odd -> (i32) {
      %tripled = arith.muli %x, %three : i32
      %up = arith.addi %tripled, %one : i32
      scf.yield %up : i32
    } else {
      %down = arith.divsi %x, %two : i32
      scf.yield %down : i32
    }
    %j = arith.addi %i, %one : i32
    scf.yield %next, %j : i32, i32
  }
  return %count : i32
}"""
"""How many steps a number takes to 1, if even ones are halved and odd ones tripled plus one."""

INDEX = """
func.func @element(%row: tensor<4xf32>, %place: i64) -> f32 {
  %at = arith.index_cast %place : i64 to index
  %element = tensor.extract %row[%at] : tensor<4xf32>
  return %element : f32
}"""


def numbers(n: int) -> list[int]:
    """Returns the numbers from n down to 1, without bounds."""
    found = [n]
    while found[-1] != 1:
        found.append(3 * found[-1] + 1 if found[-1] % 2 else found[-1] // 2)
    return found


LARGEST_DRAWN = 2**40
"""Numbers below this are drawn."""


def _first_that_wraps(start: int) -> int:
    n = start
    while max(numbers(n)) < 2**31:
        n += 1
    return n


def _of_steps(times: Any) -> str | tuple[str, Picture]:
    """Describes a wrong number of multiplications, and draws where the sequence stands then."""
    message = _about_steps(times)
    sequence = numbers(27)
    odd = [n for n, number in enumerate(sequence[:-1]) if number % 2]
    title = "the sequence of 27: an odd number is multiplied, and goes up"
    if not isinstance(times, int) or not 0 < times <= len(odd):
        place, text = odd[-1], "the last multiplication is here"
    else:
        place, text = odd[times - 1], f"multiplication number {times} is here"
    return message, curve(title, sequence, (0, text), place)


def _about_steps(times: Any) -> str:
    if times == len(numbers(27)) - 1:
        return f"{times} is how many steps 27 takes in all: only odd numbers are multiplied."
    if times == len(numbers(27)) - 1 - _multiplications():
        return f"{times} is how often it is halved."
    return ""


def _multiplications() -> int:
    return sum(number % 2 for number in numbers(27)[:-1])


def _of_largest(number: Any) -> str | tuple[str, Picture]:
    if number in numbers(27):
        message = f"27 comes to {number}, and to larger ones."
    else:
        message = f"27 never comes to {shown(number)}."
    if not 0 < number < LARGEST_DRAWN:
        return message
    return message, curve("the sequence of 27", numbers(27), (int(number), f"yours, {number:,}"))


def _of_endless(n: Any) -> str | tuple[str, Picture]:
    if n < 113_000:
        message = f"{shown(n)} is below 113,000."
    elif n < _first_that_wraps(113_000):
        message = f"steps({shown(n)}) comes back."
    else:
        message = "there is an earlier one."
    if n != int(n) or not 0 < n < LARGEST_DRAWN:
        return message
    limit = (2**31, "the largest i32, 2,147,483,647")
    return message, curve(f"the sequence of {int(n):,}", numbers(int(n)), limit)


multiplied = Exercise(
    name="multiplied",
    task="how often is steps(27) at the multiplication?",
    spec=_multiplications,
    explain=_of_steps,
    hints=(
        "call = collatz.steps.debug(27), a breakpoint as above, and a loop that counts.",
        "call.resume() runs to the next breakpoint or to the end; call.finished says which.",
    ),
)

largest = Exercise(
    name="largest",
    task="which is the largest number that the sequence of 27 comes to?",
    spec=lambda: max(numbers(27)),
    explain=_of_largest,
    hints=(
        "The head of the loop compares %x with 1: break at each cmp.ne.i32.",
        'call.registers["i0"] is %x there.',
    ),
)

divisor = Exercise(
    name="divisor",
    task="write @gcd(%a: i32, %b: i32) -> i32: as long as b is not 0, (a, b) becomes (b, a mod b)",
    spec=gcd,
    inputs=[(48, 36), (17, 5), (9, 0)],
    apply=lambda answer, a, b: called(answer, "gcd", a, b),
    hints=(
        "Take COLLATZ as a pattern: two values are carried, and the region after `do` yields two.",
        "%r = arith.remsi %x, %y : i32, and then scf.yield %y, %r : i32, i32",
    ),
)

endless = Exercise(
    name="endless",
    task="which is the first n from 113,000 on that needs more than 100,000 instructions?",
    spec=lambda: _first_that_wraps(113_000),
    explain=_of_endless,
    hints=(
        "limited.steps(n) raises ireelite.StatusError if it runs too long.",
        "A loop over n with try and except finds it in some hundred calls.",
    ),
)

quiz = questions(
    {
        "the VM reads the elements of tensors": False,
        "two values may share a register if they do not live at the same time": True,
        "bytecode has loops as ops with regions": False,
        "the debugger can go back to an instruction that has run": True,
        "an index out of range ends the process": False,
    },
    hints=(
        "Which calls did simple_mul make? Which of them has the numbers?",
        "A loop is a branch to a block that was there before.",
    ),
)
