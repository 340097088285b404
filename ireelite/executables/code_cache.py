"""Object code, and translated bytecode, kept on disk between processes, by the content of what it was
made from.

Each entry is a file of the code behind its digest, so that a damaged one is seen; it is
written beside its place and renamed, so that several processes may share the directory. Entries that
were not used for longest go when there are more than `MAX_BYTES`, soon after that is so.

The directory is `ireelite` in the user's cache directory, or what `IREELITE_CACHE_DIR` says;
`IREELITE_CACHE=0` has nothing read or written. Code from a directory that others can write to would
be theirs to choose: such a directory is not used.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

try:  # without OpenSSL, which takes a while to load
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

SWITCH = "IREELITE_CACHE"
DIRECTORY_VARIABLE = "IREELITE_CACHE_DIR"
MAX_BYTES = 1 << 28
_LOOK_EVERY = 64
"""One write in so many looks at all entries, which takes as long as there are many of them."""
_VERSION = "2"
_DIGEST = 32
_SUFFIX = ".code"
_UNFINISHED = ".part"
"""The suffix of what is being written, or was when its process was killed."""


def cached(parts: Iterable[str], make: Callable[[], bytes]) -> bytes:
    """Returns what `make` gives, from the disk if it was kept there under the same parts.

    Raises what `make` raises; what goes wrong with the disk is not an error.
    """
    folder = directory()
    if folder is None:
        return make()
    key = digest("\0".join([_VERSION, *parts]).encode()).hex()
    path = folder / f"{key}{_SUFFIX}"
    if (found := _read(path)) is not None:
        return found
    made = make()
    with suppress(OSError):
        _write(path, made)
    return made


def digest(data: bytes | memoryview) -> bytes:
    """Returns 32 bytes that differ for different contents."""
    return blake2b(data, digest_size=_DIGEST).digest()


def directory() -> Path | None:
    """Returns the folder of the entries; None if the cache is off, or if there is no place for it."""
    if os.environ.get(SWITCH, "") in ("0", "off", "false"):
        return None
    if named := os.environ.get(DIRECTORY_VARIABLE):
        return Path(named)
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "ireelite"
    try:
        return Path.home() / ".cache" / "ireelite"
    except RuntimeError:
        return None


def entries() -> list[Path]:
    """Returns the files of the cache."""
    folder = directory()
    return [] if folder is None else sorted(folder.glob(f"*{_SUFFIX}"))


def clear() -> int:
    """Deletes all entries, and what killed processes left. Returns how many bytes they had."""
    folder = directory()
    freed = 0
    for path in [] if folder is None else (*entries(), *folder.glob(f"*{_UNFINISHED}")):
        with suppress(OSError):
            size = path.stat().st_size
            path.unlink()
            freed += size
    return freed


def _is_private(folder: Path) -> bool:
    if not hasattr(os, "geteuid"):
        return True
    status = folder.stat()
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022


def _read(path: Path) -> bytes | None:
    try:
        data = path.read_bytes()
        if not _is_private(path.parent):
            return None
        # Those used last are kept longest.
        os.utime(path)
    except OSError:
        return None
    code = data[_DIGEST:]
    return code if digest(code) == data[:_DIGEST] else None


def _write(path: Path, code: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _is_private(path.parent):
        return
    # Named here: `tempfile` takes four milliseconds to import.
    temporary = path.with_name(f"{path.stem[:16]}-{os.getpid()}-{os.urandom(8).hex()}{_UNFINISHED}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    file = os.open(temporary, flags, 0o600)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(digest(code) + code)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    # Names are digests: which write looks is as good as chance, without a state to keep.
    if int(path.name[:8], 16) % _LOOK_EVERY == 0 or len(code) * _LOOK_EVERY > MAX_BYTES:
        _bound(path.parent)


def _bound(folder: Path) -> None:
    rows: list[tuple[float, int, str]] = []
    with os.scandir(folder) as found:
        for entry in found:
            if entry.name.endswith((_SUFFIX, _UNFINISHED)):
                with suppress(OSError):
                    status = entry.stat()
                    rows.append((status.st_mtime, status.st_size, entry.path))
    total = sum(size for _, size, _ in rows)
    if total <= MAX_BYTES:
        return
    for _, size, path in sorted(rows):
        if total <= MAX_BYTES:
            return
        with suppress(OSError):
            os.unlink(path)
        total -= size
