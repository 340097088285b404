"""The VM's benchmark runs; and what makes it fast, counted instead of timed."""

from __future__ import annotations

import importlib
import random
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from ireelite.vm.debug.timeline import INTERVAL, Timeline
from ireelite.vm.limits import Limits
from ireelite.vm.refs import Buffer

SCRIPT = Path(__file__).with_name("machine.py")


@pytest.fixture
def machine(monkeypatch):
    """The benchmark as a module."""
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    return importlib.import_module("machine")


def test_quick_mode_fills_the_table():
    run = subprocess.run(
        [sys.executable, str(SCRIPT), "--quick"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    rows = run.stdout.splitlines()[2:]
    assert len(rows) == 3
    for row in rows:
        assert re.search(r" [\d.e+-]+x +[\d.e+-]+x +\d+$", row), row


@pytest.mark.parametrize("limits", [None, Limits(max_instructions=1 << 30)])
def test_the_matrix_product_is_one(machine, limits):
    extent = 8
    chance = random.Random(0)
    a, b = ([chance.randint(-9, 9) for _ in range(extent * extent)] for _ in "ab")
    buffers = [Buffer(bytearray(struct.pack("<64f", *values))) for values in (a, b, [0] * 64)]
    machine.linked(machine.matmul(extent), limits=limits).lookup_function("m.f")(*buffers)
    expected = [
        float(sum(a[extent * i + k] * b[extent * k + j] for k in range(extent)))
        for i in range(extent)
        for j in range(extent)
    ]
    assert list(buffers[2].f32) == expected


def test_a_seek_runs_few_instructions(machine):
    """At most those since registers were kept, however far it goes."""
    context = machine.linked(machine.summing(1_000))
    timeline = Timeline(context, context.lookup_function("m.f"), [Buffer(bytearray(4_000))])
    while timeline.forward():
        pass
    ran = 0
    step = timeline._step

    def counting():
        nonlocal ran
        ran += 1
        step()

    timeline._step = counting
    for position in random.Random(0).choices(range(timeline.recorded + 1), k=40):
        ran = 0
        timeline.seek(position)
        assert ran <= INTERVAL


def test_the_matrix_product_is_three_loops(machine):
    """What its speed stands on: Python's own loops, no sum that is wrapped, no index checked."""
    context = machine.linked(machine.matmul(64))
    translation = context.modules["m"].translation(0, False, False)
    assert translation.source.count("while ") == 3
    for slow in ("block", "wrap", "MIN_64", "buffer_load"):
        assert slow not in translation.source
