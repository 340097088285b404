"""Prints a stage, and knows which characters came from which op and which value."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING, cast

from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    ModuleOp,
    UnregisteredOp,
)
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute, Operation, SSAValue, TypeAttribute
from xdsl.printer import Printer

from ireelite.light_dataclass import light_dataclass
from ireelite.records.columns import ints
from ireelite.records.tables import TextSpans
from ireelite.syntax.elements import element_count, splat_of
from ireelite.syntax.loop_form import ParallelForm, print_parallel

if TYPE_CHECKING:
    from xdsl.dialects.scf import ParallelOp

ELIDE_ABOVE = 32
"""Constants with more elements than this are shortened in text that is meant for reading."""


SHORT_NAMES = {"builtin.module": "module", "func.call": "call", "func.return": "return"}
"""Ops that MLIR prints without their dialect."""

WITHOUT_ATTRIBUTES = ("scf.reduce",)
"""Ops whose short form, as xDSL reads it, has no attributes."""

ONE_TYPE_LIST_OPS = ("stablehlo.while",)
"""Ops whose short form has one list of types: of the operands, of what regions take, and of results."""


def has_short_form(op: Operation) -> bool:
    """Returns whether the short form of an op says all about it."""
    if op.name in WITHOUT_ATTRIBUTES:
        return not op.attributes
    if op.name in ONE_TYPE_LIST_OPS:
        rows = (op.result_types, *(region.block.arg_types for region in op.regions))
        return all(list(types) == list(op.operand_types) for types in rows)
    return True


class StagePrinter(Printer):
    """xDSL's printer with MLIR's short names, and with two repairs.

    Attributes of declarations' arguments and results are kept, and long constants can be shortened.

    A shortened constant prints as `dense<...>`, which no parser accepts: text made for reading
    can't be compiled by mistake. With `locations`, each op is followed by its source location. With
    `generic`, no op has its short form.
    """

    def __init__(
        self,
        stream: StringIO,
        elide: bool = False,
        locations: bool = False,
        generic: bool = False,
    ):
        super().__init__(stream, print_generic_format=generic)
        self.elide = elide
        self.locations = locations
        self.shortened = False
        """Whether a constant was shortened."""

    def print_op(self, op: Operation) -> None:
        if self.print_generic_format:
            super().print_op(op)
        elif isinstance(op, FuncOp) and op.is_declaration and _has_attributes_of_values(op):
            self._print_declaration(op)
        elif (short := SHORT_NAMES.get(op.name)) is not None:
            self._print_short(op, short)
        elif op.name == ParallelForm.name:
            self._print_results(op)
            self.print_string(op.name)
            print_parallel(self, cast("ParallelOp", op))
        elif not has_short_form(op):
            self._print_results(op)
            self.print_string(f'"{op.name}"')
            self.print_op_with_default_format(op)
        else:
            super().print_op(op)
        if self.locations:
            self.print_string(" ")
            self.print_attribute(op.location)

    def _print_op_properties(self, properties: dict[str, Attribute]) -> None:
        super()._print_op_properties(dict(sorted(properties.items())))

    def _print_short(self, op: Operation, name: str) -> None:
        scope = isinstance(op, ModuleOp)
        self._print_results(op)
        if scope:
            self.enter_scope()
        self.print_string(name)
        op.print(self)
        if scope:
            self.exit_scope()

    def print_attribute(self, attribute: Attribute) -> None:
        if isinstance(attribute, DenseIntOrFPElementsAttr) and element_count(attribute) > 1:
            if (one := splat_of(attribute)) is not None:
                one.print_without_type(self)
                self.print_string(" : ")
                self.print_attribute(attribute.type)
                return
            if self.elide and len(attribute) > ELIDE_ABOVE:
                self.shortened = True
                self.print_string("dense<...> : ")
                self.print_attribute(attribute.type)
                return
        super().print_attribute(attribute)

    def _print_declaration(self, op: FuncOp) -> None:
        """Prints `func.func private @f(tensor<4xf32> {attributes}) -> ...`, which xDSL prints
        without the attributes.
        """
        visibility = f" {op.sym_visibility.data}" if op.sym_visibility is not None else ""
        self.print_string(f"{op.name}{visibility} ")
        self.print_symbol_name(op.sym_name.data)
        with self.in_parens():
            self._print_typed(op.function_type.inputs.data, op.arg_attrs)
        if outputs := op.function_type.outputs.data:
            self.print_string(" -> ")
            if len(outputs) == 1 and op.res_attrs is None:
                self.print_attribute(outputs[0])
            else:
                with self.in_parens():
                    self._print_typed(outputs, op.res_attrs)
        if op.attributes:
            self.print_op_attributes(op.attributes, print_keyword=True)

    def _print_typed(
        self, types: Sequence[Attribute], attributes: ArrayAttr[DictionaryAttr] | None
    ) -> None:
        """Types, each with the attributes of the argument or result that has it."""
        for index, type in enumerate(types):
            self.print_string(", " if index else "")
            self.print_attribute(type)
            if attributes is not None and (own := attributes.data[index].data):
                self.print_string(" ")
                self.print_attr_dict(own)


def _has_attributes_of_values(op: FuncOp) -> bool:
    """Returns whether an argument or a result of a function has attributes."""
    given = [entry for entries in (op.arg_attrs, op.res_attrs) if entries for entry in entries.data]
    return any(entry.data for entry in given)


@light_dataclass()
class Spans:
    """Printed text with the places of ops and values in it."""

    text: str
    ops: list[Operation]
    """In pre-order."""
    op_spans: TextSpans
    """In the order of `ops`; so are `name_starts`, where each op's name begins."""
    name_starts: array[int]
    value_spans: TextSpans
    """Values are numbered in the order in which they are first printed."""
    value_types: list[str]
    """The type of each value, by its number."""
    complete: bool
    """Whether no constant is shortened."""


