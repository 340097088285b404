"""Kernels written as text, compiled to native code and called with ctypes."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

from ireelite.syntax.context import make_context
from ireelite.syntax.parser import StageParser

ELEMENTS = {"float32": "f32", "int32": "i32", "int64": "i64", "int8": "i8", "bool": "i1"}
_library_number = itertools.count()


def memref_type(array: np.ndarray) -> str:
    """The kernel-level type of an array."""
    extents = "".join(f"{extent}x" for extent in array.shape)
    return f"memref<{extents}{ELEMENTS[array.dtype.name]}>"


def kernel_text(arrays: Sequence[np.ndarray], shape: Sequence[int], body: str) -> str:
    """A kernel over an index space `shape`.

    In `body`, %a0, %a1, … are the buffers, %i, %j, %k the indices, %c0, %c1, … the constants of the
    extents, and `TYPE0`, `TYPE1`, … the types of the buffers.
    """
    rank = len(shape)
    for position, array in enumerate(arrays):
        body = body.replace(f"TYPE{position}", memref_type(array))
    buffers = ", ".join(f"%a{n}: {memref_type(array)}" for n, array in enumerate(arrays))
    numbers = sorted({0, 1, *shape, *(extent for array in arrays for extent in array.shape)})
    bounds = ["%c0"] * rank + [f"%c{extent}" for extent in shape] + ["%c1"] * rank
    segments = ", ".join([str(rank)] * 3)
    lines = [
        f"func.func @kernel({buffers}) attributes {{",
        "  iree.executable.export, iree.executable.workload = dense<[1, 1, 1]> : tensor<3xi32>,",
        "  iree.ordinal = 0 : i32} {",
        *(f"  %c{number} = arith.constant {number} : index" for number in numbers),
        f'  "scf.parallel"({", ".join(bounds)}) <{{operandSegmentSizes = array<i32: {segments}, 0>}}> ({{',
        f"  ^bb0({', '.join(f'%{index}: index' for index in 'ijk'[:rank])}):",
        body,
        "    scf.reduce",
        f"  }}) : ({', '.join(['index'] * 3 * rank)}) -> ()",
        "  func.return",
        "}",
    ]
    return "\n".join(lines)


def elementwise_text(op: str, arrays: Sequence[np.ndarray]) -> str:
    """A kernel that writes `op` of the elements of all arrays but the last to the last; rank 1."""
    loads = [f"%x{n} = memref.load %a{n}[%i] : TYPE{n}" for n in range(len(arrays) - 1)]
    loaded = ", ".join(f"%x{n}" for n in range(len(arrays) - 1))
    store = f"memref.store %r, %a{len(arrays) - 1}[%i] : TYPE{len(arrays) - 1}"
    return kernel_text(
        arrays, arrays[0].shape, "\n".join([*loads, f"%r = {op.replace('$', loaded)}", store])
    )


class NativeKernels:
    """Compiles and runs kernels; keeps their code alive."""

    memref_type = staticmethod(memref_type)
    kernel_text = staticmethod(kernel_text)
    elementwise_text = staticmethod(elementwise_text)

    def __init__(self):
        from ireelite.executables.native_object import llvm

        self.binding = llvm()
        self.jit = self.binding.create_lljit_compiler()
        self.libraries: list[object] = []

    def parse(self, text: str) -> ModuleOp:
        """A verified module."""
        module = StageParser(make_context(), text).parse_module()
        module.verify()
        return module

    def run(self, text: str, *arrays: np.ndarray, begin: int = 0, end: int | None = None) -> None:
        """Runs workgroups of the kernel `text` on buffers, all of them by default."""
        from ireelite.executables.native import NativeExecutable
        from ireelite.targets.registry import TargetOptions, find_target

        target = find_target("llvm-cpu")
        body = target.lower(self.parse(text), None, TargetOptions())
        body.verify()
        executable = NativeExecutable.decode(target.serialize(body, TargetOptions()).data)
        (entry,) = executable.entry_points
        assert entry.binding_sizes == tuple(array.nbytes for array in arrays)
        builder = self.binding.JITLibraryBuilder()
        builder.add_object_img(bytes(executable.object_code)).export_symbol(entry.name)
        library = builder.link(self.jit, f"test{next(_library_number)}")
        self.libraries.append(library)
        function = ctypes.CFUNCTYPE(
            None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64
        )
        bindings = (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))
        count = target.workgroup_counts(body, (1, 1, 1))[0]
        function(library[entry.name])(bindings, None, begin, count if end is None else end)

    def elementwise(self, op: str, *arrays: np.ndarray, dtype: str = "float32") -> np.ndarray:
        """`op` with `$` for the operands, as `arith.mulf $ : f32`, of arrays of rank 1."""
        result = np.zeros(arrays[0].shape, dtype)
        self.run(elementwise_text(op, [*arrays, result]), *arrays, result)
        return result


@pytest.fixture(scope="session")
def native() -> NativeKernels:
    return NativeKernels()
