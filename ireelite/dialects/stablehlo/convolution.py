"""Convolutions of the `stablehlo` dialect."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    ArrayAttr,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    IntegerAttr,
    IntegerType,
    TensorType,
    i1,
    i64,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.quant import expressed_of
from ireelite.dialects.stablehlo.attributes import (
    PrecisionAttr,
    add_attributes,
    parse_dimensions,
    print_attributes,
)
from ireelite.dialects.stablehlo.convolution_dimensions import ConvDimensionNumbersAttr
from ireelite.dialects.stablehlo.elements import TypedElements, compatible_shapes, expect_results
from ireelite.dialects.stablehlo.elementwise import resolve_like
from ireelite.dialects.stablehlo.quantized_products import (
    verify_quantized_product,
    verify_scale_dimension,
)
from ireelite.dialects.stablehlo.windows import (
    WindowDim,
    numbers_of,
    padding_attribute,
    padding_of,
    sizes_of,
)
from ireelite.dialects.tensor_types import element_type_of, shape_of


class AnyConvolutionOp(IRDLOperation):
    """What convolutions have in common, wherever their padding comes from."""

    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    result = result_def(TensorType)
    window_strides = opt_prop_def(DenseArrayBase[IntegerType])
    lhs_dilation = opt_prop_def(DenseArrayBase[IntegerType])
    rhs_dilation = opt_prop_def(DenseArrayBase[IntegerType])
    window_reversal = opt_prop_def(DenseArrayBase[IntegerType])
    dimension_numbers = prop_def(ConvDimensionNumbersAttr)
    feature_group_count = prop_def(IntegerAttr)
    batch_group_count = prop_def(IntegerAttr)
    precision_config = opt_prop_def(ArrayAttr[PrecisionAttr])

    traits = traits_def(Pure(), TypedElements())

    @property
    def feature_groups(self) -> int:
        """Into how many groups the features are divided."""
        return self.feature_group_count.value.data

    @property
    def batch_groups(self) -> int:
        """Into how many groups the batch is divided."""
        return self.batch_group_count.value.data

    def spatial_windows(self, padding: DenseIntOrFPElementsAttr | None) -> list[WindowDim]:
        """Returns the windows in each spatial dimension, with this padding.

        Raises VerifyException for attributes that make none.
        """
        kernel = [shape_of(self.rhs)[d] for d in self.dimension_numbers.groups[1][2:]]
        rank = len(kernel)
        reversal = self.window_reversal
        reverse = list(map(bool, reversal.get_values())) if reversal else [False] * rank
        if len(reverse) != rank:
            raise VerifyException(f"window_reversal must have {rank} values, not {len(reverse)}")
        columns = (
            spatial_sizes(kernel),
            numbers_of("window_strides", self.window_strides, rank),
            padding_of(padding, rank),
            numbers_of("lhs_dilation", self.lhs_dilation, rank),
            numbers_of("rhs_dilation", self.rhs_dilation, rank),
            reverse,
        )
        return [
            WindowDim(size, stride, low, high, base, dilation, flip)
            for size, stride, (low, high), base, dilation, flip in zip(*columns, strict=True)
        ]

    def verify_layout(self) -> None:
        """Raises VerifyException for dimension numbers or groups that the operands do not have."""
        left, right = shape_of(self.lhs), shape_of(self.rhs)
        rank = len(left)
        if rank < 2 or len(right) != rank:
            raise VerifyException(
                f"needs operands of one rank, 2 or more: {self.lhs.type}, {self.rhs.type}"
            )
        for which, group in zip(
            ("input", "kernel", "output"), self.dimension_numbers.groups, strict=True
        ):
            if sorted(group) != list(range(rank)):
                raise VerifyException(
                    f"{which} dimensions {group} do not name each of {rank} dimensions once"
                )
        features, batches = self.feature_groups, self.batch_groups
        if min(features, batches) < 1 or min(features, batches) > 1:
            raise VerifyException(
                "needs group counts of 1 or more, of which one is 1: feature_group_count is "
                f"{features}, batch_group_count is {batches}"
            )
        (batch, feature, *_), (inner, outer, *_), _ = self.dimension_numbers.groups
        for what, size, groups in (
            ("the input's batch dimension", left[batch], batches),
            ("the input's feature dimension", left[feature], features),
            ("the kernel's output feature dimension", right[outer], batches * features),
        ):
            if size != DYNAMIC_INDEX and size % groups:
                raise VerifyException(f"{what}, {size}, can't be divided into {groups} groups")
        sizes = left[feature], right[inner]
        if DYNAMIC_INDEX not in sizes and sizes[0] != sizes[1] * features:
            raise VerifyException(
                f"has {right[inner]} input features in the kernel for {left[feature]} of the input "
                f"in {features} groups"
            )
        if expressed_of(element_type_of(self.lhs)) != expressed_of(element_type_of(self.rhs)):
            raise VerifyException(
                f"needs operands of one element type: {self.lhs.type}, {self.rhs.type}"
            )
        verify_quantized_product(self.lhs, self.rhs, self.result)
        verify_scale_dimension("the kernel's output feature dimension", self.rhs, outer)
        output = self.dimension_numbers.groups[2][1]
        verify_scale_dimension("the output's feature dimension", self.result, output)
        if self.precision_config is not None and len(self.precision_config) > 2:
            raise VerifyException("precision_config has one precision for each operand")

    def result_shape(self, padding: DenseIntOrFPElementsAttr | None) -> list[int]:
        """Returns the result's shape, with this padding."""
        left, right = shape_of(self.lhs), shape_of(self.rhs)
        (batch, _, *spatial), (_, outer, *_), output = self.dimension_numbers.groups
        images = left[batch]
        extents = [images if images == DYNAMIC_INDEX else images // self.batch_groups, right[outer]]
        windows = self.spatial_windows(padding)
        extents += [w.count(left[d]) for w, d in zip(windows, spatial, strict=True)]
        return [size for _, size in sorted(zip(output, extents, strict=True))]


def spatial_sizes(kernel: Sequence[int]) -> Sequence[int]:
    """Returns the sizes of windows, of which some may be open. Raises VerifyException for one below
    1.
    """
    known = [size for size in kernel if size != DYNAMIC_INDEX]
    sizes_of("the kernel's spatial dimensions", _numbers(known), len(known))
    return kernel


def _numbers(values: Sequence[int]) -> DenseArrayBase[IntegerType]:
    return DenseArrayBase.from_list(i64, values)


@irdl_op_definition
class ConvolutionOp(AnyConvolutionOp):
    """Sums products of a kernel with each window of an input.

    ```mlir
    %2 = stablehlo.convolution(%0, %1)
        dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f],
        window = {stride = [2, 2], pad = [[1, 1], [1, 1]]}
        {batch_group_count = 1 : i64, feature_group_count = 1 : i64}
        : (tensor<1x8x8x3xf32>, tensor<3x3x3x16xf32>) -> tensor<1x4x4x16xf32>
    ```
    """

    name = "stablehlo.convolution"

    padding = opt_prop_def(DenseIntOrFPElementsAttr)

    def __init__(
        self,
        lhs: SSAValue,
        rhs: SSAValue,
        dimension_numbers: ConvDimensionNumbersAttr,
        windows: Sequence[WindowDim],
        feature_groups: int,
        batch_groups: int,
        precision: ArrayAttr[PrecisionAttr] | None,
        result_type: Attribute,
    ):
        reversal = DenseArrayBase.from_list(i1, [int(w.reverse) for w in windows])
        super().__init__(
            operands=[lhs, rhs],
            properties={
                "window_strides": _numbers([w.stride for w in windows]),
                "padding": padding_attribute([(w.low, w.high) for w in windows]),
                "lhs_dilation": _numbers([w.base_dilation for w in windows]),
                "rhs_dilation": _numbers([w.dilation for w in windows]),
                "window_reversal": reversal,
                "dimension_numbers": dimension_numbers,
                "feature_group_count": IntegerAttr(feature_groups, i64),
                "batch_group_count": IntegerAttr(batch_groups, i64),
                "precision_config": precision,
            },
            result_types=[result_type],
        )

    @property
    def windows(self) -> list[WindowDim]:
        """The windows in each spatial dimension."""
        return self.spatial_windows(self.padding)

    def verify_(self) -> None:
        self.verify_layout()
        shape = self.result_shape(self.padding)
        expect_results(self, [TensorType(element_type_of(self.result), shape)])

    def print(self, printer: Printer) -> None:
        printer.print_string("(")
        printer.print_list((self.lhs, self.rhs), printer.print_ssa_value)
        printer.print_string(") dim_numbers = ")
        self.dimension_numbers.print_dimensions(printer)
        fields: list[str] = []
        for key, name in WINDOW_FIELDS.items():
            value = self.properties.get(name)
            if isinstance(value, DenseArrayBase):
                numbers = [int(v) for v in value.get_values()]
                shown = [str(bool(v)).lower() for v in numbers] if key == "reverse" else numbers
                fields.append(f"{key} = [{', '.join(map(str, shown))}]")
            elif isinstance(value, DenseIntOrFPElementsAttr):
                pairs = padding_of(value, value.get_shape()[0])
                fields.append(f"{key} = {[list(pair) for pair in pairs]}")
        printer.print_string(f", window = {{{', '.join(fields)}}}")
        print_attributes(self, printer, ("dimension_numbers", *WINDOW_FIELDS.values()))
        printer.print_string(" : ")
        printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser) -> ConvolutionOp:
        operands = parser.parse_comma_separated_list(
            Parser.Delimiter.PAREN, parser.parse_unresolved_operand
        )
        parser.parse_keyword("dim_numbers")
        parser.parse_punctuation("=")
        numbers = ConvDimensionNumbersAttr.new(ConvDimensionNumbersAttr.parse_dimensions(parser))
        parser.parse_punctuation(",")
        parser.parse_keyword("window")
        parser.parse_punctuation("=")
        fields = parse_window(parser)
        attributes = parser.parse_optional_attr_dict()
        values, type = resolve_like(parser, operands)
        op = cls.create(operands=values, result_types=[type])
        add_attributes(op, {"dimension_numbers": numbers, **fields, **attributes})
        return op


