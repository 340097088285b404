"""Memory of WebGPU devices: blocks and bind groups are used again, and only when nothing uses them."""

import numpy as np
import pytest

import ireelite
from ireelite.hal.drivers import webgpu_groups
from ireelite.hal.drivers.webgpu_memory import MAX_KEPT, MIN_COUNTED, GpuMemory
from ireelite.linking import open_device

pytestmark = pytest.mark.webgpu

PROGRAM = """
func.func @main(%a: tensor<8x8xf32>, %b: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0]
    : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = stablehlo.dot_general %0, %b, contracting_dims = [1] x [0]
    : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  return %1 : tensor<8x8xf32>
}
"""


@pytest.fixture
def memory() -> GpuMemory:
    """Memory whose handles are the numbers of bytes."""
    return GpuMemory(lambda size: size, 1 << 40)


def test_a_block_is_handed_out_again_when_nothing_refers_to_it(memory):
    first = memory.block(1000, zeroed=False)
    second = memory.block(1000, zeroed=False)
    assert first is not second
    number = first.number
    del first
    assert memory.block(1000, zeroed=False).number == number
    assert memory.block(1000, zeroed=True).number not in (number, second.number)


def test_the_oldest_blocks_go_when_too_much_is_kept(memory):
    gone: list[int] = []
    blocks = [memory.block(MAX_KEPT // 4, zeroed=False) for _ in range(5)]
    for block in blocks:
        block.forget = lambda number=block.number: gone.append(number)
    numbers = [block.number for block in blocks]
    del block, blocks
    assert gone == numbers[:1]
    memory.trim()
    assert gone == numbers


def test_small_blocks_count_for_what_a_buffer_costs(memory):
    blocks = [memory.block(64, zeroed=False) for _ in range(3)]
    assert memory._kept == 3 * MIN_COUNTED
    del blocks


def test_the_high_water_mark_is_of_what_was_reserved(memory):
    """Small blocks count for more than their size only where the limit is concerned."""
    before = memory.statistics()
    blocks = [memory.block(size, zeroed=False) for size in (64, 1000, 1 << 16)]
    sizes = sum(block.size for block in blocks)
    for freed in (False, True):
        if freed:
            del blocks
        now = memory.statistics()
        assert now.reserved == now.high_water == before.reserved + sizes
        assert now.in_use == (0 if freed else sizes)
    memory.trim()
    again = memory.block(64, zeroed=False)
    now = memory.statistics()
    assert now.reserved == now.in_use == now.high_water == again.size


@pytest.fixture
def module():
    return ireelite.load(
        ireelite.compile(PROGRAM, targets=["vulkan-spirv"], progress=False), device="webgpu"
    )


def test_replayed_calls_compute_with_their_own_arguments(module):
    random = np.random.default_rng(3)
    kept: list[tuple[np.ndarray, np.ndarray]] = []
    for _ in range(8):
        a, b = random.integers(-4, 4, (2, 8, 8)).astype(np.float32)
        kept.append((module.main(a, b), a @ b @ b))
    for result, expected in kept:
        np.testing.assert_array_equal(result, expected)


def test_bind_groups_go_with_the_memory_that_they_bind(module):
    groups = module.device.gpu.groups
    module.device.trim()
    before = set(groups._groups)
    a, b = np.ones((2, 8, 8), np.float32)
    module.main(a, b)
    added = set(groups._groups) - before
    assert added
    module.device.trim()
    assert not added & set(groups._groups)
    numbers = {number for key in groups._groups for number in key[1::3]}
    assert {number for number, keys in groups._keys.items() if keys} == numbers


def test_many_bind_groups_are_dropped(module, monkeypatch):
    monkeypatch.setattr(webgpu_groups, "MAX_GROUPS", 1)
    a, b = np.eye(8, dtype=np.float32), np.full((8, 8), 2, np.float32)
    for _ in range(4):
        np.testing.assert_array_equal(module.main(a, b), b @ b)
    assert len(module.device.gpu.groups._groups) == 1


@pytest.mark.parametrize("is_mapped", [False, True])
def test_an_interrupted_read_leaves_the_device_usable(is_mapped, monkeypatch):
    """The buffer that was being mapped is not used again, which would abort the process."""
    device = open_device("webgpu")
    buffer = device.allocator.upload(48, 0xC03, b"12345678")
    assert bytes(buffer.read()) == b"12345678"
    kind = type(device.gpu.create_storage(4))
    map_async = kind.map_async

    def interrupted(self, *arguments):
        promise = map_async(self, *arguments)
        if is_mapped:
            promise.sync_wait()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(kind, "map_async", interrupted)
        for read in (buffer.read, lambda: buffer.write(1, b"x")):
            with pytest.raises(KeyboardInterrupt):
                read()
            assert device.gpu._staging is None
    buffer.write(1, b"x")
    assert bytes(buffer.read()) == b"1x345678"
