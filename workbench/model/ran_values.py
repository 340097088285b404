"""Values of a real run, to stand beside the results that had them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ireelite.records import CompilationRecord
from ireelite.status import invalid_argument
from workbench.model.tensor_peek import number

MAX_NUMBERS = 6


class RanValues:
    """The values of ops, by serial number."""

    def __init__(self, record: CompilationRecord, values: Any):
        """Takes what `program.interpret(..., values=True)` or `device_values` returns as `values`,
        or a mapping from identities of ops (`hlo/2`) to arrays. Raises INVALID_ARGUMENT for
        anything else, NOT_FOUND for an op that is not in the record.
        """
        last = not isinstance(values, Mapping)
        found = getattr(values, "values", values) if last else values
        if not isinstance(found, Mapping):
            raise invalid_argument(
                f"values of a run are what program.interpret(x, values=True) returns, or a dict "
                f"as {{'hlo/2': array}}, not {type(values).__name__}"
            )
        self.values: dict[int, Any] = {
            record.serial(identity): rows[-1][0] if last else rows
            for identity, rows in found.items()
        }

    def text(self, serial: int) -> str:
        """Returns a few characters for the value of an op, none if it has no value."""
        return summary(self.values[serial]) if serial in self.values else ""

    def texts(self) -> dict[str, str]:
        """Returns a few characters for each value, by serial number."""
        return {str(serial): self.text(serial) for serial in self.values}


def summary(value: Any) -> str:
    """Formats all elements of a small array; of a large one the range and the first ones."""
    import numpy as np

    array = np.asarray(value)
    if array.dtype == object:
        return type(value).__name__
    if not array.size:
        return "no elements"
    flat = array.reshape(-1)
    shown = " ".join(_short(element) for element in flat[:MAX_NUMBERS])
    if array.size <= MAX_NUMBERS:
        return shown
    if array.dtype.kind not in "biuf":
        return f"{shown} …"
    wide = array.astype(np.float64)
    unusual = {"NaN": np.isnan(wide).sum(), "infinite": np.isinf(wide).sum()}
    marks = [f"{n} {name}" for name, n in unusual.items() if n]
    finite = wide[np.isfinite(wide)]
    span = f"{number(finite.min())} to {number(finite.max())}" if finite.size else "none finite"
    return f"{', '.join([span, *marks])}: {shown} …"


def _short(element: Any) -> str:
    match element.item():
        case bool(truth):
            return str(truth).lower()
        case complex(real=real, imag=imaginary):
            sign = "+" if imaginary >= 0 else "-"
            return f"{number(real)}{sign}{number(abs(imaginary))}i"
        case other:
            return number(float(other))
