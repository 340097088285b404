"""Results of a run of the conformance suite, as text and as HTML for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ireelite.light_dataclass import light_dataclass

MARKS = {"passed": "✓", "failed": "✗", "not run": "·"}


@light_dataclass(frozen=True)
class CheckResult:
    """Result of one check."""

    title: str
    outcome: str
    """`passed`, `failed` or `not run`."""
    expected: str = ""
    got: str = ""
    hint: str = ""
    seconds: float = 0.0


@light_dataclass(frozen=True)
class LevelResult:
    """Results of the checks of one level."""

    number: int
    """Number of the level, counted from 1."""
    name: str
    about: str
    checks: Sequence[CheckResult]

    @property
    def outcome(self) -> str:
        """`passed`, `failed` or `not run`."""
        outcomes = {check.outcome for check in self.checks}
        return next((o for o in ("failed", "not run") if o in outcomes), "passed")

    @property
    def summary(self) -> str:
        """Number of checks that passed, as `9 of 11`."""
        passed = sum(check.outcome == "passed" for check in self.checks)
        return f"{passed} of {len(self.checks)}"


@light_dataclass(frozen=True)
class Report:
    """Results of a run, by level. A report is true if every check passed.

    `level` is the number of the highest level that passed together with all levels before it;
    `failures` are the checks that failed.
    """

    device: str
    levels: Sequence[LevelResult]

    @property
    def passed(self) -> bool:
        """True if every check of every level passed."""
        return all(level.outcome == "passed" for level in self.levels)

    def __bool__(self) -> bool:
        return self.passed

    @property
    def level(self) -> int:
        """Number of the highest level that passed together with all levels before it; 0 if the
        first level did not pass.
        """
        held = 0
        for level in self.levels:
            if level.outcome != "passed":
                break
            held = level.number
        return held

    @property
    def failures(self) -> list[CheckResult]:
        """The checks that failed, in order."""
        return [c for level in self.levels for c in level.checks if c.outcome == "failed"]

    def __repr__(self) -> str:
        lines = [f"{self.device}: {self._verdict()}"]
        for level in self.levels:
            lines.append(
                f"{MARKS[level.outcome]} {level.number} {level.name:<18} {level.summary:>8}  {level.about}"
            )
            for check in level.checks:
                if check.outcome == "failed":
                    lines.append(f"    ✗ {check.title}")
                    lines.append(f"      expected  {check.expected}")
                    lines.append(f"      got       {check.got}")
                    lines.append(f"      hint      {check.hint}")
        return "\n".join(lines)

    def _verdict(self) -> str:
        count = sum(len(level.checks) for level in self.levels)
        if self.passed:
            return f"all {count} checks of {_levels(len(self.levels))} pass"
        failed = len(self.failures)
        return f"level {self.level} of {len(self.levels)}; {failed} of {count} checks failed"

    def _repr_html_(self) -> str:
        """Returns an HTML table with one row for each level; the row of a failed level lists its
        failed checks.
        """
        names = ("", "level", "checks", "what holds")
        heads = "".join(f"<th scope='col' {_LEFT}>{name}</th>" for name in names)
        rows = "".join(map(_level_html, self.levels))
        return (
            '<table style="border-collapse:collapse;text-align:left">'
            f"<caption style='text-align:left;font-weight:bold'>{escape(self.device)}: "
            f"{escape(self._verdict())}</caption>"
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )


def _levels(count: int) -> str:
    return f"{count} level{'' if count == 1 else 's'}"


_LEFT = "style='text-align:left;vertical-align:top'"
_ONE_LINE = "style='text-align:left;vertical-align:top;white-space:nowrap'"


def _level_html(level: LevelResult) -> str:
    row = (
        f"<tr><td {_LEFT}>{_mark(level.outcome)}</td><th scope='row' {_ONE_LINE}>{level.number} "
        f"{escape(level.name)}</th><td {_ONE_LINE}>{level.summary}</td>"
        f"<td {_LEFT}>{escape(level.about)}"
    )
    failed = [check for check in level.checks if check.outcome == "failed"]
    # The first one is read and mended first.
    shown = (_failure_html(check, is_open=check is failed[0]) for check in failed)
    return row + "".join(shown) + "</td></tr>"


def _mark(outcome: str) -> str:
    return f"<span role='img' aria-label='{outcome}'>{MARKS[outcome]}</span>"


def _failure_html(check: CheckResult, is_open: bool) -> str:
    facts = (("expected", check.expected), ("got", check.got), ("hint", check.hint))
    items = "".join(
        f"<dt style='font-weight:bold'>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts
    )
    return (
        f"<details{' open' if is_open else ''}><summary>{_mark('failed')} {escape(check.title)}</summary>"
        f"<dl style='margin:0'>{items}</dl></details>"
    )
