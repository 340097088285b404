"""The native container: equal in, equal out; anything else is one error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ireelite.executables.native import NativeEntryPoint, NativeExecutable
from ireelite.status import StatusCode, StatusError

EXECUTABLE = NativeExecutable(
    entry_points=(NativeEntryPoint("first", (16, 64, 2**40)), NativeEntryPoint("second", ())),
    object_code=b"\x7fELF and so on",
    cpu="znver5",
    features="+avx2,-amx-tile",
    llvm_ir="define void @first() { ret void }",
    triple="x86_64-unknown-linux-gnu",
)
DATA = EXECUTABLE.encode()


def test_round_trip():
    assert NativeExecutable.decode(DATA) == EXECUTABLE
    assert NativeExecutable.decode(DATA).encode() == DATA


def test_object_code_is_a_view_that_is_aligned():
    code = NativeExecutable.decode(memoryview(DATA)).object_code
    assert isinstance(code, memoryview)
    assert DATA.index(bytes(code)) % 16 == 0


def test_every_truncation_is_an_error():
    padding = len(DATA) - len(DATA.rstrip(b"\0"))
    for length in range(len(DATA) - padding):
        with pytest.raises(StatusError) as error:
            NativeExecutable.decode(DATA[:length])
        assert error.value.code == StatusCode.DATA_LOSS


@given(
    st.lists(st.tuples(st.integers(0, len(DATA) - 1), st.integers(0, 255)), min_size=1, max_size=6)
)
def test_damage_is_an_error_or_another_executable(changes):
    damaged = bytearray(DATA)
    for position, byte in changes:
        damaged[position] = byte
    try:
        NativeExecutable.decode(damaged).encode()
    except StatusError as error:
        assert error.code in (StatusCode.DATA_LOSS, StatusCode.INCOMPATIBLE)


@given(st.binary(max_size=200))
def test_noise_is_an_error(noise):
    with pytest.raises(StatusError):
        NativeExecutable.decode(noise)


def test_two_entry_points_of_one_name_are_refused():
    twice = NativeExecutable(
        entry_points=(NativeEntryPoint("same", ()), NativeEntryPoint("same", ())),
        object_code=b"",
        cpu="",
        features="",
        llvm_ir="",
        triple="",
    )
    with pytest.raises(StatusError, match="must have different names"):
        NativeExecutable.decode(twice.encode())


def test_the_format_needs_neither_numpy_nor_llvmlite():
    import subprocess
    import sys

    code = "import ireelite.executables.native, sys; print({'numpy', 'llvmlite', 'xdsl'} & set(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == "set()\n"
