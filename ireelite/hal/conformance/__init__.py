"""A conformance suite for HAL drivers: checks in levels, each with a hint where to look on failure.

    from ireelite.hal import conformance
    conformance.check(MyDevice)          # a report of the checks of each level

The levels build on one another, in the order in which a driver is written: memory, transfers,
dispatches, command buffers, fences and queues, failures, transients, stress. A run ends after the
first level that fails.
"""

from __future__ import annotations

from ireelite.hal.conformance.report import Report as Report
from ireelite.hal.conformance.runner import check as check
from ireelite.hal.conformance.runner import levels as levels