@light_dataclass(frozen=True)
class Template:
    """The text of an op from its name on, without its operands' names."""

    holes: tuple[tuple[str, int], ...]
    """Text, and which operand follows it."""
    rest: str


def _template_key(op: Operation, operands: Sequence[SSAValue]) -> tuple[object, ...]:
    """Returns what an op's text depends on besides its values' names.

    Attributes are known by `id`: equal ones can print differently, as the zeros 0.0 and -0.0 do.
    The module keeps them alive while it is printed.
    """
    key: list[object] = [type(op), len(operands)]
    for value in operands:
        key.append(id(value.type))
    for value in op.results:
        key.append(id(value.type))
    for entries in (op.properties, op.attributes):
        key.append(None)
        for name, attribute in entries.items():
            key.append(name)
            key.append(id(attribute))
    return tuple(key)


class SpanPrinter(StagePrinter):
    """Prints and notes spans. An op's span starts at its results.

    The text is a list of pieces. A type's text is kept for its next use, and so is the text of an op
    around its operands: printing is most of what recording a stage costs.
    """

    def __init__(self, elide: bool = True):
        super().__init__(StringIO(), elide)
        self.ops: list[Operation] = []
        self.op_spans, self.value_spans = TextSpans(), TextSpans()
        self.name_starts: array[int] = ints()
        self._pieces: list[str] = []
        self._at = 0
        self._values: dict[SSAValue, tuple[int, str]] = {}
        """Each value's number and name, in the order of the numbers."""
        self._types: dict[int, tuple[Attribute, str]] = {}
        self._templates: dict[tuple[object, ...], Template] = {}
        self._naming = -1

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    def print_string(self, text: str, *, indent: int | None = None) -> None:
        if "\n" in text:
            spaces = (self._indent if indent is None else indent) * self.indent_num_spaces
            text = text.replace("\n", "\n" + " " * spaces)
        self._pieces.append(text)
        self._at += len(text)

    def _print_new_line(self, indent: int | None = None, print_message: bool = True) -> None:
        self.print_string("\n", indent=indent)

    def _print_results(self, op: Operation) -> None:
        super()._print_results(op)
        self.name_starts[self._naming] = self._at

    def print_op(self, op: Operation) -> None:
        place = self._naming = len(self.ops)
        self.ops.append(op)
        start = self._at
        self.op_spans.add(start, start, place)
        self.name_starts.append(start)
        if op.regions or op.successor_uses or isinstance(op, UnregisteredOp):
            super().print_op(op)
        else:
            self._print_leaf(op)
        self.op_spans.ends[place] = self._at

    def _print_leaf(self, op: Operation) -> None:
        """Prints an op without regions and successors: its text depends on its class, attributes and
        types, and on its values' names.
        """
        operands = tuple(op.operands)
        key = _template_key(op, operands)
        if (template := self._templates.get(key)) is not None:
            self._print_results(op)
            self._print_template(template, operands)
            return
        pieces, spans = len(self._pieces), len(self.value_spans.starts)
        super().print_op(op)
        self._keep_template(op, key, pieces, spans)

    def _print_template(self, template: Template, operands: Sequence[SSAValue]) -> None:
        pieces, at, values, spans = self._pieces, self._at, self._values, self.value_spans
        for text, operand in template.holes:
            at += len(text)
            if (known := values.get(operands[operand])) is None:
                pieces.append(text)
                self._at = at
                self.print_ssa_value(operands[operand])
                at = self._at
                continue
            number, name = known
            pieces += (text, name)
            spans.starts.append(at)
            at += len(name)
            spans.ends.append(at)
            spans.indexes.append(number)
        pieces.append(template.rest)
        self._at = at + len(template.rest)

    def _keep_template(
        self, op: Operation, key: tuple[object, ...], first_piece: int, first_span: int
    ) -> None:
        """Keeps the text of an op that was just printed, unless it can't tell the operands apart,
        or depends on the indentation.
        """
        places = {
            self._values[value][0]: n
            for n, value in enumerate(op.operands)
            if value in self._values
        }
        text, spans = "".join(self._pieces[first_piece:]), self.value_spans
        if len(places) != len(op.operands) or "\n" in text:
            return
        base, begin, holes = self._at - len(text), self.name_starts[self._naming], []
        for n in range(first_span, len(spans.starts)):
            if spans.starts[n] < begin:
                continue
            if spans.indexes[n] not in places:
                return
            holes.append((text[begin - base : spans.starts[n] - base], places[spans.indexes[n]]))
            begin = spans.ends[n]
        self._templates[key] = Template(tuple(holes), text[begin - base :])

    def print_ssa_value(self, value: SSAValue) -> str:
        spans, start = self.value_spans, self._at
        if (known := self._values.get(value)) is None:
            name = super().print_ssa_value(value)
            known = self._values[value] = len(self._values), f"%{name}"
        else:
            self._pieces.append(known[1])
            self._at += len(known[1])
        spans.starts.append(start)
        spans.ends.append(self._at)
        spans.indexes.append(known[0])
        return known[1][1:]

    def value_types(self) -> list[str]:
        """Returns the type of each value, by its number."""
        texts: dict[int, str] = {key: text for key, (_, text) in self._types.items()}
        for value in self._values:
            if id(value.type) not in texts:
                texts[id(value.type)] = str(value.type)
        return [texts[id(value.type)] for value in self._values]

    def print_attribute(self, attribute: Attribute) -> None:
        if not isinstance(attribute, TypeAttribute):
            super().print_attribute(attribute)
            return
        # The attribute is kept beside its text, so that its `id` is not given to another.
        if (known := self._types.get(id(attribute))) is None:
            first = len(self._pieces)
            super().print_attribute(attribute)
            self._types[id(attribute)] = attribute, "".join(self._pieces[first:])
            return
        self._pieces.append(known[1])
        self._at += len(known[1])


def print_module(
    module: Operation, elide: bool = False, locations: bool = False, generic: bool = False
) -> str:
    """Returns the text of a stage. With `elide`, for reading: long constants are shortened, and it
    can't be parsed back. With `locations` each op is followed by its source location, and text that
    is parsed back is about the same source. With `generic`, ops have MLIR's generic form.
    """
    stream = StringIO()
    StagePrinter(stream, elide, locations, generic).print_op(module)
    return stream.getvalue() + "\n"


def print_spans(module: Operation) -> Spans:
    """Returns the text of a stage for reading, with the spans of its ops and values."""
    printer = SpanPrinter()
    printer.print_op(module)
    return Spans(
        printer.text + "\n",
        printer.ops,
        printer.op_spans,
        printer.name_starts,
        printer.value_spans,
        printer.value_types(),
        not printer.shortened,
    )
