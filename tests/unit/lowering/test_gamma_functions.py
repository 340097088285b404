"""Hurwitz' zeta function, polygamma, digamma and lgamma on every target: negative operands, poles,
zeros, infinities and NaN among them. The exact values were computed with 60 digits.
"""

from math import inf, nan

import numpy as np
import pytest

import ireelite
from ireelite.reference.special_functions import polygamma, zeta

ZETA = [
    (2.0, -0.5, 8.9348022005446793),
    (3.0, -0.5, 0.41439832211716),
    (2.0, -12.5, 9.7927191764877802),
    (3.0, -12.5, 0.0029542182928941204),
    (3.0, -1000.5, 4.9900137350132198e-7),
    (3.0, -12.75, 62.015397307079117),
    (21.0, -47.5, 1.1772132286429699e-35),
    (21.0, -0.5, 0.00020049017503511193),
    (15.0, -19.75, 1073741749.2040493),
    (4.0, -0.25, 259.2938854224751),
    (3.0, -0.75, 62.29349959839809),
    (2.0, -8191.5, 9.8694823307770102),
    (39.0, -19.75, 3.0223145490365729e23),
    (5.0, -2.0625, -1048575.3415871085),
    (2.5, 0.25, 32.847451954697686),
    (1.125, 3.5, 6.969036597548219),
    (30.0, 0.0625, 1.3292279957849159e36),
    (2.0, 4096.0, 0.00024417042974770687),
    (60.0, 0.0625, inf),
    (61.0, -0.0625, -inf),
    (2.0, 0.0, inf),
    (2.0, -3.0, inf),
    (2.0, -inf, inf),
    (3.0, 0.0, nan),
    (3.0, -3.0, nan),
    (3.0, -inf, nan),
    (2.5, -0.5, nan),
    (2.5, -1.0, nan),
    (0.5, 1.0, nan),
    (-1.0, 1.0, nan),
    (1.0, 1.0, inf),
    (1.0, -0.5, inf),
    (1.0, nan, inf),
    (nan, 1.0, nan),
    (2.0, nan, nan),
    (2.0, inf, 0.0),
    (inf, 2.0, nan),
]
"""x, q and the exact zeta(x, q)."""
POLYGAMMA = [
    (1.0, -0.5, 8.9348022005446793),
    (2.0, -0.5, -0.82879664423432),
    (1.0, -12.25, 19.660817549236368),
    (3.0, -12.5, 194.81727441519996),
    (14.0, -19.75, -9.3606970885707978e19),
    (2.0, -1000.5, -9.9800274700264396e-7),
    (7.0, -0.125, 84557183342.03099),
    (0.0, -3.25, 4.46627587235028),
    (5.0, 2.5, 0.57856917856718348),
    (24.0, 0.75, -8.2446853453240261e26),
    (1.0, -2.0, inf),
    (2.0, -2.0, nan),
    (0.0, -2.0, nan),
    (1.0, inf, 0.0),
    (1.5, 1.0, nan),
    (-1.0, 1.0, nan),
    (1.0, nan, nan),
]
"""n, x and the exact polygamma(n, x)."""
DIGAMMA = [
    (1.4616321325302124, -1.2036052549106669e-8),
    (1.4616320133209229, -1.2739158105197846e-7),
    (1.461632251739502, 1.0331946336967871e-7),
    (1.25, -0.22745353337626541),
    (1.75, 0.24747245354686116),
    (-0.504082977771759, 2.7259856236381176e-7),
    (-0.5040830373764038, -2.6025495502993588e-7),
    (-1.5734984874725342, -1.4226449024506777e-7),
    (-2.6107208728790283, -4.8111076492954067e-8),
    (-66.79590606689453, -6.6815477437689715e-9),
    (-95.80821990966797, 5.3991989471556923e-8),
    (-0.25, 2.9141391202135278),
    (-3.000000645916e-39, 3.3333326156490437e38),
    (0.0, nan),
    (-3.0, nan),
    (-inf, nan),
    (inf, inf),
]
"""x and the exact digamma(x), at floats next to zeros above all."""
LGAMMA = [
    (1.0000001192092896, -6.8809457642534712e-8),
    (0.9999999403953552, 3.4404737587236741e-8),
    (2.000000238418579, 1.0079965877070313e-7),
    (1.9999998807907104, -5.0399815637755421e-8),
    (-2.4570248126983643, -1.1287842529645816e-7),
    (-2.747682809829712, 3.1223517168561538e-7),
    (-3.143580913543701, -1.9605461541614247e-7),
    (-3.955294370651245, 1.7780596858250851e-6),
    (-39.5, -107.32834518321598),
    (1.0, 0.0),
    (2.0, 0.0),
    (0.0, inf),
    (-3.0, inf),
    (-inf, inf),
]
"""x and the exact lgamma(x), at floats next to zeros above all."""
NEAR_NEGATIVE_ZEROS = 2e-13
"""The absolute error of digamma where it is computed in pairs of f32."""
TABLES = {"zeta": ZETA, "polygamma": POLYGAMMA, "digamma": DIGAMMA, "lgamma": LGAMMA}


def function(name: str, table: list[tuple[float, ...]]) -> str:
    """The text of a function on tensors as long as a table."""
    tensor, names = f"tensor<{len(table)}xf32>", ["%a", "%b"][: len(table[0]) - 1]
    types = ", ".join([tensor] * len(names))
    return f"""
    func.func @{name}({", ".join(f"{x}: {tensor}" for x in names)}) -> {tensor} {{
      %0 = "chlo.{name}"({", ".join(names)}) : ({types}) -> {tensor}
      return %0 : {tensor}
    }}"""


@pytest.mark.parametrize(
    ("target", "device"),
    [
        ("llvm-cpu", "local-sync"),
        ("vmvx", "local-sync"),
        pytest.param("vulkan-spirv", "webgpu", marks=pytest.mark.webgpu),
    ],
)
def test_on_a_target(target, device):
    text = "".join(function(name, table) for name, table in TABLES.items())
    module = ireelite.load(ireelite.compile(text, targets=[target]), device=device)
    for name, table in TABLES.items():
        with np.errstate(over="ignore"):
            *operands, exact = (np.array(column).astype(np.float32) for column in zip(*table))
        got = np.asarray(getattr(module, name)(*operands))
        in_pairs = name == "digamma" and target == "vulkan-spirv"
        absolute = NEAR_NEGATIVE_ZEROS if in_pairs else 0
        np.testing.assert_allclose(got, exact, rtol=3e-7, atol=absolute, err_msg=name)


def test_in_the_interpreter():
    with np.errstate(over="ignore"):
        for function, table in ((zeta, ZETA), (polygamma, POLYGAMMA)):
            for *operands, exact in table:
                got = np.float32(function(*operands))
                np.testing.assert_allclose(got, np.float32(exact), rtol=2e-7, err_msg=str(operands))
