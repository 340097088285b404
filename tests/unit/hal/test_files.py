"""Queues read and write real files, when they get there."""

import os
from pathlib import Path

import pytest

from ireelite.hal.buffer import BufferUsage
from ireelite.hal.files import HostFile
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.modules.hal_queues import QueueFunctions
from ireelite.status import StatusError

USAGE = int(BufferUsage.DEFAULT | BufferUsage.MAPPING)
DATA = bytes(range(256)) * 40


def fence():
    return Fence([(Semaphore(), 1)])


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data.bin"
    path.write_bytes(DATA)
    return path


def test_a_queue_reads_when_it_gets_there(device, path):
    file, buffer = HostFile(path), device.allocator.allocate(48, USAGE, 1000)
    gate, done = fence(), fence()
    device.read(gate, done, file, 17, buffer, 3, 900)
    path.write_bytes(DATA[::-1])
    gate.signal()
    assert done.wait(30)
    assert bytes(buffer.read()) == bytes(3) + DATA[::-1][17:917] + bytes(97)


def test_a_queue_writes(device, path, tmp_path):
    buffer = device.allocator.upload(48, USAGE, DATA[:1000])
    for file in (HostFile(path, "r+"), HostFile(tmp_path / "new", "w", 2000)):
        device.write(None, done := fence(), buffer, 10, file, 101, 500)
        assert done.wait(30)
        written = Path(file.path).read_bytes()
        assert written[101:601] == DATA[10:510]
        assert file.byte_length == len(written)
    assert path.read_bytes()[601:] == DATA[601:]


def test_what_does_not_fit_is_refused(device, path):
    file, buffer = HostFile(path), device.allocator.allocate(48, USAGE, 100)
    for code, action in (
        ("OUT_OF_RANGE", lambda: device.read(None, None, file, len(DATA) - 50, buffer)),
        ("OUT_OF_RANGE", lambda: device.read(None, None, file, 0, buffer, 0, 101)),
        (
            "PERMISSION_DENIED; file is read-only",
            lambda: device.write(None, None, buffer, 0, file, 0),
        ),
        ("NOT_FOUND", lambda: HostFile(path.with_name("absent"))),
        (f"FAILED_PRECONDITION; .*'{path.parent}'", lambda: HostFile(path.parent)),
        ("FAILED_PRECONDITION", lambda: HostFile(path.parent, "w")),
        ("FAILED_PRECONDITION", lambda: HostFile(path / "below")),
        ("INVALID_ARGUMENT", lambda: HostFile("a\0b")),
        ("INVALID_ARGUMENT", lambda: HostFile(path.with_name("x" * 300))),
        ("INVALID_ARGUMENT", lambda: HostFile(path, "r+", -1)),
        ("INVALID_ARGUMENT", lambda: HostFile(path, "a")),
        ("INVALID_ARGUMENT", lambda: HostFile(path, "r", 10)),
    ):
        with pytest.raises(StatusError, match=code):
            action()
    for operation, rest in (
        (device.read, (file, 9**9, buffer)),
        (device.write, (buffer, 0, file, 0)),
    ):
        done = fence()
        with pytest.raises(StatusError):
            operation(None, done, *rest)
        assert done.failure is not None


def test_a_file_that_becomes_shorter_fails_the_read(device, path):
    file, buffer = HostFile(path), device.allocator.allocate(48, USAGE, 1000)
    gate, done = fence(), fence()
    device.read(gate, done, file, 500, buffer)
    os.truncate(path, 600)
    gate.signal()
    with pytest.raises(StatusError, match=r"DATA_LOSS; file .* ends at byte 600"):
        done.wait(30)


def test_a_file_that_is_closed_fails_what_still_needs_it(device, path):
    buffer = device.allocator.allocate(48, USAGE, 100)
    gate, read, written = fence(), fence(), fence()
    with HostFile(path, "r+") as file:
        device.read(gate, read, file, 0, buffer)
        device.write(gate, written, buffer, 0, file, 0)
    file.close()
    gate.signal()
    for done in (read, written):
        with pytest.raises(StatusError, match=r"FAILED_PRECONDITION; .*data.bin': it is closed"):
            done.wait(30)
    with pytest.raises(StatusError, match="FAILED_PRECONDITION"):
        device.read(None, None, file, 0, buffer)
    assert path.read_bytes() == DATA and repr(file).endswith("closed>")


def test_programs_take_real_files(device, path):
    queue = QueueFunctions([device])
    file, buffer = HostFile(path, "r+"), device.allocator.allocate(48, USAGE, 64)
    queue.device_queue_read(device, -1, None, read := fence(), file, 64, buffer, 0, 64, 0)
    queue.device_queue_write(device, -1, read, done := fence(), buffer, 0, file, 1, 64, 0)
    assert done.wait(30)
    assert path.read_bytes()[1:65] == DATA[64:128]
