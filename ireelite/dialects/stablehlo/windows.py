"""Windows: the geometry that convolutions, pools and their gradients share, and the ops that reduce
windows.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    IntegerType,
    TensorType,
    i1,
    i64,
)
from xdsl.ir import Region, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    SameVariadicOperandSize,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.stablehlo.elements import TypedElements, compatible, expect_results
from ireelite.dialects.stablehlo.reduction import reduced_elements, verify_reducer, yielded
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.light_dataclass import light_dataclass

# -- geometry ----------------------------------------------------------------------------------------


@light_dataclass(frozen=True)
class WindowDim:
    """How windows lie in one dimension of a tensor.

    The tensor is first spread out, `base_dilation - 1` holes between neighbours, then padded by `low`
    and `high` elements (a negative number removes some). Windows begin `stride` elements apart and
    take `size` elements each, `dilation` apart, in reverse order if `reverse` is set.
    """

    size: int
    stride: int = 1
    low: int = 0
    high: int = 0
    base_dilation: int = 1
    dilation: int = 1
    reverse: bool = False

    def padded(self, extent: int) -> int:
        """Returns the length of a dimension once it is spread out and padded; never negative."""
        spread = (extent - 1) * self.base_dilation + 1 if extent else 0
        return max(0, self.low + spread + self.high)

    def count(self, extent: int) -> int:
        """Returns how many windows fit into a dimension; a dynamic one has a dynamic number of
        them.
        """
        if DYNAMIC_INDEX in (extent, self.size):
            return DYNAMIC_INDEX
        length, window = self.padded(extent), (self.size - 1) * self.dilation + 1
        return 0 if not length or window > length else (length - window) // self.stride + 1


Numbers = DenseArrayBase[IntegerType] | None
"""A number for each dimension, or an attribute that is absent."""


def numbers_of(name: str, numbers: Numbers, rank: int, least: int = 1) -> list[int]:
    """Returns the number of each window dimension, `least` if the attribute is absent or empty.

    Raises VerifyException for another length, or for a smaller number.
    """
    return sizes_of(name, numbers, rank, least) if numbers else [least] * rank


def sizes_of(
    name: str, numbers: DenseArrayBase[IntegerType], rank: int, least: int = 1
) -> list[int]:
    """Returns the number of each window dimension. Raises VerifyException for another length, or for
    a smaller number.
    """
    values = [int(v) for v in numbers.get_values()]
    if len(values) != rank:
        raise VerifyException(f"{name} must have {rank} numbers, not {len(values)}")
    if any(v < least for v in values):
        raise VerifyException(f"{name} must be {least} or more, not {values}")
    return values


def padding_of(padding: DenseIntOrFPElementsAttr | None, rank: int) -> list[tuple[int, int]]:
    """Returns the low and high padding of each window dimension, 0 if the attribute is absent or
    empty.

    Raises VerifyException for another shape.
    """
    if padding is None or 0 in padding.get_shape():
        return [(0, 0)] * rank
    if tuple(padding.get_shape()) != (rank, 2):
        raise VerifyException(f"padding must be a tensor<{rank}x2xi64>, not a {padding.type}")
    values = [int(v) for v in padding.get_values()]  # pyright: ignore[reportArgumentType]
    return list(zip(values[::2], values[1::2], strict=True))


def padding_attribute(padding: Sequence[tuple[int, int]]) -> DenseIntOrFPElementsAttr:
    """Returns `dense<[[low, high], ...]>`."""
    flat = [n for pair in padding for n in pair]
    return DenseIntOrFPElementsAttr.from_list(TensorType(i64, [len(padding), 2]), flat)


# -- ops ---------------------------------------------------------------------------------------------


@irdl_op_definition
class ReduceWindowOp(IRDLOperation):
    """Reduces each window of tensors with a function of scalars, starting from init values, with
    which the tensors are padded.

    ```mlir
    %1 = "stablehlo.reduce_window"(%0, %cst) <{window_dimensions = array<i64: 2, 2>,
        window_strides = array<i64: 2, 2>}> ({
      ^bb0(%l: tensor<f32>, %r: tensor<f32>):
        %m = stablehlo.maximum %l, %r : tensor<f32>
        stablehlo.return %m : tensor<f32>
    }) : (tensor<4x6xf32>, tensor<f32>) -> tensor<2x3xf32>
    ```

    The region's arguments are the accumulators first, then the elements.
    """

    name = "stablehlo.reduce_window"

    inputs = var_operand_def(TensorType)
    init_values = var_operand_def(TensorType)
    window_dimensions = prop_def(DenseArrayBase[IntegerType])
    window_strides = opt_prop_def(DenseArrayBase[IntegerType])
    base_dilations = opt_prop_def(DenseArrayBase[IntegerType])
    window_dilations = opt_prop_def(DenseArrayBase[IntegerType])
    padding = opt_prop_def(DenseIntOrFPElementsAttr)
    outputs = var_result_def(TensorType)
    body = region_def("single_block")

    irdl_options = (SameVariadicOperandSize(),)
    traits = traits_def(Pure(), TypedElements())

    def __init__(
        self,
        inputs: Sequence[SSAValue],
        init_values: Sequence[SSAValue],
        windows: Sequence[WindowDim],
        body: Region,
    ):
        columns = {
            "window_dimensions": [w.size for w in windows],
            "window_strides": [w.stride for w in windows],
            "base_dilations": [w.base_dilation for w in windows],
            "window_dilations": [w.dilation for w in windows],
        }
        shape = [w.count(n) for w, n in zip(windows, shape_of(inputs[0]), strict=True)]
        super().__init__(
            operands=[inputs, init_values],
            properties={
                **{name: DenseArrayBase.from_list(i64, v) for name, v in columns.items()},
                "padding": padding_attribute([(w.low, w.high) for w in windows]),
            },
            result_types=[[TensorType(e, shape) for e in reduced_elements(body)]],
            regions=[body],
        )

    @property
    def windows(self) -> list[WindowDim]:
        """The windows in each dimension. Raises VerifyException for attributes that make none."""
        rank = len(shape_of(self.inputs[0]))
        columns = (
            sizes_of("window_dimensions", self.window_dimensions, rank),
            numbers_of("window_strides", self.window_strides, rank),
            padding_of(self.padding, rank),
            numbers_of("base_dilations", self.base_dilations, rank),
            numbers_of("window_dilations", self.window_dilations, rank),
        )
        return [
            WindowDim(size, stride, low, high, base, dilation)
            for size, stride, (low, high), base, dilation in zip(*columns, strict=True)
        ]

    @property
    def counts(self) -> list[int]:
        """How many windows there are in each dimension."""
        return [w.count(n) for w, n in zip(self.windows, shape_of(self.inputs[0]), strict=True)]

    def verify_(self) -> None:
        verify_reducer(self.inputs, self.init_values, self.body)
        expect_results(self, [TensorType(e, self.counts) for e in reduced_elements(self.body)])


@irdl_op_definition
class DynamicReduceWindowOp(IRDLOperation):
    """A reduction of windows whose sizes, strides, dilations and padding are operands: what the
    custom call `stablehlo.dynamic_reduce_window` of programs with open sizes is.

    ```mlir
    %1 = "stablehlo.dynamic_reduce_window"(%0, %cst, %sizes, %strides, %base, %dilations, %padding) ({
      ^bb0(%l: tensor<f32>, %r: tensor<f32>):
        %m = stablehlo.add %l, %r : tensor<f32>
        stablehlo.return %m : tensor<f32>
    }) : (tensor<?xf32>, tensor<f32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>,
          tensor<1x2xi32>) -> tensor<?xf32>
    ```
    """

    name = "stablehlo.dynamic_reduce_window"

    inputs = var_operand_def(TensorType)
    init_values = var_operand_def(TensorType)
    window_dimensions = operand_def(TensorType)
    window_strides = operand_def(TensorType)
    base_dilations = operand_def(TensorType)
    window_dilations = operand_def(TensorType)
    padding = operand_def(TensorType)
    outputs = var_result_def(TensorType)
    body = region_def("single_block")

    irdl_options = (SameVariadicOperandSize(),)
    traits = traits_def(Pure(), TypedElements())

    def verify_(self) -> None:
        verify_reducer(self.inputs, self.init_values, self.body)
        rank = len(shape_of(self.inputs[0]))
        for value in (*self.operands[-5:-1], self.padding):
            shape = (rank, 2) if value is self.padding else (rank,)
            if shape_of(value) != shape or not isinstance(element_type_of(value), IntegerType):
                raise VerifyException(
                    f"takes integers of shape {list(shape)} for windows, not {value.type}"
                )
        unknown = [DYNAMIC_INDEX] * rank
        expect_results(self, [TensorType(e, unknown) for e in reduced_elements(self.body)])


@irdl_op_definition
class SelectAndScatterOp(IRDLOperation):
    """Adds each element of `source` to the element of its window of `operand` that `select` prefers:
    the gradient of a pool.

    ```mlir
    %1 = "stablehlo.select_and_scatter"(%operand, %source, %init) <{
        window_dimensions = array<i64: 2, 2>, window_strides = array<i64: 2, 2>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %ge = stablehlo.compare GE, %a, %b : (tensor<f32>, tensor<f32>) -> tensor<i1>
        stablehlo.return %ge : tensor<i1>
    }, {
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %sum = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %sum : tensor<f32>
    }) : (tensor<4x6xf32>, tensor<2x3xf32>, tensor<f32>) -> tensor<4x6xf32>
    ```
    """

    name = "stablehlo.select_and_scatter"

    operand = operand_def(TensorType)
    source = operand_def(TensorType)
    init_value = operand_def(TensorType)
    window_dimensions = prop_def(DenseArrayBase[IntegerType])
    window_strides = opt_prop_def(DenseArrayBase[IntegerType])
    padding = opt_prop_def(DenseIntOrFPElementsAttr)
    result = result_def(TensorType)
    select = region_def("single_block")
    scatter = region_def("single_block")

    traits = traits_def(Pure(), TypedElements())

    def __init__(
        self,
        operand: SSAValue,
        source: SSAValue,
        init_value: SSAValue,
        windows: Sequence[WindowDim],
        select: Region,
        scatter: Region,
    ):
        (element,) = reduced_elements(scatter)
        sizes, strides = [w.size for w in windows], [w.stride for w in windows]
        super().__init__(
            operands=[operand, source, init_value],
            properties={
                "window_dimensions": DenseArrayBase.from_list(i64, sizes),
                "window_strides": DenseArrayBase.from_list(i64, strides),
                "padding": padding_attribute([(w.low, w.high) for w in windows]),
            },
            result_types=[TensorType(element, shape_of(operand))],
            regions=[select, scatter],
        )

    @property
    def windows(self) -> list[WindowDim]:
        """The windows in each dimension. Raises VerifyException for attributes that make none."""
        rank = len(shape_of(self.operand))
        columns = (
            sizes_of("window_dimensions", self.window_dimensions, rank),
            numbers_of("window_strides", self.window_strides, rank),
            padding_of(self.padding, rank),
        )
        return [
            WindowDim(size, stride, low, high)
            for size, stride, (low, high) in zip(*columns, strict=True)
        ]

    def verify_(self) -> None:
        element, extents = element_type_of(self.operand), shape_of(self.operand)
        shape = [w.count(n) for w, n in zip(self.windows, extents, strict=True)]
        scalar = TensorType(element, [])
        if not compatible(self.source.type, TensorType(element, shape)):
            raise VerifyException(
                f"takes a source of type {TensorType(element, shape)}, not {self.source.type}"
            )
        arguments = [a.type for a in self.select.block.args]
        if arguments != [scalar] * 2 or yielded(self.select) != [TensorType(i1, [])]:
            raise VerifyException(
                f"needs a select function of two {scalar} that returns a tensor<i1>"
            )
        verify_reducer([self.source], [self.init_value], self.scatter)
        expect_results(self, [TensorType(e, extents) for e in reduced_elements(self.scatter)])


WINDOW_OPS: list[type[IRDLOperation]] = [
    DynamicReduceWindowOp,
    ReduceWindowOp,
    SelectAndScatterOp,
]
"""Every op of this file."""
