"""Shaders that are not trusted are compiled in a child process first, which may end of them."""

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite.bytecode.decode import decode_module
from ireelite.executables.spirv_decode import decode_spirv
from ireelite.executables.vke1 import MAGIC, decode_vke1
from ireelite.linking import open_device
from ireelite.loaders import shader_trial
from ireelite.loaders.shader_trial import ShaderTrials, TriedPipeline
from ireelite.loaders.spirv import prepare_shader
from ireelite.status import StatusError

pytestmark = pytest.mark.webgpu

SOURCE = """
func.func @summed(%a: tensor<4x65xf32>) -> tensor<4xf32> {
  %z = stablehlo.constant dense<0.0> : tensor<f32>
  %0 = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [1] : (tensor<4x65xf32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
"""


@pytest.fixture(scope="module")
def program():
    return ireelite.compile(SOURCE, targets=["vulkan-spirv"])


@pytest.fixture(scope="module")
def shader(program):
    rows = [bytes(row.data) for row in decode_module(program.data).rodata]
    executable = decode_vke1(memoryview(next(row for row in rows if row[:4] == MAGIC)))
    (pipeline,) = executable.pipelines
    sets = tuple(tuple(b.binding for b in bindings) for bindings in pipeline.sets)
    tried = TriedPipeline(pipeline.entry_point, sets, pipeline.push_constant_bytes)
    return bytes(executable.shaders[pipeline.shader]), tried


@pytest.fixture(scope="module")
def trials():
    made = ShaderTrials(0, open_device("webgpu").gpu.features)  # pyright: ignore
    yield made
    made.stop()


def with_a_foreign_phi(words):
    """The shader with a value for the block in its first OpPhi: naga ends the process."""
    changed = memoryview(bytearray(words)).cast("I")
    at = next(
        at
        for at, row in decode_spirv(words)
        if row.opcode.name == "OpPhi" and len(row.operands) > 4
    )
    changed[at + 6] = changed[at + 5]
    return bytes(changed)


def test_what_ends_a_compiler_ends_the_child_alone(trials, shader):
    words, pipeline = shader
    trials.check(words, [pipeline])
    first = trials._process.pid
    spoiled = with_a_foreign_phi(words)
    with pytest.raises(StatusError, match=r"INVALID_ARGUMENT; .*ends with signal 6: naga-.*/src/"):
        trials.check(spoiled, [pipeline])
    trials.check(words, [pipeline])
    assert trials._process is None  # what passed is not tried again
    trials.check(words, [pipeline, pipeline])
    assert trials._process.pid != first
    with pytest.raises(StatusError, match=r"DATA_LOSS; .*OpPhi at word"):
        prepare_shader(spoiled, ())


def test_what_a_compiler_refuses_is_refused_in_its_words(trials, shader):
    words, pipeline = shader
    for spoiled, other, message in (
        (words[:-8], pipeline, "SPIR-V is not accepted"),
        (words, TriedPipeline("none", pipeline.sets, 0), "entry point 'none' is not accepted"),
    ):
        with pytest.raises(StatusError, match=message):
            trials.check(spoiled, [other])


def test_a_compiler_that_takes_too_long_is_ended(trials, shader, monkeypatch):
    words, pipeline = shader
    monkeypatch.setattr(shader_trial, "TRIAL_TIMEOUT", 0.2)
    trials.check(words, [pipeline])
    os.kill(trials._process.pid, signal.SIGSTOP)
    tasks = Path(f"/proc/{trials._process.pid}/task")
    while not all(" T " in (task / "stat").read_text() for task in tasks.iterdir()):
        time.sleep(0.01)
    with pytest.raises(StatusError, match="DEADLINE_EXCEEDED; compiling the shader takes"):
        trials.check(words, [pipeline] * 3)


def test_a_module_is_tried_unless_it_is_trusted(program, monkeypatch):
    tried = []
    check = ShaderTrials.check
    monkeypatch.setattr(
        ShaderTrials, "check", lambda self, *rest: (tried.append(rest), check(self, *rest))
    )
    loaded = ireelite.load(program, device="webgpu", trusted=False)
    assert loaded.summed(np.ones((4, 65), np.float32)).tolist() == [65] * 4
    assert len(tried) == 1
    ireelite.load(program, device="webgpu")
    assert len(tried) == 1
