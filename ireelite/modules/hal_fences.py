"""`hal.fence.*`: fences that programs create, signal and wait for."""

from __future__ import annotations

from ireelite.hal.device import Device
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.modules.hal_arguments import HalContext, check_fences, checked
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.vm.native import vm_export
from ireelite.vm.running_meters import running_meter


class FenceFunctions(HalContext):
    """Fences."""

    @vm_export("fence.create", "0rI_r")
    def fence_create(self, device: Device, flags: int) -> Fence:
        """Returns a fence of a new semaphore: 1 is still to be signalled."""
        semaphore = Semaphore()
        if self.recording is not None:
            self.recording.new_timeline(semaphore)
        return Fence([(semaphore, 1)])

    @vm_export("fence.join", "0ICrD_r")
    def fence_join(self, flags: int, fences: list[Fence | None]) -> Fence | None:
        """Returns the union of fences; null if all are."""
        for fence in fences:
            check_fences(fence, None)
        return Fence.joined(fences)

    @vm_export("fence.query", "0r_i")
    def fence_query(self, fence: Fence | None) -> int:
        """Returns OK, DEFERRED, or the code of the failure."""
        return 0 if fence is None else int(checked(fence, Fence).query())

    @vm_export("fence.signal", "0r_v")
    def fence_signal(self, fence: Fence | None) -> None:
        """Signals from the host."""
        if fence is None:
            return
        if self.recording is not None:
            self.recording.know(checked(fence, Fence))
        checked(fence, Fence).signal()

    @vm_export("fence.fail", "0ri_v")
    def fence_fail(self, fence: Fence | None, status: int) -> None:
        """Fails from the host."""
        if fence is None:
            return
        try:
            code = StatusCode(status)
        except ValueError:
            raise invalid_argument(f"{status} is not a status code") from None
        failure = StatusError(code, "fence failed by the program")
        if self.recording is not None:
            self.recording.know(checked(fence, Fence))
        checked(fence, Fence).fail(failure)

    @vm_export("fence.await", "0iICrD_i")
    def fence_await(self, timeout: int, flags: int, fences: list[Fence | None]) -> int:
        """Blocks. Returns DEADLINE_EXCEEDED after `timeout` ms, or at the deadline of the call; a
        failed fence raises what it failed with.
        """
        fence = fences[0] if len(fences) == 1 else self.fence_join(0, fences)
        check_fences(fence, None)
        if fence is None or (self.recording is None and fence.reached()):
            return 0
        seconds = None if timeout < 0 else timeout / 1000
        if (meter := running_meter()) is not None and (left := meter.seconds_left()) is not None:
            seconds = left if seconds is None else min(seconds, left)
        if self.recording is None:
            reached = fence.wait(seconds)
        else:
            with self.recording.waiting(fence):
                reached = fence.wait(seconds)
        return 0 if reached else int(StatusCode.DEADLINE_EXCEEDED)
