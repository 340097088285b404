"""Programs of several modules, compiled by upstream: modules that call each other, and modules in
Python in the place of custom ones in C++, with and without fences, with types of their own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ireelite.executables import machine
from ireelite.hal.buffer import BufferUsage, BufferView, MemoryType
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.linking import link, open_device, read_module
from ireelite.status import StatusError, invalid_argument
from ireelite.tools.run_module import main
from ireelite.vm.instance import Instance
from ireelite.vm.native import NativeModule, vm_export
from ireelite.vm.refs import Buffer as VmBuffer

pytestmark = pytest.mark.interop

TOOLS = Path(sys.executable).parent
LOCAL = ("--iree-hal-target-device=local", "--iree-hal-local-target-device-backends")
ASYNC = "--iree-execution-model=async-external"
NATIVE = pytest.mark.skipif(not machine.is_supported(), reason="the code is for x86-64 Linux")
TARGETS = {
    "vmvx": ((LOCAL[0], f"{LOCAL[1]}=vmvx"), "local-sync"),
    "llvm-cpu": (
        (LOCAL[0], f"{LOCAL[1]}=llvm-cpu", "--iree-llvmcpu-target-cpu=generic"),
        "local-sync",
    ),
    "vulkan": (("--iree-hal-target-device=vulkan",), "vulkan"),
}
EVERY_TARGET = pytest.mark.parametrize(
    "target",
    [
        "vmvx",
        pytest.param("llvm-cpu", marks=NATIVE),
        pytest.param("vulkan", marks=pytest.mark.webgpu),
    ],
)


def compile_upstream(source: str, *flags: str) -> bytes:
    """A module of upstream's compiler."""
    command = [str(TOOLS / "iree-compile"), *flags, "-", "-o", "-"]
    ran = subprocess.run(command, input=source.encode(), capture_output=True, timeout=120)
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout


# -- modules of the compiler -----------------------------------------------------------------------

HALVES = """module @halves {
  func.func @half(%x: tensor<64xf32>) -> tensor<64xf32> {
    %c = arith.constant dense<0.5> : tensor<64xf32>
    %0 = arith.mulf %x, %c : tensor<64xf32>
    return %0 : tensor<64xf32>
  }
}"""

SUMS = """module @sums {
  func.func @into(%a: tensor<64xf32>, %b: tensor<64xf32>,
                  %out: tensor<64xf32> {iree.abi.output = 0 : index}) -> tensor<64xf32> {
    %0 = arith.addf %a, %b : tensor<64xf32>
    return %0 : tensor<64xf32>
  }
}"""

PIPELINE = """
func.func private @halves.half(tensor<64xf32>) -> tensor<64xf32> ABI
func.func private @sums.into(%a: tensor<64xf32>, %b: tensor<64xf32>,
    %out: tensor<64xf32> {iree.abi.output = 0 : index}) -> tensor<64xf32> ABI

func.func @run(%x: tensor<64xf32>) -> tensor<64xf32> {
  %h = call @halves.half(%x) : (tensor<64xf32>) -> tensor<64xf32>
  %storage = tensor.empty() : tensor<64xf32>
  %r = call @sums.into(%h, %x, %storage)
      : (tensor<64xf32>, tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  return %r : tensor<64xf32>
}
"""
FENCES = 'attributes {iree.abi.model = "coarse-fences"}'


@EVERY_TARGET
@pytest.mark.parametrize("way", ["sync", "async"])
def test_modules_that_call_each_other(
    target: str, way: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags, device = TARGETS[target]
    abi = FENCES if way == "async" else ""
    arguments = [f"--device={device}", "--function=run", "--input=64xf32=3.0"]
    for name, text in (("halves", HALVES), ("sums", SUMS), ("run", PIPELINE.replace("ABI", abi))):
        file = tmp_path / f"{name}.vmfb"
        file.write_bytes(compile_upstream(text, *flags, *([ASYNC] if way == "async" else [])))
        arguments.append(f"--module={file}")
    environment = os.environ | {"XDG_RUNTIME_DIR": os.environ.get("XDG_RUNTIME_DIR", "/tmp")}
    command = [TOOLS / "iree-run-module", *arguments]
    upstream = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)
    assert upstream.returncode == 0, upstream.stderr
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert printed == upstream.stdout
    assert " ".join(["4.5"] * 64) in printed
    assert main([*arguments, "--expected_output=64xf32=4.5"]) == 0
    assert "[SUCCESS]" in capsys.readouterr().out


