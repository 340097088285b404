"""Calls of the `hal` module with random arguments."""

from __future__ import annotations

from contextlib import suppress
from inspect import Parameter, signature
from random import Random
from typing import Any

from fuzz_mutations import INTERESTING
from machine_programs import BYTECODE, VULKAN, executables, run_scaled

from ireelite.hal.command_buffer import CommandBuffer
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.linking import open_device
from ireelite.modules.hal import HalState
from ireelite.modules.hal_buffers import BufferFunctions
from ireelite.modules.hal_commands import CommandFunctions
from ireelite.modules.hal_queues import QueueFunctions
from ireelite.status import StatusCode, StatusError
from ireelite.vm.refs import Buffer as VmBuffer


class HalCalls:
    """Calls of the `hal` module in any order, most with arguments of the right type."""

    CALLS = 60

    def __init__(self) -> None:
        self.opened = [open_device(name) for name in ("local-sync", "local-task", "webgpu")]
        blobs = {"webgpu": (VULKAN, executables("vulkan-spirv"))}
        self.code = {
            device.id: blobs.get(device.id, (BYTECODE, executables("vmvx")))
            for device in self.opened
        }
        self.methods = [
            (name, list(signature(getattr(HalState, name)).parameters.values())[1:])
            for name in sorted(EXPORTS)
        ]

    def make(self, random: Random) -> tuple[str, bytes]:
        """Returns a random seed of the calls."""
        return "calls", random.randbytes(16)

    def run(self, data: bytes) -> str:
        """Makes the calls. Whatever their results, the device must still run code afterwards."""
        random = Random(data)
        device = random.choice(self.opened)
        format, files = self.code[device.id]
        state = HalState([device])
        pool: list[Any] = [device, device.allocator, VmBuffer(bytes(64)), VmBuffer(format.encode())]
        pool += [
            VmBuffer(random.choice(files)),
            device.create_executable(format, memoryview(files[0])),
        ]
        pool += [device.allocator.allocate(50, 0x1000D03, 64) for _ in range(3)]
        pool += [
            CommandBuffer(device, 0, 3, 3),
            Fence([(Semaphore(), 1)]),
            Fence([(Semaphore(), 1)]),
        ]
        for _ in range(self.CALLS):
            name, parameters = random.choice(self.methods)
            with suppress(StatusError):
                result = getattr(state, name)(
                    *(argument(each, pool, random, name) for each in parameters)
                )
                pool += [each for each in (result if isinstance(result, tuple) else (result,))
                         if hasattr(each, "vm_type")]  # fmt: skip
        for each in pool:
            if isinstance(each, Fence):
                each.fail(StatusError(StatusCode.CANCELLED, "the case is over"))
        device.wait_idle()
        run_scaled(device, format, files[0])
        return "results"


def argument(parameter: Parameter, pool: list[Any], random: Random, name: str) -> Any:
    """Returns a random argument for a parameter of a function of the `hal` module."""
    wanted = str(parameter.annotation)
    if wanted.startswith("list["):
        return [_element(wanted[5:-1], pool, random, name) for _ in range(random.randrange(4))]
    return _element(wanted, pool, random, name, parameter.name)


def _element(wanted: str, pool: list[Any], random: Random, name: str, called: str = "") -> Any:
    if wanted == "int":
        if called == "timeout":
            return random.choice((0, 1, 5))
        if called in ("size", "memory_types", "usage") and random.randrange(4):
            return {"size": 64, "memory_types": 50, "usage": 0x1000D03}[called]
        return random.choice((0, 0, 1, 2, 3, 4, 8, 16, 64, -1, 1 << 20, 1 << 40, *INTERESTING))
    if wanted == "Binding":
        return (
            _element("Buffer", pool, random, name),
            random.choice((0, 4, 60)),
            random.choice((-1, 4)),
        )
    if wanted.startswith("tuple["):
        parts = wanted[6:-1].split(", ")
        return tuple(_element(part, pool, random, name) for part in parts)
    if "None" in wanted and not random.randrange(4):
        return None
    kind = wanted.split(" |")[0]
    fitting = [
        each for each in pool if KINDS_OF_REF.get(kind, "") == getattr(each, "vm_type", None)
    ]
    if fitting and random.randrange(12):
        return random.choice(fitting[-6:])
    return random.choice([*pool, None])


KINDS_OF_REF = {
    "Device": "hal.device",
    "Allocator": "hal.allocator",
    "Buffer": "hal.buffer",
    "BufferView": "hal.buffer_view",
    "CommandBuffer": "hal.command_buffer",
    "Executable": "hal.executable",
    "Fence": "hal.fence",
    "File": "hal.file",
    "Channel": "hal.channel",
    "VmBuffer": "vm.buffer",
}
EXPORTS = {
    name
    for part in (BufferFunctions, CommandFunctions, QueueFunctions)
    for name, value in vars(part).items()
    if callable(value) and not name.startswith("_")
}
