"""Float instructions of native code that no expansion makes."""

import numpy as np


def test_fma_rounds_once(native):
    a = np.array([1 + 2**-12, 3e38], np.float32)
    c = np.array([-(1 + 2**-11), -np.inf], np.float32)
    assert native.elementwise("math.fma $ : f32", a, a, c).tolist() == [2.0**-24, -np.inf]
