"""Exercises of `04_forming_dispatches`."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from workbench.answer_pictures import Bar, Picture, bars, listing
from workbench.exercises import Exercise, Mistake
from workbench.kinds_of_answers import shown
from workbench.lessons.quizzes import quiz as questions
from workbench.model.dispatch_graph import DispatchGraph
from workbench.render.svg_dispatch import draw_dispatches
from workbench.render.text_structures import dispatch_text

CENTRE = """
func.func @centre(%x: tensor<64x32xf32>) -> tensor<64x32xf32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %size = stablehlo.constant dense<32.0> : tensor<64xf32>
  %sum = stablehlo.reduce(%x init: %zero) applies stablehlo.add across dimensions = [1]
    : (tensor<64x32xf32>, tensor<f32>) -> tensor<64xf32>
  %mean = stablehlo.divide %sum, %size : tensor<64xf32>
  %spread = stablehlo.broadcast_in_dim %mean, dims = [0] : (tensor<64xf32>) -> tensor<64x32xf32>
  %centred = stablehlo.subtract %x, %spread : tensor<64x32xf32>
  return %centred : tensor<64x32xf32>
}"""
"""Each row less its mean."""

MEANS = """
func.func @means(%x: tensor<256x64xf32>, %w: tensor<64x64xf32>) -> tensor<64xf32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %rows = stablehlo.constant dense<256.0> : tensor<64xf32>
  %product = stablehlo.dot %x, %w : (tensor<256x64xf32>, tensor<64x64xf32>) -> tensor<256x64xf32>
  %sum = stablehlo.reduce(%product init: %zero) applies stablehlo.add across dimensions = [0]
    : (tensor<256x64xf32>, tensor<f32>) -> tensor<64xf32>
  %mean = stablehlo.divide %sum, %rows : tensor<64xf32>
  return %mean : tensor<64xf32>
}"""

CHAIN = """
func.func @chain(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %a = stablehlo.dot %x, %x : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %b = stablehlo.dot %a, %x : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %c = stablehlo.dot %a, %a : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %d = stablehlo.dot %b, %c : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  return %d : tensor<8x8xf32>
}"""

RULES = ("elementwise", "movement", "rows", "epilogues", "siblings")
MIN_RULES = frozenset({"epilogues", "rows"})
"""Those that CENTRE needs to be one dispatch."""


def dispatches(source: Any, fusion: Any = None) -> int:
    """Returns the number of dispatches of a program."""
    import ireelite

    program = ireelite.compile(source, targets=["vmvx"], fusion=fusion, progress=False)
    return len(program.cost())


def bytes_moved(text: str) -> int:
    """Bytes that the dispatches of a program read and write."""
    import ireelite

    program = ireelite.compile(text, targets=["vmvx"], progress=False)
    return sum(cost.read + cost.written for cost in program.cost())


def _with_rules(answer: Any) -> str | tuple[str, Picture]:
    """Describes and draws what a set of rules makes of CENTRE."""
    rules = list(answer)
    if strangers := [rule for rule in rules if rule not in RULES]:
        return f"there is no rule {shown(strangers[0])}: they are {', '.join(RULES)}."
    graph = _graph(CENTRE, tuple(sorted(rules)))
    if (count := dispatches(CENTRE, rules)) > 1:
        return f"with these rules CENTRE is {count} dispatches.", graph
    return "with these rules CENTRE is one dispatch, but fewer are enough.", graph


@cache
def _graph(source: str, fusion: tuple[str, ...] | None = None) -> Picture:
    """Returns the dispatch graph of a program, with all rules of fusion or with those named."""
    import ireelite

    rules = None if fusion is None else list(fusion)
    program = ireelite.compile(source, targets=["vmvx"], fusion=rules, record=True, progress=False)
    model = DispatchGraph(program.record)
    return Picture("its dispatches", dispatch_text(model), draw_dispatches(model).document("graph"))


def _moved_by(program: Any, is_yours: bool) -> list[Bar]:
    whose = "yours" if is_yours else "MEANS"
    sizes = [cost.read + cost.written for cost in program.cost()]
    return [
        Bar(f"{whose}, dispatch {n}", size, f"{size:,} bytes", is_yours=is_yours)
        for n, size in enumerate(sizes)
    ]


def _of_nodes(count: Any) -> Picture:
    """Returns what digits_mlp computes, node by node."""
    nodes = ["MatMul", "BiasAdd", "Relu"] * 2 + ["MatMul", "BiasAdd", "Softmax", "ArgMax"]
    products = {n: "a product" for n, node in enumerate(nodes) if node == "MatMul"}
    title = f"{shown(count)} dispatches for these? Which nodes can share the dispatch above them"
    return listing(title, "\n".join(nodes), products)


def _means(answer: Any, x: Any, w: Any) -> Any:
    from workbench.lessons.programs import called

    result = called(answer, "means", x, w)
    if (moved := bytes_moved(answer)) >= (most := bytes_moved(MEANS)):
        import ireelite

        rows = [
            bar
            for text, is_yours in ((answer, True), (MEANS, False))
            for bar in _moved_by(ireelite.compile(text, targets=["vmvx"], progress=False), is_yours)
        ]
        drawn = bars("bytes that each dispatch moves", rows)
        raise Mistake(f"{moved:,} bytes are moved, and MEANS moves {most:,}.", drawn)
    return result


@cache
def _barriers() -> int:
    import ireelite

    program = ireelite.compile(CHAIN, targets=["vmvx"], record=True, progress=False)
    return program.ir("ll-seq").count("iree_ll_seq.barrier")


_RANDOM = np.random.default_rng(4)

count = Exercise(
    name="count",
    task="how many dispatches does data/digits_mlp.pb compile to?",
    spec=lambda: 4,
    explain=_of_nodes,
    hints=("Bias and relu are epilogues of their product.", "The last one is softmax and argmax."),
)

needed = Exercise(
    name="needed",
    task="which is the smallest set of rules that makes CENTRE one dispatch? Give a set of names.",
    spec=lambda: MIN_RULES,
    explain=_with_rules,
    hints=(
        "Take one rule away at a time: which of them change the count?",
        "len(ireelite.compile(CENTRE, fusion={...}).cost()) counts the dispatches.",
    ),
)

cheaper = Exercise(
    name="cheaper",
    task=f"write @means so that it moves fewer bytes:\n{MEANS}",
    spec=lambda x, w: (x @ w).mean(0),
    inputs=[
        (
            _RANDOM.standard_normal((256, 64)).astype(np.float32),
            _RANDOM.standard_normal((64, 64)).astype(np.float32),
        )
    ],
    apply=_means,
    hints=(
        "Take the mean of the rows of %x first; then one row is multiplied, not 256.",
        "stablehlo.reshape makes a 1x64 matrix of 64 numbers, and back.",
    ),
    score=lambda answer: f"{bytes_moved(answer):,} bytes moved, {bytes_moved(MEANS):,} before.",
)

barriers = Exercise(
    name="barriers",
    task=f"how many barriers does the sequence of CHAIN need?\n{CHAIN}",
    spec=_barriers,
    explain=lambda _: _graph(CHAIN),
    hints=(
        "%b and %c both need %a, and neither needs the other.",
        "A barrier before %b, and one before %d.",
    ),
)

quiz = questions(
    {
        "what flows between two dispatches lies in memory": True,
        "a product's operand is best computed again where it is read": False,
        "two dispatches that need nothing of each other need a barrier": False,
        "an executable holds a kernel, and the function the sequence of dispatches": True,
        "the arena is one block for what is temporary": True,
    },
    hints=(
        "Count how often a product of 64x64 matrices reads each element.",
        "The last two cells before the exercises have two of the answers.",
    ),
)
