"""How one level becomes the next: an ordered walk with one rule for each type of op.

A rule is a function of the op and of the `Conversion` that calls it. It inserts the new ops and
returns the values that replace the old op's results. The conversion keeps the map from old to new
values. Ops that a rule inserts get the source location of the op that it lowers, and the tracker,
if there is one, records that they were made from it.

    def lower_multiply(op: stablehlo.MultiplyOp, to: Conversion) -> Operation:
        return to.insert(arith.MulfOp(to.value(op.lhs), to.value(op.rhs)))

    RULES: Rules = {stablehlo.MultiplyOp: lower_multiply}
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar

from xdsl.dialects.builtin import LocationAttr, UnknownLoc
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint

from ireelite.lowering.rewriting.locations import fused
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.errors import MISFITS, at_place, first_lines, place_of, too_deep
from ireelite.syntax.places import place_in

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

OpT = TypeVar("OpT", bound=Operation)
Lowered = Operation | SSAValue | Sequence[SSAValue] | None
"""What a rule returns: the values for the op's results, an op whose results they are,
or nothing.
"""
Rule = Callable[[Any, Any], Lowered]
"""A function of an op of one type, and of the conversion, which may be of a class of its own."""
Rules = Mapping[type[Operation], Rule]
Gathering = tuple[list[Operation], tuple[Operation, ...], LocationAttr | None]


class Conversion:
    """One ordered walk over a program, building its next form."""

    def __init__(self, rules: Rules, level: str, tracker: Tracker | None = None):
        """Takes the name of the target level, for the error about an op without a rule, as `level`."""
        self.rules = rules
        self.level = level
        self.tracker = tracker
        self.values: dict[SSAValue, SSAValue] = {}
        self._point: InsertPoint | None = None
        self._made: list[Operation] = []
        """Ops inserted by the innermost rule that is running, or outside of any."""
        self._sources: tuple[Operation, ...] = ()
        """The ops that they are made from."""
        self._location: LocationAttr | None = None
        """Their location, computed when an op first needs it."""

    # -- building ----------------------------------------------------------------------------------

    def insert(self, op: OpT) -> OpT:
        """Inserts a new op at the current point. One without a location takes that of its sources."""
        assert self._point is not None, "no insertion point: use `with conversion.at(block)`"
        if self._sources and isinstance(op.location, UnknownLoc):
            op.location = self._source_location()
        if (before := self._point.insert_before) is not None:
            self._point.block.insert_op_before(op, before)
        else:
            self._point.block.add_op(op)
        if self.tracker is not None:
            self._made.append(op)
        return op

    @property
    def block(self) -> Block:
        """The block at whose end, or in which, ops are inserted now."""
        assert self._point is not None
        return self._point.block

    def last(self, kind: type[OpT]) -> OpT:
        """Returns the op inserted last at the current point, which must be of this kind."""
        assert self._point is not None
        before = self._point.insert_before
        op = self._point.block.last_op if before is None else before.prev_op
        assert isinstance(op, kind)
        return op

    def value(self, old: SSAValue) -> SSAValue:
        """Returns the new value of an old one."""
        return self.values[old]

    def note(self, op: Operation) -> None:
        """Counts an op that is inserted elsewhere among those that the running rule makes."""
        if self._sources and isinstance(op.location, UnknownLoc):
            op.location = self._source_location()
        if self.tracker is not None:
            self._made.append(op)

    def operands(self, op: Operation) -> list[SSAValue]:
        """Returns the new values of all of an op's operands."""
        return [self.values[operand] for operand in op.operands]

    def map(self, old: SSAValue, new: SSAValue) -> SSAValue:
        """Makes `new` the new value of `old`, whose name it takes unless it has one."""
        self.values[old] = new
        if new.name_hint is None:
            new.name_hint = old.name_hint
        return new

    def clone(self, op: Operation) -> Operation:
        """Inserts a copy of an op, on new operands; each op of its regions comes from its twin."""
        copy = op.clone(self.values)
        self.insert(copy)
        if self.tracker is not None and op.regions:
            for old, new in zip(op.walk(), copy.walk(), strict=True):
                self.tracker.derive(new, (old,))
        return copy

    @contextmanager
    def at(self, where: Block | InsertPoint) -> Iterator[None]:
        """Inserts at the end of a block, or at a point, for the length of a `with`."""
        saved, self._point = (
            self._point,
            where if isinstance(where, InsertPoint) else InsertPoint.at_end(where),
        )
        try:
            yield
        finally:
            self._point = saved

    def continue_at(self, block: Block) -> None:
        """Inserts at the end of this block from now on, until the enclosing `at` ends."""
        self._point = InsertPoint.at_end(block)

    @contextmanager
    def rewriting(self, rule: Callable[..., object], *ops: Operation) -> Iterator[None]:
        """Records `ops` and `rule` as the origin of what is inserted inside, for work that is not a
        call of `apply`. Gives an error that passes by their place.
        """
        saved = self._enter(ops)
        try:
            yield
        except StatusError as error:
            raise at_place(error, ops) from error.__cause__
        except MISFITS as error:
            names = ", ".join(f"'{op.name}'" for op in ops)
            message = f"{names} can't be lowered to {self.level}: {first_lines(error)}"
            raise at_place(StatusError(StatusCode.UNIMPLEMENTED, message), ops) from error
        except RecursionError as error:
            raise too_deep(ops) from error
        if self.tracker is not None:
            self.tracker.rewrite(rule, ops, self._made)
        self._made, self._sources, self._location = saved

    @contextmanager
    def deriving_from(self, *ops: Operation) -> Iterator[None]:
        """Records `ops` as the origin of what is inserted inside, by no rule in particular."""
        saved = self._enter(ops)
        yield
        if self.tracker is not None:
            for op in self._made:
                self.tracker.derive(op, ops)
        self._made, self._sources, self._location = saved

    def _enter(self, ops: tuple[Operation, ...]) -> Gathering:
        """Begins to gather what comes from `ops`; returns what was gathered for before.

        Errors end a conversion, so nothing is put back when one passes by.
        """
        saved = self._made, self._sources, self._location
        self._made = []
        if self._locates(ops):
            self._sources, self._location = ops, None
        return saved

    def _locates(self, ops: Sequence[Operation]) -> bool:
        """Returns whether what comes from `ops` has their location, and not that of the ops around:
        they have a known one, or a place in the text where that of the ops around is unknown.
        """
        if any(not isinstance(op.location, UnknownLoc) for op in ops):
            return True
        around = self._source_location() if self._sources else UnknownLoc()
        return isinstance(around, UnknownLoc) and any(place_in(op.location) for op in ops)

    def _source_location(self) -> LocationAttr:
        if self._location is None:
            self._location = fused(self._sources)
        return self._location

    # -- walking -----------------------------------------------------------------------------------

    def convert(self, op: Operation) -> None:
        """Applies the rule for an op at the current point.

        Raises UNIMPLEMENTED if the op's type has no rule.
        """
        rule = self.rules.get(type(op))
        if rule is None:
            near = get_close_matches(op.name, [known.name for known in self.rules], 3, 0.5)
            hint = f"; the nearest ops with a rule are {', '.join(near)}" if near else ""
            raise StatusError(
                StatusCode.UNIMPLEMENTED,
                f"{place_of(op)}no rule lowers '{op.name}' to {self.level}{hint}",
            )
        self.apply(op, rule, op.results)

    def apply(self, op: Operation, rule: Rule, results: Sequence[SSAValue]) -> None:
        """Applies one rule to one op, and maps `results` to the values that it returns."""
        with self.rewriting(rule, op):
            lowered = rule(op, self)
        if isinstance(lowered, Operation):
            values: Sequence[SSAValue] = lowered.results
        elif isinstance(lowered, SSAValue):
            values = (lowered,)
        else:
            values = lowered or ()
        for old, new in zip(results, values, strict=True):
            self.map(old, new)

    def convert_block(self, block: Block) -> None:
        """Converts a block's ops in order at the current point (arguments must have been
        mapped).
        """
        for op in block.ops:
            self.convert(op)

    def finish(self) -> None:
        """Notes what was inserted outside any rule as invented by the running pass."""
        if self.tracker is not None:
            for op in self._made:
                self.tracker.invent(op)
            self._made = []


def copy_op(op: Operation, to: Conversion) -> Operation:
    """Returns the rule for an op that stays as it is."""
    return to.clone(op)
