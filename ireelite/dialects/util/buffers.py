"""The `util` dialect's byte buffers.

Offsets, sizes and lengths are in bytes. Each use of a buffer says how long the buffer is, in
braces after its type, as `!util.buffer{%size}`.
"""

from __future__ import annotations

from xdsl.dialects.builtin import (
    BytesAttr,
    DenseIntOrFPElementsAttr,
    Float32Type,
    Float64Type,
    IndexType,
    IntegerAttr,
    IntegerType,
    StringAttr,
    i1,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_attr_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.util.types import BufferType
from ireelite.syntax.elements import element_bytes

INDEX = IndexType()


@irdl_op_definition
class BufferConstantOp(IRDLOperation):
    """Bytes that never change.

    ```mlir
    %0 = util.buffer.constant : !util.buffer = "hello"
    %1 = util.buffer.constant "numbers" : !util.buffer = dense<[1, 2]> : tensor<2xi32>
    ```
    """

    name = "util.buffer.constant"

    label = opt_prop_def(StringAttr, prop_name="name")
    value = prop_def(Attribute)
    alignment = opt_attr_def(IntegerAttr)
    mime_type = opt_attr_def(StringAttr)
    result = result_def(BufferType())

    traits = traits_def(Pure())

    def __init__(self, value: Attribute, name: str | None = None):
        super().__init__(
            properties={"value": value, "name": None if name is None else StringAttr(name)},
            result_types=[BufferType()],
        )

    @property
    def contents(self) -> bytes:
        """The bytes: a string's in UTF-8 or as they are, or a dense constant's."""
        if isinstance(self.value, StringAttr):
            return self.value.data.encode()
        if isinstance(self.value, BytesAttr):
            return self.value.data
        assert isinstance(self.value, DenseIntOrFPElementsAttr)
        return element_bytes(self.value)

    def verify_(self) -> None:
        if not isinstance(self.value, StringAttr | BytesAttr | DenseIntOrFPElementsAttr):
            raise VerifyException(f"{self.value} has no bytes; a string or a dense<...> has")

    def print(self, printer: Printer) -> None:
        if self.label is not None:
            printer.print_string(" ")
            printer.print_string_literal(self.label.data)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.result.type)
        printer.print_string(" = ")
        printer.print_attribute(self.value)

    @classmethod
    def parse(cls, parser: Parser) -> BufferConstantOp:
        name = parser.parse_optional_str_literal()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        place = parser.pos
        if parser.parse_type() != BufferType():
            parser.raise_error("expected the type !util.buffer", place)
        parser.parse_punctuation("=")
        op = cls(parser.parse_attribute(), name)
        op.attributes |= attributes
        return op


def check_alignment(alignment: IntegerAttr | None) -> None:
    """Raises unless an alignment that is given is a power of two."""
    if alignment is not None:
        value = alignment.value.data
        if value <= 0 or value & (value - 1):
            raise VerifyException(f"an alignment must be a power of two, not {value}")


@irdl_op_definition
class BufferAllocOp(IRDLOperation):
    """A new buffer: `%0 = util.buffer.alloc uninitialized : !util.buffer{%size}`."""

    name = "util.buffer.alloc"

    storage_size = operand_def(INDEX)
    alignment = opt_attr_def(IntegerAttr)
    result = result_def(BufferType())

    assembly_format = "`uninitialized` attr-dict `:` type($result) `` `{` $storage_size `}`"

    def verify_(self) -> None:
        check_alignment(self.alignment)


@irdl_op_definition
class BufferDeallocOp(IRDLOperation):
    """Lets a buffer go early, as a hint: `util.buffer.dealloc %0 : !util.buffer{%size}`."""

    name = "util.buffer.dealloc"

    operand = operand_def(BufferType())
    operand_size = operand_def(INDEX)

    assembly_format = "$operand `:` type($operand) `` `{` $operand_size `}` attr-dict"


@irdl_op_definition
class BufferSliceOp(IRDLOperation):
    """A copy of a part of a buffer:
    `%1 = util.buffer.slice %0[%at] : !util.buffer{%size} -> !util.buffer{%length}`.
    """

    name = "util.buffer.slice"

    source = operand_def(BufferType())
    source_size = operand_def(INDEX)
    source_offset = operand_def(INDEX)
    result_size = operand_def(INDEX)
    alignment = opt_attr_def(IntegerAttr)
    result = result_def(BufferType())

    assembly_format = (
        "$source `[` $source_offset `]` attr-dict `:` type($source) `` `{` $source_size `}` `->` "
        "type($result) `` `{` $result_size `}`"
    )

    def verify_(self) -> None:
        check_alignment(self.alignment)


@irdl_op_definition
class BufferSizeOp(IRDLOperation):
    """How many bytes a buffer has: `%n = util.buffer.size %0 : !util.buffer`."""

    name = "util.buffer.size"

    operand = operand_def(BufferType())
    result = result_def(INDEX)

    traits = traits_def(Pure())

    assembly_format = "$operand `:` type($operand) attr-dict-with-keyword"


@irdl_op_definition
class BufferCopyOp(IRDLOperation):
    """Copies bytes from one buffer to another.

    ```mlir
    util.buffer.copy %a[%i], %b[%j], %length : !util.buffer{%n} -> !util.buffer{%m}
    ```
    """

    name = "util.buffer.copy"

    source = operand_def(BufferType())
    source_size = operand_def(INDEX)
    source_offset = operand_def(INDEX)
    target = operand_def(BufferType())
    target_size = operand_def(INDEX)
    target_offset = operand_def(INDEX)
    length = operand_def(INDEX)

    assembly_format = (
        "$source `[` $source_offset `]` `,` $target `[` $target_offset `]` `,` $length `:` "
        "type($source) `` `{` $source_size `}` `->` type($target) `` `{` $target_size `}` "
        "attr-dict-with-keyword"
    )


