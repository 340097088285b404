"""Calls of LAPACK's routines, in both of JAX's spellings.

Today's calls (`lapack_sgetrf_ffi`) take matrices, and have options as attributes: the letters that the
routines take, as numbers, so that `uplo = 76` is L. Older calls (`lapack_sgetrf`) have sizes and
options as their first operands, constants all of them, and yield the routines' workspace too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from xdsl.dialects.builtin import DictionaryAttr, IntegerAttr, TensorType
from xdsl.ir import SSAValue

from ireelite.dialects.stablehlo.custom_call import CustomCallOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.frontend.hlo.building import constant, convert
from ireelite.lowering.frontend.hlo.shaped_calls import shape_operands
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.fold_constants import constant_array
from ireelite.status import StatusCode, StatusError, invalid_argument

LETTERS = {
    "left": ("side", "L"),
    "lower": ("uplo", "L"),
    "unit": ("diag", "U"),
    "values_only": ("mode", "N"),
}
"""A flag -> the option of today's calls that has it, and the letter for which it is set."""

Results = Mapping[str, SSAValue]
"""What a routine yields, by the names that its row in the table lists."""


@light_dataclass(frozen=True)
class Call:
    """A call of a routine."""

    op: CustomCallOp
    matrices: Sequence[SSAValue]
    """The operands that are no sizes or options."""
    numbers: Mapping[str, SSAValue]
    """The other operands, by name."""

    def option(self, name: str) -> int | None:
        """Returns the number of an option, if the call has it. Raises INVALID_ARGUMENT for an
        operand that is not a constant.
        """
        if (operand := self.numbers.get(name)) is not None:
            array = constant_array(operand)
            if array is None:
                raise invalid_argument(
                    f"custom call '{self.op.target}' needs a constant as '{name}'"
                )
            return int(array.reshape(-1)[0])
        for options in (self.op.attributes.get("mhlo.backend_config"), self.op.backend_config):
            if isinstance(options, DictionaryAttr):
                value = options.data.get(name)
                if isinstance(value, IntegerAttr):
                    return int(value.value.data)
        return None

    def needed(self, name: str) -> int:
        """Returns the number of an option. Raises INVALID_ARGUMENT if the call has none."""
        if (value := self.option(name)) is None:
            raise invalid_argument(f"custom call '{self.op.target}' needs the option '{name}'")
        return value

    def letter(self, name: str) -> str:
        """Returns the letter of an option. Raises INVALID_ARGUMENT if the call has none."""
        return chr(self.needed(name))

    def flag(self, name: str) -> bool:
        """Returns whether an option is set. Raises INVALID_ARGUMENT if the call has none."""
        value = self.option(name)
        if value is None and name in LETTERS:
            option, letter = LETTERS[name]
            return self.letter(option) == letter
        return bool(self.needed(name))

    def refuse(self, what: str) -> StatusError:
        """Returns UNIMPLEMENTED for a form of the routine, with the call's name."""
        return StatusError(StatusCode.UNIMPLEMENTED, f"custom call '{self.op.target}' {what}")


@light_dataclass(frozen=True)
class Routine:
    """How a routine is called."""

    rule: Callable[[Call, Conversion], Results]
    operands: int
    """Operands that are no sizes or options."""
    results: Sequence[str]
    """Of today's calls."""
    numbers: Sequence[str] = ()
    """The first operands of older calls."""
    older_results: Sequence[str] = ()
    """Of older calls, up to their workspace."""
    last_numbers: Sequence[str] = ()
    """Further operands that some of today's calls have."""


def expand_call(
    routine: Routine, older: bool, op: CustomCallOp, to: Conversion
) -> Sequence[SSAValue]:
    """Expands a call and returns its results. Raises INVALID_ARGUMENT for other numbers of operands
    or results than the routine's, and for results of other types.
    """
    first = routine.numbers if older else ()
    last = () if older else routine.last_numbers
    names = routine.older_results if older else routine.results
    fits = len(op.results) >= len(names) if older else len(op.results) == len(names)
    shapes = set(shape_operands(op))
    operands = [value for place, value in enumerate(op.operands) if place not in shapes]
    taken = len(first) + routine.operands
    if not taken <= len(operands) <= taken + len(last) or not fits:
        raise invalid_argument(
            f"custom call '{op.target}' takes {taken} operands and yields {len(names)} results, "
            f"not {len(operands)} and {len(op.results)}"
        )
    numbers = [*zip(first, operands, strict=False), *zip(last, operands[taken:], strict=False)]
    call = Call(op, operands[len(first) : taken], dict(numbers))
    made = routine.rule(call, to)
    workspace = [""] * (len(op.results) - len(names))
    values: list[SSAValue] = []
    for name, result in zip((*names, *workspace), op.results, strict=True):
        element, shape = element_type_of(result), shape_of(result)
        if (value := made.get(name)) is None:
            value = constant(0, element, to, shape)
        elif shape_of(value) != shape:
            raise invalid_argument(
                f"custom call '{op.target}' yields a {TensorType(element, shape_of(value))} as "
                f"'{name}', not a {result.type}"
            )
        values.append(convert(value, element, to))
    return values
