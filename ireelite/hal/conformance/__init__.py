"""A conformance suite for HAL drivers: what each driver must do, in levels, with hints.

    from ireelite.hal import conformance
    conformance.check(MyDevice)          # a report: level by level, what holds and what does not

The levels build on one another, in the order in which a driver is written: memory, transfers,
dispatches, command buffers, fences and queues, failures, transients, stress. A run ends with the
first level that does not hold.
"""

from __future__ import annotations

from ireelite.hal.conformance.report import Report as Report
from ireelite.hal.conformance.runner import check as check
from ireelite.hal.conformance.runner import levels as levels
