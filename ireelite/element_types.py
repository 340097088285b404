"""Element types of all worlds: HAL codes, the names in `2x3xf32`, NumPy dtypes, MLIR and LLVM types,
TensorFlow's numbers, storage, and the virtual machine's registers and accesses, in one table.

A HAL element type is an i32, `numerical kind << 24 | bits` (facts of IREE's `hal/buffer_view.h`).
Types that are not in the table are legal as long as their kind is (`i24`, `*16`): they are bytes
that can be printed in hex.
"""

from __future__ import annotations

import re
from functools import cache

from ireelite.light_dataclass import light_dataclass
from ireelite.light_enum import IntEnum
from ireelite.status import invalid_argument


class NumericalKind(IntEnum):
    """Bits 24 to 31 of an element type code."""

    OPAQUE = 0x00
    INTEGER = 0x10
    SIGNED = 0x11
    UNSIGNED = 0x12
    BOOLEAN = 0x13
    FLOAT = 0x21
    BFLOAT = 0x22
    COMPLEX = 0x23
    F8E5M2 = 0x24
    F8E4M3FN = 0x25
    F8E5M2FNUZ = 0x26
    F8E4M3FNUZ = 0x27
    F8E8M0FNU = 0x28
    # The HAL has no codes for these: programs have them within.
    F8E4M3 = 0x129
    F8E3M4 = 0x12A
    F8E4M3B11FNUZ = 0x12B
    F6E2M3FN = 0x12C
    F6E3M2FN = 0x12D
    F4E2M1FN = 0x12E

    @property
    def is_integer(self) -> bool:
        """Whether values of this kind are whole numbers; such kinds may stand for one another at
        equal width."""
        return self & 0xF0 == 0x10


