"""Exercises of `07_fences`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ireelite.records import ExecutionRecord
from ireelite.status import StatusError
from workbench.answer_pictures import Bar, Picture, bars
from workbench.exercises import Exercise, Verdict
from workbench.kinds_of_answers import kind_of, shown
from workbench.lessons.quizzes import quiz as questions
from workbench.lessons.timed_work import HOST, MAX_UNITS, Op, makespan, op, run, spans
from workbench.model.fence_timeline import FenceTimeline
from workbench.render.svg_timeline import draw_timeline
from workbench.render.text import timeline_text

LAYERS = """
func.func @layers(%x: tensor<64x64xf32>, %w: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %0 = stablehlo.dot %x, %w : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %1 = stablehlo.tanh %0 : tensor<64x64xf32>
  %2 = stablehlo.dot %1, %w : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  return %2 : tensor<64x64xf32>
}"""

SEQUENTIAL = [
    op("A", 1, signals={"s": 1}),
    op("B", 2, waits={"s": 1}),
]
CROSS_QUEUE = [
    op("A", 1, queue=0, signals={"s": 1}),
    op("B", 2, queue=1, waits={"s": 1}),
]
FORK_JOIN = [
    op("load", 1, queue=0, signals={"loaded": 1}),
    op("left", 2, queue=0, waits={"loaded": 1}, signals={"left": 1}),
    op("right", 3, queue=1, waits={"loaded": 1}, signals={"right": 1}),
    op("sum", 1, queue=0, waits={"left": 1, "right": 1}),
]
INDEPENDENT = [op("A", 3, queue=0), op("B", 2, queue=1), op("C", 1, queue=1)]
PIPELINE = [
    each
    for n in (1, 2, 3)
    for each in (
        op(f"read{n}", 1, queue=0, signals={"read": n}),
        op(f"work{n}", 2, queue=1, waits={"read": n}),
    )
]
LATE = [
    op("A", 1, queue=0, signals={"s": 1}),
    op("host work", 2, queue="host"),
    op("B", 1, queue=1, waits={"s": 1}),
]
PARKED = [
    op("B", 1, queue=0, waits={"s": 1}),
    op("host work", 2, queue="host", signals={"s": 1}),
]

STUCK = [
    op("decode", 1, queue=0, waits={"scaled": 1}, signals={"decoded": 1}),
    op("scale", 1, queue=1, waits={"decoded": 1}, signals={"scaled": 1}),
    op("show", 1, queue=0, waits={"scaled": 2}),
]
"""`scale` needs the result of `decode`, and `show` needs the result of `scale`."""

CHAINS = [
    op("A1", 1, signals={"s": 1}),
    op("A2", 2, waits={"s": 1}, signals={"s": 2}),
    op("B1", 2, waits={"s": 2}, signals={"s": 3}),
    op("B2", 1, waits={"s": 3}),
]
"""Two independent chains, one after the other."""

LATER = [
    op("read", 1, signals={"s": 1}),
    op("edges", 1, waits={"s": 1}, signals={"s": 2}),
    op("blur", 3, waits={"s": 2}, signals={"s": 3}),
    op("mask", 1, waits={"s": 3}, signals={"s": 4}),
    op("merge", 1, waits={"s": 4}, signals={"s": 5}),
    op("sound", 1, waits={"s": 5}, signals={"s": 6}),
    op("write", 1, waits={"s": 6}),
]
NEEDS = (
    ("read", "edges"),
    ("read", "blur"),
    ("edges", "mask"),
    ("mask", "merge"),
    ("blur", "merge"),
    ("merge", "write"),
    ("sound", "write"),
)
"""Pairs (first, then) of operations of `LATER`: `then` must follow `first`."""
RUNS = 5
"""How often a schedule is run at most: a busy machine may delay one run."""


@dataclass
class ScheduleExercise(Exercise):
    """An exercise whose answer is a list of operations, which is run. It is right if every
    operation of `given` has run, on at most `queues` queues, each after the operations that it
    needs, in at most `most` units.
    """

    given: Sequence[Op] = ()
    needs: Sequence[tuple[str, str]] = ()
    most: int = 0
    queues: int = 2

    def show(self) -> None:
        """Prints the task and the given operations."""
        super().show()
        for each in self.given:
            print(f"  {each.name}: {each.units} unit{'s' * (each.units != 1)}")
        for first, then in self.needs:
            print(f"  {then} needs {first}")

    def _judge(self, answer: Any) -> Verdict:
        if answer is ... or (
            isinstance(answer, list | tuple) and any(each is ... for each in answer)
        ):
            return super()._judge(...)
        if mistake := self._mistake(answer):
            return Verdict(self.name, "wrong", mistake)
        try:
            message, record = self._fault(answer)
            for _ in range(RUNS - 1):
                if not message:
                    break
                message, record = self._fault(answer)
        except StatusError as error:
            return Verdict(self.name, "wrong", f"{error.message}.")
        if message:
            return Verdict(self.name, "wrong", message, (drawn(record, "yours"),))
        return Verdict(self.name, "right", f"{makespan(record)} units.")

    def _mistake(self, answer: object) -> str:
        """Returns a message about an answer that is not worth a run, or an empty text."""
        if not isinstance(answer, list | tuple):
            return f"expected a list of op(...), got {kind_of(answer)}."
        for each in answer:
            if not isinstance(each, Op):
                return f"expected a list of op(...), and {shown(each)} is in it."
        units = {each.name: each.units for each in self.given}
        for each in answer:
            if each.name not in units:
                return f"there is no operation {each.name!r}: they are {', '.join(units)}."
            if each.units != (count := units[each.name]):
                return f"{each.name} takes {count} unit{'s' * (count != 1)}, not {each.units}."
        names = [each.name for each in answer]
        if twice := [name for name in units if names.count(name) > 1]:
            return f"{', '.join(twice)} must be there once."
        if missing := [name for name in units if name not in names]:
            return f"{', '.join(missing)} must be there, too."
        if len(used := {each.queue for each in answer}) > self.queues:
            return f"there are {self.queues} queues, not {len(used)}."
        signals = [f"{name} to {value}" for each in answer for name, value in each.signals.items()]
        if again := [each for each in signals if signals.count(each) > 1]:
            return f"two operations bring {again[0]}, and a semaphore only grows."
        return ""

    def _fault(self, answer: Sequence[Op]) -> tuple[str, ExecutionRecord]:
        """Runs the answer; returns (what is wrong or an empty text, the record)."""
        record = run(answer)
        when = spans(record)
        if missing := [each.name for each in self.given if each.name not in when]:
            reasons = record.deadlock_report().splitlines()
            return f"{', '.join(missing)} never ran: {reasons[0]}.", record
        for first, then in self.needs:
            if when[then][0] < when[first][1]:
                return f"{then} began before {first} had ended, by luck or by mistake.", record
        if waits := self._unordered(answer):
            return waits, record
        if (units := makespan(record)) > self.most:
            return f"It takes {units} units, and {self.most} are enough.", record
        return "", record

    def _unordered(self, answer: Sequence[Op]) -> str:
        """Returns a message about a need that no chain of fences ensures, or an empty text."""
        after = {each.name: _directly_before(each, answer) for each in answer}
        for first, then in self.needs:
            known, waiting = set(after[then]), list(after[then])
            while waiting:
                found = after[waiting.pop()] - known
                known |= found
                waiting += found
            if first not in known:
                return f"No fence makes {then} wait for {first}: it came later by luck."
        return ""


def _directly_before(each: Op, answer: Sequence[Op]) -> set[str]:
    """Returns the names of the operations whose signals an operation waits for."""
    return {
        other.name
        for other in answer
        for name, value in each.waits.items()
        if other.signals.get(name, 0) == value
    }


def drawn(record: ExecutionRecord, title: str) -> Picture:
    """Returns a run as a picture for a verdict."""
    model = FenceTimeline(record)
    clock = "order" if record.pending else "time"
    document = draw_timeline(model, clock).document(title)
    return Picture(title, timeline_text(model), document)


def _look(ops: Sequence[Op]) -> Callable[[object], tuple[str, Picture]]:
    """Returns what explains a wrong prediction: how long each operation takes, on which queue, and
    what it waits for, over the number of units that was predicted. When each begins is not drawn.
    """

    def explain(units: object) -> tuple[str, Picture]:
        message = f"not {shown(units)}: the next two cells run it, and draw what waited for what."
        rows = [Bar(f"{each.name}, {_queue_of(each)}", each.units, _waits_of(each)) for each in ops]
        if isinstance(units, int | float) and 0 < units < MAX_UNITS:
            rows.append(Bar("yours", units, f"{units:g} units", is_yours=True))
        return message, bars("how long each takes: after which others does it begin?", rows)

    return explain


def _queue_of(each: Op) -> str:
    return "host" if each.queue == HOST else f"queue {each.queue}"


def _waits_of(each: Op) -> str:
    waits = " and ".join(f"{name} = {value}" for name, value in each.waits.items())
    signals = " and ".join(f"{name} = {value}" for name, value in each.signals.items())
    parts = [f"waits for {waits}"] * bool(waits) + [f"signals {signals}"] * bool(signals)
    return ", ".join([f"{each.units:g}", *parts])


sequential = Exercise(
    name="sequential",
    task="A takes 1 unit, B takes 2 and waits for A: after how many units has B ended?",
    spec=lambda: 3,
    explain=_look(SEQUENTIAL),
    hints=("B begins when A has ended.", "1 and then 2."),
)
cross_queue = Exercise(
    name="cross_queue",
    task="the same, with B on a queue of its own: after how many units has B ended?",
    spec=lambda: 3,
    explain=_look(CROSS_QUEUE),
    hints=("The fence is the same.", "A second queue helps only what need not wait."),
)
fork_join = Exercise(
    name="fork_join",
    task="load 1; then left 2 and right 3, on two queues; then sum 1: how many units?",
    spec=lambda: 5,
    explain=_look(FORK_JOIN),
    hints=("sum waits for both.", "The longer of left and right counts."),
)
independent = Exercise(
    name="independent",
    task="A 3 on one queue, B 2 and C 1 on another, and no fence: how many units?",
    spec=lambda: 3,
    explain=_look(INDEPENDENT),
    hints=("Nothing waits for anything.", "Each queue does its own work, one after another."),
)
pipeline = Exercise(
    name="pipeline",
    task="three times read 1 on one queue, then work 2 on another: how many units?",
    spec=lambda: 7,
    explain=_look(PIPELINE),
    hints=("read2 runs while work1 does.", "The second queue is busy from the first read on."),
)
late = Exercise(
    name="late",
    task="A ends after 1 unit. The host submits B, which waits for A, after 2 units: for how many "
    "units does B wait?",
    spec=lambda: 0,
    explain=_look(LATE),
    hints=("What is s at, when B is submitted?", "A payload that is there already is no wait."),
)

stuck = ScheduleExercise(
    name="stuck",
    spec=lambda: [
        op("decode", 1, queue=0, signals={"decoded": 1}),
        op("scale", 1, queue=1, waits={"decoded": 1}, signals={"scaled": 1}),
        op("show", 1, queue=0, waits={"scaled": 1}),
    ],
    task="repair STUCK: each operation runs, in 3 units",
    given=STUCK,
    needs=(("decode", "scale"), ("scale", "show")),
    most=3,
    hints=(
        "decode waits for something that can only come after it.",
        "Which value of `scaled` does show wait for, and who signals that?",
    ),
)
chains = ScheduleExercise(
    name="chains",
    spec=lambda: [
        op("A1", 1, queue=0, signals={"a": 1}),
        op("A2", 2, queue=0, waits={"a": 1}),
        op("B1", 2, queue=1, signals={"b": 1}),
        op("B2", 1, queue=1, waits={"b": 1}),
    ],
    task="overlap the two chains of CHAINS on two queues, in 3 units",
    given=CHAINS,
    needs=(("A1", "A2"), ("B1", "B2")),
    most=3,
    hints=("B1 needs nothing of A: it need not wait.", "A semaphore for each chain."),
)
faster = ScheduleExercise(
    name="faster",
    spec=lambda: [
        op("read", 1, queue=0, signals={"read": 1}),
        op("sound", 1, queue=1, signals={"sound": 1}),
        op("blur", 3, queue=0, waits={"read": 1}, signals={"blurred": 1}),
        op("edges", 1, queue=1, waits={"read": 1}, signals={"edges": 1}),
        op("mask", 1, queue=1, waits={"edges": 1}, signals={"masked": 1}),
        op("merge", 1, queue=0, waits={"blurred": 1, "masked": 1}, signals={"merged": 1}),
        op("write", 1, queue=0, waits={"merged": 1, "sound": 1}),
    ],
    task="LATER takes 9 units, one after another. Two queues can do it in 6",
    given=LATER,
    needs=NEEDS,
    most=6,
    hints=(
        "read, blur, merge, write is a chain of 6: it must never wait for anything else.",
        "On the other queue: sound has time until write, edges and mask until merge.",
    ),
)

quiz = questions(
    {
        "an operation may wait for a value that nobody has signalled yet": True,
        "a semaphore's payload can go back to 0": False,
        "a wait for a value that has been passed returns at once": True,
        "a second queue makes a chain of dependent operations faster": False,
        "a failed semaphore leaves those that wait for it waiting": False,
    },
    hints=(
        "Look at B in PARKED: what was submitted first, the wait or the signal?",
        "A timeline only grows, and a failure is final: everyone who waits gets it.",
    ),
)
