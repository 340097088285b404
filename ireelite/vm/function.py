"""Functions as callers see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ireelite.bytecode.calling_convention import parse_cconv
from ireelite.status import failure_of, invalid_argument
from ireelite.vm.arithmetic import round_f32
from ireelite.vm.backtrace import explain
from ireelite.vm.module import Export

if TYPE_CHECKING:
    from ireelite.records import ExecutionRecorder
    from ireelite.vm.limits import Meter

_RANGES = {"i": (-(1 << 31), 1 << 32), "I": (-(1 << 63), 1 << 64)}
_WIDTHS = {"i": 32, "I": 64, "f": 32, "F": 64}


class Function:
    """An export of a module in a context. Calling it with VM values gives a tuple of VM values.

    i32 and i64 are ints (unsigned ones are taken and read as signed), f32 and f64 floats,
    references objects or None. Raises what the function fails with, with the path through the
    bytecode in its contexts.
    """

    __slots__ = ("_arity", "_numbers", "_signals", "_single", "_target", "export", "module_name")

    def __init__(
        self,
        module_name: str,
        export: Export,
        meter: Meter | None = None,
        recorder: ExecutionRecorder | None = None,
    ):
        self.module_name = module_name
        self.export = export
        convention = parse_cconv(export.cconv)
        call = export.call
        if recorder is not None:
            call = recorder.invoked(f"{module_name}.{export.name}", call)
        self._target = call if meter is None else meter.guard(call)
        self._arity = len(convention.arguments)
        self._numbers = tuple(
            (n, item)
            for n, item in enumerate(convention.arguments)
            if item[0] != "r" and item[0] != "C"
        )
        self._signals = export.reflection.get("iree.abi.model") == "coarse-fences"
        """Whether the last argument is a fence to signal."""
        self._single = convention.results[0] if len(convention.results) == 1 else None

    @property
    def name(self) -> str:
        """Name within the module."""
        return self.export.name

    @property
    def cconv(self) -> str:
        """Calling convention, as `0rI_r`."""
        return self.export.cconv

    @property
    def reflection(self) -> dict[str, str]:
        """Reflection attributes, as `iree.abi.declaration`."""
        return self.export.reflection

    @property
    def ordinal(self) -> int:
        """Which function of its bytecode module it is; -1 if native."""
        return self.export.ordinal

    def __call__(self, *arguments: Any) -> tuple[Any, ...]:
        if len(arguments) != self._arity or self._numbers:
            arguments = self.checked(arguments)
        try:
            result = self._target(*arguments)
        except BaseException as error:
            explained = explain(error) if isinstance(error, Exception) else error
            if self._signals and arguments[-1] is not None:
                # Whoever waits for a call that raises would wait for ever.
                arguments[-1].fail(failure_of(explained))
            if explained is error:
                raise
            raise explained from error
        if self._single == "r":
            return (result,)
        if result is None:
            return ()
        if self._single is not None:
            return (int(result) if self._single in "iI" else result,)
        return tuple([int(item) if item is True or item is False else item for item in result])

    def checked(self, arguments: Sequence[Any]) -> tuple[Any, ...]:
        """Returns the arguments with numbers brought into the VM's form.

        Raises INVALID_ARGUMENT if there are too many or too few, or if one does not fit.
        """
        if len(arguments) != self._arity:
            raise invalid_argument(
                f"input list and function mismatch; expected {self._arity} arguments "
                f"but passed {len(arguments)}"
            )
        values = list(arguments)
        for position, kind in self._numbers:
            value = values[position]
            if kind in _RANGES:
                least, beyond = _RANGES[kind]
                if not isinstance(value, int) or not least <= value < beyond:
                    raise invalid_argument(
                        f"argument {position} is {value!r}; an i{_WIDTHS[kind]} is expected"
                    )
                if value >= beyond >> 1:
                    value -= beyond
                values[position] = int(value)
            elif not isinstance(value, (int, float)):
                raise invalid_argument(
                    f"argument {position} is {value!r}; an f{_WIDTHS[kind]} is expected"
                )
            else:
                values[position] = _as_float(value, position, kind)
        return tuple(values)

    def __repr__(self) -> str:
        return f"<function {self.module_name}.{self.name} {self.cconv}>"


def _as_float(value: float, position: int, kind: str) -> float:
    try:
        number = float(value)
    except OverflowError as error:
        raise invalid_argument(
            f"argument {position} is beyond the range of f{_WIDTHS[kind]}"
        ) from error
    return round_f32(number) if kind == "f" else number
