"""`ireelite.runtime`: devices, memory, semaphores, fences, command buffers, DLPack."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ireelite import runtime as rt
from ireelite.runtime import system_setup

HOST = rt.MemoryType.HOST_LOCAL | rt.MemoryType.DEVICE_VISIBLE
DEVICE = (rt.MemoryType.DEVICE_LOCAL, rt.BufferUsage.DEFAULT)


@pytest.fixture
def allocator(device):
    return device.allocator


class TestDevices:
    def test_drivers(self):
        assert {"local-sync", "webgpu", "vulkan"} <= set(rt.query_available_drivers())
        driver = rt.get_driver("local-sync://")
        assert driver is rt.get_driver("local-sync")
        assert driver is not system_setup.create_hal_driver("local-sync")
        assert driver.query_available_devices() == [{"device_id": 0, "path": "", "name": "default"}]
        assert repr(driver) == "<HalDriver local-sync>"
        system_setup.clear_hal_driver_cache()
        assert driver is not rt.get_driver("local-sync")
        with pytest.raises(ValueError, match="no driver 'nowhere' registered"):
            rt.get_driver("nowhere")

    def test_devices(self):
        driver = rt.get_driver("local-sync")
        info = driver.query_available_devices()[0]
        for opened in (
            driver.create_device(info),
            driver.create_device(0),
            driver.create_default_device(),
        ):
            assert repr(opened) == "<HalDevice local-sync>"
        assert rt.get_device("local-sync") is rt.get_device("local-sync")
        assert rt.get_device("local-sync", cache=False) is not rt.get_device("local-sync")
        with pytest.raises(ValueError, match=r"Device id 5 not found\. Available devices"):
            driver.create_device(5)
        with pytest.raises(ValueError, match="local-sync has one device"):
            rt.get_device("local-sync://1")
        with pytest.raises(ValueError, match="one allocator a device"):
            driver.create_device(0, allocators=["caching"])
        with pytest.raises(ValueError, match="has no parameters"):
            driver.create_device(0, {"a": "b"})

    def test_the_first_that_can_be_opened(self, monkeypatch):
        device = rt.get_device("local-sync")
        assert rt.get_first_device(["nowhere", "local-sync"]) is device
        assert rt.get_first_device() is device
        monkeypatch.setenv("IREE_DEFAULT_DEVICE", "nowhere, local-sync")
        assert rt.get_first_device() is device
        monkeypatch.setenv("IREE_DEFAULT_DEVICE", "nowhere")
        with pytest.raises(ValueError, match="No device found from list"):
            rt.get_first_device()


class TestMemory:
    def test_buffers(self, allocator):
        buffer = allocator.allocate_buffer(*DEVICE, 13)
        assert buffer.byte_length() == 13
        assert buffer.memory_type() & rt.MemoryType.DEVICE_LOCAL
        assert buffer.allowed_usage() & rt.BufferUsage.MAPPING_SCOPED
        assert repr(buffer) == (
            "<HalBuffer 13 bytes (at offset 0 into 13), memory_type=DEVICE_LOCAL|HOST_VISIBLE, "
            "allowed_access=ALL, allowed_usage=TRANSFER|DISPATCH_STORAGE|MAPPING|"
            "MAPPING_PERSISTENT>"
        )
        mapped = buffer.map().asarray((13,), np.uint8)
        mapped[:] = 7
        buffer.fill_zero(2, 10)
        assert buffer.map().asarray((13,), np.uint8).tolist() == [7, 7, *[0] * 10, 7]
        with pytest.raises(IndexError, match="zero filling"):
            buffer.fill_zero(4, 10)
        with pytest.raises(ValueError, match="needs more than the 13 bytes"):
            buffer.map().asarray((4,), np.float32)
        assert buffer.ref.deref(rt.HalBuffer) == buffer
        with pytest.raises(ValueError, match="could not allocate buffer"):
            allocator.allocate_buffer(*DEVICE, -1)

    def test_views(self, allocator):
        buffer = allocator.allocate_buffer(*DEVICE, 13)
        view = rt.HalBufferView(buffer, (1, 2), rt.HalElementType.INT_16)
        assert (view.shape, view.byte_length) == ([1, 2], 4)
        assert view.element_type is rt.HalElementType.INT_16
        assert view.get_buffer() == buffer
        assert repr(view).startswith("<HalBufferView (1, 2), element_type=0x10000010, 13 bytes")
        assert view.ref.deref(rt.HalBufferView) == view
        opaque = buffer.create_view(rt.Shape([3]), 4)
        assert (opaque.element_type, opaque.byte_length) == (rt.HalElementType.OPAQUE_32, 12)
        with pytest.raises(ValueError, match="needs more than"):
            rt.HalBufferView(buffer, (4,), rt.HalElementType.FLOAT_32)

    def test_copies(self, allocator, device):
        array = np.arange(12, dtype=np.int32).reshape(3, 4).T
        view = allocator.allocate_buffer_copy(*DEVICE, device, array, rt.HalElementType.SINT_32)
        assert view.map().asarray(view.shape, np.int32).tolist() == array.tolist()
        plain = allocator.allocate_buffer_copy(*DEVICE, device, b"abc")
        assert bytes(plain.map().asarray((3,), np.uint8)) == b"abc"
        strided = allocator.allocate_buffer_copy(*DEVICE, device, memoryview(b"abcd")[::2])
        assert bytes(strided.map().asarray((2,), np.uint8)) == b"ac"
        staging = allocator.allocate_host_staging_buffer_copy(device, np.int32(7))
        assert staging.map().asarray((), np.int32) == 7

    def test_imports_share(self, allocator):
        storage = rt.VmBuffer(64, 64)
        buffer = allocator.import_host_allocation(storage, HOST, rt.BufferUsage.TRANSFER)
        storage[0] = 9
        assert buffer.map().asarray((64,), np.uint8)[0] == 9
        with pytest.raises(RuntimeError, match="cannot use this memory where it is"):
            allocator.import_host_allocation(rt.VmBuffer(64, 64)[1:], HOST, rt.BufferUsage.TRANSFER)

    def test_statistics(self, allocator):
        assert allocator.has_statistics
        buffer = allocator.allocate_buffer(*DEVICE, 100)
        assert (
            sum(allocator.statistics[f"{where}_bytes_peak"] for where in ("host", "device")) == 100
        )
        del buffer
        allocator.trim()
        assert (
            sum(allocator.statistics[f"{where}_bytes_freed"] for where in ("host", "device")) == 100
        )
        assert "HOST_LOCAL" in allocator.formatted_statistics

    def test_compatibility(self, allocator):
        compatible = allocator.query_buffer_compatibility(*DEVICE, rt.BufferUsage.DEFAULT, 1024)
        assert compatible & rt.BufferCompatibility.ALLOCATABLE
        assert compatible & rt.BufferCompatibility.IMPORTABLE


@pytest.mark.parametrize("member", list(rt.HalElementType))
def test_element_types(member):
    size = rt.HalElementType.dense_byte_count(member)
    if "4" in member.name.split("_")[1:2]:
        assert not rt.HalElementType.is_byte_aligned(member) and size == 1
        return
    assert rt.HalElementType.is_byte_aligned(member)
    if member.name.startswith(("NONE", "OPAQUE")):
        with pytest.raises(ValueError, match="no dtype"):
            rt.HalElementType.map_to_dtype(member)
    else:
        assert rt.HalElementType.map_to_dtype(member).itemsize == size


class TestTimelines:
    def test_semaphores(self, device):
        semaphore = device.create_semaphore(1)
        assert (semaphore.query(), semaphore.wait(1), semaphore.wait(2, timeout=0)) == (
            1,
            True,
            False,
        )
        semaphore.signal(2)
        assert semaphore.wait(2, deadline=0)
        with pytest.raises(ValueError, match="signaling semaphore: INVALID_ARGUMENT"):
            semaphore.signal(2)
        semaphore.fail("TEST")
        with pytest.raises(RuntimeError, match=r"^synchronous semaphore failure: UNKNOWN; TEST"):
            semaphore.wait(3, deadline=0)
        with pytest.raises(RuntimeError, match="querying semaphore: UNKNOWN; TEST"):
            semaphore.query()
        with pytest.raises(ValueError, match="exclude each other"):
            semaphore.wait(1, timeout=0, deadline=0)
        assert semaphore.ref.deref(rt.HalSemaphore) == semaphore

    def test_fences(self, device):
        first, second = device.create_semaphore(0), device.create_semaphore(0)
        fence = rt.HalFence(1)
        fence.insert(first, 1)
        fence.insert(first, 2)
        assert fence.timepoint_count == 1
        with pytest.raises(RuntimeError, match="its capacity is 1"):
            fence.insert(second, 1)
        joined = rt.HalFence.join([fence, rt.HalFence.create_at(second, 3)])
        assert joined.timepoint_count == 2
        assert not joined.wait(deadline=0)
        joined.signal()
        assert joined.wait() and (first.query(), second.query()) == (2, 3)
        roomy = rt.HalFence(2)
        roomy.extend(joined)
        assert roomy.timepoint_count == 2
        assert fence.ref.deref(rt.HalFence) == fence != roomy

    def test_a_fence_that_fails_while_one_waits(self, device):
        fence = rt.HalFence.create_at(device.create_semaphore(0), 1)
        threading.Timer(0.05, lambda: fence.fail("TEST")).start()
        with pytest.raises(RuntimeError, match=r"^a?synchronous fence failure: UNKNOWN; TEST"):
            fence.wait()

    def test_futures(self, device):
        semaphore, failing = device.create_semaphore(0), device.create_semaphore(0)

        async def run(bridge):
            future = bridge.on_semaphore(semaphore, 1, "reached")
            threading.Timer(0.02, lambda: semaphore.signal(1)).start()
            assert await future == "reached"
            assert await bridge.on_semaphore(semaphore, 1, "before") == "before"
            future = bridge.on_semaphore(failing, 1, None)
            failing.fail("TEST")
            with pytest.raises(RuntimeError, match="semaphore failed: UNKNOWN; TEST"):
                await future
            bridge.stop()
            with pytest.raises(RuntimeError, match="has been stopped"):
                bridge.on_semaphore(semaphore, 1, None)

        def whole() -> None:
            loop = asyncio.new_event_loop()
            loop.run_until_complete(run(rt.HalDeviceLoopBridge(device, loop)))
            loop.close()

        # on a thread that has no loop yet, whatever ran before this test
        with ThreadPoolExecutor(1) as thread:
            thread.submit(whole).result()


class TestQueues:
    def test_copies_follow_fences(self, device, allocator):
        source = allocator.allocate_buffer_copy(*DEVICE, device, b"abcd")
        target = allocator.allocate_buffer(*DEVICE, 6)
        semaphore = device.create_semaphore(0)
        device.queue_copy(source, target, [(semaphore, 1)], [(semaphore, 2)])
        assert bytes(target.map().asarray((4,), np.uint8)) == bytes(4)
        semaphore.signal(1)
        assert semaphore.wait(2)
        assert bytes(target.map().asarray((6,), np.uint8)) == b"abcd\0\0"
        with pytest.raises(ValueError, match="length must be less than"):
            device.queue_copy(target, source, [], [])

    def test_transients(self, device):
        semaphore = device.create_semaphore(0)
        at = rt.HalFence.create_at
        buffer = device.queue_alloca(1024, at(semaphore, 0), at(semaphore, 1))
        assert buffer.byte_length() == 1024
        device.queue_dealloca(buffer, at(semaphore, 1), at(semaphore, 2))
        assert semaphore.wait(2)

    def test_command_buffers(self, device, allocator):
        source = allocator.allocate_buffer_copy(*DEVICE, device, b"abcdefgh")
        target = allocator.allocate_buffer(*DEVICE, 8)
        commands = rt.HalCommandBuffer(device)
        with pytest.raises(RuntimeError, match="FAILED_PRECONDITION"):
            commands.begin()
        commands.fill(target, np.int16(0x2121))
        commands.copy(source, target, 2, 4, 3, end=True)
        with pytest.raises(RuntimeError, match="FAILED_PRECONDITION"):
            commands.end()
        for value in (1, 2):
            semaphore = device.create_semaphore(0)
            device.queue_execute(commands, [], [(semaphore, value)])
            assert semaphore.wait(value)
        assert bytes(target.map().asarray((8,), np.uint8)) == b"!!!!cde!"

    def test_command_buffers_misused(self, device, allocator):
        target = allocator.allocate_buffer(*DEVICE, 8)
        commands = rt.HalCommandBuffer(device, begin=False)
        with pytest.raises(RuntimeError, match="not in a recording state"):
            commands.fill(target, np.int8(1))
        commands.begin()
        with pytest.raises(ValueError, match="fill patterns must be 1, 2, or 4 bytes"):
            commands.fill(target, np.int64(1))
        with pytest.raises(IndexError, match="copy command: OUT_OF_RANGE"):
            commands.copy(target, target, 4, 6)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "uint64", "bool"])
def test_dlpack(device, allocator, dtype):
    array = np.array([[1, 0, 3], [4, 5, 6]], dtype)
    view = rt.asdevicearray(device, array)._buffer_view
    shared = view.map().asarray(array.shape, dtype)
    imported = device.from_dlpack_capsule(shared.__dlpack__())
    shared[0, 0] = 0

    class Producer:
        def __dlpack__(self, **options):
            return device.create_dlpack_capsule(imported, 1, 0)

        def __dlpack_device__(self):
            return 1, 0

    assert np.from_dlpack(Producer()).tolist() == shared.tolist()
    with pytest.raises(ValueError, match="only host memory"):
        device.create_dlpack_capsule(imported, 2, 0)
