"""Types and attributes of the `spirv` dialect, spelled as MLIR spells them."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import (
    ArrayAttr,
    Float32Type,
    Float64Type,
    IntAttr,
    IntegerType,
    Signedness,
    StringAttr,
    VectorType,
)
from xdsl.ir import Attribute, ParametrizedAttribute, TypeAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.str_enum import StrEnum


class StorageClass(StrEnum):
    """Which memory a pointer points into."""

    INPUT = "Input"
    STORAGE_BUFFER = "StorageBuffer"
    FUNCTION = "Function"
    PUSH_CONSTANT = "PushConstant"


STORAGE_CLASSES = frozenset(StorageClass)
"""All storage classes, to look a string up in."""


def element_type(type: Attribute) -> Attribute:
    """Returns a vector's element type; any other type itself."""
    return type.element_type if isinstance(type, VectorType) else type


def is_bool(type: Attribute) -> bool:
    """Returns whether the type is `i1` or a vector of it."""
    element = element_type(type)
    return isinstance(element, IntegerType) and element.width.data == 1


def is_integer(type: Attribute) -> bool:
    """Returns whether the type is a signless integer of 32 or 64 bits, or a vector of them."""
    element = element_type(type)
    return (
        isinstance(element, IntegerType)
        and element.width.data in (32, 64)
        and element.signedness.data == Signedness.SIGNLESS
    )


def is_float(type: Attribute) -> bool:
    """Returns whether the type is `f32` or `f64`, or a vector of one of them."""
    return isinstance(element_type(type), Float32Type | Float64Type)


def is_value(type: Attribute) -> bool:
    """Returns whether the type can be computed with: a number, a truth value, or a vector of 2 to 4
    of them.
    """
    if isinstance(type, VectorType) and not (
        len(type.get_shape()) == 1 and type.get_shape()[0] in (2, 3, 4)
    ):
        return False
    return is_bool(type) or is_integer(type) or is_float(type)


def byte_size(type: Attribute) -> int:
    """Bytes that a number, a vector or an array of them takes in a storage buffer."""
    match type:
        case IntegerType():
            return type.width.data // 8
        case Float32Type() | Float64Type():
            return type.bitwidth // 8
        case VectorType():
            return type.get_shape()[0] * byte_size(type.element_type)
        case SpirvArrayType():
            return type.count.data * type.stride.data
        case SpirvRuntimeArrayType():
            return 0
        case _:
            raise VerifyException(f"{type} has no size in a storage buffer")


@irdl_attr_definition
class SpirvArrayType(ParametrizedAttribute, TypeAttribute):
    """A number of equal elements, `stride` bytes from one to the next (0: not laid out in memory).

    `!spirv.array<4 x f32, stride=4>`
    """

    name = "spirv.array"

    count: IntAttr
    element_type: Attribute
    stride: IntAttr

    def __init__(self, count: int, element: Attribute, stride: int = 0):
        super().__init__(IntAttr(count), element, IntAttr(stride))

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            count = parser.parse_integer(allow_negative=False)
            parser.parse_shape_delimiter()
            element = parser.parse_type()
            stride = 0
            if parser.parse_optional_punctuation(","):
                parser.parse_keyword("stride")
                parser.parse_punctuation("=")
                stride = parser.parse_integer(allow_negative=False)
        return [IntAttr(count), element, IntAttr(stride)]

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_string(f"{self.count.data} x ")
            printer.print_attribute(self.element_type)
            if self.stride.data:
                printer.print_string(f", stride={self.stride.data}")

    def verify(self) -> None:
        if self.count.data < 1:
            raise VerifyException("an array has at least one element")
        if not isinstance(self.element_type, SpirvArrayType) and not is_value(self.element_type):
            raise VerifyException(f"{self.element_type} cannot be an array's element")
        if self.stride.data and self.stride.data < byte_size(self.element_type):
            raise VerifyException(
                f"a stride of {self.stride.data} bytes is less than the element's size"
            )


@irdl_attr_definition
class SpirvRuntimeArrayType(ParametrizedAttribute, TypeAttribute):
    """Equal elements, `stride` bytes from one to the next, as many as a buffer has.

    `!spirv.rtarray<f32, stride=4>`
    """

    name = "spirv.rtarray"

    element_type: Attribute
    stride: IntAttr

    def __init__(self, element: Attribute, stride: int):
        super().__init__(element, IntAttr(stride))

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            element = parser.parse_type()
            parser.parse_punctuation(",")
            parser.parse_keyword("stride")
            parser.parse_punctuation("=")
            return [element, IntAttr(parser.parse_integer(allow_negative=False))]

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_attribute(self.element_type)
            printer.print_string(f", stride={self.stride.data}")

    def verify(self) -> None:
        if not is_value(self.element_type):
            raise VerifyException(f"{self.element_type} cannot be an array's element")
        if self.stride.data < byte_size(self.element_type):
            raise VerifyException(
                f"a stride of {self.stride.data} bytes is less than the element's size"
            )


