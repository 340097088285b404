"""Names that the compiler makes from names of the source, which may hold anything."""

from __future__ import annotations

import re


def plain_name(name: str) -> str:
    """Returns a name of ASCII letters, digits and underscores that does not begin with a digit.
    Different names may become one.
    """
    return re.sub(r"^(?=\d)|[^0-9A-Za-z_$]", "_", name)
