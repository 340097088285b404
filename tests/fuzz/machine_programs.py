"""The program whose module, executables and files the machine fuzzer mutates."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

import ireelite
from ireelite.bytecode.decode import decode_module
from ireelite.executables.vke1 import MAGIC
from ireelite.hal.command_buffer import BufferRef, Dispatch
from ireelite.hal.device import Device
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.status import StatusError

PROGRAM = """
func.func @scaled(%a: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<8xf32> {
  %0 = stablehlo.multiply %a, %b : tensor<8xf32>
  %1 = stablehlo.exponential %0 : tensor<8xf32>
  return %1 : tensor<8xf32>
}
func.func @summed(%a: tensor<4x65xf32>) -> tensor<4xf32> {
  %z = stablehlo.constant dense<0.0> : tensor<f32>
  %0 = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [1] : (tensor<4x65xf32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func @product(%a: tensor<17x9xf32>, %b: tensor<9x33xf32>) -> tensor<17x33xf32> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<17x9xf32>, tensor<9x33xf32>) -> tensor<17x33xf32>
  return %0 : tensor<17x33xf32>
}
func.func @sorted(%a: tensor<16xi32>) -> tensor<16xi32> {
  %0 = "stablehlo.sort"(%a) ({
  ^bb0(%x: tensor<i32>, %y: tensor<i32>):
    %c = stablehlo.compare LT, %x, %y : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  }) {dimension = 0 : i64} : (tensor<16xi32>) -> tensor<16xi32>
  return %0 : tensor<16xi32>
}
func.func @picked(%a: tensor<8xi32>, %i: tensor<i32>) -> tensor<2xi32> {
  %0 = stablehlo.dynamic_slice %a, %i, sizes = [2] : (tensor<8xi32>, tensor<i32>) -> tensor<2xi32>
  return %0 : tensor<2xi32>
}
"""
VULKAN = "vulkan-spirv-fb"
BYTECODE = "vmvx-bytecode-fb"

PROGRAM_INPUTS = {
    "scaled": ((8,), (8,)),
    "summed": ((4, 65),),
    "product": ((17, 9), (9, 33)),
    "sorted": ((16,),),
    "picked": ((8,), ()),
}
"""Name of a function of `PROGRAM` -> shapes of its arguments."""
INTEGERS = {"sorted", "picked"}
"""Names of the functions with arguments of i32."""


@functools.cache
def executables(target: str) -> list[bytes]:
    """Compiles `PROGRAM` for a target; returns its executables."""
    module = decode_module(ireelite.compile(PROGRAM, targets=[target]).data)
    return [bytes(row.data) for row in module.rodata if _is_executable(bytes(row.data), target)]


def _is_executable(data: bytes, target: str) -> bool:
    if target == "vulkan-spirv":
        return data[:4] == MAGIC
    try:
        return decode_module(data) is not None
    except StatusError:
        return False


def run_scaled(device: Device, format: str, file: bytes) -> None:
    """Runs an executable's first entry point. Raises the error if that fails, AssertionError if it
    does not end in 30 seconds.
    """
    executable = device.create_executable(format, memoryview(file))
    buffers = [device.allocator.allocate(48, 3075, 64) for _ in range(3)]
    refs = tuple(BufferRef(0, buffer, 0, 32) for buffer in buffers)
    done = Fence([(Semaphore(), 1)])
    device.submit(None, done, [Dispatch(executable, 0, (1, 1, 1), (), refs)])
    if not done.wait(30):
        raise AssertionError("the device no longer runs code")


def arguments(name: str) -> list[Any]:
    """Returns arguments for a function of `PROGRAM`: arrays of ones."""
    dtype = np.int32 if name in INTEGERS else np.float32
    return [np.ones(shape, dtype) for shape in PROGRAM_INPUTS[name]]
