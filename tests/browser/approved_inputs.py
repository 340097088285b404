"""Inputs of the approved pictures: a compilation, its module and one run, kept as files, so that a
picture changes only with its view, not with the compiler, the machine or the clock.

A kernel imports this file and shows the views. `python tests/browser/approved_inputs.py` makes the
files anew, which is needed when the format or the contents of records change.
"""

from __future__ import annotations

from contextlib import chdir
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import ireelite
import workbench
from ireelite.compile_options import CompileOptions
from ireelite.importers.source import read_source
from ireelite.program import Program
from ireelite.records import CompilationRecord, ExecutionRecord
from workbench.model.pattern_sources import pattern_source

APPROVED = Path(__file__).resolve().parent / "approved"
SOURCE, MODULE = APPROVED / "layers.mlir", APPROVED / "layers.vmfb"
RECORD, RUN = APPROVED / "layers.record", APPROVED / "layers.run.json"
TARGETS = ("vulkan-spirv", "vmvx")


def arguments() -> list[np.ndarray]:
    """Returns the arguments of the program's function: ramps from -1 to 1."""
    shapes = ((16, 64), (64, 32), (32,), (32, 8))
    return [
        np.linspace(-1, 1, int(np.prod(shape)), dtype=np.float32).reshape(shape) for shape in shapes
    ]


def make() -> None:
    """Compiles and runs the program, and saves its module and its records."""
    with chdir(APPROVED):  # The module and the pictures contain the source's path.
        program = ireelite.compile(
            SOURCE.name, targets=TARGETS, vulkan_target="lavapipe", record=True
        )
    module = ireelite.load(program, device="local-sync", record=True)
    module.layers(*arguments())
    program.save(MODULE)
    keep_sources(program.record)
    program.record.save(RECORD)
    module.record.save(RUN)


def keep_sources(record: CompilationRecord) -> None:
    """Adds the source text of the compiler's rules to a record, which otherwise reads it from the
    package.
    """
    patterns = record.patterns
    for number in range(len(patterns.names)):
        patterns.sources[number] = record.nodes.strings.number(pattern_source(patterns, number))


@cache
def program() -> Program:
    """Returns the compiled program, read from the files."""
    options = CompileOptions(targets=TARGETS, vulkan_target="lavapipe")
    record = CompilationRecord.load(RECORD)
    source = read_source(SOURCE)
    data = MODULE.read_bytes()
    return Program(data, source, options, compilation_record=record, targets=TARGETS, _start="hlo")


@cache
def run() -> ExecutionRecord:
    """Returns the recorded run of the program."""
    return ExecutionRecord.from_json(RUN.read_text(encoding="utf-8"))


@cache
def module() -> Any:
    """Returns the module, loaded on `local-sync`."""
    return ireelite.load(MODULE.read_bytes(), device="local-sync")


def tensor() -> workbench.TensorPeek:
    """Returns a view of two tensors: one element differs, and another is NaN in the first."""
    x, w, b, v = arguments()
    ours = np.maximum(x @ w + b, 0) @ v
    theirs = ours.copy()
    theirs[3, 5] += 2
    ours[7, 2] = np.nan
    return workbench.TensorPeek(ours, "scores", other=theirs)


def debugger(selection: workbench.Selection) -> workbench.VMDebugger:
    """Returns a debugger of a call, stopped before its first dispatch."""
    view = workbench.VMDebugger(module().layers.debug(*arguments()), program(), selection=selection)
    view.break_at("@hal.device.queue.execute")
    view.go("resume")
    return view


def views() -> dict[str, Any]:
    """Returns every view by name, each with a selection of its own."""

    def alone() -> workbench.Selection:
        return workbench.Selection(record=program().record)

    shown = program()
    views: dict[str, Any] = {
        "PipelineMap": workbench.PipelineMap(shown, here="dispatch", selection=alone()),
        "IRView": workbench.IRView(
            shown, stages=["hlo", "dispatch", "kernels"], focus="hlo/4", selection=alone()
        ),
        "RewriteStepper": workbench.RewriteStepper(shown, selection=alone()),
        "StageDiff": workbench.StageDiff(shown, "hlo", "dispatch", selection=alone()),
        "DispatchGraph": workbench.DispatchGraph(shown, selection=alone()),
        "ExecutableView": workbench.ExecutableView(shown, target="vulkan-spirv", selection=alone()),
        "TensorPeek": tensor(),
        "VMDebugger": debugger(alone()),
        "ModuleMap": workbench.ModuleMap(module(), program=shown, selection=alone()),
        "MemoryPlan": workbench.MemoryPlan(shown, selection=alone()),
        "FenceTimeline": workbench.FenceTimeline(run(), shown, memory=True, selection=alone()),
        "Workbench": workbench.Workbench(shown, run()),
    }
    views["DispatchGraph"].shared.select(dispatch="layers_rgn_dispatch_0")
    return views


if __name__ == "__main__":
    make()
