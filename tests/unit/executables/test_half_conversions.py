"""Conversions between `half` and `float`, by instruction and by the functions that modules bring."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from ireelite.executables.native_link import link
from ireelite.executables.native_object import compile_ir, machine_of

CONVERT = """
define void @widen(ptr %from, ptr %to, i64 %count) {{ {widen} }}
define void @narrow(ptr %from, ptr %to, i64 %count) {{ {narrow} }}
"""
LOOP = """
entry:
  br label %loop
loop:
  %n = phi i64 [ 0, %entry ], [ %next, %loop ]
  %source = getelementptr {source}, ptr %from, i64 %n
  %target = getelementptr {target}, ptr %to, i64 %n
  %x = load {source}, ptr %source
  %y = {cast} {source} %x to {target}
  store {target} %y, ptr %target
  %next = add i64 %n, 1
  %more = icmp ult i64 %next, %count
  br i1 %more, label %loop, label %end
end:
  ret void
"""
WIDEN = LOOP.format(source="half", target="float", cast="fpext")
NARROW = LOOP.format(source="float", target="half", cast="fptrunc")
ALL_HALVES = np.arange(1 << 16, dtype=np.uint16).view(np.float16)


@pytest.fixture(scope="module", params=["host", "generic"])
def convert(request):
    """(function number, source, result type) -> the converted numbers."""
    text = CONVERT.format(widen=WIDEN, narrow=NARROW)
    code, addresses = link(compile_ir(text, machine_of(request.param)), ["widen", "narrow"])
    kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)

    def call(number: int, source: np.ndarray, type) -> np.ndarray:
        result = np.empty(source.shape, type)
        kind(addresses[number])(source.ctypes.data, result.ctypes.data, source.size)
        return result

    yield call
    del code


def test_every_half_as_a_float(convert):
    wide = convert(0, ALL_HALVES, np.float32)
    np.testing.assert_array_equal(wide, ALL_HALVES.astype(np.float32))
    np.testing.assert_array_equal(np.signbit(wide), np.signbit(ALL_HALVES))
    bits = wide.view(np.uint32)[np.isnan(ALL_HALVES)]
    assert np.all(bits & (1 << 22)), "NaNs are quiet"


def test_floats_round_to_the_nearest_half(convert):
    bits = np.random.default_rng(7).integers(0, 1 << 32, 1 << 16, np.uint32)
    halves = ALL_HALVES[np.isfinite(ALL_HALVES)].astype(np.float32)
    with np.errstate(over="ignore"):
        between = (halves[1:] + halves[:-1]) / 2
        floats = np.concatenate(
            [bits.view(np.float32), halves, between, np.float32([65520, 65519])]
        )
        floats = np.concatenate([floats, np.nextafter(between, np.float32(np.inf))])
        expected = floats.astype(np.float16)
    narrow = convert(1, floats, np.float16)
    np.testing.assert_array_equal(narrow, expected)
    numbers = ~np.isnan(expected)
    np.testing.assert_array_equal(
        narrow.view(np.uint16)[numbers], expected.view(np.uint16)[numbers]
    )
