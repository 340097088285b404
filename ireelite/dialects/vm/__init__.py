"""The `vm` dialect: a module of the virtual machine.

A module lists what it imports, its constants and its globals, then functions of instructions
(`instructions.py`) and their public names. Source: IREE's VM dialect, bytecode version 17.0.
"""

from __future__ import annotations

from collections.abc import Mapping

from xdsl.dialects.builtin import (
    BytesAttr,
    DenseIntOrFPElementsAttr,
    FunctionType,
    IntegerAttr,
    StringAttr,
    SymbolNameConstraint,
    TensorType,
    UnitAttr,
    f32,
    f64,
    i8,
    i32,
    i64,
)
from xdsl.dialects.utils import parse_func_op_like, print_func_op_like
from xdsl.ir import Attribute, Block, Dialect, Region
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    opt_prop_def,
    prop_def,
    region_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import IsolatedFromAbove, NoTerminator, SymbolOpInterface, SymbolTable
from xdsl.utils.exceptions import VerifyException

from ireelite.bytecode.calling_convention import parse_cconv
from ireelite.dialects.vm.instructions import (
    BufferType,
    InstructionOp,
    ListType,
    RefType,
    check_machine_type,
    instruction_class,
    op,
)
from ireelite.status import StatusError
from ireelite.syntax.elements import element_bytes


