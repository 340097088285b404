"""TensorFlow graphs on every target and device, against what TensorFlow itself recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ireelite

DATA = Path(__file__).parents[2] / "notebooks" / "data"
TOLERANCE = 1e-5
BATCH = 16

CONFIGURATIONS = [
    pytest.param(("llvm-cpu",), "local-sync", id="native-on-local-sync"),
    pytest.param(("vmvx",), "local-sync", id="vmvx-on-local-sync"),
    pytest.param(("vulkan-spirv",), "webgpu", id="spirv-on-webgpu", marks=pytest.mark.webgpu),
    pytest.param(None, "local-sync", id="three-variants-on-local-sync"),
    pytest.param(None, "webgpu", id="three-variants-on-webgpu", marks=pytest.mark.webgpu),
]


def recorded(name: str) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Inputs and outputs of a graph, as TensorFlow recorded them."""
    arrays = np.load(DATA / f"{name}.npz")
    inputs = [arrays[k] for k in sorted(arrays) if k.startswith("input") and k[5:].isdigit()]
    outputs = [arrays[k] for k in sorted(arrays) if k.startswith("output") and k[6:].isdigit()]
    return inputs, outputs


EVERY_PROGRAM: dict[str, tuple[Any, str, list[np.ndarray]]] = {
    file: (DATA / file, Path(file).stem, recorded(Path(file).stem)[0])
    for file in ("simple_mul.pb", "simple_mul.pbtxt", "digits_mlp.pb")
}
"""What is compiled here: source, function, inputs. Upstream's runtime runs each of them too."""


def classify(module: Any, images: np.ndarray) -> np.ndarray:
    """Labels of images in batches, the last one padded with blank images."""
    labels: list[np.ndarray] = []
    for start in range(0, len(images), BATCH):
        batch = images[start : start + BATCH]
        padded = np.zeros((BATCH, images.shape[1]), images.dtype)
        padded[: len(batch)] = batch
        _, digits = module.digits_mlp(padded)
        labels.append(digits[: len(batch)])
    return np.concatenate(labels)


@pytest.mark.parametrize("targets,device", CONFIGURATIONS)
@pytest.mark.parametrize("name", ["simple_mul", "digits_mlp"])
def test_recorded_outputs(name: str, targets: tuple[str, ...] | None, device: str) -> None:
    program = ireelite.compile(DATA / f"{name}.pb", targets=targets)
    module = ireelite.load(program, device=device)
    inputs, expected = recorded(name)
    results = module[name](*inputs)
    results = results if isinstance(results, tuple) else (results,)
    assert len(results) == len(expected)
    for result, want in zip(results, expected, strict=True):
        assert result.dtype == want.dtype
        assert result.shape == want.shape
        np.testing.assert_allclose(result, want, rtol=0, atol=TOLERANCE)


def test_a_graph_with_control_edges() -> None:
    """Its feed and fetch are named as in TensorFlow, and its numerical check is dropped."""
    folder = Path(__file__).parents[1] / "data" / "tf"
    program = ireelite.compile(
        folder / "control_edges.pb", targets=["llvm-cpu"], inputs=["x:0"], outputs=["result:0"]
    )
    arrays = np.load(folder / "control_edges.npz")
    result = ireelite.load(program).control_edges(arrays["input0"])
    np.testing.assert_allclose(result, arrays["output0"], rtol=0, atol=TOLERANCE)


def test_an_open_batch_size_is_given() -> None:
    graph = """
        node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } }
          attr { key: "shape" value { shape { dim { size: -1 } dim { size: 2 } } } } }
        node { name: "y" op: "Neg" input: "x" }
    """
    program = ireelite.compile(graph.encode(), targets=["llvm-cpu"], input_shapes={"x": (3, 2)})
    images = np.arange(6, dtype=np.float32).reshape(3, 2)
    np.testing.assert_array_equal(ireelite.load(program).main(images), -images)
    assert "tensor<3x2xf32>" in program.ir("hlo")


def test_text_and_binary_graphs_are_one_program() -> None:
    binary = ireelite.compile(DATA / "simple_mul.pb")
    text = ireelite.compile(DATA / "simple_mul.pbtxt")
    assert binary.data == text.data


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    """All test images and their labels."""
    arrays = np.load(DATA / "digits_test.npz")
    return arrays["images"], arrays["labels"]


