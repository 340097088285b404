"""Files are written whole or not at all, whatever their names lead to."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ireelite import files
from ireelite.files import is_file, write_all, write_whole
from ireelite.status import StatusCode, StatusError

ROOT = Path(__file__).resolve().parents[3]


def refused(path, code: str) -> str:
    with pytest.raises(StatusError) as caught:
        write_whole(path, b"new")
    assert caught.value.code is StatusCode[code]
    return caught.value.message


def test_a_new_file_has_the_mode_that_the_user_asks_for(tmp_path):
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "file", b"data")
    finally:
        os.umask(before)
    assert (tmp_path / "file").read_bytes() == b"data"
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o2664])
def test_the_mode_of_a_file_stays(tmp_path, mode):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(mode)
    write_whole(path, b"new")
    assert path.read_bytes() == b"new" and stat.S_IMODE(path.stat().st_mode) == mode


def test_a_link_stays_and_its_target_is_replaced(tmp_path):
    (tmp_path / "folder").mkdir()
    target, link, chain = tmp_path / "folder" / "target", tmp_path / "link", tmp_path / "chain"
    link.symlink_to("folder/target")
    chain.symlink_to(link)
    for data in (b"first", b"second"):  # the first time, the links lead nowhere yet
        write_whole(chain, data)
        assert target.read_bytes() == data
        assert os.readlink(link) == "folder/target" and os.readlink(chain) == str(link)
    assert os.listdir(tmp_path / "folder") == ["target"]


class FullDisk:
    """A file of a disk without room."""

    def __init__(self, handle: int, mode: str):
        self._handle = handle

    def write(self, data: bytes) -> None:
        os.write(self._handle, bytes(data[: len(data) // 2]))
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def __enter__(self):
        return self

    def __exit__(self, *raised: object) -> None:
        os.close(self._handle)


@pytest.mark.parametrize("old", [b"old", None])
def test_a_full_disk_leaves_the_old_file_or_none(tmp_path, monkeypatch, old):
    path = tmp_path / "file"
    if old is not None:
        path.write_bytes(old)
    monkeypatch.setattr(files.os, "fdopen", FullDisk)
    assert refused(path, "UNAVAILABLE") == f"can't write '{path}': No space left on device"
    monkeypatch.undo()
    assert os.listdir(tmp_path) == ([] if old is None else ["file"])
    assert old is None or path.read_bytes() == old


def test_a_failure_before_the_end_changes_none_of_several_files(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(StatusError, match="can't write"):
        write_all({path: b"new", tmp_path / "nowhere" / "file": b"new"})
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["file"]


def test_an_interruption_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupted(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "file", b"new")
    assert os.listdir(tmp_path) == []


def test_what_cannot_be_written_says_why(tmp_path):
    long = tmp_path / ("n" * 300)
    assert refused(long, "INVALID_ARGUMENT") == f"can't write '{long}': File name too long"
    assert refused(tmp_path, "FAILED_PRECONDITION") == f"can't write '{tmp_path}': Is a directory"
    assert refused(tmp_path / "no" / "file", "NOT_FOUND").endswith("No such file or directory")
    assert refused("nul\0byte", "INVALID_ARGUMENT").endswith("the path holds a NUL byte")
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert refused(loop, "UNAVAILABLE").endswith("Too many levels of symbolic links")


def test_a_file_that_may_not_be_written_stays(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(files.os, "access", lambda path, mode: False)
    assert refused(path, "PERMISSION_DENIED").endswith("Permission denied")
    assert path.read_bytes() == b"old"


def test_a_name_of_the_greatest_length(tmp_path):
    path = tmp_path / ("n" * 255)
    assert write_whole(path, b"data") == path and path.read_bytes() == b"data"


def test_devices_and_pipes_are_written_in_place(tmp_path):
    write_whole(os.devnull, b"data")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, b"data" * 50_000)
    reader.join(10)
    assert read == [b"data" * 50_000] and stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
@pytest.mark.parametrize("target", ["pipe", "file"])
def test_what_a_process_has_open_is_written_where_it_is(tmp_path, name, target):
    program = (
        "import sys; from ireelite.files import write_whole; print('before', flush=True); "
        f"write_whole({name!r}, b'data'); print(' after')"
    )
    command = [sys.executable, "-c", program]
    if target == "pipe":
        printed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    else:
        with (tmp_path / "out").open("wb") as out:
            subprocess.run(command, cwd=ROOT, stdout=out, check=True)
        printed = (tmp_path / "out").read_bytes()
    assert printed == b"before\ndata after\n"
    assert os.listdir(tmp_path) in ([], ["out"])


def test_paths_that_cannot_exist_are_no_files(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    assert is_file(tmp_path / "file")
    for path in (tmp_path, tmp_path / ("n" * 300), "nul\0byte", tmp_path / "file" / "in", ""):
        assert not is_file(path)