@light_dataclass(frozen=True)
class ElementType:
    """What one element of a buffer is."""

    code: int
    """The HAL's i32, or more than that for a type which the HAL does not have."""
    name: str
    """As the tools print it behind a shape: `f32`, `i1`, `cf64`, `*16`."""
    mlir: str
    """As MLIR spells it: `f32`, `i1`, `complex<f32>`."""
    numpy: str | None
    """Name of the NumPy dtype, or None where neither NumPy nor `ml_dtypes` has one."""
    tensorflow: int | None = None
    """TensorFlow's `DataType` number, or None for a type that no imported graph holds."""

    @property
    def kind(self) -> NumericalKind:
        """What the bits mean."""
        return NumericalKind(self.code >> 24)

    @property
    def bits(self) -> int:
        """Width in bits, as the code says it; an `i1` is held in 8."""
        return self.code & 0xFF

    @property
    def byte_size(self) -> int:
        """Bytes of one element in memory; those of an element that shares a byte with others, 1."""
        return (self.bits + 7) // 8

    @property
    def has_hal_code(self) -> bool:
        """Whether buffer views may say that their elements are of this type."""
        return self.kind <= 0xFF

    @property
    def hal_code(self) -> int:
        """What buffer views inside of a module say: opaque bytes for a type without a code."""
        return self.code if self.has_hal_code else NumericalKind.OPAQUE << 24 | 8 * self.byte_size

    @property
    def signless(self) -> ElementType:
        """The type that a program's interface has for this one: `i8` for `si8` and `ui8`."""
        if self.kind in (NumericalKind.SIGNED, NumericalKind.UNSIGNED):
            return from_code(NumericalKind.INTEGER << 24 | self.bits)
        return self

    @property
    def storage_bits(self) -> int:
        """Bits that an element takes in a compiled program's buffer. Those of 2 and 4 bits are
        packed into bytes if they are integers, an `i1` takes a byte, other narrow ones are rounded
        up to bytes.
        """
        is_packed = self.bits in (2, 4) and self.kind.is_integer
        return self.bits if is_packed else 8 * self.byte_size

    def packed_size(self, count: int) -> int:
        """Bytes that `count` elements take in a compiled program's buffer."""
        return -(-count * self.storage_bits // 8)

    # -- computing -----------------------------------------------------------------------------------

    @property
    def llvm(self) -> str | None:
        """LLVM's type of an element in memory; None for one that native code does not access."""
        return _LLVM.get(self.name) or (_INTEGER_LLVM.get(self.bits) if self.has_access else None)

    @property
    def vm_register(self) -> str | None:
        """The virtual machine's register type for one element: i32 for integers of at most 32 bits;
        None for a type that no register holds.
        """
        if self.name in ("i64", "f32", "f64"):
            return self.name
        return "i32" if self.kind.is_integer and self.bits <= 32 else None

    @property
    def vm_access(self) -> tuple[str, str] | None:
        """The virtual machine's instructions that read and write an element in a buffer; None for
        one that it has none for.
        """
        if not self.has_access:
            return None
        store = f"{'f' if self.kind == NumericalKind.FLOAT else 'i'}{self.bits}"
        extended = self.bits < 32
        sign = (".u" if self.kind == NumericalKind.BOOLEAN else ".s") if extended else ""
        return f"buffer.load.{store}{sign}", f"buffer.store.{store}"

    @property
    def has_access(self) -> bool:
        """Whether a load and a store of one element exist on every CPU: of signless integers and
        truth values of whole bytes, f32 and f64. Kernels take other types apart.
        """
        whole = self.kind in (NumericalKind.INTEGER, NumericalKind.BOOLEAN) and self.bits in (
            8,
            16,
            32,
            64,
        )
        return whole or (self.kind == NumericalKind.FLOAT and self.bits in (32, 64))

    def __str__(self) -> str:
        return self.name


def _row(
    kind: NumericalKind, bits: int, name: str, mlir: str, numpy: str, tensorflow: int | None = None
) -> ElementType:
    return ElementType(kind << 24 | bits, name, mlir, numpy, tensorflow)


_K = NumericalKind

TABLE = (
    _row(_K.BOOLEAN, 8, "i1", "i1", "bool", 10),
    *(
        _row(_K.INTEGER, n, f"i{n}", f"i{n}", f"int{n}", tensorflow)
        for n, tensorflow in ((8, 6), (16, 5), (32, 3), (64, 9))
    ),
    *(_row(_K.INTEGER, n, f"i{n}", f"i{n}", f"int{n}") for n in (2, 4)),
    *(_row(_K.SIGNED, n, f"si{n}", f"si{n}", f"int{n}") for n in (2, 4)),
    *(_row(_K.UNSIGNED, n, f"ui{n}", f"ui{n}", f"uint{n}") for n in (2, 4)),
    *(_row(_K.SIGNED, n, f"si{n}", f"si{n}", f"int{n}") for n in (8, 16, 32, 64)),
    *(
        _row(_K.UNSIGNED, n, f"ui{n}", f"ui{n}", f"uint{n}", tensorflow)
        for n, tensorflow in ((8, 4), (16, 17), (32, 22), (64, 23))
    ),
    *(
        _row(_K.FLOAT, n, f"f{n}", f"f{n}", f"float{n}", tensorflow)
        for n, tensorflow in ((16, 19), (32, 1), (64, 2))
    ),
    _row(_K.BFLOAT, 16, "bf16", "bf16", "bfloat16", 14),
    _row(_K.COMPLEX, 64, "cf64", "complex<f32>", "complex64", 8),
    _row(_K.COMPLEX, 128, "cf128", "complex<f64>", "complex128", 18),
    _row(_K.F8E5M2, 8, "f8E5M2", "f8E5M2", "float8_e5m2"),
    _row(_K.F8E4M3FN, 8, "f8E4M3FN", "f8E4M3FN", "float8_e4m3fn"),
    _row(_K.F8E5M2FNUZ, 8, "f8E5M2FNUZ", "f8E5M2FNUZ", "float8_e5m2fnuz"),
    _row(_K.F8E4M3FNUZ, 8, "f8E4M3FNUZ", "f8E4M3FNUZ", "float8_e4m3fnuz"),
    _row(_K.F8E8M0FNU, 8, "f8E8M0FNU", "f8E8M0FNU", "float8_e8m0fnu"),
    _row(_K.F8E4M3, 8, "f8E4M3", "f8E4M3", "float8_e4m3"),
    _row(_K.F8E3M4, 8, "f8E3M4", "f8E3M4", "float8_e3m4"),
    _row(_K.F8E4M3B11FNUZ, 8, "f8E4M3B11FNUZ", "f8E4M3B11FNUZ", "float8_e4m3b11fnuz"),
    _row(_K.F6E2M3FN, 6, "f6E2M3FN", "f6E2M3FN", "float6_e2m3fn"),
    _row(_K.F6E3M2FN, 6, "f6E3M2FN", "f6E3M2FN", "float6_e3m2fn"),
    _row(_K.F4E2M1FN, 4, "f4E2M1FN", "f4E2M1FN", "float4_e2m1fn"),
)
"""Every element type with a value that can be read and printed, `cf128` and `cf64` as hex."""

_LLVM = {"f32": "float", "f64": "double"}
_INTEGER_LLVM = {bits: f"i{bits}" for bits in (8, 16, 32, 64)}

_BY_CODE = {row.code: row for row in TABLE}
_BY_NAME = {row.name: row for row in TABLE if row.has_hal_code}
_BY_MLIR = {row.mlir: row for row in TABLE}
_BY_NUMPY = {
    row.numpy: row
    for row in TABLE
    if row.numpy is not None and row.has_hal_code and row.kind != _K.SIGNED
}

_PREFIXES = (
    ("bf", _K.BFLOAT),
    ("cf", _K.COMPLEX),
    ("si", _K.SIGNED),
    ("ui", _K.UNSIGNED),
    ("i", _K.INTEGER),
    ("f", _K.FLOAT),
    ("x", _K.OPAQUE),
    ("*", _K.OPAQUE),
)
_PRINTED_PREFIX = {kind: prefix for prefix, kind in _PREFIXES}


@cache
def from_code(code: int) -> ElementType:
    """Returns the type with a HAL code. Raises INVALID_ARGUMENT for kinds that do not exist, and
    for elements of no bits.
    """
    if code < 0:  # from a register of 32 bits
        code &= 0xFFFFFFFF
    if (known := _BY_CODE.get(code)) is not None:
        return known
    kind = code >> 24
    if kind not in set(_K):
        raise invalid_argument(f"unknown element type {code:08X}")
    if not code & 0xFF:
        raise invalid_argument(
            f"element type {code:08X} has no bits: opaque element types cannot be indexed"
        )
    prefix = _PRINTED_PREFIX.get(_K(kind), f"kind{kind:02X}:")
    name = f"{prefix}{code & 0xFFFFFF}"
    return ElementType(code, name, name, None)


@cache
def from_name(name: str) -> ElementType:
    """Returns the type called `name` in the tools. Raises INVALID_ARGUMENT with upstream's wording."""
    if (known := _BY_NAME.get(name)) is not None:
        return known
    match = next(((prefix, kind) for prefix, kind in _PREFIXES if name.startswith(prefix)), None)
    if match is None:
        raise invalid_argument(f"unhandled element type prefix in '{name}'")
    prefix, kind = match
    digits = name[len(prefix) :]
    if not re.fullmatch(r"\d+", digits) or int(digits) > 0xFF:
        raise invalid_argument(f"out of range bit count in '{name}'")
    return from_code(kind << 24 | int(digits))


def from_mlir(spelling: str) -> ElementType:
    """Returns the type MLIR spells so. Raises INVALID_ARGUMENT for types that no buffer can hold."""
    if (known := _BY_MLIR.get(spelling)) is not None:
        return known
    if (match := re.fullmatch(r"i(\d+)", spelling)) and int(match[1]) <= 0xFF:
        return from_code(_K.INTEGER << 24 | int(match[1]))
    if spelling == "index":
        return _BY_NAME["i64"]
    raise invalid_argument(f"no element type for MLIR type '{spelling}'")


def from_numpy(dtype_name: str) -> ElementType:
    """Returns the type of a NumPy dtype by its `.name`; signed integers are signless ones, as
    programs expect them.
    """
    if (known := _BY_NUMPY.get(dtype_name)) is not None:
        return known
    raise invalid_argument(
        f"no element type for NumPy dtype '{dtype_name}'; known: {', '.join(sorted(_BY_NUMPY))}"
    )


def compatible(expected: int, actual: int) -> bool:
    """Returns whether a buffer of one code may be passed where a program expects another, by the
    rule of the HAL module.

    Integers of one width stand for one another (`i1` counts as 8 bits), and opaque elements for
    anything.
    """
    if expected == actual:
        return True
    kinds = expected >> 24, actual >> 24
    if 0 in kinds:
        return True
    return (expected & 0xFFFFFF) == (actual & 0xFFFFFF) and kinds[0] & 0xF0 == 0x10 == kinds[
        1
    ] & 0xF0
