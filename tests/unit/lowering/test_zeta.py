"""Hurwitz' zeta function and polygamma on every target: negative second operands, poles, infinities
and NaN among them. The exact values were computed with 60 digits.
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
PROGRAM = "".join(
    f"""
    func.func @{name}(%a: tensor<{count}xf32>, %b: tensor<{count}xf32>) -> tensor<{count}xf32> {{
      %0 = chlo.{name} %a, %b : tensor<{count}xf32>, tensor<{count}xf32> -> tensor<{count}xf32>
      return %0 : tensor<{count}xf32>
    }}"""
    for name, count in (("zeta", len(ZETA)), ("polygamma", len(POLYGAMMA)))
)


@pytest.mark.parametrize(
    ("target", "device"),
    [
        ("llvm-cpu", "local-sync"),
        ("vmvx", "local-sync"),
        pytest.param("vulkan-spirv", "webgpu", marks=pytest.mark.webgpu),
    ],
)
def test_on_a_target(target, device):
    module = ireelite.load(ireelite.compile(PROGRAM, targets=[target]), device=device)
    for name, table in (("zeta", ZETA), ("polygamma", POLYGAMMA)):
        first, second, exact = np.array(table, np.float32).T
        with np.errstate(over="ignore"):
            got = np.asarray(getattr(module, name)(first.copy(), second.copy()))
        np.testing.assert_allclose(got, exact, rtol=3e-7, err_msg=name)


def test_in_the_interpreter():
    with np.errstate(over="ignore"):
        for function, table in ((zeta, ZETA), (polygamma, POLYGAMMA)):
            for *operands, exact in table:
                got = np.float32(function(*operands))
                np.testing.assert_allclose(got, np.float32(exact), rtol=2e-7, err_msg=str(operands))
