"""Parameters of programs: read from archives, safetensors and GGUF files and from arrays, in modules
of this compiler and of upstream's.
"""

import json
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite import runtime
from ireelite.parameters import Parameter, Splat, read_index, read_parameters, save_archive
from ireelite.status import StatusError
from ireelite.tools import run_module

PROGRAM = """
util.global private @w = #flow.parameter.named<"model"::"layer.w"> : tensor<4xf32>
util.global private mutable @b = #stream.parameter.named<"model"::"b"> : tensor<4xf32>
util.global private @mask = #flow.parameter.named<"mask"> : tensor<3xi8>
func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<3xi8>) {
  %w = util.global.load @w : tensor<4xf32>
  %b = util.global.load @b : tensor<4xf32>
  %mask = util.global.load @mask : tensor<3xi8>
  %0 = arith.mulf %x, %w : tensor<4xf32>
  %1 = arith.addf %0, %b : tensor<4xf32>
  util.global.store %1, @b : tensor<4xf32>
  %2 = arith.addi %mask, %mask : tensor<3xi8>
  return %1, %2 : tensor<4xf32>, tensor<3xi8>
}
"""
X = np.float32([1, 2, 3, 4])
W, B, MASK = np.float32([2, 3, 4, 5]), np.float32([1, 1, 1, 1]), np.int8([1, 2, 3])
ARRAYS = {"model": {"layer.w": W, "b": B}, "": {"mask": MASK}}
Y, TWICE = X * W + B, MASK * 2


def safetensors(path: Path, arrays: dict[str, np.ndarray]) -> None:
    header, at = {"__metadata__": {"format": "np"}}, 0
    for key, array in arrays.items():
        offsets = [at, at := at + array.nbytes]
        header[key] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": offsets}
    text = json.dumps(header).encode()
    data = b"".join(array.tobytes() for array in arrays.values())
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def gguf(path: Path, arrays: dict[str, np.ndarray]) -> None:
    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    pairs = text("general.name") + struct.pack("<I", 8) + text("test")
    pairs += text("general.alignment") + struct.pack("<II", 4, 64)
    pairs += text("ids") + struct.pack("<IIQ3i", 9, 5, 3, 1, 2, 3)
    pairs += text("words") + struct.pack("<IIQ", 9, 8, 1) + text("a")
    rows, data = b"", b""
    for key, array in arrays.items():
        kind = {"float32": 0, "int8": 24}[array.dtype.name]
        rows += text(key) + struct.pack("<IQIQ", 1, array.size, kind, len(data))
        data += array.tobytes().ljust(64, b"\0")
    head = b"GGUF" + struct.pack("<IQQ", 3, len(arrays), 4) + pairs + rows
    path.write_bytes(head + bytes(-len(head) % 64) + data)


@pytest.fixture
def files(tmp_path):
    """A file of each format, and one without a scope."""
    save_archive(tmp_path / "model.irpa", ARRAYS["model"])
    safetensors(tmp_path / "model.safetensors", ARRAYS["model"])
    gguf(tmp_path / "model.gguf", ARRAYS["model"])
    save_archive(tmp_path / "mask.irpa", ARRAYS[""])
    return tmp_path


@pytest.fixture(scope="module")
def program():
    return ireelite.compile(PROGRAM)


@pytest.mark.parametrize("device", ["local-sync", "local-task", "webgpu"])
def test_arrays_on_every_device(program, device):
    module = ireelite.load(program, device=device, parameters=ARRAYS, record=True)
    for turn in (1, 2):
        y, twice = module.main(X)
        np.testing.assert_array_equal(y, X * W * turn + B)
        np.testing.assert_array_equal(twice, TWICE)
    operations = [event.details.get("operation") for event in module.record.events]
    assert operations.count("parameters.load") > 1, "of each scope one submission"
    np.testing.assert_array_equal(program.interpret(X, parameters=ARRAYS)[0], Y)


