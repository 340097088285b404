"""Winograd's transforms of filters, images and results, from MLIR's definitions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ireelite.dialects.extensions.linalg.winograd import WinogradOp
from ireelite.reference.contractions import accumulator, finished
from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import Array
from ireelite.reference.steps import CALL, places


def transform_filter(op: WinogradOp, frame: Frame, filter: Array, target: Array) -> Array:
    left, right = op.matrices
    wide = accumulator(filter, target.dtype)
    return finished(np.einsum("ih,fhwc,jw->ijcf", left, wide, right), target.dtype)


def transform_input(op: WinogradOp, frame: Frame, image: Array, target: Array) -> Array:
    """Returns the tile at each place of the image."""
    left, right = op.matrices
    (down, across), (height, width) = op.steps, op.tiles
    wide, result = accumulator(image, target.dtype), np.zeros(target.shape)
    for row, column in places(target.shape[2:4], CALL):
        top, start = row * down, column * across
        tile = wide[:, top : top + height, start : start + width]
        result[:, :, row, column] = np.einsum("ih,nhwc,jw->ijnc", left, tile, right)
    return finished(result, target.dtype)


def transform_output(op: WinogradOp, frame: Frame, tiles: Array, target: Array) -> Array:
    """Returns the tiles beside each other, added to the image."""
    left, right = op.matrices
    image = np.einsum("pi,ijtunf,qj->ntpuqf", left, accumulator(tiles, target.dtype), right)
    before = accumulator(target, target.dtype)
    return finished(before + image.reshape(target.shape), target.dtype)


REFERENCES: Mapping[str, Reference] = {
    "linalg.winograd_filter_transform": transform_filter,
    "linalg.winograd_input_transform": transform_input,
    "linalg.winograd_output_transform": transform_output,
}