@pytest.fixture(scope="module")
def native_labels(digits: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """What native code says: every other configuration must say the same."""
    program = ireelite.compile(DATA / "digits_mlp.pb", targets=["llvm-cpu"])
    return classify(ireelite.load(program), digits[0])


@pytest.mark.slow
@pytest.mark.parametrize("targets,device", CONFIGURATIONS[1:])
def test_all_digits_get_the_same_labels_everywhere(
    digits: tuple[np.ndarray, np.ndarray],
    native_labels: np.ndarray,
    targets: tuple[str, ...] | None,
    device: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    images, labels = digits
    assert len(images) == 397
    program = ireelite.compile(DATA / "digits_mlp.pb", targets=targets)
    found = classify(ireelite.load(program, device=device), images)
    np.testing.assert_array_equal(found, native_labels)
    with capsys.disabled():
        named = ", ".join(targets or ("all targets",))
        print(
            f"\n  digits_mlp ({named} on {device}): {(found == labels).mean():.2%} of "
            f"{len(labels)} digits"
        )


def test_the_classifier_is_any_good(
    digits: tuple[np.ndarray, np.ndarray], native_labels: np.ndarray
) -> None:
    """A wrong layout somewhere would leave one digit in ten."""
    assert (native_labels == digits[1]).mean() > 0.95


@pytest.mark.parametrize("targets,device", CONFIGURATIONS)
def test_two_recorded_runs_print_the_same(targets: tuple[str, ...] | None, device: str) -> None:
    """Text summaries list events in dependency order, so they hold no trace of time."""
    program = ireelite.compile(DATA / "digits_mlp.pb", targets=targets)
    inputs, _ = recorded("digits_mlp")
    summaries: list[str] = []
    for _ in range(2):
        module = ireelite.load(program, device=device, record=True)
        module.digits_mlp(*inputs)
        summaries.append(module.record.summary())
    assert summaries[0] == summaries[1]
    for kind in ("submit", "wait", "signal", "dispatch_begin", "dispatch_end", "alloc", "free"):
        assert f": {kind} " in summaries[0], f"no {kind} event"


@pytest.mark.parametrize("targets,device", CONFIGURATIONS)
def test_events_name_where_they_happened(targets: tuple[str, ...] | None, device: str) -> None:
    """A dispatch names module, rodata and entry point;
    the rest the function and pc that asked for it.
    """
    program = ireelite.compile(DATA / "digits_mlp.pb", targets=targets, record=True)
    module = ireelite.load(program, device=device, record=True)
    inputs, _ = recorded("digits_mlp")
    module.digits_mlp(*inputs)
    text = program.record.stage("executables").text
    slices = [pair for pair in module.record.slices() if pair[0].kind == "dispatch_begin"]
    assert len(slices) == 4
    for begin, end in slices:
        assert end.time_ns >= begin.time_ns
        assert begin.where["module"] == "module"
        assert isinstance(begin.where["rodata"], int)
        assert f"@{begin.where['entry_point']}" in text
    for event in module.record.events:
        if event.kind in ("submit", "alloc", "signal"):
            assert {"module", "function", "pc"} <= event.where.keys(), event


def test_a_constant_is_not_copied_on_the_cpu(tmp_path: Path) -> None:
    """The loader maps the file, and the device's buffer of constants is that mapping."""
    path = ireelite.compile(DATA / "digits_mlp.pb").save(tmp_path / "digits.vmfb")
    module = ireelite.load(path, record=True)
    inputs, _ = recorded("digits_mlp")
    module.digits_mlp(*inputs)
    weights = 4 * (64 * 128 + 128 * 64 + 64 * 10)
    allocated = [e.details["bytes"] for e in module.record.events if e.kind in ("alloc", "upload")]
    assert max(allocated) < weights, "something as large as the weights was allocated or uploaded"


@pytest.mark.webgpu
def test_constants_are_uploaded_once(tmp_path: Path) -> None:
    path = ireelite.compile(DATA / "digits_mlp.pb").save(tmp_path / "digits.vmfb")
    module = ireelite.load(path, device="webgpu", record=True)
    inputs, _ = recorded("digits_mlp")
    for _ in range(3):
        module.digits_mlp(*inputs)
    weights = 4 * (64 * 128 + 128 * 64 + 64 * 10)
    uploads = [e.details["bytes"] for e in module.record.events if e.kind == "upload"]
    assert sum(size > weights for size in uploads) == 1


def test_a_reloaded_module_finds_its_record(tmp_path: Path) -> None:
    """The digest in the module's attributes is the record's; another module's record is refused."""
    program = ireelite.compile(DATA / "simple_mul.pb", record=True)
    program.record.save(tmp_path / "simple_mul.record")
    module = ireelite.load(program.save(tmp_path / "simple_mul.vmfb"))
    assert module.compilation_record(tmp_path / "simple_mul.record") == program.record
    other = ireelite.load(ireelite.compile(DATA / "digits_mlp.pb", targets=["vmvx"]))
    with pytest.raises(ireelite.StatusError, match=r"FAILED_PRECONDITION.*is about module"):
        other.compilation_record(tmp_path / "simple_mul.record")
    with pytest.raises(ireelite.StatusError, match="NOT_FOUND"):
        other.compilation_record(tmp_path / "nothing.record")
