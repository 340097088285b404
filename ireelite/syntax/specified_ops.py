"""Names of ops that specifications have, whether or not this compiler supports them yet."""

from __future__ import annotations

from collections.abc import Mapping

STABLEHLO = frozenset(
    """
    abs add after_all all_gather all_reduce all_to_all and async_done async_start atan2
    batch_norm_grad batch_norm_inference batch_norm_training bitcast_convert broadcast
    broadcast_in_dim case cbrt ceil cholesky clamp collective_broadcast collective_permute compare
    complex composite concatenate constant convert convolution cosine count_leading_zeros
    create_token cross-replica-sum custom_call divide dot dot_general dynamic_broadcast_in_dim
    dynamic_conv dynamic_gather dynamic_iota dynamic_pad dynamic_reshape dynamic_slice
    dynamic_update_slice einsum exponential exponential_minus_one fft floor gather
    get_dimension_size get_tuple_element if imag infeed iota is_finite log log_plus_one logistic
    map maximum minimum multiply negate not optimization_barrier or outfeed pad partition_id
    popcnt power real real_dynamic_slice recv reduce reduce_precision reduce_scatter reduce_window
    remainder replica_id reshape return reverse rng rng_bit_generator round_nearest_afz
    round_nearest_even rsqrt scatter select select_and_scatter send set_dimension_size shift_left
    shift_right_arithmetic shift_right_logical sign sine slice sort sqrt subtract tan tanh
    torch_index_select trace transpose triangular_solve tuple unary_einsum uniform_dequantize
    uniform_quantize while xor
    """.split()
)

CHLO = frozenset(
    """
    _asin_acos_kernel acos acosh asin asinh atan atanh bessel_i1e broadcast_add broadcast_and
    broadcast_atan2 broadcast_compare broadcast_complex broadcast_divide broadcast_maximum
    broadcast_minimum broadcast_multiply broadcast_next_after broadcast_or broadcast_polygamma
    broadcast_power broadcast_remainder broadcast_select broadcast_shift_left
    broadcast_shift_right_arithmetic broadcast_shift_right_logical broadcast_subtract
    broadcast_xor broadcast_zeta conj constant constant_like cosh digamma dynamic_reshape erf
    erf_inv erfc is_inf is_neg_inf is_pos_inf lgamma next_after polygamma ragged_dot sinh square
    tan top_k zeta
    """.split()
)

COLLECTIVE = frozenset(["cross-replica-sum"])
"""Ops of StableHLO that are gone, by which several devices worked on one program."""

HOST_TRANSFERS = frozenset("infeed outfeed recv send async_done async_start".split())
"""Ops of StableHLO that exchange data with a host program while they run."""

SPECIFIED: Mapping[str, frozenset[str]] = {"stablehlo": STABLEHLO, "chlo": CHLO}
"""Dialect -> the ops of its specification."""

SPECIFICATIONS: Mapping[str, str] = {"stablehlo": "StableHLO", "chlo": "CHLO"}
"""Dialect -> what people call its specification."""

PROGRAM_DIALECTS = (
    *("stablehlo", "chlo", "mhlo", "linalg", "tensor", "arith", "math", "complex", "scf", "cf"),
    *("func", "util", "tf"),
)
"""The dialects that users write programs in; the others are those of the compiler's stages."""

SHORT_OPS = ("module", "func.func", "func.call", "func.return", "call", "return")
"""Ops at the beginning of a program, or written without their dialect."""
