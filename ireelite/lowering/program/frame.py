"""The facts that the parts of the lowering to the virtual machine share: serialised executables, the
pool of constants, and where each buffer is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from xdsl.dialects import func, memref
from xdsl.ir import Block, Operation, SSAValue

from ireelite.dialects.affinity import AFFINITY, device_name
from ireelite.dialects.sequencer import iree, iree_ll_seq
from ireelite.dialects.sequencer.iree_ll_seq import (
    allocated_size,
    byte_size,
    contents,
    fill_bytes,
    is_open,
)
from ireelite.dialects.sequencer.syntax import entry_names
from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.rewriting.sequences import CONTROL_OPS, blocks_within
from ireelite.lowering.sequencer.arena import aligned
from ireelite.lowering.vm.buffer_views import hal_pattern
from ireelite.status import StatusCode, StatusError, check_name
from ireelite.syntax.parser import at_place
from ireelite.targets.registry import (
    DeviceChoice,
    DeviceFeature,
    InstructionRow,
    Target,
    TargetOptions,
    TargetSelection,
    target_of_tag,
)

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


@dataclass
class Executable:
    """An executable with its serialised variants."""

    op: iree.MultiArchExecutableOp
    targets: list[Target]
    blobs: list[bytes]

    @property
    def name(self) -> str:
        return self.op.sym_name.data

    def body(self, target: Target):
        """Returns the module of one variant."""
        return next(e.module for e in self.op.executables if e.format == target.tag)


@light_dataclass()
class Program:
    """The state that all parts of the lowering for one device share."""

    device: DeviceChoice = field(default_factory=DeviceChoice)
    executables: dict[str, Executable] = field(default_factory=dict)
    constants: dict[SSAValue, int] = field(default_factory=dict)
    """Each constant buffer's offset in the pool."""
    fill_starts: dict[Operation, tuple[int, int]] = field(default_factory=dict)
    """A fill that begins with a copy from the pool -> that part's offset there and its size."""
    pool: list[bytes] = field(default_factory=list)
    """The parts of the pool, joined once: constants may be large."""
    pool_size: int = 0
    offsets: dict[bytes, int] = field(default_factory=dict)
    """Contents of a constant -> its offset; equal ones are kept once."""
    memoized: list[str] = field(default_factory=list)
    """Names of the runs that have a command buffer recorded by `__init`."""
    keeps_variant: bool = False
    """Whether calls need the number of the target whose executables run."""

    @property
    def targets(self) -> list[Target]:
        """The targets, in order of preference; the same for every executable."""
        return next(iter(self.executables.values())).targets if self.executables else []

    def features(self, target: Target) -> list[DeviceFeature]:
        """Returns what a device must have to run all executables of a target."""
        found = [
            feature
            for executable in self.executables.values()
            for feature in target.features(executable.body(target))
        ]
        return list(dict.fromkeys(found))


def narrowed(executable: Executable, family: str) -> Executable:
    """Restricts an executable to the variants that devices of a family run; keeps all if `family`
    is empty.
    """
    rows = [
        (target, blob)
        for target, blob in zip(executable.targets, executable.blobs, strict=True)
        if not family or target.device == family
    ]
    return Executable(executable.op, [target for target, _ in rows], [blob for _, blob in rows])


def device_of(sequence: func.FuncOp, names: Sequence[str]) -> str:
    """Returns which of the devices `names` a sequence is for; the first if it has no affinity.
    Raises NOT_FOUND for an affinity with another device.
    """
    name = device_name(sequence.attributes.get(AFFINITY))
    if name is None:
        return names[0]
    try:
        check_name("device", name, [known for known in names if known])
    except StatusError as error:
        raise at_place(error.annotate("name the devices of the program"), [sequence]) from None
    return name


def dispatched(function: func.FuncOp) -> list[str]:
    """Names of the executables that a sequence dispatches."""
    return [
        entry_names(op.entry_point)[0]
        for op in function.walk()
        if isinstance(op, iree_ll_seq.StaticDispatchOp | iree_ll_seq.DynamicDispatchOp)
    ]


VARIANT = "__variant"
"""The global that holds the number of the target whose executables run."""

InstructionTables = list[tuple[str, str, list[InstructionRow]]]
"""(kind, executable/tag, rows) of each serialised variant that has instructions to show."""


