"""The test kernel of the suite: `y[i] += a * x[i]` on u32, where workgroup (u, v, w) has
i = u + 4 v + 16 w. So a driver that swaps the counts of a grid, or loses one, is seen.

Devices that load SPIR-V get the kernel as SPIR-V, other devices as a `HostExecutable` in Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from ireelite.hal.device import Device
from ireelite.hal.executable import BoundBuffer, Executable, HostDispatch, HostExecutable
from ireelite.hal.host_memory import HostBuffer
from ireelite.hal.host_pool import HostPool
from ireelite.status import invalid_argument

SPIRV = "vulkan-spirv-fb"
NAME = "axpy"


class HostAxpy(HostExecutable):
    """The kernel in Python."""

    def __init__(self) -> None:
        super().__init__("conformance", [NAME])

    def prepare(
        self,
        entry_point: int,
        workgroups: tuple[int, int, int],
        constants: Sequence[int],
        pool: HostPool | None = None,
    ) -> HostDispatch:
        """Returns a function of the bindings x and y. Raises INVALID_ARGUMENT for another entry
        point than 0 or another number of constants than 1.
        """
        if entry_point != 0 or len(constants) != 1:
            raise invalid_argument(f"entry point '{NAME}' is 0 and takes 1 constant")
        grid = [u + 4 * v + 16 * w for w, v, u in product(*map(range, workgroups[::-1]))]
        factor = constants[0]

        def run(bound: Sequence[BoundBuffer]) -> None:
            if len(bound) != 2:
                raise invalid_argument(
                    f"entry point '{NAME}' takes 2 bindings but {len(bound)} were given"
                )
            x, y = (_words(binding) for binding in bound)
            for i in grid:
                y[i] = y[i] + factor * x[i] & 0xFFFFFFFF

        return run


def _words(bound: BoundBuffer) -> memoryview:
    buffer, offset, length = bound
    if not isinstance(buffer, HostBuffer):
        raise invalid_argument(f"{buffer!r} is not in host memory")
    return buffer.data[offset : offset + length].cast("I")


def axpy_for(device: Device) -> Executable:
    """Returns the kernel for a device: as SPIR-V if its loaders accept SPIR-V, else in Python."""
    if device.loaders.accepts(SPIRV):
        return device.create_executable(SPIRV, memoryview(spirv_executable()))
    return HostAxpy()


def spirv_executable() -> bytes:
    """Returns the kernel as a serialized SPIR-V executable."""
    from ireelite.executables.vke1 import Vke1Binding, Vke1Executable, Vke1Pipeline, encode_vke1

    sets = ((Vke1Binding(0), Vke1Binding(1)),)
    return encode_vke1(Vke1Executable((_spirv(),), (Vke1Pipeline(NAME, 0, sets, 4),)))


def _spirv() -> bytes:
    from ireelite.executables.spirv_encode import encode_spirv
    from ireelite.executables.spirv_grammar import VALUES, instruction

    storage, decoration = VALUES["StorageClass"], VALUES["Decoration"]
    names = iter(range(1, 100))
    (void, function, u32, u32x3, id_pointer, id, array, block, block_pointer, x, y, element, zero,
     four, sixteen, constants, constants_pointer, constant, factor_pointer, main, label, ids, u, v, w,
     row, plane, start, i, x_at, x_i, factor_at, factor, product, y_at, y_i, sum) = (
        next(names) for _ in range(37))  # fmt: skip
    buffer, push = storage["StorageBuffer"], storage["PushConstant"]
    rows = [
        ("Capability", VALUES["Capability"]["Shader"]),
        ("Extension", "SPV_KHR_storage_buffer_storage_class"),
        ("MemoryModel", 0, 1),
        ("EntryPoint", VALUES["ExecutionModel"]["GLCompute"], main, NAME, id),
        ("ExecutionMode", main, VALUES["ExecutionMode"]["LocalSize"], 1, 1, 1),
        ("Decorate", id, decoration["BuiltIn"], VALUES["BuiltIn"]["WorkgroupId"]),
        ("Decorate", array, decoration["ArrayStride"], 4),
        ("Decorate", block, decoration["Block"]),
        ("MemberDecorate", block, 0, decoration["Offset"], 0),
        ("Decorate", constants, decoration["Block"]),
        ("MemberDecorate", constants, 0, decoration["Offset"], 0),
        *(("Decorate", each, decoration["DescriptorSet"], 0) for each in (x, y)),
        *(("Decorate", each, decoration["Binding"], n) for n, each in enumerate((x, y))),
        ("TypeVoid", void),
        ("TypeFunction", function, void),
        ("TypeInt", u32, 32, 0),
        ("TypeVector", u32x3, u32, 3),
        ("TypePointer", id_pointer, storage["Input"], u32x3),
        ("Variable", id_pointer, id, storage["Input"]),
        ("TypeRuntimeArray", array, u32),
        ("TypeStruct", block, array),
        ("TypePointer", block_pointer, buffer, block),
        ("Variable", block_pointer, x, buffer),
        ("Variable", block_pointer, y, buffer),
        ("TypePointer", element, buffer, u32),
        *(("Constant", u32, each, value) for each, value in ((zero, 0), (four, 4), (sixteen, 16))),
        ("TypeStruct", constants, u32),
        ("TypePointer", constants_pointer, push, constants),
        ("Variable", constants_pointer, constant, push),
        ("TypePointer", factor_pointer, push, u32),
        ("Function", void, main, 0, function),
        ("Label", label),
        ("Load", u32x3, ids, id),
        *(("CompositeExtract", u32, each, ids, n) for n, each in enumerate((u, v, w))),
        ("IMul", u32, row, v, four),
        ("IMul", u32, plane, w, sixteen),
        ("IAdd", u32, start, row, plane),
        ("IAdd", u32, i, start, u),
        ("AccessChain", element, x_at, x, zero, i),
        ("Load", u32, x_i, x_at),
        ("AccessChain", factor_pointer, factor_at, constant, zero),
        ("Load", u32, factor, factor_at),
        ("IMul", u32, product, x_i, factor),
        ("AccessChain", element, y_at, y, zero, i),
        ("Load", u32, y_i, y_at),
        ("IAdd", u32, sum, y_i, product),
        ("Store", y_at, sum),
        ("Return",),
        ("FunctionEnd",),
    ]
    made = [instruction(f"Op{name}", *operands) for name, *operands in rows]
    return encode_spirv(made, next(names)).data
