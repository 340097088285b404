"""A tenth of the conformance table: some programs of each kind, on the reference and every target."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path
from time import sleep

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))  # the harness is a program of its own, not a package

from cases import PASSED, REFUSED, Case, run_checks, run_reference, run_text  # noqa: E402
from pool import Worker  # noqa: E402
from random_programs import random_text  # noqa: E402
from single_ops import BINARY, UNARY, elementwise, gather, sort, with_near_checks  # noqa: E402
from suites import REFERENCE, TARGETS, may_match, run_commands, suite_flags  # noqa: E402

from ireelite.reference import elementwise as reference_elementwise  # noqa: E402

COLUMNS = [
    REFERENCE,
    *(pytest.param(c, marks=pytest.mark.webgpu if c == "webgpu" else ()) for c in TARGETS),
]


def cases_of(text: str, column: str) -> Iterator[Case]:
    run = run_reference([]) if column == REFERENCE else run_checks(column, [])
    return run_text(text, run)


def failures(text: str, column: str) -> list[Case]:
    cases = list(cases_of(text, column))
    assert cases
    return [case for case in cases if case.status != PASSED]


@pytest.fixture(scope="module")
def ops() -> str:
    """Single ops of two element types, and some with indices and functions."""
    rng = random.Random(5)
    parts: list[str] = []
    for ops, element, count in ((UNARY, "f32", 8), (UNARY, "bf16", 4), (BINARY, "i8", 6)):
        names = [name for name, elements in ops.items() if element in elements]
        chosen = {name: [element] for name in rng.sample(names, count)}
        parts += elementwise(chosen, 1 if ops is UNARY else 2, rng)
    return with_near_checks("".join([*parts, gather(0, rng), sort(0, rng)]))


@pytest.fixture(scope="module")
def programs() -> str:
    return random_text(range(100, 106))


@pytest.mark.parametrize("column", COLUMNS)
def test_single_ops(ops: str, column: str):
    assert failures(ops, column) == []


@pytest.mark.parametrize("column", COLUMNS)
def test_random_programs(programs: str, column: str):
    assert failures(programs, column) == []


# -- the harness itself --------------------------------------------------------------------------------

TWO = """
func.func @good() {
  %x = util.unfoldable_constant dense<1> : tensor<i32>
  check.expect_eq_const(%x, dense<1> : tensor<i32>) : tensor<i32>
  return
}
// -----
func.func @bad() {
  %x = util.unfoldable_constant dense<1> : tensor<i32>
  check.expect_eq_const(%x, dense<2> : tensor<i32>) : tensor<i32>
  return
}
// -----
func.func @unknown() {
  %x = "no.such_op"() : () -> tensor<i32>
  return
}
"""


@pytest.mark.parametrize("column", [REFERENCE, "vmvx"])
def test_each_section_is_judged_alone(column: str):
    found = {case.name: case.status for case in cases_of(TWO, column)}
    assert found == {"good": PASSED, "bad": "failed", "unknown": REFUSED}


def test_a_wrong_reference_would_be_seen(monkeypatch: pytest.MonkeyPatch):
    """Programs whose expected values are computed with a wrong sum fail on a target."""
    from ireelite.reference.machine import references

    table = dict(references())
    table["stablehlo.add"] = reference_elementwise.REFERENCES["stablehlo.subtract"]
    monkeypatch.setattr("ireelite.reference.machine.references", lambda: table)
    text = with_near_checks("".join(elementwise({"stablehlo.add": ["i8"]}, 2, random.Random(1))))
    monkeypatch.undo()
    assert failures(text, "vmvx")


def test_flags_and_commands_of_upstreams_files_are_read():
    lists = """
iree_check_single_backend_test_suite(
  NAME
    check_vmvx_local-task
  SRCS
    "abs.mlir"
  TARGET_BACKEND
    "vmvx"
  COMPILER_FLAGS
    "--iree-input-demote-f64-to-f32"
)
"""
    assert suite_flags(lists) == {"abs.mlir": {"vmvx": ["--iree-input-demote-f64-to-f32"]}}
    text = "// RUN: iree-run-mlir --Xcompiler,x %s --function=f \\\n// RUN: --input=2xf32=1,2 | FileCheck %s"
    (command,) = run_commands(text)
    assert (command.function, command.inputs, command.prefix) == ("f", ("2xf32=1,2",), "CHECK")


def test_a_filter_that_names_a_suite_writes_no_other():
    assert (
        may_match("random", "") and may_match("random", "seed_1") and may_match("jax", "jax-0.10")
    )
    assert may_match("random", "random/seed") and not may_match("random", "stablehlo_ops")
    assert not may_match("jax", "stablehlo_ops/while") and may_match("jax", "jax-0.10/dot")


DYING = """
import json, os, sys
for line in sys.stdin:
    name = json.loads(line)["name"]
    print(json.dumps({"name": name, "status": "passed", "reason": "", "checks": 1}), flush=True)
    if name == "dies":
        os._exit(7)
    if name == "hangs":
        import time; time.sleep(60)
    print("{}", flush=True)
    if name == "ends":
        os._exit(0)
"""


def test_a_process_that_dies_or_hangs_fails_its_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    program = tmp_path / "worker.py"
    program.write_text(DYING)
    monkeypatch.setattr("pool.WORKER", program)
    worker = Worker(1.0)

    def run(name: str) -> list[str]:
        return [case["reason"] for case in worker.run({"name": name})]

    assert run("first") == [""]
    assert run("dies") == ["", "the process ended with 7"]
    assert run("ends") == [""]
    sleep(0.2)
    assert run("hangs") == ["", "took more than 1 s"]
    assert run("last") == [""]
    worker.close()


def test_our_modules_have_the_same_values_under_upstreams_runtime(programs: str):
    from upstream_runtime import run_under_upstream

    cases = list(run_text(programs, run_under_upstream("vmvx@upstream", [])))
    assert [case.status for case in cases] == [PASSED] * 6
    wrong = TWO.replace("dense<1> : tensor<i32>) :", "dense<3> : tensor<i32>) :")
    cases = list(run_text(wrong, run_under_upstream("vmvx@upstream", [])))
    assert [case.status for case in cases] == ["failed", "failed", REFUSED]
