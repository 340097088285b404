"""The `util` dialect: state and values of host code.

Globals keep a value from call to call, one for each context a module is loaded into; initializers
run when it is loaded, in the order in which they are written. Lists and byte buffers
(`util_buffers.py`) are counted references. The text is that of IREE's `util` dialect.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import (
    FlatSymbolRefAttrConstr,
    IndexType,
    StringAttr,
    SymbolNameConstraint,
    SymbolRefAttr,
    UnitAttr,
    i1,
)
from xdsl.ir import Attribute, Block, Dialect, Operation, Region, SSAValue
from xdsl.irdl import (
    AnyAttr,
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser, UnresolvedOperand
from xdsl.printer import Printer
from xdsl.traits import (
    HasParent,
    IsolatedFromAbove,
    IsTerminator,
    Pure,
    SymbolOpInterface,
    SymbolTable,
)
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.util_buffers import BUFFER_OPS
from ireelite.dialects.util_types import (
    BufferType,
    ListType,
    ObjectType,
    VariantType,
    check_element,
    object_type,
    type_of_value,
)

# -- globals -----------------------------------------------------------------------------------------


@irdl_op_definition
class GlobalOp(IRDLOperation):
    """A value that lives as long as a module's state, zero or null at first unless it says so.

    ```mlir
    util.global private mutable @counter = 4 : i32
    util.global private @tokens : !util.list<?>
    ```
    """

    name = "util.global"

    sym_visibility = opt_prop_def(StringAttr)
    sym_name = prop_def(SymbolNameConstraint())
    is_mutable = opt_prop_def(UnitAttr)
    type = prop_def(Attribute)
    initial_value = opt_prop_def(Attribute)

    traits = traits_def(SymbolOpInterface())

    def __init__(
        self,
        name: str,
        type: Attribute,
        initial_value: Attribute | None = None,
        mutable: bool = False,
        visibility: str | None = None,
    ):
        properties: dict[str, Attribute | None] = {
            "sym_visibility": None if visibility is None else StringAttr(visibility),
            "sym_name": StringAttr(name),
            "is_mutable": UnitAttr() if mutable else None,
            "type": type,
            "initial_value": initial_value,
        }
        super().__init__(properties=properties)

    def verify_(self) -> None:
        if self.initial_value is None:
            return
        type = type_of_value(self.initial_value)
        if type != self.type:
            raise VerifyException(
                f"'{self.sym_name.data}' is a {self.type}; its initial value "
                f"{self.initial_value} is not"
            )

    def print(self, printer: Printer) -> None:
        words = [] if self.sym_visibility is None else [self.sym_visibility.data]
        words += ["mutable"] if self.is_mutable is not None else []
        printer.print_string("".join(f" {word}" for word in words) + " ")
        printer.print_symbol_name(self.sym_name.data)
        printer.print_op_attributes(self.attributes)
        if self.initial_value is None:
            printer.print_string(" : ")
            printer.print_attribute(self.type)
        else:
            printer.print_string(" = ")
            printer.print_attribute(self.initial_value)

    @classmethod
    def parse(cls, parser: Parser) -> GlobalOp:
        visibility = parser.parse_optional_visibility_keyword()
        mutable = parser.parse_optional_keyword("mutable") is not None
        name = parser.parse_symbol_name().data
        attributes = parser.parse_optional_attr_dict()
        type = value = None
        if parser.parse_optional_punctuation(":") is not None:
            type = parser.parse_type()
        if parser.parse_optional_punctuation("=") is not None:
            value = parser.parse_attribute()
            type = type or type_of_value(value)
        if type is None:
            parser.raise_error("expected the global's type, or an initial value that has one")
        visibility_name = None if visibility is None else visibility.data
        op = cls(name, type, value, mutable, visibility_name)
        op.attributes |= attributes
        return op


def check_global(op: GlobalLoadOp | GlobalStoreOp, type: Attribute) -> GlobalOp:
    """The global an op names. Raises unless there is one, of this type."""
    name = op.global_name.root_reference.data
    found = SymbolTable.lookup_symbol(op, name)
    if not isinstance(found, GlobalOp):
        raise VerifyException(f"there is no global named '{name}'")
    if found.type != type:
        raise VerifyException(f"the global '{name}' is a {found.type}, not a {type}")
    return found


@irdl_op_definition
class GlobalLoadOp(IRDLOperation):
    """The value of a global: `%v = util.global.load @counter : i32`."""

    name = "util.global.load"

    is_immutable = opt_prop_def(UnitAttr)
    global_name = prop_def(FlatSymbolRefAttrConstr, prop_name="global")
    result = result_def()

    assembly_format = "(`immutable` $is_immutable^)? $global attr-dict `:` type($result)"

    def __init__(self, name: str, type: Attribute):
        super().__init__(properties={"global": SymbolRefAttr(name)}, result_types=[type])

    def verify_(self) -> None:
        check_global(self, self.result.type)


@irdl_op_definition
class GlobalStoreOp(IRDLOperation):
    """Sets a global: `util.global.store %v, @counter : i32`."""

    name = "util.global.store"

    value = operand_def()
    global_name = prop_def(FlatSymbolRefAttrConstr, prop_name="global")

    assembly_format = "$value `,` $global attr-dict `:` type($value)"

    def __init__(self, value: SSAValue, name: str):
        super().__init__(operands=[value], properties={"global": SymbolRefAttr(name)})

    def verify_(self) -> None:
        found = check_global(self, self.value.type)
        if found.is_mutable is None and not is_in_initializer(self):
            raise VerifyException(
                f"the global '{found.sym_name.data}' is not mutable: only an initializer sets it"
            )


def is_in_initializer(op: IRDLOperation) -> bool:
    """Whether an op stands in an initializer, at any depth."""
    parent = op.parent_op()
    while parent is not None and not isinstance(parent, InitializerOp):
        parent = parent.parent_op()
    return parent is not None


# -- structure ---------------------------------------------------------------------------------------


@irdl_op_definition
class InitializerOp(IRDLOperation):
    """Runs once, when a module's state is made.

    ```mlir
    util.initializer {
      %0 = util.list.create : !util.list<?>
      util.global.store %0, @tokens : !util.list<?>
      util.return
    }
    ```
    """

    name = "util.initializer"

    body = region_def()

    traits = traits_def(IsolatedFromAbove())

    assembly_format = "attr-dict-with-keyword $body"

    def __init__(self, body: Region):
        super().__init__(regions=[body])

    def verify_(self) -> None:
        if self.body.blocks.first is None or self.body.blocks.first.args:
            raise VerifyException("must have a body that takes no arguments")


@irdl_op_definition
class ReturnOp(IRDLOperation):
    """Ends an initializer: `util.return`.

    It may have operands only where it is read as the end of a `util.func`.
    """

    name = "util.return"

    arguments = var_operand_def()

    traits = traits_def(IsTerminator(), HasParent(InitializerOp))

    assembly_format = "attr-dict ($arguments^ `:` type($arguments))?"

    def __init__(self):
        super().__init__(operands=[[]])

    def verify_(self) -> None:
        if self.arguments:
            raise VerifyException("an initializer returns nothing")


class FunctionSpelling(Operation):
    """`util.func`, which is another word for `func.func`: it is read as one, and never made."""

    name = "util.func"

    @classmethod
    def parse(cls, parser: Parser) -> func.FuncOp:
        function = func.FuncOp.parse(parser)
        for block in function.body.blocks:
            if isinstance(end := block.last_op, ReturnOp):
                block.insert_op_before(func.ReturnOp(*end.arguments), end)
                end.detach()
                end.erase()
        return function


def spelling(name: str) -> type[Operation] | None:
    """The class that reads an op which has another name here."""
    return {"func": FunctionSpelling, "call": func.CallOp}.get(name)


# -- values ------------------------------------------------------------------------------------------


@irdl_op_definition
class NullOp(IRDLOperation):
    """A reference to nothing, or zero: `%0 = util.null : !util.buffer`."""

    name = "util.null"

    result = result_def()

    traits = traits_def(Pure())

    assembly_format = "attr-dict `:` type($result)"

    def __init__(self, type: Attribute):
        super().__init__(result_types=[type])


@irdl_op_definition
class CastOp(IRDLOperation):
    """A reference as one of another type; a failure if it is none:
    `%1 = util.cast %0 : !util.list<?> to !util.list<i32>`.
    """

    name = "util.cast"

    operand = operand_def()
    result = result_def()

    traits = traits_def(Pure())

    assembly_format = "$operand attr-dict `:` type($operand) `to` type($result)"


class Comparison(IRDLOperation):
    """Whether two values are the same value or the same object."""

    lhs = operand_def()
    rhs = operand_def()
    result = result_def(i1)

    traits = traits_def(Pure())

    def verify_(self) -> None:
        if self.lhs.type != self.rhs.type:
            raise VerifyException(f"compares a {self.lhs.type} with a {self.rhs.type}")

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.lhs.type)

    @classmethod
    def parse(cls, parser: Parser):
        operands = parser.parse_comma_separated_list(
            Parser.Delimiter.NONE, parser.parse_unresolved_operand
        )
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type = parser.parse_type()
        resolved = parser.resolve_operands(operands, [type] * len(operands), parser.pos)
        return cls.create(operands=resolved, result_types=[i1], attributes=attributes)


@irdl_op_definition
class CmpEqOp(Comparison):
    """Whether two values are equal: `%2 = util.cmp.eq %0, %1 : !util.buffer`."""

    name = "util.cmp.eq"


@irdl_op_definition
class CmpNeOp(Comparison):
    """Whether two values differ: `%2 = util.cmp.ne %0, %1 : !util.buffer`."""

    name = "util.cmp.ne"


@irdl_op_definition
class OptimizationBarrierOp(IRDLOperation):
    """Values that a compiler may not look through:
    `%1:2 = util.optimization_barrier %a, %b : i32, f32`.
    """

    name = "util.optimization_barrier"

    values = var_operand_def()
    outputs = var_result_def()

    def __init__(self, values: Sequence[SSAValue]):
        super().__init__(operands=[values], result_types=[[v.type for v in values]])

    def verify_(self) -> None:
        if [v.type for v in self.values] != [v.type for v in self.outputs]:
            raise VerifyException("yields its operands, so its results have their types")

    def print(self, printer: Printer) -> None:
        printer.print_op_attributes(self.attributes)
        printer.print_string(" ")
        printer.print_list(self.values, printer.print_ssa_value)
        printer.print_string(" : ")
        printer.print_list([v.type for v in self.values], printer.print_attribute)

    @classmethod
    def parse(cls, parser: Parser) -> OptimizationBarrierOp:
        attributes = parser.parse_optional_attr_dict()
        place, comma = parser.pos, Parser.Delimiter.NONE
        operands = parser.parse_comma_separated_list(comma, parser.parse_unresolved_operand)
        parser.parse_punctuation(":")
        types = parser.parse_comma_separated_list(comma, parser.parse_type)
        op = cls(parser.resolve_operands(operands, types, place))
        op.attributes |= attributes
        return op


@irdl_op_definition
class UnfoldableConstantOp(IRDLOperation):
    """A constant that a compiler may not compute with:
    `%0 = util.unfoldable_constant dense<[0, 1]> : tensor<2xi8>`.
    """

    name = "util.unfoldable_constant"

    value = prop_def(Attribute)
    result = result_def()

    def __init__(self, value: Attribute, type: Attribute | None = None):
        type = type or type_of_value(value)
        super().__init__(properties={"value": value}, result_types=[type] if type else [])

    def verify_(self) -> None:
        if self.result.type != type_of_value(self.value):
            raise VerifyException(f"a {self.result.type} can't have the value {self.value}")

    def print(self, printer: Printer) -> None:
        printer.print_op_attributes(self.attributes)
        printer.print_string(" ")
        printer.print_attribute(self.value)

    @classmethod
    def parse(cls, parser: Parser) -> UnfoldableConstantOp:
        attributes = parser.parse_optional_attr_dict()
        value = parser.parse_attribute()
        if type_of_value(value) is None:
            parser.raise_error("expected a value that has a type")
        op = cls(value)
        op.attributes |= attributes
        return op


@irdl_op_definition
class SwitchOp(IRDLOperation):
    """The value at an index, or another if there are not as many:
    `%1 = util.switch i32 from [%a, %b] at %index else %c : i32`.
    """

    name = "util.switch"

    index = operand_def(IndexType)
    default = operand_def()
    cases = var_operand_def()
    result = result_def()

    traits = traits_def(Pure())

    def verify_(self) -> None:
        for value in (self.default, *self.cases):
            if value.type != self.result.type:
                raise VerifyException(f"chooses a {self.result.type} from a {value.type}")

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_attribute(self.default.type)
        printer.print_string(" from ")
        with printer.in_square_brackets():
            printer.print_list(self.cases, printer.print_ssa_value)
        printer.print_string(" at ")
        printer.print_ssa_value(self.index)
        printer.print_string(" else ")
        printer.print_ssa_value(self.default)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.result.type)

    @classmethod
    def parse(cls, parser: Parser) -> SwitchOp:
        type = parser.parse_type()
        parser.parse_keyword("from")
        cases = parser.parse_comma_separated_list(
            Parser.Delimiter.SQUARE, parser.parse_unresolved_operand
        )
        parser.parse_keyword("at")
        index = parser.parse_unresolved_operand()
        parser.parse_keyword("else")
        default = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        result = parser.parse_type()
        operands = [parser.resolve_operand(index, IndexType())]
        operands += [parser.resolve_operand(value, type) for value in (default, *cases)]
        return cls.create(operands=operands, result_types=[result], attributes=attributes)


# -- lists -------------------------------------------------------------------------------------------


@irdl_op_definition
class ListCreateOp(IRDLOperation):
    """A new empty list, with room for so many: `%0 = util.list.create %n : !util.list<i32>`."""

    name = "util.list.create"

    initial_capacity = opt_operand_def(IndexType)
    result = result_def(ListType)

    assembly_format = "($initial_capacity^)? attr-dict `:` type($result)"


@irdl_op_definition
class ListConstructOp(IRDLOperation):
    """A new list of these values:
    `%0 = util.list.construct [%a : i64, %b : i64] : !util.list<i64>`.
    """

    name = "util.list.construct"

    values = var_operand_def()
    result = result_def(ListType)

    def verify_(self) -> None:
        assert isinstance(self.result.type, ListType)
        for value in self.values:
            check_element(self.result.type, value.type)

    def print(self, printer: Printer) -> None:
        def element(value: SSAValue) -> None:
            printer.print_ssa_value(value)
            printer.print_string(" : ")
            printer.print_attribute(value.type)

        printer.print_string(" ")
        with printer.in_square_brackets():
            printer.print_list(self.values, element)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.result.type)

    @classmethod
    def parse(cls, parser: Parser) -> ListConstructOp:
        def element() -> SSAValue:
            value = parser.parse_unresolved_operand()
            parser.parse_punctuation(":")
            return parser.resolve_operand(value, parser.parse_type())

        values = parser.parse_comma_separated_list(Parser.Delimiter.SQUARE, element)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        return cls.create(
            operands=values, result_types=[parser.parse_type()], attributes=attributes
        )


@irdl_op_definition
class ListSizeOp(IRDLOperation):
    """How many elements a list has: `%n = util.list.size %list : !util.list<?>`."""

    name = "util.list.size"

    list = operand_def(ListType)
    result = result_def(IndexType())

    assembly_format = "$list attr-dict `:` type($list)"


@irdl_op_definition
class ListResizeOp(IRDLOperation):
    """Drops elements at the end, or adds zeros or nulls:
    `util.list.resize %list, %n : !util.list<?>`.
    """

    name = "util.list.resize"

    list = operand_def(ListType)
    new_size = operand_def(IndexType())

    assembly_format = "$list `,` $new_size attr-dict `:` type($list)"


def list_type(value: SSAValue) -> ListType:
    """The type of a list."""
    assert isinstance(value.type, ListType)
    return value.type


@irdl_op_definition
class ListGetOp(IRDLOperation):
    """An element of a list; null or zero if it is of another kind.

    ```mlir
    %0 = util.list.get %list[%i] : !util.list<i32>
    %1 = util.list.get %any[%i] : !util.list<?> -> f32
    ```
    """

    name = "util.list.get"

    list = operand_def(ListType)
    index = operand_def(IndexType())
    result = result_def(AnyAttr())

    def verify_(self) -> None:
        if isinstance(self.result.type, VariantType):
            raise VerifyException("an element of a list of anything must be given a type")
        check_element(list_type(self.list), self.result.type)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.list)
        with printer.in_square_brackets():
            printer.print_ssa_value(self.index)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.list.type)
        if list_type(self.list).element != self.result.type:
            printer.print_string(" -> ")
            printer.print_attribute(self.result.type)

    @classmethod
    def parse(cls, parser: Parser) -> ListGetOp:
        (list, index), attributes = parse_access(parser)
        type = parser.parse_type()
        element = type.element if isinstance(type, ListType) else VariantType()
        if parser.parse_optional_punctuation("->") is not None:
            element = parser.parse_type()
        operands = [parser.resolve_operand(list, type), parser.resolve_operand(index, IndexType())]
        return cls.create(operands=operands, result_types=[element], attributes=attributes)


@irdl_op_definition
class ListSetOp(IRDLOperation):
    """Sets an element of a list.

    ```mlir
    util.list.set %list[%i], %v : !util.list<i32>
    util.list.set %any[%i], %v : f32 -> !util.list<?>
    ```
    """

    name = "util.list.set"

    list = operand_def(ListType)
    index = operand_def(IndexType())
    value = operand_def()

    def verify_(self) -> None:
        check_element(list_type(self.list), self.value.type)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.list)
        with printer.in_square_brackets():
            printer.print_ssa_value(self.index)
        printer.print_string(", ")
        printer.print_ssa_value(self.value)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        if list_type(self.list).element != self.value.type:
            printer.print_attribute(self.value.type)
            printer.print_string(" -> ")
        printer.print_attribute(self.list.type)

    @classmethod
    def parse(cls, parser: Parser) -> ListSetOp:
        (list, index, value), attributes = parse_access(parser, 1)
        element = type = parser.parse_type()
        if parser.parse_optional_punctuation("->") is not None:
            type = parser.parse_type()
        elif isinstance(type, ListType):
            element = type.element
        operands = [parser.resolve_operand(list, type), parser.resolve_operand(index, IndexType())]
        operands.append(parser.resolve_operand(value, element))
        return cls.create(operands=operands, attributes=attributes)


def parse_access(
    parser: Parser, values: int = 0
) -> tuple[list[UnresolvedOperand], dict[str, Attribute]]:
    """`%list[%index]`, so many values after commas, the attributes, and a colon."""
    operands = [parser.parse_unresolved_operand()]
    with parser.in_square_brackets():
        operands.append(parser.parse_unresolved_operand())
    for _ in range(values):
        parser.parse_punctuation(",")
        operands.append(parser.parse_unresolved_operand())
    attributes = parser.parse_optional_attr_dict()
    parser.parse_punctuation(":")
    return operands, attributes


def initializer(body: Block) -> InitializerOp:
    """An initializer of one block, which this function ends."""
    body.add_op(ReturnOp())
    return InitializerOp(Region(body))


Util = Dialect(
    "util",
    [
        GlobalOp,
        GlobalLoadOp,
        GlobalStoreOp,
        InitializerOp,
        ReturnOp,
        NullOp,
        CastOp,
        CmpEqOp,
        CmpNeOp,
        OptimizationBarrierOp,
        UnfoldableConstantOp,
        SwitchOp,
        ListCreateOp,
        ListConstructOp,
        ListSizeOp,
        ListResizeOp,
        ListGetOp,
        ListSetOp,
        *BUFFER_OPS,
    ],
    [BufferType, ListType, VariantType],
)

__all__ = ["BufferType", "ListType", "ObjectType", "Util", "VariantType", "object_type"]
