"""Prints what the VM's own tools cost: going to any of 100,000 recorded steps, limits, the
interpreter against the translator.

`python tests/benchmarks/machine.py` takes half a minute; `--quick` makes the fewest runs that fill
the table. Ratios are of the row's subject over its reference. Seconds are never asserted anywhere.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator

from measure import Row, call_seconds, interleaved, readable, table

from ireelite.bytecode.build import function, module, ref, row
from ireelite.bytecode.encode import encode_module
from ireelite.bytecode.module_def import ModuleDef
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context, Engine
from ireelite.vm.debug.timeline import Timeline
from ireelite.vm.instance import Instance
from ireelite.vm.limits import Limits
from ireelite.vm.refs import Buffer

EXTENT = 64


def summing(rounds: int) -> ModuleDef:
    """Six instructions a round; one of them stores."""
    body = [
        row("buffer.load.i32", ref(0), 2, 6),
        row("add.i32", 6, 0, 6),
        row("buffer.store.i32", ref(0), 2, 6),
        row("add.i64", 2, 4, 2),
        row("sub.i32", 0, 1, 0),
        row("cond_br", 0, 1, (), 2, ()),
    ]
    entry = [row("const.i32", rounds, 0), row("const.i32", 1, 1)]
    entry += [row("const.i64", 0, 2), row("const.i64", 1, 4), row("br", 1, ())]
    return module("m", {"f": function("0r_i", [entry, body, [row("return", (0,))]])})


def matmul(extent: int) -> ModuleDef:
    """out = a @ b in f32, three nested loops on registers."""
    i, j, k, one, n, test, at, left, right = 0, 2, 4, 6, 8, 10, 12, 14, 16
    total, a, b = 18, 19, 20
    entry = [row("const.i64", 1, one), row("const.i64", extent, n), row("const.i64.zero", i)]
    rows = [row("cmp.lt.i64.s", i, n, test), row("cond_br", test, 2, (), 7, ())]
    columns = [row("cmp.lt.i64.s", j, n, test), row("cond_br", test, 4, (), 6, ())]
    sums = [row("cmp.lt.i64.s", k, n, test), row("cond_br", test, 8, (), 9, ())]
    inner = [
        row("fma.i64", i, n, k, left),
        row("fma.i64", k, n, j, right),
        row("buffer.load.f32", ref(0), left, a),
        row("buffer.load.f32", ref(1), right, b),
        row("fma.f32", a, b, total, total),
        row("add.i64", k, one, k),
        row("br", 5, ()),
    ]
    store = [row("fma.i64", i, n, j, at), row("buffer.store.f32", ref(2), at, total)]
    blocks = [
        [*entry, row("br", 1, ())],
        rows,
        [row("const.i64.zero", j), row("br", 3, ())],
        columns,
        [row("const.i64.zero", k), row("const.f32.zero", total), row("br", 5, ())],
        sums,
        [row("add.i64", i, one, i), row("br", 1, ())],
        [row("return", ())],
        inner,
        [*store, row("add.i64", j, one, j), row("br", 3, ())],
    ]
    return module("m", {"f": function("0rrr_v", blocks)})


def linked(
    definition: ModuleDef, engine: Engine = "translate", limits: Limits | None = None
) -> Context:
    """A context with the module alone."""
    loaded = BytecodeModule.from_bytes(encode_module(definition).data)
    return Context(Instance(), [loaded], engine=engine, limits=limits)


def seeks(steps: int, count: int) -> Iterator[Row]:
    """To random positions from random positions, against a run from the beginning."""
    rounds = steps // 6
    context = linked(summing(rounds))
    call = context.lookup_function("m.f")
    timeline = Timeline(context, call, [Buffer(bytearray(4 * rounds))])
    begin = time.perf_counter()
    while timeline.forward():
        pass
    recording = time.perf_counter() - begin
    chance = random.Random(0)
    positions = [0, timeline.recorded, *chance.choices(range(timeline.recorded), k=count)]
    taken: list[float] = []
    for position in positions:
        begin = time.perf_counter()
        timeline.seek(position)
        taken.append(time.perf_counter() - begin)
    yield Row(
        f"seek among {timeline.recorded:,} steps (worst {readable(max(taken))})",
        "recording them",
        taken,
        [recording],
    )


def matmuls(extent: int, runs: int) -> Iterator[Row]:
    """A matrix product under limits against one without, and both engines."""
    data = [Buffer(bytearray(4 * extent * extent)) for _ in range(3)]
    plain = linked(matmul(extent)).lookup_function("m.f")
    limited = linked(
        matmul(extent), limits=Limits(max_instructions=1 << 40, deadline=3600.0)
    ).lookup_function("m.f")
    what = f"matmul {extent}x{extent}x{extent} f32"
    measured = interleaved(
        lambda: call_seconds(lambda: limited(*data), 1),
        lambda: call_seconds(lambda: plain(*data), 1),
        runs,
    )
    yield Row(f"{what}, limited", "the same without limits", *measured)
    small = extent // 4
    interpreted = linked(matmul(small), engine="interpret").lookup_function("m.f")
    translated = linked(matmul(small)).lookup_function("m.f")
    measured = interleaved(
        lambda: call_seconds(lambda: interpreted(*data), 1),
        lambda: call_seconds(lambda: translated(*data), 1),
        runs,
    )
    yield Row(f"matmul {small}x{small}x{small} f32, interpreted", "the same translated", *measured)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the fewest runs")
    quick = parser.parse_args().quick
    rows = [*seeks(3_000 if quick else 100_002, 5 if quick else 200)]
    rows += matmuls(8 if quick else EXTENT, 1 if quick else 9)
    print(table(rows))


if __name__ == "__main__":
    main()
