"""Writing files so that a failure leaves the old file, or none."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ireelite.status import StatusCode, StatusError


def write_whole(path: str | Path, data: bytes) -> Path:
    """Writes a file under another name first, then renames it.

    Raises UNAVAILABLE, and leaves nothing behind.
    """
    target = Path(path)
    try:
        if (
            target.exists() and not target.is_file()
        ):  # a device or a pipe has no contents to protect
            target.write_bytes(data)
            return target
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise StatusError(
            StatusCode.UNAVAILABLE, f"can't write '{target}': {error.strerror}"
        ) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, target)
    except OSError as error:
        os.unlink(temporary)
        raise StatusError(
            StatusCode.UNAVAILABLE, f"can't write '{target}': {error.strerror}"
        ) from error
    return target


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
