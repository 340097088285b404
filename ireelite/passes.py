"""The passes between the stages of a compilation, in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

from ireelite.compile_options import CompileOptions
from ireelite.light_dataclass import field, light_dataclass
from ireelite.progress import PARSING
from ireelite.stages import STAGES, stage_index
from ireelite.status import check_name
from ireelite.targets.registry import InstructionRow, TargetSelection, find_target

if TYPE_CHECKING:
    from xdsl.dialects.builtin import ModuleOp

    from ireelite.progress import Progress
    from ireelite.provenance import Tracker


@light_dataclass()
class Compilation:
    """One run of the pipeline: its options, who is watching, and what passes leave for the end."""

    options: CompileOptions
    tracker: Tracker | None = None
    instructions: list[tuple[str, str, list[InstructionRow]]] = field(default_factory=list)
    progress: Progress | None = None
    """Called with each pass before it runs."""
    points: list[str] = field(default_factory=list)
    """The stages and passes that this run has come to."""
    at_stage: Callable[[str, ModuleOp], None] | None = None
    """Called at each stage boundary with the stage's name and the program."""

    @cached_property
    def targets(self) -> TargetSelection:
        """The targets, and why some of them are left out."""
        options = self.options
        targets = [find_target(name) for name in options.in_order]
        return TargetSelection(targets, options.targets is not None)


Run: TypeAlias = "Callable[[ModuleOp, Compilation], ModuleOp]"


@light_dataclass(frozen=True)
class Pass:
    """One step of the pipeline."""

    name: str
    summary: str
    """What it does, in a line."""
    stage: str
    """The stage it works towards; nothing for a pass that leaves a program in its stage."""
    run: Run
    needed: Callable[[CompileOptions], bool] = lambda options: True
    """Whether a compilation with these options runs it."""


def _tracker(compilation: Compilation) -> Sequence[Any]:
    return (compilation.tracker,)


def _option(name: str) -> Callable[[Compilation], Sequence[Any]]:
    return lambda compilation: (getattr(compilation.options, name), compilation.tracker)


def _targets(compilation: Compilation) -> Sequence[Any]:
    options = compilation.options
    return (
        compilation.targets,
        options.code_generation,
        compilation.tracker,
        options.device_choices,
    )


def _devices(compilation: Compilation) -> Sequence[Any]:
    options = compilation.options
    return options.execution_model, compilation.tracker, dict(options.devices)


@light_dataclass(frozen=True)
class Imported:
    """A pass that is a function in a module, which is imported when the pass first runs."""

    module: str
    function: str
    values: Callable[[Compilation], Sequence[Any]] = _tracker
    """Returns what the function takes besides the program."""

    def load(self) -> Callable[..., ModuleOp]:
        """Returns the function."""
        return getattr(import_module(self.module), self.function)

    def __call__(self, program: ModuleOp, compilation: Compilation) -> ModuleOp:
        return self.load()(program, *self.values(compilation))


def _ll_seq_to_vm(program: ModuleOp, compilation: Compilation) -> ModuleOp:
    from ireelite.lowering.program.ll_seq_to_vm import ll_seq_to_vm

    options = compilation.options
    name = options.module_name or (
        program.sym_name.data if program.sym_name is not None else "module"
    )
    wanted = replace(options.code_generation, origins=compilation.tracker is not None)
    result, tables = ll_seq_to_vm(
        program, name, wanted, compilation.targets, compilation.tracker, options.device_choices
    )
    compilation.instructions += tables
    return result


