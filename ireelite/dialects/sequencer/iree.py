"""The `iree` dialect: calls of sequences, dispatch regions, and the executables they are outlined
into.

Forms follow the IR walkthrough: a dispatch region holds a workload and a body on tensors; once
outlined, the body becomes a function of an executable whose arguments are buffers, read and written
by two pseudo-commands.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache

from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    FlatSymbolRefAttrConstr,
    IntegerAttr,
    MemRefType,
    StringAttr,
    SymbolNameConstraint,
    SymbolRefAttr,
    TensorType,
    i32,
)
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute, Block, Dialect, Operation, Region, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import (
    HasParent,
    IsolatedFromAbove,
    IsTerminator,
    NoTerminator,
    SymbolOpInterface,
    SymbolTable,
)
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.sequencer import dispatch_buffers, open_sizes
from ireelite.dialects.sequencer.bindings import parse_bindings, print_bindings, verify_bindings
from ireelite.dialects.sequencer.dispatch_buffers import LoadInputOp as LoadInputOp
from ireelite.dialects.sequencer.dispatch_buffers import StoreOutputOp as StoreOutputOp
from ireelite.dialects.sequencer.dispatch_buffers import UpdateOutputOp as UpdateOutputOp
from ireelite.dialects.sequencer.open_sizes import (
    CheckSizeOp as CheckSizeOp,
)
from ireelite.dialects.sequencer.open_sizes import (
    DynamicDispatchRegionOp as DynamicDispatchRegionOp,
)
from ireelite.dialects.sequencer.open_sizes import (
    SizedOp as SizedOp,
)
from ireelite.dialects.symbols import find_symbol

EXPORT = "iree.executable.export"
"""Unit attribute of the function that a dispatch calls."""
WORKLOAD = "iree.executable.workload"
"""`dense<[x, y, z]> : tensor<3xi32>`: the extents of the output's index space,
fastest dimension first.
"""
ORDINAL = "iree.ordinal"
HOST_VISIBLE = "iree.host_visible"
"""Attribute of an allocation whose scalar the host reads."""
UNDEFINED = "iree.undefined"
"""Unit attribute of an allocation whose contents the program leaves undefined, as those of a
`tensor.empty`: it may be read or returned without having been written.
"""


class ExecutableFormat(StrEnum):
    """What language the body of an `iree.executable` speaks."""

    UNSPECIFIED = "Unspecified"
    IREE_BYTECODE = "IreeBytecode"
    LLVM = "LLVM"
    SPIRV = "SPIRV"


@irdl_op_definition
class ReturnOp(IRDLOperation):
    """Ends a dispatch region (with its results), or an executable's function (with none).

    ```mlir
    iree.return %1 : tensor<4xf32>
    ```
    """

    name = "iree.return"

    arguments = var_operand_def()

    traits = traits_def(IsTerminator())

    assembly_format = "attr-dict ($arguments^ `:` type($arguments))?"

    def __init__(self, *arguments: SSAValue):
        super().__init__(operands=[arguments])

    def verify_(self) -> None:
        parent = self.parent_op()
        in_region = isinstance(parent, DispatchRegionOp | DynamicDispatchRegionOp)
        expected = tuple(parent.result_types) if in_region else ()
        if tuple(a.type for a in self.arguments) != expected:
            raise VerifyException(
                "must return what its parent yields: expected "
                f"({', '.join(map(str, expected))}) but got "
                f"({', '.join(str(a.type) for a in self.arguments)})"
            )


@irdl_op_definition
class DispatchRegionOp(IRDLOperation):
    """Work that one dispatch will do, over a workload, isolated from what surrounds it.

    ```mlir
    %0 = iree.dispatch_region[%cst : tensor<3xi32>](%arg2 = %arg0 : tensor<4xf32>) : tensor<4xf32> {
      %1 = math.exp %arg2 : tensor<4xf32>
      iree.return %1 : tensor<4xf32>
    }
    ```
    """

    name = "iree.dispatch_region"

    workload = operand_def()
    inputs = var_operand_def()
    outputs = var_result_def()
    body = region_def("single_block")

    traits = traits_def(IsolatedFromAbove())

    def __init__(
        self,
        workload: SSAValue,
        inputs: Sequence[SSAValue],
        result_types: Sequence[Attribute],
        body: Region,
    ):
        super().__init__(operands=[workload, inputs], result_types=[result_types], regions=[body])

    def verify_(self) -> None:
        if self.workload.type != WORKLOAD_TYPE:
            raise VerifyException(f"workload must be a {WORKLOAD_TYPE}, not {self.workload.type}")
        verify_bindings(self.body, self.inputs, self.outputs)

    def print(self, printer: Printer) -> None:
        with printer.in_square_brackets():
            printer.print_ssa_value(self.workload)
            printer.print_string(" : ")
            printer.print_attribute(self.workload.type)
        printer.enter_scope()
        print_bindings(printer, self.body, self.inputs)
        printer.print_string(" : ")
        printer.print_list(self.result_types, printer.print_attribute)
        printer.print_string(" ")
        printer.print_region(self.body, print_entry_block_args=False)
        printer.exit_scope()
        printer.print_op_attributes(self.attributes)

    @classmethod
    def parse(cls, parser: Parser) -> DispatchRegionOp:
        with parser.in_square_brackets():
            workload = parser.parse_unresolved_operand()
            parser.parse_punctuation(":")
            workload = parser.resolve_operand(workload, parser.parse_type())

        arguments, inputs = parse_bindings(parser)
        parser.parse_punctuation(":")
        types = parser.parse_comma_separated_list(Parser.Delimiter.NONE, parser.parse_type)
        body = parser.parse_region(arguments)
        op = cls(workload, inputs, types, body)
        op.attributes |= parser.parse_optional_attr_dict()
        return op


@irdl_op_definition
class MultiArchExecutableOp(IRDLOperation):
    """One executable in as many forms as there are targets. The ordinal appears at the low-level
    sequencer.

    ```mlir
    iree.multi_arch_executable @simple_mul_ex_dispatch_0[0]() { ... }
    ```
    """

    name = "iree.multi_arch_executable"

    sym_name = prop_def(SymbolNameConstraint())
    ordinal = opt_prop_def(IntegerAttr)
    body = region_def("single_block")

    traits = traits_def(IsolatedFromAbove(), NoTerminator(), SymbolTable(), SymbolOpInterface())

    def __init__(self, name: str, body: Region, ordinal: int | None = None):
        properties: dict[str, Attribute | None] = {
            "sym_name": StringAttr(name),
            "ordinal": None if ordinal is None else IntegerAttr(ordinal, i32),
        }
        super().__init__(properties=properties, regions=[body])

    @property
    def executables(self) -> list[ExecutableOp]:
        """The variants, in order."""
        return [op for op in self.body.block.ops if isinstance(op, ExecutableOp)]

    def verify_(self) -> None:
        formats = [op.format for op in self.executables]
        if len(formats) != len(list(self.body.block.ops)):
            raise VerifyException("may hold nothing but iree.executable ops")
        if len(set(formats)) != len(formats):
            raise VerifyException("holds two executables of one format")

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_symbol_name(self.sym_name.data)
        if self.ordinal is not None:
            printer.print_string(f"[{self.ordinal.value.data}]")
        printer.print_string("() ")
        printer.print_region(self.body)
        printer.print_op_attributes(self.attributes)

    @classmethod
    def parse(cls, parser: Parser) -> MultiArchExecutableOp:
        name = parser.parse_symbol_name()
        ordinal = None
        if parser.parse_optional_punctuation("[") is not None:
            ordinal = parser.parse_integer()
            parser.parse_punctuation("]")
        parser.parse_punctuation("(")
        parser.parse_punctuation(")")
        op = cls(name.data, _with_block(parser.parse_region()), ordinal)
        op.attributes |= parser.parse_optional_attr_dict()
        return op


@irdl_op_definition
class ExecutableOp(IRDLOperation):
    """One form of an executable: a module in the words of its format.

    ```mlir
    iree.executable(SPIRV) {
      spirv.module ...
    }
    ```
    """

    name = "iree.executable"

    format_name = prop_def(StringAttr)
    body = region_def("single_block")

    traits = traits_def(IsolatedFromAbove(), NoTerminator(), HasParent(MultiArchExecutableOp))

    def __init__(self, format: ExecutableFormat | str, body: Operation | Region):
        region = body if isinstance(body, Region) else Region(Block([body]))
        super().__init__(properties={"format_name": StringAttr(str(format))}, regions=[region])

    @property
    def format(self) -> str:
        """The name in parentheses: one of `ExecutableFormat`."""
        return self.format_name.data

    @property
    def module(self) -> Operation:
        """The module inside."""
        op = self.body.block.first_op
        assert op is not None
        return op

    def verify_(self) -> None:
        if self.format not in list(ExecutableFormat):
            raise VerifyException(
                f"unknown executable format '{self.format}'; known: {', '.join(ExecutableFormat)}"
            )
        if len(list(self.body.block.ops)) != 1:
            raise VerifyException("must hold exactly one module")

    def print(self, printer: Printer) -> None:
        printer.print_string(f"({self.format}) ")
        printer.print_region(self.body)
        printer.print_op_attributes(self.attributes)

    @classmethod
    def parse(cls, parser: Parser) -> ExecutableOp:
        with parser.in_parens():
            format = parser.parse_identifier()
        op = cls(format, _with_block(parser.parse_region()))
        op.attributes |= parser.parse_optional_attr_dict()
        return op


@irdl_op_definition
class CallOp(IRDLOperation):
    """A host function's call of a sequence: a function of tensor work only, in the same module.

    The operands and results are tensors as the host sees them. From the high-level sequencer on
    the callee takes and yields the buffers that hold them.

    ```mlir
    %1 = iree.call @run_seq_0(%0, %arg0) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    ```
    """

    name = "iree.call"

    callee = prop_def(FlatSymbolRefAttrConstr)
    inputs = var_operand_def(TensorType)
    outputs = var_result_def(TensorType)

    assembly_format = "$callee `` `(` $inputs `)` attr-dict `:` functional-type($inputs, $outputs)"

    def __init__(self, callee: str, inputs: Sequence[SSAValue], result_types: Sequence[Attribute]):
        super().__init__(
            operands=[inputs],
            result_types=[result_types],
            properties={"callee": SymbolRefAttr(callee)},
        )

    def verify_(self) -> None:
        name = self.callee.root_reference.data
        callee = find_symbol(self, self.callee)
        if not isinstance(callee, FuncOp) or callee.is_declaration:
            raise VerifyException(f"'{name}' is no function with a body in this module")
        for kind, values, types in (
            ("arguments", self.inputs, callee.function_type.inputs.data),
            ("results", self.outputs, callee.function_type.outputs.data),
        ):
            if [_contents(v.type) for v in values] != [_contents(t) for t in types]:
                raise VerifyException(
                    f"'{name}' has {kind} ({', '.join(map(str, types))}), "
                    f"but this call ({', '.join(str(v.type) for v in values)})"
                )


def _contents(type: Attribute) -> Attribute | tuple[tuple[int, ...], Attribute]:
    """Returns the shape and element type of a tensor or of the buffer that holds one."""
    if isinstance(type, TensorType | MemRefType):
        return type.get_shape(), type.element_type
    return type


WORKLOAD_TYPE = TensorType(i32, [3])


@lru_cache(256)
def workload_attribute(x: int, y: int, z: int) -> DenseIntOrFPElementsAttr:
    """Returns a constant workload as an attribute."""
    return DenseIntOrFPElementsAttr.from_list(WORKLOAD_TYPE, (x, y, z))


def _with_block(region: Region) -> Region:
    if not region.blocks:
        region.add_block(Block())
    return region


Iree = Dialect(
    "iree",
    [
        ReturnOp,
        DispatchRegionOp,
        CallOp,
        *dispatch_buffers.OPS,
        MultiArchExecutableOp,
        ExecutableOp,
        *open_sizes.OPS,
    ],
)