@irdl_op_definition
class ModuleOp(IRDLOperation):
    """A module of the virtual machine: `vm.module @module { ... }`."""

    name = "vm.module"

    sym_name = prop_def(SymbolNameConstraint())
    body = region_def("single_block")

    traits = traits_def(IsolatedFromAbove(), NoTerminator(), SymbolTable(), SymbolOpInterface())

    def __init__(self, name: str, body: Region | None = None):
        super().__init__(
            properties={"sym_name": StringAttr(name)}, regions=[body or Region(Block())]
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_symbol_name(self.sym_name.data)
        if self.attributes:
            printer.print_op_attributes(self.attributes, print_keyword=True)
        printer.print_string(" ")
        printer.print_region(self.body)

    @classmethod
    def parse(cls, parser: Parser) -> ModuleOp:
        name = parser.parse_symbol_name().data
        attributes = parser.parse_optional_attr_dict_with_keyword()
        op = cls(name, parser.parse_region())
        if attributes is not None:
            op.attributes |= attributes.data
        return op


@irdl_op_definition
class ImportOp(IRDLOperation):
    """A function of another module: `vm.import @hal.fence.create "0rI_r" minimum_version 7`.

    An optional one may be missing: `vm.import optional @custom.print "0r_v"`.
    """

    name = "vm.import"

    sym_name = prop_def(SymbolNameConstraint())
    cconv = prop_def(StringAttr)
    minimum_version = opt_prop_def(IntegerAttr)
    is_optional = opt_prop_def(UnitAttr)

    traits = traits_def(SymbolOpInterface())

    def __init__(
        self, name: str, cconv: str, minimum_version: int | None = None, optional: bool = False
    ):
        version = None if minimum_version is None else IntegerAttr(minimum_version, i32)
        super().__init__(
            properties={
                "sym_name": StringAttr(name),
                "cconv": StringAttr(cconv),
                "minimum_version": version,
                "is_optional": UnitAttr() if optional else None,
            }
        )

    def verify_(self) -> None:
        if "." not in self.sym_name.data:
            raise VerifyException(f"'{self.sym_name.data}' does not name a module and a function")
        try:
            parse_cconv(self.cconv.data)
        except StatusError as error:
            raise VerifyException(error.message) from error

    def print(self, printer: Printer) -> None:
        printer.print_string(" " if self.is_optional is None else " optional ")
        printer.print_symbol_name(self.sym_name.data)
        printer.print_string(" ")
        printer.print_string_literal(self.cconv.data)
        if self.minimum_version is not None:
            printer.print_string(f" minimum_version {self.minimum_version.value.data}")

    @classmethod
    def parse(cls, parser: Parser) -> ImportOp:
        optional = parser.parse_optional_keyword("optional") is not None
        name = parser.parse_symbol_name().data
        cconv = parser.parse_str_literal()
        minimum = None
        if parser.parse_optional_keyword("minimum_version") is not None:
            minimum = parser.parse_integer()
        return cls(name, cconv, minimum, optional)


@irdl_op_definition
class RodataOp(IRDLOperation):
    """Read-only bytes: `vm.rodata @executable_0 "application/octet-stream" dense<"0x..."> :
    tensor<96xi8>`.

    With a MIME type they lie outside of the module's FlatBuffer.
    """

    name = "vm.rodata"

    sym_name = prop_def(SymbolNameConstraint())
    mime_type = opt_prop_def(StringAttr)
    value = prop_def(DenseIntOrFPElementsAttr)

    traits = traits_def(SymbolOpInterface())

    def __init__(self, name: str, data: bytes, mime_type: str | None = None):
        value = DenseIntOrFPElementsAttr(TensorType(i8, [len(data)]), BytesAttr(data))
        super().__init__(
            properties={
                "sym_name": StringAttr(name),
                "mime_type": None if mime_type is None else StringAttr(mime_type),
                "value": value,
            }
        )

    def verify_(self) -> None:
        type = self.value.type
        if not isinstance(type, TensorType) or type.element_type != i8 or type.get_num_dims() != 1:
            raise VerifyException(f"holds bytes, a tensor<Nxi8>, not a {type}")

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_symbol_name(self.sym_name.data)
        if self.mime_type is not None:
            printer.print_string(" ")
            printer.print_string_literal(self.mime_type.data)
        printer.print_string(" ")
        data = self.value.data.data
        if self.mime_type is None and data.isascii() and data.decode("ascii").isprintable():
            printer.print_string_literal(data.decode("ascii"))
        else:
            printer.print_attribute(self.value)

    @classmethod
    def parse(cls, parser: Parser) -> RodataOp:
        name = parser.parse_symbol_name().data
        place = parser.pos
        first = parser.parse_optional_str_literal()
        # `loc(...)` is an attribute too, but stands behind the op
        located = parser._current_token.text == "loc"
        value = None if located else parser.parse_optional_attribute()
        if value is None and first is not None:
            if not first.isascii():
                parser.raise_error(
                    "text of rodata is ASCII; other bytes are written as dense<...>", place
                )
            return cls(name, first.encode("ascii"))
        if not isinstance(value, DenseIntOrFPElementsAttr):
            parser.raise_error("expected the bytes of the rodata", place)
        return cls(name, element_bytes(value), first)


@irdl_op_definition
class GlobalRefOp(IRDLOperation):
    """A reference in the module's state, null at first: `vm.global.ref @device :
    !vm.ref<!hal.device>`.
    """

    name = "vm.global.ref"

    sym_name = prop_def(SymbolNameConstraint())
    type = prop_def(RefType)

    traits = traits_def(SymbolOpInterface())

    assembly_format = "$sym_name attr-dict `:` qualified($type)"

    def __init__(self, name: str, type: RefType):
        super().__init__(properties={"sym_name": StringAttr(name), "type": type})


class GlobalNumberOp(IRDLOperation):
    """A number in the module's state, zero at first."""

    sym_name = prop_def(SymbolNameConstraint())

    traits = traits_def(SymbolOpInterface())

    assembly_format = "$sym_name attr-dict"

    def __init__(self, name: str):
        super().__init__(properties={"sym_name": StringAttr(name)})


@irdl_op_definition
class GlobalI32Op(GlobalNumberOp):
    """An i32 in the module's state: `vm.global.i32 @counter`."""

    name = "vm.global.i32"


@irdl_op_definition
class GlobalI64Op(GlobalNumberOp):
    """An i64 in the module's state: `vm.global.i64 @counter`."""

    name = "vm.global.i64"


@irdl_op_definition
class GlobalF32Op(GlobalNumberOp):
    """An f32 in the module's state: `vm.global.f32 @sum`."""

    name = "vm.global.f32"


@irdl_op_definition
class GlobalF64Op(GlobalNumberOp):
    """An f64 in the module's state: `vm.global.f64 @sum`."""

    name = "vm.global.f64"


NUMBER_GLOBALS: dict[Attribute, type[GlobalNumberOp]] = {
    i32: GlobalI32Op,
    i64: GlobalI64Op,
    f32: GlobalF32Op,
    f64: GlobalF64Op,
}
"""A number's type -> the op that declares a global of it."""


@irdl_op_definition
class FuncOp(IRDLOperation):
    """A function of instructions: `vm.func @simple_mul(%0: !vm.ref<!hal.buffer_view>) -> i32 { ...

    }`.
    """

    name = "vm.func"

    body = region_def()
    sym_name = prop_def(SymbolNameConstraint())
    function_type = prop_def(FunctionType)

    traits = traits_def(IsolatedFromAbove(), SymbolOpInterface())

    def __init__(self, name: str, function_type: FunctionType, body: Region):
        super().__init__(
            properties={"sym_name": StringAttr(name), "function_type": function_type},
            regions=[body],
        )

    def verify_(self) -> None:
        entry = self.body.blocks.first
        if entry is None or tuple(entry.arg_types) != self.function_type.inputs.data:
            raise VerifyException(
                "the entry block's arguments must have the function's input types"
            )
        for type in self.function_type.outputs:
            check_machine_type(type)
        for block in self.body.blocks:
            for argument in block.args:
                check_machine_type(argument.type)
            for inner in block.ops:
                if not isinstance(inner, InstructionOp):
                    raise VerifyException(f"may hold instructions only, not '{inner.name}'")

    def print(self, printer: Printer) -> None:
        print_func_op_like(
            printer,
            self.sym_name,
            self.function_type,
            self.body,
            self.attributes,
            reserved_attr_names=("sym_name", "function_type"),
        )

    @classmethod
    def parse(cls, parser: Parser) -> FuncOp:
        name, inputs, outputs, region, extra, _, _ = parse_func_op_like(
            parser, reserved_attr_names=("sym_name", "function_type")
        )
        op = cls(name, FunctionType.from_lists(inputs, outputs), region)
        if extra is not None:
            op.attributes |= extra.data
        return op


@irdl_op_definition
class ExportOp(IRDLOperation):
    """A function's public name and what reflection says of it:
    `vm.export @f {iree.abi.model = "..."}`.
    """

    name = "vm.export"

    function_name = prop_def(SymbolNameConstraint())

    assembly_format = "$function_name attr-dict"

    def __init__(self, name: str, reflection: Mapping[str, str] | None = None):
        super().__init__(
            properties={"function_name": StringAttr(name)},
            attributes={key: StringAttr(value) for key, value in (reflection or {}).items()},
        )

    @property
    def reflection(self) -> dict[str, str]:
        """The reflection attributes."""
        return {k: v.data for k, v in self.attributes.items() if isinstance(v, StringAttr)}


Vm = Dialect(
    "vm",
    [
        ModuleOp,
        ImportOp,
        RodataOp,
        GlobalRefOp,
        *NUMBER_GLOBALS.values(),
        FuncOp,
        ExportOp,
    ],
    [RefType, BufferType, ListType],
)

__all__ = [
    "NUMBER_GLOBALS",
    "BufferType",
    "ExportOp",
    "FuncOp",
    "GlobalNumberOp",
    "GlobalRefOp",
    "ImportOp",
    "InstructionOp",
    "ListType",
    "ModuleOp",
    "RefType",
    "RodataOp",
    "Vm",
    "instruction_class",
    "op",
]
