"""A tensor as a widget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.model import tensor_peek as model
from workbench.model.selection import Selection
from workbench.render.assets import script
from workbench.render.svg import Drawing
from workbench.render.svg_tensor import draw_tensor
from workbench.render.text import tensor_text
from workbench.widgets.base import View


class TensorPeek(View):
    """A tensor as a heat map, with its type and range; class scores with the best few; a digit as
    the picture it is.

    `labels` names the classes of a vector of scores. `picture` draws pixels without numbers.
    """

    _esm = script("tensor")
    kind = model.KIND

    def __init__(
        self,
        array: Any,
        title: str = "",
        labels: Sequence[str] | None = None,
        picture: bool | None = None,
        top: int = 3,
    ):
        self.model = model.TensorPeek(array, title, labels, picture, top)
        drawing = draw_tensor(self.model)
        data = {**self.model.state(), "svg": drawing.fragment(self.label()), "label": self.label()}
        super().__init__(data, Selection())

    def label(self) -> str:
        return f"{self.model.title or 'tensor'}: {self.model.type}"

    def to_text(self) -> str:
        return tensor_text(self.model)

    def drawing(self) -> Drawing:
        return draw_tensor(self.model)
