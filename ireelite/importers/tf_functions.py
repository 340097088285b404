"""The functions of a GraphDef's library, as private `tf.graph`s.

Nodes of a function read results by name: `split:output:1` is the second tensor of the result
`output` of the node `split`, and `x` alone an argument. Source: TensorFlow's `function.proto`.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Any

from xdsl.dialects.builtin import ArrayAttr, NameLoc, NoneAttr, StringAttr, SymbolRefAttr
from xdsl.ir import Attribute, Region

from ireelite.dialects.tf import CALLED, FetchOp, GraphOp
from ireelite.importers.tf_graphs import CONTROL_CHARACTER, GraphBuilder, Tensor, named_nodes
from ireelite.importers.tf_results import RESULT_NAMES
from ireelite.status import invalid_argument, near_names
from ireelite.whole_numbers import whole_number


class Library:
    """The functions of a GraphDef, which become graphs when they are called."""

    def __init__(self, message: Any, source: str, export: str):
        """Takes the name of the public graph as `export`: a function of that name gets another one.

        Raises INVALID_ARGUMENT if two functions have one name, and for control characters in the
        names of a function and of its results.
        """
        self.source = source
        self.export = export
        self.functions: dict[str, Any] = {}
        for function in message.library.function:
            name = function.signature.name
            if not name or name in self.functions or CONTROL_CHARACTER.search(name):
                repeated = name in self.functions
                what = (
                    f"two functions are called '{name}'"
                    if repeated
                    else f"{name!r} can't be the name of a function"
                )
                raise invalid_argument(f"{source}: {what}")
            outputs = [arg.name for arg in function.signature.output_arg]
            for text in (*outputs, *function.ret, *function.ret.values()):
                if CONTROL_CHARACTER.search(text):
                    raise invalid_argument(
                        f"{source}: function '{name}' refers to {text!r}, which has a control "
                        "character"
                    )
            self.functions[name] = function
        for nodes in (message.node, *(f.node_def for f in self.functions.values())):
            for node in nodes:
                self._name_call(node)

    def _name_call(self, node: Any) -> None:
        """Makes a node whose op is a function a call of that function."""
        if (function := self.functions.get(node.op)) is not None:
            node.attr["f"].func.name = node.op
            types = [arg.type for arg in function.signature.output_arg]
            node.attr["Tout"].list.type.extend(types)
            node.op = "PartitionedCall"

    def functions_of(self, graph: GraphOp) -> list[GraphOp]:
        """Returns the graphs of the functions that a graph calls, directly or not, in the order of
        the calls. Raises INVALID_ARGUMENT for one that the library does not have.
        """
        graphs: dict[str, GraphOp] = {}
        waiting = [graph]
        while waiting:
            caller = waiting.pop(0)
            for node in caller.nodes:
                for key in CALLED.get(node.op_name, ()):
                    for name in _symbols(node.attributes.get(key)):
                        if name not in graphs:
                            place = f"node '{node.node_name.data}' ({node.op_name})"
                            graphs[name] = self._graph(name, place)
                            waiting.append(graphs[name])
        self._rename(graph, graphs)
        return list(graphs.values())

    def _rename(self, graph: GraphOp, graphs: dict[str, GraphOp]) -> None:
        """Gives the function that has the public graph's name another one."""
        if (clash := graphs.get(self.export)) is None:
            return
        new = next(
            name for n in range(len(graphs) + 1) if (name := f"{self.export}_{n}") not in graphs
        )
        clash.properties["sym_name"] = StringAttr(new)
        renamed = {SymbolRefAttr(self.export): SymbolRefAttr(new)}
        for op in (graph, *graphs.values()):
            for node in op.nodes:
                for key in CALLED.get(node.op_name, ()):
                    node.attributes[key] = _replaced(node.attributes.get(key), renamed)

    def _graph(self, name: str, caller: str) -> GraphOp:
        function = self.functions.get(name)
        if function is None:
            near = near_names(name, list(self.functions))
            raise invalid_argument(
                f"{self.source}: {caller} calls '{name}', which is not in the graph's library{near}"
            )
        source = f"{self.source}: function '{name}'"
        arguments = [_argument(arg, source) for arg in function.signature.input_arg]
        nodes = named_nodes((*arguments, *function.node_def), source)

        def reference(text: str) -> Tensor | None:
            return _tensor(text, nodes, source)

        form = "`argument`, `node:output:index` or `^node`"
        builder = GraphBuilder(source, nodes, reference, form)
        feeds = [Tensor(argument.name, 0) for argument in arguments]
        for feed in feeds:
            builder.add_feed(feed)
        outputs = [arg.name for arg in function.signature.output_arg]
        fetches = [_returned(function, output, builder) for output in outputs]
        builder.block.add_op(FetchOp(builder.add_nodes(fetches)))
        fed = [feed.node for feed in feeds]
        op = GraphOp(name, fed, outputs, Region(builder.block), is_private=True)
        op.location = NameLoc(StringAttr(name), NoneAttr())
        return op


def _argument(arg: Any, source: str) -> Any:
    """Returns a Placeholder for an argument. Raises INVALID_ARGUMENT for a list of arguments."""
    if arg.number_attr or arg.type_list_attr:
        raise invalid_argument(f"{source}: argument '{arg.name}' is a list of tensors")
    node = vars(import_module("tensorboard.compat.proto.node_def_pb2"))["NodeDef"]()
    node.name, node.op = arg.name, "Placeholder"
    if arg.type:
        node.attr["dtype"].type = arg.type
    return node


def _tensor(text: str, nodes: dict[str, Any], source: str) -> Tensor | None:
    """Reads `x`, `node:output` or `node:output:index` as a tensor; returns None for other text.

    Raises INVALID_ARGUMENT for an output that the node's op does not have.
    """
    name, _, rest = text.partition(":")
    output, _, index = rest.partition(":")
    position = whole_number(index) if index else 0
    if not name or position is None:
        return None
    if not rest or name not in nodes:
        return Tensor(name, 0)
    if (names := RESULT_NAMES.get(nodes[name].op)) is not None:
        if output not in names:
            raise invalid_argument(
                f"{source}: '{text}' is not a result of node '{name}' ({nodes[name].op}), which has "
                + ", ".join(names)
            )
        position += names.index(output)
    return Tensor(name, position)


def _returned(function: Any, output: str, builder: GraphBuilder) -> Tensor:
    """Returns the tensor that a result of a function is. Raises INVALID_ARGUMENT."""
    text = function.ret.get(output, "")
    tensor = builder.reference(text) if text else None
    if tensor is None or tensor.node not in builder.nodes:
        what = f"is '{text}', which is not in the function" if text else "is not computed"
        raise invalid_argument(f"{builder.source}: its result '{output}' {what}")
    return tensor


def _symbols(value: Attribute | None) -> Iterable[str]:
    """Returns the functions that an attribute names."""
    items = value.data if isinstance(value, ArrayAttr) else (value,)
    return [item.root_reference.data for item in items if isinstance(item, SymbolRefAttr)]


def _replaced(value: Any, renamed: dict[SymbolRefAttr, SymbolRefAttr]) -> Any:
    if isinstance(value, ArrayAttr):
        return ArrayAttr([_replaced(item, renamed) for item in value.data])
    return renamed.get(value, value)
