"""Rules for cells of recurrent networks that are one node, and for whole sequences of LSTM cells.

Source: TensorFlow's `lstm_ops.cc` and `gru_ops.cc`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.dialects.builtin import i64
from xdsl.ir import SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects import tf
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.lowering.frontend.tf.arithmetic import (
    Tensor,
    choose,
    counted_loop,
    fill,
    indices,
    join,
    operands,
)
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.nodes import Rule, fail, flag, number
from ireelite.lowering.frontend.tf.tensor_lists import put_at, read


def product(left: Tensor, right: Tensor) -> Tensor:
    """Returns the product of two matrices."""
    op = hlo.DotGeneralOp(left.value, right.value, ([1], [0]))
    return Tensor(left.to.insert(op).result, left.to)


def sigmoid(value: Tensor) -> Tensor:
    return value.apply(ew.LogisticOp)


def tanh(value: Tensor) -> Tensor:
    return value.apply(ew.TanhOp)


@dataclass(frozen=True)
class Lstm:
    """The weights of an LSTM cell, and how its node computes."""

    node: tf.NodeOp
    weights: Tensor
    """(inputs + units) x (4 units)."""
    peepholes: Sequence[Tensor]
    """By which the state goes into the input, forget and output gates."""
    bias: Tensor

    @property
    def is_new(self) -> bool:
        """Whether the forget gate comes before the input's values, as in `BlockLSTMV2`."""
        return self.node.op_name.endswith("V2")

    def turn(self, x: Tensor, state: Tensor, h: Tensor) -> list[Tensor]:
        """Returns the results of one cell: i, cs, f, o, ci, co, h, each batch x units."""
        gates = product(join([x, h], 1), self.weights) + self.bias
        units = state.shape[1]
        i, second, third, o = (gates.part(1, n * units, (n + 1) * units) for n in range(4))
        f, ci = (second, third) if self.is_new else (third, second)
        forget = number(self.node, "forget_bias", 0.0 if self.is_new else 1.0)
        clip = number(self.node, "cell_clip", 0.0 if self.is_new else 3.0)
        f = f + forget
        has_peepholes = flag(self.node, "use_peephole")
        if has_peepholes:
            i, f = i + state * self.peepholes[0], f + state * self.peepholes[1]
        i, f, ci = sigmoid(i), sigmoid(f), tanh(ci)
        after = ci * i + state * f
        after = after.clamp(-clip, clip) if clip > 0 else after
        o = sigmoid(o + after * self.peepholes[2] if has_peepholes else o)
        co = tanh(after)
        return [i, after, f, o, ci, co, co * o]


def lstm_of(
    node: tf.NodeOp, parts: Sequence[Tensor], inputs: int, state: Tensor, h: Tensor
) -> Lstm:
    """Returns the cell of weights, three peepholes and a bias. Raises INVALID_ARGUMENT."""
    weights, *peepholes, bias = parts
    units = state.shape[-1] if state.shape else 0
    if weights.shape != (inputs + units, 4 * units) or state.shape != h.shape:
        raise fail(
            node, f"weights of {weights.value.type} do not fit {inputs} inputs and {units} units"
        )
    return Lstm(node, weights, peepholes, bias)


def lower_lstm_cell(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    x, state, h, *parts = operands(node, to)
    cell = lstm_of(node, parts, x.shape[-1], state, h)
    return [each.value for each in cell.turn(x, state, h)]


def lower_lstm_sequence(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Lowers `BlockLSTM`: a cell at each of some times; times from the first operand on are zeros."""
    length, x, state, h, *parts = operands(node, to)
    if len(x.shape) != 3:
        raise fail(node, f"takes times x batch x inputs, not {x.value.type}")
    cell = lstm_of(node, parts, x.shape[2], state, h)
    times, shape = x.shape[0], [x.shape[0], *state.shape]
    if not times:
        return [fill(0, state, shape).value] * 7

    def turn(time: Tensor, carried: list[Tensor]) -> list[Tensor]:
        now = Tensor(read(x.value, time.value, to), to)
        found = cell.turn(now, carried[0], carried[1])
        kept = [
            Tensor(put_at(whole.value, time.value, each.value, to), to)
            for whole, each in zip(carried[2:], found, strict=True)
        ]
        return [found[1], found[6], *kept]

    starts = [state, h, *[fill(0, state, shape)] * 7]
    results = counted_loop(times, starts, turn)[2:]
    is_used = indices(0, shape, i64, to) < length.as_type(i64).reshape()
    return [choose(is_used, each, 0).value for each in results]


def lower_gru_cell(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Lowers a GRU cell: r, u, c, h, each batch x units."""
    x, h, gates, candidate, gate_bias, candidate_bias = operands(node, to)
    units = h.shape[-1] if h.shape else 0
    if gates.shape != (x.shape[-1] + units, 2 * units):
        raise fail(
            node, f"weights of {gates.value.type} do not fit {x.value.type} and {h.value.type}"
        )
    both = sigmoid(product(join([x, h], 1), gates) + gate_bias)
    r, u = both.part(1, 0, units), both.part(1, units, 2 * units)
    c = tanh(product(join([x, h * r], 1), candidate) + candidate_bias)
    return [each.value for each in (r, u, c, (-u + 1) * c + u * h)]


RULES: dict[str, Rule] = {
    **dict.fromkeys(("BlockLSTM", "BlockLSTMV2"), Rule(lower_lstm_sequence, 9)),
    "GRUBlockCell": Rule(lower_gru_cell, 6),
    "LSTMBlockCell": Rule(lower_lstm_cell, 8),
}
"""TensorFlow op -> the rule of a recurrent cell."""
