"""Tabs whose views are made when the tab is first chosen, in notebooks that show widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from importlib import import_module
from typing import Any

from ireelite.status import StatusError
from workbench.progress import working
from workbench.widgets.view import View

Make = Callable[[str], View]


def lazy_tabs(names: Sequence[str], make: Make) -> Any:
    """Returns an `ipywidgets.Tab` with a tab for each name. `make` makes the view when its tab is
    first chosen; meanwhile a line in the tab shows the progress. The first view is made at once.

    If a view can't be made, its tab shows the reason. If making it was interrupted, its tab has a
    button to make it again.
    """
    import ipywidgets

    pages = [_Page(name, make) for name in names]
    tabs = ipywidgets.Tab([page.box for page in pages], titles=list(names))

    def choose(_: Any = None) -> None:
        if tabs.selected_index is not None:
            pages[tabs.selected_index].show()

    tabs.observe(choose, "selected_index")
    if pages:
        choose()
    return tabs


def marimo_tabs(on_top: Sequence[View], names: Sequence[str], make: Make) -> Any:
    """Returns the views on top and tabs whose views are made when first chosen, as elements of
    marimo.
    """
    marimo = import_module("marimo")  # only marimo calls this, so it is installed

    def page(name: str) -> Callable[[], Any]:
        return lambda: marimo.ui.anywidget(make(name))

    tabs = marimo.ui.tabs({name: marimo.lazy(page(name), True) for name in names})
    return marimo.vstack([*map(marimo.ui.anywidget, on_top), tabs])


class _Page:
    """A tab: a line until its view is made, then the view."""

    def __init__(self, name: str, make: Make):
        import ipywidgets

        self.name, self._make = name, make
        self._told = ipywidgets.HTML(_line(f"The view “{name}” is made now …"))
        self._again = ipywidgets.Button(description="make it")
        self._again.on_click(lambda _: self.show())
        self.box = ipywidgets.VBox([self._told])
        self._made = False

    def show(self) -> None:
        if self._made:
            return
        self.box.children = [self._told]
        try:
            with working(self.name, self._tell):
                view = self._make(self.name)
        except StatusError as error:
            self._tell(f"{error.code.name}; {error.message}")
            return
        except KeyboardInterrupt:
            self._tell(f"The making of “{self.name}” was interrupted.")
            self.box.children = [self._told, self._again]
            return
        self._made = True
        self.box.children = [view]

    def _tell(self, line: str) -> None:
        if line:
            self._told.value = _line(line)


def _line(text: str) -> str:
    return f'<p role="status" class="wb-making">{escape(text)}</p>'
