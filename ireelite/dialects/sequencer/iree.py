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
    BoolAttr,
    DenseIntOrFPElementsAttr,
    FlatSymbolRefAttrConstr,
    IndexType,
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
    ParsePropInAttrDict,
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
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import (
    HasParent,
    IsolatedFromAbove,
    IsTerminator,
    NoTerminator,
    Pure,
    SymbolOpInterface,
    SymbolTable,
)
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.sequencer import open_sizes
from ireelite.dialects.sequencer.bindings import parse_bindings, print_bindings, verify_bindings
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
class LoadInputOp(IRDLOperation):
    """Reads a whole input buffer of a dispatch as a tensor; each target decides how. The sizes that
    its type leaves open are operands.

    ```mlir
    %0 = iree.load_input(%arg0 : memref<4xf32>) : tensor<4xf32>
    %1 = iree.load_input(%arg1 : memref<?xf32>) sizes(%n) : tensor<?xf32>
    ```
    """

    name = "iree.load_input"

    source = operand_def(MemRefType)
    sizes = var_operand_def(IndexType())
    result = result_def(TensorType)

    traits = traits_def(Pure())

    assembly_format = (
        "`` `(` $source `:` type($source) `)` (`sizes` `(` $sizes^ `)`)? attr-dict `:` "
        "type($result)"
    )

    def __init__(self, source: SSAValue, result_type: Attribute, sizes: Sequence[SSAValue] = ()):
        super().__init__(operands=[source, sizes], result_types=[result_type])

    def verify_(self) -> None:
        check_same_contents(self.result.type, self.source.type)
        if len(self.sizes) != (count := len(open_sizes.open_dimensions(self.result.type))):
            raise VerifyException(
                f"a {self.result.type} has {count} open sizes, but {len(self.sizes)} are given"
            )


@irdl_op_definition
class StoreOutputOp(IRDLOperation):
    """Writes a tensor to a whole output buffer of a dispatch; each target decides how.

    ```mlir
    iree.store_output(%2 : tensor<4xf32>, %arg2 : memref<4xf32>)
    ```
    """

    name = "iree.store_output"

    value = operand_def(TensorType)
    target = operand_def(MemRefType)

    assembly_format = "`` `(` $value `:` type($value) `,` $target `:` type($target) `)` attr-dict"

    def __init__(self, value: SSAValue, target: SSAValue):
        super().__init__(operands=[value, target])

    def verify_(self) -> None:
        check_same_contents(self.value.type, self.target.type)


@irdl_op_definition
class UpdateOutputOp(IRDLOperation):
    """Writes a tensor to a part of an output buffer, which keeps all else that it holds. The part
    begins at elements of integer tensors of rank 0, clamped so that it lies inside.

    ```mlir
    iree.update_output(%1 : tensor<2xf32>, %arg2 : memref<8xf32>) at %0 : tensor<i32> {unsigned = false}
    ```
    """

    name = "iree.update_output"

    value = operand_def(TensorType)
    target = operand_def(MemRefType)
    starts = var_operand_def(TensorType)
    unsigned = prop_def(BoolAttr)

    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "`` `(` $value `:` type($value) `,` $target `:` type($target) `)` `at` $starts `:` "
        "type($starts) attr-dict"
    )

    def __init__(
        self, value: SSAValue, target: SSAValue, starts: Sequence[SSAValue], unsigned: BoolAttr
    ):
        super().__init__(operands=[value, target, starts], properties={"unsigned": unsigned})

    @property
    def highest(self) -> list[int]:
        """The last start of each dimension from which the part is inside of the buffer."""
        value, target = self.value.type, self.target.type
        assert isinstance(value, TensorType) and isinstance(target, MemRefType)
        return [a - b for a, b in zip(target.get_shape(), value.get_shape(), strict=True)]

    def verify_(self) -> None:
        value, target = self.value.type, self.target.type
        assert isinstance(value, TensorType) and isinstance(target, MemRefType)
        part, whole = value.get_shape(), target.get_shape()
        if value.element_type != target.element_type or len(part) != len(whole):
            raise VerifyException(f"can't write a {value} to a part of a {target}")
        if any(a > b for a, b in zip(part, whole, strict=True)) or len(self.starts) != len(whole):
            raise VerifyException(
                f"needs a part of {target} and {len(whole)} starts, not {value} and "
                f"{len(self.starts)}"
            )


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


def check_same_contents(tensor: Attribute, memref: Attribute) -> None:
    """Raises unless a tensor and a buffer have the same shape and element type."""
    assert isinstance(tensor, TensorType) and isinstance(memref, MemRefType)
    if (tensor.get_shape(), tensor.element_type) != (memref.get_shape(), memref.element_type):
        raise VerifyException(f"{tensor} and {memref} differ in shape or element type")


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
        LoadInputOp,
        StoreOutputOp,
        UpdateOutputOp,
        MultiArchExecutableOp,
        ExecutableOp,
        *open_sizes.OPS,
    ],
)
