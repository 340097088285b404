"""Programs for several devices: by us and by upstream, run here and by upstream's runtime."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite.arrays import decode
from ireelite.bytecode.decode import decode_module
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.status import StatusCode, StatusError
from ireelite.tools import compile as compile_tool
from ireelite.tools import run_module

BINARIES = Path(sys.executable).parent
A, B = "#hal.device.promise<@a>", "#hal.device.promise<@b>"
ON_A, ON_B = f"{{iree.abi.affinity = {A}}}", f"{{iree.abi.affinity = {B}}}"
T = "tensor<4xf32>"

TWO_DISPATCHES = f"""
func.func @two(%x: {T} {ON_A}) -> ({T} {ON_A}) {{
  %0 = arith.addf %x, %x : {T}
  %1 = flow.tensor.transfer %0 : {T} to {B}
  %2 = arith.mulf %1, %1 : {T}
  %3 = flow.tensor.transfer %2 : {T} to {A}
  return %3 : {T}
}}
"""
SOURCE = f"""
module @both {{
util.global private mutable @count {{stream.affinity = {B}}} = dense<0.0> : {T}
util.global private mutable @made {{stream.affinity = {B}}} : {T}
util.initializer {{
  %c = stablehlo.constant dense<[1.0, 2.0, 3.0, 4.0]> : {T}
  %0 = stablehlo.add %c, %c {{stream.affinity = {A}}} : {T}
  %1 = flow.tensor.transfer %0 : {T} to {B}
  %2 = stablehlo.multiply %1, %1 : {T}
  util.global.store %2, @made : {T}
  util.return
}}
func.func @made_first(%x: {T}) -> {T} {{
  %0 = util.global.load @made : {T}
  %1 = stablehlo.add %0, %x : {T}
  return %1 : {T}
}}
func.func @two(%x: {T}) -> {T} {{
  %0 = stablehlo.add %x, %x : {T}
  %1 = flow.tensor.transfer %0 : {T} to {B}
  %2 = stablehlo.multiply %1, %1 : {T}
  return %2 : {T}
}}
func.func @on_b(%x: {T} {ON_B}) -> ({T} {ON_B}) {{
  %0 = stablehlo.multiply %x, %x : {T}
  return %0 : {T}
}}
func.func @mixed(%x: {T} {ON_A}, %y: {T} {ON_B}) -> ({T} {ON_A}, {T} {ON_B}) {{
  %c = stablehlo.constant dense<3.0> : {T}
  %0 = stablehlo.multiply %y, %y : {T}
  %1 = stablehlo.add %x, %0 : {T}
  %2 = stablehlo.multiply %1, %c : {T}
  return %1, %2 : {T}, {T}
}}
func.func @pinned(%x: {T}) -> {T} {{
  %0 = stablehlo.negate %x {{stream.affinity = {B}}} : {T}
  %1 = stablehlo.abs %0 {{stream.affinity = {A}}} : {T}
  return %1 : {T}
}}
func.func @work_on_b(%x: {T}, %y: {T}) -> {T} attributes {{stream.affinity = #hal.device.affinity<@b>}} {{
  %0 = stablehlo.multiply %x, %y : {T}
  %1 = stablehlo.add %0, %x : {T}
  return %1 : {T}
}}
func.func @all_on_b(%x: {T}, %y: {T}) -> {T} attributes {{iree.abi.affinity = {B}}} {{
  %0 = stablehlo.multiply %x, %y : {T}
  return %0 : {T}
}}
func.func @choice(%p: i1, %x: {T}) -> {T} {{
  %0 = scf.if %p -> ({T}) {{
    %b = flow.tensor.transfer %x : {T} to {B}
    %1 = stablehlo.multiply %b, %b : {T}
    scf.yield %1 : {T}
  }} else {{
    %1 = stablehlo.add %x, %x : {T}
    scf.yield %1 : {T}
  }}
  return %0 : {T}
}}
func.func @loop(%n: i32, %x: {T}) -> {T} {{
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %0 = scf.for %i = %c0 to %n step %c1 iter_args(%w = %x) -> ({T}) : i32 {{
    %b = flow.tensor.transfer %w : {T} to {B}
    %1 = stablehlo.multiply %b, %b : {T}
    %2 = stablehlo.add %1, %x {{stream.affinity = {A}}} : {T}
    scf.yield %2 : {T}
  }}
  return %0 : {T}
}}
func.func @bytes(%x: tensor<5xi8>) -> tensor<5xi8> {{
  %0 = flow.tensor.transfer %x : tensor<5xi8> to {B}
  %1 = stablehlo.add %0, %0 : tensor<5xi8>
  return %1 : tensor<5xi8>
}}
func.func @open(%x: tensor<?xf32>) -> tensor<?xf32> {{
  %c0 = arith.constant 0 : index
  %d = tensor.dim %x, %c0 : tensor<?xf32>
  %0 = arith.mulf %x, %x : tensor<?xf32>
  %1 = flow.tensor.transfer %0 : tensor<?xf32>{{%d}} to {B}
  %2 = arith.addf %1, %1 : tensor<?xf32>
  return %2 : tensor<?xf32>
}}
func.func @counter(%x: {T}) -> {T} {{
  %0 = util.global.load @count : {T}
  %1 = stablehlo.add %0, %x : {T}
  util.global.store %1, @count : {T}
  return %1 : {T}
}}
func.func @scalar(%x: {T}) -> f32 {{
  %b = flow.tensor.transfer %x : {T} to {B}
  %0 = stablehlo.multiply %b, %b : {T}
  %i = arith.constant 1 : index
  %1 = tensor.extract %0[%i] : {T}
  return %1 : f32
}}
func.func private @callee(%x: {T} {ON_B}) -> ({T} {ON_B}) {{
  %0 = stablehlo.multiply %x, %x : {T}
  return %0 : {T}
}}
func.func @caller(%x: {T}) -> {T} {{
  %0 = call @callee(%x) : ({T}) -> {T}
  %1 = stablehlo.add %x, %0 : {T}
  return %1 : {T}
}}
func.func @from_nothing(%x: {T}) -> ({T}, {T}, {T} {ON_B}) {{
  %i = stablehlo.iota dim = 0 : {T}
  %b = flow.tensor.transfer %x : {T} to {B}
  %0 = stablehlo.add %i, %x : {T}
  %1 = stablehlo.multiply %i, %b : {T}
  %c = stablehlo.constant dense<[1.0, 2.0, 3.0, 4.0]> : {T}
  return %0, %1, %c : {T}, {T}, {T}
}}
func.func @shared(%x: {T} {ON_B}) -> ({T} {ON_B}, {T} {ON_B}) {{
  %c = stablehlo.constant dense<[1.0, 2.0, 3.0, 4.0]> : {T}
  %0 = stablehlo.add %x, %c : {T}
  return %0, %c : {T}, {T}
}}
func.func @decided(%p: tensor<i1>, %x: {T}) -> {T} {{
  %b = flow.tensor.transfer %x : {T} to {B}
  %0 = "stablehlo.if"(%p) ({{
    %1 = stablehlo.multiply %b, %b : {T}
    stablehlo.return %1 : {T}
  }}, {{
    %1 = stablehlo.add %b, %b : {T}
    stablehlo.return %1 : {T}
  }}) : (tensor<i1>) -> {T}
  return %0 : {T}
}}
func.func @until(%x: {T}, %y: {T}, %most: tensor<f32>) -> ({T}, {T}) {{
  %b = flow.tensor.transfer %x : {T} to {B}
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %r:3 = stablehlo.while(%sum = %zero, %v = %b, %w = %y) : tensor<f32>, {T}, {T}
    cond {{
      %1 = stablehlo.compare LT, %sum, %most : (tensor<f32>, tensor<f32>) -> tensor<i1>
      stablehlo.return %1 : tensor<i1>
    }} do {{
      %1 = stablehlo.add %v, %v : {T}
      %2 = stablehlo.add %w, %y : {T}
      %3 = stablehlo.reduce(%2 init: %zero) applies stablehlo.add across dimensions = [0] : ({T}, tensor<f32>) -> tensor<f32>
      stablehlo.return %3, %1, %2 : tensor<f32>, {T}, {T}
    }}
  return %r#1, %r#2 : {T}, {T}
}}
func.func @turns(%x: {T}) -> {T} {{
  %b = flow.tensor.transfer %x : {T} to {B}
  %c = stablehlo.constant dense<0> : tensor<i32>
  %r:2 = stablehlo.while(%i = %c, %w = %b) : tensor<i32>, {T}
    cond {{
      %n = stablehlo.constant dense<3> : tensor<i32>
      %1 = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %1 : tensor<i1>
    }} do {{
      %one = stablehlo.constant dense<1> : tensor<i32>
      %1 = stablehlo.add %i, %one : tensor<i32>
      %2 = stablehlo.add %w, %w : {T}
      stablehlo.return %1, %2 : tensor<i32>, {T}
    }}
  return %r#1 : {T}
}}
}}
"""
X, Y = np.float32([1, -2, 3, 4]), np.float32([10, 20, 30, 40])
BYTES = np.int8([1, 2, 3, 4, 5])
LOOP = ((X * X + X) ** 2 + X) ** 2 + X
CALLS = {
    "two": ([X], [(2 * X) ** 2]),
    "on_b": ([X], [X * X]),
    "mixed": ([X, Y], [X + Y * Y, 3 * (X + Y * Y)]),
    "pinned": ([X], [np.abs(X)]),
    "work_on_b": ([X, Y], [X * Y + X]),
    "all_on_b": ([X, Y], [X * Y]),
    "choice": ([1, X], [X * X]),
    "loop": ([3, X], [LOOP]),
    "bytes": ([BYTES], [2 * BYTES]),
    "open": ([np.arange(7, dtype=np.float32)], [2 * np.arange(7, dtype=np.float32) ** 2]),
    "scalar": ([X], [np.float32(4)]),
    "caller": ([X], [X * X + X]),
    "from_nothing": ([X], [np.arange(4) + X, np.arange(4) * X, np.float32([1, 2, 3, 4])]),
    "shared": ([X], [X + np.float32([1, 2, 3, 4]), np.float32([1, 2, 3, 4])]),
    "decided": ([np.array(True), X], [X * X]),
    "until": ([X, Y, np.float32(350)], [8 * X, 4 * Y]),
    "turns": ([X], [8 * X]),
    "counter": ([X], [X]),
    "made_first": ([X], [np.float32([4, 16, 36, 64]) + X]),
}
"""Function -> arguments and results."""
MODELS = ("async-internal", "async-external")
KINDS = {"a": "local", "b": "vulkan"}
UNDER_UPSTREAM = ("two", "work_on_b", "choice", "loop", "bytes", "open", "caller", "counter")
"""Functions whose arguments and results are all on the first device, as upstream's tool has them."""


