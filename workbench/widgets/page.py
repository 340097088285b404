"""Several views on one page."""

from __future__ import annotations

from workbench.render.html import html_page
from workbench.widgets.base import View


def page(*views: View, title: str = "workbench") -> str:
    """HTML with these views, linked to each other, that needs neither a kernel nor a network."""
    selection = next((view.shared.to_json() for view in views if view.shared.ops), None)
    return html_page([view.page_view() for view in views], title, selection)