@irdl_attr_definition
class SpirvStructType(ParametrizedAttribute, TypeAttribute):
    """The contents of a buffer: members and their byte offsets.

    `!spirv.struct<(!spirv.array<…> [0])>`
    """

    name = "spirv.struct"

    members: ArrayAttr[Attribute]
    offsets: ArrayAttr[IntAttr]

    def __init__(self, members: Sequence[Attribute], offsets: Sequence[int]):
        super().__init__(ArrayAttr(members), ArrayAttr([IntAttr(offset) for offset in offsets]))

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        def member() -> tuple[Attribute, IntAttr]:
            type = parser.parse_type()
            with parser.in_square_brackets():
                return type, IntAttr(parser.parse_integer(allow_negative=False))

        with parser.in_angle_brackets():
            pairs = parser.parse_comma_separated_list(parser.Delimiter.PAREN, member)
        return [ArrayAttr([type for type, _ in pairs]), ArrayAttr([offset for _, offset in pairs])]

    def print_parameters(self, printer: Printer) -> None:
        def member(pair: tuple[Attribute, IntAttr]) -> None:
            printer.print_attribute(pair[0])
            printer.print_string(f" [{pair[1].data}]")

        with printer.in_angle_brackets(), printer.in_parens():
            printer.print_list(list(zip(self.members, self.offsets, strict=True)), member)

    def verify(self) -> None:
        if len(self.members) != len(self.offsets):
            raise VerifyException("a struct has one offset for each member")
        end = 0
        for member, offset in zip(self.members, self.offsets, strict=True):
            if offset.data < end:
                raise VerifyException(
                    f"the member at offset {offset.data} overlaps the one before it"
                )
            end = offset.data + byte_size(member)


@irdl_attr_definition
class SpirvPointerType(ParametrizedAttribute, TypeAttribute):
    """A place in some memory. `!spirv.ptr<f32, StorageBuffer>`"""

    name = "spirv.ptr"

    pointee: Attribute
    storage_class: StringAttr

    def __init__(self, pointee: Attribute, storage_class: StorageClass):
        super().__init__(pointee, StringAttr(storage_class))

    @property
    def storage(self) -> StorageClass:
        """The storage class as an enumerant."""
        return StorageClass(self.storage_class.data)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            pointee = parser.parse_type()
            parser.parse_punctuation(",")
            return [pointee, StringAttr(parser.parse_str_enum(StorageClass))]

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_attribute(self.pointee)
            printer.print_string(f", {self.storage_class.data}")

    def verify(self) -> None:
        if self.storage_class.data not in STORAGE_CLASSES:
            raise VerifyException(
                f"'{self.storage_class.data}' is not a storage class of this dialect"
            )


@irdl_attr_definition
class VceAttr(ParametrizedAttribute):
    """Version, capabilities and extensions of a module: what a device must have to take it.

    `#spirv.vce<v1.0, [Shader], [SPV_KHR_storage_buffer_storage_class]>`
    """

    name = "spirv.vce"

    version: StringAttr
    capabilities: ArrayAttr[StringAttr]
    extensions: ArrayAttr[StringAttr]

    def __init__(self, version: str, capabilities: Sequence[str], extensions: Sequence[str]):
        super().__init__(
            StringAttr(version),
            ArrayAttr([StringAttr(name) for name in capabilities]),
            ArrayAttr([StringAttr(name) for name in extensions]),
        )

    @property
    def version_number(self) -> tuple[int, int]:
        """(1, 0) for `v1.0`."""
        major, minor = self.version.data.removeprefix("v").split(".")
        return int(major), int(minor)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        def names() -> ArrayAttr[StringAttr]:
            parser.parse_punctuation(",")
            found = parser.parse_comma_separated_list(
                parser.Delimiter.SQUARE, parser.parse_identifier
            )
            return ArrayAttr([StringAttr(name) for name in found])

        with parser.in_angle_brackets():
            return [StringAttr(parser.parse_identifier()), names(), names()]

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_string(self.version.data)
            for names in (self.capabilities, self.extensions):
                printer.print_string(f", [{', '.join(name.data for name in names)}]")

    def verify(self) -> None:
        if self.version.data not in [f"v1.{minor}" for minor in range(7)]:
            raise VerifyException(
                f"'{self.version.data}' is not a SPIR-V version from v1.0 to v1.6"
            )
