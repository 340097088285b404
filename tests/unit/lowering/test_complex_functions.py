"""Functions of complex numbers where they lose digits or are out of range on the way, on every target.

The exact values were computed with 900 digits. Errors are distances in the plane, in units in the
last place of the exact length.
"""

from math import inf, isnan, nan

import numpy as np
import pytest

import ireelite

EXACT = {
    ("stablehlo.power", "f32"): [
        (
            [
                0.010727853514254093 + 0.0013741691363975406j,
                -16.81759262084961 + 15.449724197387695j,
            ],
            complex(-1.5884311612482463e32, -2.8356375880593827e31),
        ),
        (
            [
                -0.03837034851312637 + 0.0018887862097471952j,
                -4.297137260437012 - 2.368652105331421j,
            ],
            complex(1385928834.9512732, 1202716516.5315042),
        ),
        (
            [1.0000001192092896 + 2.0000000233721948e-07j, 250000000 - 110000000j],
            complex(2.162807254380829e22, -2.2816918342378547e22),
        ),
        (
            [-2.999999894026671e30 + 2.0000000300949324e29j, 0.75 - 0.5j],
            complex(6.799703807048704e22, -3.2901371714960405e23),
        ),
        (
            [1.0005271035279194e-42 + 3.000039882273001e-41j, 0.5 + 0.125j],
            complex(-4.556165980070926e-22, 4.497836884449832e-21),
        ),
        (
            [13.400572776794434 - 3.824497938156128j, -3.4468483924865723 - 9.969542503356934j],
            complex(7.016532677261775e-06, -1.2280600779907912e-06),
        ),
    ],
    ("stablehlo.power", "f64"): [
        (
            [159.69627407710541 + 133.0565804606348j, -2.0318724743736998 + 6.844187392028742j],
            complex(-1.4270999885786563e-07, -8.900237286284559e-08),
        ),
        (
            [1.0000000001 - 3e-11j, 6000000000000 + 1000000000000j],
            complex(-4.451398149133926e272, 4.007582570450412e273),
        ),
        (
            [-0.023563027635312393 - 0.10942216525004546j, 2.368635898435324 + 1.3281941392744003j],
            complex(0.03944893045220947, -0.04476437053469213),
        ),
    ],
    ("stablehlo.atan2", "f32"): [
        (
            [-2.05381178855896 + 0.9941156506538391j, 1.0020875930786133 + 2.0433664321899414j],
            complex(-1.0181637022976904, 2.924448243424466),
        ),
        (
            [-16712345 - 6607387.5j, -6340748.5 + 17035548j],
            complex(-0.5280728894068675, 2.228739565018712),
        ),
        (
            [
                -1.8487166279172046e-13 + 6.024264203804974e-13j,
                1.099177016072872e-08 + 1.3530770948122495e-09j,
            ],
            complex(-9.922047594339291e-06, 5.602843829981408e-05),
        ),
        (
            [0.8716351985931396 + 0.43155691027641296j, 14.328564643859863 - 32.32003402709961j],
            complex(-0.0011679044931579496, 0.027493150651020398),
        ),
        (
            [-3 + 0.0010000000474974513j, -2 + 0.25j],
            complex(-2.1610292563092353, 0.05751550218168578),
        ),
    ],
    ("stablehlo.atan2", "f64"): [
        (
            [
                7.652283781600596e-14 - 1.5317956061304432e-14j,
                2.3103891088861054e-13 + 1.362870862363065e-12j,
            ],
            complex(-0.0016782808356874488, -0.05649172941868585),
        ),
        ([1.25 + 0.5j, -0.5000000001 + 1.25j], complex(2.5464476787657686, -12.008175790823588)),
    ],
    ("stablehlo.exponential", "f32"): [
        ([91.60645294189453 + 9.390597134263014e-27j], complex(inf, 57130789894089.87)),
        ([-93.30207061767578 + 1.25j], complex(9.509996393379642e-42, 2.862099674406027e-41)),
        ([150 + 9.99994610111476e-41j], complex(inf, 1.393702068727105e25)),
    ],
    ("stablehlo.exponential_minus_one", "f64"): [
        ([20.511775905951467 + 1.219144308519649j], complex(278789407.2595143, 759847544.6213435)),
        ([36.5 - 3j], complex(-7036885628788064.0, -1003083720392804.1)),
        ([-1e-09 + 1e-09j], complex(-1e-09, 9.999999990000001e-10)),
    ],
    ("chlo.cosh", "f32"): [
        ([-92.25518798828125 - 5.843027703333681e-35j], complex(inf, 340037.6608883229)),
    ],
    ("stablehlo.cosine", "f32"): [
        ([1.2053756008911824e-33 - 94.0499267578125j], complex(inf, 42214010.606875785)),
    ],
}
"""Op and type of a part -> operands and the exact result."""
SPECIAL = [
    (0, 0, 1),
    (0, 2.5, 0),
    (0, 2 + 3j, 0),
    (0, -1, nan),
    (0, 1j, nan),
    (2, 0, 1),
    (complex(inf, inf), 0, 1),
    (complex(inf, 0), 2, complex(inf, 0)),
    (complex(-inf, 0), 1, complex(-inf, 0)),
    (complex(inf, inf), 2, complex(0, inf)),
    (complex(0, inf), -1, 0),
    (complex(nan, 0), 1, nan),
    (2, nan, nan),
    (complex(-4, 0.0), 0.5, 2j),
    (complex(-4, -0.0), 0.5, -2j),
]
"""x, y, and `x^y`."""
MOST = 2.5
"""Units in the last place."""

