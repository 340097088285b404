"""What a module does when it is loaded: selects a device and a format, and makes everything a call
needs.

`__select_variant` says which of the module's formats a device accepts, in the targets' order, or
-1: one without a feature that the executables need accepts none. `__init` takes the first device for
which that is not -1, as IREE's own device selection does.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import FunctionType, StringAttr, i32
from xdsl.ir import Block, Region, SSAValue

from ireelite.dialects import vm
from ireelite.lowering.program.frame import (
    VARIANT,
    Executable,
    Program,
    command_buffer_name,
    memoize_name,
)
from ireelite.lowering.vm import hal_imports as hal
from ireelite.lowering.vm.buffer_views import upload
from ireelite.lowering.vm.building import VmBuilder, jump
from ireelite.targets.registry import Target

DEVICE = vm.RefType.to("hal.device")
BUFFER = vm.RefType.to("hal.buffer")
NO_VARIANT = -1


def write_init(programs: Sequence[Program], b: VmBuilder, initialize: str | None = None) -> None:
    """Writes `__select_variant` for each device, and `__init`. `initialize` names a function that
    `__init` calls last.
    """
    for program in programs:
        with b.on(program.device.name):
            b.add_global(b.own("__device"), "hal.device")
            for name in program.executables:
                b.add_global(b.own(name), "hal.executable")
            if program.pool:
                b.add_global(b.own("__constants"), "hal.buffer")
            if program.keeps_variant:
                b.add_number(b.own(VARIANT), i32)
            write_select_variant(program, b)
    entry = Block()
    region = Region(entry)
    with b.to.at(entry):
        for program in programs:
            with b.on(program.device.name):
                InitLowering(program, b, region).write()
        if initialize is not None:
            b.call(initialize, types=[])
        b.emit("return")
        b.add_function("__init", FunctionType.from_lists([], []), region)
        b.add_export("__init", {})


def query(b: VmBuilder, device: SSAValue, category: str, key: str) -> SSAValue:
    """Returns whether a device's answer to a query is not zero, as an i32."""
    ok, answer = b.call("hal.device.query.i64", device, b.text(category), b.text(key))
    yes = b.value("cmp.nz.i64", [answer], i32)
    return b.value("select.i32", [ok, yes, b.i32(0)], i32)


def write_select_variant(program: Program, b: VmBuilder) -> None:
    """Writes the function `(device) -> i32`: the first target whose device family and format match,
    and for which the device has all features.
    """
    entry = Block(arg_types=[DEVICE])
    device = entry.args[0]
    device.name_hint = "device"
    with b.to.at(entry):
        families: dict[str, SSAValue] = {}
        variant = b.i32(NO_VARIANT)
        for index, target in reversed(list(enumerate(program.targets))):
            if target.device not in families:
                families[target.device] = query(b, device, "hal.device.id", f"{target.device}*")
            accepts = query(b, device, "hal.executable.format", target.format)
            matches = b.value("and.i32", [families[target.device], accepts], i32)
            for feature in program.features(target):
                has = query(b, device, feature.category, feature.key)
                matches = b.value("and.i32", [matches, has], i32)
            variant = b.value("select.i32", [matches, b.i32(index), variant], i32)
        if not program.targets:
            variant = b.i32(0)
            if program.device.family:
                matches = query(b, device, "hal.device.id", f"{program.device.family}*")
                variant = b.value("select.i32", [matches, variant, b.i32(NO_VARIANT)], i32)
        variant.name_hint = "variant"
        b.emit("return", [variant])
        type = FunctionType.from_lists([DEVICE], [i32])
        b.add_function(b.own("__select_variant"), type, Region(entry))


def needs(target: Target, program: Program) -> str:
    """Returns what a device must have for a target, for the message when none has; empty if it
    needs nothing.
    """
    features = program.features(target)
    if not features:
        return ""
    names = ", ".join(f"{feature.category}/{feature.key}" for feature in features)
    reasons = "".join(f"; {feature.reason}" for feature in features if feature.reason)
    return f"; {target.name} here is for devices with {names}{reasons}"


