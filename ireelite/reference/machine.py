"""The interpreter: runs a program's ops one by one on NumPy arrays.

What an op computes is a function in a table by the op's name, written from the specification of
its dialect; the tables are in the other files of this room. Nothing here knows how the compiler
lowers an op.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from xdsl.dialects.builtin import DYNAMIC_INDEX, ModuleOp, StringAttr, SymbolRefAttr, TensorType
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.traits import IsTerminator, SymbolTable

from ireelite.reference.conversions import converted
from ireelite.reference.numbers import Array, Value, dtype_of
from ireelite.reference.steps import CALL, places
from ireelite.status import StatusCode, StatusError, invalid_argument, not_found
from ireelite.syntax.errors import MISFITS, first_lines, has_place, place_of

Reference = Callable[..., Any]
"""(op, frame, *operands) -> the result, or a list of them for an op with several or none."""

TABLES = (
    "elementwise",
    "conversions",
    "special_functions",
    "broadcasting",
    "shapes",
    "indexing",
    "contractions",
    "reductions",
    "windows",
    "convolutions",
    "sorting",
    "fourier",
    "normalization",
    "random_numbers",
    "linear_algebra",
    "quantization",
    "control",
    "composition",
    "host",
    "scalars",
    "structured",
    "layouts",
    "winograd",
    "flow",
    "checks",
)
"""The files of this room that have a table `REFERENCES`."""


@cache
def references() -> Mapping[str, Reference]:
    """Returns the function that computes every op, by the op's name."""
    table: dict[str, Reference] = {}
    for name in TABLES:
        table |= import_module(f"ireelite.reference.{name}").REFERENCES
    return table


@dataclass
class Values:
    """What an interpretation keeps for those who want to see it."""

    turns: int = 1
    """How many values of an op in a loop are kept: the last ones."""
    identities: dict[Operation, str] = field(default_factory=dict)
    """An op -> its identity, as `hlo/12`."""
    kept: dict[str, deque[list[Value]]] = field(default_factory=dict)
    """Identity of an op -> its results, one list for each of the last turns."""

    def keep(self, op: Operation, results: list[Value]) -> None:
        """Keeps the results of an op."""
        if (name := self.identities.get(op)) is not None:
            self.kept.setdefault(name, deque(maxlen=self.turns)).append(results)


RunOther = Callable[[Operation, Sequence[Array]], "list[Value] | None"]
"""From an op without a reference and the values of its operands to its results; None for an op that
it does not know.
"""


def run_none(op: Operation, operands: Sequence[Array]) -> None:
    """Knows no op."""


@dataclass
class Machine:
    """A program and its state."""

    module: ModuleOp
    values: Values | None = None
    run_other: RunOther = run_none
    """What computes ops that have no reference."""
    state: dict[str, Value] = field(default_factory=dict)
    """Values of globals."""
    failures: list[tuple[Operation, str]] = field(default_factory=list)
    """Checks that failed, and why."""
    checks: int = 0
    """How many checks ran."""
    probes: dict[str, list[Value]] = field(default_factory=lambda: defaultdict(list))
    """Name of a probe -> what it kept."""

    def call(self, name: str, arguments: Sequence[Value]) -> list[Value]:
        """Calls a function. Raises NOT_FOUND, INVALID_ARGUMENT, and UNIMPLEMENTED for an op that
        has no reference.
        """
        function = SymbolTable.lookup_symbol(self.module, name)
        if function is None or not function.regions or not function.regions[0].blocks:
            raise not_found(f"the program has no function '{name}' with a body")
        expected = len(function.regions[0].blocks[0].args)
        if len(arguments) != expected:
            raise invalid_argument(f"'{name}' takes {expected} arguments, not {len(arguments)}")
        return Frame(self).run(function.regions[0], arguments)


