"""Mutated executables and modules, which devices load and run as untrusted."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from random import Random

from fuzz_mutations import INTERESTING, mutate_bytes, mutate_module
from machine_programs import PROGRAM, PROGRAM_INPUTS, VULKAN, arguments, executables, run_scaled

import ireelite
from ireelite.bytecode.decode import decode_module
from ireelite.bytecode.encode import encode_module
from ireelite.executables.spirv_decode import decode_spirv
from ireelite.executables.vke1 import decode_vke1, encode_vke1
from ireelite.linking import open_device
from ireelite.status import StatusError
from ireelite.vm.limits import Limits

FEW = Limits(max_instructions=200_000, deadline=5.0, max_memory=1 << 26)


class Shaders:
    """SPIR-V executables with mutated instructions or bytes, loaded as untrusted."""

    def __init__(self) -> None:
        self.device = open_device("webgpu")
        self.files = executables("vulkan-spirv")
        self.loaded = 0

    def make(self, random: Random) -> tuple[str, bytes]:
        """Mutates the bytes of an executable in one of three cases, else the instructions of a
        shader.
        """
        file = random.choice(self.files)
        if not random.randrange(3):
            return "bytes", mutate_bytes(file, random.choice(self.files), random)
        executable = decode_vke1(memoryview(file))
        shaders = list(executable.shaders)
        at = random.randrange(len(shaders))
        shaders[at] = mutate_words(bytes(shaders[at]), random)
        return "instructions", bytes(encode_vke1(replace(executable, shaders=shaders)))

    def run(self, data: bytes) -> str:
        """Loads the executable; after every 50th that is accepted, checks that the device still
        runs code.
        """
        code = memoryview(data)
        self.device.loaders.try_out(VULKAN, code)
        self.device.create_executable(VULKAN, code)
        self.loaded += 1
        if self.loaded % 50 == 1:
            run_scaled(self.device, VULKAN, self.files[0])
        return "module"


def mutate_words(words: bytes, random: Random) -> bytes:
    """Returns a SPIR-V module with one, two or four random changes: instructions dropped, repeated,
    moved, or with another opcode or other operands.
    """
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


class Programs:
    """Modules with mutated host code or a mutated executable, run on devices as untrusted under
    limits.
    """

    targets: Sequence[str] = ("vmvx", "llvm-cpu", "vulkan-spirv")
    devices: Sequence[str] = ("local-sync", "local-task", "webgpu")

    def __init__(self) -> None:
        self.module = decode_module(ireelite.compile(PROGRAM, targets=list(self.targets)).data)
        self.opened = [open_device(name) for name in self.devices]

    def make(self, random: Random) -> tuple[str, bytes]:
        """Mutates the host code in half of the cases, else an executable."""
        if random.randrange(2):
            for _ in range(20):
                with suppress(StatusError):  # the encoder refuses most mutations
                    return "host code", bytes(
                        encode_module(mutate_module(self.module, random)).data
                    )
        rodata = list(self.module.rodata)
        at = max(
            random.sample(range(len(rodata)), min(3, len(rodata))),
            key=lambda i: len(rodata[i].data),
        )
        changed = mutate_bytes(bytes(rodata[at].data), b"", random)
        rodata[at] = replace(rodata[at], data=memoryview(changed))
        return "executable", bytes(encode_module(replace(self.module, rodata=rodata)).data)

    def run(self, data: bytes) -> str:
        """Loads the module on a device and calls each function that it still exports."""
        device = self.opened[len(data) % len(self.opened)]
        loaded = ireelite.load(data, device=device, limits=FEW, trusted=False)
        for name in PROGRAM_INPUTS:
            if (function := getattr(loaded, name, None)) is not None:
                function(*arguments(name))
        return "results"
