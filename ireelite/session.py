"""Loading a module and calling its functions with NumPy arrays.

    module = load("simple_mul.vmfb")
    module.simple_mul(a, b)

Arrays are passed with the element type they have; only Python numbers and lists take the type that
the function declares. Shapes and types are checked by the module itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from sys import getrefcount
from typing import TYPE_CHECKING, Any

from ireelite import element_types
from ireelite.hal.buffer import BufferUsage, BufferView, MemoryType
from ireelite.hal.device import Allocator, Device
from ireelite.hal.host_memory import HostBuffer
from ireelite.hal.recording import Recording
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.records import CompilationRecord, ExecutionRecord, ExecutionRecorder
from ireelite.signature import Argument, Signature, parse_declaration
from ireelite.status import StatusCode, StatusError, invalid_argument, near_names, not_found

if TYPE_CHECKING:
    import numpy

    from ireelite.vm.bytecode_module import BytecodeModule
    from ireelite.vm.context import Context
    from ireelite.vm.function import Function
    from ireelite.vm.limits import Limits
    from ireelite.vm.module import Module

DEFAULT_DEVICE = "local-sync"
SMALL = 1 << 16
"""Arrays up to this many bytes are copied; finding out whether a larger one can be shared costs
less than copying."""

_MEMORY = int(MemoryType.HOST_LOCAL | MemoryType.DEVICE_LOCAL)
_USAGE = int(BufferUsage.DEFAULT | BufferUsage.MAPPING)


@cache
def open_device(uri: str) -> Device:
    """The process's device of that name, made when first asked for.

    Raises NOT_FOUND and UNAVAILABLE.
    """
    from ireelite.loaders import drivers

    return drivers().create(uri)


def load(
    program: bytes | bytearray | memoryview | str | Path | Any,
    device: Device | str | None = None,
    record: bool = False,
    limits: Limits | None = None,
) -> LoadedModule:
    """Loads a module, given as bytes, as the path of a file, or as what `ireelite.compile`
    returned.

    `device` is a name (`local-sync`, which is the default, or `webgpu`) or a device. With `record`,
    what happens is kept in `.record`. `limits` bound the instructions, the time and the memory of
    each call. Raises NOT_FOUND for files and devices that do not exist,
    INCOMPATIBLE if the module has nothing for the device, and what is wrong with the module's
    bytes.
    """
    from ireelite.vm.instance import Instance

    opened = (
        open_device(device or DEFAULT_DEVICE)
        if device is None or isinstance(device, str)
        else device
    )
    module = read_module(program)
    recorder = ExecutionRecorder(opened.id) if record else None
    recording = Recording(recorder) if recorder is not None else None
    context = link([module], [opened], recording, instance=Instance(), limits=limits)
    return LoadedModule(module, context, opened, recording)


def read_module(program: Any) -> BytecodeModule:
    """A bytecode module from bytes, a path, or an object whose `data` is one. Raises NOT_FOUND."""
    from ireelite.vm.bytecode_module import BytecodeModule

    if isinstance(program, BytecodeModule):
        return program
    if isinstance(program, (bytes, bytearray, memoryview)):
        return BytecodeModule.from_bytes(program)
    if isinstance(program, (str, Path)):
        if isinstance(program, str) and "\n" in program:
            raise invalid_argument(
                "this is a program's text, not a module; compile it with ireelite.compile first"
            )
        if not Path(program).is_file():
            raise not_found(f"failed to open file '{program}'")
        return BytecodeModule.from_file(program)
    data = getattr(program, "data", None)
    if data is None:
        raise invalid_argument(
            f"a module's bytes or the path of its file are expected, not {type(program).__name__}"
        )
    return BytecodeModule.from_bytes(data)


def link(
    modules: Sequence[BytecodeModule],
    devices: Sequence[Device],
    recording: Recording | None = None,
    instance: Any = None,
    natives: Sequence[Module] = (),
    limits: Limits | None = None,
    trace: Callable[[str], Any] | None = None,
) -> Context:
    """A context with the modules in order, and before them the `hal` module if one of them depends
    on it, and `natives`.
    """
    from ireelite.modules.hal import hal_module
    from ireelite.vm.context import Context
    from ireelite.vm.instance import Instance

    context = Context(
        instance or Instance(),
        (),
        None if recording is None else recording.recorder,
        limits=limits,
        trace=trace,
    )
    if any(d.name == "hal" for module in modules for d in module.dependencies):
        context.register(hal_module(devices, recording))
    for module in (*natives, *modules):
        context.register(module)
    return context


class LoadedModule:
    """A module on a device. Its exported functions are its attributes."""

    def __init__(
        self, module: BytecodeModule, context: Context, device: Device, recording: Recording | None
    ):
        self._context = context
        self._recording = recording
        self.name = module.name
        self.digest = module.definition.attrs.get("ireelite.record", "")
        """What the compiler calls this module in its record; empty for modules of other compilers."""
        self.device = device
        state = context.states[module.name]
        self.functions = {
            name: LoadedFunction(
                context.lookup_function(f"{module.name}.{name}"), device, recording
            )
            for name in state.exports()
            if not name.startswith("__")
        }
        """The exported functions by name."""

    @property
    def record(self) -> ExecutionRecord:
        """What has happened. Raises FAILED_PRECONDITION if it was not loaded with `record=True`."""
        if self._recording is None:
            raise StatusError(
                StatusCode.FAILED_PRECONDITION,
                "nothing was recorded; load the module with record=True",
            )
        # what a call leaves behind, as the release of transients, may be on its way
        self.device.wait_idle()
        return self._recording.recorder.record

    def compilation_record(self, path: str | Path) -> CompilationRecord:
        """The record of this module's compilation, from the JSON file that was written then.

        A module names its record by a digest. Raises FAILED_PRECONDITION if the file is about
        another module, INVALID_ARGUMENT if it is no record, and NOT_FOUND if it is not there.
        """
        if not Path(path).is_file():
            raise not_found(f"failed to open file '{path}'")
        record = CompilationRecord.from_json(Path(path).read_text(encoding="utf-8"))
        if not self.digest or record.module_digest != self.digest:
            raise StatusError(
                StatusCode.FAILED_PRECONDITION,
                f"'{path}' is about module {record.module_digest or '(none)'}, "
                f"not about this one, {self.digest or 'which names no record'}",
            )
        return record

    def __getitem__(self, name: str) -> LoadedFunction:
        """The function of that name. Raises NOT_FOUND with the near names."""
        if (function := self.functions.get(name)) is None:
            near = near_names(name, list(self.functions))
            raise not_found(f"no function `{name}` exported by module '{self.name}'{near}")
        return function

    def __getattr__(self, name: str) -> LoadedFunction:
        functions = self.__dict__.get("functions", {})
        if name in functions:
            return functions[name]
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(
            f"no function `{name}` exported by module '{self.__dict__.get('name')}'"
            f"{near_names(name, list(functions))}"
        )

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.functions]

    def __repr__(self) -> str:
        lines = [f"<module '{self.name}' on {self.device.id}"]
        lines += [f"  {function.signature}" for function in self.functions.values()]
        return "\n".join(lines) + ">"


class LoadedFunction:
    """An exported function: NumPy arrays in, NumPy arrays out."""

    __slots__ = ("_call", "_encode", "_recording", "device", "is_async", "signature")

    def __init__(self, function: Function, device: Device, recording: Recording | None):
        self.device = device
        self.signature = signature_of(function)
        """Names, shapes and types of arguments and results."""
        self.is_async = function.reflection.get("iree.abi.model") == "coarse-fences"
        self._recording = recording
        self._call: Callable[..., tuple[Any, ...]] = function.__call__
        self._encode = [
            Encoder(argument, device.allocator).encode for argument in self.signature.arguments
        ]

    def __call__(self, *arguments: Any) -> Any:
        """Calls the function and waits for it. One result is returned as it is, several as a tuple,
        none as None.

        Raises INVALID_ARGUMENT for a wrong number of arguments, for shapes and types other than
        declared, and what the function itself fails with.
        """
        encode = self._encode
        if len(arguments) != len(encode):
            error = invalid_argument(
                f"input list and function mismatch; expected {len(encode)} arguments "
                f"but passed {len(arguments)}"
            )
            raise error.annotate(f"invoking function '{self.signature.name}'; `{self.signature}`")
        if self._recording is not None:
            return self._recorded_call(self._recording, arguments)
        values = [encode_one(argument) for encode_one, argument in zip(encode, arguments)]
        try:
            if self.is_async:
                done = Fence([(Semaphore(), 1)])
                results = self._call(*values, None, done)
                done.wait()
            else:
                results = self._call(*values)
        except StatusError as error:
            error.annotate(f"invoking function '{self.signature.name}'")
            raise
        if len(results) == 1:
            return decode(results[0])
        return tuple([decode(result) for result in results]) or None

    def _recorded_call(self, recording: Recording, arguments: Sequence[Any]) -> Any:
        name = self.signature.name
        recording.recorder.position = None
        begin = recording.host_event("call_begin", function=name)
        try:
            values: list[Any] = []
            for encode, argument in zip(self._encode, arguments):
                values.append(value := encode(argument))
                if isinstance(value, BufferView):
                    buffer = recording.name_buffer(value.buffer)
                    recording.host_event(
                        "upload", [begin], buffer=buffer, bytes=value.buffer.byte_length
                    )
            if self.is_async:
                done = Fence([(Semaphore(), 1)])
                recording.name_semaphore(done.timepoints[0][0])
                results = self._call(*values, None, done)
                done.wait()
                recording.host_waited([done])
            else:
                results = self._call(*values)
            return (
                decode(results[0])
                if len(results) == 1
                else tuple(decode(r) for r in results) or None
            )
        except StatusError as error:
            error.annotate(f"invoking function '{name}'")
            raise
        finally:
            recording.recorder.position = None
            recording.host_event("call_end", [begin], function=name)

    def __repr__(self) -> str:
        return f"<function {self.signature} on {self.device.id}>"


def signature_of(function: Function) -> Signature:
    """The declared signature; without a declaration, what the calling convention says."""
    if declaration := function.reflection.get("iree.abi.declaration"):
        return parse_declaration(declaration)
    from ireelite.bytecode.calling_convention import parse_cconv

    types = {"i": "i32", "I": "i64", "f": "f32", "F": "f64", "r": "!vm.ref<?>"}
    convention = parse_cconv(function.cconv)
    arguments = [Argument(f"input{n}", types[kind]) for n, kind in enumerate(convention.arguments)]
    if function.reflection.get("iree.abi.model") == "coarse-fences":
        arguments = arguments[:-2]
    results = [Argument(f"output{n}", types[kind]) for n, kind in enumerate(convention.results)]
    return Signature(function.name, tuple(arguments), tuple(results))


class Encoder:
    """Turns a Python or NumPy value into the VM value of one argument."""

    __slots__ = ("_allocator", "_argument", "_array_class", "_code", "_dtype", "_is_scalar")

    def __init__(self, argument: Argument, allocator: Allocator):
        import numpy

        self._argument = argument
        self._allocator = allocator
        self._array_class = numpy.ndarray
        self._is_scalar = argument.scalar_kind is not None
        self._dtype: numpy.dtype[Any] | None = None
        self._code = 0
        if argument.element_type is not None and argument.dtype is not None:
            self._dtype = numpy_dtype(argument.dtype)
            self._code = argument.element_type.code

    def encode(self, value: Any) -> Any:
        """The VM value. Raises INVALID_ARGUMENT for what cannot be one."""
        if value.__class__ is not self._array_class:
            if self._is_scalar:
                return self._scalar(value)
            if value is None or getattr(value, "vm_type", None) is not None:
                return value
            value = self._array(value)
        elif self._is_scalar:
            return self._scalar(value)
        code = self._code if value.dtype is self._dtype else self._other_code(value.dtype)
        if value.nbytes <= SMALL:
            buffer = self._allocator.upload(_MEMORY, _USAGE, value.tobytes())
        else:
            buffer = self._allocator.import_data(_MEMORY, _USAGE, _bytes_of(value))
        return BufferView(buffer, list(value.shape), code)

    def _other_code(self, dtype: numpy.dtype[Any]) -> int:
        try:
            return element_types.from_numpy(dtype.name).code
        except StatusError as error:
            error.annotate(f"converting argument '{self._argument.name}'")
            raise

    def _array(self, value: Any) -> numpy.ndarray[Any, Any]:
        import numpy

        has_type = hasattr(value, "dtype") or hasattr(value, "__array__")
        try:
            return numpy.asarray(value, None if has_type else self._dtype)
        except (TypeError, ValueError, OverflowError) as error:
            raise self._unfit(value, f": {error}") from error

    def _scalar(self, value: Any) -> int | float:
        kind = self._argument.scalar_kind
        try:
            return int(value.__index__()) if kind in ("i", "I") else float(value)
        except (AttributeError, TypeError, ValueError) as error:
            raise self._unfit(value) from error

    def _unfit(self, value: Any, why: str = "") -> StatusError:
        given = repr(value) if len(repr(value)) < 80 else type(value).__name__
        return invalid_argument(
            f"argument '{self._argument.name}' is {self._argument.type}; given {given}{why}"
        )


def _bytes_of(array: numpy.ndarray[Any, Any]) -> memoryview:
    """The elements in row-major order: the array's own memory if that is how they lie."""
    import numpy

    return numpy.ascontiguousarray(array).reshape(-1).view(numpy.uint8).data


