"""Edits of one op: each of its attributes, operands, results, regions, blocks and successors is
removed, repeated, or replaced by one of another kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, ModuleOp, UnitAttr
from xdsl.ir import Attribute, Block, Operation, Region, TypeAttribute
from xdsl.irdl import IRDLOperation

from ireelite.status import StatusError
from ireelite.syntax.context import make_context
from ireelite.syntax.parser import StageParser, source_errors

ATTRIBUTES = (
    *("unit", "true", "7 : i32", "-1 : i64", "3 : index", "5 : si8", "200 : ui8", "2 : i128"),
    *("1.5 : f32", "0x7FC00000 : f32", "1.0 : f64", "1.0 : bf16", "1.0 : f8E4M3FN"),
    *('"text"', '""', '"\\FF"', "@symbol", "@symbol::@inner", "loc(unknown)", 'loc("f":1:2)'),
    *("[]", "[1, 2]", "[[1], [2]]", '["a", "b"]', "[{}]", "[unit, i32]", "{}", "{a = 1, b = [2]}"),
    *("i32", "f32", "index", "none", "() -> ()", "(i32) -> (f32, f32)", "tuple<i32, f32>", "tuple<>"),
    *("tensor<f32>", "tensor<?xf32>", "tensor<*xf32>", "tensor<0x2xi8>", "tensor<2xcomplex<f32>>"),
    *("memref<4xf32>", "memref<?x?xi8, strided<[1, ?], offset: 3>>", "memref<*xf32>", "vector<[4]xi8>"),
    *("memref<2xf32, affine_map<(d0) -> (d0)>, 3>", "tensor<4xf32, {a = 1}>", "complex<f32>"),
    *("!vm.ref<!a.b>", "!util.list<?>", "!none.such", "!stablehlo.token", "!quant.uniform<i8:f32, 0.5>"),
    *("dense<1> : tensor<3xi32>", "dense<[1, 2]> : tensor<2xi64>", "dense<> : tensor<0xf32>"),
    *("dense<(1.0, 2.0)> : tensor<2xcomplex<f32>>", "dense<[true, false]> : tensor<2xi1>"),
    *("dense<1> : tensor<2xindex>", "dense<1.0> : vector<4xf16>", "dense<3> : tensor<100000xi8>"),
    *("dense<[[1], [2]]> : tensor<2x1xi64>", "dense<5> : memref<2xi32>", "dense<1> : tensor<si8>"),
    *("array<i64: 1, 0>", "array<i64>", "array<i32: -1>", "array<f32: 1.0>", "array<i1: true, false>"),
    *("array<i64: 9223372036854775807, -9223372036854775808>", "array<i64: 0, 0, 0, 0, 0, 0, 0, 0>"),
    *("affine_map<(d0, d1) -> (d1, d0)>", "affine_map<() -> ()>", "affine_map<(d0)[s0] -> (d0 + s0)>"),
    *("affine_map<(d0) -> (d0 mod 3, d0 * -3)>", "affine_set<(d0) : (d0 >= 0)>", "strided<[1, 2]>"),
    *("#none.such<1>", "#stablehlo.bounds<3, ?>", 'opaque<"a", "0x12"> : tensor<2xi8>'),
)  # fmt: skip
"""Attributes and types of many kinds, as MLIR spells them."""

EXTRA = 9
"""Of so many attributes one is added to each op beside those that it knows."""

INSIDE = 2
"""How deep arrays and dictionaries are edited inside."""


class Edit(NamedTuple):
    """A change of an op within its program."""

    kind: str
    what: tuple[object, ...]
    """What is changed into what: the words and attributes of a line."""
    make: Callable[[], object]


def pool_of(modules: Iterable[Operation]) -> list[Attribute]:
    """Attributes that replace others: those of `ATTRIBUTES`, and the first of each class that
    programs have and that is not among these.
    """
    pool: list[Attribute] = []
    for text in ATTRIBUTES:
        parser = StageParser(make_context(), text)
        try:
            with source_errors():
                pool.append(parser.parse_attribute())
        except StatusError as error:
            raise ValueError(f"{text}: {error}") from error
    classes = {type(attribute) for attribute in pool}
    for module in modules:
        for op in module.walk():
            for attribute in (*op.properties.values(), *op.attributes.values()):
                if type(attribute) not in classes:
                    classes.add(type(attribute))
                    pool.append(attribute)
    return pool


def edits_of(op: Operation, pool: Sequence[Attribute]) -> Iterator[Edit]:
    """All edits of an op."""
    for entries in (op.properties, op.attributes):
        yield from _edits_of_entries(entries, pool)
    for name in _absent(op):
        for other in pool:
            yield Edit(
                "attribute", (name, "added:", other), partial(_set, op.properties, name, other)
            )
    for other in pool[::EXTRA]:
        yield Edit(
            "attribute", ("extra:", other), partial(_set, op.attributes, "fuzz.extra", other)
        )
    types = [attribute for attribute in pool if isinstance(attribute, TypeAttribute)]
    yield from _edits_of_operands(op)
    yield from _edits_of_results(op, types)
    yield from _edits_of_successors(op)
    yield from _edits_of_regions(op)
    for region in op.regions:
        for block in region.blocks:
            yield from _edits_of_block(block, types)
    if op.parent is not None:
        yield Edit("op", ("removed",), partial(_drop, op))
        yield Edit("op", ("repeated",), lambda: op.parent.insert_op_after(op.clone(), op))  # pyright: ignore
        yield Edit("op", ("nested",), partial(_nest, op))


# -- attributes ------------------------------------------------------------------------------------


def _set(entries: dict[str, Attribute], name: str, value: Attribute) -> None:
    entries[name] = value


def _absent(op: Operation) -> list[str]:
    """Properties that an op may have and has not."""
    if not isinstance(op, IRDLOperation):
        return []
    return [name for name in op.get_irdl_definition().properties if name not in op.properties]


def _edits_of_entries(entries: dict[str, Attribute], pool: Sequence[Attribute]) -> Iterator[Edit]:
    for name, attribute in list(entries.items()):
        yield Edit("attribute", (name, "removed"), partial(entries.pop, name))
        for other in _others(attribute, pool, INSIDE):
            yield Edit("attribute", (name, "=", other), partial(_set, entries, name, other))


def _others(attribute: Attribute, pool: Sequence[Attribute], depth: int) -> Iterator[Attribute]:
    """What replaces an attribute: all of the pool, and itself with a part removed, repeated or
    replaced.
    """
    yield from (other for other in pool if other != attribute)
    if depth and isinstance(attribute, ArrayAttr):
        parts: Sequence[Attribute] = attribute.data
        for at, part in enumerate(parts[:3]):
            before, after = parts[:at], parts[at + 1 :]
            yield ArrayAttr((*before, *after))
            yield ArrayAttr((*before, part, part, *after))
            for other in _others(part, pool, depth - 1):
                yield ArrayAttr((*before, other, *after))
    if depth and isinstance(attribute, DictionaryAttr):
        entries: Mapping[str, Attribute] = attribute.data
        for name, part in entries.items():
            yield DictionaryAttr({key: entries[key] for key in entries if key != name})
            for other in _others(part, pool, depth - 1):
                yield DictionaryAttr({**entries, name: other})


# -- values ----------------------------------------------------------------------------------------


def _remade(op: Operation, **parts: Any) -> None:
    """Replaces an op by one with other parts. Results are known by their numbers: what read one
    that is no more reads the first.
    """
    whole: dict[str, Any] = {
        "operands": op.operands,
        "result_types": op.result_types,
        "properties": op.properties,
        "attributes": op.attributes,
        "successors": op.successors,
        "regions": [region.clone() for region in op.regions],
    }
    block = op.parent
    assert block is not None
    new = type(op).create(**{**whole, **parts})
    block.insert_op_before(new, op)
    for number, result in enumerate(op.results):
        if new.results:
            result.replace_all_uses_with(new.results[number if number < len(new.results) else 0])
            new.results[min(number, len(new.results) - 1)].name_hint = result.name_hint
    block.detach_op(op)


def _without(parts: Sequence[Any], at: int) -> list[Any]:
    return [*parts[:at], *parts[at + 1 :]]


def _with(parts: Sequence[Any], at: int, *others: Any) -> list[Any]:
    return [*parts[:at], *others, *parts[at + 1 :]]


def _edits_of_operands(op: Operation) -> Iterator[Edit]:
    values = _in_sight(op)
    for at, operand in enumerate(op.operands[:6]):
        yield Edit(
            "operand",
            ("operand", at, "removed"),
            lambda at=at: setattr(op, "operands", _without(op.operands, at)),
        )
        yield Edit(
            "operand",
            ("operand", at, "repeated"),
            lambda at=at, v=operand: setattr(op, "operands", _with(op.operands, at, v, v)),
        )
        for value in values:
            if value.type != operand.type:
                yield Edit(
                    "operand",
                    ("operand", at, "of type", value.type),
                    lambda at=at, v=value: setattr(op, "operands", _with(op.operands, at, v)),
                )
    for value in values[:6]:
        yield Edit(
            "operand",
            ("an operand of type", value.type, "more"),
            lambda v=value: setattr(op, "operands", [*op.operands, v]),
        )


def _in_sight(op: Operation) -> list[Any]:
    """A value of each type among those that stand before an op in its block."""
    found: dict[Attribute, Any] = {}
    block = op.parent
    for value in block.args if block is not None else ():
        found.setdefault(value.type, value)
    before = op.prev_op
    while before is not None:
        for value in before.results:
            found.setdefault(value.type, value)
        before = before.prev_op
    return list(found.values())[:20]


def _edits_of_results(op: Operation, types: Sequence[Attribute]) -> Iterator[Edit]:
    if op.parent is None:
        return
    results = list(op.result_types)
    for at in range(min(len(results), 4)):
        one = partial(_remade, op, result_types=_without(results, at))
        yield Edit("result", ("result", at, "removed"), one)
        for type in types:
            other = partial(_remade, op, result_types=_with(results, at, type))
            yield Edit("result", ("result", at, "of type", type), other)
    for type in types[:4]:
        more = partial(_remade, op, result_types=[*results, type])
        yield Edit("result", ("a result of type", type, "more"), more)


def _edits_of_successors(op: Operation) -> Iterator[Edit]:
    if op.parent is None or not op.successors:
        return
    own = op.parent
    for at, successor in enumerate(op.successors):
        for what, others in (
            ("removed", ()),
            ("repeated", (successor, successor)),
            ("own", (own,)),
        ):
            edit = partial(_remade, op, successors=_with(op.successors, at, *others))
            yield Edit("successor", ("successor", at, what), edit)


# -- regions ---------------------------------------------------------------------------------------


def _edits_of_regions(op: Operation) -> Iterator[Edit]:
    if op.parent is None:
        return
    for at, region in enumerate(op.regions):
        for what, count in (("removed", 0), ("repeated", 2)):
            yield Edit("region", ("region", at, what), partial(_copied, op, at, count))
        yield Edit("region", ("region", at, "emptied"), partial(_emptied, op, at))
        yield Edit(
            "region", ("region", at, "with a block more"), lambda r=region: r.add_block(Block())
        )
    yield Edit("region", ("a region more",), lambda: op.add_region(Region()))
    yield Edit("region", ("a region of a block more",), lambda: op.add_region(Region([Block()])))


def _copied(op: Operation, at: int, count: int) -> None:
    regions = [region.clone() for region in op.regions]
    regions[at : at + 1] = [op.regions[at].clone() for _ in range(count)]
    _remade(op, regions=regions)


def _emptied(op: Operation, at: int) -> None:
    regions = [region.clone() for region in op.regions]
    regions[at] = Region()
    _remade(op, regions=regions)


def _edits_of_block(block: Block, types: Sequence[Attribute]) -> Iterator[Edit]:
    for at, argument in enumerate(block.args[:4]):
        for type in types:
            yield Edit(
                "block",
                ("argument", at, "of type", type),
                lambda argument=argument, type=type: setattr(argument, "_type", type),
            )
        if not argument.uses:
            yield Edit("block", ("argument", at, "removed"), partial(block.erase_arg, argument))
    for type in types[:4]:
        yield Edit(
            "block", ("an argument of type", type, "more"), partial(_add_argument, block, type)
        )
    if block.last_op is not None:
        yield Edit("block", ("no terminator",), lambda: _drop(block.last_op))  # pyright: ignore
    yield Edit("block", ("emptied",), partial(_empty, block))


def _add_argument(block: Block, type: Attribute) -> None:
    block.insert_arg(type, len(block.args))


def _empty(block: Block) -> None:
    for op in list(block.ops)[::-1]:
        block.detach_op(op)


# -- the op itself ---------------------------------------------------------------------------------


def _drop(op: Operation) -> None:
    assert op.parent is not None
    op.parent.detach_op(op)


def _nest(op: Operation) -> None:
    """Puts an op into a module of its own, where it does not belong."""
    block = op.parent
    assert block is not None
    module = ModuleOp([], {"fuzz.nested": UnitAttr()})
    block.insert_op_before(module, op)
    block.detach_op(op)
    module.body.block.add_op(op)
