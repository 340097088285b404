"""The rules that lower TensorFlow nodes to StableHLO ops, of every family.

Op semantics: TensorFlow's op definitions (`tensorflow/core/ops/*_ops.cc`) as its own XLA bridge
reads them.
"""

from __future__ import annotations

from ireelite.lowering.frontend.tf import (
    blocks,
    contraction,
    control,
    convolutions,
    diagonals,
    elementwise,
    fused,
    gradients,
    images,
    incomplete,
    indexing,
    linear_algebra,
    quantization,
    random_numbers,
    ranges,
    recurrent,
    reduction,
    resampling,
    resizing,
    segments,
    shape_vectors,
    shapes,
    slice_gradients,
    slicing,
    special,
    spectral,
    suppression,
    tensor_lists,
    windows,
)
from ireelite.lowering.frontend.tf.nodes import Rule

RULES: dict[str, Rule] = {
    **blocks.RULES,
    **contraction.RULES,
    **control.RULES,
    **diagonals.RULES,
    **elementwise.RULES,
    **indexing.RULES,
    **quantization.RULES,
    **reduction.RULES,
    **resizing.RULES,
    **shape_vectors.RULES,
    **shapes.RULES,
    **slice_gradients.RULES,
    **slicing.RULES,
    **tensor_lists.RULES,
    **gradients.RULES,
    **images.RULES,
    **incomplete.RULES,
    **segments.RULES,
    **spectral.RULES,
    **suppression.RULES,
    **random_numbers.RULES,
    **ranges.RULES,
    **resampling.RULES,
    **linear_algebra.RULES,
    **fused.RULES,
    **special.RULES,
    **recurrent.RULES,
    **convolutions.RULES,
    **windows.RULES,
}
"""TensorFlow op -> the rule that makes HLO of its nodes.

Placeholder and fetches are the function's signature.
"""