@pytest.fixture(scope="module")
def programs():
    targets = ["vmvx", "vulkan-spirv"]
    return {
        model: ireelite.compile(SOURCE, devices=KINDS, targets=targets, execution_model=model)
        for model in MODELS
    }


@pytest.mark.parametrize(
    ("model", "devices"),
    [("async-internal", ("webgpu", "local-sync")), ("async-external", ("local-task", "webgpu"))],
)
def test_values_are_right(programs, model, devices):
    module = ireelite.load(programs[model], device=devices)
    for name, (arguments, expected) in CALLS.items():
        results = module[name](*arguments)
        results = results if isinstance(results, tuple) else (results,)
        for result, wanted in zip(results, expected, strict=True):
            np.testing.assert_allclose(result, wanted, rtol=1e-6, err_msg=name)
    assert (module.counter(X) == 2 * X).all()
    assert (module.choice(0, X) == 2 * X).all()
    x, y = module.on_b.async_(X), module.on_b.async_(Y)
    assert (module.mixed.async_(x, y)[1].result() == 3 * (X * X + Y**4)).all()
    assert repr(module).startswith(f"<module 'both' on {devices[0]}, {devices[1]}")


def test_each_dispatch_is_on_its_device():
    program = ireelite.compile(TWO_DISPATCHES, devices=KINDS, targets=["vmvx", "vulkan-spirv"])
    module = decode_module(program.data)
    formats = [bytes(row.data[4:8]) for row in module.rodata if len(row.data) > 100]
    assert len(formats) == 2, "an executable has the variants of the devices that run it"
    loaded = ireelite.load(program, device=["local-task", "webgpu"], record=True)
    assert (loaded.two(X) == (2 * X) ** 2).all()
    dispatches = [event for event in loaded.record.events if event.kind == "dispatch_begin"]
    found = [(event.lane.partition("/")[0], event.where["format"]) for event in dispatches]
    assert found == [("local-task", "vmvx-bytecode-fb"), ("webgpu", "vulkan-spirv-fb")]


