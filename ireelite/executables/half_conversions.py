"""Conversions between `half` and `float` for CPUs without an instruction of their own: the functions
that LLVM's code generator calls there, in LLVM IR."""

from __future__ import annotations

HALF_CONVERSIONS = """
define hidden float @__extendhfsf2(half %x) {
  %code = bitcast half %x to i16
  %wide = zext i16 %code to i32
  %magnitude = and i32 %wide, 32767
  %last = and i32 %wide, 32768
  %sign = shl i32 %last, 16
  %shifted = shl i32 %magnitude, 13
  %normal = add i32 %shifted, 939524096
  %beyond = add i32 %shifted, 1879048192
  %quiet = or i32 %beyond, 4194304
  %is_nan = icmp ugt i32 %magnitude, 31744
  %special = select i1 %is_nan, i32 %quiet, i32 %beyond
  %above = or i32 %magnitude, 1056964608
  %above_half = bitcast i32 %above to float
  %difference = fsub float %above_half, 5.0e-01
  %small = bitcast float %difference to i32
  %is_small = icmp ult i32 %magnitude, 1024
  %finite = select i1 %is_small, i32 %small, i32 %normal
  %is_special = icmp uge i32 %magnitude, 31744
  %unsigned = select i1 %is_special, i32 %special, i32 %finite
  %bits = or i32 %unsigned, %sign
  %result = bitcast i32 %bits to float
  ret float %result
}

define hidden half @__truncsfhf2(float %x) {
  %bits = bitcast float %x to i32
  %magnitude = and i32 %bits, 2147483647
  %high = lshr i32 %bits, 16
  %sign = and i32 %high, 32768
  %cut = lshr i32 %magnitude, 13
  %odd = and i32 %cut, 1
  %near = add i32 %magnitude, 4095
  %even = add i32 %near, %odd
  %rounded = lshr i32 %even, 13
  %rebiased = sub i32 %rounded, 114688
  %is_large = icmp ugt i32 %rebiased, 31744
  %normal = select i1 %is_large, i32 31744, i32 %rebiased
  %positive = bitcast i32 %magnitude to float
  %sum = fadd float %positive, 5.0e-01
  %sum_bits = bitcast float %sum to i32
  %small = sub i32 %sum_bits, 1056964608
  %is_small = icmp ult i32 %magnitude, 947912704
  %number = select i1 %is_small, i32 %small, i32 %normal
  %fraction = and i32 %cut, 1023
  %nan = or i32 %fraction, 32256
  %is_nan = icmp ugt i32 %magnitude, 2139095040
  %unsigned = select i1 %is_nan, i32 %nan, i32 %number
  %signed = or i32 %unsigned, %sign
  %code = trunc i32 %signed to i16
  %result = bitcast i16 %code to half
  ret half %result
}
"""
"""`__extendhfsf2` and `__truncsfhf2`: subnormal numbers are sums and differences with 0.5f, whose last
place is that of f16's subnormals, and NaNs become quiet, as the instructions make them."""
