"""TensorFlow's ops, functions, frames and choices: what TensorFlow computed is what programs compute.

`tests/data/tf/make_op_graphs.py` made the graphs `ops_*.pb`, which have many cases each.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite.compiled_ops import run_compiled
from ireelite.importers.graphdef import import_graphdef
from ireelite.lowering.frontend.tf.raise_control_flow import raise_control_flow
from ireelite.lowering.frontend.tf.tf_to_hlo import tf_to_hlo
from ireelite.reference.interpret import interpret_module
from ireelite.syntax.parser import verify

DATA = Path(__file__).parents[1] / "data" / "tf"
TOLERANCE = 2e-5

NATIVE, BYTECODE = ("llvm-cpu", "local-sync"), ("vmvx", "local-sync")
TARGETS = [
    pytest.param(*NATIVE, id="native"),
    pytest.param(*BYTECODE, id="vmvx"),
    pytest.param("vulkan-spirv", "webgpu", id="spirv", marks=pytest.mark.webgpu),
]
FAMILIES = sorted(path.stem.removeprefix("ops_") for path in DATA.glob("ops_*.pb"))
RECORDED = sorted(path.stem for path in DATA.glob("*.pb") if not path.stem.startswith("ops_"))

LARGE = ("elementwise", "windows")
"""Families of so many cases that one program of them takes long to compile."""

PROGRAMS = [
    *(pytest.param(f, *BYTECODE, id=f"{f}-vmvx") for f in FAMILIES if f not in LARGE),
    *(pytest.param(f, *NATIVE, id=f"{f}-native") for f in ("dataflow", "matrices")),
    *(
        pytest.param(f, "vulkan-spirv", "webgpu", id=f"{f}-spirv", marks=pytest.mark.webgpu)
        for f in ("dataflow", "suppression")
    ),
]
"""What HLO ops compute is tested on each target elsewhere; the rules of nodes need one."""


def recorded_cases(family: str) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The inputs of a graph and TensorFlow's results, by name."""
    arrays = np.load(DATA / f"ops_{family}.npz")
    inputs = {key[3:]: arrays[key] for key in arrays if key.startswith("in/")}
    return inputs, {key[4:]: arrays[key] for key in arrays if key.startswith("out/")}


def assert_same(name: str, found: np.ndarray, expected: np.ndarray) -> None:
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape), name
    np.testing.assert_allclose(
        found, expected, rtol=TOLERANCE, atol=TOLERANCE, err_msg=name, equal_nan=True
    )


@pytest.mark.parametrize(("target", "device"), TARGETS)
@pytest.mark.parametrize("name", RECORDED)
def test_recorded_graphs(name: str, target: str, device: str) -> None:
    arrays = np.load(DATA / f"{name}.npz")
    program = ireelite.compile(
        DATA / f"{name}.pb",
        targets=[target],
        inputs=[str(n) for n in arrays["input_names"]],
        outputs=[str(n) for n in arrays["output_names"]],
    )
    inputs = [arrays[f"input{n}"] for n in range(len(arrays["input_names"]))]
    found = ireelite.load(program, device=device)[name](*inputs)
    found = found if isinstance(found, tuple) else (found,)
    for n, result in enumerate(found):
        assert_same(f"{name} {n}", result, arrays[f"output{n}"])


@pytest.mark.parametrize("family", [family for family in FAMILIES if family != "matrices"])
def test_rules(family: str) -> None:
    """The reference interpreter computes the HLO that the rules make."""
    inputs, expected = recorded_cases(family)
    graph = (DATA / f"ops_{family}.pb").read_bytes()
    module = import_graphdef(graph, family, inputs=list(inputs), outputs=list(expected))
    program = tf_to_hlo(raise_control_flow(module), None)
    verify(program)
    arguments = list(inputs.values())
    found = interpret_module(program, family, arguments, run_other=run_compiled).results
    for (name, want), result in zip(expected.items(), found, strict=True):
        assert_same(name, result, want)


@pytest.mark.parametrize(("family", "target", "device"), PROGRAMS)
def test_ops(family: str, target: str, device: str) -> None:
    """All cases of a family are results of one program."""
    inputs, expected = recorded_cases(family)
    program = ireelite.compile(
        DATA / f"ops_{family}.pb",
        targets=[target],
        inputs=list(inputs),
        outputs=list(expected),
    )
    found = ireelite.load(program, device=device)[f"ops_{family}"](*inputs.values())
    for (name, want), result in zip(expected.items(), found, strict=True):
        assert_same(name, result, want)