class InitLowering:
    """Writes the part of `__init` for one device."""

    def __init__(self, program: Program, b: VmBuilder, region: Region):
        self.program, self.b, self.region = program, b, region

    def write(self) -> None:
        """Writes code that selects the device, creates executables, imports constants, and records
        command buffers.
        """
        b = self.b
        device, variant = self.select_device()
        b.store(b.own("__device"), device)
        if self.program.keeps_variant:
            b.emit("global.store.i32", [variant], global_=StringAttr(b.own(VARIANT)))
        for executable in self.program.executables.values():
            self.create_executable(executable, device, variant)
        if self.program.pool:
            self.import_constants(device)
        for name in self.program.memoized:
            type = vm.RefType.to("hal.command_buffer")
            (commands,) = b.call(memoize_name(name), variant, types=[type])
            b.store(command_buffer_name(name), commands)

    def block(self) -> Block:
        """Returns a new block at the function's end."""
        block = Block()
        self.region.add_block(block)
        return block

    def select_device(self) -> tuple[SSAValue, SSAValue]:
        """Loops over the devices until one matches; fails with INCOMPATIBLE if no device does."""
        b = self.b
        (count,) = b.call("hal.devices.count")
        ordinal = self.program.device.ordinal
        loop = Block(arg_types=[DEVICE, i32, i32, *([i32] if ordinal else [])])
        self.region.add_block(loop)
        candidate, index, variant, *before = loop.args
        candidate.name_hint, index.name_hint, variant.name_hint = "device", "index", "variant"
        none = b.i32(NO_VARIANT)
        one = b.i32(1)
        skipped = [b.i32(ordinal)] if ordinal else []
        jump(b.to, loop, [b.null("hal.device"), b.i32(0), none, *skipped])
        body, done, missing, found = self.block(), self.block(), self.block(), self.block()
        b.to.continue_at(loop)
        unmatched = b.value("cmp.eq.i32", [variant, none], i32)
        more = b.value("cmp.lt.i32.s", [index, count], i32)
        b.emit("cond_br", [b.value("and.i32", [unmatched, more], i32)], successors=[body, done])
        b.to.continue_at(body)
        (device,) = b.call("hal.devices.get", index)
        (matched,) = b.call(b.own("__select_variant"), device, types=[i32])
        for left in before:  # number of matching devices still to skip
            is_match = b.value("cmp.ne.i32", [matched, none], i32)
            is_passed = b.value("and.i32", [is_match, b.value("cmp.nz.i32", [left], i32)], i32)
            matched = b.value("select.i32", [is_passed, none, matched], i32)
            before = [b.value("sub.i32", [left, is_passed], i32)]
        jump(b.to, loop, [device, b.value("add.i32", [index, one], i32), matched, *before])
        b.to.continue_at(done)
        b.emit("cond_br", [unmatched], successors=[missing, found])
        b.to.continue_at(missing)
        formats = ", ".join(
            f'<"{t.device}", "{t.name}", "{t.format}">' for t in self.program.targets
        )
        name = self.program.device.name or "__device_0"
        b.fail(
            b.i32(hal.INCOMPATIBLE),
            f"HAL device `{name}` not found or unavailable: #hal.device.select<[{formats}]>"
            + "".join(needs(target, self.program) for target in self.program.targets),
        )
        b.to.continue_at(found)
        return candidate, variant

    def create_executable(
        self, executable: Executable, device: SSAValue, variant: SSAValue
    ) -> None:
        """Creates one executable from the blob and the format of the selected variant."""
        b = self.b
        with b.to.rewriting(InitLowering.create_executable, executable.op):
            data = format = None
            rows = list(zip(executable.targets, executable.blobs, strict=True))
            for position, (target, blob) in reversed(list(enumerate(rows))):
                bytes_of = b.data(
                    f"{executable.name}_{target.name.replace('-', '_')}",
                    blob,
                    MIME_TYPES[target.name],
                )
                name = b.text(target.format)
                if data is None or format is None:
                    data, format = bytes_of, name
                    continue
                taken = b.value("cmp.eq.i32", [variant, b.i32(position)], i32)
                data = b.value("select.ref", [taken, bytes_of, data], data.type)
                format = b.value("select.ref", [taken, name, format], format.type)
            assert data is not None and format is not None
            affinity, no_constants = b.i64(hal.ANY_AFFINITY), b.null("vm.buffer")
            (created,) = b.call(
                "hal.executable.create", device, affinity, format, data, no_constants
            )
            b.store(b.own(executable.name), created)

    def import_constants(self, device: SSAValue) -> None:
        """Imports the pool without a copy where the device can; otherwise uploads it and waits."""
        b, pool = self.b, b"".join(self.program.pool)
        zero, size, affinity = b.i64(0), b.i64(len(pool)), b.i64(hal.ANY_AFFINITY)
        kind, usage = b.i32(hal.DEVICE_LOCAL), b.i32(hal.IMMUTABLE_STORAGE)
        data = b.data(b.own("_constants"), pool)
        (allocator,) = b.call("hal.device.allocator", device)
        (imported,) = b.call(
            "hal.allocator.import", allocator, b.i32(1), affinity, kind, usage, data, zero, size
        )
        absent, ready = self.block(), Block(arg_types=[BUFFER])
        ready.args[0].name_hint = "constants"
        is_imported = b.value("cmp.nz.ref", [imported], i32)
        b.emit("cond_br", [is_imported, imported], successors=[ready, absent])
        b.to.continue_at(absent)
        buffer = upload(b, device, allocator, data, usage, size, self.region)
        jump(b.to, ready, [buffer])
        self.region.add_block(ready)
        b.to.continue_at(ready)
        b.store(b.own("__constants"), ready.args[0])


MIME_TYPES = {
    "vmvx": "application/x-flatbuffers",
    "vulkan-spirv": "application/x-flatbuffers",
    "llvm-cpu": "application/octet-stream",
}
"""What each target's blobs are, for whoever lists the module file."""
