"""Constants of equal elements that a program returns or keeps in a global."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite

SPLATS = {
    "f32": ("1.5", np.full(1000, 1.5, np.float32)),
    "i8": ("-7", np.full(7, -7, np.int8)),
    "i1": ("true", np.full(3, True)),
    "f16": ("2.5", np.full(5, 2.5, np.float16)),
    "i64 of repeated bytes": ("-1", np.full(5, -1, np.int64)),
    "i64 in one copy": ("123456789012345", np.full(6, 123456789012345, np.int64)),
    "i64 in several copies": ("123456789012345", np.full(3001, 123456789012345, np.int64)),
    "f64 of one element": ("0.1", np.full(1, 0.1, np.float64)),
    "no elements": ("3", np.zeros(0, np.int32)),
}
NAMES = {"float32": "f32", "float16": "f16", "float64": "f64", "bool": "i1", "int8": "i8", "int32": "i32", "int64": "i64"}  # fmt: skip


@pytest.mark.parametrize("case", SPLATS)
def test_a_splat_is_filled_where_it_is_returned_stored_or_kept(case):
    element, expected = SPLATS[case]
    type = f"tensor<{len(expected)}x{NAMES[expected.dtype.name]}>"
    program = ireelite.compile(
        f"""
util.global private @kept = dense<{element}> : {type}
func.func @returned() -> {type} {{
  %0 = stablehlo.constant dense<{element}> : {type}
  return %0 : {type}
}}
func.func @stored(%to: {type} {{iree.abi.output = 0 : index}}) -> {type} {{
  %0 = stablehlo.constant dense<{element}> : {type}
  return %0 : {type}
}}
func.func @loaded() -> {type} {{
  %0 = util.global.load @kept : {type}
  return %0 : {type}
}}""",
        targets=["vmvx"],
    )
    module = ireelite.load(program)
    for result in (module.returned(), module.stored(np.zeros_like(expected)), module.loaded()):
        np.testing.assert_array_equal(result, expected)
    runtime = pytest.importorskip("iree.runtime", reason="the test extra holds upstream's runtime")
    upstream = runtime.load_vm_flatbuffer(program.data, driver="local-sync")
    for result in (
        upstream.returned(),
        upstream.stored(np.zeros_like(expected)),
        upstream.loaded(),
    ):
        np.testing.assert_array_equal(result.to_host(), expected)
