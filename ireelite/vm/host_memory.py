"""Whether the host has the memory that a program asks for, found out before it is taken.

An operating system may promise more than it has and end the process later; so what is large is
compared with what is there.
"""

from __future__ import annotations

from ireelite.status import StatusCode, StatusError

MIN_CHECKED_BYTES = 1 << 26
"""Bytes from which on it pays to ask."""

_GROUP = "/sys/fs/cgroup/memory."


def require(length: int, what: str) -> None:
    """Raises RESOURCE_EXHAUSTED if there are not `length` bytes to be had for `what`."""
    if length < MIN_CHECKED_BYTES:
        return
    available = available_bytes()
    if length > available:
        raise StatusError(
            StatusCode.RESOURCE_EXHAUSTED,
            f"no memory for {what} of {length} bytes; the host has {available}",
        )


def available_bytes() -> int:
    """Returns how many bytes the host, or the group that this process is limited with, can still
    give.

    Where neither says, half of the address space of a 64-bit process.
    """
    found = [1 << 46]
    for line in _read("/proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            found.append(int(line.split()[1]) * 1024)
    limit, used = _read(f"{_GROUP}max").strip(), _read(f"{_GROUP}current").strip()
    if limit.isdecimal() and used.isdecimal():
        found.append(max(int(limit) - int(used), 0))
    return min(found)


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except OSError:
        return ""
