"""Executables from tensors to instructions, line by line; who computes which element; choices."""

from __future__ import annotations

import itertools
import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import ireelite
import workbench
from ireelite.records import CompilationRecord
from ireelite.status import StatusError
from workbench.model.code_lines import CodeLine, assembly_lines, llvm_lines
from workbench.model.executable_view import ExecutableView
from workbench.render.svg_executable import draw_executable
from workbench.render.text_structures import executable_text

T = "tensor<20x48xf32>"
SOURCE = f"""func.func @main(%a: tensor<20x32xf32>, %b: tensor<32x48xf32>) -> ({T}, tensor<48x20xf32>) {{
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<20x32xf32>, tensor<32x48xf32>) -> {T}
  %1 = stablehlo.tanh %0 : {T}
  %2 = stablehlo.transpose %1, dims = [1, 0] : ({T}) -> tensor<48x20xf32>
  return %1, %2 : {T}, tensor<48x20xf32>
}}
"""
TARGETS = ["vmvx", "vulkan-spirv", "llvm-cpu"]


@pytest.fixture(scope="module")
def program() -> ireelite.Program:
    return ireelite.compile(
        SOURCE, targets=TARGETS, schedule="avx2", vulkan_target="lavapipe", record=True
    )


@pytest.fixture(scope="module")
def model(program: ireelite.Program) -> ExecutableView:
    return ExecutableView(program.record, program.data, "main_rgn_dispatch_0")


def pane(model: ExecutableView, name: str, target: str = "") -> list[CodeLine]:
    found = [p for p in model.panes(model.dispatch) if (p.name, p.target) == (name, target)]
    assert len(found) == 1, name
    return found[0].lines


def line_of(lines: list[CodeLine], text: str) -> CodeLine:
    return next(line for line in lines if text in line.text)


def test_a_product_is_followed_from_its_op_to_each_targets_instructions(model: ExecutableView):
    record = model.record
    product = line_of(pane(model, "nests"), "arith.mulf").serial
    assert line_of(pane(model, "tensors"), "linalg.matmul").serial in record.ancestors(product)
    later = record.descendants(product)
    for target, name, word in (
        ("vulkan-spirv", "SPIR-V", "OpFMul"),
        ("llvm-cpu", "LLVM IR", "fmul"),
    ):
        assert line_of(pane(model, "schedule", target), "arith.mulf").serial in later
        lit = [line.text for line in pane(model, name, target) if line.serial in later]
        assert lit and any(word in text for text in lit), name
    assert any("mmt4d" in line.text for line in pane(model, "bytecode", "vmvx"))


def test_instructions_have_their_ids_offsets_and_registers(model: ExecutableView):
    spirv = pane(model, "SPIR-V", "vulkan-spirv")
    assert all(line.serial >= 0 for line in spirv)
    assert any(line.text.strip().startswith("5  OpCapability") for line in spirv)
    assert any(" = OpLoad %" in line.text for line in spirv)
    bytecode = [line for line in pane(model, "bytecode", "vmvx") if line.serial >= 0]
    assert any("%r" in line.text and "vm.call" in line.text for line in bytecode)
    without = ExecutableView(model.record, None, model.dispatch)
    names = [line.text.split()[1] for line in pane(without, "instructions", "vulkan-spirv")]
    assert names[0] == "OpCapability" and len(names) == len(spirv)


def test_each_line_of_llvm_ir_and_of_assembly_leads_to_its_op(model: ExecutableView):
    llvm_ir = pane(model, "LLVM IR", "llvm-cpu")
    inside = [line for line in llvm_ir if line.text.startswith("  ") and " phi " not in line.text]
    names = model.record.nodes.name
    assert inside and all(line.serial >= 0 for line in inside)
    for line in inside:
        if " = fmul " in line.text:
            assert names(line.serial) == "llvm.fmul"
        if line.text.startswith("  store "):
            assert names(line.serial) == "llvm.store"
    assembly = pane(model, "assembly", "llvm-cpu")
    linked = {line.serial for line in assembly if line.serial >= 0}
    assert len(linked) > 10 and linked <= {line.serial for line in llvm_ir}


def test_ir_of_another_program_is_linked_to_nothing():
    text = "define void @f() {\n  %v0 = fmul float 1.0, 2.0\n  ret void\n}"
    assert [line.serial for line in llvm_lines(text, [("llvm.fadd", 3)])] == [-1] * 4
    assert [line.serial for line in llvm_lines(text, [("llvm.fmul", 3), ("llvm.return", 4)])] == [
        -1, 3, 4, -1,
    ]  # fmt: skip
    assert assembly_lines([CodeLine("no IR at all")]) == []


@pytest.mark.parametrize("target", TARGETS)
def test_every_element_has_the_invocation_that_stores_it(model: ExecutableView, target: str):
    grid = next(grid for grid in model.grids(model.dispatch) if grid.target == target)
    assert grid.tile.complete and grid.tile.shape in ((20, 48), (48, 20))
    assert len(grid.tile.owners) == 20 * 48
    if target == "vmvx":
        assert "vmvx.mmt4d" in grid.tile.calls
        return
    assert target != "llvm-cpu" or {"workgroup", "lanes"} <= set(grid.tile.mapping)
    several = len(grid.tile.workgroups) < len(grid.tile.owners)
    assert ("lane" in grid.legend) == several
    owner = grid.tile.owners[grid.index(0, 0)]
    assert owner.workgroup == grid.tile.workgroups[0] and not any(owner.lanes)
    # What the first workgroup reads of the left operand are whole rows, of the right one columns.
    reads = {name: ranges for name, ranges in grid.tile.reads.items() if len(ranges) == 2}
    assert (0, 31) in [reads["%arg0"][1], reads["%arg1"][0]]


