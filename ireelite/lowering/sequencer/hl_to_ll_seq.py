"""Stage 4 to 5, second part: decides memory and order.

Workloads are constants by now, so each goes into its executable and its dispatch becomes static.
Buffers that the function does not return share one arena; two of them may overlap if their
lifetimes are apart. Dispatches move up to the first group in which everything they read is ready,
and a barrier stands between groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xdsl.dialects import arith, func, memref
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    IntegerAttr,
    MemRefType,
    ModuleOp,
    UnitAttr,
    i32,
)
from xdsl.ir import Block, Operation, Region, SSAValue

from ireelite.dialects.sequencer import iree, iree_hl_seq, iree_interp, iree_ll_seq
from ireelite.dialects.sequencer.iree_ll_seq import byte_size, is_open
from ireelite.dialects.sequencer.syntax import entry_names
from ireelite.lowering.rewriting.conversion import Conversion, OpT, Rules, copy_op
from ireelite.lowering.rewriting.sequences import (
    CONTROL_OPS,
    blocks_within,
    is_about_sizes,
    is_host_code,
    is_sequence,
    with_body,
)
from ireelite.lowering.sequencer.accesses import EntryPoints
from ireelite.lowering.sequencer.arena import ALIGNMENT, Lifetime, aligned, peak, place
from ireelite.lowering.sequencer.schedule_work import (
    RUN_ENDS,
    WORK_OPS,
    Schedule,
    Use,
    roots_of,
)
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.syntax.errors import place_of

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


def hl_to_ll_seq(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Returns a module of numbered executables with their workloads, then the sequences with memory
    and barriers, and host code as it is.
    """
    to = Conversion({}, "the low-level sequencer", tracker)
    result = ModuleOp([], module.attributes, module.sym_name)
    workloads, entry_points = static_workloads(module), EntryPoints(module)
    executables = functions = 0
    with to.at(result.body.block):
        for op in module.body.block.ops:
            if isinstance(op, iree.MultiArchExecutableOp):
                number_executable(op, executables, workloads, to)
                executables += 1
            elif is_sequence(op) and isinstance(op, func.FuncOp):
                FunctionLowering(op, to, entry_points).run(functions)
                functions += 1
            elif is_host_code(op):
                to.apply(op, copy_op, op.results)
            else:
                raise invalid_argument(
                    f"{place_of(op)}'{op.name}' has no place in a sequencer module"
                )
    to.finish()
    return result


def static_workloads(module: ModuleOp) -> dict[tuple[str, str], DenseIntOrFPElementsAttr]:
    """Returns the workload of each (executable, entry point).

    Raises UNIMPLEMENTED for one that is not a constant.
    """
    found: dict[tuple[str, str], DenseIntOrFPElementsAttr] = {}
    for op in module.walk():
        if isinstance(op, iree_hl_seq.DispatchOp):
            if not isinstance(op.workload.owner, iree_interp.ConstantOp):
                raise StatusError(
                    StatusCode.UNIMPLEMENTED,
                    f"{place_of(op)}a dispatch's workload must be a constant",
                )
            found[entry_names(op.entry_point)] = op.workload.owner.value
    return found


def number_executable(
    op: iree.MultiArchExecutableOp,
    ordinal: int,
    workloads: dict[tuple[str, str], DenseIntOrFPElementsAttr],
    to: Conversion,
) -> None:
    """Copies the executable with its ordinal; each exported function with its workload and its own
    ordinal.
    """
    to.apply(op, copy_op, ())
    copy = to.last(iree.MultiArchExecutableOp)
    copy.properties["ordinal"] = IntegerAttr(ordinal, i32)
    entry = 0
    for function in copy.walk():
        if isinstance(function, func.FuncOp) and iree.EXPORT in function.attributes:
            name = (op.sym_name.data, function.sym_name.data)
            if name in workloads:
                function.attributes[iree.WORKLOAD] = workloads[name]
            function.attributes[iree.ORDINAL] = IntegerAttr(entry, i32)
            entry += 1


