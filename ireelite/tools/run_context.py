"""What the runtime tools share: devices and modules from flags, functions by name, inputs,
calls.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ireelite.hal.buffer import BufferUsage, BufferView, MemoryType
from ireelite.hal.device import Allocator, Device
from ireelite.hal.host_allocator import HostAllocator
from ireelite.hal.host_pool import set_threads
from ireelite.hal.recording import Recording
from ireelite.invocation import awaited, is_async
from ireelite.linking import DEFAULT_DEVICE, link, open_device
from ireelite.parameters import read_parameters
from ireelite.status import StatusError, invalid_argument, near_names, not_found
from ireelite.tools.module_sources import load_sources
from ireelite.tools.runtime_flags import Flags
from ireelite.value_files import InputFiles
from ireelite.values import TensorValue, parse_scalar
from ireelite.vm.instance import Instance
from ireelite.vm.limits import Limits

if TYPE_CHECKING:
    from ireelite.vm.context import Context
    from ireelite.vm.function import Function
    from ireelite.vm.module import Module

MEMORY = int(MemoryType.HOST_LOCAL | MemoryType.DEVICE_LOCAL)
USAGE = int(BufferUsage.DEFAULT | BufferUsage.MAPPING)


class RunContext:
    """Modules linked on devices."""

    def __init__(
        self, flags: Flags, recording: Recording | None = None, natives: Sequence[Module] = ()
    ):
        """Loads what `--module` and `--device` say, behind `natives`. Raises with upstream's
        wording, `creating run context` last."""
        self.recording = recording
        self.devices: list[Device] = []
        try:
            if not flags.module:
                raise invalid_argument(
                    "no user module specified; use --module=file.vmfb to load from a file "
                    "or --module=- to load from stdin"
                )
            if flags.task_topology_group_count:
                set_threads(flags.task_topology_group_count)
            instance = Instance()
            self.modules = load_sources(flags.module, instance, flags.trusted)
            if any(d.name == "hal" for module in self.modules for d in module.dependencies):
                self.devices = [
                    _open(uri, self.modules[-1].name) for uri in flags.device or [DEFAULT_DEVICE]
                ]
            try:
                parameters = read_parameters(flags.parameters, flags.parameter_mode == "preload")
                self.context: Context = link(
                    self.modules,
                    self.devices,
                    recording,
                    instance,
                    natives=natives,
                    limits=Limits(flags.max_instructions, flags.deadline, flags.max_memory),
                    trace=print_trace if flags.trace_execution else None,
                    trusted=flags.trusted,
                    parameters=parameters,
                )
            except StatusError as error:
                error.annotate("creating VM context")
                raise
        except StatusError as error:
            error.annotate("creating run context")
            raise

    def allocators(self, function: Function) -> list[Allocator]:
        """Returns the allocator for each argument of a function: that of the device the argument's
        affinity names, or of the default device. Host memory if the modules use no device.
        """
        count = len(argument_kinds(function))
        if not self.devices:
            return [HostAllocator()] * count
        if len(self.devices) == 1:
            return [self.devices[0].allocator] * count
        from ireelite.argument_devices import chosen_device, devices_of, named_devices
        from ireelite.loaded_function import signature_of

        arguments = signature_of(function).arguments
        state = self.context.states[function.module_name]
        chosen = chosen_device(state, self.devices)
        definition = getattr(self.context.modules[function.module_name], "definition", None)
        named = named_devices(definition, state)
        places = devices_of(arguments, function.reflection, chosen, self.devices, named)
        allocators = [device.allocator for device in places]
        return allocators + [chosen.allocator] * (count - len(allocators))

    def functions(self) -> dict[str, Function]:
        """Returns the last module's exports but for its internal ones."""
        module = self.modules[-1].name
        names = [
            name for name in self.context.states[module].exports() if not name.startswith("__")
        ]
        return {name: self.context.lookup_function(f"{module}.{name}") for name in names}

    def function(self, name: str) -> Function:
        """Returns the function of that name, or the only one there is.

        Raises NOT_FOUND and INVALID_ARGUMENT.
        """
        known = self.functions()
        try:
            if name:
                if name not in known:
                    raise not_found(
                        f"no function `{name}` exported by module{near_names(name, list(known))}"
                    ).annotate(f"looking up function '{name}'")
                return known[name]
            if len(known) != 1:
                what = "more than one exported function" if known else "no exported functions"
                raise invalid_argument(
                    f"{what} present; --function= must be specified explicitly"
                ).annotate(f"exported functions: {', '.join(known)}")
            return next(iter(known.values()))
        except StatusError as error:
            error.annotate("creating run context")
            raise

    def call(self, function: Function, arguments: Sequence[Any]) -> tuple[Any, ...]:
        """Calls a function and waits for its results."""
        recording = self.recording
        call = awaited(function, self.context, recording)
        try:
            if recording is None:
                return call(*arguments)
            with recording.call(function.name):
                return call(*arguments)
        except StatusError as error:
            error.annotate(f"invoking function '{function.name}'").annotate(
                f"`{declaration(function)}`"
            )
            raise


