"""Number functions of the VM that are more than one Python operator.

Ints are signed, floats are doubles; f32 results are rounded by whoever uses them. Where C leaves a
result undefined (a shift too far, a conversion out of range), these give what upstream's x86-64
build gives, except for a division by zero, which is an error here and a crash there.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable

from ireelite.status import StatusCode, StatusError

INF = math.inf
NAN = math.nan
MIN_64 = -(1 << 63)

_U32 = 0xFFFF_FFFF
_U64 = 0xFFFF_FFFF_FFFF_FFFF
_F32 = struct.Struct("<f")
_I32 = struct.Struct("<i")
_F64 = struct.Struct("<d")
_I64 = struct.Struct("<q")


def wrap32(value: int) -> int:
    """Returns the low 32 bits as a signed number."""
    return (value + 0x8000_0000 & _U32) - 0x8000_0000


def wrap64(value: int) -> int:
    """Returns the low 64 bits as a signed number."""
    return (value + 0x8000_0000_0000_0000 & _U64) - 0x8000_0000_0000_0000


def round_f32(value: float) -> float:
    """Returns the nearest f32, ties to even; infinite if there is none."""
    try:
        return _F32.unpack(_F32.pack(value))[0]
    except OverflowError:
        return math.copysign(INF, value)


def div_s(a: int, b: int) -> int:
    """Returns the quotient rounded towards zero."""
    if b == 0:
        raise _zero()
    return a // b if (a < 0) == (b < 0) else -(-a // b)


def rem_s(a: int, b: int) -> int:
    """Returns the remainder with the sign of the dividend."""
    if b == 0:
        raise _zero()
    return abs(a) % abs(b) * (-1 if a < 0 else 1)


def div_u(a: int, b: int) -> int:
    """Returns the quotient of two numbers that are not negative."""
    if b == 0:
        raise _zero()
    return a // b


def rem_u(a: int, b: int) -> int:
    """Returns the remainder of two numbers that are not negative."""
    if b == 0:
        raise _zero()
    return a % b


def ctlz32(value: int) -> int:
    """Returns how many of the 32 bits lie above the highest one that is set."""
    return 32 - (value & _U32).bit_length()


def ctlz64(value: int) -> int:
    """Returns how many of the 64 bits lie above the highest one that is set."""
    return 64 - (value & _U64).bit_length()


def div_f(a: float, b: float) -> float:
    """Divides as IEEE does, by zero too."""
    if b:
        return a / b
    if a == 0 or a != a:
        return NAN
    return math.copysign(INF, a) * math.copysign(1.0, b)


def rem_f(a: float, b: float) -> float:
    """Returns the IEEE remainder: of the quotient rounded to the nearest integer, as upstream has
    it.
    """
    if math.isinf(a) or b == 0:
        return NAN
    return math.remainder(a, b)


def ceil(value: float) -> float:
    """Returns the next integer that is not below."""
    return math.copysign(float(math.ceil(value)), value) if value - value == 0 else value


def floor(value: float) -> float:
    """Returns the next integer that is not above."""
    return math.copysign(float(math.floor(value)), value) if value - value == 0 else value


def round_away(value: float) -> float:
    """Returns the nearest integer, halves away from zero."""
    if value - value != 0:
        return value
    magnitude = abs(value)
    whole = math.floor(magnitude)
    return math.copysign(float(whole + (magnitude - whole >= 0.5)), value)


def round_even(value: float) -> float:
    """Returns the nearest integer, halves to the even one."""
    return math.copysign(float(round(value)), value) if value - value == 0 else value


def to_int(value: float) -> int:
    """Returns the nearest integer, halves away from zero; the least i64 if it does not fit into
    one.
    """
    if not -9.3e18 < value < 9.3e18:
        return MIN_64
    whole = int(round_away(value))
    return whole if MIN_64 <= whole < 1 << 63 else MIN_64


def to_uint(value: float) -> int:
    """Converts as `to_int` does, but keeps what fits into a u64, as an i64 with the same bits."""
    if 9.2e18 < value < 1.8446744073709552e19:
        return wrap64(int(round_away(value)))
    return to_int(value)


def for_f32(value: int) -> float:
    """Returns an int as a float that rounds to the f32 that is nearest to the int itself.

    To round a large int to a double and that to an f32 may end on the wrong side of a half; so the
    bits that no f32 has are brought down to one that says whether they were zero.
    """
    if -(1 << 53) <= value <= 1 << 53:
        return float(value)
    return float(value & ~0xFFFF | (0x8000 if value & 0xFFFF else 0))


def bits_to_f32(value: int) -> float:
    """Returns the f32 with these bits."""
    return _F32.unpack(_I32.pack(value))[0]


def f32_to_bits(value: float) -> int:
    """Returns the bits of an f32."""
    return _I32.unpack(_F32.pack(value))[0]


def bits_to_f64(value: int) -> float:
    """Returns the f64 with these bits."""
    return _F64.unpack(_I64.pack(value))[0]


def f64_to_bits(value: float) -> int:
    """Returns the bits of an f64."""
    return _I64.unpack(_F64.pack(value))[0]


def sqrt(value: float) -> float:
    """Returns the square root; NaN of what is negative."""
    return math.sqrt(value) if value >= 0 else NAN


def rsqrt(value: float) -> float:
    """Returns one over the square root."""
    return div_f(1.0, math.copysign(sqrt(value), value) if value == 0 else sqrt(value))


def pow_f(a: float, b: float) -> float:
    """Returns a to the power of b, as C has it."""
    try:
        return math.pow(a, b)
    except OverflowError:
        return -INF if a < 0 and b % 2 == 1 else INF
    except ValueError:
        if a == 0:
            return math.copysign(INF, a) if b % 2 == 1 else INF
        return NAN


def _total(
    function: Callable[[float], float], at_zero: float | None = None
) -> Callable[[float], float]:
    """Returns a function of `math` that gives what C gives where Python's raises."""

    def total(value: float) -> float:
        try:
            return function(value)
        except OverflowError:
            return INF
        except ValueError:
            return NAN if at_zero is None or value != at_zero else -INF

    return total


exp = _total(math.exp)
exp2 = _total(math.exp2)
expm1 = _total(math.expm1)
log = _total(math.log, at_zero=0.0)
log2 = _total(math.log2, at_zero=0.0)
log10 = _total(math.log10, at_zero=0.0)
log1p = _total(math.log1p, at_zero=-1.0)
sin = _total(math.sin)
cos = _total(math.cos)


def _zero() -> StatusError:
    return StatusError(StatusCode.INVALID_ARGUMENT, "integer division by zero")