class FunctionLowering:
    """One function: orders its dispatches, places its buffers, and writes it again."""

    def __init__(self, op: func.FuncOp, to: Conversion, entry_points: EntryPoints):
        self.op, self.to = op, to
        body = op.body.block
        self.blocks = blocks_within(body)
        self.schedule = Schedule(body, entry_points)
        self.levels = self.schedule.levels
        end = body.last_op
        assert isinstance(end, iree_hl_seq.ReturnOp)
        roots = (roots_of(value) for value in end.arguments)
        self.returned = {root for each in roots for root in each}
        loads = (op for each in self.blocks for op in each.ops if isinstance(op, memref.LoadOp))
        self.read_by_host = {root for op in loads for root in roots_of(op.memref)}

    def run(self, ordinal: int) -> None:
        """Writes the function."""
        to, old = self.to, self.op
        block = Block(arg_types=old.body.block.arg_types)
        for argument, new in zip(old.body.block.args, block.args, strict=True):
            to.map(argument, new)
        with to.at(block):
            self._sizes()
            self._constants()
            self._buffers()
            self._work(old.body.block)
            to.apply(old.body.block.last_op or old, lower_return, ())
        type = old.function_type
        function = with_body(old, type.inputs.data, type.outputs.data, Region(block))
        function.attributes[iree.ORDINAL] = IntegerAttr(ordinal, i32)
        with to.deriving_from(old):
            to.insert(function)

    def _sizes(self) -> None:
        """Lowers what the host computes of the sizes of open arguments, before what needs them."""
        if not any(is_open(argument.type) for argument in self.op.args):
            return
        for op in self.op.body.block.ops:
            if is_about_sizes(op) or isinstance(op, arith.ConstantOp | memref.DimOp):
                self.to.apply(op, copy_op, op.results)

    def _constants(self) -> None:
        """Constants that are data stay; workloads are in their dispatches now."""
        for op in (op for block in self.blocks for op in block.ops):
            if isinstance(op, iree_interp.ConstantOp):
                users = [use.operation for use in op.result.uses]
                data = [
                    u
                    for u in users
                    if not (isinstance(u, iree_hl_seq.DispatchOp) and u.workload is op.result)
                ]
                if data:
                    self.to.apply(op, lower_constant, op.results)

    def _buffers(self) -> None:
        """Places buffers: what is returned or read by the host has a buffer of its own; everything
        else a place in the arena.
        """
        allocs = [
            op
            for block in self.blocks
            for op in block.ops
            if isinstance(op, iree_hl_seq.AllocHeapOp)
        ]
        own = self.returned | self.read_by_host
        own |= {op.result for op in allocs if is_open(op.result.type)}
        self._record_schedule([op for op in allocs if op.result in own])
        for op in allocs:
            if op.result in own:
                self.to.apply(op, self._lower_alloc, op.results)
        transients = [op for op in allocs if op.result not in own]
        if not transients:
            return
        uses = self._uses(transients)
        lifetimes = [lifetime_of(op, uses[op.result]) for op in transients]
        size = place(lifetimes)
        self._record_arena(transients, uses, lifetimes, size)
        with self.to.deriving_from(*transients):
            arena = self.to.insert(iree_ll_seq.AllocArenaOp(size)).result
            arena.name_hint = "arena"
        for op, lifetime in zip(transients, lifetimes, strict=True):

            def lower_transient(
                op: iree_hl_seq.AllocHeapOp, to: Conversion, lifetime: Lifetime = lifetime
            ) -> Operation:
                subspan = iree_ll_seq.SubspanOp(arena, lifetime.offset, op.result.type)
                return to.insert(copy_undefined(op, subspan))

            self.to.apply(op, lower_transient, op.results)

    def _lower_alloc(self, op: iree_hl_seq.AllocHeapOp, to: Conversion) -> Operation:
        assert isinstance(op.result.type, MemRefType)
        sizes = [to.value(size) for size in op.sizes]
        new = copy_undefined(op, iree_ll_seq.AllocHeapOp(op.result.type, sizes))
        if op.result in self.read_by_host:
            new.attributes[iree.HOST_VISIBLE] = UnitAttr()
        return to.insert(new)

    def _uses(self, allocs: Sequence[iree_hl_seq.AllocHeapOp]) -> dict[SSAValue, list[Use]]:
        """Returns when each buffer is used, under whatever name."""
        uses: dict[SSAValue, list[Use]] = {
            op.result: list(self.schedule.uses(op.result)) for op in allocs
        }
        control = (op for block in self.blocks for op in block.ops if type(op) in CONTROL_OPS)
        for result in (result for op in control for result in op.results):
            if isinstance(result.type, MemRefType):
                for root in roots_of(result):
                    if root in uses:
                        uses[root] += self.schedule.uses(result)
        return uses

    # -- the record --------------------------------------------------------------------------------

    def _record_schedule(self, own: Sequence[iree_hl_seq.AllocHeapOp]) -> None:
        """Records the level of each piece of work, the levels of loops and choices, and which
        buffers are outside of the arena.
        """
        if (tracker := self.to.tracker) is None:
            return
        name = self.op.sym_name.data
        for op, level in self.levels.items():
            reason = "what it reads and overwrites is ready"
            tracker.decide("schedule", [op], "work", reason, {"function": name, "level": level})
        for op, (first, last) in self.schedule.spans.items():
            facts = {"function": name, "first": first, "last": last}
            tracker.decide("schedule", [op], "around", "it ends a run of work", facts)
        uses = self._uses(own)
        for op in own:
            if op.result in self.returned:
                reason = "the function returns it"
            else:
                reason = (
                    "the host reads it" if op.result in self.read_by_host else "its size is open"
                )
            ends = ends_of(uses[op.result])
            facts: dict[str, int | float | str] = {
                "function": name,
                "first": min((use.first for use in ends), default=0),
                "last": max((use.last for use in ends), default=0),
            }
            if not is_open(op.result.type):
                facts["bytes"] = byte_size(op.result.type)
            tracker.decide("placement", [op, *(use.op for use in ends)], "own", reason, facts)

    def _record_arena(
        self,
        transients: Sequence[iree_hl_seq.AllocHeapOp],
        uses: dict[SSAValue, list[Use]],
        lifetimes: Sequence[Lifetime],
        size: int,
    ) -> None:
        """Records the place of each buffer in the arena, with the op that first uses it and those
        that keep it alive, and how good the arena is.
        """
        if (tracker := self.to.tracker) is None:
            return
        name = self.op.sym_name.data
        for op, life in zip(transients, lifetimes, strict=True):
            facts = {
                "function": name,
                "first": life.first,
                "last": life.last,
                "bytes": life.size,
                "offset": life.offset,
            }
            ends = (use.op for use in ends_of(uses[op.result]))
            reason = "no group of work uses both it and what shares its bytes"
            tracker.decide("placement", [op, *ends], "arena", reason, facts)
        facts = {
            "function": name,
            "bytes": size,
            "lower bound": peak(lifetimes),
            "without sharing": sum(aligned(life.size) for life in lifetimes),
            "alignment": ALIGNMENT,
        }
        tracker.decide("arena", transients, "placed", "no arena is below the bound", facts)

    def _work(self, block: Block) -> None:
        """Lowers the runs of work of a block, and what is between them."""
        run: list[Operation] = []
        for op in block.ops:
            kind = type(op)
            if kind in WORK_OPS:
                run.append(op)
            elif kind in RUN_ENDS:
                self._run(run)
                run = []
                self.to.apply(op, self._lower_control, op.results)
            elif kind in (arith.ConstantOp, arith.IndexCastOp):
                if op.results[0] not in self.to.values:
                    self.to.apply(op, copy_op, op.results)
        self._run(run)

    def _run(self, run: Sequence[Operation]) -> None:
        """Lowers work sorted by group, with a barrier between groups."""
        previous: Operation | None = None
        for op in sorted(run, key=lambda o: self.levels[o]):
            if previous is not None and self.levels[op] != self.levels[previous]:
                with self.to.deriving_from(previous, op):
                    self.to.insert(iree_ll_seq.BarrierOp())
            self.to.apply(op, WORK_RULES[type(op)], ())
            previous = op

    def _lower_control(self, op: Operation, to: Conversion) -> Operation:
        """Returns the same loop, choice or read of a scalar."""
        return to.insert(
            type(op).create(
                operands=to.operands(op),
                result_types=op.result_types,
                properties=op.properties,
                attributes=op.attributes,
                regions=[self._lower_region(region) for region in op.regions],
            )
        )

    def _lower_region(self, region: Region) -> Region:
        to = self.to
        if not region.blocks:
            return Region()
        block, end = Block(arg_types=region.block.arg_types), region.block.last_op
        assert end is not None
        for old, new in zip(region.block.args, block.args, strict=True):
            to.map(old, new)
        with to.at(block):
            self._work(region.block)
            to.apply(end, copy_op, ())
        return Region(block)


