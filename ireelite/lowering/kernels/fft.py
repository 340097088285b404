"""`iree_tensor.fft_stage`: one point transforms a few numbers in registers.

Transforms of even lengths are two of half the length, whose products with the roots of the fourth
order are no multiplications. Those of odd lengths sum pairs that lie opposite each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin

from xdsl.ir import SSAValue

from ireelite.dialects.extensions.iree_tensor import FftStageOp
from ireelite.dialects.tensor_types import element_type_of
from ireelite.lowering.kernels.elements import store
from ireelite.lowering.kernels.entries import Entry, as_entry, as_value
from ireelite.lowering.kernels.kernel import Kernel
from ireelite.lowering.tensors.access import Read
from ireelite.lowering.tensors.indices import Indices


def build_fft_stage(
    op: FftStageOp, point: Indices, outputs: Sequence[SSAValue], kernel: Kernel
) -> None:
    row, j, place = point
    radix, rest, done = op.extents
    space, element = kernel.space, element_type_of(op.rows)
    numbers = [space.constant(k) for k in range(radix)]
    sources = [space.linear((k, j, place), [radix, rest, done]) for k in numbers]
    values = kernel.pull([Read(op.rows, (row, source)) for source in sources])
    sign = 1 if op.inverse.value.data else -1
    results = transform([as_entry(value, kernel) for value in values], sign)
    if rest > 1:
        roots = kernel.pull([Read(op.twiddles, (k, j)) for k in numbers[1:]])
        pairs = zip(results[1:], roots, strict=True)
        results[1:] = [result * as_entry(root, kernel) for result, root in pairs]
    for k, result in zip(numbers, results, strict=True):
        target = space.linear((j, k, place), [rest, radix, done])
        value = as_value(result, element, kernel)
        store(value, op.result, (row, target), outputs[0], kernel)


def transform(numbers: Sequence[Entry], sign: int) -> list[Entry]:
    """Returns the transform of a few complex numbers, with a sign of the exponent."""
    count = len(numbers)
    if count == 1:
        return list(numbers)
    if count % 2:
        return odd_transform(numbers, sign)
    half = count // 2
    even, odd = transform(numbers[::2], sign), transform(numbers[1::2], sign)
    turned = [turn(number, k, count, sign) for k, number in enumerate(odd)]
    firsts = [a + b for a, b in zip(even, turned, strict=True)]
    return firsts + [even[k] - turned[k] for k in range(half)]


def turn(number: Entry, k: int, count: int, sign: int) -> Entry:
    """Returns a number times the root of unity `exp(2πi k / count)`, or its conjugate if `sign` is
    -1.
    """
    if k == 0:
        return number
    real, imaginary = number.real, number.imaginary
    assert imaginary is not None
    if 4 * k == count:
        return Entry(-imaginary, real) if sign > 0 else Entry(imaginary, -real)
    cosine, sine = cos(2 * pi * k / count), sign * sin(2 * pi * k / count)
    if 8 * k % count == 0:
        # both parts of the root have one magnitude
        size = abs(cosine)
        along, across = (real if cosine > 0 else -real), (imaginary if cosine > 0 else -imaginary)
        if sine > 0:
            return Entry((along - imaginary) * size, (across + real) * size)
        return Entry((along + imaginary) * size, (across - real) * size)
    return Entry(real * cosine - imaginary * sine, imaginary * cosine + real * sine)


def odd_transform(numbers: Sequence[Entry], sign: int) -> list[Entry]:
    """Returns the transform of an odd number of complex numbers."""
    count, first = len(numbers), numbers[0]
    pairs = [(numbers[j], numbers[-j]) for j in range(1, count // 2 + 1)]
    sums = [a + b for a, b in pairs]
    differences = [a - b for a, b in pairs]
    total = first
    for number in sums:
        total = total + number
    results = [total] * count
    for k in range(1, count // 2 + 1):
        angles = [2 * pi * (j * k % count) / count for j in range(1, count // 2 + 1)]
        along, across = first, differences[0] * sin(angles[0])
        for number, angle in zip(sums, angles, strict=True):
            along = along + number * cos(angle)
        for number, angle in zip(differences[1:], angles[1:], strict=True):
            across = across + number * sin(angle)
        assert across.imaginary is not None
        # the second sum times the imaginary unit
        turned = Entry(-across.imaginary, across.real)
        results[k], results[-k] = along + turned, along - turned
        if sign < 0:
            results[k], results[-k] = results[-k], results[k]
    return results
