"""The `spirv` ops that have to do with memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from xdsl.dialects.builtin import (
    FlatSymbolRefAttr,
    SymbolRefAttr,
    VectorType,
    i32,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.spirv.composites import ConstantOp
from ireelite.dialects.spirv.module import GlobalVariableOp, named_in_module, parse_symbol
from ireelite.dialects.spirv.types import (
    STORAGE_CLASSES,
    SpirvArrayType,
    SpirvPointerType,
    SpirvRuntimeArrayType,
    SpirvStructType,
    StorageClass,
    is_integer,
)
from ireelite.dialects.spirv.values import require, require_same


@irdl_op_definition
class AddressOfOp(IRDLOperation):
    """The address of a global variable. `%p = spirv.mlir.addressof @a :
    !spirv.ptr<…, StorageBuffer>`
    """

    name = "spirv.mlir.addressof"

    variable = prop_def(FlatSymbolRefAttr)
    pointer = result_def(SpirvPointerType)

    traits = traits_def(Pure())

    def __init__(self, variable: GlobalVariableOp):
        name = SymbolRefAttr(variable.sym_name)
        Operation.__init__(self, properties={"variable": name}, result_types=[variable.type])

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        variable = parse_symbol(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        types = [parser.parse_type()]
        return cls.create(
            properties={"variable": variable}, attributes=attributes, result_types=types
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_attribute(self.variable)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.pointer.type)

    def verify_(self) -> None:
        variable = named_in_module(self, self.variable)
        if not isinstance(variable, GlobalVariableOp):
            raise VerifyException(f"there is no global variable {self.variable}")
        require_same(variable.type, self.pointer.type, self.name)


@irdl_op_definition
class AccessChainOp(IRDLOperation):
    """The address of a part of what a pointer points at.

    `%e = spirv.AccessChain %p[%c0, %i] : !spirv.ptr<…, StorageBuffer>, i32, i32 -> !spirv.ptr<f32,
    …>`
    """

    name = "spirv.AccessChain"

    base_ptr = operand_def(SpirvPointerType)
    indices = var_operand_def()
    component_ptr = result_def(SpirvPointerType)

    traits = traits_def(Pure())

    def __init__(self, base: SSAValue, indices: Sequence[SSAValue]):
        pointer = _component_pointer(base, indices)
        Operation.__init__(self, operands=[base, *indices], result_types=[pointer])

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        names = [parser.parse_unresolved_operand()]
        names += parser.parse_comma_separated_list(
            parser.Delimiter.SQUARE, parser.parse_unresolved_operand
        )
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        place = parser.pos
        types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        parser.parse_punctuation("->")
        if len(types) != len(names):
            parser.raise_error(f"{len(names)} operands, but {len(types)} types", place)
        operands = [
            parser.resolve_operand(name, type) for name, type in zip(names, types, strict=True)
        ]
        return cls.create(
            operands=operands, attributes=attributes, result_types=[parser.parse_type()]
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.base_ptr)
        with printer.in_square_brackets():
            printer.print_list(self.indices, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_list([operand.type for operand in self.operands], printer.print_attribute)
        printer.print_string(" -> ")
        printer.print_attribute(self.component_ptr.type)

    def verify_(self) -> None:
        require_same(
            _component_pointer(self.base_ptr, self.indices), self.component_ptr.type, self.name
        )


def _component_pointer(base: SSAValue, indices: Sequence[SSAValue]) -> SpirvPointerType:
    """Returns the type of a pointer to a part, found along the indices.

    Raises VerifyException if there is none.
    """
    assert isinstance(base.type, SpirvPointerType)
    type = base.type.pointee
    for index in indices:
        if not is_integer(index.type):
            raise VerifyException(f"an access chain's index is an integer, not {index.type}")
        if isinstance(type, SpirvArrayType | SpirvRuntimeArrayType | VectorType):
            type = type.element_type
        elif isinstance(type, SpirvStructType):
            member = index.owner.value.value if isinstance(index.owner, ConstantOp) else None
            if member is None or not 0 <= int(member.data) < len(type.members):
                raise VerifyException(
                    "a struct is indexed by a 'spirv.Constant' with the number of a member"
                )
            type = type.members.data[int(member.data)]
        else:
            raise VerifyException(f"{type} has no parts with an address")
    return SpirvPointerType(type, base.type.storage)


@irdl_op_definition
class LoadOp(IRDLOperation):
    """Reads what a pointer points at. `%v = spirv.Load "StorageBuffer" %p : f32`"""

    name = "spirv.Load"

    ptr = operand_def(SpirvPointerType)
    value = result_def()

    def __init__(self, pointer: SSAValue):
        assert isinstance(pointer.type, SpirvPointerType)
        Operation.__init__(self, operands=[pointer], result_types=[pointer.type.pointee])

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        storage, name = _storage_class(parser), parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        pointer = parser.resolve_operand(
            name, SpirvPointerType(type := parser.parse_type(), storage)
        )
        return cls.create(operands=[pointer], attributes=attributes, result_types=[type])

    def print(self, printer: Printer) -> None:
        type = self.ptr.type
        assert isinstance(type, SpirvPointerType)
        printer.print_string(f' "{type.storage_class.data}" ')
        printer.print_ssa_value(self.ptr)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.value.type)

    def verify_(self) -> None:
        type = self.ptr.type
        assert isinstance(type, SpirvPointerType)
        require(type.pointee, "any", self.name)
        require_same(type.pointee, self.value.type, self.name)


@irdl_op_definition
class StoreOp(IRDLOperation):
    """Writes to where a pointer points. `spirv.Store "StorageBuffer" %p, %v : f32`"""

    name = "spirv.Store"

    ptr = operand_def(SpirvPointerType)
    value = operand_def()

    def __init__(self, pointer: SSAValue, value: SSAValue):
        super().__init__(operands=[pointer, value])

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        storage, pointer = _storage_class(parser), parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        value = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type = parser.parse_type()
        operands = [
            parser.resolve_operand(pointer, SpirvPointerType(type, storage)),
            parser.resolve_operand(value, type),
        ]
        return cls.create(operands=operands, attributes=attributes)

    def print(self, printer: Printer) -> None:
        type = self.ptr.type
        assert isinstance(type, SpirvPointerType)
        printer.print_string(f' "{type.storage_class.data}" ')
        printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.value.type)

    def verify_(self) -> None:
        type = self.ptr.type
        assert isinstance(type, SpirvPointerType)
        require(self.value.type, "any", self.name)
        require_same(type.pointee, self.value.type, self.name)
        if type.storage == StorageClass.INPUT:
            raise VerifyException("an Input variable cannot be written")


def _storage_class(parser: Parser) -> StorageClass:
    place = parser.pos
    if (name := parser.parse_str_literal()) not in STORAGE_CLASSES:
        parser.raise_error(f"'{name}' is not a storage class of this dialect", place)
    return StorageClass(name)


@irdl_op_definition
class VariableOp(IRDLOperation):
    """A variable of one invocation. `%p = spirv.Variable init(%x) : !spirv.ptr<f32, Function>`"""

    name = "spirv.Variable"

    initializer = opt_operand_def()
    pointer = result_def(SpirvPointerType)

    def __init__(self, type: Attribute, initializer: SSAValue | None = None):
        super().__init__(
            operands=[initializer], result_types=[SpirvPointerType(type, StorageClass.FUNCTION)]
        )

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        name = None
        if parser.parse_optional_keyword("init"):
            with parser.in_parens():
                name = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        place = parser.pos
        if not isinstance(type := parser.parse_type(), SpirvPointerType):
            parser.raise_error(f"a variable is a pointer, not {type}", place)
        operands = [] if name is None else [parser.resolve_operand(name, type.pointee)]
        return cls.create(operands=operands, attributes=attributes, result_types=[type])

    def print(self, printer: Printer) -> None:
        if self.initializer is not None:
            printer.print_string(" init(")
            printer.print_ssa_value(self.initializer)
            printer.print_string(")")
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.pointer.type)

    def verify_(self) -> None:
        type = self.pointer.type
        assert isinstance(type, SpirvPointerType)
        if type.storage != StorageClass.FUNCTION:
            raise VerifyException("the storage class of 'spirv.Variable' is Function")
        if self.initializer is not None:
            require_same(type.pointee, self.initializer.type, self.name)


class AtomicOp(IRDLOperation):
    """Changes a word of memory in one step and gives its old value.

    `%old = spirv.AtomicAnd <Device> <None> %p, %mask : !spirv.ptr<i32, StorageBuffer>`
    """

    SCOPE: ClassVar[str] = "Device"
    SEMANTICS: ClassVar[str] = "None"

    pointer = operand_def(SpirvPointerType)
    value = operand_def()
    result = result_def()

    def __init__(self, pointer: SSAValue, value: SSAValue):
        super().__init__(operands=[pointer, value], result_types=[value.type])

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        for keyword in (cls.SCOPE, cls.SEMANTICS):
            with parser.in_angle_brackets():
                parser.parse_keyword(keyword)
        pointer = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        value = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        place = parser.pos
        if not isinstance(type := parser.parse_type(), SpirvPointerType):
            parser.raise_error(f"an atomic op works through a pointer, not {type}", place)
        operands = [
            parser.resolve_operand(pointer, type),
            parser.resolve_operand(value, type.pointee),
        ]
        return cls.create(operands=operands, attributes=attributes, result_types=[type.pointee])

    def print(self, printer: Printer) -> None:
        printer.print_string(f" <{self.SCOPE}> <{self.SEMANTICS}> ")
        printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.pointer.type)

    def verify_(self) -> None:
        type = self.pointer.type
        assert isinstance(type, SpirvPointerType)
        if type != SpirvPointerType(i32, StorageClass.STORAGE_BUFFER):
            raise VerifyException(
                f"'{self.name}' works on an i32 in StorageBuffer, not through {type}"
            )
        require_same(type.pointee, self.value.type, self.name)
        require_same(type.pointee, self.result.type, self.name)


@irdl_op_definition
class AtomicAndOp(AtomicOp):
    """Clears bits of a word."""

    name = "spirv.AtomicAnd"


@irdl_op_definition
class AtomicOrOp(AtomicOp):
    """Sets bits of a word."""

    name = "spirv.AtomicOr"
