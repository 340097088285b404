"""Loader of `vmvx-bytecode-fb`: the executable is a VM module itself, and runs in a VM within the
loader.

Each export is an entry point that is called once a workgroup: with local memory, push constants, a
list of the bindings, and the workgroup's id, size and count.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ireelite.forking import short_lock
from ireelite.hal.command_buffer import MAX_BINDINGS
from ireelite.hal.executable import (
    BoundBuffer,
    HostDispatch,
    HostExecutable,
    NativeEntry,
    PlannedDispatch,
)
from ireelite.hal.host_memory import HostBuffer
from ireelite.loaders import vmvx_bindings
from ireelite.status import StatusError, invalid_argument

if TYPE_CHECKING:
    from ireelite.hal.buffer import Buffer as HalBuffer
    from ireelite.hal.host_pool import HostPool
    from ireelite.vm.context import Context
    from ireelite.vm.jit.places import Place
    from ireelite.vm.module import Export
    from ireelite.vm.refs import Buffer as VmBuffer

ENTRY_POINT_CCONV = "0rrriiiiiiiii_v"
SET_CONSTANTS = "__set_constants"
NOT_ENTRY_POINTS = (SET_CONSTANTS, "__init", "__deinit")
MAX_LOCAL_MEMORY = 1 << 28
"""Maximum number of bytes of an entry point's local memory."""
MAX_PLANNED_INSTRUCTIONS = 1 << 28
"""Instructions of a dispatch by a plan, which nothing interrupts: tenths of a second. What needs more
takes the ordinary way, where signals and deadlines are looked at meanwhile."""


class VmvxLoader:
    """Takes VM modules whose exports are dispatch functions."""

    formats = ("vmvx-bytecode-fb",)
    native = False

    def load(self, format: str, data: memoryview, constants: memoryview | None) -> VmvxExecutable:
        """Links the module in a context of its own, under the limits of the call that asks for it,
        behind the `vmvx` module if it depends on that.

        Raises what loading a module raises, and INVALID_ARGUMENT for exports that are not entry
        points.
        """
        from ireelite.vm.bytecode_module import BytecodeModule
        from ireelite.vm.context import Context
        from ireelite.vm.instance import Instance
        from ireelite.vm.running_meters import running_meter

        module = BytecodeModule.from_bytes(data)
        context = Context(Instance(), limits=running_meter())
        if any(dependency.name == "vmvx" for dependency in module.dependencies):
            from ireelite.modules.vmvx import vmvx_module

            context.register(vmvx_module())
        context.register(module)
        return VmvxExecutable(format, context, module.name, constants)


