"""When Python looks for garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused(stays: bool = False) -> Iterator[None]:
    """Puts off garbage collection while code runs that makes thousands of objects and drops few in
    cycles, as imports and the loading of a module do: to look through them again and again takes a
    tenth of their time.

    With `stays`, for what is made once in a process and stays, all objects are of the oldest
    generation afterwards, so that only a full collection looks through them. Where collection is
    off, it stays off; it is on afterwards if it was on before, whatever other threads have called
    meanwhile.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        if stays and not gc.get_freeze_count():  # else what the program has frozen would be thawed
            gc.freeze()
            gc.unfreeze()
        gc.enable()