def declaration(function: Function) -> str:
    """Returns how error messages show a function."""
    return function.reflection.get("iree.abi.declaration", f"{function.name} {function.cconv}")


def argument_kinds(function: Function) -> list[str]:
    """Letters of the calling convention for the arguments a caller gives."""
    from ireelite.bytecode.calling_convention import parse_cconv

    kinds = list(parse_cconv(function.cconv).arguments)
    return kinds[:-2] if is_async(function) else kinds


def result_kinds(function: Function) -> list[str]:
    """Letters of the calling convention for the results."""
    from ireelite.bytecode.calling_convention import parse_cconv

    return list(parse_cconv(function.cconv).results)


def parse_inputs(texts: Sequence[str], function: Function, context: RunContext) -> list[Any]:
    """Parses `--input` flags to VM values, on the devices where the function takes them. Raises
    INVALID_ARGUMENT naming the input. Missing inputs are not detected here, but by the call.
    """
    kinds = argument_kinds(function)
    allocators = context.allocators(function)
    files = InputFiles()
    values: list[Any] = []
    try:
        for text in texts:
            try:
                for value in read_values(text, kinds[len(values) :], files):
                    values.append(to_device(value, allocators[len(values)]))
            except StatusError as error:
                error.annotate(f"parsing input `{text}`")
                raise
    except StatusError as error:
        error.annotate("parsing function inputs").annotate(f"`{declaration(function)}`")
        raise
    finally:
        files.close()
    return values


def read_values(text: str, kinds: Sequence[str], files: InputFiles) -> list[Any]:
    """Parses one flag, given the kinds of the values still to come: numbers, tensors, or None for a
    null.
    """
    if not kinds:
        raise invalid_argument("function expected fewer input values")
    if kinds[0] != "r" and not text.startswith("*"):
        return [parse_scalar(text, kinds[0])]
    if text.strip() == "(null)":
        return [None]
    values = files.read(text)
    if len(values) > len(kinds):
        raise invalid_argument("function expected fewer input values")
    return list(values)


def to_device(value: Any, allocator: Allocator) -> Any:
    """Returns a tensor as a buffer view; anything else as it is."""
    if not isinstance(value, TensorValue):
        return value
    buffer = allocator.allocate(MEMORY, USAGE, len(value.data))
    buffer.write(0, value.data)
    return buffer if value.is_storage else BufferView(buffer, list(value.shape), value.type.code)


def _open(uri: str, module: str) -> Device:
    try:
        return open_device(uri)
    except StatusError as error:
        error.annotate(f"resolving dependencies for '{module}'").annotate("creating VM context")
        raise


def print_trace(line: str) -> None:
    """Prints a line of `--trace_execution` on stderr."""
    print(line, file=sys.stderr)


def print_error(error: StatusError) -> None:
    """Prints an error on stderr, in one line."""
    print(" ".join(str(error).split()), file=sys.stderr)
