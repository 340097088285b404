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
from ireelite.lowering.sequencer.arena import Lifetime, place
from ireelite.lowering.sequencer.schedule_work import RUN_ENDS, WORK_OPS, Schedule, roots_of
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.syntax.errors import place_of

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


def hl_to_ll_seq(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """A module of numbered executables with their workloads,
    then the sequences with memory and barriers, and host code as it is.
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
    """(executable, entry point) -> workload.

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
    """The same executable with its ordinal; each exported function with its workload and its own
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
        """What the host computes of the sizes of open arguments comes before what needs them."""
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
        """What is returned or read by the host gets a buffer of its own; everything else a place in
        the arena.
        """
        allocs = [
            op
            for block in self.blocks
            for op in block.ops
            if isinstance(op, iree_hl_seq.AllocHeapOp)
        ]
        own = self.returned | self.read_by_host
        own |= {op.result for op in allocs if is_open(op.result.type)}
        for op in allocs:
            if op.result in own:
                self.to.apply(op, self._lower_alloc, op.results)
        transients = [op for op in allocs if op.result not in own]
        if not transients:
            return
        lifetimes = self._lifetimes(transients)
        size = place(lifetimes)
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

    def _lifetimes(self, allocs: Sequence[iree_hl_seq.AllocHeapOp]) -> list[Lifetime]:
        """From the first to the last level at which a buffer is used, under whatever name."""
        times: dict[SSAValue, list[int]] = {
            op.result: list(self.schedule.times(op.result)) for op in allocs
        }
        for result in (r for block in self.blocks for op in block.ops for r in op.results):
            if isinstance(result.owner, CONTROL_OPS) and isinstance(result.type, MemRefType):
                for root in roots_of(result):
                    if root in times:
                        times[root] += self.schedule.times(result)
        return [
            Lifetime(min(used, default=0), max(used, default=0), byte_size(value.type))
            for value, used in times.items()
        ]

    def _work(self, block: Block) -> None:
        """The runs of work of a block, and what is between them."""
        run: list[Operation] = []
        for op in block.ops:
            if isinstance(op, WORK_OPS):
                run.append(op)
            elif isinstance(op, RUN_ENDS):
                self._run(run)
                run = []
                self.to.apply(op, self._lower_control, op.results)
            elif isinstance(op, arith.ConstantOp | arith.IndexCastOp):
                if op.results[0] not in self.to.values:
                    self.to.apply(op, copy_op, op.results)
        self._run(run)

    def _run(self, run: Sequence[Operation]) -> None:
        """Work sorted by group, with a barrier between groups."""
        previous: Operation | None = None
        for op in sorted(run, key=lambda o: self.levels[o]):
            if previous is not None and self.levels[op] != self.levels[previous]:
                with self.to.deriving_from(previous, op):
                    self.to.insert(iree_ll_seq.BarrierOp())
            self.to.apply(op, WORK_RULES[type(op)], ())
            previous = op

    def _lower_control(self, op: Operation, to: Conversion) -> Operation:
        """The same loop, choice or read of a scalar."""
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


def lower_constant(op: iree_interp.ConstantOp, to: Conversion) -> Operation:
    return to.insert(iree_ll_seq.ConstantOp(op.value))


def copy_undefined(old: Operation, new: OpT) -> OpT:
    """The new allocation, marked if the old one is."""
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