def ends_of(uses: Sequence[Use]) -> list[Use]:
    """Returns the first use, and those that keep a buffer alive to its last level; none of a buffer
    that is not used.
    """
    if not uses:
        return []
    last = max(use.last for use in uses)
    keepers = {use.op: use for use in uses if use.last == last}
    return [min(uses, key=lambda use: use.first), *keepers.values()]


def lifetime_of(op: iree_hl_seq.AllocHeapOp, uses: Sequence[Use]) -> Lifetime:
    """Returns the lifetime of a buffer, from the first to the last level at which it is used."""
    first = min((use.first for use in uses), default=0)
    return Lifetime(first, max((use.last for use in uses), default=0), byte_size(op.result.type))


def lower_constant(op: iree_interp.ConstantOp, to: Conversion) -> Operation:
    return to.insert(iree_ll_seq.ConstantOp(op.value))


def copy_undefined(old: Operation, new: OpT) -> OpT:
    """Returns the new allocation, marked if the old one is."""
    if iree.UNDEFINED in old.attributes:
        new.attributes[iree.UNDEFINED] = UnitAttr()
    return new


def lower_copy(op: iree_hl_seq.CopyOp, to: Conversion) -> Operation:
    return to.insert(iree_ll_seq.CopyOp(to.value(op.source), to.value(op.target)))