TARGETS = [
    ("llvm-cpu", "local-sync", ("f32", "f64")),
    ("vmvx", "local-sync", ("f32", "f64")),
    pytest.param("vulkan-spirv", "webgpu", ("f32",), marks=pytest.mark.webgpu),
]


def function(symbol: str, op: str, part: str, count: int, arity: int) -> str:
    """The text of a function that applies an op."""
    type, operands = f"tensor<{count}xcomplex<{part}>>", ["%a", "%b"][:arity]
    return f"""
      func.func @{symbol}({", ".join(f"{x}: {type}" for x in operands)}) -> {type} {{
        %0 = "{op}"({", ".join(operands)}) : ({", ".join([type] * arity)}) -> {type}
        return %0 : {type}
      }}"""


def error(got: complex, exact: complex, part: str) -> float:
    """The distance of a result from the exact one; that of equal infinities is 0."""
    info = np.finfo(np.float32 if part == "f32" else np.float64)
    size = min(abs(exact), float(info.max) / 2)
    unit = np.spacing(np.array(size, info.dtype))
    parts = zip((got.real, got.imag), (exact.real, exact.imag), strict=True)
    return float(np.hypot(*(0.0 if a == b else a - b for a, b in parts)) / unit)


@pytest.mark.parametrize(("target", "device", "parts"), TARGETS)
def test_results_are_near_the_exact_ones(target, device, parts):
    cases = {key: rows for key, rows in EXACT.items() if key[1] in parts}
    columns = {
        (op, part): [
            np.array(column, np.complex64 if part == "f32" else np.complex128)
            for column in zip(*(operands for operands, _ in rows), strict=True)
        ]
        for (op, part), rows in cases.items()
    }
    special = [np.array([row[n] for row in SPECIAL], np.complex64) for n in (0, 1)]
    texts = [
        function(f"f{n}", op, part, len(operands[0]), len(operands))
        for n, ((op, part), operands) in enumerate(columns.items())
    ]
    texts.append(function("special", "stablehlo.power", "f32", len(SPECIAL), 2))
    module = ireelite.load(ireelite.compile("\n".join(texts), targets=[target]), device=device)
    found = {}
    for n, (key, operands) in enumerate(columns.items()):
        got = np.asarray(getattr(module, f"f{n}")(*operands))
        for one, (place, exact) in zip(got, cases[key], strict=True):
            found[key, *place] = error(complex(one), exact, key[1])
    assert {place: ulps for place, ulps in found.items() if not ulps <= MOST} == {}
    for got, (x, y, expected) in zip(np.asarray(module.special(*special)), SPECIAL, strict=True):
        known = complex(expected)
        right = np.isnan(got) if isnan(known.real) else error(complex(got), known, "f32") <= MOST
        assert right, (x, y, got)
