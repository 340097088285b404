"""Scans and sorts: ops in which an element of the result depends on the order of all elements."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    BoolAttr,
    IndexType,
    IntegerAttr,
    TensorType,
    i1,
    i32,
    i64,
)
from xdsl.ir import Region, SSAValue
from xdsl.irdl import (
    SameVariadicOperandSize,
    irdl_op_definition,
    operand_def,
    prop_def,
    region_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.extensions.iree_tensor.kernel_op import (
    KernelOp,
    ShapeOf,
    integer,
    points_in,
    without,
)
from ireelite.dialects.tensor_types import element_type_of, shape_of


@irdl_op_definition
class ScanOp(KernelOp):
    """The partial results of folding a dimension: element k of a result is the fold of the init
    value and the elements 0 to k, or k to the last if it is reversed; without element k if it is
    exclusive.

    The region takes an accumulator for each input, then an element of each. The workload are the
    dimensions that are not scanned.
    """

    name = "iree_tensor.scan"

    inputs = var_operand_def(TensorType)
    inits = var_operand_def(TensorType)
    dimension = prop_def(IntegerAttr)
    reverse = prop_def(BoolAttr)
    exclusive = prop_def(BoolAttr)
    outputs = var_result_def(TensorType)
    body = region_def("single_block")

    irdl_options = (SameVariadicOperandSize(),)
    traits = traits_def(Pure())

    def __init__(
        self,
        inputs: Sequence[SSAValue],
        inits: Sequence[SSAValue],
        dimension: int,
        reverse: bool,
        exclusive: bool,
        body: Region,
    ):
        super().__init__(
            operands=[inputs, inits],
            properties={
                "dimension": integer(dimension),
                "reverse": BoolAttr.from_bool(reverse),
                "exclusive": BoolAttr.from_bool(exclusive),
            },
            result_types=[[value.type for value in inputs]],
            regions=[body],
        )

    @property
    def dim(self) -> int:
        """The dimension that is scanned."""
        return self.dimension.value.data

    @property
    def workload(self) -> tuple[int, ...]:
        return without(shape_of(self.inputs[0]), self.dim)

    def workload_in(self, shape: ShapeOf) -> tuple[int | SSAValue, ...]:
        return without(shape(self.inputs[0]), self.dim)

    @property
    def reads(self) -> Sequence[int]:
        return [1] * len(self.inputs) + [points_in(self.workload)] * len(self.inits)

    def verify_(self) -> None:
        self.verify_dimension(self.dim)
        elements = [element_type_of(value) for value in self.inputs]
        if [value.type for value in self.inits] != [TensorType(e, []) for e in elements]:
            raise VerifyException("needs an init value of rank 0 for each input")
        self.verify_region(elements * 2, elements)


class OrderingOp(KernelOp):
    """An op that orders the elements along a dimension. The region takes a left and a right element
    of each operand, and yields whether the left ones come first.
    """

    inputs = var_operand_def(TensorType)
    dimension = prop_def(IntegerAttr)
    outputs = var_result_def(TensorType)
    comparator = region_def("single_block")

    traits = traits_def(Pure())

    @property
    def dim(self) -> int:
        """The dimension that is sorted along."""
        return self.dimension.value.data

    def workload_of(self, part: int) -> tuple[int, ...]:
        """Returns the other dimensions, and the parts of `part` elements that the dimension has."""
        shape = shape_of(self.inputs[0])
        return (*without(shape, self.dim), -(-shape[self.dim] // part))

    def workload_in(self, shape: ShapeOf) -> tuple[int | SSAValue, ...]:
        return (*without(shape(self.inputs[0]), self.dim), self.workload[-1])

    def verify_ordering(self, what: str, part: IntegerAttr) -> None:
        """Raises VerifyException for a dimension that is none, for parts, `what` they are called,
        without elements, and for a region of another signature.
        """
        self.verify_dimension(self.dim)
        if part.value.data < 1:
            raise VerifyException(f"a {what} of {part.value.data} elements is too short")
        self.verify_region([element_type_of(v) for v in self.inputs for _ in range(2)], [i1])


def verify_run(run: SSAValue) -> None:
    """Raises VerifyException for the length of a run that is not one i32 or i64."""
    if run.type not in (TensorType(i32, []), TensorType(i64, [])):
        raise VerifyException(f"needs a run of one i32 or i64, not {run.type}")


@irdl_op_definition
class SortOp(OrderingOp):
    """Divides a dimension into runs of `run` elements and sorts each run stably. The last run may be
    shorter. The workload are the other dimensions, and the runs.
    """

    name = "iree_tensor.sort"

    run = prop_def(IntegerAttr)

    def __init__(self, inputs: Sequence[SSAValue], dimension: int, run: int, comparator: Region):
        super().__init__(
            operands=[inputs],
            properties={"dimension": integer(dimension), "run": integer(run)},
            result_types=[[value.type for value in inputs]],
            regions=[comparator],
        )

    @property
    def workload(self) -> tuple[int, ...]:
        return self.workload_of(self.run.value.data)

    @property
    def reads(self) -> Sequence[int]:
        return [1] * len(self.inputs)

    def verify_(self) -> None:
        self.verify_ordering("run", self.run)


@irdl_op_definition
class MergeOp(OrderingOp):
    """Merges pairs of sorted runs of a dimension, stably: the operands have sorted runs of `run`
    elements, the results sorted runs of twice as many. The last run of each may be shorter.

    A point of the workload makes `chunk` elements of a result; where those of a pair of runs begin
    in both runs it finds by bisection. The workload are the other dimensions, and the chunks.

    `run` is an operand and a dispatch takes it from a buffer, so that the merges of a sort, which
    differ in nothing else, are one kernel.
    """

    name = "iree_tensor.merge"

    inputs = var_operand_def(TensorType)  # again, so that it comes before the run
    run = operand_def(TensorType)
    chunk = prop_def(IntegerAttr)

    def __init__(
        self,
        inputs: Sequence[SSAValue],
        run: SSAValue,
        dimension: int,
        chunk: int,
        comparator: Region,
    ):
        super().__init__(
            operands=[inputs, run],
            properties={"dimension": integer(dimension), "chunk": integer(chunk)},
            result_types=[[value.type for value in inputs]],
            regions=[comparator],
        )

    @property
    def workload(self) -> tuple[int, ...]:
        return self.workload_of(self.chunk.value.data)

    @property
    def buffered(self) -> Sequence[SSAValue]:
        return [self.run]

    def verify_(self) -> None:
        self.verify_ordering("chunk", self.chunk)
        verify_run(self.run)


@irdl_op_definition
class SortPartsOp(OrderingOp):
    """`iree_tensor.sort` of a dimension of an open size: the host says how many runs it has."""

    name = "iree_tensor.sort_parts"

    inputs = var_operand_def(TensorType)
    parts = operand_def(IndexType)
    run = prop_def(IntegerAttr)

    def __init__(
        self,
        inputs: Sequence[SSAValue],
        parts: SSAValue,
        dimension: int,
        run: int,
        comparator: Region,
    ):
        super().__init__(
            operands=[inputs, parts],
            properties={"dimension": integer(dimension), "run": integer(run)},
            result_types=[[value.type for value in inputs]],
            regions=[comparator],
        )

    @property
    def workload(self) -> tuple[int, ...]:
        return (*without(shape_of(self.inputs[0]), self.dim), DYNAMIC_INDEX)

    def workload_in(self, shape: ShapeOf) -> tuple[int | SSAValue, ...]:
        return (*without(shape(self.inputs[0]), self.dim), self.parts)

    @property
    def reads(self) -> Sequence[int]:
        return [1] * len(self.operands)

    def verify_(self) -> None:
        self.verify_ordering("run", self.run)


@irdl_op_definition
class MergePartsOp(OrderingOp):
    """`iree_tensor.merge` of a dimension of an open size: the host says how many chunks it has."""

    name = "iree_tensor.merge_parts"

    inputs = var_operand_def(TensorType)
    run = operand_def(TensorType)
    parts = operand_def(IndexType)
    chunk = prop_def(IntegerAttr)

    def __init__(
        self,
        inputs: Sequence[SSAValue],
        run: SSAValue,
        parts: SSAValue,
        dimension: int,
        chunk: int,
        comparator: Region,
    ):
        super().__init__(
            operands=[inputs, run, parts],
            properties={"dimension": integer(dimension), "chunk": integer(chunk)},
            result_types=[[value.type for value in inputs]],
            regions=[comparator],
        )

    @property
    def workload(self) -> tuple[int, ...]:
        return (*without(shape_of(self.inputs[0]), self.dim), DYNAMIC_INDEX)

    def workload_in(self, shape: ShapeOf) -> tuple[int | SSAValue, ...]:
        return (*without(shape(self.inputs[0]), self.dim), self.parts)

    @property
    def buffered(self) -> Sequence[SSAValue]:
        return [self.run]

    def verify_(self) -> None:
        self.verify_ordering("chunk", self.chunk)
        verify_run(self.run)
