"""A record of a larger program: bytes a node, lifetimes of ops, and
closures that agree with plain ones."""

from __future__ import annotations

import gc
import weakref

import pytest
from xdsl.dialects import test
from xdsl.ir import Operation

from ireelite.program import compile_source
from ireelite.provenance import Tracker
from ireelite.records import CompilationRecord

MAX_BYTES_A_NODE = 50


@pytest.fixture(scope="module")
def record() -> CompilationRecord:
    t, body, value = "tensor<256xf32>", "", "%a"
    for n in range(500):
        body += f"  %v{n} = stablehlo.add {value}, %b : {t}\n"
        value = f"%v{n}"
    text = f"func.func @main(%a: {t}, %b: {t}) -> {t} {{\n{body}  return {value} : {t}\n}}\n"
    return compile_source(text, record=True).record


def test_a_record_is_small(record):
    assert len(record.nodes) > 5000
    assert len(record.to_bytes()) / len(record.nodes) < MAX_BYTES_A_NODE


def test_closures_are_those_of_the_parents(record):
    parents = {node.serial: node.parents for node in record.nodes}
    children: dict[int, list[int]] = {}
    for child, own in parents.items():
        for parent in own:
            children.setdefault(parent, []).append(child)

    def closure(serial: int, edges: dict[int, list[int]]) -> set[int]:
        reached: set[int] = set()
        waiting = list(edges.get(serial, ()))
        while waiting:
            if (node := waiting.pop()) not in reached:
                reached.add(node)
                waiting.extend(edges.get(node, ()))
        return reached

    for serial in range(0, len(parents), 97):
        assert record.ancestors(serial) == closure(serial, parents)
        assert record.descendants(serial) == closure(serial, children)
        assert list(record.nodes.children(serial)) == sorted(children.get(serial, []))


def test_an_edge_is_kept_once_and_a_node_is_not_its_own_parent():
    nodes = CompilationRecord().nodes
    first, second, third = (nodes.add(name) for name in "abc")
    for parent in (first, first, third, second, second, first):
        nodes.add_parent(third, parent)
    assert nodes[third].parents == [first, second]
    assert list(nodes.children(first)) == [third] and list(nodes.children(third)) == []
    assert nodes.ancestors([third]) == {first, second}


def test_ops_are_released_two_stages_after_they_were_part_of_the_program():
    tracker = Tracker()
    gone = test.TestOp()
    watched: weakref.ref[Operation] = weakref.ref(gone)
    serial = tracker.serial(gone)
    tracker.stage("hlo", [gone], "", [], [])
    made = test.TestOp()
    tracker.derive(made, [gone])
    tracker.stage("dispatch", [made], "", [], [])
    assert tracker.serial(gone) == serial, "known for one stage more"
    del gone
    tracker.stage("hl-seq", [made], "", [], [])
    gc.collect()
    assert watched() is None
    assert tracker.record.ancestors(tracker.serial(made)) == {serial}
