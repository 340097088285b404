"""The repr of a public object is a summary: it doesn't grow with the program."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite
import workbench
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.summaries import first_few, shortened

LONGEST = 2200
GROWTH = 40
"""Characters by which a summary may be longer for a larger program."""


def objects(functions: int, ops: int, arguments: int) -> dict[str, str]:
    """The repr of one object of each public kind, for a program of that many functions, ops and arguments."""
    t = "tensor<4xf32>"
    names = [f"%argument{n}: {t}" for n in range(arguments)]
    body = "".join(
        f"  %{n + 1} = stablehlo.add %{n if n else 'argument0'}, %argument0 : {t}\n"
        for n in range(ops)
    )
    source = "".join(
        f"func.func @a_function_{n:03}({', '.join(names)}) -> {t} {{\n{body}  return %{ops} : {t}\n}}\n"
        for n in range(functions)
    )
    program = ireelite.compile(source, targets=["vmvx"], record=True)
    module = ireelite.load(program, record=True)
    function = module["a_function_000"]
    for _ in range(functions):
        function(*[np.ones(4, np.float32)] * arguments)
    record, run = program.record, module.record
    view = workbench.IRView(program)
    timeline = workbench.FenceTimeline(module, program)
    found: dict[str, object] = {
        "program": program,
        "source": program.source,
        "options": program.options,
        "record": record,
        "nodes": record.nodes,
        "node": record.nodes[len(record.nodes) // 2],
        "stage": record.stages[0],
        "spans": record.stages[0].op_spans,
        "pass": record.passes[1],
        "rewrites": record.passes[1].rewrites,
        "table": record.instructions[0],
        "addresses": record.instructions[0].addresses,
        "decisions": record.decided,
        "share": record.provenance_shares()[0],
        "module": module,
        "function": function,
        "execution record": run,
        "event": run.events[-1],
        "selection": view.shared,
        "pane": view.model.panes[0],
        "lines": view.model.panes[0].lines,
    }
    views = {"ir": view, "timeline": timeline, "map": workbench.PipelineMap(program)}
    found |= views | {f"{name} model": one.model for name, one in views.items()}
    return {name: repr(one) for name, one in found.items()}


@pytest.fixture(scope="module")
def summaries() -> tuple[dict[str, str], dict[str, str]]:
    return objects(9, 2, 9), objects(18, 4, 40)


def test_no_repr_grows_with_the_program(summaries):
    small, large = summaries
    grown = {
        name: (len(small[name]), len(large[name]))
        for name in small
        if len(large[name]) > len(small[name]) + GROWTH or len(large[name]) > LONGEST
    }
    assert grown == {}


def test_rows_of_records_say_what_they_are():
    source = "func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> { %0 = stablehlo.tanh %x : tensor<4xf32> return %0 : tensor<4xf32> }"
    program = ireelite.compile(source, targets=["vmvx"], record=True)
    module = ireelite.load(program, record=True)
    module.f(np.ones(4, np.float32))
    record = program.record
    op = record.nodes[record.serial("hlo/2")]
    assert repr(op) == f"<Node {op.serial}: stablehlo.tanh, <memory>.mlir:1:57>"
    rewrite = next(row for run in record.passes for row in run.rewrites if op.serial in row.ops_in)
    assert f"elementwise.py:{rewrite.line}: nodes [{op.serial}] became" in repr(rewrite)
    (cost,) = program.cost()
    assert repr(cost).startswith("<DispatchCost f_rgn_dispatch_0 of f: 16 bytes read, 16 written")
    begun = next(event for event in module.record.events if event.kind == "dispatch_begin")
    assert "dispatch_begin of f_rgn_dispatch_0 on local-sync/queue0, after [" in repr(begun)
    semaphore = Semaphore()
    semaphore.name = "s"
    assert repr(semaphore) == "<hal.semaphore s at 0>"
    assert repr(Fence([(semaphore, 2)])) == "<hal.fence s >= 2 (at 0)>"


def test_long_lists_and_long_items_are_cut():
    assert first_few(["a", "b"]) == ["a", "b"]
    assert first_few([*"abc"], 2) == ["a", "b", "... and 1 more"]
    assert shortened("x" * 300, 21) == "xxxxxxxxx...xxxxxxxxx"
    assert shortened("short") == "short"
