"""The cache of object code: hits, damage, its bound, its switch, and several processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ireelite.executables import code_cache
from ireelite.executables.code_cache import cached, clear, directory, entries
from ireelite.tools.code_cache import main


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("IREELITE_CACHE_DIR", str(tmp_path / "code"))
    monkeypatch.delenv("IREELITE_CACHE", raising=False)
    return tmp_path / "code"


def made(*parts, value=b"code"):
    """Whether `cached` had to make what is asked for."""
    calls = []
    assert cached(parts, lambda: calls.append(1) or value) == value
    return bool(calls)


def test_what_was_made_once_is_read(folder):
    assert made("a") and not made("a") and made("a", "") and made("b")
    assert [path.parent for path in entries()] == [folder] * 3
    assert folder.stat().st_mode & 0o777 == 0o700


def test_damaged_entries_are_made_again(folder):
    for damage in (lambda data: data[:-1], lambda data: b"", lambda data: data[:-1] + b"x"):
        made("a")
        (path,) = entries()
        path.write_bytes(damage(path.read_bytes()))
        assert made("a") and not made("a")


def test_what_make_raises_is_raised_and_not_kept(folder):
    with pytest.raises(ZeroDivisionError):
        cached(["a"], lambda: bytes([1 // 0]))
    assert made("a")


def test_the_cache_is_bounded(folder, monkeypatch):
    monkeypatch.setattr(code_cache, "MAX_BYTES", 500)
    for n in range(9):
        made(str(n), value=bytes(100))
    assert sum(path.stat().st_size for path in entries()) <= 500
    assert not made("8", value=bytes(100)) and made("0", value=bytes(100))


def test_the_switch_and_the_command(folder, monkeypatch, capsys):
    made("a")
    assert main([]) == 0 and "1 files, 36 of at most 268,435,456 bytes" in capsys.readouterr().out
    monkeypatch.setenv("IREELITE_CACHE", "0")
    assert directory() is None and made("a") and entries() == []
    assert main([]) == 0 and "IREELITE_CACHE switches the cache off" in capsys.readouterr().out
    monkeypatch.delenv("IREELITE_CACHE")
    assert main(["--clear"]) == 0 and "deleted 36 bytes" in capsys.readouterr().out
    assert made("a") and clear() == 36


def test_what_killed_processes_leave_is_deleted(folder, monkeypatch):
    made("a")
    (folder / "x.part").write_bytes(bytes(64))
    assert clear() == 100 and not list(folder.iterdir())
    made("a")
    (folder / "x.part").write_bytes(bytes(600))
    os.utime(folder / "x.part", (0, 0))
    monkeypatch.setattr(code_cache, "MAX_BYTES", 500)
    made("b", value=bytes(100))
    assert len(entries()) == 2 and not list(folder.glob("*.part"))


def test_the_command_names_files_that_it_cannot_delete(folder, monkeypatch, capsys):
    made("a")
    monkeypatch.setattr(Path, "unlink", lambda path: os.unlink(path / "none"))
    assert main(["--clear"]) == 1
    assert "1 files could not be deleted" in capsys.readouterr().err


def test_a_directory_that_others_may_write_to_is_not_used(folder):
    made("a")
    folder.chmod(0o777)
    assert made("a") and made("b")
    folder.chmod(0o700)
    assert not made("a") and made("b")


def test_a_place_that_cannot_be_written_is_no_error(folder, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("IREELITE_CACHE_DIR", str(tmp_path / "file" / "code"))
    assert made("a") and made("a")


def test_several_processes_at_once(folder):
    work = (
        "from ireelite.executables.code_cache import cached\n"
        "for turn in range(3):\n"
        "    for n in range(40):\n"
        "        assert cached([str(n)], lambda: bytes([n]) * 5000) == bytes([n]) * 5000\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", work]) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert len(entries()) == 40 and not list(folder.glob("*.part"))


def test_few_writes_look_at_all_entries(folder, monkeypatch):
    looks = []
    monkeypatch.setattr(code_cache, "_bound", looks.append)
    for number in range(1000):
        cached([str(number)], lambda: b"code")
    assert 0 < len(looks) < 50
    cached(["large"], lambda: bytes(1 << 23))
    assert looks[-1] == folder