class Frame:
    """The values of one invocation of a function."""

    def __init__(self, machine: Machine):
        self.machine = machine
        self.environment: dict[SSAValue, Value] = {}
        self.point: tuple[Any, ...] = ()
        """Where in its iteration space a `linalg.generic` is."""

    def run(self, region: Region, arguments: Sequence[Value] = ()) -> list[Value]:
        """Runs a region on arguments; returns the operands of the op that leaves it."""
        block: Block | None = region.blocks[0]
        assert block is not None
        while True:
            for argument, value in zip(block.args, arguments, strict=True):
                self.environment[argument] = checked(value, argument.type)
            for op in block.ops:
                if op is block.last_op and op.has_trait(IsTerminator):
                    break
                self.execute(op)
            else:
                return []
            if not op.successors:
                return [self.environment[v] for v in op.operands]
            block, arguments = self.branch(op)

    def execute(self, op: Operation) -> None:
        """Runs one op. Every error names the op and its place."""
        operands = [self.environment[v] for v in op.operands]
        try:
            with np.errstate(all="ignore"):
                results = self.compute(op, operands)
            if len(op.results) != 1 or isinstance(results, list):
                results = list(results) if results is not None else []
            else:
                results = [results]
            for result, value in zip(op.results, results, strict=True):
                self.environment[result] = checked(value, result.type)
        except StatusError as error:
            if has_place(error):
                raise
            raise StatusError(error.code, f"{place_of(op)}'{op.name}': {error.message}") from error
        except MemoryError as error:
            raise StatusError(
                StatusCode.RESOURCE_EXHAUSTED,
                f"{place_of(op)}'{op.name}': there is not enough memory for what it computes",
            ) from error
        except RecursionError as error:
            raise StatusError(
                StatusCode.RESOURCE_EXHAUSTED, f"{place_of(op)}'{op.name}': calls nest too deeply"
            ) from error
        except (*MISFITS, LookupError) as error:  # of NumPy, whose arrays have limits
            raise invalid_argument(f"{place_of(op)}'{op.name}': {first_lines(error)}") from error
        if (values := self.machine.values) is not None and op.results:
            values.keep(op, [self.environment[result] for result in op.results])

    def compute(self, op: Operation, operands: list[Value]) -> Any:
        """Computes an op from its operands, on floats if they are quantized."""
        from ireelite.reference.quantization import is_quantized, on_floats

        if (reference := known(op)) is None:
            if (results := self.machine.run_other(op, operands)) is not None:
                return results
            raise unknown(op)
        if is_quantized(op):
            return on_floats(reference, op, self, operands)
        return reference(op, self, *operands)

    def apply(self, region: Region, arguments: Sequence[Value]) -> list[Value]:
        """Runs a function of elements on arrays of any one shape: at once if the region has nothing
        but elementwise ops on scalars, else element by element.
        """
        block = region.blocks[0]
        assert block is not None
        types = [dtype_of(argument.type) for argument in block.args]
        arrays = [converted(np.asarray(a), t) for a, t in zip(arguments, types)]
        if is_scalar_code(block):
            for argument, array in zip(block.args, arrays):
                self.environment[argument] = array
            return self.run_lanes(block)
        shape = arrays[0].shape
        rows = [self.run(region, [a[place] for a in arrays]) for place in places(shape, CALL)]
        assert block.last_op is not None
        outputs = [dtype_of(v.type) for v in block.last_op.operands]
        return [
            np.array([row[n] for row in rows], dtype).reshape(shape)
            for n, dtype in enumerate(outputs)
        ]

    def run_lanes(self, block: Block, shape: tuple[int, ...] | None = None) -> list[Value]:
        """Runs a block of scalar code whose scalars are arrays of one shape; without a shape, of
        that of the block's arguments.
        """
        if shape is None:
            shape = np.broadcast_shapes(*(self.environment[a].shape for a in block.args))
        for op in block.ops:
            operands = [self.environment[v] for v in op.operands]
            if op is block.last_op:
                return [np.broadcast_to(value, shape) for value in operands]
            with np.errstate(all="ignore"):
                computed = self.compute(op, operands)
            only = computed[0] if isinstance(computed, list) else computed
            self.environment[op.results[0]] = np.asarray(only)
        return []

    def branch(self, op: Operation) -> tuple[Block, list[Value]]:
        """Returns where a branch goes, and with which values."""
        chosen = find(op)(op, self, *(self.environment[v] for v in op.operands))
        return chosen

    def call(self, name: str, arguments: Sequence[Value]) -> list[Value]:
        """Calls another function of the program."""
        return self.machine.call(name, arguments)


@cache
def scalar_functions() -> frozenset[str]:
    """Names of the ops that compute each element of a result from those of the operands at the same
    place, and of constants.
    """
    tables = ("elementwise", "special_functions")
    names = {n for t in tables for n in import_module(f"ireelite.reference.{t}").REFERENCES}
    others = (
        "stablehlo.bitcast_convert",
        "stablehlo.convert",
        "stablehlo.constant",
        "chlo.constant",
    )
    return frozenset({*names, *others})


def is_scalar_code(block: Block, dialects: tuple[str, ...] = ()) -> bool:
    """Returns whether a block has nothing but elementwise ops on scalars: of HLO on tensors of rank
    0, or those whose names begin like these on numbers.
    """
    ops = list(block.ops)[:-1]
    types = [v.type for op in ops for v in (*op.operands, *op.results)]
    if dialects:
        known = all(op.name.startswith(dialects) and not op.regions for op in ops)
        return known and not any(isinstance(t, TensorType) for t in types)
    return all(op.name in scalar_functions() for op in ops) and all(
        isinstance(t, TensorType) and t.get_num_dims() == 0 for t in types
    )


def find(op: Operation) -> Reference:
    """Returns the function that computes an op. Raises UNIMPLEMENTED."""
    if (reference := known(op)) is None:
        raise unknown(op)
    return reference


def known(op: Operation) -> Reference | None:
    """Returns the function that computes an op, if there is one."""
    name = op.name.replace("mhlo.", "stablehlo.", 1) if op.name.startswith("mhlo.") else op.name
    return references().get(name)


def unknown(op: Operation) -> StatusError:
    """Returns the error for an op that nothing here computes."""
    return StatusError(
        StatusCode.UNIMPLEMENTED, f"{place_of(op)}the reference does not know '{op.name}'"
    )


def checked(value: Value, type: Attribute) -> Value:
    """Returns a value as an array of its type. Raises INVALID_ARGUMENT for one of another shape,
    since an operand decided on it, and INTERNAL for one of other elements: the reference is wrong
    then.
    """
    if value is None or isinstance(value, tuple | list):
        return value
    array = np.asarray(value)
    try:
        dtype = dtype_of(type)
    except StatusError:
        return value
    shape = type.get_shape() if isinstance(type, TensorType) else ()
    fits = len(shape) == array.ndim and all(
        wanted in (DYNAMIC_INDEX, size) for wanted, size in zip(shape, array.shape)
    )
    if array.dtype != dtype or not fits:
        code = StatusCode.INTERNAL if array.dtype != dtype else StatusCode.INVALID_ARGUMENT
        what = f"an array of {array.dtype} of shape {list(array.shape)}"
        raise StatusError(code, f"a value of type {type} is {what}")
    return array


def symbol(op: Operation, name: str) -> str:
    """Returns the symbol that an attribute of an op names."""
    value = op.properties.get(name) or op.attributes.get(name)
    if isinstance(value, SymbolRefAttr):
        return value.root_reference.data
    assert isinstance(value, StringAttr)
    return value.data
