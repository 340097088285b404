"""The `flow` dialect's ops on tensors: constants that hide their shape, and moves of elements. Its
attribute for parameters is in `flow_parameters.py`.

A type with `?` sizes has the sizes as operands, in braces behind it:

    %1 = flow.tensor.reshape %0 : tensor<?x4xf32>{%d} -> tensor<4x?xf32>{%d}

The text is that of IREE's `flow` dialect.
"""

from __future__ import annotations

from typing import ClassVar

from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    IndexType,
    TensorType,
)
from xdsl.ir import Attribute, Dialect
from xdsl.irdl import (
    AnyAttr,
    AttrSizedOperandSegments,
    IRDLOperation,
    VarConstraint,
    base,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.affinity import device_name
from ireelite.dialects.flow_parameters import NamedParameterAttr
from ireelite.dialects.flow_shapes import (
    bits_of,
    parse_shaped,
    print_shaped,
    require_indices,
    require_same,
    require_sizes,
    tensor_of,
)
from ireelite.dialects.stablehlo.shapes import compatible

# -- constants ---------------------------------------------------------------------------------------


class ConstantBase(IRDLOperation):
    """A constant whose type may hide its shape."""

    value = prop_def(Attribute)
    result = result_def(TensorType)

    assembly_format = "$value attr-dict `->` type($result)"

    def verify_(self) -> None:
        value, result = self.value, tensor_of(self.result)
        if not isinstance(value, DenseIntOrFPElementsAttr):
            raise VerifyException(f"needs dense elements, not {value}")
        same = value.get_element_type() == result.element_type
        if not same or not compatible(value.get_shape(), result.get_shape()):
            raise VerifyException(f"a {value.type} can't be a {result}")


@irdl_op_definition
class TensorConstantOp(ConstantBase):
    """A constant: `%0 = flow.tensor.constant dense<1> : tensor<4xi32> -> tensor<?xi32>`."""

    name = "flow.tensor.constant"


@irdl_op_definition
class TensorDynamicConstantOp(ConstantBase):
    """A constant that a compiler may not compute with:
    `%0 = flow.tensor.dynamic_constant dense<1> : tensor<4xi32> -> tensor<?xi32>`.
    """

    name = "flow.tensor.dynamic_constant"


# -- types and shapes --------------------------------------------------------------------------------


@irdl_op_definition
class TensorTieShapeOp(IRDLOperation):
    """The same tensor, with the sizes that it has:
    `%1 = flow.tensor.tie_shape %0 : tensor<?x4xf32>{%d}`.
    """

    name = "flow.tensor.tie_shape"

    TYPE: ClassVar = VarConstraint("TYPE", base(TensorType))

    operand = operand_def(TYPE)
    dynamic_dims = var_operand_def(IndexType)
    result = result_def(TYPE)

    traits = traits_def(Pure())

    assembly_format = "$operand attr-dict `:` type($result) (`{` $dynamic_dims^ `}`)?"

    def verify_(self) -> None:
        require_sizes(self.result, self.dynamic_dims)


class RetypingOp(IRDLOperation):
    """The same elements, or bits, under another type."""

    source = operand_def(TensorType)
    source_dims = var_operand_def(IndexType)
    result_dims = var_operand_def(IndexType)
    result = result_def(TensorType)

    irdl_options = (AttrSizedOperandSegments(as_property=True),)
    traits = traits_def(Pure())

    assembly_format = (
        "$source `:` type($source) (`{` $source_dims^ `}`)? `->` "
        "type($result) (`{` $result_dims^ `}`)? attr-dict-with-keyword"
    )

    def verify_(self) -> None:
        require_sizes(self.source, self.source_dims)
        require_sizes(self.result, self.result_dims)
        source, result = tensor_of(self.source), tensor_of(self.result)
        sizes = bits_of(source), bits_of(result)
        if None not in sizes and sizes[0] != sizes[1]:
            raise VerifyException(f"makes a {result} of a {source}: they differ in size")


@irdl_op_definition
class TensorReshapeOp(RetypingOp):
    """The elements in row-major order under another shape:
    `%1 = flow.tensor.reshape %0 : tensor<2x3xf32> -> tensor<6xf32>`.
    """

    name = "flow.tensor.reshape"

    def verify_(self) -> None:
        super().verify_()
        source, result = tensor_of(self.source), tensor_of(self.result)
        if source.element_type != result.element_type:
            raise VerifyException(f"makes a {result} of a {source}: their elements differ")


@irdl_op_definition
class TensorBitCastOp(RetypingOp):
    """The bits in order, those of the first element lowest, as elements of another type:
    `%1 = flow.tensor.bitcast %0 : tensor<4xi8> -> tensor<1xi32>`.
    """

    name = "flow.tensor.bitcast"


# -- elements ----------------------------------------------------------------------------------------


@irdl_op_definition
class TensorLoadOp(IRDLOperation):
    """An element: `%1 = flow.tensor.load %0[%i, %j] : tensor<4x8xf32>`."""

    name = "flow.tensor.load"

    ELEMENT: ClassVar = VarConstraint("ELEMENT", AnyAttr())

    source = operand_def(TensorType.constr(ELEMENT))
    source_dims = var_operand_def(IndexType)
    indices = var_operand_def(IndexType)
    result = result_def(ELEMENT)

    irdl_options = (AttrSizedOperandSegments(as_property=True),)
    traits = traits_def(Pure())

    assembly_format = (
        "$source (`[` $indices^ `]`)? `:` type($source) (`{` $source_dims^ `}`)? "
        "attr-dict-with-keyword"
    )

    def verify_(self) -> None:
        require_sizes(self.source, self.source_dims)
        require_indices(self.source, self.indices)


@irdl_op_definition
class TensorStoreOp(IRDLOperation):
    """A tensor with another element in one place:
    `%1 = flow.tensor.store %v, %0[%i] : tensor<4xf32>`.
    """

    name = "flow.tensor.store"

    ELEMENT: ClassVar = VarConstraint("ELEMENT", AnyAttr())
    TYPE: ClassVar = VarConstraint("TYPE", TensorType.constr(ELEMENT))

    value = operand_def(ELEMENT)
    target = operand_def(TYPE)
    target_dims = var_operand_def(IndexType)
    indices = var_operand_def(IndexType)
    result = result_def(TYPE)

    irdl_options = (AttrSizedOperandSegments(as_property=True),)
    traits = traits_def(Pure())

    assembly_format = (
        "$value `,` $target (`[` $indices^ `]`)? `:` type($target) (`{` $target_dims^ `}`)? "
        "attr-dict-with-keyword"
    )

    def verify_(self) -> None:
        require_sizes(self.target, self.target_dims)
        require_indices(self.target, self.indices)


# -- whole tensors -----------------------------------------------------------------------------------


class StorageOp(IRDLOperation):
    """A tensor whose contents are open."""

    result_dims = var_operand_def(IndexType)
    result = result_def(TensorType)

    assembly_format = "`:` type($result) (`{` $result_dims^ `}`)? attr-dict-with-keyword"

    def verify_(self) -> None:
        require_sizes(self.result, self.result_dims)


@irdl_op_definition
class TensorEmptyOp(StorageOp):
    """A tensor whose contents are open: `%0 = flow.tensor.empty : tensor<?xf32>{%d}`."""

    name = "flow.tensor.empty"

    traits = traits_def(Pure())


@irdl_op_definition
class TensorAllocaOp(StorageOp):
    """Storage of its own, whose contents are open: `%0 = flow.tensor.alloca : tensor<4xf32>`."""

    name = "flow.tensor.alloca"


@irdl_op_definition
class TensorSplatOp(IRDLOperation):
    """One value everywhere: `%0 = flow.tensor.splat %v : tensor<?xf32>{%d}`."""

    name = "flow.tensor.splat"

    ELEMENT: ClassVar = VarConstraint("ELEMENT", AnyAttr())

    value = operand_def(ELEMENT)
    result_dims = var_operand_def(IndexType)
    result = result_def(TensorType.constr(ELEMENT))

    traits = traits_def(Pure())

    assembly_format = "$value `:` type($result) (`{` $result_dims^ `}`)? attr-dict-with-keyword"

    def verify_(self) -> None:
        require_sizes(self.result, self.result_dims)


@irdl_op_definition
class TensorCloneOp(IRDLOperation):
    """A copy: `%1 = flow.tensor.clone %0 : tensor<4xf32>`."""

    name = "flow.tensor.clone"

    TYPE: ClassVar = VarConstraint("TYPE", base(TensorType))

    operand = operand_def(TYPE)
    argument_dims = var_operand_def(IndexType)
    result = result_def(TYPE)

    traits = traits_def(Pure())

    assembly_format = "$operand `:` type($result) (`{` $argument_dims^ `}`)? attr-dict-with-keyword"

    def verify_(self) -> None:
        require_sizes(self.result, self.argument_dims)


@irdl_op_definition
class TensorTransferOp(IRDLOperation):
    """Moves a tensor to the memory of another device:
    `%1 = flow.tensor.transfer %0 : tensor<4xf32> to #hal.device.promise<@b>`.
    """

    name = "flow.tensor.transfer"

    TYPE: ClassVar = VarConstraint("TYPE", base(TensorType))

    operand = operand_def(TYPE)
    argument_dims = var_operand_def(IndexType)
    target = prop_def(Attribute)
    result = result_def(TYPE)

    traits = traits_def(Pure())

    assembly_format = (
        "$operand `:` type($result) (`{` $argument_dims^ `}`)? `to` $target attr-dict-with-keyword"
    )

    def verify_(self) -> None:
        if self.argument_dims:  # transfers inserted by passes have no sizes
            require_sizes(self.result, self.argument_dims)
        if device_name(self.target) is None:
            raise VerifyException(f"needs a device, as #hal.device.promise<@a>, not {self.target}")


# -- parts -------------------------------------------------------------------------------------------


@irdl_op_definition
class TensorSliceOp(IRDLOperation):
    """A part:
    `%1 = flow.tensor.slice %0[%i, %j for %m, %n] : tensor<8x8xf32> -> tensor<4x2xf32>`.
    """

    name = "flow.tensor.slice"

    source = operand_def(TensorType)
    source_dims = var_operand_def(IndexType)
    start_indices = var_operand_def(IndexType)
    lengths = var_operand_def(IndexType)
    result_dims = var_operand_def(IndexType)
    result = result_def(TensorType)

    irdl_options = (AttrSizedOperandSegments(as_property=True),)
    traits = traits_def(Pure())

    assembly_format = (
        "$source `[` $start_indices `for` $lengths `]` `:` "
        "type($source) (`{` $source_dims^ `}`)? `->` "
        "type($result) (`{` $result_dims^ `}`)? attr-dict-with-keyword"
    )

    def verify_(self) -> None:
        require_sizes(self.source, self.source_dims)
        require_sizes(self.result, self.result_dims)
        require_same(self.source, self.result, "takes")
        require_indices(self.source, self.start_indices)
        require_indices(self.source, self.lengths)


@irdl_op_definition
class TensorUpdateOp(IRDLOperation):
    """A tensor with another part in one place:
    `%2 = flow.tensor.update %1, %0[%i, %j] : tensor<2x2xf32> -> %0 as tensor<8x8xf32>`.
    """

    name = "flow.tensor.update"

    target = operand_def(TensorType)
    target_dims = var_operand_def(IndexType)
    start_indices = var_operand_def(IndexType)
    update = operand_def(TensorType)
    update_dims = var_operand_def(IndexType)
    result = result_def(TensorType)

    irdl_options = (AttrSizedOperandSegments(as_property=True),)
    traits = traits_def(Pure())

    def verify_(self) -> None:
        if self.target.type != self.result.type:
            raise VerifyException(f"updates a {self.target.type} to a {self.result.type}")
        require_sizes(self.target, self.target_dims)
        require_sizes(self.update, self.update_dims)
        require_same(self.target, self.update, "puts into place")
        require_indices(self.target, self.start_indices)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.update)
        printer.print_string(", ")
        printer.print_ssa_value(self.target)
        with printer.in_square_brackets():
            printer.print_list(self.start_indices, printer.print_ssa_value)
        printer.print_string(" : ")
        print_shaped(printer, self.update.type, self.update_dims)
        printer.print_string(" -> ")
        printer.print_ssa_value(self.target)
        printer.print_string(" as ")
        print_shaped(printer, self.target.type, self.target_dims)
        printer.print_op_attributes(self.attributes, print_keyword=True)

    @classmethod
    def parse(cls, parser: Parser) -> TensorUpdateOp:
        update = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        target = parser.parse_unresolved_operand()
        starts = parser.parse_comma_separated_list(
            Parser.Delimiter.SQUARE, parser.parse_unresolved_operand
        )
        parser.parse_punctuation(":")
        update_type, update_dims = parse_shaped(parser)
        parser.parse_punctuation("->")
        if parser.parse_optional_unresolved_operand() is not None:
            parser.parse_keyword("as")
        target_type, target_dims = parse_shaped(parser)
        attributes = parser.parse_optional_attr_dict_with_keyword()
        op = cls.build(
            operands=[
                parser.resolve_operand(target, target_type),
                target_dims,
                [parser.resolve_operand(start, IndexType()) for start in starts],
                parser.resolve_operand(update, update_type),
                update_dims,
            ],
            result_types=[target_type],
        )
        op.attributes |= {} if attributes is None else attributes.data
        return op


Flow = Dialect(
    "flow",
    [
        TensorAllocaOp,
        TensorBitCastOp,
        TensorCloneOp,
        TensorConstantOp,
        TensorDynamicConstantOp,
        TensorEmptyOp,
        TensorLoadOp,
        TensorReshapeOp,
        TensorSliceOp,
        TensorSplatOp,
        TensorStoreOp,
        TensorTieShapeOp,
        TensorTransferOp,
        TensorUpdateOp,
    ],
    [NamedParameterAttr],
)