# -- tensors through a module in Python ------------------------------------------------------------

MEMORY = int(MemoryType.HOST_LOCAL | MemoryType.DEVICE_LOCAL)
USAGE = int(BufferUsage.DEFAULT | BufferUsage.MAPPING)

TENSORS = """module @example {
  func.func private @gadget.triple(tensor<?xi32>) -> tensor<?xi32> ABI
  func.func @main(%x: tensor<?xi32>) -> tensor<?xi32> {
    %0 = arith.addi %x, %x : tensor<?xi32>
    %1 = call @gadget.triple(%0) : (tensor<?xi32>) -> tensor<?xi32>
    %2 = arith.muli %1, %x : tensor<?xi32>
    return %2 : tensor<?xi32>
  }
}"""
NO_SIDE_EFFECTS = 'attributes {iree.abi.model = "coarse-fences", nosideeffects}'
INPUT = np.array([1, -2, 3, 1000, 5], np.int32)
EXPECTED = 6 * INPUT * INPUT


def view_of(device: Any, array: np.ndarray) -> BufferView:
    buffer = device.allocator.allocate(MEMORY, USAGE, array.nbytes)
    buffer.write(0, array.tobytes())
    return BufferView(buffer, list(array.shape), 0x10000020)


def array_of(view: BufferView) -> np.ndarray:
    length = 4 * int(np.prod(view.shape))
    return np.frombuffer(bytes(view.buffer.read(0, length)), np.int32).reshape(view.shape)


class SyncGadget:
    """Its argument is ready when it is called, its result when it returns."""

    def __init__(self, device: Any):
        self.device = device

    @vm_export("triple", "0r_r")
    def triple(self, view: BufferView) -> BufferView:
        return view_of(self.device, 3 * array_of(view))


class AsyncGadget:
    """Returns at once; a thread waits for the argument, works when it is let go, and signals."""

    def __init__(self, device: Any, go: threading.Event, broken: bool = False):
        self.device = device
        self.go = go
        self.broken = broken
        self.threads: list[threading.Thread] = []

    @vm_export("triple", "0rrr_r")
    def triple(self, view: BufferView, wait: Fence | None, signal: Fence) -> BufferView:
        result = view_of(self.device, np.zeros(view.shape, np.int32))

        def work() -> None:
            self.go.wait(60)
            if wait is not None:
                wait.wait(60)
            if self.broken:
                signal.fail(invalid_argument("the gadget is broken"))
                return
            result.buffer.write(0, (3 * array_of(view)).tobytes())
            signal.signal()

        self.threads.append(threading.Thread(target=work))
        self.threads[-1].start()
        return result


@EVERY_TARGET
def test_a_call_that_blocks(target: str) -> None:
    flags, device_name = TARGETS[target]
    device = open_device(device_name)
    module = read_module(compile_upstream(TENSORS.replace("ABI", ""), *flags))
    gadget = NativeModule("gadget", state_factory=lambda: SyncGadget(device))
    function = link([module], [device], natives=[gadget]).lookup_function("example.main")
    (result,) = function(view_of(device, INPUT))
    np.testing.assert_array_equal(array_of(result), EXPECTED)


