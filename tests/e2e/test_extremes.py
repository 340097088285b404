"""Maxima and minima with constants: 0 is larger than -0, and a NaN wins, whichever operand it is."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite

VALUES = np.array([0.0, -0.0, 1.5, -1.5, np.inf, -np.inf, np.nan, 1e-40, -1e-40], np.float32)
LIMITS = {"0.0": 0.0, "-0.0": -0.0, "1.5": 1.5, "0xFF800000": -np.inf, "0x7FC00000": np.nan}


TYPE = f"tensor<{len(VALUES)}xf32>"
CASES = [
    (f"f{number}", name, limit, swapped)
    for number, (name, limit, swapped) in enumerate(
        (name, limit, swapped)
        for name in ("maximum", "minimum")
        for limit in LIMITS
        for swapped in (False, True)
    )
]


def text_of(function: str, name: str, limit: str, swapped: bool) -> str:
    operands = "%c, %x" if swapped else "%x, %c"
    return f"""func.func @{function}(%x: {TYPE}) -> {TYPE} {{
      %c = stablehlo.constant dense<{limit}> : {TYPE}
      %r = stablehlo.{name} {operands} : {TYPE}
      return %r : {TYPE}
    }}\n"""


TEXT = "".join(text_of(*case) for case in CASES)
NORMAL = np.where(np.abs(VALUES) == np.float32(1e-40), np.float32(2.5), VALUES)
"""Values for upstream, whose runtime computes with subnormal numbers as zeros."""
EVERY_PROGRAM = {function: (TEXT, function, [NORMAL]) for function, *_ in CASES}


def extreme(a: float, b: float, largest: bool) -> float:
    if np.isnan(a) or np.isnan(b):
        return np.nan
    low, high = sorted([a, b], key=lambda x: (x, not np.signbit(x)))
    return high if largest else low


@pytest.mark.parametrize("target", ["llvm-cpu", "vmvx"])
def test_extremes_of_constants(target: str):
    program = ireelite.load(ireelite.compile(TEXT, targets=[target]))
    for function, name, limit, _ in CASES:
        found = program[function](VALUES)
        expected = [extreme(float(x), LIMITS[limit], name == "maximum") for x in VALUES]
        np.testing.assert_array_equal(found, np.array(expected, np.float32), f"{name} {limit}")
        np.testing.assert_array_equal(
            np.signbit(found)[~np.isnan(found)], np.signbit(expected)[~np.isnan(expected)]
        )
