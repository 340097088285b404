"""The table of measured errors holds what the project promises, for every function of the tool."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
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
    rows = {(r["function"], r["target"]): r for r in tool.saved().values() if r["type"] == "f32"}
    assert set(rows) == {(f, t) for f in (*tool.UNARY, *tool.BINARY) for t in BOUNDS}
    assert [key for key, row in rows.items() if row["ulps"] > BOUNDS[key[1]]] == []


def test_points_visit_every_exponent_and_sign_alike():
    import accuracy_points

    random = np.random.default_rng(0)
    x = accuracy_points.all_exponents(np.dtype(np.float32), 23, 1 << 12, random)
    heads, counts = np.unique(x.view(np.uint32) >> 23, return_counts=True)
    assert len(heads) == 512 and {*counts} == {8}


def test_a_sweep_finds_one_wrong_result_among_all(tool):
    """In a range where the reference is interpolated, and where it is not."""
    import float_sweep

    for wrong in (np.float32(1.2345), np.float32(-3e-5), np.float32(88.9), np.float32(-np.inf)):
        state = float_sweep.Sweep(np.exp)
        block = float_sweep.ROW * float_sweep.BLOCK
        first = wrong.view(np.uint32) & ~np.uint32(block - 1)
        x = np.arange(first, first + np.uint32(block), dtype=np.uint32).view(np.float32)
        with np.errstate(all="ignore"):
            right = np.exp(x.astype(np.float64)).astype(np.float32)
        state.compare(x, right)
        assert state.best <= 0.5
        state.compare(x, np.where(x == wrong, np.nextafter(right, np.float32(2)), right))
        assert state.found.place == (wrong,) and 0.5 <= state.best <= 1.5


@pytest.mark.parametrize(
    ("name", "operands", "expected"),
    [
        ("digamma", (1.0,), -0.5772156649015329),
        ("digamma", (-0.5,), 0.03648997397857652),
        ("erf_inv", (0.5,), 0.4769362762044699),
        ("bessel_i1e", (1.0,), 0.2079104153497085),
        ("bessel_i1e", (1000.0,), 0.0126109302569286),
        ("zeta", (2.0, 1.0), math.pi**2 / 6),
        ("zeta", (2.0, -0.5), math.pi**2 / 2 + 4),
        ("zeta", (3.0, -1.5), 0.11810202582086354),
        ("erfc", (3.0,), 2.209049699858544e-05),
        ("lgamma", (-1.5,), 0.8600470153764810),
        ("polygamma", (1.0, 1.0), math.pi**2 / 6),
    ],
)
def test_references_are_exact(tool, name, operands, expected):
    function = tool.UNARY.get(f"chlo.{name}") or tool.BINARY[f"chlo.{name}"]
    with np.errstate(all="ignore"):
        got = function(*(np.array([x]) for x in operands))
    assert np.allclose(got, expected, rtol=1e-13)