def test_a_transfer_does_not_wait_on_the_host(programs):
    """A call returns while its argument is pending; the queues order both devices' work."""
    module = ireelite.load(programs["async-external"], device=["local-task", "webgpu"], record=True)
    for name in ("two", "mixed"):
        wait, signal = (Fence([(Semaphore(), 1)]) for _ in range(2))
        function = module[name]
        values = [encode(array) for encode, array in zip(function._encode, (X, Y))]
        results = function._function(*values, wait, signal)
        assert signal.query() == StatusCode.DEFERRED
        wait.signal()
        assert signal.wait(60)
        for result, wanted in zip(results, CALLS[name][1], strict=True):
            np.testing.assert_allclose(decode(result), wanted)
    transfers = [row for row in module.record.submissions if row.operation == "transfer"]
    assert {row.lane for row in transfers} == {"local-task/queue0", "webgpu/queue0"}
    assert all(row.state == "ran" and row.waits and row.signals for row in transfers)


def test_a_function_without_fences_waits_for_its_results_alone():
    """Its devices' queues wait for each other; here, the host waits once, as upstream's code does."""
    program = ireelite.compile(TWO_DISPATCHES, devices=KINDS, targets=["vmvx", "vulkan-spirv"])
    loaded = ireelite.load(program, device=["local-task", "webgpu"], record=True)
    assert (loaded.two(X) == (2 * X) ** 2).all()
    record = loaded.record
    waits = [event for event in record.events if event.kind == "wait" and event.lane == "host"]
    done = [row.signals for row in record.submissions if row.operation == "transfer"][-1]
    found = [(event.details["semaphore"], event.details["value"]) for event in waits]
    assert found == [*done]


