"""`KernelOp`, which every op of the `iree_tensor` dialect is that computes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from math import prod
from typing import TypeVar

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    FunctionType,
    IntegerAttr,
    i64,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    traits_def,
    var_operand_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import IsTerminator, Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.tensor_types import shape_of

UNBOUNDED_READS = 1 << 62
"""Reads of an element that can't be counted."""

NOMINAL_SIZE = 1 << 10
"""An open size, where work is estimated."""

T = TypeVar("T")

ShapeOf = Callable[[SSAValue], Sequence[int | SSAValue]]
"""Returns the sizes of a tensor: numbers, and scalars where its type leaves them open."""


class KernelOp(IRDLOperation, ABC):
    """An op on tensors whose kernel has loops of its own. Its form is the same for all: operands,
    attributes, types, and the region if there is one.
    """

    @property
    @abstractmethod
    def workload(self) -> tuple[int, ...]:
        """The extents of the index space whose points are computed in parallel."""

    def workload_in(self, shape: ShapeOf) -> tuple[int | SSAValue, ...]:
        """Returns the workload in the sizes that a function says. Here that of an op whose open
        sizes are those of its batch, which its workload begins with.
        """
        if DYNAMIC_INDEX not in self.workload:
            return self.workload
        sizes = shape(self.operands[0])
        return tuple(
            sizes[d] if count == DYNAMIC_INDEX else count for d, count in enumerate(self.workload)
        )

    def sizes_source(self, result: SSAValue) -> SSAValue:
        """Returns the operand that has the open sizes of a result, in the same dimensions."""
        count = len(self.results)
        place = list(self.results).index(result)  # pyright: ignore[reportArgumentType]
        return self.operands[place if len(self.operands) >= count else 0]

    @property
    def reads(self) -> Sequence[int]:
        """How often all points together read each element of each operand, at most. What makes an
        operand is computed inside the kernel only where that is once.
        """
        return [UNBOUNDED_READS] * len(self.operands)

    @property
    def buffered(self) -> Sequence[SSAValue]:
        """Operands that a dispatch takes as buffers though they may be constants, so that one kernel
        does for all their values.
        """
        return ()

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_op_attributes(self.properties | self.attributes)
        printer.print_string(" : ")
        printer.print_operation_type(self)
        for region in self.regions:
            printer.print_string(" ")
            printer.print_region(region)

    @classmethod
    def parse(cls, parser: Parser):
        names = parser.parse_optional_undelimited_comma_separated_list(
            parser.parse_optional_unresolved_operand, parser.parse_unresolved_operand
        )
        attributes = dict(parser.parse_optional_attr_dict())
        parser.parse_punctuation(":")
        place = parser.pos
        type = parser.parse_type()
        if not isinstance(type, FunctionType):
            parser.raise_error("expected a function type", place)
        operands = parser.resolve_operands(names or [], type.inputs.data, place)
        regions = [parser.parse_region() for _ in cls.get_irdl_definition().regions]
        known = cls.get_irdl_definition().properties
        properties = {name: attributes.pop(name) for name in known if name in attributes}
        return cls.create(
            operands=operands,
            result_types=type.outputs.data,
            properties=properties,
            attributes=attributes,
            regions=regions,
        )

    def verify_region(self, arguments: Sequence[Attribute], yields: Sequence[Attribute]) -> None:
        """Raises VerifyException for a region of another signature."""
        block = self.regions[0].block
        end = block.last_op
        found = [v.type for v in end.operands] if isinstance(end, YieldOp) else None
        if [a.type for a in block.args] != list(arguments) or found != list(yields):
            raise VerifyException(
                f"needs a region of ({', '.join(map(str, arguments))}) that yields "
                f"({', '.join(map(str, yields))})"
            )

    def verify_dimension(self, dimension: int) -> None:
        """Raises VerifyException unless operands 0, 1, ... have this dimension and one shape, and
        the results their types.
        """
        self.verify_along(dimension)
        inputs = self.operands[: len(self.results)]
        if list(self.result_types) != [value.type for value in inputs]:
            raise VerifyException("yields tensors of other types than it takes")

    def verify_along(self, dimension: int) -> None:
        """Raises VerifyException unless operands 0, 1, ... have this dimension and one shape."""
        inputs = self.operands[: len(self.results)]
        if not inputs or len({shape_of(value) for value in inputs}) > 1:
            raise VerifyException("needs operands of one shape, and at least one")
        if not 0 <= dimension < len(shape_of(inputs[0])):
            raise VerifyException(f"{inputs[0].type} has no dimension {dimension}")


@irdl_op_definition
class YieldOp(IRDLOperation):
    """Ends a region with its results: `iree_tensor.yield %0 : f32`."""

    name = "iree_tensor.yield"

    arguments = var_operand_def()

    traits = traits_def(IsTerminator(), Pure())

    assembly_format = "attr-dict ($arguments^ `:` type($arguments))?"

    def __init__(self, *arguments: SSAValue):
        super().__init__(operands=[arguments])


def integer(value: int) -> IntegerAttr:
    """Returns an i64 attribute."""
    return IntegerAttr(value, i64)


def points_in(workload: Sequence[int]) -> int:
    """Returns how many points a workload has; an estimate where sizes are open."""
    return prod(NOMINAL_SIZE if count < 0 else count for count in workload)


def without(shape: Sequence[T], dimension: int) -> tuple[T, ...]:
    """Returns a shape without one dimension."""
    return (*shape[:dimension], *shape[dimension + 1 :])
