"""Flags that keep or print the compilation record."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ireelite.records import CompilationRecord


def add_record_flags(flags: argparse.ArgumentParser) -> None:
    """Adds these flags to a tool's."""
    flags.add_argument("--record", metavar="FILE", help="also write the compilation record")
    flags.add_argument(
        "--print-provenance",
        action="store_true",
        help="print where the ops and instructions of each stage come from, to standard error",
    )
    flags.add_argument(
        "--print-passes",
        action="store_true",
        help="print each pass with its time and its rewrites, to standard error",
    )
    flags.add_argument(
        "--print-fusions",
        action="store_true",
        help="print which ops share a dispatch and which do not, by which rule, why, and the bytes, "
        "operations and working set that it rests on, to standard error",
    )


def needs_record(flags: argparse.Namespace) -> bool:
    """Returns whether the compilation must be recorded."""
    printed = flags.print_provenance or flags.print_passes or flags.print_fusions
    return bool(flags.record or printed)


def report_lines(flags: argparse.Namespace, record: CompilationRecord) -> list[str]:
    """Returns what flags ask to be printed of a compilation record."""
    lines: list[str] = []
    if flags.print_passes:
        for step in record.passes:
            milliseconds = f"{step.nanoseconds / 1e6:9.3f} ms"
            lines.append(f"{step.name:<24}{milliseconds}{len(step.rewrites):7} rewrites")
    if flags.print_fusions:
        lines += map(str, record.fusions)
    if flags.print_provenance:
        lines.append(
            f"{'where':<48}{'ops':>7}{'from source':>13}{'invented':>10}{'unexplained':>13}"
        )
        for share in record.provenance_shares():
            counts = f"{share.total:7}{share.derived:13}{share.invented:10}{share.unexplained:13}"
            lines.append(f"{share.where:<48}{counts}")
    return lines
