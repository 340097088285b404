"""A page that needs nothing: the views' scripts, their style and all their data in one file.

Views of one program on a page form a group, which shares a selection and one derivation graph over
all that its views show; so the links between them work in a file as they do in a notebook. The
page's own policy forbids it to load anything.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
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
_TAB_STYLE = """
body { max-width: 1400px; }
#tabs { position: sticky; top: 0; z-index: 2; display: flex; flex-wrap: wrap; gap: 2px;
  margin: 14px 0 10px; background: Canvas;
  border-bottom: 1px solid color-mix(in srgb, CanvasText 25%, transparent); padding-top: 6px; }
#tabs button { font: inherit; color: inherit; background: none; border: 0; padding: 6px 14px;
  border-bottom: 3px solid transparent; cursor: pointer; }
#tabs button:hover { background: color-mix(in srgb, CanvasText 8%, transparent); }
#tabs button[aria-selected="true"] { border-bottom-color: #0078bd; font-weight: 600; }
#tabs small { margin-left: auto; align-self: center; opacity: 0.75; }
.notes { opacity: 0.8; margin-top: 26px; font-size: 12px; }
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
const drawn = new Set();
function render(n) {
  if (drawn.has(n)) return;
  drawn.add(n);
  const { kind, group, ...state } = page.views[n];
  const model = new Model({ ...state, channel: "page/" + group, ...page.groups[group] });
  modules[kind].default.render({ model, el: document.getElementById("view-" + n) });
}
const tabs = [...document.querySelectorAll("#tabs button")];
/** Shows a tab's view, alone or together with those that are shown. */
function show(tab, also) {
  for (const other of tabs) {
    const before = other.ariaSelected === "true";
    const chosen = other === tab ? !also || !before : also && before;
    other.ariaSelected = String(chosen);
    other.tabIndex = other === tab ? 0 : -1;
    document.getElementById(other.getAttribute("aria-controls")).hidden = !chosen;
    if (chosen) render(Number(other.dataset.view));
  }
}
if (tabs.length) {
  const inTabs = new Set(tabs.map((tab) => Number(tab.dataset.view)));
  page.views.forEach((_, n) => inTabs.has(n) || render(n));
  show(tabs.find((tab) => "#" + tab.textContent === decodeURIComponent(location.hash)) ?? tabs[0], false);
  tabs.forEach((tab, n) => {
    tab.addEventListener("click", (event) => {
      show(tab, event.shiftKey || event.ctrlKey || event.metaKey);
      history.replaceState(null, "", "#" + encodeURIComponent(tab.textContent));
    });
    tab.addEventListener("keydown", (event) => {
      const to = { ArrowRight: n + 1, ArrowLeft: n - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      tabs[(to + tabs.length) % tabs.length].focus();
    });
  });
} else page.views.forEach((_, n) => render(n));
"""


@dataclass(frozen=True)
class PageView:
    """One view on a page: its kind, its data, a heading, and what to show where no script runs."""

    kind: str
    data: dict[str, Any]
    heading: str
    text: str
    tab: str = ""
    """The name of the tab that it is behind; without one it is always in sight."""


@dataclass(frozen=True)
class PageGroup:
    """Views that follow each other."""

    views: tuple[PageView, ...]
    selection: dict[str, Any] = field(default_factory=dict)
    graph: dict[str, Any] | None = None
    """The derivation graph between all nodes that the views show (`Lineage.graph`)."""


def html_page(
    groups: list[PageGroup],
    title: str,
    order: Sequence[PageView] = (),
    notes: Sequence[str] = (),
    pack: Callable[[dict[str, Any]], str] | None = None,
) -> str:
    """Returns the page, with its views in the given order, or group by group: first those without a
    tab, then the tabs, of which a reader chooses. `notes` stand at its end, `pack` deflates the
    data of each view. It opens from a disk, from a mail, from a CI log.
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
            {
                "kind": view.kind,
                "group": (n := group_of[id(view)]),
                **_content(view, groups[n], pack),
            }
            for view in views
        ],
    }
    packed = (
        json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        .replace("</", "<\\/")
        .replace("<!--", "<\\!--")
    )
    numbered = sorted(enumerate(views), key=lambda pair: bool(pair[1].tab))
    sections = [
        f'<section id="part-{n}"{_role(view, n)}>{_heading(view, title)}<div id="view-{n}"></div>'
        f"<noscript><pre>{escape(view.text)}</pre></noscript></section>"
        for n, view in numbered
    ]
    behind = [(n, view) for n, view in numbered if view.tab]
    sections.insert(len(sections) - len(behind), _tabs(behind))
    ending = f'<ul class="notes">{"".join(f"<li>{escape(note)}</li>" for note in notes)}</ul>'
    policy = "default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; img-src data:"
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{_PAGE_STYLE}{_TAB_STYLE if behind else ''}{style()}"
        f"</style></head><body><main><h1>{escape(title)}</h1>{''.join(sections)}"
        f"{ending if notes else ''}</main>"
        f'<script type="application/x-wb+json" id="workbench">{packed}</script>'
        f'<script type="module">{_SHIM}</script></body></html>'
    )


def _role(view: PageView, n: int) -> str:
    return f' role="tabpanel" aria-labelledby="tab-{n}"' if view.tab else ""


def _tabs(views: list[tuple[int, PageView]]) -> str:
    if not views:
        return ""
    buttons = "".join(
        f'<button type="button" role="tab" id="tab-{n}" aria-controls="part-{n}" data-view="{n}" '
        f'aria-selected="false">{escape(view.tab)}</button>'
        for n, view in views
    )
    hint = "<small>Shift + click shows several together</small>"
    return f'<div id="tabs"><div role="tablist" aria-label="views">{buttons}</div>{hint}</div>'


def _content(
    view: PageView, group: PageGroup, pack: Callable[[dict[str, Any]], str] | None
) -> dict[str, Any]:
    data = _own(view, group)
    return {"data": data} if pack is None else {"packed": pack(data)}


def _heading(view: PageView, title: str) -> str:
    """Returns a view's heading, where it says more than the page's title."""
    return "" if view.heading == title else f"<h2>{escape(view.heading)}</h2>"


def _own(view: PageView, group: PageGroup) -> dict[str, Any]:
    """Returns a view's data, without what its group has for all."""
    if group.graph is None:
        return view.data
    return {name: own for name, own in view.data.items() if name != "graph"}
