"""Within stage 1: frames, Switches and Merges of graphs become nodes with regions.

Control edges have no meaning after that, since no node that is supported has an effect: those of
nodes in regions are left out, once it is known that no other node is ordered by them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdsl.dialects.builtin import ModuleOp

from ireelite.dialects import tf
from ireelite.lowering.frontend.tf.nodes import base_op, verify_control
from ireelite.lowering.frontend.tf.raise_choices import raise_choices
from ireelite.lowering.frontend.tf.raise_loops import raise_loops
from ireelite.lowering.frontend.tf.raise_switches import expand_switches
from ireelite.lowering.frontend.tf.slices import set_control
from ireelite.lowering.frontend.tf.support import RAISED, verify_ordered

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


def raise_control_flow(module: ModuleOp, tracker: Tracker | None = None) -> ModuleOp:
    """Raises the control flow of every graph of a module, in place.

    Raises INVALID_ARGUMENT for a malformed frame or choice, naming a node of it, and UNIMPLEMENTED
    for a node without a rule that a result waits for.
    """
    for graph in module.body.block.ops:
        if isinstance(graph, tf.GraphOp) and any(base_op(n) in RAISED for n in graph.nodes):
            verify_ordered(graph)
            expand_switches(graph.body.block, tracker)
            for node in graph.nodes:
                verify_control(node)
            raise_loops(graph.body.block, tracker)
            raise_choices(graph.body.block, tracker)
            for node in graph.nodes:
                for inner in node.walk():
                    if isinstance(inner, tf.NodeOp) and inner is not node:
                        set_control(inner, [])
    return module
