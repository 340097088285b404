"""Statistics of an allocator's memory pool."""

from __future__ import annotations

from ireelite.light_dataclass import light_dataclass


@light_dataclass(frozen=True)
class PoolStatistics:
    """Sizes of a memory pool in bytes. `Device.trim` releases blocks that are reserved and not in
    use; those in use leave the pool, and are released with the last buffer that uses them.
    """

    reserved: int
    """Bytes of all blocks of the pool, including those in use."""
    in_use: int
    """Bytes of the blocks that buffers use."""
    high_water: int
    """Maximum number of bytes reserved at a time since the last trim."""

    def __repr__(self) -> str:
        return (
            f"<pool: {self.reserved} bytes reserved, {self.in_use} in use, "
            f"at most {self.high_water} reserved since the last trim>"
        )
