"""Work of known length on real queues, and exercises whose answers are schedules."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from ireelite.status import StatusError
from workbench.lessons import fences as lesson
from workbench.lessons import timed_work
from workbench.lessons.timed_work import makespan, op, run, spans


@pytest.fixture(autouse=True)
def lenient(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("WB_STRICT", raising=False)


def test_operations_run_as_their_fences_say():
    record = run(lesson.FORK_JOIN)
    when = spans(record)
    assert when["load"][1] <= min(when["left"][0], when["right"][0])
    assert when["sum"][0] >= max(when["left"][1], when["right"][1])
    assert makespan(record) >= 5 and record.overlap_ns() > 0
    assert {each.state for each in record.submissions} == {"ran"}
    assert set(record.semaphores) == {"loaded", "left", "right"}


def test_a_stuck_run_ends_with_its_record():
    record = run(lesson.STUCK)
    assert {each.state for each in record.submissions} == {"pending"}
    assert "waits for decoded to reach 1" in record.deadlock_report()


def test_the_host_signals_and_waits():
    record = run([*lesson.PARKED, op("after", 0.1, queue="host", waits={"s": 1})])
    assert [each.state for each in record.submissions] == ["ran"]
    kinds = [event.kind for event in record.events if event.lane == "host"]
    assert kinds.count("signal") == 1 and kinds.count("wait") == 1
    with pytest.raises(StatusError, match=r"made by op\(\.\.\.\)"):
        run(["A"])  # pyright: ignore
    with pytest.raises(StatusError, match="a queue is a number"):
        run([op("A", 1, queue="one")])


def test_a_run_that_other_programs_delay_is_repeated(monkeypatch: pytest.MonkeyPatch):
    delays = [timed_work.UNIT_MS]

    def sleep(seconds: float) -> None:
        late = delays.pop() / 1000 if seconds > 0.05 and delays else 0
        time.sleep(seconds + late)

    monkeypatch.setattr(timed_work, "time", SimpleNamespace(sleep=sleep, monotonic=time.monotonic))
    assert len(spans(run([op("A", 1), op("B", 1)]))) == 2
    assert delays == []
    delays += [timed_work.UNIT_MS] * 100
    late = run([op("A", 1), op("B", 1)])
    assert {each.state for each in late.submissions} == {"ran"}
    assert len(delays) == 100 - 2 * timed_work.ATTEMPTS


CROSSED = [
    op("A1", 1, queue=0, signals={"s": 1}),
    op("A2", 2, queue=1, waits={"s": 1}, signals={"s": 2}),
    op("B1", 2, queue=0, waits={"s": 2}, signals={"s": 3}),
    op("B2", 1, queue=1, waits={"s": 3}),
]
"""The two chains on two queues, still one behind the other."""
LUCKY = [
    op("A1", 1, queue=0),
    op("A2", 2, queue=0),
    op("B1", 2, queue=1),
    op("B2", 1, queue=1),
]
"""In order because each queue has only one thread, and with no fence."""


@pytest.mark.parametrize(
    ("answer", "message", "pictures"),
    [
        (..., "Replace the dots", 0),
        ([..., ...], "Replace the dots", 0),
        (5, r"a list of op\(\.\.\.\)", 0),
        ([op("A1", 1), "A2"], "and 'A2' is in it", 0),
        (lesson.CHAINS[:3], "B2 must be there, too", 0),
        ([*lesson.CHAINS, op("B2", 1)], "B2 must be there once", 0),
        ([op("A1", 2)], "A1 takes 1 unit, not 2", 0),
        ([op("C", 1)], "there is no operation 'C': they are A1, A2, B1, B2", 0),
        (
            [op(each.name, each.units, n) for n, each in enumerate(lesson.CHAINS)],
            "there are 2 queues, not 4",
            0,
        ),
        ([*lesson.CHAINS[:3], op("B2", 1, signals={"s": 2})], "two operations bring s to 2", 0),
        (CROSSED, r"It takes \d+ units, and 3 are enough", 1),
        (LUCKY, "No fence makes A2 wait for A1: it came later by luck", 1),
    ],
)
def test_a_wrong_schedule_says_why(answer: Any, message: str, pictures: int, monkeypatch: Any):
    monkeypatch.setattr(lesson, "RUNS", 1)
    verdict = lesson.chains.check(answer)
    assert not verdict and len(verdict.pictures) == pictures
    import re

    assert re.search(message, verdict.message), verdict.message
    if pictures:
        assert "<img" in verdict._repr_mimebundle_()["text/html"]
        assert "dispatch A1" in verdict.to_text()


LOWERING = [
    op("A1", 1, queue=0, signals={"a": 3}),
    op("A2", 2, queue=0, waits={"a": 3}, signals={"a": 2}),
    op("B1", 2, queue=1, signals={"b": 1}),
    op("B2", 1, queue=1, waits={"b": 1}),
]


def test_a_schedule_that_lowers_a_semaphore_says_so_in_one_line(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(timed_work, "UNIT_MS", 20)
    message = "A2 cannot bring a to 2: it is at 3 already, and a semaphore only grows"
    with pytest.raises(StatusError) as caught:
        run(LOWERING)
    assert caught.value.message == message
    assert lesson.chains.check(LOWERING).message.startswith(f"{message}. ")
    time.sleep(0.1)  # the other queue is still at work
    assert capfd.readouterr() == ("", "")


def test_a_schedule_that_never_ends_draws_what_is_pending(monkeypatch: Any):
    monkeypatch.setattr(lesson, "RUNS", 1)
    verdict = lesson.stuck.check(lesson.STUCK)
    assert verdict.message.startswith("decode, scale, show never ran: submission 1")
    assert "pending dispatch decode" in verdict.to_text()


def test_what_is_expected_is_right():
    for exercise in (lesson.stuck, lesson.chains, lesson.faster):
        assert exercise.check(exercise.expected()), exercise.name


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: op(1, 1), "an operation's name is a text, not 1"),  # pyright: ignore
        (lambda: op("A", "x"), "A: units are a number above 0"),  # pyright: ignore
        (lambda: op("A", -1), "A: units are a number above 0"),
        (lambda: op("A", 1, queue="q"), "A: a queue is a number from 0, or 'host', not 'q'"),
        (lambda: op("A", 1, queue=-1), "A: a queue is a number from 0"),
        (lambda: op("A", 1, waits="s"), "A: waits are values of semaphores"),  # pyright: ignore
        (lambda: op("A", 1, signals={"s": "1"}), "A: signals are values"),  # pyright: ignore
    ],
)
def test_an_operation_says_what_is_wrong_with_it(made: Any, message: str):
    with pytest.raises(StatusError, match=message):
        made()
