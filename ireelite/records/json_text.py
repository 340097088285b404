"""Records as versioned JSON text: the check of the format's name and version."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ireelite.status import StatusCode, StatusError


def checked_json(
    text: str, expected: str, version: int, advice: str = "", older: Iterable[int] = ()
) -> dict[str, Any]:
    """Parses the text of a record.

    Raises INVALID_ARGUMENT for other formats, and for versions other than `version` and those in
    `older`; `advice` is appended to the message.
    """
    try:
        body = json.loads(text)
    except json.JSONDecodeError as error:
        raise StatusError(StatusCode.INVALID_ARGUMENT, f"not a record: {error}") from error
    found = (body.get("format"), body.get("version")) if isinstance(body, dict) else (None, None)
    if found[0] != expected or found[1] not in (version, *older):
        raise StatusError(
            StatusCode.INVALID_ARGUMENT,
            f"record has format {found[0]!r} version {found[1]!r}; this reader takes {expected!r} "
            f"version {version}{advice}",
        )
    return body
