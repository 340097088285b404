"""Stage 2 to 3, second part: tensor work inside host code becomes functions of its own.

A function that does nothing but tensor work stays as it is: a sequence. In every other one, and in
initializers, each maximal run of tensor work (constants and `tensor.empty` too) becomes a private
sequence `@<function>_seq_<n>`, and an `iree.call` of it replaces the run. A scalar that
tensor work reads goes to the sequence as a tensor of rank 0, an index as one of i64.

`tensor.cast` between static and dynamic shapes stays in host code, where it only changes the type
that the host knows a value by: every tensor there is a buffer view, which knows its shape. Casts
back to the type that a value had are removed.

With the execution model `async-external`, all functions are marked with `iree.abi.model`, so that
the calling model is in the text of later stages; `iree.abi.model = "sync"` on one keeps
it, or a call of it in another module, without fences. The sequences of a function that moves
tensors between devices take fences in any case: only the function itself waits, for its results.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from typing import TYPE_CHECKING

from xdsl.dialects import arith, func, tensor
from xdsl.dialects.builtin import (
    IndexType,
    ModuleOp,
    StringAttr,
    TensorType,
    i64,
)
from xdsl.ir import Attribute, Block, BlockArgument, Operation, Region, SSAValue, Use
from xdsl.rewriter import Rewriter

from ireelite.dialects.affinity import AFFINITY, device_attribute
from ireelite.dialects.elements import find_row
from ireelite.dialects.sequencer import iree
from ireelite.dialects.symbols import find_symbol
from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.rewriting.dead_code import erase_dead_ops
from ireelite.lowering.rewriting.open_shapes import open_argument
from ireelite.lowering.rewriting.outlining import Outlining
from ireelite.lowering.rewriting.plain_names import plain_name
from ireelite.lowering.rewriting.regions import is_within, outer_operands
from ireelite.lowering.rewriting.sequences import (
    is_about_sizes,
    is_constant,
    is_from_nothing,
    is_open_work,
    is_sequence,
    is_tensor_work,
    values_of,
)
from ireelite.lowering.sequencer.abi import ABI_MODEL, COARSE_FENCES, SYNC, orders_by_fences
from ireelite.lowering.sequencer.placement import find_devices, mark_devices, place_on_devices
from ireelite.lowering.sequencer.result_storage import check_output_storage, store_results
from ireelite.lowering.tensors.hlo_to_linalg.size_numbers import says_sizes
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.syntax.parser import place_of

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


def outline_sequences(
    module: ModuleOp,
    execution_model: str,
    tracker: Tracker | None,
    devices: Mapping[str, str] | None = None,
) -> ModuleOp:
    """Outlines the sequences of all host code, in place. With `devices` (name -> kind), each
    sequence is for one device; the `stream.affinity` of sequences and of ops in host code says
    which. Raises UNIMPLEMENTED for tensor work on dynamic shapes, naming the op and its place in
    the source.
    """
    names_of_devices = list(devices or ())
    place_on_devices(module, names_of_devices, tracker)
    for op in module.body.block.ops:
        check_output_storage(op)
        check_model(op)
        check_elements(op)
    if execution_model == "host-only":
        check_host_only(module)
    mark_model(module, execution_model)
    names = {getattr(op.properties.get("sym_name"), "data", "") for op in module.ops}
    for op in list(module.body.block.ops):
        if not is_sequence(op) and op.regions:
            remove_casts_back(op)
            if isinstance(op, func.FuncOp):
                store_results(op, names, tracker)
            Outliner(op, names, tracker, find_devices(op, names_of_devices)).run()
            call_sequences(op, tracker)
    if devices:
        mark_devices(module, devices)
    for op in module.body.block.ops:  # of sequences, whose buffers may be seen by no function
        check_elements(op)
    return module


# -- how functions are called ----------------------------------------------------------------------


def check_model(op: Operation) -> None:
    """Raises INVALID_ARGUMENT for a function with an unknown calling model."""
    model = op.attributes.get(ABI_MODEL)
    if model is not None and model not in (StringAttr(COARSE_FENCES), StringAttr(SYNC)):
        raise invalid_argument(
            f'{place_of(op)}{ABI_MODEL} is "{SYNC}" or "{COARSE_FENCES}", not {model}'
        )


def check_elements(op: Operation) -> None:
    """Raises UNIMPLEMENTED for a function of tensors whose elements no buffer holds."""
    type = op.function_type if isinstance(op, func.FuncOp) else None
    for value in (*type.inputs, *type.outputs) if type is not None else ():
        if isinstance(value, TensorType) and not isinstance(value.element_type, IndexType):
            if find_row(value.element_type) is None:
                raise StatusError(
                    StatusCode.UNIMPLEMENTED,
                    f"{place_of(op)}'{op.name}' has a value of type {value}, and no buffer holds "
                    f"elements of type {value.element_type}; tensors are of numbers",
                )


def check_host_only(module: ModuleOp) -> None:
    """Raises INVALID_ARGUMENT for a value that only a device can hold."""
    for op in module.walk():
        arguments = (a for region in op.regions for block in region.blocks for a in block.args)
        if any(isinstance(v.type, TensorType) for v in (*op.operands, *op.results, *arguments)):
            raise invalid_argument(
                f"{place_of(op)}'{op.name}' has a value that is a tensor; in the execution model "
                "host-only there are none"
            )


def mark_model(module: ModuleOp, execution_model: str) -> None:
    """Gives each function the model that its callers use, unless it has one: also those that are
    only declared, since other modules are as a rule compiled in the same way.
    """
    if execution_model == "async-external":
        for op in module.body.block.ops:
            if isinstance(op, func.FuncOp):
                op.attributes.setdefault(ABI_MODEL, StringAttr(COARSE_FENCES))


# -- casts -----------------------------------------------------------------------------------------


def remove_casts_back(host: Operation) -> None:
    """Takes a value itself where it is cast to another type and back."""
    for op in list(host.walk()):
        if isinstance(op, tensor.CastOp):
            source = op.source
            while isinstance(source.owner, tensor.CastOp) and source.type != op.dest.type:
                source = source.owner.source
            if source.type == op.dest.type:
                op.dest.replace_all_uses_with(source)
    for op in reversed(list(host.walk())):
        if isinstance(op, tensor.CastOp) and not op.dest.uses:
            op.detach()
            op.erase()


# -- runs ------------------------------------------------------------------------------------------


@light_dataclass()
class Run:
    """Tensor work that one sequence will do, and the op before which it is called."""

    ops: list[Operation]
    before: Operation


class Outliner:
    """Outlines the runs of one function or initializer."""

    def __init__(
        self,
        host: Operation,
        names: set[str],
        tracker: Tracker | None,
        device: Callable[[Operation], str],
    ):
        self.host, self.names, self.tracker, self.device = host, names, tracker, device
        self.number = 0
        name = host.sym_name.data if isinstance(host, func.FuncOp) else host.name.rpartition(".")[2]
        self.prefix = f"{plain_name(name)}_seq_"
        model = StringAttr(COARSE_FENCES) if orders_by_fences(host) else None
        self.model = model or host.attributes.get(ABI_MODEL)

    def run(self) -> None:
        """Outlines them in the order in which they stand."""
        for block in host_blocks(self.host):
            for run in find_runs(block, self.device):
                self.outline(run)
        for block in reversed(list(host_blocks(self.host))):  # inner ones read the outer ones
            erase_dead_ops(block, is_tensor_work_or_constant, self.tracker)

    def name(self) -> str:
        """Returns the next name that is free."""
        while True:
            name = f"{self.prefix}{self.number}"
            self.number += 1
            if name not in self.names:
                self.names.add(name)
                return name

    def outline(self, run: Run) -> None:
        """Moves the ops of a run into a new sequence, and calls it, unless nothing reads its results
        and none of its ops has an effect: assertions have no results.
        """
        inside = set(run.ops)
        is_unread = all(is_within(user, inside) for op in run.ops for user in users(op))
        if is_unread and all(op.results for op in run.ops):
            return
        for op in run.ops:
            check_work(op)
        is_open = any(is_open_work(op) or reads_sizes(op) for op in run.ops)
        copied = is_copied_to_open_work if is_open else is_from_nothing
        outlined = Outlining(run.ops, copied, self.tracker, boxed_type)
        if is_open:
            check_inputs(outlined)
        for argument, value in zip(outlined.block.args, outlined.inputs, strict=True):
            argument.name_hint = value.name_hint
            if argument.type != value.type:
                unbox(argument, value.type)
        boxes = {v: box(v) for v in outlined.inputs if boxed_type(v) != v.type}
        arguments = [boxes[v][-1].results[0] if v in boxes else v for v in outlined.inputs]
        boxing = [op for ops in boxes.values() for op in ops]
        end = func.ReturnOp(*outlined.outputs)
        outlined.block.add_op(end)
        types = outlined.result_types
        sequence = func.FuncOp(
            self.name(), (outlined.block.arg_types, types), Region(outlined.block), "private"
        )
        if self.model is not None:
            sequence.attributes[ABI_MODEL] = self.model
        if device := self.device(run.ops[-1]):
            sequence.attributes[AFFINITY] = device_attribute(device)
        call = iree.CallOp(sequence.sym_name.data, arguments, types)
        block, parent = run.before.parent_block(), self.host.parent_block()
        assert block is not None and parent is not None
        block.insert_ops_before([*boxing, call], run.before)
        parent.insert_op_before(sequence, self.host)
        outlined.replace(Outliner.outline, call.outputs, [*boxing, call, sequence, end])


def boxed_type(value: SSAValue) -> Attribute:
    """Returns the type by which a sequence takes a value: a tensor of rank 0 for a scalar, of i64
    for an index.
    """
    if isinstance(value.type, TensorType):
        return value.type
    return TensorType(i64 if isinstance(value.type, IndexType) else value.type, [])


def box(scalar: SSAValue) -> list[Operation]:
    """Makes the tensor of rank 0 that holds a scalar."""
    ops: list[Operation] = []
    if isinstance(scalar.type, IndexType):
        ops.append(arith.IndexCastOp(scalar, i64))
        scalar = ops[0].results[0]
    return [*ops, tensor.FromElementsOp(scalar, result_type=boxed_type(scalar))]


def unbox(argument: BlockArgument, type: Attribute) -> None:
    """Lets the readers of an argument of rank 0 read its element."""
    assert isinstance(argument.type, TensorType)
    element = tensor.ExtractOp(argument, [], argument.type.element_type)
    ops: list[Operation] = [element]
    if isinstance(type, IndexType):
        ops.append(arith.IndexCastOp(element.result, type))
    ops[-1].results[0].name_hint = argument.name_hint
    argument.replace_uses_with_if(ops[-1].results[0], lambda use: use.operation is not element)
    first = argument.block.first_op
    assert first is not None
    argument.block.insert_ops_before(ops, first)


def users(op: Operation) -> list[Operation]:
    """Returns the ops that read a result of an op."""
    return [use.operation for result in op.results for use in result.uses]


def call_sequences(host: Operation, tracker: Tracker | None) -> None:
    """Makes an `iree.call` of each call of a sequence, since its arguments will be buffers. Those
    that are left here write to their arguments.
    """
    for op in list(host.walk()):
        if isinstance(op, func.CallOp):
            callee = find_symbol(op, op.callee)
            if callee is not None and is_sequence(callee):
                call = iree.CallOp(op.callee.root_reference.data, op.arguments, op.result_types)
                call.location = op.location
                Rewriter.replace_op(op, call)
                if tracker is not None:
                    tracker.rewrite(call_sequences, [op], [call])


def host_blocks(op: Operation) -> Iterator[Block]:
    """Yields the blocks of host code: not those inside tensor work."""
    for region in op.regions:
        for block in region.blocks:
            yield block
            for inner in list(block.ops):
                if not is_tensor_work(inner):
                    yield from host_blocks(inner)


def find_runs(block: Block, device: Callable[[Operation], str]) -> list[Run]:
    """Returns the runs of a block; all ops of a run are on one device. Constants, empty tensors,
    and ops that compute sizes are part of a run only if the host itself reads them; other runs have
    copies.
    """
    runs: list[Run] = []
    ops: dict[Operation, None] = {}
    for op in list(block.ops):
        if ops and device(op) != device(next(reversed(ops))) and is_tensor_work(op):
            runs.append(Run(list(ops), op))
            ops = {}
        if is_from_nothing(op) or says_sizes(op):
            if is_tensor_work(op) and (uses := uses_by_host(op)):
                ops[own_copy(op, uses)] = None
        elif is_tensor_work(op):
            ops[op] = None
        elif ops and not goes_before(op, ops):
            runs.append(Run(list(ops), op))
            ops = {}
    return runs


def uses_by_host(op: Operation) -> list[Use]:
    """Returns where host code reads the result of an op."""
    return [
        use
        for use in op.results[0].uses
        if not is_tensor_work(use.operation)
        and not any(map(is_tensor_work, parents(use.operation)))
    ]


def own_copy(op: Operation, uses: list[Use]) -> Operation:
    """Returns an op whose result only the host reads: a copy, if there are other readers."""
    if op.results[0].has_one_use() or len(uses) == len(list(op.results[0].uses)):
        return op
    copy = op.clone()
    block = op.parent_block()
    assert block is not None
    block.insert_op_after(copy, op)
    for use in uses:
        use.operation.operands[use.index] = copy.results[0]
    return copy


def goes_before(op: Operation, run: Container[Operation]) -> bool:
    """Returns whether a host op that stands within a run may go before it: it only computes scalars
    or casts, and from nothing that the run makes.
    """
    if not op.name.startswith(("arith.", "math.", "tensor.cast", "tensor.dim")):
        return False
    return not any(isinstance(v.owner, Operation) and v.owner in run for v in op.operands)


def parents(op: Operation) -> Iterator[Operation]:
    """Yields the ops around an op, innermost first."""
    while (around := op.parent_op()) is not None:
        yield around
        op = around


def is_tensor_work_or_constant(op: Operation) -> bool:
    """Returns whether an op of host code may be erased if nothing uses its results."""
    return is_tensor_work(op) or is_constant(op)


def check_work(op: Operation) -> None:
    """Raises UNIMPLEMENTED for tensor work on indices."""
    for value in values_of(op):
        if isinstance(value.type, TensorType) and isinstance(value.type.element_type, IndexType):
            raise StatusError(
                StatusCode.UNIMPLEMENTED,
                f"{place_of(op)}'{op.name}' has a value of type {value.type}, which no buffer "
                "holds; cast its elements to an integer type",
            )


def reads_sizes(op: Operation) -> bool:
    """Returns whether an op, or one in its regions, reads a tensor of sizes from around it."""
    owners = (value.owner for value in outer_operands(op))
    return any(isinstance(owner, Operation) and says_sizes(owner) for owner in owners)


def is_copied_to_open_work(op: Operation) -> bool:
    """Returns whether an op goes into each sequence of open sizes that reads it: one about sizes
    does, also where the sizes are elements of small tensors.
    """
    return is_from_nothing(op) or is_about_sizes(op) or says_sizes(op)


def check_inputs(outlined: Outlining) -> None:
    """Raises UNIMPLEMENTED for work on open sizes that takes a scalar from host code."""
    for value in outlined.inputs:
        if not isinstance(value.type, TensorType):
            op = next(op for op in outlined.block.ops if not is_from_nothing(op))
            raise StatusError(
                StatusCode.UNIMPLEMENTED,
                f"{place_of(op)}'{op.name}' is work on tensors whose sizes are open, and a scalar of "
                f"type {value.type} that host code computes decides it; make that a tensor of rank 0"
                f"{open_argument(op)}",
            )
