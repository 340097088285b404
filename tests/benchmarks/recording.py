"""What a compilation record costs: seconds of the compiler's CPU time with and without one, bytes a
node on disk, and milliseconds of the queries that views ask.

    python tests/benchmarks/recording.py [OPS]

The program is a chain of OPS elementwise ops (10000 by default). Compilations alternate; a figure is
the fastest of the runs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import ireelite
from ireelite.records import CompilationRecord

RUNS = 3


def chain(ops: int) -> str:
    """A program of that many ops, each of which uses the one before."""
    t, value, body = "tensor<256xf32>", "%a", ""
    for n in range(ops):
        op = ("add", "multiply", "subtract", "maximum")[n % 4]
        body += f"  %v{n} = stablehlo.{op} {value}, %b : {t}\n"
        value = f"%v{n}"
    return f"func.func @main(%a: {t}, %b: {t}) -> {t} {{\n{body}  return {value} : {t}\n}}\n"


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


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