@pytest.mark.parametrize("target", TARGETS)
def test_neighbours_of_different_workgroups_look_different(model: ExecutableView, target: str):
    grid = next(g for g in model.grids(model.dispatch) if g.target == target)
    looks = grid.looks()
    for row, column in itertools.product(range(grid.rows - 1), range(grid.columns - 1)):
        here, right, below = (
            grid.tile.owners[grid.index(row + down, column + across)].workgroup
            for down, across in ((0, 0), (0, 1), (1, 0))
        )
        assert {looks[right], looks[below]}.isdisjoint({looks[here]}) or here in (right, below)


def test_a_slice_beyond_the_edge_is_not_read(program: ireelite.Program):
    padded = """func.func @main(%a: tensor<6xf32>) -> tensor<9xf32> {
      %z = stablehlo.constant dense<0.0> : tensor<f32>
      %0 = stablehlo.pad %a, %z, low = [2], high = [1], interior = [0] : (tensor<6xf32>, tensor<f32>) -> tensor<9xf32>
      return %0 : tensor<9xf32>
    }"""
    record = ireelite.compile(padded, targets=["vmvx"], record=True).record
    (grid,) = ExecutableView(record).grids("main_rgn_dispatch_0")
    assert len(grid.tile.owners) == 9 and len(grid.tile.workgroups) == 9
    assert "%arg0" not in grid.tile.reads, "the first invocation stores the padding"


def test_the_view_has_every_form(program: ireelite.Program):
    view = workbench.ExecutableView(program, target="vulkan-spirv")
    state = json.loads(view.to_json())
    assert state["kind"] == "executable" and state["targets"] == TARGETS
    one = next(one for one in state["executables"] if one["dispatch"] == state["dispatch"])
    for grid in one["grids"]:
        assert len(grid["cells"]) == grid["rows"] * grid["columns"]
        assert max(grid["cells"]) < len(grid["owners"])
    ET.fromstring(draw_executable(view.model).document(view.label()))
    assert executable_text(view.model) == view.to_text() and "who computes" in view.to_text()
    assert len(view._esm.encode()) < 60_000 and "default-src 'none'" in view.to_html()
    with pytest.raises(StatusError, match="no dispatch 'main_rgn_dispatch_7'"):
        view.show("main_rgn_dispatch_7")
    with pytest.raises(StatusError, match="no executable for 'cuda'"):
        workbench.ExecutableView(program, target="cuda")
    record = CompilationRecord("early")
    record.add_stage("hlo", "module {\n}\n")
    with pytest.raises(StatusError, match="no stage 'kernels', it has hlo"):
        workbench.ExecutableView(record)


def test_choices_compile_again_and_run(program: ireelite.Program):
    rng = np.random.default_rng(3)
    arguments = [rng.random((20, 32), np.float32), rng.random((32, 48), np.float32)]
    view = workbench.ExecutableView(program, "main_rgn_dispatch_0", "llvm-cpu", arguments)
    packed, channel = view.packed, view.channel
    view.asked = {"seq": 1, "target": "llvm-cpu", "choices": {"schedule": "plain"}}
    assert "compiled for llvm-cpu with schedule='plain'" in view.status
    assert "times as fast" in view.status and "results" in view.status
    assert view.packed != packed and view.channel != channel, "a selection of its own"
    grid = next(grid for grid in view.model.grids(view.model.dispatch))
    assert "lanes" not in grid.tile.mapping
    view.asked = {"seq": 2, "target": "llvm-cpu", "choices": {"schedule": "nothing"}}
    assert "value of 'schedule'" in view.status
    others = [target for target in TARGETS if target != "llvm-cpu"]
    assert json.loads(view.to_json())["others"] == others, "a reader can go back to them"
    view.asked = {"seq": 3, "target": "vmvx", "choices": {}}
    assert view.channel == channel and view.model.targets == TARGETS
    assert view.model.target == "vmvx" and json.loads(view.to_json())["others"] == []
    with pytest.raises(StatusError, match="pass the program to ExecutableView"):
        workbench.ExecutableView(program.record).recompile(schedule="plain")


def test_the_executable_that_a_page_has_open_stays_open_when_it_is_compiled_again():
    program = ireelite.compile("notebooks/data/digits_mlp.pb", targets=["llvm-cpu"], record=True)
    view = workbench.ExecutableView(program)
    other = next(name for name in view.model.dispatches if name != view.model.dispatch)
    view.asked = {
        "seq": 1, "target": "llvm-cpu", "dispatch": other, "choices": {"schedule": "plain"},
    }  # fmt: skip
    assert view.status.startswith("compiled for llvm-cpu with schedule='plain'")
    assert view.model.dispatch == view.data["dispatch"] == other