def test_two_devices_of_one_kind():
    kinds = {"a": "local", "b": "local[1]"}
    program = ireelite.compile(TWO_DISPATCHES, devices=kinds, targets=["vmvx"])
    loaded = ireelite.load(program, device=["local-task", "local-sync"], record=True)
    assert (loaded.two(X) == (2 * X) ** 2).all()
    lanes = [event.lane for event in loaded.record.events if event.kind == "dispatch_begin"]
    assert [lane.partition("/")[0] for lane in lanes] == ["local-task", "local-sync"]
    with pytest.raises(StatusError, match="INCOMPATIBLE; HAL device `b` not found or unavailable"):
        ireelite.load(program, device="local-task")


def test_a_program_for_one_device_takes_the_first_that_fits():
    """It needs no transfers, and what it says of devices has no effect."""
    program = ireelite.compile(SOURCE, targets=["vmvx"])
    for devices in (None, ["webgpu", "local-sync"]):
        loaded = ireelite.load(program, device=devices)
        assert (loaded.two(X) == (2 * X) ** 2).all() and loaded.device.id == "local-sync"
        assert (loaded.work_on_b(X, Y) == X * Y + X).all() and (loaded.counter(X) == X).all()


def test_later_stages_know_the_devices():
    text = ireelite.compile(TWO_DISPATCHES, devices=KINDS).ir("ll-seq", elide=False)
    again = ireelite.compile(text, devices=KINDS, targets=["vmvx", "vulkan-spirv"])
    assert (ireelite.load(again, device=["local-sync", "webgpu"]).two(X) == (2 * X) ** 2).all()
    with pytest.raises(StatusError, match=r"NOT_FOUND; .*no device 'a'.*name the devices"):
        ireelite.compile(text, targets=["vmvx"])


@pytest.mark.parametrize(
    ("devices", "message"),
    [
        ({"a": "local"}, r"NOT_FOUND; .*:4:8: no device 'b'"),
        ({"a": "local", "b": "toaster"}, r"INVALID_ARGUMENT; 'b=toaster' is no device"),
    ],
)
def test_unknown_devices_are_refused(devices, message):
    with pytest.raises(StatusError, match=message):
        ireelite.compile(TWO_DISPATCHES, devices=devices, targets=["vmvx"])
    with pytest.raises(StatusError, match="device 'b' is of kind vulkan, which runs none of"):
        ireelite.compile(TWO_DISPATCHES, devices=KINDS, targets=["vmvx"])
    with pytest.raises(StatusError, match="no device is given"):
        ireelite.load(b"", device=[])


def flags(kinds: dict[str, str], *more: str) -> list[str]:
    """Those of either compiler."""
    named = [f"--iree-hal-target-device={name}={kind}" for name, kind in kinds.items()]
    return [*named, "--iree-hal-local-target-device-backends=vmvx", *more]


def test_the_tools_take_several_devices(tmp_path, capsys):
    source, module = tmp_path / "two.mlir", tmp_path / "two.vmfb"
    source.write_text(SOURCE)
    assert compile_tool.main([*flags(KINDS), str(source), "-o", str(module)]) == 0
    for name in ("two", "on_b"):
        run = [f"--module={module}", "--device=local-sync", "--device=webgpu", f"--function={name}"]
        code = run_module.main([*run, "--input=4xf32=3", "--expected_output=4xf32="])
        assert code == 1 and f"({36 if name == 'two' else 9})" in capsys.readouterr().out
    mixed = [*flags({"a": "local"}), "--iree-hal-target-device=vulkan", str(source)]
    assert compile_tool.main(mixed) == 1
    assert "names some devices only" in capsys.readouterr().err