def lower_dispatch(op: iree_hl_seq.DispatchOp, to: Conversion) -> Operation:
    assert isinstance(op.workload.owner, iree_interp.ConstantOp)
    bindings = [to.value(v) for v in op.bindings]
    return to.insert(
        iree_ll_seq.StaticDispatchOp(op.entry_point, op.workload.owner.value, bindings)
    )


def lower_dynamic_dispatch(op: iree_hl_seq.DynamicDispatchOp, to: Conversion) -> Operation:
    operands = ([to.value(v) for v in vs] for vs in (op.workload, op.bindings, op.sizes))
    return to.insert(iree_ll_seq.DynamicDispatchOp(op.entry_point, *operands))


def lower_fill(op: iree_hl_seq.FillOp, to: Conversion) -> Operation:
    return to.insert(iree_ll_seq.FillOp(op.pattern, to.value(op.target)))


WORK_RULES: Rules = {
    iree_hl_seq.CopyOp: lower_copy,
    iree_hl_seq.DispatchOp: lower_dispatch,
    iree_hl_seq.DynamicDispatchOp: lower_dynamic_dispatch,
    iree_hl_seq.FillOp: lower_fill,
}
"""Work -> its rule."""


def lower_return(op: iree_hl_seq.ReturnOp, to: Conversion) -> Operation:
    return to.insert(iree_ll_seq.ReturnOp(to.operands(op)))
