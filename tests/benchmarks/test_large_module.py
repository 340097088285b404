"""Large constants are in memory once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite.hal.executable import HostExecutable
from ireelite.loaders.native import LoadedNativeExecutable
from ireelite.loaders.vmvx import VmvxExecutable
from ireelite.memory_address import address_of
from ireelite.vm.bytecode_module import BytecodeModule

SCRIPT = Path(__file__).with_name("large_module.py")
SIZE = 1 << 28


def run(*arguments: object) -> str:
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=["vmvx", "llvm-cpu"])
def backend(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def file(backend, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("large") / "large.vmfb"
    run("write", path, SIZE, backend)
    return path


def test_a_large_constant_is_in_memory_once(file):
    assert file.stat().st_size > SIZE
    assert file.stat().st_blocks * 512 < SIZE // 64, "the file is a hole"
    measured = json.loads(run("load", file, "ours"))
    assert measured["result"] == [7.0, 8.0, 9.0, 10.0]
    assert measured["resident"] < SIZE + SIZE // 64


@pytest.mark.parametrize("source", ["file", "bytes"])
def test_the_kernel_reads_the_constant_where_the_module_has_it(file, backend, monkeypatch, source):
    executable = {"vmvx": VmvxExecutable, "llvm-cpu": LoadedNativeExecutable}[backend]
    small = file.with_suffix(".small")
    if source == "file":
        module = BytecodeModule.from_file(small)
    else:
        module = BytecodeModule.from_bytes(small.read_bytes())
    constants = max((row.data for row in module.definition.rodata), key=len)
    given: list[int] = []
    prepare = executable.prepare

    def spying(self: HostExecutable, *arguments):
        run = prepare(self, *arguments)

        def spied(bindings):
            given.extend(buffer.address + offset for buffer, offset, _ in bindings)
            return run(bindings)

        return spied

    monkeypatch.setattr(executable, "prepare", spying)
    result = ireelite.load(module).pick(np.ones(4, np.float32))
    assert result.tolist() == [8.0, 9.0, 10.0, 11.0]
    assert address_of(constants) in given
