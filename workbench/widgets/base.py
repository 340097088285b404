"""What all widgets share: data, a selection,
and the four ways of being shown where no widget runs.
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import anywidget
import traitlets

from workbench.model.selection import Selection
from workbench.render.assets import style
from workbench.render.html import PageView, html_page
from workbench.render.svg import Drawing, data_image

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class View(anywidget.AnyWidget):
    """A view of a record. In a notebook that is not running it is a picture;
    in a terminal it is text.
    """

    _css = style()
    kind = ""
    packed = traitlets.Unicode().tag(sync=True)
    """All that the script draws from, as deflated JSON in base 64: a saved notebook keeps it for each
    view, so it is as small as it can be.
    """
    selection = traitlets.Dict().tag(sync=True)
    """The state of the shared `Selection`."""
    channel = traitlets.Unicode().tag(sync=True)

    def __init__(self, data: dict[str, Any], selection: Selection):
        self.shared = selection
        self.data = data
        super().__init__(
            packed=packed_json(data), selection=selection.state, channel=selection.channel
        )
        self._link = traitlets.link((selection, "state"), (self, "selection"))

    def label(self) -> str:
        """What a screen reader says for the whole picture."""
        raise AssertionError(f"{type(self).__name__} has no label")

    def to_text(self) -> str:
        """The view as text: the same on every machine."""
        raise AssertionError(f"{type(self).__name__} has no text")

    def drawing(self) -> Drawing:
        """The view as a drawing."""
        raise AssertionError(f"{type(self).__name__} has no drawing")

    def to_svg(self) -> str:
        """The view as an SVG document, with its own colours for light and for dark pages."""
        return self.drawing().document(self.label(), self.to_text())

    def to_json(self) -> str:
        """The view's data as JSON text."""
        return json.dumps(self.data, separators=(",", ":"))

    def to_html(self, title: str = "") -> str:
        """A page with this view alone, that needs neither a kernel nor a network."""
        return html_page([self.page_view()], title or self.label(), self.shared.to_json())

    def page_view(self) -> PageView:
        """This view as a part of a page."""
        return PageView(self.kind, self.data, self.label(), self.to_text())

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The live widget; a picture in an image, which notebooks nobody has run also show;
        the text.
        """
        live = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        forms = {
            WIDGET_VIEW: live,
            "text/html": data_image(self.to_svg(), self.label()),
            "text/plain": self.to_text(),
        }
        return forms, {}


def packed_json(data: dict[str, Any]) -> str:
    """JSON text, deflated, in base 64; `contents` in the views' scripts is its inverse."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode("ascii")


def record_of(source: Any) -> Any:
    """The record of a program or of a loaded module; a record is its own."""
    return getattr(source, "record", source)
