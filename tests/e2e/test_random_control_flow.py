"""Random programs of nested loops and choices that pass tensors on in every way, against NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

import numpy as np
import pytest

import ireelite

Values = dict[str, np.ndarray]
Step = Callable[[Values], None]
Names = list[tuple[str, str]]
"""Each name that may be read, and the kind of its value."""

TYPES = {"one": "tensor<i32>", "row": "tensor<3xi32>", "long": "tensor<5xi32>"}
OPS = {"add": np.add, "subtract": np.subtract, "maximum": np.maximum, "xor": np.bitwise_xor}
DEPTH = 3


def run(steps: Sequence[Step], values: Values) -> Values:
    """What is known after some steps of a block, which sees what is around it."""
    inner = dict(values)
    for step in steps:
        step(inner)
    return inner


class Writer:
    """Writes one function, and functions of NumPy that compute the same."""

    def __init__(self, seed: int):
        self.random = Random(seed)
        self.lines: list[str] = []
        self.count = 0

    def name(self) -> str:
        self.count += 1
        return f"%v{self.count}"

    def pick(self, names: Names, kind: str) -> str:
        return self.random.choice([name for name, other in names if other == kind])

    def kinds(self, least: int) -> list[str]:
        return self.random.choices(list(TYPES), k=self.random.randint(least, 3))

    def block(self, names: Names, depth: int, most: int = 4) -> tuple[Names, list[Step]]:
        """Some ops; what may be read behind them, and what they do."""
        names, steps = list(names), list[Step]()
        deep = [self.choice, self.choice, self.loop, self.loop] if depth else []
        for _ in range(self.random.randint(0 if depth < DEPTH else 3, most)):
            self.random.choice([*[self.compute] * 4, *deep])(names, steps, depth)
        return names, steps

    def constant(self, value: int) -> str:
        name = self.name()
        self.lines.append(f"{name} = stablehlo.constant dense<{value}> : tensor<i32>")
        return name

    def ends(self, names: Names, kinds: Sequence[str], first: str | None = None) -> list[str]:
        """The end of a region."""
        results = [self.pick(names, kind) for kind in kinds]
        returned, types = [*results], [TYPES[kind] for kind in kinds]
        if first is not None:
            returned, types = [first, *returned], ["tensor<i32>", *types]
        self.lines.append(f"stablehlo.return {', '.join(returned)} : {', '.join(types)}")
        return results

    def compute(self, names: Names, steps: list[Step], depth: int) -> None:
        kind, (op, function) = (
            self.random.choice(list(TYPES)),
            self.random.choice(list(OPS.items())),
        )
        a, b, name = self.pick(names, kind), self.pick(names, kind), self.name()
        self.lines.append(f"{name} = stablehlo.{op} {a}, {b} : {TYPES[kind]}")
        names.append((name, kind))
        steps.append(lambda values: values.update({name: function(values[a], values[b])}))

    def choice(self, names: Names, steps: list[Step], depth: int) -> None:
        """A `case` of one to three branches."""
        index, kinds, name = self.pick(names, "one"), self.kinds(1), self.name()
        self.lines.append(f'{name}:{len(kinds)} = "stablehlo.case"({index}) ({{')
        branches: list[tuple[list[Step], list[str]]] = []
        for number in range(count := self.random.randint(1, 3)):
            if number:
                self.lines.append("}, {")
            inner, work = self.block(names, depth - 1)
            branches.append((work, self.ends(inner, kinds)))
        types = ", ".join(TYPES[kind] for kind in kinds)
        self.lines.append(f"}}) : (tensor<i32>) -> ({types})")

        def step(values: Values) -> None:
            taken = int(values[index])
            work, results = branches[taken if 0 <= taken < count else -1]
            after = run(work, values)
            values.update({f"{name}#{n}": after[result] for n, result in enumerate(results)})

        steps.append(step)
        names += [(f"{name}#{n}", kind) for n, kind in enumerate(kinds)]

    def loop(self, names: Names, steps: list[Step], depth: int) -> None:
        """A `while` that counts to three at most; of two conditions the second may end it, too."""
        kinds, turns = self.kinds(0), self.random.randint(0, 3)
        zero, one, limit = self.constant(0), self.constant(1), self.constant(turns)
        inits, name = [self.pick(names, kind) for kind in kinds], self.name()
        carried = [f"{name}_{n}" for n in range(len(kinds) + 1)]
        types = ["tensor<i32>", *(TYPES[kind] for kind in kinds)]
        pairs = ", ".join(f"{a} = {b}" for a, b in zip(carried, [zero, *inits], strict=True))
        self.lines.append(
            f"{name}:{len(types)} = stablehlo.while({pairs}) : {', '.join(types)} cond {{"
        )
        inner = [*names, *zip(carried, ["one", *kinds], strict=True)]
        watched = self.pick(inner, "one") if self.random.random() < 0.5 else None
        self.condition(carried[0], limit, watched)
        self.lines.append("} do {")
        after, work = self.block(inner, depth - 1)
        following = self.name()
        self.lines.append(f"{following} = stablehlo.add {carried[0]}, {one} : tensor<i32>")
        results = self.ends(after, kinds, following)
        self.lines.append("}")

        def step(values: Values) -> None:
            now = [np.int32(0), *(values[init] for init in inits)]
            while True:
                seen = values | dict(zip(carried, now, strict=True))
                if now[0] >= turns or (watched is not None and seen[watched] >= 9):
                    break
                done = run(work, seen)
                now = [np.int32(now[0] + 1), *(done[result] for result in results)]
            values.update({f"{name}#{n}": value for n, value in enumerate(now)})

        steps.append(step)
        names += [(f"{name}#{n}", kind) for n, kind in enumerate(["one", *kinds])]

    def condition(self, counter: str, limit: str, watched: str | None) -> None:
        holds = self.compare(counter, limit)
        if watched is not None:
            both, other = self.name(), self.compare(watched, self.constant(9))
            self.lines.append(f"{both} = stablehlo.and {holds}, {other} : tensor<i1>")
            holds = both
        self.lines.append(f"stablehlo.return {holds} : tensor<i1>")

    def compare(self, a: str, b: str) -> str:
        name, types = self.name(), "(tensor<i32>, tensor<i32>) -> tensor<i1>"
        self.lines.append(f"{name} = stablehlo.compare LT, {a}, {b} : {types}")
        return name


def program(seed: int) -> tuple[str, Callable[..., list[np.ndarray]]]:
    """The text of a function `@f<seed>`, and what it computes."""
    writer = Writer(seed)
    arguments: Names = [("%a", "one"), ("%b", "row"), ("%c", "long")]
    names, steps = writer.block(arguments, DEPTH, 7)
    kinds = writer.kinds(2)
    results = [writer.pick(names, kind) for kind in kinds]
    types = ", ".join(TYPES[kind] for kind in kinds)
    inputs = ", ".join(f"{name}: {TYPES[kind]}" for name, kind in arguments)
    text = "\n  ".join(
        [
            f"func.func @f{seed}({inputs}) -> ({types}) {{",
            *writer.lines,
            f"return {', '.join(results)} : {types}",
        ]
    )

    def compute(*given: np.ndarray) -> list[np.ndarray]:
        after = run(steps, {name: v for (name, _), v in zip(arguments, given, strict=True)})
        return [after[result] for result in results]

    return f"{text}\n}}\n", compute


@pytest.mark.parametrize(
    ("target", "device", "model", "seeds"),
    [
        pytest.param("vmvx", "local-sync", "async-internal", range(12), id="vmvx"),
        pytest.param("llvm-cpu", "local-task", "async-external", range(12, 18), id="native"),
        pytest.param(
            *("vulkan-spirv", "webgpu", "async-internal", range(18, 22)),
            id="spirv",
            marks=pytest.mark.webgpu,
        ),
    ],
)
def test_random_loops_and_choices(target: str, device: str, model: str, seeds: range):
    programs = {seed: program(seed) for seed in seeds}
    text = "".join(text for text, _ in programs.values())
    compiled = ireelite.compile(text, targets=(target,), execution_model=model, verify=True)
    module = ireelite.load(compiled, device=device)
    for seed, (_, compute) in programs.items():
        for number in (0, 2, -1, 7):
            given = (
                np.array(number, np.int32),
                np.array([1, -2, 3], np.int32) * number,
                np.arange(5, dtype=np.int32),
            )
            found, wanted = getattr(module, f"f{seed}")(*given), compute(*given)
            for got, expected in zip(found, wanted, strict=True):
                np.testing.assert_array_equal(got, expected, err_msg=f"seed {seed}, {number}")
