"""A page that needs nothing: the views' scripts, their style and all their data in one file.

Views of one program on a page form a group, which shares a selection and one derivation graph over
all that its views show; so the links between them work in a file as they do in a notebook. The
page's own policy forbids it to load anything.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from workbench.model.selection import NOTHING
from workbench.render.assets import script, style

_PAGE_STYLE = """
:root { color-scheme: light dark; }
body { font: 14px/1.5 system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; margin: 24px auto;
  max-width: 1180px; padding: 0 20px; background: Canvas; color: CanvasText; }
h1 { font-size: 20px; margin: 0 0 4px; } h2 { font-size: 14px; margin: 22px 0 6px; }
pre { overflow: auto; }
"""

_SHIM = """
class Model {
  constructor(state) { this.state = state; this.handlers = {}; }
  get(name) { return this.state[name]; }
  set(name, value) { this.state[name] = value; (this.handlers["change:" + name] ?? []).forEach((f) => f()); }
  save_changes() {}
  send() {}
  on(name, handler) { (this.handlers[name] ??= []).push(handler); }
  off(name, handler) { this.handlers[name] = (this.handlers[name] ?? []).filter((f) => f !== handler); }
}
const page = JSON.parse(document.getElementById("workbench").textContent);
const modules = {};
for (const [kind, source] of Object.entries(page.scripts)) {
  modules[kind] = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
}
page.views.forEach((view, n) => {
  const model = new Model({ data: view.data, channel: "page/" + view.group, ...page.groups[view.group] });
  modules[view.kind].default.render({ model, el: document.getElementById("view-" + n) });
});
"""


@dataclass(frozen=True)
class PageView:
    """One view on a page: its kind, its data, a heading, and what to show where no script runs."""

    kind: str
    data: dict[str, Any]
    heading: str
    text: str


@dataclass(frozen=True)
class PageGroup:
    """Views that follow each other."""

    views: tuple[PageView, ...]
    selection: dict[str, Any] = field(default_factory=dict)
    graph: dict[str, Any] | None = None
    """The derivation graph between all nodes that the views show (`Lineage.graph`)."""


def html_page(groups: list[PageGroup], title: str, order: Sequence[PageView] = ()) -> str:
    """The page, with its views in the given order, or group by group. It opens from a disk, from a
    mail, from a CI log.
    """
    group_of = {id(view): n for n, group in enumerate(groups) for view in group.views}
    views = order or [view for group in groups for view in group.views]
    scripts = {kind: script(kind) for kind in sorted({view.kind for view in views})}
    body = {
        "scripts": scripts,
        "groups": [
            {"selection": {**NOTHING, **group.selection, "seq": 0}, "graph": group.graph}
            for group in groups
        ],
        "views": [
            {"kind": view.kind, "group": (n := group_of[id(view)]), "data": _own(view, groups[n])}
            for view in views
        ],
    }
    packed = (
        json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        .replace("</", "<\\/")
        .replace("<!--", "<\\!--")
    )
    sections = "".join(
        f'<section>{_heading(view, title)}<div id="view-{n}"></div>'
        f"<noscript><pre>{escape(view.text)}</pre></noscript></section>"
        for n, view in enumerate(views)
    )
    policy = "default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; img-src data:"
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{_PAGE_STYLE}{style()}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{sections}</main>"
        f'<script type="application/x-wb+json" id="workbench">{packed}</script>'
        f'<script type="module">{_SHIM}</script></body></html>'
    )


def _heading(view: PageView, title: str) -> str:
    """A view's heading, where it says more than the page's title."""
    return "" if view.heading == title else f"<h2>{escape(view.heading)}</h2>"


def _own(view: PageView, group: PageGroup) -> dict[str, Any]:
    """A view's data, without what its group has for all."""
    if group.graph is None:
        return view.data
    return {name: own for name, own in view.data.items() if name != "graph"}
