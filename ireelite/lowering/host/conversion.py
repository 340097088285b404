"""The conversion that takes host functions to the virtual machine, and what its rules share.

Each value of the source becomes one value. In a function that takes fences, or moves tensors
between devices, a tensor that is computed on a queue also has a fence, which is reached when the
tensor is ready; `ready` maps the one to the other. Wherever a tensor is an argument of a block, its
fence is the next argument.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xdsl.dialects.builtin import TensorType
from xdsl.ir import Attribute, Block, Operation, SSAValue

from ireelite.dialects.affinity import AFFINITY, device_name
from ireelite.lowering.host.types import FENCE, vm_type
from ireelite.lowering.rewriting.conversion import Rules
from ireelite.lowering.rewriting.scf_to_blocks import BlockConversion
from ireelite.lowering.vm import hal_imports as hal
from ireelite.lowering.vm.branches import vm_branch_ops
from ireelite.lowering.vm.building import VmBuilder

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


class HostConversion(BlockConversion):
    """A conversion of functions with many blocks, which knows the module it builds."""

    def __init__(self, rules: Rules, module_name: str, tracker: Tracker | None):
        super().__init__(rules, "the virtual machine", vm_branch_ops(vm_type), tracker)
        self.b = VmBuilder(self, module_name)
        self.fenced = False
        """Whether tensors of the function that is being lowered have fences."""
        self.signal: SSAValue | None = None
        """The fence that the function signals when its results are ready; None if it waits for
        them."""
        self.ready: dict[SSAValue, SSAValue] = {}
        """A tensor of the source -> the fence at which it is ready; absent if that is now."""

    def convert(self, op: Operation) -> None:
        """Applies the rule for an op, building for the device that the op's affinity names."""
        with self.b.on(device_name(op.attributes.get(AFFINITY))):
            super().convert(op)

    # -- blocks ------------------------------------------------------------------------------------

    def has_fence(self, type: Attribute) -> bool:
        """Returns whether values of this type travel with a fence."""
        return self.fenced and isinstance(type, TensorType)

    def receiver(self, olds: Sequence[SSAValue]) -> Block:
        """Returns a new block whose arguments are the new values of these values and their fences.
        `enter` adds it to the function.
        """
        types: list[Attribute] = []
        for old in olds:
            types += [vm_type(old.type), *([FENCE] if self.has_fence(old.type) else [])]
        block = Block(arg_types=types)
        self.bind(olds, block.args)
        return block

    def bind(self, olds: Sequence[SSAValue], news: Sequence[SSAValue]) -> list[SSAValue]:
        """Maps values to a receiver's arguments. Returns those arguments without the fences."""
        arguments, bound = iter(news), list[SSAValue]()
        for old in olds:
            bound.append(self.map(old, next(arguments)))
            if self.has_fence(old.type):
                self.ready[old] = next(arguments)
        return bound

    def alias(self, old: SSAValue, other: SSAValue) -> None:
        """Maps a value to the new value of another, which is ready at the same fence."""
        super().alias(old, other)
        if other in self.ready:
            self.ready[old] = self.ready[other]

    def passed(self, olds: Sequence[SSAValue]) -> list[SSAValue]:
        """Returns the arguments with which a branch gives these values and their fences to a
        receiver.
        """
        news: list[SSAValue] = []
        for old in olds:
            news.append(self.value(old))
            if self.has_fence(old.type):
                news.append(self.ready.get(old) or self.b.null("hal.fence"))
        return news

    # -- fences ------------------------------------------------------------------------------------

    def new_fence(self) -> SSAValue:
        """Returns a fence that is not reached yet."""
        (fence,) = self.b.call("hal.fence.create", self.b.device(), self.b.i64(0))
        return fence

    def fences_of(self, olds: Sequence[SSAValue]) -> list[SSAValue]:
        """Returns the fences of those values that are not ready now, each once."""
        return list(dict.fromkeys(self.ready[old] for old in olds if old in self.ready))

    def joined(self, fences: Sequence[SSAValue]) -> SSAValue:
        """Returns a fence that is reached when all of these are."""
        if not fences:
            return self.b.null("hal.fence")
        if len(fences) == 1:
            return fences[0]
        return self.b.call_variadic("hal.fence.join", [self.b.i64(0), list(fences)])[0]

    def await_values(self, olds: Sequence[SSAValue]) -> None:
        """Waits until these values are ready."""
        if fences := self.fences_of(olds):
            self.b.await_fence(self.joined(fences), self.region)

    def finish_at(self, olds: Sequence[SSAValue]) -> None:
        """Lets the function's signal fence be reached when these values are ready, or waits until
        they are.
        """
        b = self.b
        if self.signal is None:
            self.await_values(olds)
            return
        if fences := self.fences_of(olds):
            affinity, flags = b.i64(hal.ANY_AFFINITY), b.i64(0)
            wait = self.joined(fences)
            b.call("hal.device.queue.barrier", b.device(), affinity, wait, self.signal, flags)
        else:
            b.call("hal.fence.signal", self.signal)