class VmvxExecutable(HostExecutable):
    """Entry points in a VM. The context is one, so calls take turns."""

    def __init__(self, format: str, context: Context, module: str, constants: memoryview | None):
        from ireelite.vm.jit.dispatch import EntryPoint
        from ireelite.vm.refs import Buffer

        state: Any = context.states[module]
        exports = state.exports()
        names = [name for name in exports if name not in NOT_ENTRY_POINTS]
        super().__init__(format, names)
        self._turn = short_lock()
        self.context = context
        self.module = module
        for name in names:
            if exports[name].cconv != ENTRY_POINT_CCONV:
                raise invalid_argument(
                    f"executable export '{name}' has calling convention {exports[name].cconv}; "
                    f"an entry point has {ENTRY_POINT_CCONV}"
                )
        calls = [exports[name].call for name in names]
        meter = context.meter
        self._functions: list[Callable[..., Any]] = (
            calls if meter is None else [meter.guard(call) for call in calls]
        )
        self._points = points = [EntryPoint(state, exports[name].ordinal) for name in names]
        self._compiled: list[Callable[..., int]] = [
            point.run if meter is None else meter.guard(point.run) for point in points
        ]
        self._local_memory = [
            _number(exports[name], "local_memory", MAX_LOCAL_MEMORY) or 0 for name in names
        ]
        self._binding_counts = [
            _number(exports[name], "binding_count", MAX_BINDINGS) for name in names
        ]
        self._written: dict[int, frozenset[int] | None] = {}
        if SET_CONSTANTS in exports:
            context.lookup_function(f"{module}.{SET_CONSTANTS}")(
                Buffer(constants or b"", mutable=False)
            )

    def written_bindings(self, entry_point: int) -> frozenset[int] | None:
        """Returns the bindings that an entry point may write to, derived from the code on the first
        call; None if they are unknown.
        """
        if entry_point not in self._written:
            state: Any = self.context.states[self.module]
            ordinal = state.exports()[self.entry_points[entry_point]].ordinal
            imports = [each.full_name for each in state.module.definition.imports]
            self._written[entry_point] = vmvx_bindings.written_bindings(
                state.function_def(ordinal), imports
            )
        return self._written[entry_point]

    def prepare(
        self,
        entry_point: int,
        workgroups: tuple[int, int, int],
        constants: Sequence[int],
        pool: HostPool | None = None,
    ) -> HostDispatch:
        """Prepares one call a workgroup, x fastest; or one call of compiled code for those that are
        left.
        """
        from ireelite.vm.backtrace import explain
        from ireelite.vm.jit.dispatch import WORKGROUPS_PER_CHECK, some_ids
        from ireelite.vm.jit.places import NOWHERE
        from ireelite.vm.refs import Buffer, List

        name = self.entry_points[entry_point]
        function = self._functions[entry_point]
        expected = self._binding_counts[entry_point]
        words = _as_words(constants)
        local = Buffer(bytearray(self._local_memory[entry_point]))
        nx, ny, nz = workgroups
        total = nx * ny * nz
        ids = tuple(some_ids(workgroups, 0, total)) if total <= WORKGROUPS_PER_CHECK else ()
        compiled = self._compiled[entry_point]

        heads = (local.place, words.place, NOWHERE)

        def run(bound: Sequence[BoundBuffer]) -> None:
            if expected is not None and len(bound) != expected:
                raise invalid_argument(
                    f"entry point '{name}' takes {expected} bindings but {len(bound)} were given"
                )
            places: list[Place] = [*heads]
            for position, (buffer, offset, length) in enumerate(bound):
                if not isinstance(buffer, HostBuffer):
                    raise invalid_argument(f"{buffer!r} is not in host memory")
                room = length
                if buffer.data.readonly:
                    written = self.written_bindings(entry_point)
                    if written is None or position in written:
                        buffer.detach()
                    else:
                        room = 0
                places.append((buffer.address + offset, length, room))
            bindings = List("!vm.buffer")

            def arguments() -> tuple[Buffer, Buffer, List]:
                if not bindings.items:
                    bindings.items = [_as_vm_buffer(*each) for each in bound]
                return local, words, bindings

            try:
                with self._turn:
                    done = 0
                    while (begin := compiled(places, arguments, workgroups, done)) < total:
                        done = min(begin + WORKGROUPS_PER_CHECK, total)
                        made = arguments()
                        for x, y, z in ids or some_ids(workgroups, begin, done):
                            function(*made, x, y, z, 1, 1, 1, nx, ny, nz)
            except Exception as error:
                explained = explain(error)
                if isinstance(explained, StatusError):
                    explained.annotate(f"while dispatching '{name}'")
                raise explained from error
            finally:
                bindings.items = []

        return run

    def native_entry(self, dispatch: PlannedDispatch) -> NativeEntry | None:
        """Returns the compiled code with a state to begin with; None under limits, and for an entry
        point that can't be compiled, that has local memory, or that fails at once.

        Raises UNAVAILABLE if the entry point has not run often enough to be compiled.
        """
        from ireelite.hal.native_code import native_code
        from ireelite.vm.jit.kernel import FIRST_BINDING
        from ireelite.vm.jit.places import NOWHERE
        from ireelite.vm.refs import Buffer

        number, bindings = dispatch.entry_point, dispatch.bindings
        expected = self._binding_counts[number]
        if (
            self.context.meter is not None
            or self._local_memory[number]
            or (expected is not None and expected != len(bindings))
        ):
            return None
        with self._turn:
            code = self._points[number].code
        if code is None or (native := native_code()) is None:
            return None
        constants = _as_words(dispatch.constants)
        places = [
            Buffer(b"").place,
            constants.place,
            NOWHERE,
            *((0, length, length if writes else 0) for length, writes in bindings),
        ]
        overlaps = {
            (one + FIRST_BINDING, other + FIRST_BINDING) for one, other in dispatch.overlaps
        }
        state = code.initial_state(places, overlaps, dispatch.workgroups, MAX_PLANNED_INSTRUCTIONS)
        if state is None:
            return None
        sources = (ctypes.c_int64 * max(len(state.buffers), 1))(
            *(max(number - FIRST_BINDING, -1) for number in state.buffers)
        )
        row = _PlannedCode(
            state.compiled.address,
            dispatch.stopped,
            ctypes.addressof(state.words),
            len(state.words),
            ctypes.addressof(sources),
            len(state.buffers),
            state.grid,
        )
        return NativeEntry(native.addresses["bytecode"], row, (self, state, sources, constants))


class _PlannedCode(ctypes.Structure):
    """The constants of `bytecode` of `replay.ll`."""

    _fields_ = (
        ("function", ctypes.c_void_p),
        ("stopped", ctypes.c_void_p),
        ("initial", ctypes.c_void_p),
        ("words", ctypes.c_int64),
        ("sources", ctypes.c_void_p),
        ("buffers", ctypes.c_int64),
        ("range", ctypes.c_int64),
    )


def _as_words(constants: Sequence[int]) -> VmBuffer:
    """Returns constants as 32-bit words that can't be changed."""
    from ireelite.vm.refs import Buffer

    words = (constant & 0xFFFFFFFF for constant in constants)
    return Buffer(struct.pack(f"<{len(constants)}I", *words), mutable=False)


def _number(export: Export, key: str, most: int) -> int | None:
    """Returns a number of an export's reflection; None if it has none. Raises INVALID_ARGUMENT for
    what is no number from 0 to `most`.
    """
    text = export.reflection.get(key)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 20 and int(text) <= most):
        raise invalid_argument(
            f"executable export '{export.name}' has the {key} '{text[:40]}'; a number from 0 to "
            f"{most} is expected"
        )
    return int(text)


def _as_vm_buffer(buffer: HalBuffer, offset: int, length: int) -> VmBuffer:
    """Returns a range of a host buffer as the VM takes it, which does not write to read-only
    memory.
    """
    from ireelite.vm.refs import Buffer

    assert isinstance(buffer, HostBuffer)
    data = buffer.data
    if offset or length != buffer.byte_length:
        data = data[offset : offset + length]
    return Buffer(data, not data.readonly)
