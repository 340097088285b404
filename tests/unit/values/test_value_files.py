"""Tensors in files, held to NumPy's own reading and writing."""

import io

import numpy as np
import pytest

from ireelite.element_types import from_numpy
from ireelite.status import StatusCode, StatusError
from ireelite.value_files import InputFiles, OutputFiles, npy_bytes, read_npy
from ireelite.values import TensorValue, format_tensor

ARRAYS = [
    np.arange(6, dtype=np.float32).reshape(2, 3),
    np.array([True, False]),
    np.array(3.5),
    np.zeros((2, 0, 3), np.int8),
    np.array([1, 2**40], np.int64),
    np.array([1, 65535], np.uint16),
    np.array([0.5, np.inf], np.float16),
    np.array([1 + 2j], np.complex64),
]


def value_of(array):
    return TensorValue(array.shape, from_numpy(array.dtype.name), array.tobytes())


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype}{a.shape}")
def test_npy_is_numpys(array, tmp_path):
    stream = io.BytesIO()
    np.save(stream, array)
    assert npy_bytes(value_of(array)) == stream.getvalue()
    (tmp_path / "a.npy").write_bytes(stream.getvalue())
    files = InputFiles()
    (value,) = files.read(f"@{tmp_path}/a.npy")
    files.close()
    assert value.shape == array.shape and bytes(value.data) == array.tobytes()


def test_several_arrays_in_one_file(tmp_path):
    path = tmp_path / "all.npy"
    path.write_bytes(b"".join(npy_bytes(value_of(array)) for array in ARRAYS[:3]))
    files = InputFiles()
    printed = [
        format_tensor(v) for text in (f"@{path}", f"+{path}", f"+{path}") for v in files.read(text)
    ]
    assert printed == ["2x3xf32=[0 1 2][3 4 5]", "2xi1=01 00", "f64=3.5"]
    assert [format_tensor(v) for v in files.read(f"*{path}")] == printed
    with pytest.raises(StatusError, match="end-of-file encountered during read"):
        files.read(f"+{path}")
    files.close()


def test_raw_files(tmp_path):
    path = tmp_path / "x.bin"
    path.write_bytes(np.arange(4, dtype=np.float32).tobytes())
    files = InputFiles()
    assert format_tensor(files.read(f"2xf32=@{path}")[0]) == "2xf32=0 1"
    assert format_tensor(files.read(f"2xf32=+{path}")[0]) == "2xf32=2 3"
    with pytest.raises(StatusError, match="OUT_OF_RANGE"):
        files.read(f"5xf32=@{path}")
    files.close()


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.asfortranarray(np.zeros((2, 3))), "UNIMPLEMENTED; fortran order arrays not supported"),
        (np.array([1], ">i4"), "UNIMPLEMENTED; big-endian data type '>i4' unsupported"),
        (np.array(["a"]), "UNIMPLEMENTED; unsupported data type U"),
        (np.zeros(1, [("a", "f4")]), "UNIMPLEMENTED; unsupported data type"),
    ],
)
def test_unusual_arrays_are_refused(array, message, tmp_path):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(StatusError) as error:
        InputFiles().read(f"@{tmp_path}/a.npy")
    assert message in str(error.value)


def test_damaged_files(tmp_path):
    path = tmp_path / "a.npy"
    for content in (b"not an array", b"\x93NUMPY\x01\x00\x05\x00{'de\n"):
        path.write_bytes(content)
        with pytest.raises(StatusError) as error:
            InputFiles().read(f"@{path}")
        assert error.value.code == StatusCode.DATA_LOSS


def test_nothing_is_written_before_commit(tmp_path):
    path = tmp_path / "out.bin"
    outputs = OutputFiles()
    outputs.write(f"@{path}", value_of(ARRAYS[0]))
    outputs.write(f"+{path}", value_of(ARRAYS[1]))
    assert not path.exists()
    outputs.commit()
    assert path.read_bytes() == ARRAYS[0].tobytes() + b"\x01\x00"
    more = OutputFiles()
    more.write(f"+{path}", value_of(ARRAYS[1]))
    more.commit()
    assert path.stat().st_size == 28


def test_outputs_are_written_whole_or_not_at_all(tmp_path):
    kept, appended = tmp_path / "kept.bin", tmp_path / "log.bin"
    kept.write_bytes(b"old")
    kept.chmod(0o600)
    appended.write_bytes(b"before ")
    value = value_of(np.array([1, 2, 3, 4], np.int8))
    failing = OutputFiles()
    for text in (f"@{kept}", f"+{appended}", f"@{tmp_path / 'no' / 'folder.bin'}"):
        failing.write(text, value)
    with pytest.raises(StatusError, match=r"NOT_FOUND; can't write '.*folder.bin': No such file"):
        failing.commit()
    assert (kept.read_bytes(), appended.read_bytes()) == (b"old", b"before ")
    files = OutputFiles()
    for text in (f"@{kept}", f"+{appended}", f"+{appended}"):
        files.write(text, value)
    files.commit()
    data = bytes([1, 2, 3, 4])
    assert (kept.read_bytes(), appended.read_bytes()) == (data, b"before " + data + data)
    assert kept.stat().st_mode & 0o777 == 0o600 and len(list(tmp_path.iterdir())) == 2


def with_header(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode() + bytes(64)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("(4611686018427387904,)", "OUT_OF_RANGE; end-of-file encountered"),
        ("(99999999999999999999999,)", "OUT_OF_RANGE; end-of-file encountered"),
        ("(2.5,)", r"DATA_LOSS; damaged .npy header: the shape is \(2.5,\)"),
        ("('a',)", "DATA_LOSS; damaged .npy header: the shape is"),
        ("((1,),)", "DATA_LOSS; damaged .npy header: the shape is"),
        ("(-3,)", "DATA_LOSS; damaged .npy header: the shape is"),
        ("5", "DATA_LOSS; damaged .npy header"),
        ("-" * 5000 + "1", "DATA_LOSS; damaged .npy header"),
    ],
)
def test_a_header_of_an_impossible_shape(header, words):
    data = with_header(f"{{'descr': '<f4', 'fortran_order': False, 'shape': {header}}}")
    with pytest.raises(StatusError, match=words):
        read_npy(io.BytesIO(data))