@pytest.mark.parametrize("extension", ["irpa", "safetensors", "gguf"])
def test_files_of_each_format(program, files, extension):
    given = [f"model={files}/model.{extension}", files / "mask.irpa"]
    np.testing.assert_array_equal(ireelite.load(program, parameters=given).main(X)[0], Y)
    upstream = subprocess.run(
        [Path(sys.executable).with_name("iree-dump-parameters"), f"--parameters={given[0]}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "`layer.w`" in upstream and "2 entries, 32 total bytes" in upstream


def test_the_tool(program, files, capsys):
    path = program.save(files / "main.vmfb")
    common = [f"--module={path}", "--function=main", "--input=4xf32=1 2 3 4"]
    given = [f"--parameters=model={files}/model.irpa", f"--parameters={files}/mask.irpa"]
    for mode in ("file", "preload"):
        flags = [*common, *given, f"--parameter_mode={mode}"]
        assert run_module.main([*flags, "--expected_output=4xf32=3 7 13 21"]) == 1, "one output"
        expected = ["--expected_output=4xf32=3 7 13 21", "--expected_output=3xi8=2 4 6"]
        assert run_module.main([*flags, *expected]) == 0
    assert run_module.main([*common, given[1]]) == 1
    assert "--parameters=model=FILE" in capsys.readouterr().err


def test_modules_of_either_compiler_run_on_either_runtime(files):
    source = PROGRAM.replace("#stream.", "#flow.")  # upstream reads the other only after `flow`
    (files / "source.mlir").write_text(source)
    tools = Path(sys.executable)
    flags = ["--iree-hal-target-device=local", "--iree-hal-local-target-device-backends=vmvx"]
    theirs = files / "theirs.vmfb"
    subprocess.run(
        [tools.with_name("iree-compile"), *flags, files / "source.mlir", "-o", theirs], check=True
    )
    np.testing.assert_array_equal(ireelite.load(theirs, parameters=ARRAYS).main(X)[0], Y)
    ours = ireelite.compile(source, targets=["vmvx"]).save(files / "ours.vmfb")
    subprocess.run(
        [
            *(tools.with_name("iree-run-module"), f"--module={ours}", "--function=main"),
            *("--device=local-sync", "--input=4xf32=1 2 3 4"),
            *(f"--parameters=model={files}/model.irpa", f"--parameters={files}/mask.irpa"),
            *("--expected_output=4xf32=3 7 13 21", "--expected_output=3xi8=2 4 6"),
        ],
        check=True,
        capture_output=True,
    )


def test_splats_and_joined_archives(program, tmp_path):
    splats = {"layer.w": Parameter("layer.w", 16, Splat(np.float32(2).tobytes()))}
    save_archive(tmp_path / "a.irpa", splats)
    save_archive(
        tmp_path / "b.irpa", {"b": B, "wide": Parameter("wide", 32, Splat(bytes(range(16))))}
    )
    first, second = (bytearray((tmp_path / f"{n}.irpa").read_bytes()) for n in "ab")
    first[16:24] = struct.pack("<Q", len(first))
    (tmp_path / "both.irpa").write_bytes(first + second)
    index = read_index(tmp_path / "both.irpa")
    assert [p.key for p in index] == ["layer.w", "b", "wide"]
    assert index["wide"].read() == bytes(range(16)) * 2
    given = {"model": tmp_path / "both.irpa", "": {"mask": MASK}}
    np.testing.assert_array_equal(ireelite.load(program, parameters=given).main(X)[0], X * 2 + B)


def test_what_is_missing_is_named(program, files):
    with pytest.raises(StatusError, match="scope 'model'; give them with"):
        ireelite.load(program)
    words = r"scope 'model' has no parameter 'layer\.w'; known names: b, layer\.v"
    for use in (
        ireelite.load,
        lambda program, parameters: program.interpret(X, parameters=parameters),
    ):
        with pytest.raises(StatusError, match=words):
            use(program, parameters={**ARRAYS, "model": {"layer.v": W, "b": B}})
    with pytest.raises(
        StatusError, match="bytes 0 to 16 of parameter `b` are out of range: it has 8"
    ):
        ireelite.load(program, parameters={**ARRAYS, "model": {"layer.w": W, "b": B[:2]}})
    with pytest.raises(StatusError, match=r"global 'w' is parameter.*parameters="):
        program.interpret(X)
    with pytest.raises(StatusError, match=r"files end in \.irpa, \.safetensors or \.gguf"):
        ireelite.load(program, parameters="model=weights.npz")
    with pytest.raises(StatusError, match=r"NOT_FOUND; failed to open file 'none\.irpa'"):
        ireelite.load(program, parameters={"model": "none.irpa"})
    with pytest.raises(StatusError, match=r"scope 'layer\.w' are the path of a file or a mapping"):
        ireelite.load(program, parameters={"layer.w": W})


def test_values_of_any_layout_and_of_other_keys(tmp_path):
    empty, every_second = np.zeros((0, 4), np.float32), np.arange(8, dtype=np.uint8)[::2]
    other = Parameter("other", 4, Splat(b"\7"))
    values = {"empty": memoryview(empty), "strided": memoryview(every_second), "renamed": other}
    index = read_parameters({"": values})[""]
    assert [index[key].read() for key in values] == [b"", bytes([0, 2, 4, 6]), bytes([7] * 4)]
    runtime.save_archive_file({"empty": empty}, tmp_path / "empty.irpa")
    assert read_index(tmp_path / "empty.irpa")["empty"].read() == b""
    with pytest.raises(ValueError, match=r"'strided' is not contiguous; add numpy\.ascont"):
        runtime.ParameterIndex().add_buffer("strided", every_second)


@pytest.mark.parametrize("extension", ["irpa", "safetensors", "gguf"])
def test_damaged_files_are_errors(files, extension):
    path = files / f"model.{extension}"
    whole = path.read_bytes()
    used = whole.rstrip(b"\0")
    for length in range(0, len(used), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(StatusError, match="reading parameter file"):
            read_index(path)
    random = np.random.default_rng(0)
    for _ in range(300):
        changed = bytearray(whole)
        for at in random.integers(0, min(len(used), 400), 3):
            changed[at] = random.integers(256)
        path.write_bytes(changed)
        with suppress(StatusError):  # nothing else may be raised
            read_index(path)


def test_the_names_of_the_runtime(program, tmp_path):
    index = runtime.ParameterIndex()
    index.add_buffer("layer.w", W)
    index.add_splat("b", np.float32(1), 16)
    again = index.create_archive_file(str(tmp_path / "model.irpa"))
    entries = dict(again.items())
    assert (len(again), entries["b"].is_splat, entries["layer.w"].length) == (2, True, 16)
    runtime.save_archive_file(
        {"mask": MASK, "s": runtime.SplatValue(X[:1], [2, 2])}, tmp_path / "m.irpa"
    )
    loose = runtime.ParameterIndex()
    loose.load(str(tmp_path / "m.irpa"))
    config = runtime.Config("local-sync")
    parameters = runtime.create_io_parameters_module(
        config.vm_instance, again.create_provider("model"), loose.create_provider()
    )
    module = runtime.VmModule.copy_buffer(config.vm_instance, program.data)
    *_, main = runtime.load_vm_modules(parameters, module, config=config)
    np.testing.assert_array_equal(main.main(X)[0].to_host(), Y)