WINDOW_FIELDS = {
    "stride": "window_strides",
    "pad": "padding",
    "lhs_dilate": "lhs_dilation",
    "rhs_dilate": "rhs_dilation",
    "reverse": "window_reversal",
}
"""Field of `window = {...}` -> property of the op."""


def parse_window(parser: Parser) -> dict[str, Attribute]:
    """Parses `{stride = [2, 1], pad = [[0, 1], [0, 1]], reverse = [false, true]}` and returns the
    properties.
    """
    found: dict[str, Attribute] = {}

    def parse_pair() -> tuple[int, int]:
        place = parser._current_token.span
        pair = parser.parse_comma_separated_list(Parser.Delimiter.SQUARE, parser.parse_integer)
        if len(pair) != 2:
            parser.raise_error(f"expected low and high padding, not {len(pair)} numbers", place)
        return pair[0], pair[1]

    def parse_field() -> None:
        place = parser._current_token.span
        key = parser.parse_identifier()
        name = WINDOW_FIELDS.get(key)
        if name is None or name in found:
            fields = ", ".join(WINDOW_FIELDS)
            fault = "is given twice" if name else f"is unknown; the fields are {fields}"
            parser.raise_error(f"field '{key}' of a window {fault}", place)
        parser.parse_punctuation("=")
        if key == "pad":
            pairs = parser.parse_comma_separated_list(Parser.Delimiter.SQUARE, parse_pair)
            found[name] = padding_attribute(pairs)
        elif key == "reverse":
            flags = parser.parse_comma_separated_list(
                Parser.Delimiter.SQUARE, lambda: int(bool(parser.parse_integer()))
            )
            found[name] = DenseArrayBase.from_list(i1, flags)
        else:
            found[name] = parse_dimensions(parser)

    parser.parse_comma_separated_list(Parser.Delimiter.BRACES, parse_field)
    return found


