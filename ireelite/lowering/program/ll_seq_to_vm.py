"""Stage 6 to 7: sequences become functions of the virtual machine that call the HAL.

Executables are serialised here and become rodata. `__init` selects a device and the first format it
accepts, creates the executables, imports the constants and records one reusable command buffer for
each sequence. A call then asserts its arguments, allocates, executes that command buffer with its
buffers in the binding table, and awaits the fence. One that is called with fences executes when the
first is reached, has the second signalled, and awaits nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.ir import Operation

from ireelite.dialects.sequencer import iree
from ireelite.lowering.host.host_to_vm import host_conversion, lower_host_code
from ireelite.lowering.program.command_buffers import MemoizeLowering
from ireelite.lowering.program.frame import (
    Executable,
    InstructionTables,
    Program,
    check_same_targets,
    collect_constants,
    device_of,
    dispatched,
    find_places,
    find_runs,
    has_control,
    narrowed,
    remove_left_out,
    serialise,
)
from ireelite.lowering.program.init import write_init
from ireelite.lowering.program.open_sequences import OpenLowering, has_open_sizes
from ireelite.lowering.program.sequence_control import ControlLowering
from ireelite.lowering.program.sequence_functions import FunctionLowering
from ireelite.lowering.rewriting.sequences import is_host_code, is_sequence
from ireelite.lowering.sequencer.abi import is_async
from ireelite.lowering.vm.building import VmBuilder
from ireelite.lowering.vm.hal_imports import IMPORTS
from ireelite.status import invalid_argument
from ireelite.syntax.errors import place_of
from ireelite.targets.registry import DeviceChoice, TargetOptions, TargetSelection

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


OWN_NAMES = ("__constants", "__device", "__init", "__select_variant", "__variant")
"""What a module has besides its functions, which may have no such name."""


def ll_seq_to_vm(
    module: ModuleOp,
    name: str,
    options: TargetOptions,
    selection: TargetSelection,
    tracker: Tracker | None,
    devices: Sequence[DeviceChoice] = (),
) -> tuple[ModuleOp, InstructionTables]:
    """Lowers sequences and host code to the VM. Returns a module that holds one `vm.module`, and
    tables of where the instructions of its executables came from. With several `devices`, each has
    its own executables, constants and command buffers.
    """
    to = host_conversion(name, tracker)
    tables: InstructionTables = []
    programs = {choice.name: Program(choice) for choice in devices or [DeviceChoice()]}
    default = next(iter(programs))
    executables: dict[str, Executable] = {}
    functions: list[tuple[func.FuncOp, Program]] = []
    host: list[Operation] = []
    for op in module.body.block.ops:
        check_name(op)
        if isinstance(op, iree.MultiArchExecutableOp):
            executables[op.sym_name.data] = serialise(op, options, selection, tables, tracker)
        elif is_sequence(op) and isinstance(op, func.FuncOp):
            program = programs[device_of(op, list(programs))]
            functions.append((op, program))
            collect_constants(op, program)
        elif is_host_code(op):
            host.append(op)
        else:
            raise invalid_argument(f"{place_of(op)}'{op.name}' has no place in a sequencer module")
    for program in programs.values():
        used = {name for f, own in functions if own is program for name in dispatched(f)}
        program.executables = {
            name: narrowed(executable, program.device.family)
            for name, executable in executables.items()
            if not devices or name in used
        }
        remove_left_out(program, selection, tables)
        check_same_targets(program)
    taken = [target for program in programs.values() for target in program.targets]
    selection.take(list(dict.fromkeys(taken)), tracker)
    builder = to.b
    for function, program in functions:
        with builder.on(program.device.name):
            write_function(function, program, builder)
    with builder.on(default):
        device = bool(devices) or needs_device([f for f, _ in functions], programs[default])
        initialize = lower_host_code(host, to, device)
        if device or builder.uses_device:
            write_init(list(programs.values()), builder, initialize)
    result = ModuleOp([builder.finish()])
    return result, tables


def write_function(function: func.FuncOp, program: Program, builder: VmBuilder) -> None:
    """Writes the VM function of a sequence, and the functions that record its command buffers."""
    runs = find_runs(function, program)
    if has_open_sizes(function):
        OpenLowering(function, runs, program, builder).write()
        return
    for run in runs:
        MemoizeLowering(function, run, program, builder).write()
    program.memoized += [run.name for run in runs]
    lowering = ControlLowering if has_control(function) else FunctionLowering
    lowering(function, runs, program, builder).write()


def check_name(op: Operation) -> None:
    """Raises INVALID_ARGUMENT for a function or a global with a name of the module's own."""
    if isinstance(op, func.FuncOp) and op.is_declaration:
        return
    name = op.properties.get("sym_name")
    if isinstance(name, StringAttr) and (name.data in OWN_NAMES or name.data in IMPORTS):
        raise invalid_argument(
            f"{place_of(op)}'{name.data}' is a name that the compiler gives to something of its own"
        )


def needs_device(functions: Sequence[func.FuncOp], program: Program) -> bool:
    """Returns whether anything that a module does for its sequences takes a device."""
    return bool(program.executables) or any(
        is_async(function) or find_places(function, program)[1] for function in functions
    )
