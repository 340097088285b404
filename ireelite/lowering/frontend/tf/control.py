"""Rules for nodes that choose, repeat or call: branches and bodies become regions of HLO ops, or
private functions.

A body is lowered where it is used, on the types of what it is given. What a loop carries unchanged
is not carried: the body reads it from around the loop, so that a constant stays one inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from xdsl.dialects import func
from xdsl.dialects.builtin import StringAttr, TensorType, i1, i32
from xdsl.ir import Block, Region, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects import tf
from ireelite.dialects.stablehlo import control
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.tf.constants import evaluate
from ireelite.lowering.frontend.tf.conversion import Argument, Instance, TfConversion
from ireelite.lowering.frontend.tf.nodes import Rule, callees, fail, needed
from ireelite.lowering.frontend.tf.slices import looks_through
from ireelite.lowering.frontend.tf.values import compare, convert, splat


@dataclass(frozen=True)
class Body:
    """Nodes that run as a whole: a region, or a function of the library."""

    arguments: Sequence[SSAValue]
    nodes: Sequence[tf.NodeOp]
    results: Sequence[SSAValue]
    name: str = ""
    """The function's name."""


def body_of_region(region: Region) -> Body:
    block = region.block
    assert block.last_op is not None
    nodes = [op for op in block.ops if isinstance(op, tf.NodeOp)]
    return Body(block.args, nodes, block.last_op.operands)


def body_of_function(graph: tf.GraphOp) -> Body:
    by_name = {node.node_name.data: node for node in graph.nodes}
    feeds = [by_name[name.data] for name in graph.inputs]
    wanted = needed(graph.fetch).difference(feeds)
    nodes = [node for node in graph.nodes if node in wanted]
    arguments = [feed.outputs[0] for feed in feeds]
    return Body(arguments, nodes, graph.fetch.fetches, graph.sym_name.data)


def bodies_of(node: tf.NodeOp, to: TfConversion) -> list[Body]:
    """Returns the bodies that a node runs, in the order of its regions or attributes."""
    if node.bodies:
        return [body_of_region(region) for region in node.bodies]
    return [body_of_function(to.function(node, name)) for name in callees(node)]


def lower_body(node: tf.NodeOp, body: Body, to: TfConversion) -> list[SSAValue]:
    """Lowers a body's nodes at the current point, its arguments being mapped; returns its results.

    Raises UNIMPLEMENTED for a function that calls itself.
    """
    with to.calling(node, body.name):
        for inner in body.nodes:
            to.convert_node(inner)
        return [to.value(value) for value in body.results]


def bind(node: tf.NodeOp, body: Body, operands: Sequence[SSAValue], to: TfConversion) -> None:
    """Makes a body's arguments the operands of the node that runs it."""
    if len(operands) != len(body.arguments):
        raise fail(
            node,
            f"passes {len(operands)} values to '{body.name}', which takes {len(body.arguments)}",
        )
    for argument, operand in zip(body.arguments, operands, strict=True):
        to.bound[argument] = operand
        to.values[argument] = to.value(operand)


# -- choices ---------------------------------------------------------------------------------------