PASSES = (
    Pass(
        "raise-tf-control-flow",
        "turns frames, Switch and Merge nodes into loops and conditions with regions",
        "hlo",
        Imported("ireelite.lowering.frontend.tf.raise_control_flow", "raise_control_flow"),
    ),
    Pass(
        "tf-to-hlo",
        "lowers TensorFlow nodes to StableHLO ops, and graphs to functions",
        "hlo",
        Imported("ireelite.lowering.frontend.tf.tf_to_hlo", "tf_to_hlo"),
    ),
    Pass(
        "place-on-devices",
        "assigns ops to the devices of the program and inserts transfers",
        "dispatch",
        Imported(
            "ireelite.lowering.sequencer.placement", "place_on_devices", _option("device_names")
        ),
        lambda options: bool(options.devices),
    ),
    Pass(
        "keep-one-device",
        "removes shardings and meshes",
        "dispatch",
        Imported("ireelite.lowering.frontend.hlo.one_device", "keep_one_device"),
    ),
    Pass(
        "unpack-tuples",
        "replaces tuples by their elements, and removes tokens",
        "dispatch",
        Imported("ireelite.lowering.frontend.hlo.unpack_tuples", "unpack_tuples"),
    ),
    Pass(
        "refine-shapes",
        "makes shapes static where constants decide them",
        "dispatch",
        Imported("ireelite.lowering.frontend.hlo.refine_shapes", "refine_shapes"),
    ),
    Pass(
        "expand-quantized",
        "replaces quantized tensors by integers and explicit scaling",
        "dispatch",
        Imported("ireelite.lowering.frontend.hlo.quantized", "expand_quantized"),
    ),
    Pass(
        "expand-hlo",
        "expands ops that are made of simpler ones, as batch_norm or triangular_solve",
        "dispatch",
        Imported("ireelite.lowering.frontend.hlo.expand", "expand_hlo"),
    ),
    Pass(
        "convert-element-types",
        "replaces element types, as f64 by f32, where options ask for it",
        "dispatch",
        Imported(
            "ireelite.lowering.frontend.element_types",
            "convert_element_types",
            _option("element_types"),
        ),
        lambda options: bool(options.element_types),
    ),
    Pass(
        "hlo-control-to-scf",
        "lowers loops and conditions of StableHLO to scf",
        "dispatch",
        Imported("ireelite.lowering.tensors.control_flow", "hlo_control_to_scf"),
    ),
    Pass(
        "inline-calls",
        "inlines calls of functions on tensors",
        "dispatch",
        Imported("ireelite.lowering.sequencer.inline_calls", "inline_calls"),
    ),
    Pass(
        "simplify-loops",
        "removes loop-carried values that do not change, and counts turns on the host",
        "dispatch",
        Imported("ireelite.lowering.tensors.loops", "simplify_loops"),
    ),
    Pass(
        "fuse-loops",
        "makes one kernel of a loop or condition over small tensors",
        "dispatch",
        Imported("ireelite.lowering.tensors.fuse_loops", "fuse_loops"),
    ),
    Pass(
        "rotate-loops",
        "computes the condition of a host loop at the end of each turn",
        "dispatch",
        Imported("ireelite.lowering.tensors.loops", "rotate_loops"),
    ),
    Pass(
        "outline-sequences",
        "outlines the tensor work of host code into functions for a device",
        "dispatch",
        Imported("ireelite.lowering.sequencer.outline_sequences", "outline_sequences", _devices),
    ),
    Pass(
        "split-reductions",
        "splits long reductions into partial results that workgroups compute at once",
        "dispatch",
        Imported("ireelite.lowering.tensors.split_reductions", "split_reductions"),
        lambda options: options.reassociate,
    ),
    Pass(
        "hlo-to-linalg",
        "lowers StableHLO to linalg, arith and math on tensors",
        "dispatch",
        Imported("ireelite.lowering.tensors.hlo_to_linalg.program", "hlo_to_linalg"),
    ),
    Pass(
        "form-dispatches",
        "fuses ops into dispatch regions",
        "dispatch",
        Imported("ireelite.lowering.fusion.form_dispatches", "form_dispatches", _option("fusion")),
    ),
    Pass(
        "outline-executables",
        "outlines dispatch regions into executables, and replaces tensors by buffers",
        "hl-seq",
        Imported("ireelite.lowering.fusion.outline_executables", "outline_executables"),
    ),
    Pass(
        "reuse-buffers",
        "lets loops and conditions own and reuse the buffers that they carry",
        "ll-seq",
        Imported("ireelite.lowering.sequencer.reuse_buffers", "reuse_buffers"),
    ),
    Pass(
        "hl-to-ll-seq",
        "plans memory and order: arenas, aliases, barriers, workloads",
        "ll-seq",
        Imported("ireelite.lowering.sequencer.hl_to_ll_seq", "hl_to_ll_seq"),
    ),
    Pass(
        "linalg-to-loops",
        "lowers each executable to a kernel of loops over buffers",
        "kernels",
        Imported("ireelite.lowering.kernels.linalg_to_loops", "linalg_to_loops"),
    ),
    Pass(
        "schedule-kernels",
        "gives each target a copy of each kernel, with tiles and vectors of its own",
        "schedules",
        Imported("ireelite.targets.translate", "schedule_kernels", _targets),
    ),
    Pass(
        "translate-executables",
        "translates kernels to LLVM IR, VM ops or SPIR-V, by target",
        "executables",
        Imported("ireelite.targets.translate", "translate_executables", _targets),
    ),
    Pass(
        "ll-seq-to-vm",
        "lowers sequences and host code to functions of the VM that call the HAL",
        "vm",
        _ll_seq_to_vm,
    ),
)
"""The passes from stage to stage, in order. `ireelite-opt` takes them by name."""

