"""How a workload becomes workgroups.

A workload counts invocations in x (the fastest dimension), y and z. There are two plans. In a
*grid* each dimension is divided by the workgroup's size, and an invocation's id is its place. Where
that gives more than the 65535 workgroups which a dispatch can have in one dimension, the plan is
*linear*: all invocations in one row, cut into rows of 65535 workgroups of which `y` counts the
number. Which plan it is follows from the workload and the workgroup's size alone, so a dispatch can
be counted from a compiled shader.
"""

from __future__ import annotations

from math import ceil, prod

from ireelite.light_dataclass import light_dataclass
from ireelite.status import StatusCode, StatusError

Size = tuple[int, int, int]

MAX_WORKGROUPS = 65535
"""Workgroups in one dimension of a dispatch (WebGPU's and Vulkan's common limit)."""

INVOCATIONS = 64
"""Invocations of a workgroup, unless an option says otherwise."""

FEW_INVOCATIONS = 31
"""Invocations that are a workgroup each: they do not fill one of a GPU's registers."""

MAX_INVOCATIONS = 1024
"""The most invocations that a workgroup can have."""


@light_dataclass(frozen=True)
class Grid:
    """The plan for one dispatch."""

    workload: Size
    local_size: Size
    counts: Size
    linear: bool

    @property
    def row(self) -> int:
        """Invocations in one row of a linear plan."""
        return self.counts[0] * self.local_size[0]

    def exact(self, dimension: int) -> bool:
        """Returns whether there are exactly as many invocations in a dimension as there is work."""
        return self.counts[dimension] * self.local_size[dimension] == self.workload[dimension]


def plan_grid(workload: Size, local_size: Size) -> Grid:
    """Returns the workgroups for a workload when a workgroup has `local_size` invocations."""
    x, y, z = (ceil(work / size) for work, size in zip(workload, local_size, strict=True))
    counts = x, y, z
    if max(counts) <= MAX_WORKGROUPS or local_size[1:] != (1, 1):
        return Grid(workload, local_size, counts, linear=False)
    groups = ceil(prod(workload) / local_size[0])
    across = min(groups, MAX_WORKGROUPS)
    return Grid(workload, local_size, (across, ceil(groups / across), 1), linear=True)


def choose_grid(workload: Size, wanted: Size | None) -> Grid:
    """Returns the plan for a workload, with the workgroup size that is wanted or else one that
    fits.

    Few invocations gain nothing by being one workgroup. Raises
    INVALID_ARGUMENT for a size that no device takes, RESOURCE_EXHAUSTED for a workload that does
    not fit into 32 bits.
    """
    if prod(workload) >= 1 << 31:
        raise StatusError(
            StatusCode.RESOURCE_EXHAUSTED,
            f"a workload of {workload} invocations does not fit into 32 bits",
        )
    size = wanted or _fitting_size(workload)
    if min(size) < 1 or prod(size) > MAX_INVOCATIONS:
        raise StatusError(
            StatusCode.INVALID_ARGUMENT,
            f"workgroup size {size} is not three positive numbers of product {MAX_INVOCATIONS} or "
            "less",
        )
    grid = plan_grid(workload, size)
    if max(grid.counts) > MAX_WORKGROUPS:
        grid = plan_grid(workload, (prod(size), 1, 1))
    return grid


def _fitting_size(workload: Size) -> Size:
    if prod(workload) <= FEW_INVOCATIONS:
        return 1, 1, 1
    x = min(workload[0], INVOCATIONS)
    y = min(workload[1], INVOCATIONS // x)
    return x, y, min(workload[2], INVOCATIONS // (x * y))
