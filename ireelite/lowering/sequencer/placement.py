"""Placement of tensors and ops on the devices of a multi-device program, and transfers between
them.

An op runs on the device that its `stream.affinity` names, or that of its function; without an
affinity, on the device of its first tensor. Constants and empty tensors are placed where they are
first read. Arguments and results of functions are on the device that their `iree.abi.affinity`
names, or that of the function; without one, on the default device. An op that reads a tensor of
another device reads the result of a `flow.tensor.transfer` instead.

The pass runs twice: first on the program as written, whose ops have affinities, and again on the
transformed program, just before sequences are outlined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from xdsl.dialects import func
from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, ModuleOp, StringAttr, TensorType
from xdsl.ir import Attribute, Operation, Region, SSAValue
from xdsl.traits import IsTerminator

from ireelite.dialects import flow, util
from ireelite.dialects.affinity import (
    ABI_AFFINITY,
    AFFINITY,
    DEFAULT_AFFINITY,
    device_attribute,
    device_name,
)
from ireelite.dialects.sequencer import iree
from ireelite.dialects.symbols import find_symbol
from ireelite.lowering.rewriting.outlining import use_instead
from ireelite.lowering.rewriting.regions import outer_operands
from ireelite.lowering.rewriting.sequences import (
    is_from_nothing,
    is_private,
    is_sequence,
    is_tensor_work,
)
from ireelite.lowering.sequencer.abi import REFLECTION
from ireelite.signature import DEVICES
from ireelite.status import StatusError, check_name
from ireelite.syntax.errors import at_place

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

LOOPS = ("scf.for", "scf.while", "stablehlo.while")
"""Loop ops: their results and the last arguments of their regions take the values of the last
operands."""
CHOICES = ("scf.if", "scf.index_switch", "stablehlo.case", "stablehlo.if")
"""Branch ops: their results are the values that one of their regions yields."""
CONDITIONS = ("scf.condition",)
"""Terminators whose first operand is the loop condition rather than a yielded value."""


def place_on_devices(module: ModuleOp, devices: Sequence[str], tracker: Tracker | None) -> ModuleOp:
    """Places all ops on `devices`, the device names of the compilation, and inserts transfers, in
    place. Without `devices` there is only one device, and transfers are removed.

    Raises NOT_FOUND for an affinity whose device is not in `devices`.
    """
    if not devices:
        forget_devices(module, tracker)
        return module
    check_names(module, devices)
    default = default_device(module, devices)
    for op in module.body.block.ops:
        if isinstance(op, func.FuncOp):
            spread_affinities(op)
    for op in module.body.block.ops:
        if op.regions and not isinstance(op, iree.MultiArchExecutableOp):
            placement = Placement(op, default)
            placement.transfer_operands(tracker)
            for inner in op.walk():
                if inner is not op:
                    inner.attributes.pop(AFFINITY, None)
    return module


def spread_affinities(function: func.FuncOp) -> None:
    """Copies the affinities of a function to its arguments, results and ops that have none of their
    own.
    """
    if (abi := function.attributes.pop(ABI_AFFINITY, None)) is not None:
        type, rows = function.function_type, (function.arg_attrs, function.res_attrs)
        spread = [
            ArrayAttr(
                DictionaryAttr(
                    {**({ABI_AFFINITY: abi} if isinstance(t, TensorType) else {}), **own}
                )
                for t, own in zip(types, [r.data for r in row or ()] or [{}] * len(types))
            )
            for types, row in zip((type.inputs, type.outputs), rows)
        ]
        function.properties["arg_attrs"], function.properties["res_attrs"] = spread
    if not function.is_declaration and not is_private(function):
        if (said := function.attributes.pop(AFFINITY, None)) is None:
            return
        for op in function.body.walk():
            if any(map(is_tensor, op.results)) and is_tensor_work(op) and not is_from_nothing(op):
                op.attributes.setdefault(AFFINITY, said)


def find_devices(host: Operation, devices: Sequence[str]) -> Callable[[Operation], str]:
    """Returns a function from an op of host code to its device; to the empty string if there is
    only one device.
    """
    if not devices:
        return lambda op: ""
    return Placement(host, default_device(host, devices)).device


def default_device(op: Operation, devices: Sequence[str]) -> str:
    """Returns the default device: the one that `stream.affinity.default` of the module names, or
    the first.
    """
    module = op if isinstance(op, ModuleOp) else op.parent_op()
    said = None if module is None else device_name(module.attributes.get(DEFAULT_AFFINITY))
    return said or devices[0]


def mark_devices(module: ModuleOp, devices: Mapping[str, str]) -> None:
    """Sets the `stream.affinity` of each sequence and each op of host code to its device; a
    transfer gets that of its operand. The reflection of functions lists `devices` (name -> kind).
    """
    default = default_device(module, list(devices))
    order = sorted(devices, key=lambda name: name != default)
    kinds = StringAttr(",".join(f"{name}={devices[name]}" for name in order))
    for op in module.body.block.ops:
        if isinstance(op, func.FuncOp) and not is_private(op):
            own = op.attributes.get(REFLECTION)
            texts = own.data if isinstance(own, DictionaryAttr) else {}
            op.attributes[REFLECTION] = DictionaryAttr({**texts, DEVICES: kinds})
        if isinstance(op, util.GlobalOp):
            op.attributes.setdefault(AFFINITY, device_attribute(default))
        elif is_sequence(op) and isinstance(op, func.FuncOp):
            placement = Placement(op, default)
            last = op.body.block.last_op
            assert last is not None
            op.attributes.setdefault(AFFINITY, device_attribute(placement.device(last)))
        elif op.regions and not isinstance(op, iree.MultiArchExecutableOp):
            placement = Placement(op, default)
            for inner in op.walk():
                if inner is not op and any(map(is_tensor, (*inner.operands, *inner.results))):
                    device = placement.device(inner)
                    inner.attributes[AFFINITY] = device_attribute(device)


def forget_devices(module: ModuleOp, tracker: Tracker | None) -> None:
    """Removes transfers and all affinities, except those of arguments and results, which remain in
    declarations.
    """
    for op in list(module.walk()):
        op.attributes.pop(AFFINITY, None)
        if isinstance(op, flow.TensorTransferOp):
            if tracker is not None:
                tracker.rewrite(forget_devices, [op], [])
            op.result.replace_all_uses_with(op.operand)
            op.detach()
            op.erase()


def check_names(module: ModuleOp, devices: Sequence[str]) -> None:
    """Raises NOT_FOUND for an affinity with an unknown device."""
    for op in module.walk():
        for attribute in affinities(op):
            if (name := device_name(attribute)) is not None:
                try:
                    check_name("device", name, devices)
                except StatusError as error:
                    raise at_place(error, [op]) from None


def affinities(op: Operation) -> Iterator[Attribute]:
    """Yields all attributes of an op that name devices."""
    names = AFFINITY, ABI_AFFINITY, DEFAULT_AFFINITY
    yield from (op.attributes[name] for name in names if name in op.attributes)
    if isinstance(op, flow.TensorTransferOp):
        yield op.target
    if isinstance(op, func.FuncOp):
        for rows in (op.arg_attrs, op.res_attrs):
            for row in rows or ():
                if ABI_AFFINITY in row.data:
                    yield row.data[ABI_AFFINITY]


def devices_of(rows: ArrayAttr[DictionaryAttr] | None, count: int, otherwise: str) -> list[str]:
    """Returns the device of each argument or of each result of a function; `otherwise` for those
    without an affinity.
    """
    said = [None] * count if rows is None else [row.data.get(ABI_AFFINITY) for row in rows]
    return [device_name(attribute) or otherwise for attribute in said]


def argument_devices(function: func.FuncOp, default: str) -> list[str]:
    """Returns the device of each argument of a function."""
    own = device_name(function.attributes.get(AFFINITY)) or default
    return devices_of(function.arg_attrs, len(function.function_type.inputs), own)


def result_devices(function: func.FuncOp, default: str) -> list[str]:
    """Returns the device of each result of a function."""
    own = device_name(function.attributes.get(AFFINITY)) or default
    return devices_of(function.res_attrs, len(function.function_type.outputs), own)


def is_tensor(value: SSAValue) -> bool:
    return isinstance(value.type, TensorType)


def read_by(op: Operation) -> Sequence[SSAValue]:
    """Returns the values that an op reads, including those read in its regions, unless the ops of
    its regions are placed separately.
    """
    return op.operands if op.name in (*LOOPS, *CHOICES) else outer_operands(op)


class Placement:
    """The devices of all tensors of a function or an initializer."""

    def __init__(self, host: Operation, default: str):
        self.host = host
        self.default = device_name(host.attributes.get(AFFINITY)) or default
        self.module_default = default
        self.of: dict[SSAValue, str] = {}
        self._unplaced: list[Operation] = []
        """Ops whose device follows from neither an affinity nor an operand."""
        first = host.regions[0].blocks
        if isinstance(host, func.FuncOp) and first:
            places = argument_devices(host, default)
            self.of |= dict(zip(host.body.blocks[0].args, places, strict=True))
        self._place_region(host.regions[0])
        for op in reversed(self._unplaced):
            device = self._read_on(op)
            self.of |= dict.fromkeys(op.results, device)

    def device(self, op: Operation) -> str:
        """Returns the device on which an op runs."""
        if (said := device_name(op.attributes.get(AFFINITY))) is not None:
            return said
        if isinstance(op, flow.TensorTransferOp | func.ReturnOp):
            return self._first(op.operands) or self.default
        return self._first((*op.results, *read_by(op))) or self._read_on(op)

    def transfer_operands(self, tracker: Tracker | None) -> None:
        """Inserts a transfer before each op that reads a tensor of another device."""
        for op in list(self.host.walk()):
            if op is self.host or not self._is_placed(op):
                continue
            wanted = list(zip(op.operands, self._wanted(op), strict=True))
            captured = [value for value in read_by(op) if value not in op.operands]
            wanted += [(value, self.device(op)) for value in captured]
            for value, device in dict.fromkeys(wanted):
                if device is None or not is_tensor(value) or self.of.get(value) in (None, device):
                    continue
                self._transfer(op, value, device, tracker)

    def _transfer(
        self, op: Operation, value: SSAValue, device: str, tracker: Tracker | None
    ) -> None:
        block = op.parent_block()
        assert block is not None
        source = value.owner
        if isinstance(source, Operation) and is_from_nothing(source) and is_tensor_work(op):
            return  # each sequence has its own copy
        transfer = flow.TensorTransferOp.build(
            operands=[value, []],
            properties={"target": device_attribute(device)},
            result_types=[value.type],
        )
        transfer.location = op.location
        block.insert_op_before(transfer, op)
        if op.name in (*LOOPS, *CHOICES):
            op.operands = [transfer.result if v is value else v for v in op.operands]
        else:
            use_instead(op, {value: transfer.result})
        self.of[transfer.result] = device
        if tracker is not None:
            tracker.rewrite(place_on_devices, [op], [transfer, op])

    # -- devices of results ------------------------------------------------------------------------

    def _place_region(self, region: Region) -> None:
        for block in region.blocks:
            for argument in block.args:
                if is_tensor(argument):
                    self.of.setdefault(argument, self.default)
            for op in block.ops:
                self._place(op)

    def _place(self, op: Operation) -> None:
        if isinstance(op, flow.TensorTransferOp):
            self.of[op.result] = device_name(op.target) or self.default
        elif isinstance(op, func.CallOp | iree.CallOp):
            callee = find_symbol(op, op.callee)
            if isinstance(callee, func.FuncOp):
                places = result_devices(callee, self.module_default)
                self.of |= dict(zip(op.results, places, strict=True))
        elif op.name in LOOPS:
            self._place_loop(op)
        elif op.name in CHOICES:
            self._place_choice(op)
        elif isinstance(op, util.GlobalLoadOp):
            self.of[op.result] = self._global_device(op, op.global_name)
        elif any(map(is_tensor, op.results)):
            device = device_name(op.attributes.get(AFFINITY)) or self._first(read_by(op))
            if device is None:
                self._unplaced.append(op)
            else:
                self.of |= dict.fromkeys(op.results, device)

    def _place_loop(self, op: Operation) -> None:
        """Places a loop. All values that it carries are on one device, since the loop may become
        part of a single sequence.
        """
        count = len(op.results)
        device = self._first(op.operands[len(op.operands) - count :]) or self.default
        self.of |= dict.fromkeys(op.results, device)
        for region in op.regions:
            for block in list(region.blocks)[:1]:
                self.of |= dict.fromkeys(block.args[len(block.args) - count :], device)
            self._place_region(region)

    def _place_choice(self, op: Operation) -> None:
        """Places a branch op. All values that it yields are on one device, as for loops."""
        for region in op.regions:
            self._place_region(region)
        ends = [region.blocks[0].last_op for region in op.regions if region.blocks]
        yielded = [value for end in ends if end is not None for value in end.operands]
        self.of |= dict.fromkeys(op.results, self._first(yielded) or self.default)

    def _first(self, values: Sequence[SSAValue]) -> str | None:
        """Returns the device of the first tensor that has been placed; None if there is none."""
        return next((self.of[v] for v in values if is_tensor(v) and v in self.of), None)

    def _read_on(self, op: Operation) -> str:
        """Returns the device on which the first reader wants a result; the default device if none
        wants it anywhere.
        """
        for result in op.results:
            for use in result.uses:
                wanted = self._wanted(use.operation)[use.index]
                if wanted is not None:
                    return wanted
        return self.default

    # -- devices of operands -----------------------------------------------------------------------

    def _is_placed(self, op: Operation) -> bool:
        """Returns whether this placement covers an op. It does not cover ops in regions of tensor
        work.
        """
        around = op.parent_op()
        return around is self.host or (
            around is not None and around.name in (*LOOPS, *CHOICES) and self._is_placed(around)
        )

    def _wanted(self, op: Operation) -> list[str | None]:
        """Returns the device on which an op wants each operand; None for operands that may be on
        any device.
        """
        count = len(op.operands)
        around = op.parent_op()
        if isinstance(op, flow.TensorTransferOp):
            return [None] * count
        if isinstance(op, func.CallOp | iree.CallOp):
            callee = find_symbol(op, op.callee)
            known = isinstance(callee, func.FuncOp)
            return [*argument_devices(callee, self.module_default)] if known else [None] * count
        if isinstance(op, func.ReturnOp) and isinstance(self.host, func.FuncOp):
            return [*result_devices(self.host, self.module_default)]
        if isinstance(op, util.GlobalStoreOp):
            return [self._global_device(op, op.global_name)]
        if op.has_trait(IsTerminator) and around is not None and around is not self.host:
            skipped = 1 if op.name in CONDITIONS else 0
            if count - skipped != len(around.results):
                return [None] * count
            return [None] * skipped + [self.of.get(r) for r in around.results]
        if op.has_trait(IsTerminator):
            return [self.default] * count
        if op.name in LOOPS:
            inits = [self.of.get(result) for result in op.results]
            return [None] * (count - len(inits)) + inits
        said = device_name(op.attributes.get(AFFINITY))
        device = said or self._first((*op.results, *read_by(op)))
        return [device] * count

    def _global_device(self, op: Operation, name: object) -> str:
        found = find_symbol(op, name)  # pyright: ignore[reportArgumentType]
        said = None if found is None else device_name(found.attributes.get(AFFINITY))
        return said or self.module_default
