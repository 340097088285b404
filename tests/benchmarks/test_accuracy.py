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


def test_functions_of_complex_numbers_are_within_four_units(tool):
    rows = [row for row in tool.saved().values() if row["type"].startswith("complex")]
    assert {row["function"] for row in rows} == {*tool.COMPLEX_UNARY, *tool.COMPLEX_BINARY}
    assert [row for row in rows if row["ulps"] > 4] == []


def test_functions_of_halves_are_rounded_to_the_nearest_or_the_next_number(tool):
    rows = [row for row in tool.saved().values() if row["type"] in ("f16", "bf16")]
    assert {row["function"] for row in rows} == {*tool.KINDS["f16"].functions()}
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


def hardest(tool, type: str) -> dict[str, list[np.ndarray]]:
    """Op -> its operands where it was or is hard: those of the table and of `hard_points.json`."""
    import accuracy_points
    from accuracy_rows import operand

    kind, points = tool.KINDS[type], {}
    for row in tool.saved().values():
        if row["type"] == type:
            place = [operand(x) for x in row["operands"]]
            points.setdefault(row["function"], []).append(place)
    dtype = np.result_type(kind.type, np.complex64) if kind.is_complex else kind.type
    found = {}
    for name, places in points.items():
        known = accuracy_points.known(name, kind.type, len(places[0]), kind.is_complex)
        columns = zip(known, zip(*places, strict=True), strict=True)
        found[name] = [np.concatenate([a, np.array(b).astype(dtype)]) for a, b in columns]
    count = max(len(columns[0]) for columns in found.values())
    return {name: [np.resize(x, count) for x in columns] for name, columns in found.items()}


TYPES = [("f32", BOUNDS), ("complex<f32>", {"llvm-cpu": 4})]
"""Element types, and the targets on which their hardest points are tested."""


@pytest.mark.parametrize(("target", "device"), TARGETS)
def test_the_hardest_points_of_each_function(tool, target, device):
    """Those of the table's errors, of all targets, and the known ones, computed on each again."""
    cases = [
        (type, bounds[target], hardest(tool, type)) for type, bounds in TYPES if target in bounds
    ]
    texts, order = [], []
    for type, bound, points in cases:
        for name, operands in points.items():
            texts.append(tool.function(name, type, len(operands[0]), f"f{len(order)}"))
            order.append((type, bound, name, operands))
    module = ireelite.load(ireelite.compile("\n".join(texts), targets=[target]), device=device)
    errors, beyond = {}, {}
    for n, (type, bound, name, operands) in enumerate(order):
        got = np.asarray(getattr(module, f"f{n}")(*operands))
        with np.errstate(all="ignore"):
            exact = tool.reference(name, type, operands)
        confirm = tool.confirmation(name, type)
        errors[type, name] = tool.worst(got, exact, operands, None, confirm).error
        if errors[type, name] > bound:
            beyond[type, name] = errors[type, name]
    assert beyond == {}
    rows = [r for r in tool.saved().values() if (r["type"], r["function"]) in errors]
    measured = {(r["type"], r["function"]): r["ulps"] for r in rows if r["target"] == target}
    assert {f: e for f, e in errors.items() if e < measured.get(f, 0) - 0.01} == {}