def lower_if(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Lowers `If`, `StatelessIf` and `IfRegion`. Of a predicate that is known one branch remains."""
    bodies = bodies_of(node, to)
    for body in bodies:
        bind(node, body, node.data[1:], to)
    if (known := evaluate(node.data[0], to)) is not None and known.size == 1:
        return lower_chosen(node, bodies[0 if known.item() else 1], to)
    predicate = truth(node, node.data[0], to)
    regions, types = lower_branches(node, bodies, to)
    return to.insert(control.IfOp(predicate, regions[0], regions[1], types)).results


def lower_case(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Lowers `Case` and `StatelessCase`: an index that is out of range takes the last branch."""
    bodies = bodies_of(node, to)
    if not bodies:
        raise fail(node, "has no branches")
    for body in bodies:
        bind(node, body, node.data[1:], to)
    if (known := evaluate(node.data[0], to)) is not None and known.size == 1:
        index = int(known.item())
        return lower_chosen(node, bodies[index if 0 <= index < len(bodies) else -1], to)
    regions, types = lower_branches(node, bodies, to)
    index = convert(scalar(node, to.value(node.data[0])), i32, to)
    return to.insert(control.CaseOp(index, regions, types)).results


def lower_chosen(node: tf.NodeOp, body: Body, to: TfConversion) -> list[SSAValue]:
    """Returns the one branch that is ever taken, in the place of a choice."""
    values = lower_body(node, body, to)
    to.bound |= zip(node.outputs, body.results)
    return values


def lower_branches(
    node: tf.NodeOp, bodies: Sequence[Body], to: TfConversion
) -> tuple[list[Region], list[TensorType]]:
    """Returns the regions of a choice, and the types of its results."""
    regions: list[Region] = []
    found: list[list[TensorType]] = []
    for body in bodies:
        block = Block()
        with to.at(block):
            results = lower_body(node, body, to)
            to.insert(hlo.ReturnOp(*results))
        regions.append(Region(block))
        found.append([r.type for r in results if isinstance(r.type, TensorType)])
    for types in found[1:]:
        if types != found[0]:
            first, other = (", ".join(map(str, each)) for each in (found[0], types))
            raise fail(node, f"its branches return different types: {first} and {other}")
    return regions, found[0]


def scalar(node: tf.NodeOp, value: SSAValue) -> SSAValue:
    if shape_of(value) != ():
        raise fail(node, f"chooses by one value, not by {value.type}")
    return value


def truth(node: tf.NodeOp, condition: SSAValue, to: TfConversion) -> SSAValue:
    """Returns a condition as one boolean: a number counts if it is not 0, a tensor if it has
    elements.
    """
    value = to.value(condition)
    if shape_of(value) != ():
        raise fail(node, f"its condition must be one value, not {value.type}")
    if element_type_of(value) == i1:
        return value
    return compare("NE", value, splat(0, value, to), to)


# -- loops -----------------------------------------------------------------------------------------


def lower_while(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Lowers `While`, `StatelessWhile` and `WhileRegion`."""
    condition, body = bodies_of(node, to)
    if len(body.results) != len(node.data) or len(condition.results) != 1:
        raise fail(
            node,
            f"carries {len(node.data)} values; its body returns {len(body.results)} and its "
            f"condition {len(condition.results)}",
        )
    for part in (condition, body):
        bind(node, part, node.data, to)
    firsts = [to.value(value) for value in node.data]
    carried = [
        n
        for n, (argument, result) in enumerate(zip(body.arguments, body.results, strict=True))
        if looks_through(result) is not argument
    ]
    starts = [firsts[n] for n in carried]
    regions: list[Region] = []
    for part in (condition, body):
        block = Block(arg_types=[start.type for start in starts])
        for n, arg in zip(carried, block.args, strict=True):
            to.bound.pop(part.arguments[n], None)
            to.carried[part.arguments[n]] = node.data[n]
            to.map(part.arguments[n], arg)
        with to.at(block):
            results = lower_body(node, part, to)
            if part is condition:
                to.limits |= {body.arguments[n]: most for n, most in limits_of(part, to).items()}
                to.values[part.results[0]] = results[0]
                results = [truth(node, part.results[0], to)]
            else:
                results = [results[n] for n in carried]
                verify_carried(node, carried, starts, results)
            to.insert(hlo.ReturnOp(*results))
        regions.append(Region(block))
    loop = to.insert(control.WhileOp(starts, *regions))
    after = dict(zip(carried, loop.results, strict=True))
    to.carried |= {node.outputs[n]: node.data[n] for n in carried}
    unchanged = [n for n in range(len(firsts)) if n not in after]
    to.bound |= {node.outputs[n]: node.data[n] for n in unchanged}
    return [after.get(n, first) for n, first in enumerate(firsts)]


def limits_of(condition: Body, to: TfConversion) -> dict[int, int]:
    """Returns the numbers that a loop's arguments are below whenever its condition holds, where they
    are known when the graph is compiled.
    """
    limits: dict[int, int] = {}
    waiting = [condition.results[0]]
    while waiting:
        value = looks_through(waiting.pop())
        node = value.owner
        if not isinstance(node, tf.NodeOp):
            continue
        if node.op_name in ("If", "StatelessIf", "IfRegion"):  # `a and b` is one, with `a` for else
            otherwise = bodies_of(node, to)[1].results[node.outputs.index(value)]
            if to.given(otherwise) is looks_through(node.data[0]):
                waiting.append(node.data[0])
        if node.op_name == "LogicalAnd":
            waiting += node.data
        elif node.op_name in ("Less", "Greater"):
            low, high = node.data if node.op_name == "Less" else reversed(node.data)
            known = evaluate(high, to)
            for n, argument in enumerate(condition.arguments):
                if argument is looks_through(low) and known is not None and known.size == 1:
                    limits[n] = min(limits.get(n, known.item()), known.item())
    return {n: ceil(limit) for n, limit in limits.items()}


def verify_carried(
    node: tf.NodeOp, carried: Sequence[int], starts: Sequence[SSAValue], ends: Sequence[SSAValue]
) -> None:
    """Raises UNIMPLEMENTED unless values have the same types before and after a turn of a loop."""
    for n, start, end in zip(carried, starts, ends, strict=True):
        if start.type != end.type:
            raise fail(
                node,
                f"its value {n} is a {start.type} before a turn and a {end.type} after it; a loop "
                "keeps the shapes of what it carries",
            )


# -- calls -----------------------------------------------------------------------------------------


def lower_call(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Lowers `PartitionedCall` and `StatefulPartitionedCall` to a call of a private function.

    A function is lowered once for each list of operand types, and for the values of operands that
    must be constants in it.
    """
    graph = to.function(node, callees(node)[0])
    operands = [to.value(value) for value in node.data]
    types = tuple(operand.type for operand in operands)
    instances = to.instances.setdefault(graph.sym_name.data, [])
    instance = next((i for i in instances if i.types == types and i.fits(node, to)), None)
    if instance is None:
        instance = lower_function(node, graph, types, to)
        instances.append(instance)
    if not instance.function.function_type.outputs.data:
        return []
    results = [type for type in instance.function.function_type.outputs]
    call = to.insert(func.CallOp(instance.function.sym_name.data, operands, results))
    for result, constant in zip(node.outputs, instance.results, strict=True):
        to.known.pop(result, None)
        if constant is not None:
            to.known[result] = constant
    return call.results


def lower_function(
    node: tf.NodeOp, graph: tf.GraphOp, types: tuple[object, ...], to: TfConversion
) -> Instance:
    """Returns a new private function for the types of a call."""
    body = body_of_function(graph)
    bind(node, body, node.data, to)
    block = Block(arg_types=[to.value(value).type for value in node.data])
    instance = Instance(types)
    for index, (argument, arg) in enumerate(zip(body.arguments, block.args, strict=True)):
        to.bound[argument] = Argument(instance, index, node.data[index])
        to.values[argument] = arg
        arg.name_hint = argument.name_hint
    with to.at(block):
        results = lower_body(node, body, to)
        instance.results = [evaluate(value, to) for value in body.results]
        to.insert(func.ReturnOp(*results))
    signature = [arg.type for arg in block.args], [result.type for result in results]
    name = to.unused_name(body.name)
    instance.function = func.FuncOp(name, signature, Region(block), StringAttr("private"))
    with to.at(to.top), to.deriving_from(graph):
        to.insert(instance.function)
    return instance


RULES: dict[str, Rule] = {
    **dict.fromkeys(("If", "StatelessIf", "IfRegion"), Rule(lower_if, least=1)),
    **dict.fromkeys(("Case", "StatelessCase"), Rule(lower_case, least=1)),
    **dict.fromkeys(("While", "StatelessWhile", "WhileRegion"), Rule(lower_while)),
    **dict.fromkeys(("PartitionedCall", "StatefulPartitionedCall"), Rule(lower_call)),
}
"""TensorFlow op -> the rule for nodes that choose, repeat or call."""
