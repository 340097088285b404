"""The table of element types agrees with NumPy, MLIR, TensorFlow and the HAL's codes."""

import struct

import ml_dtypes  # noqa: F401  (NumPy then knows the small floats by name)
import numpy as np
import pytest
from tensorboard.compat.proto.types_pb2 import DataType  # pyright: ignore
from xdsl.dialects.builtin import Float8E5M2Type, IntegerType, Signedness, VectorType, f32, f80

from ireelite import element_types
from ireelite.dialects.elements import find_row, row_of, type_of
from ireelite.element_types import TABLE, ElementType
from ireelite.importers.tf_types import QUANTIZED, SCALARS, TYPES
from ireelite.lowering.vm.floats import REGISTERS
from ireelite.status import StatusError

ROWS = pytest.mark.parametrize("row", TABLE, ids=str)


@ROWS
def test_storage_is_as_large_as_numpys(row: ElementType):
    assert row.numpy is not None
    size = np.dtype(row.numpy).itemsize
    if row.storage_bits < 8:
        assert (row.byte_size, row.storage_bits) == (size, row.bits)
        assert [row.packed_size(n) for n in (1, 8, 9)] == [1, row.bits, row.bits + 1]
        return
    assert (row.byte_size, row.storage_bits, row.packed_size(3)) == (size, 8 * size, 3 * size)


@ROWS
def test_each_name_leads_back_to_its_row(row: ElementType):
    assert element_types.from_mlir(row.mlir) is row
    assert row_of(type_of(row)) is row
    assert row.numpy is not None
    if not row.has_hal_code:
        assert element_types.from_code(row.hal_code).name == "*8"
        for find, name in (
            (element_types.from_name, row.name),
            (element_types.from_numpy, row.numpy),
        ):
            with pytest.raises(StatusError):
                find(name)
        return
    assert element_types.from_code(row.code) is row
    assert element_types.from_name(row.name) is row
    assert element_types.from_numpy(row.numpy).code in (row.code, row.signless.code)


@pytest.mark.parametrize("column", ["code", "name", "mlir"])
def test_no_two_rows_have_the_same(column: str):
    assert len({getattr(row, column) for row in TABLE}) == len(TABLE)


def test_each_tensorflow_type_is_one_row_of_the_same_numbers():
    numbers = [row.tensorflow for row in TABLE if row.tensorflow is not None]
    assert len(set(numbers)) == len(numbers)
    assert TYPES.keys() == {*numbers, *QUANTIZED}
    spellings = {"half": "float16", "float": "float32", "double": "float64"}
    for number, row in TYPES.items():
        name = DataType.Name(QUANTIZED.get(number, number)).removeprefix("DT_").lower()
        assert spellings.get(name, name) == row.numpy


def test_tensorflows_scalars_are_as_large_as_elements():
    assert SCALARS.keys() == {row.name for row in TYPES.values()}
    for row in TYPES.values():
        parts = 2 if row.name.startswith("c") else 1
        assert parts * struct.calcsize(SCALARS[row.name][1]) == row.byte_size


@ROWS
def test_what_is_accessed_fits_a_register(row: ElementType):
    assert (row.vm_access is None) == (row.llvm is None) == (not row.has_access)
    if row.has_access:
        assert row.vm_register in REGISTERS
        assert row.bits <= int(row.vm_register[1:])


def test_types_without_a_row_of_their_own():
    assert row_of(IntegerType(24)).vm_register == "i32"
    assert row_of(IntegerType(128)).vm_register is None
    assert row_of(IntegerType(64, Signedness.UNSIGNED)).vm_register is None
    assert row_of(Float8E5M2Type()).vm_register is None
    for unknown in (IntegerType(264), f80, VectorType(f32, [4])):
        assert find_row(unknown) is None
    with pytest.raises(StatusError, match="no element type for MLIR type 'i264'"):
        element_types.from_mlir("i264")


def test_elements_have_bits():
    for kind in (kind for kind in element_types.NumericalKind if kind <= 0xFF):
        for code in (kind << 24, kind << 24 | 0x100):
            with pytest.raises(StatusError, match=r"INVALID_ARGUMENT; .*type .* has no bits"):
                element_types.from_code(code)
