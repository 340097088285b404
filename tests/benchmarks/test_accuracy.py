"""The table of measured errors holds what the project promises, for every function of the tool."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest

import ireelite

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


def test_functions_of_halves_are_rounded_to_the_nearest_or_the_next_number(tool):
    rows = [row for row in tool.saved().values() if row["type"] in ("f16", "bf16")]
    assert {row["function"] for row in rows} == {*tool.UNARY, *tool.BINARY}
    assert [row for row in rows if row["ulps"] > 1] == []


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


TARGETS = [
    ("llvm-cpu", "local-sync"),
    ("vmvx", "local-sync"),
    pytest.param("vulkan-spirv", "webgpu", marks=pytest.mark.webgpu),
]


def operand(text: str) -> complex:
    """A number as the table has it; complex where it has parts."""
    return eval(text, {"inf": math.inf, "nan": math.nan})


def hardest(rows: list[dict], kind: np.dtype) -> dict[str, list[np.ndarray]]:
    """Op -> its operands, of which some target has the largest error, or had it in all f32."""
    places: dict[str, list[list[complex]]] = {}
    for row in rows:
        places.setdefault(row["function"], []).append([operand(x) for x in row["operands"]])
    count = max(map(len, places.values()))
    padded = {f: (found * count)[:count] for f, found in places.items()}
    return {f: [np.array(x).astype(kind) for x in zip(*found)] for f, found in padded.items()}


@pytest.mark.parametrize(("target", "device"), TARGETS)
def test_the_hardest_points_of_each_function(tool, target, device):
    """The places of the table's errors, of all targets, computed on each again."""
    rows = [row for row in tool.saved().values() if row["type"] == "f32"]
    places = hardest(rows, np.dtype(np.float32))
    count = len(next(iter(places.values()))[0])
    text = "\n".join(tool.function(f, "f32", count, f"f{n}") for n, f in enumerate(places))
    module = ireelite.load(ireelite.compile(text, targets=[target]), device=device)
    errors = {}
    for n, (name, operands) in enumerate(places.items()):
        got = np.asarray(getattr(module, f"f{n}")(*operands))
        with np.errstate(all="ignore"):
            exact = tool.reference(name, "f32", operands)
        errors[name] = tool.worst(got, exact, operands).error
        assert errors[name] <= BOUNDS[target], name
    measured = {r["function"]: r["ulps"] for r in rows if r["target"] == target}
    assert {f: e for f, e in errors.items() if e < measured[f] - 0.01} == {}