CLEAN_UPS = tuple(
    Pass(name, summary, "", Imported(f"ireelite.lowering.rewriting.{module}", function))
    for name, module, function, summary in (
        (
            "canonicalize",
            "canonicalize",
            "canonicalize",
            "applies canonicalization patterns until none matches, and removes dead ops",
        ),
        (
            "cse",
            "common_subexpressions",
            "eliminate_common_subexpressions",
            "replaces ops that compute what a dominating op has computed",
        ),
        (
            "dce",
            "dead_code",
            "eliminate_dead_code",
            "erases ops without effects whose results have no uses",
        ),
        (
            "fold-constants",
            "fold_constants",
            "fold_constants",
            "evaluates StableHLO ops on small constants",
        ),
        (
            "loop-invariant-code-motion",
            "loop_invariants",
            "move_loop_invariants",
            "moves what a loop computes from values it does not change before the loop",
        ),
    )
)
"""Passes that leave a program in its stage. `ireelite-opt` takes them by name, too."""
CLEAN_UPS_BEFORE = {
    "fuse-loops": ("cse", "loop-invariant-code-motion", "dce"),
}
"""Pass -> the clean-ups that every compilation runs before it."""


def find_pass(name: str) -> Pass:
    """Returns the pass of that name. Raises NOT_FOUND with the near names."""
    known = {step.name: step for step in (*PASSES, *CLEAN_UPS)}
    check_name("pass", name, known)
    return known[name]


PIPELINE = tuple(
    step
    for following in PASSES
    for step in (
        *(
            replace(find_pass(name), stage=following.stage)
            for name in CLEAN_UPS_BEFORE.get(following.name, ())
        ),
        following,
    )
)
"""What a compilation runs, in order."""

ENCODING = "vm-to-bytecode"
"""What `encode` is called where passes are listed."""

STEPS = (PARSING, *(step.name for step in PIPELINE), ENCODING)
"""Everything that a compilation does, in order."""


def input_stage(step: Pass) -> str:
    """Returns the stage whose programs, or whose half-way lowered programs, a pass takes."""
    return STAGES[stage_index(step.stage) - 1]


def pass_summary(name: str) -> str:
    """Returns what the pass of that name does, in a line; nothing for a pass of someone else's."""
    return next((step.summary for step in (*PASSES, *CLEAN_UPS) if step.name == name), "")