INSTRUCTION_KINDS: dict[str, str] = {
    iree.ExecutableFormat.SPIRV: "spirv",
    iree.ExecutableFormat.IREE_BYTECODE: "vm",
    iree.ExecutableFormat.LLVM: "native",
}
"""What the rows of a variant's instruction table are."""


def serialise(
    op: iree.MultiArchExecutableOp,
    options: TargetOptions,
    selection: TargetSelection,
    tables: InstructionTables,
    tracker: Tracker | None,
) -> Executable:
    """Serialises all variants of an executable, but for those whose target is left out."""
    targets: list[Target] = []
    blobs: list[bytes] = []
    for variant in op.executables:
        target = target_of_tag(variant.format)
        if target.name in selection.left_out:
            continue
        try:
            blob = target.serialize(variant.module, options)
        except StatusError as error:
            context = f"while serialising executable '{op.sym_name.data}' for {target.name}"
            selection.leave_out(target, at_place(error.annotate(context), [op]), op, tracker)
            continue
        targets.append(target)
        blobs.append(blob.data)
        if blob.origins:
            tables.append(
                (
                    INSTRUCTION_KINDS[variant.format],
                    f"{op.sym_name.data}/{variant.format}",
                    blob.origins,
                )
            )
    return Executable(op, targets, blobs)


def remove_left_out(
    program: Program, selection: TargetSelection, tables: InstructionTables
) -> None:
    """Removes the variants of targets that could not take a later executable, and their tables.
    Raises the first target's error if no target remains.
    """
    tags: set[str] = set()
    for executable in program.executables.values():
        kept: list[tuple[Target, bytes]] = []
        for target, blob in zip(executable.targets, executable.blobs, strict=True):
            if target.name in selection.left_out:
                tags.add(target.tag)
            else:
                kept.append((target, blob))
        executable.targets = [target for target, _ in kept]
        executable.blobs = [blob for _, blob in kept]
    tables[:] = [row for row in tables if row[1].rpartition("/")[2] not in tags]
    if program.executables:
        selection.check_any(program.targets)


def check_same_targets(program: Program) -> None:
    """Checks that every executable has the same variants: one choice of format is made for the
    whole module.
    """
    names = {tuple(t.name for t in e.targets) for e in program.executables.values()}
    if len(names) > 1:
        raise StatusError(
            StatusCode.INVALID_ARGUMENT,
            f"executables were compiled for different targets: "
            f"{', '.join(map(str, sorted(names)))}",
        )


def collect_constants(function: func.FuncOp, program: Program) -> None:
    """Puts a function's constants into the pool, and the beginnings of fills that the HAL has no
    pattern for.
    """
    for op in function.body.walk():
        if isinstance(op, iree_ll_seq.ConstantOp):
            program.constants[op.result] = add_to_pool(contents(op.value), program)
        elif isinstance(op, iree_ll_seq.FillOp):
            element = fill_bytes(op.pattern)
            if hal_pattern(element) is None:
                count = min(FILL_START, byte_size(op.target.type)) // len(element)
                start = element * count
                program.fill_starts[op] = add_to_pool(start, program), len(start)


def add_to_pool(data: bytes, program: Program) -> int:
    """Returns the aligned offset of these bytes in the pool."""
    if (offset := program.offsets.get(data)) is None:
        offset = program.offsets[data] = aligned(program.pool_size)
        padding = bytes(offset - program.pool_size)
        held = data or bytes(4)  # one without elements has a place, too
        end = bytes(-len(held) % 4)
        program.pool += [part for part in (padding, held, end) if part]
        program.pool_size = offset + len(held) + len(end)
    return offset


WHOLE_BUFFER = -1
"""A size that lets a binding end where its buffer does."""

WORD_BYTES = 4

FILL_START = 4096
"""Bytes. A fill without a pattern of the HAL copies so many, and then what it has filled."""


@light_dataclass()
class Place:
    """Where the bytes of a sequencer buffer are:
    a binding slot, or the constant pool, and an offset.
    """

    slot: int | None
    offset: int
    size: int
    """Bytes that copies and fills move; WHOLE_BUFFER where the type leaves sizes open."""
    bound: int
    """Bytes that dispatches see."""


def place_of(value: SSAValue, slot: int | None, offset: int) -> Place:
    return Place(slot, offset, stored_size(value), bound_size(value))


