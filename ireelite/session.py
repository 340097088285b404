"""Loading a module and calling its functions with NumPy arrays.

    module = load("simple_mul.vmfb")
    module.simple_mul(a, b)

Arrays are passed with the element type they have; only Python numbers and lists take the type that
the function declares. Shapes and types are checked by the module itself.

Modules that are loaded together share their state and may be used by one thread at a time. `fork`
makes a copy for another thread. `module.simple_mul.async_(a, b)` returns before the call is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ireelite.argument_devices import chosen_device, named_devices
from ireelite.call_queue import CallQueue
from ireelite.completion import complete_behind
from ireelite.garbage import collection_paused
from ireelite.hal.device import Device
from ireelite.linking import DEFAULT_DEVICE, link, open_device, read_module
from ireelite.live_objects import LiveObject
from ireelite.loaded_function import LoadedFunction
from ireelite.signature import CallTree
from ireelite.status import (
    StatusCode,
    StatusError,
    brief_traceback,
    invalid_argument,
    near_names,
    not_found,
)
from ireelite.summaries import first_few

if TYPE_CHECKING:
    from ireelite.hal.recording import Recording
    from ireelite.records import CompilationRecord, ExecutionRecord
    from ireelite.vm.context import Context
    from ireelite.vm.limits import Limits
    from ireelite.vm.module import Module


def load(
    *programs: bytes | bytearray | memoryview | str | Path | Any,
    device: Device | str | Sequence[Device | str] | None = None,
    record: bool | int = False,
    limits: Limits | None = None,
    trusted: bool = True,
    parameters: Any = None,
) -> LoadedModule:
    """Loads modules into one context, each before those that call it, and returns the last.

    A module is given as bytes, as the path of a file, as the result of `ireelite.compile`, or as a
    Python module; Python files and shared libraries may be followed by `@function?key=value`.
    `.modules` of the returned module has the others.

    `device` is a name (`local-sync`, which is the default, `local-task` or `webgpu`) or a device;
    for a program that was compiled for several devices, a list of them. With `record`, events are
    recorded in `.record`: the newest 50,000, or as many as `record` says. `limits` bound the
    instructions, the time and the memory of each call. With `trusted=False`, only bytecode and
    shaders are run, not native code, shared libraries or Python modules; shaders are compiled in a
    child process first, since they may crash their compiler. `parameters` are those that programs
    read by scope and key: the path of a file, as `model=weights.safetensors`, a mapping from scopes
    to paths or to mappings from keys to arrays, or a list of these. Raises NOT_FOUND for files,
    devices and parameters that do not exist, INCOMPATIBLE if the module has no executable for the device,
    PERMISSION_DENIED for what `trusted=False` forbids, and DATA_LOSS or another error for invalid
    bytes.
    """
    if not programs:
        raise invalid_argument("no module is given")
    with collection_paused():
        from ireelite.vm.instance import Instance

        devices = open_devices(device)
        instance = Instance()
        modules = [read_module(program, instance, trusted) for program in programs]
        recording = _recording(devices, record) if record else None
        known = None
        if parameters is not None:
            from ireelite.parameters import read_parameters

            known = read_parameters(parameters)
        context = link(
            modules,
            devices,
            recording,
            instance,
            limits=limits,
            trusted=trusted,
            parameters=known,
        )
        trees = {
            (module.name, name): tree
            for module, program in zip(modules, programs, strict=True)
            for name, tree in getattr(program, "trees", {}).items()
        }
        names = [module.name for module in modules]
        return _loaded(names, context, devices, recording, trees)[names[-1]]


def open_devices(given: Device | str | Sequence[Device | str] | None) -> list[Device]:
    """Returns the devices of one or several names or devices, opening those given by name. Raises
    INVALID_ARGUMENT for other objects and for an empty list, and what `open_device` raises.
    """
    opened: list[Device] = []
    for row in given if isinstance(given, list | tuple) else [given]:
        device = open_device(row or DEFAULT_DEVICE) if isinstance(row, str | None) else row
        if not isinstance(device, Device):
            raise invalid_argument(f"a device or its name is expected, not {type(device).__name__}")
        opened.append(device)
    if not opened:
        raise invalid_argument("no device is given")
    return opened


Trees = Mapping[tuple[str, str], CallTree]
"""Name of a module, and of a function of it -> how its arguments and results nest."""


def _loaded(
    names: Iterable[str],
    context: Context,
    devices: Sequence[Device],
    recording: Recording | None,
    trees: Trees,
) -> dict[str, LoadedModule]:
    """Modules of a context by name, each of which knows the others."""
    modules: dict[str, LoadedModule] = {}
    calls = CallQueue()
    for name in names:
        modules[name] = LoadedModule(
            context.modules[name], context, devices, recording, modules, trees, calls
        )
    return modules


def _recording(devices: Sequence[Device], record: bool | int) -> Recording:
    # Imported here, as most programs keep no record and start sooner without.
    from ireelite.hal.recording import Recording
    from ireelite.records import ExecutionRecorder
    from ireelite.records.recorder import MAX_EVENTS

    if not isinstance(record, int) or record < 1:
        raise invalid_argument(
            f"record={record!r}: expected True, or how many events to keep, at least 1"
        )
    bound = MAX_EVENTS if record is True else record
    return Recording(ExecutionRecorder(" ".join(device.id for device in devices), bound))


class MissingFunction(AttributeError):
    """A module has no function of a name; the message has the near ones."""

    def _render_traceback_(self) -> list[str]:
        return brief_traceback(self)


class LoadedModule(LiveObject):
    """A module on a device. Its exported functions are its attributes.

    A context manager: it cleans up when the block ends, when `close` is called, or when it is
    collected. A function whose name is that of an attribute is an item: `module["close"]`. Iterating
    gives the functions' names. Neither copied nor pickled: `fork` gives another thread its own, and
    a `Program` can be pickled for another process.
    """

    _instead = "fork() gives another thread its own, and a Program can go to another process"

    def __init__(
        self,
        module: Module,
        context: Context,
        devices: Sequence[Device],
        recording: Recording | None,
        modules: dict[str, LoadedModule],
        trees: Trees,
        calls: CallQueue,
    ):
        self._context = context
        self._calls = calls
        self._trees = trees
        self._recording = recording
        self.modules = modules
        """All that was loaded with it, and itself, by name."""
        self.name = module.name
        definition = getattr(module, "definition", None)
        self.digest = "" if definition is None else definition.attrs.get("ireelite.record", "")
        """What the compiler calls this module in its record; empty for modules of other compilers."""
        self.devices = list(devices)
        state = context.states[module.name]
        self.device = device = chosen_device(state, devices)
        named = named_devices(definition, state) if len(devices) > 1 else {}
        """The device that the module has chosen; the first one if it has chosen several."""
        self.functions = {
            name: LoadedFunction(
                context.lookup_function(f"{module.name}.{name}"),
                context,
                device,
                devices,
                recording,
                calls,
                trees.get((module.name, name)),
                named,
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
        with self._calls.turn():
            for device in self.devices:
                device.wait_idle()
        return self._recording.recorder.record

    def fork(self) -> LoadedModule:
        """This module in a context of its own, together with all that was loaded with it, going on
        from the values that their globals have now. No initializer runs again.

        Raises UNIMPLEMENTED if the state of a Python module or shared library cannot be copied,
        FAILED_PRECONDITION if it is closed.
        """
        with self._calls.turn():
            context = self._context.fork()
        return _loaded(self.modules, context, self.devices, self._recording, self._trees)[self.name]

    def close(self) -> None:
        """Runs the `__deinit` functions of all modules that were loaded together, last module
        first; their functions cannot be called afterwards. Closing again has no effect. Waits for
        asynchronous calls that are ready to run; those that are not fail with FAILED_PRECONDITION.

        Raises the first error of these functions.
        """
        with self._calls.turn():
            for module in self.modules.values():
                for function in module.functions.values():
                    function._close()
            self._context.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def compilation_record(self, path: str | Path) -> CompilationRecord:
        """Returns the record of this module's compilation, from the file that was written then.

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
        """Returns the function of that name. Raises NOT_FOUND with the near names."""
        if not isinstance(name, str):
            raise invalid_argument(f"functions go by their names, not by {name!r}")
        if (function := self.functions.get(name)) is None:
            near = near_names(name, list(self.functions))
            raise not_found(f"no function `{name}` exported by module '{self.name}'{near}")
        return function

    def __iter__(self) -> Iterator[str]:
        return iter(self.functions)

    def __getattr__(self, name: str) -> LoadedFunction:
        functions = self.__dict__.get("functions", {})
        if name in functions:
            return functions[name]
        if name.startswith("__"):
            raise AttributeError(name)
        raise MissingFunction(
            f"no function `{name}` exported by module '{self.__dict__.get('name')}'"
            f"{near_names(name, list(functions))}"
        )

    def __dir__(self) -> list[str]:
        return list(dict.fromkeys([*super().__dir__(), *self.functions]))

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.functions)

    def __repr__(self) -> str:
        on = ", ".join(device.id for device in self.devices)
        lines = [f"<module '{self.name}' on {on}"]
        signatures = [function.signature for function in self.functions.values()]
        lines += [f"  {signature}" for signature in first_few(signatures)]
        return "\n".join(lines) + ">"


complete_behind(LoadedModule)
