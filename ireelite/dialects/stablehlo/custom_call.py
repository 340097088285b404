"""Calls of functions from elsewhere in the `stablehlo` dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.dialects.builtin import (
    ArrayAttr,
    BoolAttr,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    FlatSymbolRefAttr,
    IntegerAttr,
    IntegerType,
    MemRefType,
    StringAttr,
    TensorType,
    TupleType,
    i64,
)
from xdsl.ir import Attribute
from xdsl.irdl import (
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    opt_prop_def,
    prop_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.stablehlo.attributes import (
    DIMENSIONS,
    StructureAttribute,
    add_attributes,
    parse_i64,
    print_attributes,
)
from ireelite.dialects.stablehlo.elements import Elements, verify_kind
from ireelite.dialects.stablehlo.fields import number, numbers, parse_types
from ireelite.dialects.stablehlo.shapes import require


@irdl_attr_definition
class OutputOperandAliasAttr(StructureAttribute):
    """Which result of a custom call has the buffer of which operand."""

    name = "stablehlo.output_operand_alias"

    output_tuple_indices: DenseArrayBase[IntegerType]
    operand_index: IntegerAttr
    operand_tuple_indices: DenseArrayBase[IntegerType]

    PRINTS_DEFAULTS = True
    FIELDS = {
        "output_tuple_indices": DIMENSIONS,
        "operand_index": (parse_i64, IntegerAttr(0, i64)),
        "operand_tuple_indices": DIMENSIONS,
    }


@irdl_op_definition
class CustomCallOp(IRDLOperation):
    """Calls a function that the compiler knows by its name.

    ```mlir
    %1 = stablehlo.custom_call @Sharding(%0) {backend_config = ""}
        : (tensor<4xf32>) -> tensor<4xf32>
    ```
    """

    name = "stablehlo.custom_call"

    inputs = var_operand_def()
    call_target_name = prop_def(StringAttr)
    has_side_effect = opt_prop_def(BoolAttr)
    backend_config = opt_prop_def(StringAttr | DictionaryAttr)
    api_version = opt_prop_def(IntegerAttr)
    called_computations = opt_prop_def(ArrayAttr[FlatSymbolRefAttr])
    operand_layouts = opt_prop_def(ArrayAttr)
    result_layouts = opt_prop_def(ArrayAttr)
    output_operand_aliases = opt_prop_def(ArrayAttr[OutputOperandAliasAttr])
    result_tilings = opt_prop_def(ArrayAttr)
    res = var_result_def()

    @property
    def target(self) -> str:
        """The name of the function."""
        return self.call_target_name.data

    def verify_(self) -> None:
        for value in (*self.operands, *self.results):
            if isinstance(value.type, TensorType):
                verify_kind(value.type, Elements.ANY)
        self._verify_layouts()
        for alias in self.output_operand_aliases or ():
            verify_alias(alias, self.operand_types, self.result_types)
        self._verify_buffers()
        typed = self.api_version is not None and number(self.api_version) == TYPED_FFI
        wanted = DictionaryAttr if typed else StringAttr
        require(
            self.backend_config is None or isinstance(self.backend_config, wanted),
            f"has a {'text' if typed else 'dictionary'} as backend_config; api_version "
            f"{TYPED_FFI} has a dictionary, any other has a text",
        )

    def _verify_buffers(self) -> None:
        """Raises VerifyException for a result that is a buffer, unless an alias names the operand
        whose buffer it is; some calls make buffers of tensors, and tensors of buffers.
        """
        if (kinds := BUFFER_CALLS.get(self.target)) is not None:
            types = (*self.operand_types, *self.result_types)
            require(
                len(types) == len(kinds)
                and len(self.results) == 1
                and all(map(isinstance, types, kinds))
                and len({shaped(type) for type in types}) == 1,
                "takes or yields one buffer, and a tensor of its shape for 'Pin' and 'Unpin'",
            )
            return
        aliases = [numbers(a.output_tuple_indices) for a in self.output_operand_aliases or ()]
        for index, type in enumerate(self.result_types):
            path = [index] if len(self.results) > 1 else []
            require(
                not isinstance(type, MemRefType) or path in aliases,
                f"has a buffer as result {index}, of which no operand is an alias",
            )

    def _verify_layouts(self) -> None:
        """Raises VerifyException unless all operands and results have layouts, or none of them."""
        given = self.operand_layouts, self.result_layouts
        if given == (None, None):
            return
        results = list(self.result_types)
        if len(results) == 1 and isinstance(results[0], TupleType):
            results = list(results[0].types)
        for what, layouts, types in zip(
            ("operand", "result"), given, (self.operand_types, results), strict=True
        ):
            if layouts is None:
                raise VerifyException(f"has layouts, but none of its {what}s")
            require(
                len(layouts) == len(types),
                f"has {len(layouts)} {what} layouts for {len(types)} {what}s",
            )
            for type, layout in zip(types, layouts, strict=True):
                verify_layout(type, layout)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_symbol_name(self.target)
        printer.print_string("(")
        printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_string(")")
        print_attributes(self, printer, ("call_target_name",))
        printer.print_string(" : ")
        printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser) -> CustomCallOp:
        target = parser.parse_symbol_name()
        operands = parser.parse_comma_separated_list(
            Parser.Delimiter.PAREN, parser.parse_unresolved_operand
        )
        attributes = parser.parse_optional_attr_dict()
        values, types = parse_types(parser, operands)
        op = cls.create(
            operands=values, result_types=types, properties={"call_target_name": target}
        )
        add_attributes(op, attributes)
        return op


BUFFER_CALLS: Mapping[str, Sequence[type[Attribute]]] = {
    "CreateBuffer": (MemRefType,),
    "Pin": (TensorType, MemRefType),
    "Unpin": (MemRefType, TensorType),
}
"""Function that makes a buffer, or a tensor of one -> the kinds of its operands and its result."""


def shaped(type: Attribute) -> tuple[Attribute, Sequence[int]]:
    """Returns the elements and the shape of a tensor or a buffer."""
    assert isinstance(type, TensorType | MemRefType)
    return type.element_type, type.get_shape()


TYPED_FFI = 4
"""The `api_version` whose `backend_config` is a dictionary."""


def verify_layout(type: Attribute, layout: Attribute) -> None:
    """Raises VerifyException unless a layout lists the dimensions of a tensor, each once; what is
    no tensor has an empty one.
    """
    require(not isinstance(type, TupleType), f"has a layout for {type}; tuples have none")
    rank = len(type.get_shape()) if isinstance(type, TensorType | MemRefType) else 0
    order = layout_of(layout)
    require(
        order is not None and sorted(order) == list(range(rank)),
        f"has the layout {layout} for {type}, which lists no {rank} dimensions once each",
    )


def layout_of(layout: Attribute) -> list[int] | None:
    """Returns the numbers of `dense<[1, 0]> : tensor<2xindex>`; None of what is no such list."""
    if not isinstance(layout, DenseIntOrFPElementsAttr):
        return None
    return [int(d) for d in layout.get_values()]  # pyright: ignore[reportArgumentType]


def verify_alias(
    alias: OutputOperandAliasAttr, operands: Sequence[Attribute], results: Sequence[Attribute]
) -> None:
    """Raises VerifyException unless an alias names a part of an operand and a part of the results
    that have one type.
    """
    index = number(alias.operand_index)
    require(
        0 <= index < len(operands), f"has an alias of operand {index}, and {len(operands)} operands"
    )
    given = part_of(operands[index], numbers(alias.operand_tuple_indices))
    path = numbers(alias.output_tuple_indices)
    if len(results) > 1:
        require(
            bool(path) and 0 <= path[0] < len(results),
            f"has an alias of result {path}, and {len(results)} results",
        )
        results = [results[path.pop(0)]]
    require(bool(results), "has an alias, but no result")
    made = part_of(results[0], path)
    require(given == made, f"has a result of {made} as alias of {given}")


def part_of(type: Attribute, path: Sequence[int]) -> Attribute:
    """Returns the type of a part of a tuple. Raises VerifyException for a part it does not have."""
    for index in path:
        parts = type.types.data if isinstance(type, TupleType) else ()
        require(0 <= index < len(parts), f"has an alias of part {index} of a {type}")
        type = parts[index]
    return type