@irdl_op_definition
class DynamicConvOp(AnyConvolutionOp):
    """A convolution whose padding is an operand, a tensor of low and high padding of each spatial
    dimension.

    ```mlir
    %3 = "stablehlo.dynamic_conv"(%0, %1, %padding) <{
        dimension_numbers = #stablehlo.conv<[b, 0, f]x[0, i, o]->[b, 0, f]>,
        feature_group_count = 1 : i64, batch_group_count = 1 : i64}>
        : (tensor<1x8x3xf32>, tensor<3x3x16xf32>, tensor<1x2xi64>) -> tensor<1x8x16xf32>
    ```
    """

    name = "stablehlo.dynamic_conv"

    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    padding = operand_def(TensorType)

    def verify_(self) -> None:
        self.verify_layout()
        rank = len(shape_of(self.lhs)) - 2
        if not compatible_shapes(shape_of(self.padding), (rank, 2)) or not isinstance(
            element_type_of(self.padding), IntegerType
        ):
            raise VerifyException(
                f"takes padding as a tensor<{rank}x2> of integers, not {self.padding.type}"
            )
        self.spatial_windows(None)


CONVOLUTION_OPS: list[type[IRDLOperation]] = [ConvolutionOp, DynamicConvOp]
"""Every op of this file."""

CONVOLUTION_ATTRIBUTES: list[type[Attribute]] = [ConvDimensionNumbersAttr]
"""Every attribute of this file."""
