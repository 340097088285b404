"""Reductions of the `stablehlo` dialect."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xdsl.dialects.builtin import (
    AnyFloat,
    ComplexType,
    DenseArrayBase,
    FunctionType,
    IntegerType,
    TensorType,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    SameVariadicOperandSize,
    irdl_op_definition,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import IsTerminator, Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.quant import UniformType
from ireelite.dialects.stablehlo.attributes import add_attributes, print_attributes
from ireelite.dialects.stablehlo.elements import (
    TypedElements,
    compatible,
    compatible_shapes,
    expect_results,
)
from ireelite.dialects.stablehlo.elementwise import BinaryOp
from ireelite.dialects.tensor_types import element_type_of, shape_of


@irdl_op_definition
class ReturnOp(IRDLOperation):
    """Ends a region with its results: `stablehlo.return %0 : tensor<f32>`."""

    name = "stablehlo.return"

    arguments = var_operand_def()

    traits = traits_def(IsTerminator(), Pure(), TypedElements())

    assembly_format = "attr-dict ($arguments^ `:` type($arguments))?"

    def __init__(self, *arguments: SSAValue):
        super().__init__(operands=[arguments])


def yielded(body: Region) -> list[Attribute]:
    """Returns the types of what a function of scalars returns."""
    last = body.block.last_op
    return [] if last is None else [v.type for v in last.operands]


def reduced_elements(body: Region) -> list[Attribute]:
    """Returns the element types of a reduction's results: those of the reducer's accumulators."""
    arguments = body.block.args
    return [element_type_of(a) for a in arguments[: len(arguments) // 2]]


def reduced_types(
    inputs: Sequence[SSAValue], dimensions: Sequence[int], body: Region
) -> list[Attribute]:
    """Returns the inputs' types without these dimensions, with the elements that the reducer
    returns.
    """
    return [
        TensorType(element, [s for d, s in enumerate(shape_of(value)) if d not in dimensions])
        for element, value in zip(reduced_elements(body), inputs, strict=False)
    ]


def promotable(source: Attribute, target: Attribute) -> bool:
    """Returns whether an element type holds all values of another of its kind."""
    if source == target:
        return True
    if isinstance(source, UniformType) and isinstance(target, UniformType):
        same = source.expressed_type == target.expressed_type
        return same and promotable(source.storage_type, target.storage_type)
    if isinstance(source, ComplexType) and isinstance(target, ComplexType):
        return promotable(source.element_type, target.element_type)
    if isinstance(source, IntegerType) and isinstance(target, IntegerType):
        logical = 1 in (source.width.data, target.width.data)
        same = source.signedness == target.signedness and not logical
        return same and source.width.data <= target.width.data
    if isinstance(source, AnyFloat) and isinstance(target, AnyFloat):
        return source.bitwidth <= target.bitwidth
    return False


def verify_reducer(inputs: Sequence[SSAValue], inits: Sequence[SSAValue], body: Region) -> None:
    """Raises VerifyException unless the reducer takes an accumulator and an element for each input,
    all scalars of types to which the input's type can be promoted, and returns the accumulators.
    """
    if len(inputs) != len(inits) or not inputs:
        raise VerifyException("needs one init value for each input, and at least one")
    if not all(compatible_shapes(shape_of(inputs[0]), shape_of(i)) for i in inputs):
        raise VerifyException("inputs must have one shape")
    elements = [element_type_of(i) for i in inputs]
    if [v.type for v in inits] != [TensorType(e, []) for e in elements]:
        raise VerifyException("init values must be scalars of the inputs' element types")
    arguments = [a.type for a in body.block.args]
    accumulators = arguments[: len(inputs)]
    if arguments != accumulators * 2 or not all(
        isinstance(type, TensorType)
        and not type.get_shape()
        and promotable(element, type.element_type)
        for element, type in zip(elements, accumulators, strict=False)
    ):
        raise VerifyException("reducer must take an accumulator and an element for each input")
    if (found := yielded(body)) != accumulators:
        wanted, found = (", ".join(map(str, types)) for types in (accumulators, found))
        raise VerifyException(f"needs a reducer that returns ({wanted}), not ({found})")


def parse_applied(parser: Parser) -> type[BinaryOp]:
    """Returns the op of `applies stablehlo.add`."""
    place = parser._current_token.span
    name = parser.parse_identifier()
    known = re.sub("^mhlo", "stablehlo", name) in COMMUTATIVE
    op_type = parser._get_op_by_name(name) if known else None
    if op_type is None or not issubclass(op_type, BinaryOp):
        parser.raise_error(f"'{name}' can't be applied in a reduction", place)
    return op_type


COMMUTATIVE = frozenset(
    f"stablehlo.{name}" for name in ("add", "and", "maximum", "minimum", "multiply", "or", "xor")
)
"""The ops that may follow `applies`."""


@irdl_op_definition
class ReduceOp(IRDLOperation):
    """Folds tensors along dimensions with a function of scalars, starting from init values.

    ```mlir
    %1 = stablehlo.reduce(%0 init: %cst) applies stablehlo.add across dimensions = [1]
        : (tensor<16x10xf32>, tensor<f32>) -> tensor<16xf32>
    ```

    With several inputs, or a longer function, a region follows:

    ```mlir
    %2:2 = stablehlo.reduce(%0 init: %a), (%1 init: %b) across dimensions = [1] : (...) -> (...)
     reducer(%l0: tensor<f32>, %r0: tensor<f32>) (%l1: tensor<i32>, %r1: tensor<i32>) {
      ...
    }
    ```

    The region's arguments are the accumulators first, then the elements.
    """

    name = "stablehlo.reduce"

    inputs = var_operand_def(TensorType)
    init_values = var_operand_def(TensorType)
    dimensions = prop_def(DenseArrayBase[IntegerType])
    outputs = var_result_def(TensorType)
    body = region_def("single_block")

    irdl_options = (SameVariadicOperandSize(),)
    traits = traits_def(Pure(), TypedElements())

    def __init__(
        self,
        inputs: Sequence[SSAValue],
        init_values: Sequence[SSAValue],
        dimensions: Sequence[int],
        body: Region,
    ):
        types = reduced_types(inputs, dimensions, body)
        super().__init__(
            operands=[inputs, init_values],
            properties={"dimensions": DenseArrayBase.from_list(i64, dimensions)},
            result_types=[types],
            regions=[body],
        )

    @staticmethod
    def simple_body(op_type: type[BinaryOp], element_type: Attribute) -> Region:
        """Returns the region of `applies op`."""
        scalar = TensorType(element_type, [])
        block = Block(arg_types=[scalar, scalar])
        op = op_type(*block.args)
        block.add_ops([op, ReturnOp(op.result)])
        return Region(block)

    @property
    def dims(self) -> tuple[int, ...]:
        """The dimensions that disappear."""
        return tuple(int(d) for d in self.dimensions.get_values())

    def verify_(self) -> None:
        verify_reducer(self.inputs, self.init_values, self.body)
        if any(not 0 <= d < len(shape_of(self.inputs[0])) for d in self.dims):
            raise VerifyException(f"dimensions {list(self.dims)} are outside {self.inputs[0].type}")
        if len(set(self.dims)) != len(self.dims):
            raise VerifyException(f"dimensions {list(self.dims)} name one twice")
        expect_results(self, reduced_types(self.inputs, self.dims, self.body))

    def _applies(self) -> Operation | None:
        """Returns the op of `applies`, if the reducer is that simple."""
        ops = list(self.body.block.ops)
        if len(self.inputs) != 1 or len(ops) != 2 or ops[0].name not in COMMUTATIVE:
            return None
        if reduced_elements(self.body) != [element_type_of(self.inputs[0])]:
            return None
        simple = tuple(ops[0].operands) == tuple(self.body.block.args) and not ops[0].attributes
        return ops[0] if simple and tuple(ops[1].operands) == tuple(ops[0].results) else None

    def print(self, printer: Printer) -> None:
        for index, (value, init) in enumerate(zip(self.inputs, self.init_values, strict=True)):
            printer.print_string(", (" if index else "(")
            printer.print_ssa_value(value)
            printer.print_string(" init: ")
            printer.print_ssa_value(init)
            printer.print_string(")")
        if (applied := self._applies()) is not None:
            printer.print_string(f" applies {applied.name}")
        printer.print_string(f" across dimensions = {list(self.dims)}")
        print_attributes(self, printer, ("dimensions",))
        printer.print_string(" : ")
        printer.print_operation_type(self)
        if applied is None:
            printer.print_string("\n reducer")
            count, args = len(self.inputs), self.body.block.args
            for index in range(count):
                with printer.in_parens():
                    printer.print_block_argument(args[index])
                    printer.print_string(", ")
                    printer.print_block_argument(args[count + index])
                printer.print_string(" ")
            printer.print_region(self.body, print_entry_block_args=False)

    @classmethod
    def parse(cls, parser: Parser) -> ReduceOp:
        inputs, inits = [], []
        while True:
            parser.parse_punctuation("(")
            inputs.append(parser.parse_unresolved_operand())
            parser.parse_keyword("init")
            parser.parse_punctuation(":")
            inits.append(parser.parse_unresolved_operand())
            parser.parse_punctuation(")")
            if parser.parse_optional_punctuation(",") is None:
                break
        applied = None
        if parser.parse_optional_keyword("applies") is not None:
            applied = parse_applied(parser)
        parser.parse_keyword("across")
        parser.parse_keyword("dimensions")
        parser.parse_punctuation("=")
        dims = parser.parse_comma_separated_list(Parser.Delimiter.SQUARE, parser.parse_integer)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        place = parser.pos
        type = parser.parse_type()
        if not isinstance(type, FunctionType):
            parser.raise_error("expected a function type", place)
        values = parser.resolve_operands(inputs + inits, type.inputs.data, place)
        inputs, inits = values[: len(inputs)], values[len(inputs) :]
        if applied is not None:
            body = cls.simple_body(applied, element_type_of(inputs[0]))
        else:
            body = cls._parse_reducer(parser, len(inputs))
        expected = reduced_types(inputs, dims, body)
        if len(expected) != len(type.outputs) or not all(map(compatible, expected, type.outputs)):
            parser.raise_error(f"this reduce does not yield {type}", place)
        op = cls.create(
            operands=values,
            result_types=type.outputs.data,
            properties={"dimensions": DenseArrayBase.from_list(i64, dims)},
            regions=[body],
        )
        add_attributes(op, attributes)
        return op

    @staticmethod
    def _parse_reducer(parser: Parser, count: int) -> Region:
        """Parses the reducer, whose text lists the arguments as (l0, r0) (l1, r1) where the block
        takes (l0, l1, r0, r1).
        """
        parser.parse_keyword("reducer")
        left: list[Parser.Argument] = []
        right: list[Parser.Argument] = []
        for _ in range(count):
            with parser.in_parens():
                left.append(parser.parse_argument())
                parser.parse_punctuation(",")
                right.append(parser.parse_argument())
        return parser.parse_region([*left, *right])


@irdl_op_definition
class MapOp(IRDLOperation):
    """Applies a function of scalars at every index of tensors of one shape.

    ```mlir
    %2 = "stablehlo.map"(%0, %1) <{dimensions = array<i64: 0, 1>}> ({
      ^bb0(%a: tensor<i64>, %b: tensor<i64>):
        %p = stablehlo.multiply %a, %b : tensor<i64>
        stablehlo.return %p : tensor<i64>
    }) : (tensor<2x2xi64>, tensor<2x2xi64>) -> tensor<2x2xi64>
    ```
    """

    name = "stablehlo.map"

    inputs = var_operand_def(TensorType)
    dimensions = prop_def(DenseArrayBase[IntegerType])
    result = result_def(TensorType)
    computation = region_def("single_block")

    traits = traits_def(Pure(), TypedElements())

    def __init__(self, inputs: Sequence[SSAValue], computation: Region):
        shape = shape_of(inputs[0])
        (type,) = yielded(computation)
        assert isinstance(type, TensorType)
        super().__init__(
            operands=[inputs],
            properties={"dimensions": DenseArrayBase.from_list(i64, range(len(shape)))},
            result_types=[TensorType(type.element_type, shape)],
            regions=[computation],
        )

    def verify_(self) -> None:
        shape = shape_of(self.result)
        if not self.inputs or not all(compatible_shapes(shape_of(v), shape) for v in self.inputs):
            raise VerifyException("inputs and the result must have one shape")
        if list(self.dimensions.get_values()) != list(range(len(shape))):
            raise VerifyException(f"dimensions must be {list(range(len(shape)))}")
        scalars = [TensorType(element_type_of(v), []) for v in self.inputs]
        returned = [TensorType(element_type_of(self.result), [])]
        if [a.type for a in self.computation.block.args] != scalars or (
            yielded(self.computation) != returned
        ):
            wanted = ", ".join(map(str, scalars))
            raise VerifyException(f"needs a function of ({wanted}) that returns {returned[0]}")


REDUCTION_OPS: list[type[IRDLOperation]] = [MapOp, ReduceOp, ReturnOp]
"""Every op of this file."""
