"""The one widget class: a view is declared by its `Form` (a script, a drawing, a text), and filled by
a view model.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import anywidget
import traitlets

from ireelite.interrupts import interruptible
from ireelite.status import invalid_argument
from workbench.model.lineage import Lineage
from workbench.model.selection import Selection, with_runs, without_runs
from workbench.progress import working
from workbench.render.assets import script, style
from workbench.render.html import PageGroup, PageView, html_page
from workbench.render.last_frame import frame_document
from workbench.render.svg import Drawing, data_image

LIVE_LEVEL = 1
"""How well data is compressed that a kernel sends to a page, which waits for it."""
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
LOST_VIEW = (
    ".jp-OutputArea-child:has(.wb-still)+.jp-OutputArea-child:not(:has(.jp-OutputArea-output *))"
    "{display:none}"
)
"""Hides what a front end writes in place of a widget whose model is gone."""


@dataclass(frozen=True)
class Form:
    """How models of one kind are shown. A model has `label` (one line, for screen readers) and
    `state()` (JSON-able, for the script).
    """

    kind: str
    """Names the script: `widgets/static/KIND.js`."""
    draw: Callable[[Any], Drawing]
    text: Callable[[Any], str]
    """The same on every machine and on every run."""
    sends_picture: bool = False
    """Whether the script gets the drawing, as `svg`, and does not draw by itself."""
    unfold: Callable[[Any], str] | None = None
    """HTML without scripts that a notebook keeps under the last frame, for who has no kernel."""
    page_state: Callable[[Any], dict[str, Any]] | None = None
    """The state in a page of its own, where it may be larger than in a notebook."""


class View(anywidget.AnyWidget):
    """A view of a record. In a notebook without its kernel it is a picture; in a terminal it is
    text.
    """

    _css = style()
    form: ClassVar[Form]
    packed = traitlets.Unicode().tag(sync=True)
    """All that the script draws from, as deflated JSON in base 64: a saved notebook keeps it for each
    view, so it is as small as it can be.
    """
    selection = traitlets.Dict().tag(
        sync=True,
        to_json=lambda state, _: with_runs(state),
        from_json=lambda state, _: without_runs(state),
    )
    """The state of the shared `Selection`; many ops cross to the browser and back as runs."""
    channel = traitlets.Unicode().tag(sync=True)
    drawn_at = traitlets.Int(-1).tag(sync=True)
    """Number (`seq`) of the selection when the first frame was drawn for a notebook to keep; -1 if
    none was. The script sends a new frame once the selection is newer or its reader has used the
    view.
    """

    def __init_subclass__(cls, **keywords: Any) -> None:
        # Widgets make subclasses of their own, with traits in place of these names.
        if "form" in cls.__dict__:
            cls._esm = script(cls.form.kind)
        own = cls.__dict__.get("__init__")
        if own is not None and not own.__doc__:
            own.__doc__ = (
                f"Makes the view; help({cls.__name__}) begins with what each argument is. Views with "
                "one `selection` are linked; by default, all those of one program are."
            )
        super().__init_subclass__(**keywords)

    def __init__(self, model: Any, selection: Selection | None = None):
        self.model = model
        self.shared = selection or Selection()
        self.data = self._data(model.state())
        self._known: Any = None
        """For each node of the record, whether the script knows its edges (`SelectedEdges.mask`)."""
        self._frame = ""
        """SVG document of the last frame; empty until the script has sent one."""
        self._followers: list[Callable[[], None]] = []
        """Functions that are called when there is a new frame."""
        super().__init__(
            packed=packed_json(self.data, LIVE_LEVEL),
            selection=self.shared.state,
            channel=self.shared.channel,
        )
        self.shared.observe(self._take_selection, "state")
        self.on_msg(self._take_frame)

    def _take_frame(self, _: Any, message: Any, __: Any) -> None:
        """Keeps a frame that the script sent; ignores a malformed one."""
        frame = message.get("frame") if isinstance(message, dict) else None
        if not isinstance(frame, dict):
            return
        try:
            self._frame = frame_document(frame, self.label())
        except (ValueError, KeyError, zlib.error):
            return
        for follower in self._followers:
            follower()

    def on_frame(self, follower: Callable[[], None]) -> None:
        """Calls `follower` whenever the script has sent a new frame, which `still` then returns."""
        self._followers.append(follower)

    def _take_selection(self, _: Any) -> None:
        self.selection = self.shared.state
        self._send_edges()

    def _send_edges(self) -> None:
        """Sends the script the edges between what it shows and what is selected and not shown."""
        graph, edges = self.data.get("graph"), self.shared.edges
        if edges is None or graph is None:
            return
        if self._known is None:
            self._known = edges.mask(graph["serials"])
        selected = edges.select(self.shared.state["ops"])
        if not self._known[selected].all():
            self.send({"edges": [edges.between(), edges.around(self._known)]})
            self._known[selected] = True  # if an interrupt has not come before

    @traitlets.observe("selection")
    def _give_selection(self, _: Any) -> None:
        # The shared selection may answer with a newer state, with ops filled in.
        self.shared.state = self.selection

    def __repr__(self) -> str:
        """Returns the kind of view and what it shows, in one line."""
        return f"<{type(self).__name__}: {self.label()}>"

    def __dir__(self) -> list[str]:
        """Returns the names of the view itself, without those of widgets in general."""
        own = [kind for kind in type(self).__mro__ if issubclass(kind, View)]
        named = vars(self).keys() | {name for kind in own for name in vars(kind)}
        public = {name for name in named if not name.startswith("_")}
        return sorted(public - self.traits().keys() - {"form"})

    @property
    def kind(self) -> str:
        """The kind of view, as pages and data name it."""
        return self.form.kind

    def _data(self, state: dict[str, Any]) -> dict[str, Any]:
        data = {"kind": self.kind, "label": self.label(), **state}
        if self.form.sends_picture:
            data["svg"] = self.drawing().fragment(self.label())
        return data

    def label(self) -> str:
        """Returns what a screen reader says for the whole picture."""
        return self.model.label

    def to_text(self) -> str:
        """Returns the view as text: the same on every machine."""
        return self.form.text(self.model)

    def drawing(self) -> Drawing:
        """Returns the view as a drawing."""
        return self.form.draw(self.model)

    def to_svg(self) -> str:
        """Returns the view as an SVG document, with its own colours for light and for dark pages."""
        return self.drawing().document(self.label(), self.to_text())

    def to_json(self) -> str:
        """Returns the view's data as JSON text."""
        return json.dumps(self.data, separators=(",", ":"))

    def to_html(self, title: str = "") -> str:
        """Returns a page with this view alone, that needs neither a kernel nor a network."""
        return page(self, title=title or self.label())

    def page_view(self) -> PageView:
        """This view as a part of a page."""
        whole = self.form.page_state
        data = self.data if whole is None else self._data(whole(self.model))
        return PageView(self.kind, data, self.label(), self.to_text())

    def picture(self) -> str:
        """Returns the frame that a reader saw last, or else the first one, as an HTML image."""
        if self.drawn_at < 0:
            self.drawn_at = int(self.shared.state["seq"])
        return data_image(self._frame or self.to_svg(), self.label())

    def still(self) -> dict[str, Any]:
        """Returns a notebook output with the last frame as a picture, what can be unfolded under it,
        and the view as text, without scripts.
        """
        picture = self.picture()
        more = self.form.unfold(self.model) if self.form.unfold is not None else ""
        return {
            "text/html": f'<div class="wb-still">{picture}{more}</div><style>{LOST_VIEW}</style>',
            "text/plain": self.to_text(),
        }

    def _ipython_display_(self) -> None:
        """Shows a still frame and, as a separate output, the live widget, which hides it. The still
        frame is always the last that a reader saw.

        If one output has a widget and other forms, a front end prefers the widget, even if the
        widget's model is gone, as in a reopened notebook or a page made of it.
        """
        from IPython.display import display

        with working(type(self).__name__):
            still = self.still()
        if (shown := display(still, raw=True, display_id=True)) is not None:
            self.on_frame(lambda: shown.update(self.still(), raw=True))
        display({WIDGET_VIEW: self._live()}, raw=True)

    def _live(self) -> dict[str, Any]:
        return {"version_major": 2, "version_minor": 0, "model_id": self.model_id}

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Returns everything in one output, for hosts other than IPython."""
        return {WIDGET_VIEW: self._live(), **self.still()}, {}


@interruptible("the making of a page")
def page(
    *views: View,
    title: str = "workbench",
    tabs: Mapping[str, View] | None = None,
    notes: Sequence[str] = (),
) -> str:
    """Returns HTML with these views, linked to each other, that needs neither a kernel nor a
    network.

    Views with one selection share one derivation graph. `tabs` are further views, of which a reader
    chooses by name; the data of a page with tabs is deflated. `notes` are lines for its end. Raises
    INVALID_ARGUMENT for what is no view.

    Example:
        Path("report.html").write_text(workbench.page(view, timeline, title="simple_mul"))
    """
    for view in (*views, *(tabs or {}).values()):
        if not isinstance(view, View):
            raise invalid_argument(f"a page shows views, not {type(view).__name__}")
    parts = [view.page_view() for view in views]
    if tabs is not None:
        parts += [replace(view.page_view(), tab=name) for name, view in tabs.items()]
        views = (*views, *tabs.values())
    selections = {id(view.shared): view.shared for view in views}
    groups: list[PageGroup] = []
    for key, selection in selections.items():
        own = tuple(part for view, part in zip(views, parts, strict=True) if id(view.shared) == key)
        groups.append(PageGroup(own, selection.to_json(), _whole_graph(selection, own)))
    return html_page(groups, title, parts, notes, packed_json if tabs is not None else None)


def _whole_graph(selection: Selection, views: Sequence[PageView]) -> dict[str, Any] | None:
    """Returns the graph between the nodes of all views, in place of a graph in each."""
    graphs = [view.data["graph"] for view in views if "graph" in view.data]
    if selection.record is None or not graphs:
        return None
    if len(graphs) == 1:
        return graphs[0]
    serials = set().union(*(graph["serials"] for graph in graphs))
    return Lineage(selection.record).graph(serials)


def packed_json(data: dict[str, Any], level: int = 9) -> str:
    """Returns JSON text, deflated, in base 64; `contents` in the views' scripts is its inverse."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return base64.b64encode(zlib.compress(text.encode(), level)).decode("ascii")
