"""Products of matrices by native code, or by NumPy until it is worth while to compile that.

Each sum is added in order, so that both give the same to the bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ireelite.modules.vmvx_views import count
from ireelite.vm.jit.product_forms import WIDTHS
from ireelite.vm.refs import Buffer

if TYPE_CHECKING:
    from ireelite.vm.jit.products import Products

Matrix = tuple[Any, int, int]
"""A buffer, and in elements the offset of a matrix in it and the stride between rows."""
_MOST = 1 << 31
"""Rows, columns, and strides above which it is not native code that multiplies."""
MAX_NUMPY_PRODUCTS = 1 << 22
"""Multiplications by NumPy after which native code takes over: to load it takes as long as those."""


class _Work:
    """What NumPy has multiplied in this process."""

    multiplied = 0


def multiply_in_place(
    type: int,
    lhs: Matrix,
    rhs: Matrix,
    out: Matrix,
    m: int,
    n: int,
    k: int,
    columns: bool,
    accumulate: int,
) -> bool:
    """Multiplies m rows of k elements with n rows of k elements, or with n columns of k rows that
    follow each other, where they are; returns whether it did: only if they lie in buffers, and
    there is native code.
    """
    if (native := native_products(m * n * k)) is None or min(m, n, k) < 1:
        return False
    operand, result = WIDTHS[type]
    right = (*rhs[:2], n) if columns else rhs
    rows, width = (k, n) if columns else (n, k)
    addresses = (
        _address(lhs, m, k, operand, False),
        _address(right, rows, width, operand, False),
        _address(out, m, n, result, True),
    )
    if None in addresses:
        return False
    count(m * n * k)
    a, b, c = addresses
    strides = (1, n) if columns else (rhs[2], 1)
    native.functions[type](a, lhs[2], b, *strides, c, out[2], m, n, k, accumulate)
    return True


def _address(matrix: Matrix, rows: int, columns: int, width: int, writes: bool) -> int | None:
    """Returns the address of a matrix; None if it is not in its buffer, or may not be written."""
    buffer, offset, stride = matrix
    if not isinstance(buffer, Buffer) or (writes and not buffer.mutable):
        return None
    if not 0 <= stride < _MOST or offset < 0 or rows >= _MOST or columns >= _MOST:
        return None
    start, length, _ = buffer.place
    end = offset + (rows - 1) * stride + columns
    return start + offset * width if end * width <= length else None


def native_products(multiplications: int) -> Products | None:
    """Returns the native code, if it is worth while for so many multiplications, and there is any."""
    _Work.multiplied += multiplications
    if _Work.multiplied <= MAX_NUMPY_PRODUCTS:
        return None
    from ireelite.vm.jit.products import products

    return products()


def multiply_rows(type: int, a: Any, b: Any, sums: Any) -> None:
    """Adds the products of the rows of `a` [m, k] with those of `b` [n, k] to `sums` [m, n]."""
    (m, k), n = a.shape, b.shape[0]
    if not sums.size or not k:
        return
    if (native := native_products(0)) is not None:
        a, b = np.ascontiguousarray(a), np.ascontiguousarray(b)
        places = a.ctypes.data, k, b.ctypes.data, k, 1, sums.ctypes.data, n
        native.functions[type](*places, m, n, k, 1)
        return
    with np.errstate(all="ignore"):
        products = np.empty_like(sums)
        rows, columns = a.T.astype(sums.dtype)[:, :, None], b.T.astype(sums.dtype)
        for row, column in zip(rows, columns, strict=True):
            np.multiply(row, column, out=products)
            np.add(sums, products, out=sums)
