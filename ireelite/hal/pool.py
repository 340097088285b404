"""What an allocator's pool of memory holds."""

from __future__ import annotations

from ireelite.light_dataclass import light_dataclass


@light_dataclass(frozen=True)
class PoolStatistics:
    """Bytes of a pool. `Device.trim` releases what is reserved and not in use."""

    reserved: int
    """Of the blocks that the pool has, those in use included."""
    in_use: int
    """Of the blocks that buffers have."""
    high_water: int
    """The most that was reserved at a time since the last trim."""

    def __repr__(self) -> str:
        return (
            f"<pool: {self.reserved} bytes reserved, {self.in_use} in use, "
            f"at most {self.high_water} reserved since the last trim>"
        )
