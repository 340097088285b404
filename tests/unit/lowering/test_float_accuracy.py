"""Every float function of f32 and f64 against references in a wider type: a bound in units in the
last place, special values included.
"""

import numpy as np
import pytest

UNARY = (
    "absf acos acosh asin asinh atan atanh cbrt ceil cos cosh erf exp exp2 expm1 floor log log10 "
    "log1p log2 round roundeven rsqrt sin sinh sqrt tan tanh trunc"
).split()
BINARY = (
    "math.atan2 math.copysign math.powf arith.remf arith.addf arith.subf arith.mulf arith.divf "
    "arith.maximumf arith.minimumf"
).split()


def test_the_lists_are_whole(accuracy):
    assert {*UNARY} == accuracy.UNARY.keys() and {*BINARY} == accuracy.BINARY.keys()


@pytest.mark.parametrize("type", ["f32", "f64"])
@pytest.mark.parametrize("name", UNARY + BINARY)
def test_on_the_cpu(accuracy, name, type):
    measured = accuracy.measure(name, type, "llvm-cpu", 1500)
    assert measured.error <= (0 if name in accuracy.EXACT else 2), measured


@pytest.mark.parametrize("type", ["f32", "f64"])
@pytest.mark.parametrize("name", ["atan2", "cosh", "log1p", "powf", "sinh", "tan", "tanh"])
def test_without_fused_multiply_add(accuracy, monkeypatch, name, type):
    """Products are rounded before they are added on older CPUs."""
    monkeypatch.setattr(accuracy.native_object, "host_machine", accuracy.machine("x86-64-v2"))
    name = name if name in accuracy.UNARY else f"math.{name}"
    measured = accuracy.measure(name, type, "llvm-cpu", 500)
    assert measured.error <= 2, measured


@pytest.mark.parametrize("type", ["f32", "f64"])
@pytest.mark.parametrize(
    "name", ["acos", "acosh", "asinh", "atanh", "cbrt", "cosh", "log", "sinh", "tan", "tanh"]
)
def test_in_bytecode(accuracy, name, type):
    """The virtual machine has instructions for some functions, the others are expanded."""
    measured = accuracy.measure(name, type, "vmvx", 40)
    assert measured.error <= 4, measured


@pytest.mark.parametrize("type", ["f32", "f64"])
@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_large_angles_keep_their_digits(accuracy, name, type):
    kind = accuracy.TYPES[type][0]
    x = np.array([1e22, 2.0**100, np.finfo(kind).max, *accuracy.HARD_ANGLES[type]], kind)
    measured = accuracy.measure_at(name, type, "llvm-cpu", [x])
    assert measured.error <= 1, measured
