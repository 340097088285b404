"""The table of measured errors holds what the project promises, for every function of the tool."""

import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "notebooks" / "data" / "accuracy.json"
BOUNDS = {"llvm-cpu": 2, "vmvx": 4, "vulkan-spirv": 4}


@pytest.fixture(scope="module")
def tool():
    sys.path.insert(0, str(HERE))
    try:
        import accuracy
    finally:
        sys.path.remove(str(HERE))
    return accuracy


def test_every_function_was_measured_on_every_target_and_is_within_its_bound(tool):
    rows = {(r["function"], r["target"]): r for r in json.loads(DATA.read_text())}
    assert set(rows) == {(f, t) for f in (*tool.UNARY, *tool.BINARY) for t in BOUNDS}
    assert [key for key, row in rows.items() if row["ulps"] > BOUNDS[key[1]]] == []


def test_strides_visit_every_exponent(tool):
    first = next(tool.every(4099))[0]
    assert len(first) == tool.CHUNK and len({*np.frexp(first[np.isfinite(first)])[1]}) > 60


@pytest.mark.parametrize(
    ("name", "operands", "expected"),
    [
        ("digamma", (1.0,), -0.5772156649015329),
        ("digamma", (-0.5,), 0.03648997397857652),
        ("erf_inv", (0.5,), 0.4769362762044699),
        ("bessel_i1e", (1.0,), 0.2079104153497085),
        ("bessel_i1e", (1000.0,), 0.0126109302569286),
        ("zeta", (2.0, 1.0), math.pi**2 / 6),
        ("polygamma", (1.0, 1.0), math.pi**2 / 6),
    ],
)
def test_references_are_exact(tool, name, operands, expected):
    function = tool.UNARY.get(f"chlo.{name}") or tool.BINARY[f"chlo.{name}"]
    got = function(*(np.array([x]) for x in operands))
    assert np.allclose(got, expected, rtol=1e-11)
