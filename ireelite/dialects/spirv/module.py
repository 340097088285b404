"""The `spirv` ops at the top of a module: variables, functions, entry points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    FlatSymbolRefAttr,
    IntegerAttr,
    StringAttr,
    SymbolRefAttr,
    VectorType,
    i32,
)
from xdsl.ir import Attribute, Block, Operation, Region
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

from ireelite.dialects.spirv.control import ReturnOp
from ireelite.dialects.spirv.types import SpirvPointerType, SpirvStructType, StorageClass, VceAttr
from ireelite.dialects.spirv.values import require_same

BUILT_INS = {"GlobalInvocationId": VectorType(i32, [3])}
"""Built-in inputs and their types."""


def parse_symbol(parser: Parser) -> FlatSymbolRefAttr:
    return SymbolRefAttr(parser.parse_symbol_name())


def named_in_module(op: Operation, symbol: SymbolRefAttr) -> Operation | None:
    """Looks up a symbol in the `spirv.module` around an op."""
    module = op.parent_op()
    while module is not None and not isinstance(module, ModuleOp):
        module = module.parent_op()
    return None if module is None else SymbolTable.lookup_symbol(module, symbol)


@irdl_op_definition
class ModuleOp(IRDLOperation):
    """A SPIR-V module: global variables, functions, entry points.

    `spirv.module Logical GLSL450 requires #spirv.vce<v1.0, [Shader], []> { … }`
    """

    name = "spirv.module"

    addressing_model = prop_def(StringAttr)
    memory_model = prop_def(StringAttr)
    vce_triple = prop_def(VceAttr)
    body = region_def("single_block")

    traits = traits_def(NoTerminator(), IsolatedFromAbove(), SymbolTable())

    def __init__(self, vce: VceAttr, body: Region):
        properties = {
            "addressing_model": StringAttr("Logical"),
            "memory_model": StringAttr("GLSL450"),
            "vce_triple": vce,
        }
        super().__init__(properties=properties, regions=[body])

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        properties: dict[str, Attribute] = {
            "addressing_model": StringAttr(parser.parse_identifier()),
            "memory_model": StringAttr(parser.parse_identifier()),
        }
        parser.parse_keyword("requires")
        properties["vce_triple"] = parser.parse_attribute()
        attributes = parser.parse_optional_attr_dict_with_keyword()
        region = parser.parse_region()
        if region.first_block is None:
            region.add_block(Block())
        return cls.create(
            properties=properties,
            attributes=attributes.data if attributes else {},
            regions=[region],
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(f" {self.addressing_model.data} {self.memory_model.data} requires ")
        printer.print_attribute(self.vce_triple)
        printer.print_op_attributes(self.attributes, print_keyword=True)
        printer.print_string(" ")
        printer.print_region(self.body, print_empty_block=False)

    def verify_(self) -> None:
        if (self.addressing_model.data, self.memory_model.data) != ("Logical", "GLSL450"):
            raise VerifyException("'spirv.module' is for the models Logical GLSL450 only")
        for op in self.body.block.ops:
            if not isinstance(op, GlobalVariableOp | FuncOp | EntryPointOp | ExecutionModeOp):
                raise VerifyException(f"'{op.name}' cannot stand at the top of a 'spirv.module'")


@irdl_op_definition
class GlobalVariableOp(IRDLOperation):
    """A buffer bound to the shader, its push constants, or a built-in input.

    `spirv.GlobalVariable @a bind(0, 1) : !spirv.ptr<…, StorageBuffer>`
    `spirv.GlobalVariable @sizes : !spirv.ptr<!spirv.struct<(i32 [0])>, PushConstant>`
    `spirv.GlobalVariable @id built_in("GlobalInvocationId") : !spirv.ptr<vector<3xi32>, Input>`
    """

    name = "spirv.GlobalVariable"

    sym_name = prop_def(StringAttr)
    type = prop_def(SpirvPointerType)
    descriptor_set = opt_prop_def(IntegerAttr)
    binding = opt_prop_def(IntegerAttr)
    built_in = opt_prop_def(StringAttr)

    traits = traits_def(SymbolOpInterface())

    def __init__(
        self,
        name: str,
        type: SpirvPointerType,
        bind: tuple[int, int] | None = None,
        built_in: str | None = None,
    ):
        properties: dict[str, Attribute | None] = {"sym_name": StringAttr(name), "type": type}
        if bind is not None:
            properties |= {
                "descriptor_set": IntegerAttr(bind[0], 32),
                "binding": IntegerAttr(bind[1], 32),
            }
        if built_in is not None:
            properties["built_in"] = StringAttr(built_in)
        super().__init__(properties=properties)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        properties: dict[str, Attribute] = {"sym_name": parser.parse_symbol_name()}
        if parser.parse_optional_keyword("bind") is not None:
            with parser.in_parens():
                properties["descriptor_set"] = IntegerAttr(parser.parse_integer(), 32)
                parser.parse_punctuation(",")
                properties["binding"] = IntegerAttr(parser.parse_integer(), 32)
        elif parser.parse_optional_keyword("built_in") is not None:
            with parser.in_parens():
                properties["built_in"] = StringAttr(parser.parse_str_literal())
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        properties["type"] = parser.parse_type()
        return cls.create(properties=properties, attributes=attributes)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_symbol_name(self.sym_name.data)
        if self.built_in is not None:
            printer.print_string(f' built_in("{self.built_in.data}")')
        elif (bind := self.bind) is not None:
            printer.print_string(f" bind({bind[0]}, {bind[1]})")
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.type)

    @property
    def bind(self) -> tuple[int, int] | None:
        """Descriptor set and binding of a buffer."""
        if self.descriptor_set is None or self.binding is None:
            return None
        return self.descriptor_set.value.data, self.binding.value.data

    def verify_(self) -> None:
        match self.type.storage:
            case StorageClass.STORAGE_BUFFER:
                if self.bind is None or min(self.bind) < 0 or self.built_in is not None:
                    raise VerifyException(
                        "a variable in StorageBuffer has a binding: `bind(set, binding)`"
                    )
                if not isinstance(self.type.pointee, SpirvStructType):
                    raise VerifyException("a variable in StorageBuffer is a struct")
            case StorageClass.INPUT:
                name = "" if self.built_in is None else self.built_in.data
                if name not in BUILT_INS or self.bind is not None:
                    raise VerifyException(
                        f"an Input variable is one of the built-ins {', '.join(BUILT_INS)}"
                    )
                require_same(self.type.pointee, BUILT_INS[name], self.name)
            case StorageClass.PUSH_CONSTANT:
                if self.bind is not None or self.built_in is not None:
                    raise VerifyException("push constants have neither a binding nor a built-in")
                if not isinstance(self.type.pointee, SpirvStructType):
                    raise VerifyException("a variable in PushConstant is a struct")
            case _:
                raise VerifyException(
                    "a global variable is in StorageBuffer, PushConstant or Input"
                )


@irdl_op_definition
class FuncOp(IRDLOperation):
    """The function of an entry point: no arguments, no results. `spirv.func @f() "None" { … }`"""

    name = "spirv.func"

    sym_name = prop_def(StringAttr)
    body = region_def()

    traits = traits_def(IsolatedFromAbove(), SymbolOpInterface())

    def __init__(self, name: str, body: Region):
        super().__init__(properties={"sym_name": StringAttr(name)}, regions=[body])

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        name = parser.parse_symbol_name()
        with parser.in_parens():
            pass  # entry points have no arguments
        place = parser.pos
        if (control := parser.parse_str_literal()) != "None":
            parser.raise_error(f'the function control is "None", not "{control}"', place)
        attributes = parser.parse_optional_attr_dict_with_keyword()
        region = parser.parse_region()
        return cls.create(
            properties={"sym_name": name},
            attributes=attributes.data if attributes else {},
            regions=[region],
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_symbol_name(self.sym_name.data)
        printer.print_string('() "None"')
        printer.print_op_attributes(self.attributes, print_keyword=True)
        printer.print_string(" ")
        printer.print_region(self.body)

    def verify_(self) -> None:
        if len(self.body.blocks) != 1 or self.body.block.args:
            raise VerifyException("'spirv.func' has one block without arguments")
        if not isinstance(self.body.block.last_op, ReturnOp):
            raise VerifyException("'spirv.func' ends with 'spirv.Return'")


@irdl_op_definition
class EntryPointOp(IRDLOperation):
    """A function to dispatch, and the built-in inputs it uses.

    `spirv.EntryPoint "GLCompute" @f, @id`
    """

    name = "spirv.EntryPoint"

    execution_model = prop_def(StringAttr)
    fn = prop_def(FlatSymbolRefAttr)
    interface = prop_def(ArrayAttr[FlatSymbolRefAttr])

    def __init__(self, function: str, interface: Sequence[str]):
        properties = {
            "execution_model": StringAttr("GLCompute"),
            "fn": SymbolRefAttr(function),
            "interface": ArrayAttr([SymbolRefAttr(name) for name in interface]),
        }
        super().__init__(properties=properties)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        model = StringAttr(parser.parse_str_literal())
        function, interface = parse_symbol(parser), []
        while parser.parse_optional_punctuation(","):
            interface.append(parse_symbol(parser))
        properties = {"execution_model": model, "fn": function, "interface": ArrayAttr(interface)}
        return cls.create(properties=properties, attributes=parser.parse_optional_attr_dict())

    def print(self, printer: Printer) -> None:
        printer.print_string(f' "{self.execution_model.data}" ')
        printer.print_list([self.fn, *self.interface], printer.print_attribute)
        printer.print_op_attributes(self.attributes)

    def verify_(self) -> None:
        if self.execution_model.data != "GLCompute":
            raise VerifyException("the execution model of an entry point is GLCompute")
        if not isinstance(named_in_module(self, self.fn), FuncOp):
            raise VerifyException(f"there is no function {self.fn}")
        for name in self.interface:
            variable = named_in_module(self, name)
            if (
                not isinstance(variable, GlobalVariableOp)
                or variable.type.storage != StorageClass.INPUT
            ):
                raise VerifyException(f"{name} is not an Input variable")


@irdl_op_definition
class ExecutionModeOp(IRDLOperation):
    """The size of an entry point's workgroups. `spirv.ExecutionMode @f "LocalSize", 64, 1, 1`"""

    name = "spirv.ExecutionMode"

    fn = prop_def(FlatSymbolRefAttr)
    execution_mode = prop_def(StringAttr)
    values = prop_def(DenseArrayBase.constr(i32))

    def __init__(self, function: str, local_size: Sequence[int]):
        properties = {
            "fn": SymbolRefAttr(function),
            "execution_mode": StringAttr("LocalSize"),
            "values": DenseArrayBase.from_list(i32, local_size),
        }
        super().__init__(properties=properties)

    @property
    def local_size(self) -> tuple[int, int, int]:
        """Invocations of a workgroup in x, y and z."""
        x, y, z = (int(value) for value in self.values.iter_values())
        return x, y, z

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        function, mode, values = (
            parse_symbol(parser),
            StringAttr(parser.parse_str_literal()),
            list[int](),
        )
        while parser.parse_optional_punctuation(","):
            values.append(parser.parse_integer())
        properties = {
            "fn": function,
            "execution_mode": mode,
            "values": DenseArrayBase.from_list(i32, values),
        }
        return cls.create(properties=properties, attributes=parser.parse_optional_attr_dict())

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_attribute(self.fn)
        printer.print_string(f' "{self.execution_mode.data}"')
        for value in self.values.iter_values():
            printer.print_string(f", {value}")
        printer.print_op_attributes(self.attributes)

    def verify_(self) -> None:
        sizes = list(self.values.iter_values())
        if self.execution_mode.data != "LocalSize" or len(sizes) != 3 or min(sizes) < 1:
            raise VerifyException('an execution mode is "LocalSize" with three positive sizes')
        if not isinstance(named_in_module(self, self.fn), FuncOp):
            raise VerifyException(f"there is no function {self.fn}")
