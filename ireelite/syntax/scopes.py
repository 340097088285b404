"""Which values a text may name where: a region sees the values around it, and what it defines is
seen within it alone. A value may be used before its definition.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from xdsl.context import Context
from xdsl.ir import SSAValue
from xdsl.parser import UnresolvedOperand
from xdsl.parser.core import ForwardDeclaredValue
from xdsl.utils.lexer import Span

from ireelite.status import near_names
from ireelite.syntax.constants import ConstantParser
from ireelite.syntax.errors import quoted

Scope = tuple[int, dict[str, dict[int, ForwardDeclaredValue]], dict[str, Span]]
"""What is known around a region: how many values, and those that are awaited and where they are
used first.
"""


class ScopeParser(ConstantParser):
    """A parser that knows the values of each region, and where those are used that are not defined."""

    def __init__(self, ctx: Context, input: str, name: str, blobs: Sequence[bytes] = ()):
        super().__init__(ctx, input, name, blobs)
        self._defined: list[str] = []
        """The names of values in sight, in the order of their definitions."""
        self._first_uses: dict[str, Span] = {}
        """Name of a value that is used before its definition -> where it is used first."""

    def _register_ssa_definition(self, name: str, values: Sequence[SSAValue], span: Span) -> None:
        super()._register_ssa_definition(name, values, span)
        self._defined.append(name)

    def resolve_operand(self, operand: UnresolvedOperand, type: Any) -> SSAValue[Any]:
        name = operand.operand_name
        if name not in self.ssa_values and name not in self.forward_ssa_references:
            self._first_uses[name] = operand.span
        return super().resolve_operand(operand, type)

    def enter_scope(self) -> Scope:
        """Begins a region, which sees the values around it and defines none for what is outside."""
        scope = len(self._defined), self.forward_ssa_references, self._first_uses
        self.forward_ssa_references, self._first_uses = {}, {}
        return scope

    def leave_scope(self, scope: Scope) -> None:
        """Ends a region: its values are out of sight, and those that it awaits are to be defined
        around it.
        """
        known, awaited, first_uses = scope
        for name in self._defined[known:]:
            del self.ssa_values[name]
        del self._defined[known:]
        inner, uses = self.forward_ssa_references, self._first_uses
        self.forward_ssa_references, self._first_uses = awaited, first_uses
        for name, values in inner.items():
            self._await(name, values, uses[name])

    def _await(self, name: str, values: dict[int, ForwardDeclaredValue], use: Span) -> None:
        """Leaves values that a region uses and does not define to what is around the region."""
        if name not in self.forward_ssa_references:
            self.forward_ssa_references[name] = values
            self._first_uses[name] = use
            return
        awaited = self.forward_ssa_references[name]
        for index, value in values.items():
            known = awaited.setdefault(index, value)
            if known.type != value.type:
                self.raise_error(
                    f"{quoted('%' + name)} is used with type {value.type}, and with type {known.type} "
                    "before",
                    use,
                )
            if known is not value:
                value.replace_all_uses_with(known)

    def refuse_undefined(self, awaited: Collection[str]) -> None:
        """Raises for the first value that is used and not defined, but for those that were used
        before an op that sees no values around it.
        """
        for name in self.forward_ssa_references:
            if name not in awaited:
                near = near_names(name, self._defined, listed=0)
                self.raise_error(
                    f"{quoted('%' + name)} is used and not defined{near}", self._first_uses[name]
                )
