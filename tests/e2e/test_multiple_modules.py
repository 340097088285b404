"""Two modules and a pipeline that calls them, compiled apart: by us, by upstream, and in any mixture;
with and without fences; run by us and by upstream.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest

import ireelite
from ireelite.arrays import decode
from ireelite.hal.buffer import BufferView
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.status import StatusError
from ireelite.tools.run_module import main

BINARIES = Path(sys.executable).parent
COUNT = 600

RECTIFY = f"""
builtin.module @rectifier {{
  func.func @rectify(%x: tensor<{COUNT}xf32>) -> tensor<{COUNT}xf32> {{
    %result = math.absf %x : tensor<{COUNT}xf32>
    return %result : tensor<{COUNT}xf32>
  }}
}}
"""
# Result 0 of `blend` is made in `%into`.
BLEND = f"""
builtin.module @blender {{
  func.func @blend(%x: tensor<{COUNT}xf32>, %y: tensor<{COUNT}xf32>,
                   %into: tensor<{COUNT}xf32> {{iree.abi.output = 0 : index}}) -> tensor<{COUNT}xf32> {{
    %product = arith.mulf %x, %y : tensor<{COUNT}xf32>
    %result = arith.addf %product, %x : tensor<{COUNT}xf32>
    return %result : tensor<{COUNT}xf32>
  }}
}}
"""
PIPELINE = f"""
func.func private @rectifier.rectify(%x: tensor<{COUNT}xf32>) -> tensor<{COUNT}xf32> ATTRIBUTES
func.func private @blender.blend(%x: tensor<{COUNT}xf32>, %y: tensor<{COUNT}xf32>, %into: tensor<{COUNT}xf32> {{iree.abi.output = 0 : index}}) -> tensor<{COUNT}xf32> ATTRIBUTES

