"""The view of tensors, declared by its form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import traitlets

from ireelite.status import StatusError, invalid_argument
from workbench.model import tensor_set
from workbench.model.selection import Selection, shared_selection
from workbench.model.sources import compilation_of
from workbench.model.tensor_peek import KIND
from workbench.model.tensor_peek import TensorPeek as TensorModel
from workbench.model.vm_objects import array_of
from workbench.render.svg_tensor import draw_tensors
from workbench.render.text import tensors_text
from workbench.widgets.view import Form, View, packed_json


class TensorPeek(View):
    """A tensor as a picture or as numbers, with its range, a histogram, and what is not finite.

    Class scores have the best `top`, a digit is the picture it is, two tensors have the element that
    differs most, and a run of the interpreter has all its values.

    `title` stands above it. `array` is an array, a VM or HAL reference that holds one, or what
    `program.interpret(..., values=True)` returned: then any op's value can be chosen, `op` is shown
    first, and with `program` an op that is selected in another view shows its value.
    `other` is compared with the array. `labels` names the classes of a vector of scores. `picture`
    draws pixels without numbers. Of a tensor of rank 3 and more, one slice is shown: the one that
    `at` has the indices of, until another is chosen. Keys: arrows from cell to cell, `[` `]` from
    slice to slice, `<` `>` from tensor to tensor, n for the numbers.

    Raises INVALID_ARGUMENT for a title that is no string, tensors of different shapes, labels that
    do not fit, an `at` outside the tensor; NOT_FOUND for an op without a value.

    Example:
        workbench.TensorPeek(module.main(x), "result")
        workbench.TensorPeek(module.main(x), "result", other=expected)
        workbench.TensorPeek(program.interpret(x, values=True), op="hlo/12", program=program)
    """

    form = Form(KIND, draw_tensors, tensors_text)
    wanted = traitlets.Dict().tag(sync=True)
    """A slice that the script has not: which tensor, where, and the question's number."""
    answer = traitlets.Unicode().tag(sync=True)
    """The slice, packed."""

    def __init__(
        self,
        array: Any,
        title: str = "",
        labels: Sequence[str] | None = None,
        picture: bool | None = None,
        top: int = 3,
        at: Sequence[int] = (),
        *,
        other: Any = None,
        op: str | None = None,
        program: Any = None,
        selection: Selection | None = None,
    ):
        if not isinstance(title, str):
            raise invalid_argument(
                f"the title is a {type(title).__name__}, not a string; a second tensor is other=..."
            )
        record = compilation_of(program, "TensorPeek") if program is not None else None
        if hasattr(array, "values") and hasattr(array, "results"):
            model = tensor_set.of_run(array, record, op)
        else:
            if op is not None:
                raise invalid_argument(
                    f"op={op!r} names a value of a run, and the first argument is a "
                    f"{type(array).__name__}: pass what program.interpret(..., values=True) returns"
                )
            peek = TensorModel(array_of(array), title, labels, picture, top, at)
            if other is None:
                model = tensor_set.TensorSet([tensor_set.Choice(title or "tensor", peek)])
            else:
                names = (title or "this", "other")
                model = tensor_set.of_two(peek, array_of(other), names)
        shared = selection or (shared_selection(record) if record is not None else None)
        super().__init__(model, shared)

    @traitlets.observe("wanted")
    def _answer_wanted(self, _: Any) -> None:
        if not self.wanted:
            return
        choice, at = int(self.wanted["choice"]), [int(n) for n in self.wanted["at"]]
        try:
            part = self.model.slice(choice, at).state()
        except (StatusError, IndexError):
            return
        self.answer = packed_json({"choice": choice, "at": at, "slice": part})
