"""What records cost. A compilation record: seconds of the compiler's CPU time with and without one,
bytes a node on disk, and milliseconds of the queries that views ask. An execution record:
microseconds of a call with and without one.

    python tests/benchmarks/recording.py [OPS]

The program is a chain of OPS elementwise ops (10000 by default). Compilations alternate; a figure is
the fastest of the runs. So do calls, of a chain of 8 matrix products and of 1: they are so small
that a call is almost only overhead, which is the same in a long call. From its third call on, a
function that is not recorded may run by a plan, which does without the VM and the queue; what is
lost where a recorded call has none is shown by itself.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

import ireelite
from ireelite.records import CompilationRecord

RUNS = 3
CALLS = 1000


def chain(ops: int) -> str:
    """A program of that many ops, each of which uses the one before."""
    t, value, body = "tensor<256xf32>", "%a", ""
    for n in range(ops):
        op = ("add", "multiply", "subtract", "maximum")[n % 4]
        body += f"  %v{n} = stablehlo.{op} {value}, %b : {t}\n"
        value = f"%v{n}"
    return f"func.func @main(%a: {t}, %b: {t}) -> {t} {{\n{body}  return {value} : {t}\n}}\n"


def products(count: int) -> str:
    """A program of that many matrix products of 4x4 matrices, each with a tanh."""
    t, value, body = "tensor<4x4xf32>", "%a", ""
    for n in range(count):
        body += f"  %p{n} = stablehlo.dot_general {value}, %b, contracting_dims = [1] x [0] "
        body += f": ({t}, {t}) -> {t}\n  %v{n} = stablehlo.tanh %p{n} : {t}\n"
        value = f"%v{n}"
    return f"func.func @main(%a: {t}, %b: {t}) -> {t} {{\n{body}  return {value} : {t}\n}}\n"


def call_figures(count: int, device: str) -> str:
    """A line on calls of `products(count)`: by a plan, without one, and recorded."""
    program = ireelite.compile(products(count))
    planned, plain, recorded = (
        ireelite.load(program, device=device, record=record).main for record in (False, False, True)
    )
    plain._plans_left = 0
    x = np.eye(4, dtype=np.float32)
    times: list[list[int]] = [[], [], []]
    for _ in range(CALLS):
        for function, own in zip((planned, plain, recorded), times, strict=True):
            begin = time.perf_counter_ns()
            function(x, x)
            own.append(time.perf_counter_ns() - begin)
    by_plan, without, with_record = (min(own) / 1000 for own in times)
    return (
        f"a call of {count} dispatches on {device}: {by_plan:.1f} us by a plan, {without:.1f} us "
        f"without, {with_record:.1f} us recorded; recording adds {with_record - without:.1f} us"
    )


def seconds(action: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    begin = time.process_time()
    action()
    return time.process_time() - begin


def main(ops: int) -> None:
    """Prints the figures, one a line."""
    source = chain(ops)
    ireelite.compile(chain(4), record=True)
    plain, recorded = (
        min(times)
        for times in zip(
            *(
                [seconds(lambda r=r: ireelite.compile(source, record=r)) for r in (False, True)]
                for _ in range(RUNS)
            ),
            strict=True,
        )
    )
    print(f"compile {plain:.2f} s, with a record {recorded:.2f} s: {recorded / plain - 1:+.0%}")
    record = ireelite.compile(source, record=True).record
    data = record.to_bytes()
    print(f"{len(record.nodes)} nodes, {len(data) / len(record.nodes):.1f} bytes a node on disk")
    op = record.serial(f"hlo/{ops // 2}")
    queries: dict[str, Callable[[], object]] = {
        "read from a file": lambda: CompilationRecord.from_bytes(data),
        "first descendants": lambda: record.descendants(op),
        "relatives": lambda: record.relatives(op),
        "first identity": lambda: record.identity(op),
        "identity": lambda: record.identity(op),
        "provenance shares": record.provenance_shares,
    }
    for name, query in queries.items():
        print(f"{name}: {seconds(query) * 1e3:.2f} ms")
    for device in ("local-sync", "local-task"):
        for count in (1, 8):
            print(call_figures(count, device))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
