"""Interface by which a semaphore reports its signals to an execution record."""

from __future__ import annotations

from typing import Protocol

from ireelite.status import StatusError


class TimelineLog(Protocol):
    """Log of one timeline. The semaphore calls it in the signalling thread, before the semaphore's
    state changes. `sender` is the log of the queue operation that signals; None for other code.
    """

    def signalled(self, value: int, sender: object | None) -> None:
        """Records that the timeline advances to `value`."""
        ...

    def failed(self, failure: StatusError, sender: object | None) -> None:
        """Records that the timeline fails."""
        ...
