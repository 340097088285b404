"""What a reader sees who looks at what there is: short, and no addresses."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite
from ireelite.status import StatusError

SOURCE = """
func.func @halves(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %two = stablehlo.constant dense<2.0> : tensor<4xf32>
  %half = stablehlo.divide %x, %two : tensor<4xf32>
  %rest = stablehlo.subtract %x, %half : tensor<4xf32>
  return %half, %rest : tensor<4xf32>, tensor<4xf32>
}"""


@pytest.fixture(scope="module")
def shown() -> dict[str, str]:
    import workbench

    x = np.ones(4, np.float32)
    program = ireelite.compile(SOURCE, targets=["vmvx"], record=True)
    module = ireelite.load(program, record=True)
    module.halves(x)
    call = module.halves.debug(x)
    selection = workbench.Selection()
    things = {
        "program": program,
        "module": module,
        "function": module.halves,
        "signature": module.halves.signature,
        "device": module.device,
        "allocator": module.device.allocator,
        "compilation": program.record,
        "stage": program.record.stage("hlo"),
        "pass": program.record.passes[0],
        "fusion": program.record.fusions[0],
        "run": module.record,
        "values": program.interpret(x, values=True),
        "frame": call.frame,
        "selection": selection,
        "breakpoint": call.break_at("halves.", mnemonic="call"),
        "view": workbench.RewriteStepper(program),
    }
    return {name: repr(thing) for name, thing in things.items()}


def test_representations_are_short_and_without_addresses(shown: dict[str, str]):
    for name, text in shown.items():
        assert len(text) < 400 and " at 0x" not in text, name


def test_representations_say_what_a_thing_is(shown: dict[str, str]):
    halves = "halves(x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)"
    assert shown["signature"] == f"<Signature {halves}>".replace("x:", "input0:")
    assert shown["values"] == "<Interpretation: results float32[4], float32[4]; values of 3 ops>"
    assert shown["fusion"].startswith("<Fusion ")
    assert shown["pass"].endswith(" ms>")
    assert shown["frame"].startswith("<frame of module.halves at 0000000")
    assert shown["selection"] == "<Selection of nothing>"
    assert shown["allocator"] == "<hal.allocator HostAllocator>"


def test_views_say_what_they_show():
    import workbench

    module = ireelite.load(ireelite.compile(SOURCE, targets=["vmvx"]))
    for make, message in (
        (lambda: workbench.IRView(module), "IRView shows a compilation, and LoadedModule has"),
        (lambda: workbench.TensorPeek(None), "TensorPeek shows an array of numbers"),
        (lambda: workbench.TensorPeek([[1], [2, 3]]), "TensorPeek shows an array of numbers"),
        (lambda: workbench.page(3), "a page shows views, not int"),  # pyright: ignore
    ):
        with pytest.raises(StatusError, match=message):
            make()