def start(target: str, gadget: Callable[[Any], AsyncGadget]) -> tuple[AsyncGadget, Any, Fence]:
    """Calls the asynchronous program: (the gadget, the result, the fence at which it is ready)"""
    flags, device_name = TARGETS[target]
    device = open_device(device_name)
    module = read_module(compile_upstream(TENSORS.replace("ABI", NO_SIDE_EFFECTS), *flags, ASYNC))
    state = gadget(device)
    native = NativeModule("gadget", state_factory=lambda: state)
    function = link([module], [device], natives=[native]).lookup_function("example.main")
    done = Fence([(Semaphore(), 1)])
    (result,) = function(view_of(device, INPUT), None, done)
    return state, result, done


@EVERY_TARGET
def test_a_call_with_fences(target: str) -> None:
    """The program has returned long before the gadget begins: only fences hold the parts in order."""
    go = threading.Event()
    gadget, result, done = start(target, lambda device: AsyncGadget(device, go))
    assert not done.reached()
    go.set()
    done.wait(60)
    np.testing.assert_array_equal(array_of(result), EXPECTED)
    for thread in gadget.threads:
        thread.join(60)


def test_a_call_that_fails_later() -> None:
    """Whoever waits for the end hears of what went wrong in the middle."""
    go = threading.Event()
    go.set()
    gadget, _, done = start("vmvx", lambda device: AsyncGadget(device, go, broken=True))
    with pytest.raises(StatusError, match="the gadget is broken"):
        done.wait(60)
    for thread in gadget.threads:
        thread.join(60)


# -- types of a module's own -----------------------------------------------------------------------

WORDS = """module @example {
  func.func private @words.make(!util.buffer) -> !words.word
  func.func private @words.length(!words.word) -> index attributes {
    vm.signature = (!vm.ref<!words.word>) -> i64
  }
  func.func private @words.join(!words.word, !words.word) -> !words.word
  func.func private @words.show(!words.word)
  func.func private @words.inspect(!words.word) attributes {vm.fallback = @instead}
  func.func private @instead(%w: !words.word) {
    %text = util.buffer.constant : !util.buffer = "no inspector"
    %other = call @words.make(%text) : (!util.buffer) -> !words.word
    call @words.show(%other) : (!words.word) -> ()
    return
  }
  func.func @main() -> i64 {
    %text = util.buffer.constant : !util.buffer = "wood"
    %a = call @words.make(%text) : (!util.buffer) -> !words.word
    %b = call @words.join(%a, %a) : (!words.word, !words.word) -> !words.word
    call @words.show(%b) : (!words.word) -> ()
    call @words.inspect(%a) : (!words.word) -> ()
    %n = call @words.length(%b) : (!words.word) -> index
    %r = arith.index_cast %n : index to i64
    return %r : i64
  }
}"""


class Word:
    """A value only its own module looks into."""

    vm_type = "words.word"

    def __init__(self, text: str):
        self.text = text


class Words:
    def __init__(self) -> None:
        self.shown: list[str] = []

    @vm_export("make", "0r_r")
    def make(self, buffer: VmBuffer) -> Word:
        return Word(bytes(buffer.data).decode())

    @vm_export("length", "0r_I")
    def length(self, word: Word) -> int:
        return len(word.text)

    @vm_export("join", "0rr_r")
    def join(self, a: Word, b: Word) -> Word:
        return Word(a.text + b.text)

    @vm_export("show", "0r_v")
    def show(self, word: Word) -> None:
        self.shown.append(word.text)


class InspectedWords(Words):
    @vm_export("inspect", "0r_v")
    def inspect(self, word: Word) -> None:
        self.shown.append(f"<{word.text}>")


@pytest.mark.parametrize(
    ("kind", "shown"),
    [(Words, ["woodwood", "no inspector"]), (InspectedWords, ["woodwood", "<wood>"])],
)
def test_types_of_its_own_and_an_import_that_may_be_absent(
    kind: type[Words], shown: list[str]
) -> None:
    module = read_module(compile_upstream(WORDS, "--iree-execution-model=host-only"))
    state = kind()
    instance = Instance()
    instance.register_type(Word)
    words = NativeModule("words", state_factory=lambda: state)
    context = link([module], [], instance=instance, natives=[words])
    assert context.lookup_function("example.main")() == (8,)
    assert state.shown == shown
