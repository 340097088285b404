"""What a semaphore tells an execution record, if there is one."""

from __future__ import annotations

from typing import Protocol

from ireelite.status import StatusError


class TimelineLog(Protocol):
    """What a record keeps of one timeline. The timeline calls it in the thread that signals, before
    it changes; `sender` is the log of the queue operation that signals, if it is one."""

    def signalled(self, value: int, sender: object | None) -> None:
        """The timeline advances to `value`."""
        ...

    def failed(self, failure: StatusError, sender: object | None) -> None:
        """The timeline fails."""
        ...
