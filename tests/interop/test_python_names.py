"""One program against IREE's Python packages and against ours: only its imports are renamed."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.interop

PROGRAM = '''
import sys
import numpy as np
import PACKAGE.compiler as compiler
import PACKAGE.runtime as rt

WORDS = [b"so", b"long", b"and", b"thanks"]

SOURCE = """
module @main {
  util.global private mutable @words : !util.list<?>
  util.initializer {
    %capacity = arith.constant 4 : index
    %list = util.list.create %capacity : !util.list<?>
    util.global.store %list, @words : !util.list<?>
    util.return
  }
  func.func private @dictionary.look_up(tensor<?xi32>, !util.list<?>) -> i32
  func.func private @dictionary.joined(!util.list<?>) -> !util.buffer
  func.func @add(%ids: tensor<?xi32>) -> i32 {
    %words = util.global.load @words : !util.list<?>
    %count = call @dictionary.look_up(%ids, %words) : (tensor<?xi32>, !util.list<?>) -> i32
    return %count : i32
  }
  func.func @text() -> !util.buffer {
    %words = util.global.load @words : !util.list<?>
    %text = call @dictionary.joined(%words) : (!util.list<?>) -> !util.buffer
    return %text : !util.buffer
  }
  func.func @product(%a: tensor<2xf32>, %b: tensor<2xf32>) -> tensor<2xf32> {
    %0 = stablehlo.multiply %a, %b : tensor<2xf32>
    return %0 : tensor<2xf32>
  }
}
"""


class Dictionary:
    def __init__(self, interface):
        self.calls = 0

    def look_up(self, ids, words):
        self.calls += 1
        view = ids.deref(rt.HalBufferView)
        dtype = rt.HalElementType.map_to_dtype(view.element_type)
        found = view.map().asarray(view.shape, dtype)
        target = words.deref(rt.VmVariantList)
        for number in found:
            buffer = rt.VmBuffer(len(WORDS[number]))
            memoryview(buffer)[:] = WORDS[number]
            target.push_ref(buffer)
        return self.calls

    def joined(self, words):
        known = words.deref(rt.VmVariantList)
        text = b" ".join(bytes(known.get_as_object(n, rt.VmBuffer)) for n in range(len(known)))
        result = rt.VmBuffer(len(text))
        memoryview(result)[:] = text
        return result.ref


def dictionary():
    interface = rt.PyModuleInterface("dictionary", Dictionary)
    interface.export("look_up", "0rr_i", Dictionary.look_up)
    interface.export("joined", "0r_r", Dictionary.joined)
    return interface.create()


data = compiler.compile_str(SOURCE, target_backends=["vmvx"])
config = rt.Config("local-sync")
main = rt.VmModule.copy_buffer(config.vm_instance, data)
context = rt.SystemContext(vm_modules=[dictionary(), main], config=config)
bound = context.modules.main
print(bound.name, sorted(n for n in main.function_names if n[0] != "_"), main.version)
print(bound.add(np.int32([0, 1])), bound.add(np.int32([2, 3])))
print(bytes(bound.text().deref(rt.VmBuffer)))
product = bound.product(np.float32([1, 2]), np.float32([3, 4]))
print(repr(product), product.shape, product.dtype, np.asarray(product + 1), product.to_host())
print(repr(main.lookup_function("add").reflection.get("iree.abi.model")))
try:
    bound.product(np.float32([1]), np.float32([1, 2]))
except ValueError as error:
    print("expected 2 but have 1" in str(error), str(error)[:25])
try:
    compiler.compile_str("func.func @f(", target_backends=["vmvx"])
except compiler.CompilerToolError as error:
    print(str(error)[:36], "Error code: 1" in str(error))
try:
    bound.nothing
except AttributeError:
    print("no such function")
items = rt.VmVariantList(2)
items.push_int(7)
items.push_float(0.5)
items.push_list(items)
print(items, len(items), items.get_variant(1), items.ref.isinstance(rt.VmVariantList))
device = config.device
semaphore = device.create_semaphore(0)
source = rt.asdevicearray(device, np.int16([5, 6]))._buffer_view.get_buffer()
target = device.allocator.allocate_buffer(
    rt.MemoryType.DEVICE_LOCAL, rt.BufferUsage.DEFAULT | rt.BufferUsage.MAPPING, 4
)
start, done = [rt.HalFence.create_at(semaphore, value) for value in (0, 1)]
device.queue_copy(source, target, start, done)
print(done.wait(), target.map().asarray((2,), np.dtype("int16")))
print(rt.HalBufferView(target, (2,), rt.HalElementType.SINT_16))
'''


def test_the_same_program_prints_the_same():
    printed = {}
    for package in ("iree", "ireelite"):
        text = PROGRAM.replace("PACKAGE", package)
        ran = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", text], capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stderr
        printed[package] = ran.stdout
    assert printed["ireelite"] == printed["iree"]
    assert "so long and thanks" in printed["iree"]