def text_of(value: object) -> str:
    """A value as a flag."""
    if not isinstance(value, np.ndarray):
        return str(value)
    kind = {"float32": "f32", "int8": "i8"}[value.dtype.name]
    return f"{'x'.join(map(str, value.shape))}x{kind}={','.join(map(str, value.flat))}"


@pytest.mark.interop
def test_upstream_runs_ours_on_two_devices(programs, tmp_path):
    path = programs["async-external"].save(tmp_path / "both.vmfb")
    environment = os.environ | {"XDG_RUNTIME_DIR": os.environ.get("XDG_RUNTIME_DIR", "/tmp")}
    devices = ["--device=local-task", "--device=vulkan"]
    for name in UNDER_UPSTREAM:
        arguments, expected = CALLS[name]
        values = [f"--input={text_of(value)}" for value in arguments]
        values += [
            f"--expected_output={text_of(np.asarray(value, arguments[-1].dtype))}"
            for value in expected
        ]
        command = [str(BINARIES / "iree-run-module"), f"--module={path}", f"--function={name}"]
        ran = subprocess.run(
            [*command, *devices, *values],
            capture_output=True,
            text=True,
            timeout=120,
            env=environment,
        )
        assert "[SUCCESS]" in ran.stdout, f"{name}: {ran.stdout}{ran.stderr}"


@pytest.mark.interop
def test_ours_runs_what_upstream_compiled_for_two_devices(tmp_path):
    path = tmp_path / "two.vmfb"
    command = [str(BINARIES / "iree-compile"), *flags({"a": "local", "b": "local[1]"}), "-"]
    subprocess.run(
        [*command, f"-o={path}"], input=TWO_DISPATCHES, text=True, check=True, timeout=120
    )
    for devices in (("local-task", "local-sync"), ("local-sync", "local-sync")):
        loaded = ireelite.load(path, device=devices)
        assert (loaded.two(X) == (2 * X) ** 2).all()


SEPARATE = f"""
func.func @f(%y: {T} {ON_B}, %x: {T} {ON_A}) -> ({T} {ON_B}, {T} {ON_A}) {{
  %0 = arith.mulf %y, %y : {T}
  %1 = arith.addf %x, %x : {T}
  return %0, %1 : {T}, {T}
}}
"""
CROSSED = f"""
func.func @f(%y: {T} {ON_B}, %x: {T} {ON_A}) -> ({T} {ON_B}, {T} {ON_A}) {{
  %0 = arith.mulf %y, %y : {T}
  %1 = flow.tensor.transfer %0 : {T} to {A}
  %2 = arith.addf %x, %1 : {T}
  return %0, %2 : {T}, {T}
}}
"""


@pytest.mark.interop
@pytest.mark.parametrize(
    ("source", "kinds", "devices"),
    [
        (SEPARATE, {"a": "local", "b": "vulkan"}, ("local-task", "webgpu")),
        (SEPARATE, {"b": "local", "a": "vulkan"}, ("webgpu", "local-sync")),
        (CROSSED, {"a": "local", "b": "local[1]"}, ("local-task", "local-sync")),
    ],
)
def test_arguments_of_upstreams_modules_are_on_their_devices(
    tmp_path, capsys, source, kinds, devices
):
    """The reflection of such modules does not say which devices the names are."""
    path = tmp_path / "f.vmfb"
    command = [str(BINARIES / "iree-compile"), *flags(kinds), "-", f"-o={path}"]
    subprocess.run(command, input=source, text=True, check=True, timeout=120)
    y, x = ireelite.load(path, device=devices).f(Y, X)
    assert (y == Y * Y).all() and (x == (2 * X if source is SEPARATE else X + Y * Y)).all()
    run = [f"--module={path}", *[f"--device={name}" for name in devices], "--function=f"]
    values = [f"--input={text_of(Y)}", f"--input={text_of(X)}", f"--expected_output={text_of(y)}"]
    assert run_module.main([*run, *values, f"--expected_output={text_of(x)}"]) == 0
    assert "[SUCCESS]" in capsys.readouterr().out
    if "vulkan" in kinds.values():
        return  # upstream's own tool has all arguments on the first device, which Vulkan refuses
    run = [row.replace("local-sync", "local-task") for row in run]
    tool = [str(BINARIES / "iree-run-module"), *run, *values, f"--expected_output={text_of(x)}"]
    ran = subprocess.run(tool, capture_output=True, text=True, timeout=120)
    assert "[SUCCESS]" in ran.stdout, ran.stdout + ran.stderr
