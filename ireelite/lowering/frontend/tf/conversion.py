"""The walk over TensorFlow graphs that makes HLO, and what it keeps about functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xdsl.dialects import func
from xdsl.ir import Block, SSAValue

from ireelite.dialects import tf
from ireelite.lowering.frontend.tf.nodes import fail
from ireelite.lowering.frontend.tf.slices import looks_through
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.status import StatusCode, StatusError, near_names
from ireelite.syntax.errors import place_in_text

if TYPE_CHECKING:
    import numpy

    from ireelite.provenance import Tracker

    Array = numpy.ndarray[Any, Any]


class ElementShapeFound(Exception):
    """Ends a walk that found the shape of a list's elements: the next one begins with it."""

    def __init__(self, node: tf.NodeOp, shape: tuple[int, ...]):
        """Takes the node that creates the list."""
        super().__init__(node, shape)
        self.node = node
        self.shape = shape


@dataclass(eq=False)
class Instance:
    """A function as it was lowered for operands of these types."""

    types: tuple[object, ...]
    constants: dict[int, Array] = field(default_factory=dict)
    """The operands that must be constants in the function, with the values they had."""
    results: list[Array | None] = field(default_factory=list)
    """The results that are known when the program is compiled."""
    function: func.FuncOp = field(init=False)

    def fits(self, node: tf.NodeOp, to: TfConversion) -> bool:
        """Returns whether a call passes the constants that the function was lowered for."""
        from ireelite.lowering.frontend.tf.constants import evaluate

        for index, expected in self.constants.items():
            value = evaluate(node.data[index], to, needed=True)
            if value is None or value.dtype != expected.dtype or value.shape != expected.shape:
                return False
            if value.tobytes() != expected.tobytes():
                return False
        return True


@dataclass(frozen=True, eq=False)
class Argument:
    """An argument of a function that is being lowered, and what the call passes for it."""

    instance: Instance
    index: int
    operand: SSAValue


class TfConversion(Conversion):
    """One walk over the graphs of a module."""

    def __init__(self, graphs: dict[str, tf.GraphOp], top: Block, tracker: Tracker | None):
        """Takes the block of the new module as `top`."""
        super().__init__({}, "HLO", tracker)
        self.graphs = graphs
        self.top = top
        self.bound: dict[SSAValue, SSAValue | Argument] = {}
        """Argument of a body -> the operand that is passed for it."""
        self.known: dict[SSAValue, Array] = {}
        """Values of calls that are known when the program is compiled."""
        self.carried: dict[SSAValue, SSAValue] = {}
        """Value that a loop carries -> the one that it begins with, in another node's words."""
        self.limits: dict[SSAValue, int] = {}
        """Argument of a loop's body -> the number that it is below in every turn."""
        self.element_shapes: dict[tf.NodeOp, tuple[int, ...]] = {}
        """Node that creates a list of tensors -> the shape of these, as it was found."""
        self.without_shape: set[tf.NodeOp] = set()
        """Nodes that create lists of tensors whose shape is not known yet."""
        self.instances: dict[str, list[Instance]] = {}
        self.names: set[str] = {name for name, graph in graphs.items() if not graph.is_private}
        self._running: list[str] = []

    convert_node: Callable[[tf.NodeOp], None]
    """Applies the rule for a node; assigned where the rules are known."""

    def function(self, node: tf.NodeOp, name: str) -> tf.GraphOp:
        """Returns the function that a node calls. Raises INVALID_ARGUMENT."""
        graph = self.graphs.get(name)
        if graph is None:
            raise fail(
                node, f"calls '{name}', which is not there{near_names(name, [*self.graphs])}"
            )
        return graph

    def given(self, value: SSAValue) -> SSAValue:
        """Returns what `Identity` nodes and the arguments of bodies pass on."""
        value = looks_through(value)
        while isinstance(outer := self.bound.get(value), SSAValue):
            value = looks_through(outer)
        return value

    @contextmanager
    def calling(self, node: tf.NodeOp, name: str) -> Iterator[None]:
        """Notes that a function is being lowered. Raises UNIMPLEMENTED if it is already."""
        if name and name in self._running:
            raise StatusError(
                StatusCode.UNIMPLEMENTED,
                f"{place_in_text(node)}node '{node.node_name.data}' ({node.op_name}): function "
                f"'{name}' calls itself; recursion is not supported",
            )
        self._running.append(name)
        yield
        self._running.pop()

    @property
    def running(self) -> str:
        """The function that is being lowered; nothing in a public graph."""
        return next((name for name in reversed(self._running) if name), "")

    def unused_name(self, name: str) -> str:
        """Returns a name that no function of the new module has yet."""
        found, number = name, 0
        while found in self.names:
            number += 1
            found = f"{name}_{number}"
        self.names.add(found)
        return found
