"""Loading a module and calling its functions with NumPy arrays.

    module = load("simple_mul.vmfb")
    module.simple_mul(a, b)

Arrays are passed with the element type they have; only Python numbers and lists take the type that
the function declares. Shapes and types are checked by the module itself.

What is loaded together shares its state, and is for one thread at a time. `fork` gives another
thread modules of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

from ireelite.arrays import Encoder, decode_at
from ireelite.hal.buffer import BufferView
from ireelite.hal.device import Device
from ireelite.hal.host_memory import LentBuffer
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.invocation import awaited, is_async
from ireelite.linking import DEFAULT_DEVICE, link, open_device, read_module
from ireelite.ownership import return_lent
from ireelite.signature import Argument, CallTree, Signature, parse_declaration
from ireelite.status import StatusCode, StatusError, invalid_argument, near_names, not_found
from ireelite.summaries import first_few, shortened

if TYPE_CHECKING:
    from ireelite.call_plan import Plan
    from ireelite.hal.recording import Recording
    from ireelite.quick_calls import QuickCall
    from ireelite.records import CompilationRecord, ExecutionRecord
    from ireelite.vm.context import Context
    from ireelite.vm.debug.debugger import Debugger
    from ireelite.vm.function import Function
    from ireelite.vm.limits import Limits
    from ireelite.vm.module import Module

MOST_PLANS = 4
"""Of one function at a time: for arguments of so many combinations of types and shapes."""
MOST_PLANS_MADE = 32
"""Of one function in all: a call that makes one takes as long as hundreds that have one."""
MOST_KEYS = 64
"""Combinations of types and shapes that are remembered until they come again."""


def load(
    *programs: bytes | bytearray | memoryview | str | Path | Any,
    device: Device | str | None = None,
    record: bool = False,
    limits: Limits | None = None,
    trusted: bool = True,
) -> LoadedModule:
    """Loads modules into one context, each before those that call it, and returns the last.

    A module is given as bytes, as the path of a file, as what `ireelite.compile` returned, or as a
    module of Python; Python files and shared libraries may be followed by `@function?key=value`.
    The others are in `.modules` of what is returned.

    `device` is a name (`local-sync`, which is the default, `local-task` or `webgpu`) or a device.
    With `record`, what happens is kept in `.record`. `limits` bound the instructions, the time and
    the memory of each call. With `trusted=False`, nothing but bytecode and shaders is run: no
    native code, no shared library, no Python module. Raises NOT_FOUND for files and devices that do
    not exist, INCOMPATIBLE if the module has nothing for the device, PERMISSION_DENIED for what is
    refused, and what is wrong with the module's bytes.
    """
    from ireelite.vm.instance import Instance

    if not programs:
        raise invalid_argument("no module is given")
    opened = open_device(device or DEFAULT_DEVICE) if isinstance(device, str | None) else device
    if not isinstance(opened, Device):
        raise invalid_argument(f"a device or its name is expected, not {type(opened).__name__}")
    instance = Instance()
    modules = [read_module(program, instance, trusted) for program in programs]
    recording = _recording(opened) if record else None
    context = link(modules, [opened], recording, instance, limits=limits, trusted=trusted)
    trees = {
        (module.name, name): tree
        for module, program in zip(modules, programs, strict=True)
        for name, tree in getattr(program, "trees", {}).items()
    }
    names = [module.name for module in modules]
    return _loaded(names, context, opened, recording, trees)[names[-1]]


Trees = Mapping[tuple[str, str], CallTree]
"""Name of a module, and of a function of it -> how its arguments and results nest."""


def _loaded(
    names: Iterable[str],
    context: Context,
    device: Device,
    recording: Recording | None,
    trees: Trees,
) -> dict[str, LoadedModule]:
    """Modules of a context by name, each of which knows the others."""
    modules: dict[str, LoadedModule] = {}
    for name in names:
        modules[name] = LoadedModule(
            context.modules[name], context, device, recording, modules, trees
        )
    return modules


def _recording(device: Device) -> Recording:
    # Imported here, as most programs keep no record and start sooner without.
    from ireelite.hal.recording import Recording
    from ireelite.records import ExecutionRecorder

    return Recording(ExecutionRecorder(device.id))


class LoadedModule:
    """A module on a device. Its exported functions are its attributes.

    A context manager: it cleans up when the block ends, when `close` is called, or when it is
    collected. A function whose name is that of an attribute is an item: `module["close"]`.
    """

    def __init__(
        self,
        module: Module,
        context: Context,
        device: Device,
        recording: Recording | None,
        modules: dict[str, LoadedModule],
        trees: Trees,
    ):
        self._context = context
        self._trees = trees
        self._recording = recording
        self.modules = modules
        """All that was loaded with it, and itself, by name."""
        self.name = module.name
        definition = getattr(module, "definition", None)
        self.digest = "" if definition is None else definition.attrs.get("ireelite.record", "")
        """What the compiler calls this module in its record; empty for modules of other compilers."""
        self.device = device
        state = context.states[module.name]
        self.functions = {
            name: LoadedFunction(
                context.lookup_function(f"{module.name}.{name}"),
                context,
                device,
                recording,
                trees.get((module.name, name)),
            )
            for name in state.exports()
            if not name.startswith("__")
        }
        """The exported functions by name."""
        own = self.__dict__.keys() | set(dir(type(self)))
        # Attributes of the instance are found without a call of `__getattr__`.
        self.__dict__.update((n, f) for n, f in self.functions.items() if n not in own)

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

    def fork(self) -> LoadedModule:
        """This module in a context of its own, together with all that was loaded with it, going on
        from the values that their globals have now. No initializer runs again.

        Raises UNIMPLEMENTED if the state of a Python module or shared library cannot be copied,
        FAILED_PRECONDITION if it is closed.
        """
        context = self._context.fork()
        return _loaded(self.modules, context, self.device, self._recording, self._trees)[self.name]

    def close(self) -> None:
        """Runs the `__deinit` functions of all that was loaded together, last module first, after
        which nothing of it can be called. To close it again does nothing.

        Raises what failed first.
        """
        for module in self.modules.values():
            for function in module.functions.values():
                function._close()
        self._context.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def compilation_record(self, path: str | Path) -> CompilationRecord:
        """The record of this module's compilation, from the file that was written then.

        A module names its record by a digest. Raises FAILED_PRECONDITION if the file is about
        another module, INVALID_ARGUMENT if it is not a record, DATA_LOSS if it is damaged, and
        NOT_FOUND if it is not there.
        """
        from ireelite.records import CompilationRecord

        record = CompilationRecord.load(path)
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
        signatures = [function.signature for function in self.functions.values()]
        lines += [f"  {signature}" for signature in first_few(signatures)]
        return "\n".join(lines) + ">"


class LoadedFunction:
    """An exported function: NumPy arrays in, NumPy arrays out, or trees of them as those of the
    function that it was compiled from.
    """

    __slots__ = (
        "_allocator",
        "_call",
        "_called_once",
        "_context",
        "_encode",
        "_encoders",
        "_function",
        "_planned",
        "_plans",
        "_plans_left",
        "_quick",
        "_recording",
        "device",
        "is_async",
        "signature",
        "tree",
    )

    def __init__(
        self,
        function: Function,
        context: Context,
        device: Device,
        recording: Recording | None,
        tree: CallTree | None = None,
    ):
        self.device = device
        self._allocator = device.allocator
        self._function = function
        self._context = context
        self.signature = signature_of(function)
        """Names, shapes and types of arguments and results."""
        self.tree = tree
        """How its arguments and results nest; None if it takes and returns them one by one."""
        self.is_async = is_async(function)
        """Whether it signals a fence when it is done; calls wait for that."""
        self._recording = recording
        self._call = awaited(function, context, recording)
        self._encoders = [
            Encoder(argument, device.allocator) for argument in self.signature.arguments
        ]
        self._encode = [encoder.encode for encoder in self._encoders]
        self._plans: list[Plan] = []
        """The newest first."""
        self._planned: list[Any] = []
        """Types and shapes of arguments that each plan is for."""
        self._quick: QuickCall | None = None
        """That of the plan which ran last."""
        self._called_once: set[Any] = set()
        """Types and shapes of arguments of one call that had no plan and ended well."""
        is_watched = not (recording is None and context.meter is None and context.tracer is None)
        self._plans_left = 0 if is_watched else MOST_PLANS_MADE

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Calls the function and waits for it. One result is returned as it is, several as a tuple,
        none as None; with a tree, they are returned as its function returns them, and arguments
        nest as that function's do.

        From the third call with arguments of the same types and shapes on, a function whose host
        code does the same each time runs by a plan (see `call_plan`), with the same results.

        Raises INVALID_ARGUMENT for a wrong number of arguments, for shapes and types other than
        declared, and what the function itself fails with.
        """
        if (quick := self._quick) is not None and not keywords:
            if self._allocator.statistics is None and (found := quick(*arguments)) is not None:
                return found
        encode = self._encode
        if self.tree is not None or keywords:
            arguments = self._flat(arguments, keywords)
        if self._plans and (arrays := self._by_plan(arguments)) is not None:
            return self._nested(arrays)
        if len(arguments) != len(encode):
            raise self._wrong_count(arguments)
        if self._recording is not None:
            return self._recorded_call(self._recording, arguments)
        values = [encode_one(argument) for encode_one, argument in zip(encode, arguments)]
        try:
            result = self._decoded(values)
        except StatusError as error:
            error.annotate(f"invoking function '{self.signature.name}'")
            raise
        finally:
            return_lent(values, self.device)
        if self._plans_left:
            self._plan(arguments)
        return result

    def _by_plan(self, arguments: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """The results by the plan for such arguments, whose quick call is the next call's first
        try; None if there is no such plan.
        """
        if self._allocator.statistics is not None:
            return None
        for plan in self._plans:
            if (arrays := plan.run(arguments)) is not None:
                if plan.quick is not None and self.tree is None:
                    self._quick = plan.quick
                return arrays
        return None

    def _plan(self, arguments: tuple[Any, ...]) -> None:
        """Makes a plan for calls with arguments like these, if this was the second such call."""
        if self._allocator.statistics is not None:
            return
        if not all([row.shares(value) for row, value in zip(self._encoders, arguments)]):
            return
        key = tuple([(array.dtype, array.shape) for array in arguments])
        if key in self._planned:
            return  # the plan needs arrays of another alignment
        if key not in self._called_once:
            if len(self._called_once) == MOST_KEYS:
                self._called_once.clear()
            self._called_once.add(key)
            return
        self._called_once.discard(key)
        from ireelite.call_plan import make_plan  # late: many programs call once

        plan = make_plan(self._context, self._function, self.device, arguments, self._encode)
        if plan is None:
            self._plans_left = 0
            return
        self._plans = [plan, *self._plans][:MOST_PLANS]
        self._planned = [key, *self._planned][:MOST_PLANS]
        self._plans_left -= 1

    def _close(self) -> None:
        """Has every call from now on fail."""
        self._call = _refuse
        self._plans, self._plans_left, self._quick = [], 0, None

    def _flat(self, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> tuple[Any, ...]:
        """The arguments of a call, in order."""
        if self.tree is None:
            raise invalid_argument(
                f"'{self.signature.name}' takes no argument by its name, as {next(iter(keywords))}"
            )
        try:
            return tuple(self.tree.flatten(arguments, keywords))
        except StatusError as error:
            raise error.annotate(f"invoking function '{self.signature.name}'") from None

    def _decoded(self, values: Sequence[Any]) -> Any:
        results = self._call(*values)
        if self.tree is None and len(results) == 1:
            return decode_at(results, 0)
        return self._nested(tuple([decode_at(results, n) for n in range(len(results))]))

    def _nested(self, results: tuple[Any, ...]) -> Any:
        """The results of a call as the caller gets them."""
        if self.tree is not None:
            return self.tree.unflatten(list(results))
        return results[0] if len(results) == 1 else results or None

    def debug(self, *arguments: Any, **keywords: Any) -> Debugger:
        """A debugger of this call, before its first instruction. Raises as a call does, and
        INVALID_ARGUMENT for functions that are not bytecode.
        """
        from ireelite.vm.debug.debugger import Debugger

        if self.tree is not None or keywords:
            arguments = self._flat(arguments, keywords)
        if len(arguments) != len(self._encode):
            raise self._wrong_count(arguments)
        values = [encode(argument) for encode, argument in zip(self._encode, arguments)]
        for value in values:
            if isinstance(value, BufferView) and isinstance(value.buffer, LentBuffer):
                value.buffer.keep()  # a debugger may stay for long
        if self.is_async:
            values += [None, Fence([(Semaphore(), 1)])]
        return Debugger(self._context, self._function, *values)

    def _wrong_count(self, arguments: Sequence[Any]) -> StatusError:
        error = invalid_argument(
            f"input list and function mismatch; expected {len(self._encode)} arguments "
            f"but passed {len(arguments)}"
        )
        return error.annotate(f"invoking function '{self.signature.name}'; `{self.signature}`")

    def _recorded_call(self, recording: Recording, arguments: Sequence[Any]) -> Any:
        name = self.signature.name
        with recording.call(name) as begin:
            values = [encode(argument) for encode, argument in zip(self._encode, arguments)]
            _record_uploads(recording, begin, values)
            try:
                return self._decoded(values)
            except StatusError as error:
                error.annotate(f"invoking function '{name}'")
                raise
            finally:
                return_lent(values, self.device)

    def __repr__(self) -> str:
        return f"<function {shortened(str(self.signature))} on {self.device.id}>"


def _record_uploads(recording: Recording, cause: int, values: Sequence[Any]) -> None:
    for value in values:
        if isinstance(value, BufferView):
            name = recording.name_buffer(value.buffer)
            recording.host_event("upload", [cause], buffer=name, bytes=value.buffer.byte_length)


def _refuse(*arguments: Any) -> NoReturn:
    """What a function of a closed module does."""
    raise StatusError(StatusCode.FAILED_PRECONDITION, "the module is closed")


def signature_of(function: Function) -> Signature:
    """The declared signature; without a declaration, what the calling convention says."""
    if declaration := function.reflection.get("iree.abi.declaration"):
        return parse_declaration(declaration)
    from ireelite.bytecode.calling_convention import parse_cconv

    types = {"i": "i32", "I": "i64", "f": "f32", "F": "f64", "r": "!vm.ref<?>"}
    convention = parse_cconv(function.cconv)
    arguments = [
        Argument(f"input{n}", types.get(kind, kind)) for n, kind in enumerate(convention.arguments)
    ]
    if is_async(function):
        arguments = arguments[:-2]
    results = [Argument(f"output{n}", types[kind]) for n, kind in enumerate(convention.results)]
    return Signature(function.name, tuple(arguments), tuple(results))