@cache
def numpy_dtype(name: str) -> numpy.dtype[Any]:
    """A dtype by name; those that NumPy has not come from `ml_dtypes`. Raises UNAVAILABLE without
    that package."""
    import numpy

    try:
        return numpy.dtype(name)
    except TypeError:
        pass
    try:
        import ml_dtypes
    except ImportError as error:
        raise StatusError(
            StatusCode.UNAVAILABLE, f"arrays of {name} need the package 'ml_dtypes'"
        ) from error
    return numpy.dtype(getattr(ml_dtypes, name))


@cache
def _dtype_of_code(code: int) -> numpy.dtype[Any]:
    type = element_types.from_code(code)
    return numpy_dtype(type.numpy or f"V{type.byte_size}")


def decode(value: Any) -> Any:
    """A result as a NumPy array; numbers and other references as they are.

    The array is the result's memory if nobody else holds that, else a copy: modules may keep
    results.
    """
    if value.__class__ is not BufferView:
        return value
    buffer = value.buffer
    if isinstance(buffer, HostBuffer):
        # References to the buffer: the view, the local variable, and the call's argument.
        alone = not buffer.borrowed and getrefcount(buffer) <= 3 and buffer.root is buffer
        data = buffer.data if alone else bytearray(buffer.data)
    else:
        data = buffer.read()
    dtype = _dtype_of_code(value.element_type)
    return _ndarray()(value.shape, dtype, data)


@cache
def _ndarray() -> type[numpy.ndarray[Any, Any]]:
    import numpy

    return numpy.ndarray
