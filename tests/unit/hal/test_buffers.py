"""Buffers, views and allocators, on both devices."""

import pytest

from ireelite.hal.buffer import BufferView
from ireelite.hal.statistics import Statistics
from ireelite.memory_address import address_of
from ireelite.status import StatusCode, StatusError


def allocate(device, size):
    return device.allocator.allocate(48, 0xC03, size)


def test_new_memory_is_zero(device):
    for size in (0, 1, 7, 64, 1 << 15, 1 << 22):
        buffer = allocate(device, size)
        assert buffer.byte_length == size
        assert bytes(buffer.read()) == bytes(size)


def test_writes_of_any_offset_and_length(device):
    buffer = allocate(device, 16)
    for offset, data in ((0, b"abcd"), (5, b"xyz"), (15, b"!"), (16, b"")):
        buffer.write(offset, data)
    assert bytes(buffer.read()) == b"abcd\0xyz\0\0\0\0\0\0\0!"
    assert bytes(buffer.read(5, 3)) == b"xyz"


def test_ranges_are_checked(device):
    buffer = allocate(device, 16)
    for call in (
        lambda: buffer.read(12, 5),
        lambda: buffer.write(14, b"abc"),
        lambda: buffer.subspan(-1, 4),
        lambda: buffer.subspan(17, -1),
    ):
        with pytest.raises(StatusError) as error:
            call()
        assert error.value.code == StatusCode.OUT_OF_RANGE


def test_subspans_share_memory_and_know_their_root(device):
    buffer = allocate(device, 64)
    part = buffer.subspan(16, -1).subspan(4, 8)
    part.write(0, b"12345678")
    assert bytes(buffer.read(20, 8)) == b"12345678"
    assert part.root is buffer and part.byte_offset == 20
    assert buffer.subspan(0, 64) is buffer


def test_negative_and_enormous_sizes(device):
    with pytest.raises(StatusError, match="INVALID_ARGUMENT"):
        allocate(device, -1)
    with pytest.raises(StatusError, match="RESOURCE_EXHAUSTED"):
        allocate(device, 1 << 60)


def test_import_has_the_bytes(device):
    data = bytes(range(100))
    for start in range(4):
        buffer = device.allocator.import_data(16, 0xC03, memoryview(data)[start:])
        assert bytes(buffer.read()) == data[start:]


def test_statistics(device):
    device.allocator.statistics = statistics = Statistics()
    first = allocate(device, 100)
    second = allocate(device, 50)
    del first
    allocate(device, 10)
    heap = statistics.device_local
    assert (heap.allocated, heap.freed, heap.peak) == (160, 110, 150)
    del second
    assert heap.freed == 160
    assert (
        "150B peak /          160B allocated /          160B freed /            0B live"
        in statistics.report()
    )


def test_host_memory_is_aligned_and_imported_without_a_copy():
    from ireelite.hal.host_allocator import HostAllocator

    allocator = HostAllocator()
    for size in (1, 64, 65, 5000, 20000):
        buffer = allocator.allocate(48, 3, size)
        assert buffer.address % 64 == 0 == address_of(buffer.data) % 64
        assert address_of(buffer.data) == buffer.address
    constant = allocator.import_data(16, 3, allocator.allocate(48, 3, 64).data.toreadonly())
    assert constant.address == address_of(constant.data)
    with pytest.raises(StatusError, match="PERMISSION_DENIED"):
        constant.write(0, b"x")


def test_a_view_prints_its_shape(device):
    view = BufferView(allocate(device, 24), [2, 3], 0x21000020)
    assert repr(view) == "<hal.buffer_view 2x3xf32>"


def test_elements_of_no_bits_are_not_read(device):
    """A tensor of any size would fit into no bytes."""
    view = BufferView(allocate(device, 0), [1 << 40, 1 << 20], 0)
    with pytest.raises(StatusError, match=r"INVALID_ARGUMENT; element type .* has no bits"):
        view.contents()