func.func @run(%x: tensor<{COUNT}xf32>) -> tensor<{COUNT}xf32> {{
  %a = call @rectifier.rectify(%x) : (tensor<{COUNT}xf32>) -> tensor<{COUNT}xf32>
  %storage = tensor.empty() : tensor<{COUNT}xf32>
  %b = call @blender.blend(%a, %a, %storage) : (tensor<{COUNT}xf32>, tensor<{COUNT}xf32>, tensor<{COUNT}xf32>) -> tensor<{COUNT}xf32>
  return %b : tensor<{COUNT}xf32>
}}
"""
MODELS = {"sync": "async-internal", "async": "async-external"}
SOURCES = {
    "rectifier": dict.fromkeys(MODELS, RECTIFY),
    "blender": dict.fromkeys(MODELS, BLEND),
    "pipeline": {
        "sync": PIPELINE.replace(" ATTRIBUTES", ""),
        "async": PIPELINE.replace("ATTRIBUTES", 'attributes {iree.abi.model = "coarse-fences"}'),
    },
}
INPUT, EXPECTED = f"--input={COUNT}xf32=-3", f"--expected_output={COUNT}xf32=12"
SUCCESS = "[SUCCESS] all function outputs matched their expected values."


class Mixture(NamedTuple):
    """Who compiled each of the three modules."""

    rectifier: str
    blender: str
    pipeline: str


OURS = Mixture("ours", "ours", "ours")
MIXTURES = [
    Mixture(a, b, c)
    for a in ("ours", "theirs")
    for b in ("ours", "theirs")
    for c in ("ours", "theirs")
]


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    """`sync` or `async`."""
    return request.param


@pytest.fixture(scope="module")
def modules(tmp_path_factory, model):
    """(compiler, name) -> path of a module, which is compiled when it is first asked for."""
    folder = tmp_path_factory.mktemp(model)
    made: dict[tuple[str, str], Path] = {}

    def compile_ours(name: str, path: Path) -> None:
        source = SOURCES[name][model]
        ireelite.compile(source, targets=["vmvx"], execution_model=MODELS[model]).save(path)

    def compile_theirs(name: str, path: Path) -> None:
        flags = ["--iree-hal-target-device=local", "--iree-hal-local-target-device-backends=vmvx"]
        flags += [f"--iree-execution-model={MODELS[model]}", "-", f"-o={path}"]
        command = [str(BINARIES / "iree-compile"), *flags]
        subprocess.run(command, input=SOURCES[name][model], text=True, check=True, timeout=120)

    def get(compiler: str, name: str) -> Path:
        if (compiler, name) not in made:
            path = folder / f"{compiler}_{name}.vmfb"
            (compile_ours if compiler == "ours" else compile_theirs)(name, path)
            made[compiler, name] = path
        return made[compiler, name]

    return get


def paths(modules, mixture: Mixture) -> list[Path]:
    """The files of a mixture, in load order."""
    return [modules(compiler, name) for name, compiler in mixture._asdict().items()]


def check_everywhere(files: list[Path], monkeypatch, capsys) -> None:
    """Runs a pipeline from the API, and from the tool: from files, and the last from standard input."""
    loaded = ireelite.load(*files)
    result = np.asarray(loaded.run(np.full(COUNT, -3, np.float32)))
    np.testing.assert_array_equal(result, np.full(COUNT, 12, np.float32))
    first = [f"--module={file}" for file in files]
    for sources in (first, [*first[:-1], "--module=-"]):
        monkeypatch.setattr(
            sys, "stdin", SimpleNamespace(buffer=io.BytesIO(files[-1].read_bytes()))
        )
        code = main([*sources, "--device=local-sync", "--function=run", INPUT, EXPECTED])
        assert code == 0 and SUCCESS in capsys.readouterr().out


def test_a_pipeline_of_ours(modules, monkeypatch, capsys):
    check_everywhere(paths(modules, OURS), monkeypatch, capsys)


def test_wrong_results_are_noticed(modules, capsys):
    sources = [f"--module={file}" for file in paths(modules, OURS)]
    code = main([*sources, "--device=local-sync", "--function=run", INPUT, EXPECTED + ".5"])
    assert code == 1 and "[FAILED] result[0]: element at index 0 (12)" in capsys.readouterr().out


@pytest.mark.interop
@pytest.mark.parametrize("mixture", MIXTURES[1:], ids="-".join)
def test_modules_of_both_compilers_run_here(modules, mixture, monkeypatch, capsys):
    check_everywhere(paths(modules, mixture), monkeypatch, capsys)


@pytest.mark.interop
@pytest.mark.parametrize("device", ["local-sync", "local-task"])
@pytest.mark.parametrize("mixture", MIXTURES[:-1], ids="-".join)
def test_modules_of_both_compilers_run_upstream(modules, mixture, device):
    files = paths(modules, mixture)
    sources = [f"--module={file}" for file in [*files[:-1], "-"]]
    command = [str(BINARIES / "iree-run-module"), *sources, f"--device={device}", "--function=run"]
    environment = os.environ | {"XDG_RUNTIME_DIR": os.environ.get("XDG_RUNTIME_DIR", "/tmp")}
    ran = subprocess.run(
        [*command, INPUT, EXPECTED],
        input=files[-1].read_bytes(),
        capture_output=True,
        timeout=120,
        env=environment,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    assert SUCCESS in ran.stdout.decode()


# -- the ABI of exports ------------------------------------------------------------------------------


@pytest.mark.interop
@pytest.mark.parametrize("name", SOURCES)
def test_exports_and_imports_of_modules_are_those_of_upstream(modules, name):
    """Calling conventions, and what reflection says."""
    from ireelite.bytecode.decode import decode_module

    told: list[tuple[dict, set]] = []
    for compiler in ("ours", "theirs"):
        module = decode_module(modules(compiler, name).read_bytes())
        exports = {
            e.name: (
                module.functions[e.ordinal].signature.cconv,
                {
                    k: v
                    for k, v in module.functions[e.ordinal].signature.attrs.items()
                    if "iree" in k
                },
            )
            for e in module.exports
        }
        imports = {
            (i.full_name, i.signature.cconv)
            for i in module.imports
            if not i.full_name.startswith("hal.")
        }
        told.append((exports, imports))
    assert told[0] == told[1]


# -- storage -----------------------------------------------------------------------------------------

STORAGE = """
func.func @in_place(%x: tensor<5xf32>, %to: tensor<5xf32> {iree.abi.output = 0 : index}) -> tensor<5xf32> {
  %0 = math.absf %x : tensor<5xf32>
  return %0 : tensor<5xf32>
}
func.func @read(%x: tensor<5xf32>, %to: tensor<5xf32> {iree.abi.output = 0 : index}) -> tensor<5xf32> {
  %0 = arith.addf %x, %to : tensor<5xf32>
  return %0 : tensor<5xf32>
}
func.func @swap(%x: tensor<5xf32> {iree.abi.output = 1 : index}, %y: tensor<5xf32> {iree.abi.output = 0 : index}) -> (tensor<5xf32>, tensor<5xf32>) {
  return %x, %y : tensor<5xf32>, tensor<5xf32>
}
func.func @both(%x: tensor<5xf32>, %to: tensor<5xf32> {iree.abi.output = 1 : index}) -> (tensor<5xf32>, tensor<5xf32>) {
  %0 = arith.negf %x : tensor<5xf32>
  return %0, %0 : tensor<5xf32>, tensor<5xf32>
}
func.func @constant(%to: tensor<5xi8> {iree.abi.output = 0 : index}) -> tensor<5xi8> {
  %0 = arith.constant dense<[1, -2, 3, -4, 5]> : tensor<5xi8>
  return %0 : tensor<5xi8>
}
func.func @narrow(%x: tensor<5xi8>, %to: tensor<5xi8> {iree.abi.output = 0 : index}) -> tensor<5xi8> {
  %0 = arith.addi %x, %x : tensor<5xi8>
  return %0 : tensor<5xi8>
}
func.func @host(%x: tensor<5xf32>, %n: i32, %to: tensor<5xf32> {iree.abi.output = 0 : index}) -> (tensor<5xf32>, i32) {
  %0 = call @in_place(%x, %to) : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>
  return %0, %n : tensor<5xf32>, i32
}
func.func @chosen(%p: i1, %x: tensor<5xf32>, %to: tensor<5xf32> {iree.abi.output = 0 : index}) -> tensor<5xf32> {
  %0 = scf.if %p -> (tensor<5xf32>) {
    %1 = arith.negf %x : tensor<5xf32>
    scf.yield %1 : tensor<5xf32>
  } else {
    scf.yield %to : tensor<5xf32>
  }
  return %0 : tensor<5xf32>
}
"""
X, Y = np.array([1, -2, 3, -4, 5], np.float32), np.array([10, 20, 30, 40, 50], np.float32)
BYTES = np.array([1, -2, 100, -4, 5], np.int8)
STORED = {
    "in_place": ([X, Y], [np.abs(X)], {0: 1}),
    "read": ([X, Y], [X + Y], {0: 1}),
    "swap": ([X, Y], [X, Y], {0: 1, 1: 0}),
    "both": ([X, Y], [-X, -X], {1: 1}),
    "constant": ([BYTES], [np.array([1, -2, 3, -4, 5], np.int8)], {0: 0}),
    "narrow": ([BYTES, BYTES], [BYTES + BYTES], {0: 1}),
}
"""Function -> arguments, results, and for each result in storage the argument that is it."""


def called(function, arguments) -> tuple[list, list]:
    """The views that are passed and those that are returned, when these are ready."""
    views = [encode(a) for encode, a in zip(function._encode, arguments, strict=True)]
    if not function.is_async:
        return views, list(function._function(*views))
    ready, done = Fence([(Semaphore(), 1)]), Fence([(Semaphore(), 1)])
    results = list(function._function(*views, ready, done))
    assert not done.reached()
    ready.signal()
    done.wait()
    return views, results


@pytest.fixture(scope="module")
def storage(model):
    return ireelite.load(ireelite.compile(STORAGE, execution_model=MODELS[model]))


@pytest.mark.parametrize("name", STORED)
def test_a_result_is_in_the_argument_that_is_its_storage(storage, name):
    arguments, expected, where = STORED[name]
    views, results = called(getattr(storage, name), arguments)
    for number, (result, wanted) in enumerate(zip(results, expected, strict=True)):
        np.testing.assert_array_equal(decode(result), wanted)
        assert [result.buffer is view.buffer for view in views] == [
            where.get(number) == n for n in range(len(views))
        ]


def test_host_code_hands_storage_on(storage):
    views, results = called(storage.host, [X, 7, Y])
    np.testing.assert_array_equal(decode(results[0]), np.abs(X))
    assert results[0].buffer is views[2].buffer and results[1] == 7


@pytest.mark.parametrize(("choice", "expected"), [(1, -X), (0, Y)])
def test_host_code_puts_a_result_into_storage(storage, choice, expected):
    views, results = called(storage.chosen, [choice, X, Y])
    np.testing.assert_array_equal(decode(results[0]), expected)
    assert results[0].buffer is views[2].buffer


def test_storage_that_is_too_small_is_refused(storage):
    function = storage.in_place
    view = function._encode[0](X)
    small = BufferView(
        storage.device.allocator.upload(48, 3075, bytes(16)), (4,), view.element_type
    )
    fences = [None, Fence([(Semaphore(), 1)])] if function.is_async else []
    with pytest.raises(StatusError, match="tensor"):
        function._function(view, small, *fences)


@pytest.mark.interop
def test_upstream_takes_storage(model, tmp_path):
    path = ireelite.compile(STORAGE, targets=["vmvx"], execution_model=MODELS[model]).save(
        tmp_path / "storage.vmfb"
    )
    for name, inputs, outputs in (
        ("in_place", ["5xf32=-1,2,-3,4,-5", "5xf32"], ["5xf32=1 2 3 4 5"]),
        ("read", ["5xf32=-1,2,-3,4,-5", "5xf32=10"], ["5xf32=9 12 7 14 5"]),
        ("swap", ["5xf32=1", "5xf32=2"], ["5xf32=1", "5xf32=2"]),
        ("chosen", ["1", "5xf32=1", "5xf32=2"], ["5xf32=-1"]),
        ("chosen", ["0", "5xf32=1", "5xf32=2"], ["5xf32=2"]),
    ):
        command = [str(BINARIES / "iree-run-module"), f"--module={path}", f"--function={name}"]
        command += [f"--input={i}" for i in inputs] + [f"--expected_output={o}" for o in outputs]
        for device in ("local-sync", "local-task"):
            ran = subprocess.run(
                [*command, f"--device={device}"], capture_output=True, text=True, timeout=120
            )
            assert SUCCESS in ran.stdout, ran.stdout + ran.stderr
