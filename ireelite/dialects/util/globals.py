"""The `util` dialect's globals, and the initializers that set them when a module is loaded."""

from __future__ import annotations

from xdsl.dialects import func
from xdsl.dialects.builtin import (
    FlatSymbolRefAttrConstr,
    StringAttr,
    SymbolNameConstraint,
    SymbolRefAttr,
    UnitAttr,
)
from xdsl.ir import Attribute, Operation, Region, SSAValue, TypeAttribute
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import (
    HasParent,
    IsolatedFromAbove,
    IsTerminator,
    Pure,
    SymbolOpInterface,
)
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.symbols import find_symbol
from ireelite.dialects.util.attributes import value_of
from ireelite.dialects.util.types import PtrType, may_be, type_of_value

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
    type = prop_def(TypeAttribute)
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
        if type is None or not may_be(self.type, type):
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
        if self.initial_value is None or type_of_value(self.initial_value) != self.type:
            printer.print_string(" : ")
            printer.print_attribute(self.type)
        if self.initial_value is not None:
            printer.print_string(" = ")
            printer.print_attribute(self.initial_value)

    @classmethod
    def parse(cls, parser: Parser) -> GlobalOp:
        visibility = parser.parse_optional_visibility_keyword()
        mutable = parser.parse_optional_keyword("mutable") is not None
        name = parser.parse_symbol_name().data
        attributes = parser.parse_optional_attr_dict()
        type = value = place = None
        if parser.parse_optional_punctuation(":") is not None:
            type = parser.parse_type()
        if parser.parse_optional_punctuation("=") is not None:
            place = parser.pos
            value = value_of(parser.parse_attribute())
            type = type or type_of_value(value)
        if type is None:
            parser.raise_error(
                "expected the global's type, or an initial value that has one", place
            )
        visibility_name = None if visibility is None else visibility.data
        op = cls(name, type, value, mutable, visibility_name)
        op.attributes |= attributes
        return op


def check_global(op: GlobalLoadOp | GlobalStoreOp | GlobalAddressOp, type: Attribute) -> GlobalOp:
    """Returns the global an op names. Raises unless there is one, of this type."""
    name = op.global_name.root_reference.data
    found = find_symbol(op, op.global_name)
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
        check_mutable(self, check_global(self, self.value.type))


def check_mutable(op: IRDLOperation, found: GlobalOp) -> None:
    """Raises unless an op may set a global."""
    if found.is_mutable is None and not is_in_initializer(op):
        raise VerifyException(
            f"the global '{found.sym_name.data}' is not mutable: only an initializer sets it"
        )


def is_in_initializer(op: IRDLOperation) -> bool:
    """Returns whether an op stands in an initializer, at any depth."""
    parent = op.parent_op()
    while parent is not None and not isinstance(parent, InitializerOp):
        parent = parent.parent_op()
    return parent is not None


# -- addresses ---------------------------------------------------------------------------------------


@irdl_op_definition
class GlobalAddressOp(IRDLOperation):
    """The address of a global: `%p = util.global.address @counter : !util.ptr<i32>`."""

    name = "util.global.address"

    is_immutable = opt_prop_def(UnitAttr)
    global_name = prop_def(FlatSymbolRefAttrConstr, prop_name="global")
    result = result_def(PtrType)

    traits = traits_def(Pure())

    assembly_format = "(`immutable` $is_immutable^)? $global attr-dict `:` type($result)"

    def verify_(self) -> None:
        assert isinstance(self.result.type, PtrType)
        check_global(self, self.result.type.target)


def global_at(pointer: SSAValue) -> GlobalAddressOp:
    """Returns the op that makes an address. Raises for an address that comes from elsewhere."""
    made = pointer.owner
    if not isinstance(made, GlobalAddressOp):
        raise VerifyException("needs the address that util.global.address makes of a global")
    return made


@irdl_op_definition
class GlobalLoadIndirectOp(IRDLOperation):
    """The value of the global at an address:
    `%v = util.global.load.indirect %p : !util.ptr<i32> -> i32`.
    """

    name = "util.global.load.indirect"

    is_immutable = opt_prop_def(UnitAttr)
    pointer = operand_def(PtrType)
    result = result_def()

    assembly_format = (
        "(`immutable` $is_immutable^)? $pointer attr-dict `:` type($pointer) `->` type($result)"
    )

    def verify_(self) -> None:
        check_pointer(self.pointer, self.result)


@irdl_op_definition
class GlobalStoreIndirectOp(IRDLOperation):
    """Sets the global at an address:
    `util.global.store.indirect %v, %p : i32 -> !util.ptr<i32>`.
    """

    name = "util.global.store.indirect"

    value = operand_def()
    pointer = operand_def(PtrType)

    assembly_format = "$value `,` $pointer attr-dict `:` type($value) `->` type($pointer)"

    def verify_(self) -> None:
        check_pointer(self.pointer, self.value)
        made = global_at(self.pointer)
        assert isinstance(made.result.type, PtrType)
        check_mutable(self, check_global(made, made.result.type.target))


def check_pointer(pointer: SSAValue, value: SSAValue) -> None:
    """Raises unless a value has the type that an address is of."""
    global_at(pointer)
    assert isinstance(pointer.type, PtrType)
    if value.type != pointer.type.target:
        raise VerifyException(f"a {pointer.type} is no address of a {value.type}")


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
    """Returns the class that reads an op which has another name here."""
    return {"func": FunctionSpelling, "call": func.CallOp}.get(name)
