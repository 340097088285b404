"""What a fuzzed process is given besides programs: shaders, code of the VM, calls of the HAL, and
spoiled files for each tool."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any, Protocol

from fuzz_limits import TooLong, at_most
from fuzz_mutations import INTERESTING, mutate_bytes
from text_cases import Outcome, signature_of, trace_of
from text_corpus import Program

import ireelite
from ireelite.bytecode.decode import decode_module
from ireelite.executables.spirv_decode import decode_spirv
from ireelite.executables.vke1 import MAGIC, decode_vke1, encode_vke1
from ireelite.hal.command_buffer import BufferRef, Dispatch
from ireelite.hal.device import Device
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.linking import open_device
from ireelite.status import StatusCode, StatusError

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


MEMORY = 24 << 30
"""Bytes of address space that cases may take: drivers map far more than they use."""


class Kind(Protocol):
    """Cases of one kind."""

    def make(self, random: Random) -> tuple[str, bytes]:
        """How a case was made, and its bytes."""
        ...

    def run(self, data: bytes) -> str:
        """The stage at which a case ends well. Raises StatusError for a refusal, and a finding."""
        ...


@functools.cache
def executables(target: str) -> list[bytes]:
    """The executables of a program for a target."""
    module = decode_module(ireelite.compile(PROGRAM, targets=[target]).data)
    return [bytes(row.data) for row in module.rodata if _is_executable(bytes(row.data), target)]


def _is_executable(data: bytes, target: str) -> bool:
    return data[:4] == MAGIC if target == "vulkan-spirv" else data[4:8] == b"IREE"


class Shaders:
    """SPIR-V executables with changed instructions or bytes, loaded as what is not trusted is."""

    def __init__(self) -> None:
        self.device = open_device("webgpu")
        self.files = executables("vulkan-spirv")
        self.loaded = 0

    def make(self, random: Random) -> tuple[str, bytes]:
        """One of three is changed in its bytes, the others in the instructions of a shader."""
        file = random.choice(self.files)
        if not random.randrange(3):
            return "bytes", mutate_bytes(file, random.choice(self.files), random)
        executable = decode_vke1(memoryview(file))
        shaders = list(executable.shaders)
        at = random.randrange(len(shaders))
        shaders[at] = mutate_words(bytes(shaders[at]), random)
        return "instructions", bytes(encode_vke1(replace(executable, shaders=shaders)))

    def run(self, data: bytes) -> str:
        """Loads the executable; a device that took one still runs code."""
        code = memoryview(data)
        self.device.loaders.try_out(VULKAN, code)
        self.device.create_executable(VULKAN, code)
        self.loaded += 1
        if self.loaded % 50 == 1:
            run_scaled(self.device, VULKAN, self.files[0])
        return "module"


def run_scaled(device: Device, format: str, file: bytes) -> None:
    """Runs the first function's code. Raises what keeps it from running."""
    executable = device.create_executable(format, memoryview(file))
    buffers = [device.allocator.allocate(48, 3075, 64) for _ in range(3)]
    refs = tuple(BufferRef(0, buffer, 0, 32) for buffer in buffers)
    done = Fence([(Semaphore(), 1)])
    device.submit(None, done, [Dispatch(executable, 0, (1, 1, 1), (), refs)])
    if not done.wait(30):
        raise AssertionError("the device no longer runs code")


def mutate_words(words: bytes, random: Random) -> bytes:
    """Instructions dropped, repeated, moved, or with another opcode or other operands."""
    module = decode_spirv(words)
    rows = [list(memoryview(words).cast("I")[:5])]
    starts = [offset for offset, _ in module]
    flat = memoryview(words).cast("I").tolist()
    for start, end in zip(starts, [*starts[1:], len(flat)], strict=True):
        rows.append(flat[start:end])
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        at = random.randrange(1, len(rows))
        row = rows[at] = list(rows[at])
        match random.randrange(8):
            case 0:
                del rows[at]
            case 1:
                rows.insert(at, list(row))
            case 2:
                rows.insert(random.randrange(1, len(rows)), rows.pop(at))
            case 3:
                row[0] = row[0] & 0xFFFF0000 | random.choice(rows[1:])[0] & 0xFFFF
            case 4 if len(row) > 1:
                row[random.randrange(1, len(row))] = random.choice(INTERESTING)
            case 5:
                row += [random.randrange(1, max(2, flat[3]))] * random.randrange(1, 3)
                row[0] = len(row) << 16 | row[0] & 0xFFFF
            case _ if len(row) > 1:
                row[random.randrange(1, len(row))] = random.randrange(1, max(2, flat[3]))
            case _:
                pass
        if len(rows) < 2:
            break
    out = [word & 0xFFFFFFFF for row in rows for word in row]
    return b"".join(word.to_bytes(4, "little") for word in out)


KINDS: dict[str, Any] = {"shaders": Shaders}


class MachineCases:
    """The cases of a seed, of one kind."""

    memory = MEMORY

    def __init__(self, seed: int, kind: str):
        self.seed = seed
        self.name = kind
        self.targets: Sequence[str] = (kind,)
        self.programs = (kind,)

    @functools.cached_property
    def kind(self) -> Kind:
        """What makes and runs the cases, in the process that does."""
        return KINDS[self.name]()

    def warm_up(self) -> None:
        """Loads what cases need."""
        self.make(0)

    def make(self, case: int) -> tuple[str, Program]:
        """How a case was made, and its bytes."""
        edit, data = self.kind.make(Random(f"{self.seed}/{case}"))
        return edit, Program(self.name, data)

    def run(self, case: int, program: Program, patience: float) -> Outcome:
        """How a case ends."""
        try:
            with at_most(patience):
                return Outcome(self.kind.run(program.data))
        except StatusError as error:
            if error.code is StatusCode.INTERNAL:
                return Outcome("text", "", f"INTERNAL: {error.message[:60]}", trace_of(error))
            return Outcome("text", error.message)
        except (Exception, TooLong) as error:
            return Outcome("text", "", signature_of(error), trace_of(error))
