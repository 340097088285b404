"""Floating-point formats of at most 16 bits: to Python floats and back, rounding to nearest even.

Formats: IEEE 754 binary16, bfloat16, the 8-bit formats of the OCP specification and their FNUZ
variants, those that keep IEEE 754's infinities, and the 6- and 4-bit formats for microscaling.
"""

from __future__ import annotations

import math
from enum import Enum
from functools import cached_property

from ireelite.element_types import NumericalKind
from ireelite.light_dataclass import light_dataclass


class Special(Enum):
    """Which codes are not numbers."""

    IEEE = "all exponent bits set: infinity, or NaN if the mantissa is not zero"
    ALL_ONES_NAN = "NaN is the code with all bits but the sign set; no infinity"
    NEGATIVE_ZERO_NAN = "NaN is the code of -0; neither infinity nor -0"
    NONE = "every code is a number; NaN becomes -0, what is too large the largest number"
    EXPONENT_ONLY = "no sign, no mantissa, no zero; NaN is the code with all bits set"


@light_dataclass(frozen=True)
class SmallFloat:
    """A format with `exponent_bits`, `mantissa_bits`, and a sign bit unless it is exponent-only."""

    exponent_bits: int
    mantissa_bits: int
    bias: int
    special: Special

    @cached_property
    def largest(self) -> float:
        """The largest finite number."""
        top = (1 << self.exponent_bits) - 1
        mantissa = (1 << self.mantissa_bits) - 1
        if self.special is Special.IEEE:
            top -= 1
        elif self.special is Special.ALL_ONES_NAN:
            mantissa -= 1
        elif self.special is Special.EXPONENT_ONLY:
            top -= 1
        return math.ldexp(1 + mantissa / (1 << self.mantissa_bits), top - self.bias)

    @property
    def has_sign(self) -> bool:
        """Whether the first bit of a code is the sign."""
        return self.special is not Special.EXPONENT_ONLY

    @property
    def sign_bit(self) -> int:
        """The bit of a code that is the sign."""
        return 1 << (self.mantissa_bits + self.exponent_bits)

    def decode(self, code: int) -> float:
        """Returns the number a code stands for."""
        mantissa = code & ((1 << self.mantissa_bits) - 1)
        exponent = code >> self.mantissa_bits & ((1 << self.exponent_bits) - 1)
        top = (1 << self.exponent_bits) - 1
        if self.special is Special.EXPONENT_ONLY:
            return math.nan if exponent == top else math.ldexp(1.0, exponent - self.bias)
        negative = bool(code >> (self.mantissa_bits + self.exponent_bits) & 1)
        sign = -1.0 if negative else 1.0
        if self.special is Special.IEEE and exponent == top:
            return math.copysign(math.nan if mantissa else math.inf, sign)
        if (
            self.special is Special.ALL_ONES_NAN
            and exponent == top
            and mantissa == (1 << self.mantissa_bits) - 1
        ):
            return math.nan
        if self.special is Special.NEGATIVE_ZERO_NAN and negative and not exponent and not mantissa:
            return math.nan
        if exponent == 0:
            return sign * math.ldexp(mantissa, 1 - self.bias - self.mantissa_bits)
        return sign * math.ldexp(
            mantissa | 1 << self.mantissa_bits, exponent - self.bias - self.mantissa_bits
        )

    def encode(self, value: float) -> int:
        """Returns the code nearest to a number. Too large becomes infinity, or NaN where there is
        none.
        """
        if self.special is Special.EXPONENT_ONLY:
            return self._encode_exponent(value)
        sign = self.sign_bit if math.copysign(1.0, value) < 0 else 0
        if math.isnan(value):
            return self._nan(sign)
        magnitude = abs(value)
        if math.isinf(value):
            return self._overflow(sign)
        exponent = max(math.frexp(magnitude)[1] - 1, 1 - self.bias) if magnitude else 1 - self.bias
        units = round(math.ldexp(magnitude, self.mantissa_bits - exponent))
        if math.ldexp(units, exponent - self.mantissa_bits) > self.largest:
            return self._overflow(sign)
        if units == 0 and self.special is Special.NEGATIVE_ZERO_NAN:
            return 0
        return sign | (exponent + self.bias - 1 << self.mantissa_bits) + units

    def holds(self, other: SmallFloat) -> bool:
        """Returns whether every code of another format means the same in this one."""
        codes = range(1 << other.exponent_bits + other.mantissa_bits + other.has_sign)
        return all(str(self.decode(self.encode(x))) == str(x) for x in map(other.decode, codes))

    def _encode_exponent(self, value: float) -> int:
        nan = (1 << self.exponent_bits) - 1
        if not math.isfinite(value):
            return 0 if value < 0 else nan
        if value <= 0:
            return 0
        fraction, exponent = math.frexp(value)
        return min(max(exponent - 1 + (fraction >= 0.75) + self.bias, 0), nan)

    def _nan(self, sign: int) -> int:
        if self.special is Special.NONE:
            return self.sign_bit
        if self.special is Special.NEGATIVE_ZERO_NAN:
            return 1 << (self.mantissa_bits + self.exponent_bits)
        top = ((1 << self.exponent_bits) - 1) << self.mantissa_bits
        if self.special is Special.ALL_ONES_NAN:
            return top | (1 << self.mantissa_bits) - 1
        return sign | top | 1 << (self.mantissa_bits - 1)

    def _overflow(self, sign: int) -> int:
        if self.special is Special.IEEE:
            return sign | ((1 << self.exponent_bits) - 1) << self.mantissa_bits
        if self.special is Special.NONE:
            return sign | self.sign_bit - 1
        return self._nan(sign)


FORMATS = {
    (NumericalKind.FLOAT, 16): SmallFloat(5, 10, 15, Special.IEEE),
    (NumericalKind.BFLOAT, 16): SmallFloat(8, 7, 127, Special.IEEE),
    (NumericalKind.F8E5M2, 8): SmallFloat(5, 2, 15, Special.IEEE),
    (NumericalKind.F8E4M3FN, 8): SmallFloat(4, 3, 7, Special.ALL_ONES_NAN),
    (NumericalKind.F8E5M2FNUZ, 8): SmallFloat(5, 2, 16, Special.NEGATIVE_ZERO_NAN),
    (NumericalKind.F8E4M3FNUZ, 8): SmallFloat(4, 3, 8, Special.NEGATIVE_ZERO_NAN),
    (NumericalKind.F8E8M0FNU, 8): SmallFloat(8, 0, 127, Special.EXPONENT_ONLY),
    (NumericalKind.F8E4M3, 8): SmallFloat(4, 3, 7, Special.IEEE),
    (NumericalKind.F8E3M4, 8): SmallFloat(3, 4, 3, Special.IEEE),
    (NumericalKind.F8E4M3B11FNUZ, 8): SmallFloat(4, 3, 11, Special.NEGATIVE_ZERO_NAN),
    (NumericalKind.F6E2M3FN, 6): SmallFloat(2, 3, 1, Special.NONE),
    (NumericalKind.F6E3M2FN, 6): SmallFloat(3, 2, 3, Special.NONE),
    (NumericalKind.F4E2M1FN, 4): SmallFloat(2, 1, 1, Special.NONE),
}
"""By numerical kind and width in bits."""
