"""Locks that survive a fork.

A process forked from one with threads has only the thread that forked; a lock that another thread
held then would stay held for ever.
"""

from __future__ import annotations

import os
import threading


def guard() -> threading.Lock:
    """A lock for as long as the process lives, that nobody holds in a forked process."""
    lock = threading.Lock()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(
            before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release
        )
    return lock
