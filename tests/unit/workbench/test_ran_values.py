"""Values of a run beside results: from the reference, and from a device."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite
import workbench
from ireelite.program import Program, compile_source
from ireelite.status import StatusError
from workbench.model.device_values import device_values
from workbench.model.ran_values import RanValues, summary

TEXT = """func.func @main(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.add %a, %b : tensor<4xf32>
  %1 = stablehlo.multiply %0, %0 : tensor<4xf32>
  return %1 : tensor<4xf32>
}"""
A = np.arange(4, dtype=np.float32)


@pytest.fixture(scope="module")
def program() -> Program:
    return compile_source(TEXT, targets=["vmvx"], record=True)


def test_the_reference_and_a_device_agree(program: Program):
    reference = program.interpret(A, A, values=True)
    device = device_values(program, A, A)
    assert sorted(device) == ["hlo/2", "hlo/3"]
    for identity, value in device.items():
        np.testing.assert_array_equal(value, reference.value(identity))
    record = program.record
    assert RanValues(record, reference).texts() == RanValues(record, device).texts()
    view = workbench.IRView(program, values=device)
    assert view.data["ran"][str(record.serial("hlo/3"))] == "0 4 16 36"


def test_what_is_no_value_of_the_program_is_refused(program: Program):
    with pytest.raises(StatusError, match="interpret"):
        workbench.IRView(program, values=[1, 2])
    with pytest.raises(StatusError, match="no op 'hlo/77'"):
        workbench.IRView(program, values={"hlo/77": A})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.float32(1.5), "1.5"),
        (np.array([True, False]), "true false"),
        (np.array([1 + 2j, -1j]), "1+2i 0-1i"),
        (np.zeros((0, 3)), "no elements"),
        (np.arange(100), "0 to 99: 0 1 2 3 4 5 …"),
        (
            np.array([np.nan, np.inf, 1, 2, 3, 4, 5]),
            "1 to 5, 1 NaN, 1 infinite: nan inf 1 2 3 4 …",
        ),
        (np.full(9, np.nan), "none finite, 9 NaN: nan nan nan nan nan nan …"),
    ],
)
def test_summaries(value: object, text: str):
    assert summary(value) == text


def test_a_badge_names_the_variant_that_ran(program: Program):
    module = ireelite.load(program, record=True)
    module.main(A, A)
    badges = {
        pane["name"]: pane["badge"] for pane in workbench.IRView(program, run=module).data["panes"]
    }
    assert badges["vm:kernels"] == "ran: vmvx-bytecode-fb"
    assert set(badges.values()) == {"", "ran: vmvx-bytecode-fb"}
    text = workbench.IRView(
        program, run=module, values=program.interpret(A, A, values=True)
    ).to_text()
    assert "| ran: vmvx-bytecode-fb" in text and "= 0 2 4 6" in text
    assert not any(pane["badge"] for pane in workbench.IRView(program).data["panes"])