def find_places(
    function: func.FuncOp, program: Program
) -> tuple[dict[SSAValue, Place], list[SSAValue]]:
    """Returns the place of every buffer, and the buffers that have a slot of their own, in order."""
    slots: list[SSAValue] = list(function.args)
    for op in function.body.block.ops:
        if isinstance(op, iree_ll_seq.AllocHeapOp | iree_ll_seq.AllocArenaOp):
            slots.append(op.result)
    places = {value: place_of(value, n, 0) for n, value in enumerate(slots)}
    for op in function.body.block.ops:
        if isinstance(op, iree_ll_seq.SubspanOp):
            arena = places[op.arena]
            places[op.result] = place_of(op.result, arena.slot, op.offset.value.data)
        elif isinstance(op, iree_ll_seq.ConstantOp):
            places[op.result] = place_of(op.result, None, program.constants[op.result])
    return places, slots


def stored_size(value: SSAValue) -> int:
    """Bytes of a buffer: whole words of one that this module allocates, those of its type of a
    caller's, all of one whose type leaves sizes open.
    """
    if is_open(value.type):
        return WHOLE_BUFFER
    return (byte_size if is_lent(value) else allocated_size)(value.type)


def bound_size(value: SSAValue) -> int:
    """Bytes that a dispatch sees of a buffer: `stored_size`, but all of a caller's one that ends
    within a word. Drivers allocate whole words, and shaders load them.
    """
    size = stored_size(value)
    return WHOLE_BUFFER if is_lent(value) and size % WORD_BYTES else size


def is_lent(value: SSAValue) -> bool:
    """Returns whether a buffer is the caller's."""
    owner = value.owner
    return isinstance(owner, Block) and not isinstance(owner.parent_op(), CONTROL_OPS)


@light_dataclass()
class Run:
    """Work that runs without a decision: what one command buffer holds."""

    name: str
    """What its command buffer is named after."""
    ops: list[Operation]
    """Dispatches, copies, fills, and the barriers between them."""
    places: dict[SSAValue, Place]
    slots: list[SSAValue]
    """The buffers that are bound to its slots when it runs."""


WORK_OPS = (
    iree_ll_seq.StaticDispatchOp,
    iree_ll_seq.DynamicDispatchOp,
    iree_ll_seq.CopyOp,
    iree_ll_seq.FillOp,
)
"""What runs on a queue."""


def find_runs(function: func.FuncOp, program: Program) -> list[Run]:
    """Returns the runs of a function, in the order of its text. That of a function without loops
    and choices is named as the function is, and has a slot for each of its buffers.
    """
    name = function.sym_name.data
    ends = (*CONTROL_OPS, memref.LoadOp)
    found: list[list[Operation]] = []
    for block in blocks_within(function.body.block):
        found.append([])
        for op in block.ops:
            kind = type(op)
            if kind in ends:
                found.append([])
            elif kind in WORK_OPS or kind is iree_ll_seq.BarrierOp:
                found[-1].append(op)
    runs = [ops for ops in found if any(type(op) in WORK_OPS for op in ops)]
    places, slots = find_places(function, program)
    if not has_control(function):
        return [Run(name, ops, places, slots) for ops in runs]
    return [
        Run(f"{name}_{number}", ops, *places_of_run(ops, places, slots))
        for number, ops in enumerate(runs)
    ]


def has_control(function: func.FuncOp) -> bool:
    """Returns whether what runs in a sequence depends on anything."""
    ends = (*CONTROL_OPS, memref.LoadOp)
    return any(type(op) in ends for op in function.body.block.ops)


def places_of_run(
    ops: Sequence[Operation], places: dict[SSAValue, Place], slots: Sequence[SSAValue]
) -> tuple[dict[SSAValue, Place], list[SSAValue]]:
    """Returns the places of the buffers that a run uses, with a slot for each that is bound. One
    that a loop or a choice passes on is bound as it is; others are parts of what is bound.
    """
    used: dict[SSAValue, Place] = {}
    bound: dict[SSAValue, int] = {}
    for value in (operand for op in ops for operand in op.operands):
        place = places.get(value)
        if place is None:
            place, base = place_of(value, 0, 0), value
        elif place.slot is None:
            used[value] = place
            continue
        else:
            base = slots[place.slot]
        slot = bound.setdefault(base, len(bound))
        used[value] = replace(place, slot=slot)
    return used, list(bound)


def memoize_name(run: str) -> str:
    """Returns the function that records the command buffer of a run."""
    return f"__{run}_memoize"


def command_buffer_name(run: str) -> str:
    """Returns the global that holds it."""
    return f"__{run}_command_buffer"
