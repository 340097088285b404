"""The functions of the VM module `vmvx` on matrices in tiles: `mmt4d`, `pack`, `unpack`.

A packed matrix of rows x columns has tiles of m0 x k0 elements, tile by tile: its shape is
[rows / m0, columns / k0, m0, k0]. Types are the low byte of the flags.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ireelite.modules.vmvx_products import multiply_in_place, multiply_rows
from ireelite.modules.vmvx_views import count, view_2d
from ireelite.status import invalid_argument
from ireelite.vm.jit.product_forms import ACCUMULATE, form_of
from ireelite.vm.native import vm_export

TRANSPOSE_INNER, TRANSPOSE_OUTER = 0x100, 0x200
"""Flags of `pack` and `unpack`: the tiles, or the grid of them, are transposed."""
_TYPE = 0xFF
_ROLE, _OPERATION = 0xFF, 0xFF00

PRODUCTS = {1: (np.float32, np.float32), 2: (np.int8, np.int32)}
"""By the type in the flags of `mmt4d`: the element type of the operands, and that of the result."""
PACKED = {1: np.float32, 2: np.int8, 3: np.int32}
UNPACKED = {1: np.float32, 3: np.int32}
"""Element types by the type in the flags."""
_TILES = {0x100: (8, 4, 1), 0x200: (8, 4, 2)}
"""m0, n0, k0 that suit a product, by the operation in the flags of `query_tile_sizes`."""
_OTHER_TILES = (8, 8, 4)


class TileFunctions:
    """Part of the state of the module."""

    @vm_export("mmt4d", "0rIIrIIrIIIIIiiii_v")
    def mmt4d(
        self, lhs: Any, lhs_offset: int, lhs_stride: int,
        rhs: Any, rhs_offset: int, rhs_stride: int,
        out: Any, out_offset: int, out_stride: int,
        m: int, n: int, k: int, m0: int, n0: int, k0: int, flags: int,
    ) -> None:  # fmt: skip
        """Multiplies a packed matrix [m, k, m0, k0] by the transpose of [n, k, n0, k0] into [m, n,
        m0, n0]; strides count elements between rows of tiles. Sums are added in order.
        """
        if (form := form_of(n, k, m0, n0, k0, flags)) is not None:
            kind, columns, adds = form
            matrices = (lhs, lhs_offset, lhs_stride), (rhs, rhs_offset, rhs_stride)
            result = out, out_offset, out_stride
            sizes = (m, n0, k) if columns else (m, n, k0)
            if multiply_in_place(kind, *matrices, result, *sizes, columns, adds):
                return
        dtype, result_dtype = _of_type(PRODUCTS, flags)
        left = _view_4d("lhs", lhs, dtype, lhs_offset, lhs_stride, (m, k, m0, k0))
        right = _view_4d("rhs", rhs, dtype, rhs_offset, rhs_stride, (n, k, n0, k0))
        result = _view_4d("out", out, result_dtype, out_offset, out_stride, (m, n, m0, n0), True)
        count(result.size * k * k0)
        sums = result.transpose(0, 2, 1, 3).reshape(m * m0, n * n0)
        if not flags & ACCUMULATE:
            sums = np.zeros_like(sums)
        elif np.may_share_memory(sums, result):
            sums = sums.copy()
        a = left.transpose(0, 2, 1, 3).reshape(m * m0, k * k0)
        b = right.transpose(0, 2, 1, 3).reshape(n * n0, k * k0)
        multiply_rows(flags & _TYPE, a, b, sums)
        result[...] = sums.reshape(m, m0, n, n0).transpose(0, 2, 1, 3)

    @vm_export("pack", "0rIIIrIIIIIIIIIIi_v")
    def pack(
        self, source: Any, in_offset: int, in_stride0: int, in_stride1: int,
        out: Any, out_offset: int, out_stride0: int, out_stride1: int,
        rows: int, columns: int, outer0: int, outer1: int, tile0: int, tile1: int,
        padding: int, flags: int,
    ) -> None:  # fmt: skip
        """Copies a matrix into tiles; what of the last ones lies outside of it becomes `padding`,
        of which the low bits count.
        """
        dtype = _of_type(PACKED, flags)
        matrix = view_2d("in", source, dtype, in_offset, (in_stride0, in_stride1), (rows, columns))
        tiles = _view_4d(
            "out", out, dtype, out_offset, out_stride0, (outer0, outer1, tile0, tile1), True
        )
        whole = _as_rows(tiles, flags)
        height, width = whole.shape[0] * whole.shape[1], whole.shape[2] * whole.shape[3]
        if rows > height or columns > width:
            raise invalid_argument(
                f"pack of {rows} x {columns} elements into tiles for {height} x {width}"
            )
        count(tiles.size)
        bits = np.array([padding], np.int64).view(np.dtype(dtype))[:1]
        padded = np.broadcast_to(bits, (height, width)).copy()
        padded[:rows, :columns] = matrix.array
        whole[...] = padded.reshape(whole.shape)

    @vm_export("unpack", "0rIIIrIIIIIIIIIi_v")
    def unpack(
        self, source: Any, in_offset: int, in_stride0: int, in_stride1: int,
        out: Any, out_offset: int, out_stride0: int, out_stride1: int,
        outer0: int, outer1: int, tile0: int, tile1: int, rows: int, columns: int, flags: int,
    ) -> None:  # fmt: skip
        """Copies tiles into a matrix, without what of the last ones lies outside of it."""
        dtype = _of_type(UNPACKED, flags)
        tiles = _view_4d("in", source, dtype, in_offset, in_stride0, (outer0, outer1, tile0, tile1))
        matrix = view_2d(
            "out", out, dtype, out_offset, (out_stride0, out_stride1), (rows, columns), writes=True
        )
        whole = _as_rows(tiles, flags)
        height, width = whole.shape[0] * whole.shape[1], whole.shape[2] * whole.shape[3]
        if rows > height or columns > width:
            raise invalid_argument(
                f"unpack of tiles of {height} x {width} elements into {rows} x {columns}"
            )
        count(tiles.size)
        matrix.array[...] = whole.reshape(height, width)[:rows, :columns]

    @vm_export("query_tile_sizes.2d", "0IIi_II")
    def query_tile_sizes(self, size0: int, size1: int, flags: int) -> tuple[int, int]:
        """Returns tile sizes for the left (role 1), right (2) or result (3) matrix of a product; 0,
        0 if the flags name neither role nor operation.
        """
        m0, n0, k0 = _TILES.get(flags & _OPERATION, _OTHER_TILES)
        if not flags & _OPERATION:
            return 0, 0
        return {1: (m0, k0), 2: (n0, k0), 3: (m0, n0)}.get(flags & _ROLE, (0, 0))


def _of_type(table: dict[int, Any], flags: int) -> Any:
    if flags & _TYPE not in table:
        raise invalid_argument("unhandled flags")
    return table[flags & _TYPE]


def _view_4d(
    name: str,
    buffer: Any,
    dtype: Any,
    offset: int,
    stride: int,
    sizes: tuple[int, int, int, int],
    writes: bool = False,
) -> Any:
    """Returns a view whose rows of tiles are `stride` elements apart, and whose tiles follow each
    other.
    """
    if any(size < 0 for size in sizes):
        raise invalid_argument(f"buffer overflow for {name}")
    outer, *inner = sizes
    array = view_2d(name, buffer, dtype, offset, (stride, 1), (outer, prod(inner)), writes).array
    width = array.itemsize
    strides = (array.strides[0], *(width * prod(inner[n + 1 :]) for n in range(3)))
    return as_strided(array, sizes, strides, writeable=writes)


def _as_rows(tiles: Any, flags: int) -> Any:
    """Tiles as [rows of tiles, rows of a tile, columns of tiles, columns of a tile], with what the
    flags transpose turned back."""
    outer = (1, 0) if flags & TRANSPOSE_OUTER else (0, 1)
    inner = (3, 2) if flags & TRANSPOSE_INNER else (2, 3)
    return tiles.transpose(outer[0], inner[0], outer[1], inner[1])
