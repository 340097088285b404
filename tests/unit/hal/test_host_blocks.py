"""Blocks of host memory are used again once nothing refers to them, and never before."""

import random
import threading

import numpy as np
import pytest

from ireelite.hal.host_blocks import (
    LARGEST_SMALL_BLOCK,
    MAX_KEPT,
    MAX_KEPT_OF_A_SIZE,
    HostMemory,
    rounded,
)
from ireelite.status import StatusError

SIZES = [0, 1, 16, 64, 4096, LARGEST_SMALL_BLOCK, LARGEST_SMALL_BLOCK + 1, 100_000, 1 << 21]


@pytest.mark.parametrize("size", SIZES)
def test_a_released_block_is_handed_out_again(size):
    memory = HostMemory()
    view, address = memory.block(size)
    assert len(view) == size and address % 64 == 0 and not any(view)
    view[:] = b"x" * size
    del view
    again, same = memory.block(size, zeroed=False)
    assert same == address and bytes(again) == b"x" * size
    del again
    assert not any(memory.block(size)[0])


@pytest.mark.parametrize("size", [8, LARGEST_SMALL_BLOCK, 100_000])
def test_a_block_that_a_part_refers_to_is_not(size):
    memory = HostMemory()
    view, address = memory.block(size)
    part = view[4:8].cast("i")
    del view
    others = [memory.block(size) for _ in range(10)]
    assert address not in [other for _, other in others]
    del part, others
    assert address in [memory.block(size)[1] for _ in range(11)]


def test_a_mapping_is_in_use_while_an_array_on_it_is():
    memory, length = HostMemory(), 1 << 16
    first = np.ndarray((length,), np.uint8, memory.mappings(length)())
    address = first.ctypes.data
    second = np.ndarray((length,), np.uint8, memory.mappings(length)())
    assert second.ctypes.data != address
    part = first[8:16]
    del first
    assert memory.block(length)[1] not in (address, second.ctypes.data)
    del part
    assert np.ndarray((length,), np.uint8, memory.mappings(length)()).ctypes.data == address


def test_sizes_are_rounded_by_an_eighth_at_most():
    for size in [*range(1, 3000), 16384, 16385, 1 << 20, (1 << 20) + 1]:
        assert size <= rounded(size) <= max(size + 63, size * 9 // 8) and rounded(size) % 64 == 0
    assert rounded(1 << 30) == 1 << 30


def test_what_is_kept_is_bounded_and_released_by_trim():
    memory = HostMemory()
    held = [memory.block(1024) for _ in range(2000)]
    assert memory.held <= 2 * MAX_KEPT_OF_A_SIZE
    # nothing is written to these: they are addresses without pages
    large = [memory.block(MAX_KEPT // 4 - 8) for _ in range(6)]
    assert memory.held <= MAX_KEPT + 2 * MAX_KEPT_OF_A_SIZE
    memory.block(MAX_KEPT + 1)
    for n, (view, _) in enumerate(held):
        view[:4] = n.to_bytes(4, "little")
    memory.trim()
    assert memory.held == 0
    del large
    assert [int.from_bytes(view[:4], "little") for view, _ in held] == list(range(2000))


def test_threads_never_get_one_block_twice():
    memory, failures = HostMemory(), []

    def work(seed):
        order, mine = random.Random(seed), {}
        for n in range(3000):
            view, _ = memory.block(order.choice([32, 700, 20_000]), zeroed=False)
            mark = (seed << 16 | n).to_bytes(4, "little")
            view[:4] = mark
            mine[n] = (view, mark)
            if len(mine) > 6:
                view, mark = mine.pop(order.choice(list(mine)))
                if bytes(view[:4]) != mark:
                    failures.append((seed, n))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_more_than_there_is_is_refused():
    with pytest.raises(StatusError, match="RESOURCE_EXHAUSTED"):
        HostMemory().block(1 << 62)
