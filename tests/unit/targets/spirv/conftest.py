"""Kernels written as text, made into shaders, checked with spirv-val,
and run on a WebGPU adapter.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

from ireelite.dialects import spirv
from ireelite.executables.vke1 import decode_vke1
from ireelite.syntax.context import make_context
from ireelite.syntax.parser import StageParser
from ireelite.targets.registry import TargetOptions
from ireelite.targets.spirv.target import SpirvTarget

ELEMENTS = {
    "float32": "f32",
    "float64": "f64",
    "int32": "i32",
    "int64": "i64",
    "int8": "i8",
    "bool": "i1",
}


def memref_type(array: np.ndarray) -> str:
    extents = "".join(f"{extent}x" for extent in array.shape)
    return f"memref<{extents}{ELEMENTS[array.dtype.name]}>"


def kernel_text(buffers: Sequence[np.ndarray], shape: Sequence[int], body: str) -> str:
    """A kernel over the index space `shape`.

    In `body`, %a0, %a1, … are the buffers and `T0`, `T1`, … their types, %i0, %i1, … the indices,
    %c0, %c1, … the constants 0 and 1 and all extents.
    """
    space = list(shape) or [1]
    workload = [space[-1], space[-2] if len(space) > 1 else 1, prod(space[:-2])]
    for number in reversed(range(len(buffers))):
        body = body.replace(f"T{number}", memref_type(buffers[number]))
    arguments = ", ".join(f"%a{n}: {memref_type(buffer)}" for n, buffer in enumerate(buffers))
    numbers = sorted({0, 1, *space, *(extent for buffer in buffers for extent in buffer.shape)})
    constants = "\n".join(f"%c{n} = arith.constant {n} : index" for n in numbers)
    rank = len(space)
    bounds = ", ".join(["%c0"] * rank + [f"%c{extent}" for extent in space] + ["%c1"] * rank)
    return f"""
        func.func @kernel({arguments}) attributes {{iree.executable.export, iree.ordinal = 0 : i32,
            iree.executable.workload = dense<{workload}> : tensor<3xi32>}} {{
          {constants}
          "scf.parallel"({bounds}) <{{operandSegmentSizes = array<i32: {rank}, {rank}, {rank}, 0>}}> ({{
          ^bb0({", ".join(f"%i{n}: index" for n in range(rank))}):
            {body}
            scf.reduce
          }}) : ({", ".join(["index"] * 3 * rank)}) -> ()
          func.return
        }}"""


def parse(text: str) -> ModuleOp:
    module = StageParser(make_context(), text).parse_module()
    module.verify()
    return module


def validate(words: bytes, environment: str = "vulkan1.1") -> None:
    """Fails with spirv-val's words if it finds something wrong."""
    command = ["spirv-val", "--target-env", environment, "-"]
    checked = subprocess.run(command, input=words, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr.decode() + checked.stdout.decode()


class Shaders:
    """Makes shaders of kernels."""

    target = SpirvTarget()
    kernel_text = staticmethod(kernel_text)
    parse = staticmethod(parse)
    validate = staticmethod(validate)

    def lower(
        self, text: str, workgroup_size: tuple[int, int, int] | None = None
    ) -> spirv.ModuleOp:
        """The verified shader of a kernel's text."""
        shader = self.target.lower(parse(text), None, TargetOptions(workgroup_size=workgroup_size))
        shader.verify()
        return shader

    def words(self, shader: spirv.ModuleOp) -> bytes:
        """The valid SPIR-V of a shader."""
        words = decode_vke1(self.target.serialize(shader, TargetOptions()).data).shaders[0]
        validate(words)
        return words


class GpuKernels(Shaders):
    """Runs kernels."""

    @cached_property
    def device(self) -> Any:
        from ireelite.hal.drivers.webgpu_gpu import adapters

        adapter = adapters()[0]
        return adapter.request_device_sync(
            required_features=sorted({"shader-f64", "shader-int64"} & set(adapter.features))
        )

    def run(
        self,
        body: str,
        *buffers: np.ndarray,
        shape: Sequence[int] | None = None,
        workgroup_size: tuple[int, int, int] | None = None,
    ) -> tuple[np.ndarray, ...]:
        """Runs a kernel over `shape`, or else that of the last buffer;
        returns all buffers after.
        """
        import wgpu

        shape = buffers[-1].shape if shape is None else shape
        text = kernel_text(buffers, shape, body)
        shader = self.lower(text, workgroup_size)
        space = list(shape) or [1]
        workload = space[-1], space[-2] if len(space) > 1 else 1, prod(space[:-2])
        usage = wgpu.BufferUsage.STORAGE | wgpu.BufferUsage.COPY_SRC
        storage = [
            self.device.create_buffer_with_data(
                data=b.tobytes() + bytes(-b.nbytes % 4), usage=usage
            )
            for b in buffers
        ]
        kind = {"visibility": wgpu.ShaderStage.COMPUTE, "buffer": {"type": "storage"}}
        layout = self.device.create_bind_group_layout(
            entries=[{"binding": n, **kind} for n in range(len(buffers))]
        )
        pipeline = self.device.create_compute_pipeline(
            layout=self.device.create_pipeline_layout(bind_group_layouts=[layout]),
            compute={
                "module": self.device.create_shader_module(code=self.words(shader)),
                "entry_point": "kernel",
            },
        )
        resources = [
            {"binding": n, "resource": {"buffer": b, "offset": 0, "size": b.size}}
            for n, b in enumerate(storage)
        ]
        encoder = self.device.create_command_encoder()
        work = encoder.begin_compute_pass()
        work.set_pipeline(pipeline)
        work.set_bind_group(0, self.device.create_bind_group(layout=layout, entries=resources))
        work.dispatch_workgroups(*self.target.workgroup_counts(shader, workload))
        work.end()
        self.device.queue.submit([encoder.finish()])
        contents = [bytes(self.device.queue.read_buffer(on_gpu)) for on_gpu in storage]
        return tuple(
            np.frombuffer(content, buffer.dtype, count=buffer.size).reshape(buffer.shape)
            for buffer, content in zip(buffers, contents, strict=True)
        )

    def elementwise(self, op: str, *inputs: np.ndarray, dtype: Any, **options: Any) -> np.ndarray:
        """`op` with `$` for the operands, as `arith.mulf $ :
        f32`, at each place of equal arrays.
        """
        place = "[" + ", ".join(f"%i{n}" for n in range(inputs[0].ndim)) + "]"
        loads = [f"%x{n} = memref.load %a{n}{place} : T{n}" for n in range(len(inputs))]
        operands = ", ".join(f"%x{n}" for n in range(len(inputs)))
        store = f"memref.store %r, %a{len(inputs)}{place} : T{len(inputs)}"
        body = "\n".join([*loads, f"%r = {op.replace('$', operands)}", store])
        return self.run(body, *inputs, np.ones(inputs[0].shape, dtype), **options)[-1]


@pytest.fixture(scope="session")
def shaders() -> Shaders:
    return Shaders()


@pytest.fixture(scope="session")
def gpu_kernels() -> GpuKernels:
    return GpuKernels()