@irdl_op_definition
class BufferCompareOp(IRDLOperation):
    """Whether ranges of two buffers hold the same bytes.

    ```mlir
    %0 = util.buffer.compare %a[%i], %b[%j], %length : !util.buffer{%n}, !util.buffer{%m}
    ```
    """

    name = "util.buffer.compare"

    lhs = operand_def(BufferType())
    lhs_size = operand_def(INDEX)
    lhs_offset = operand_def(INDEX)
    rhs = operand_def(BufferType())
    rhs_size = operand_def(INDEX)
    rhs_offset = operand_def(INDEX)
    length = operand_def(INDEX)
    result = result_def(i1)

    assembly_format = (
        "$lhs `[` $lhs_offset `]` `,` $rhs `[` $rhs_offset `]` `,` $length `:` "
        "type($lhs) `` `{` $lhs_size `}` `,` type($rhs) `` `{` $rhs_size `}` "
        "attr-dict-with-keyword"
    )


def element_width(type: Attribute) -> int:
    """Bytes of a number in a buffer. Raises for a type that is no such number."""
    match type:
        case IndexType() | Float64Type():
            return 8
        case Float32Type():
            return 4
        case IntegerType() if type.width.data in (1, 8, 16, 32, 64):
            return max(type.width.data // 8, 1)
        case _:
            raise VerifyException(f"a buffer can't hold a number of type {type}")


def constant_of(value: SSAValue) -> int | None:
    """Returns the number that an index is, if it is a constant."""
    owner = value.owner
    attribute = owner.properties.get("value") if isinstance(owner, Operation) else None
    return attribute.value.data if isinstance(attribute, IntegerAttr) else None


def check_length(length: SSAValue, type: Attribute) -> None:
    """Raises if a buffer can't hold such a number, or a length that is known is not that of one."""
    known, width = constant_of(length), element_width(type)
    if known is not None and known != width:
        raise VerifyException(f"a {type} takes {width} bytes, not {known}")


@irdl_op_definition
class BufferFillOp(IRDLOperation):
    """Fills a range of bytes with a pattern.

    ```mlir
    util.buffer.fill %pattern, %0[%at for %length] : i32 -> !util.buffer{%size}
    ```
    """

    name = "util.buffer.fill"

    pattern = operand_def()
    target = operand_def(BufferType())
    target_size = operand_def(INDEX)
    target_offset = operand_def(INDEX)
    length = operand_def(INDEX)

    assembly_format = (
        "$pattern `,` $target `[` $target_offset `for` $length `]` `:` type($pattern) `->` "
        "type($target) `` `{` $target_size `}` attr-dict-with-keyword"
    )

    def verify_(self) -> None:
        element_width(self.pattern.type)


@irdl_op_definition
class BufferLoadOp(IRDLOperation):
    """Reads a number at a byte offset that is a multiple of its size.

    ```mlir
    %1 = util.buffer.load %0[%at for %length] : !util.buffer{%size} -> i32
    ```
    """

    name = "util.buffer.load"

    source = operand_def(BufferType())
    source_size = operand_def(INDEX)
    source_offset = operand_def(INDEX)
    length = operand_def(INDEX)
    result = result_def()

    assembly_format = (
        "$source `[` $source_offset `for` $length `]` `:` type($source) `` `{` $source_size `}` "
        "`->` type($result) attr-dict-with-keyword"
    )

    def verify_(self) -> None:
        check_length(self.length, self.result.type)


@irdl_op_definition
class BufferStoreOp(IRDLOperation):
    """Writes a number at a byte offset that is a multiple of its size.

    ```mlir
    util.buffer.store %v, %0[%at for %length] : i32 -> !util.buffer{%size}
    ```
    """

    name = "util.buffer.store"

    source = operand_def()
    target = operand_def(BufferType())
    target_size = operand_def(INDEX)
    target_offset = operand_def(INDEX)
    length = operand_def(INDEX)

    assembly_format = (
        "$source `,` $target `[` $target_offset `for` $length `]` `:` type($source) `->` "
        "type($target) `` `{` $target_size `}` attr-dict-with-keyword"
    )

    def verify_(self) -> None:
        check_length(self.length, self.source.type)


@irdl_op_definition
class BufferHashOp(IRDLOperation):
    """The SipHash-2-4 of a range of bytes.

    ```mlir
    %1 = util.buffer.hash %0[%at for %length] : !util.buffer{%size} -> i64
    ```
    """

    name = "util.buffer.hash"

    source = operand_def(BufferType())
    source_size = operand_def(INDEX)
    source_offset = operand_def(INDEX)
    length = operand_def(INDEX)
    result = result_def(i64)

    assembly_format = (
        "$source `[` $source_offset `for` $length `]` `:` type($source) `` `{` $source_size `}` "
        "`->` type($result) attr-dict-with-keyword"
    )


BUFFER_OPS: list[type[Operation]] = [
    BufferConstantOp,
    BufferAllocOp,
    BufferDeallocOp,
    BufferSliceOp,
    BufferSizeOp,
    BufferCopyOp,
    BufferCompareOp,
    BufferFillOp,
    BufferLoadOp,
    BufferStoreOp,
    BufferHashOp,
]
