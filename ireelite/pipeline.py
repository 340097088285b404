"""The stages of a compilation, the passes between them, and what drives them.

A stage is a program in one set of dialects, which prints and reads back; a pass makes the next
stage, or a part of it. Compiling is running the passes from the stage a source is in to the stage
that was asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from ireelite.compile_options import CompileOptions
from ireelite.light_dataclass import field, light_dataclass
from ireelite.progress import PARSING
from ireelite.stages import STAGES, check_stage, stage_index
from ireelite.status import StatusCode, StatusError, check_name, invalid_argument
from ireelite.syntax.errors import place_of, placing_errors, refusing_misfits
from ireelite.targets.registry import (
    InstructionRow,
    TargetSelection,
    find_target,
)

if TYPE_CHECKING:
    from xdsl.dialects.builtin import ModuleOp

    from ireelite.progress import Progress
    from ireelite.provenance import Tracker


RECORD_ATTRIBUTE = "ireelite.record"
"""The module's root attribute that holds the digest by which its compilation record is found."""


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
    stage: str
    """The stage it works towards; nothing for a pass that leaves a program in its stage."""
    run: Run
    needed: Callable[[CompileOptions], bool] = lambda options: True
    """Whether a compilation with these options runs it."""


def _simple(module: str, function: str) -> Run:
    """Returns a pass that is a function of a module and a tracker, imported when it first runs."""

    def run(program: ModuleOp, compilation: Compilation) -> ModuleOp:
        return getattr(import_module(module), function)(program, compilation.tracker)

    return run


def _optioned(module: str, function: str, option: str) -> Run:
    """Returns a pass that is a function of a module, of one of the options and of a tracker."""

    def run(program: ModuleOp, compilation: Compilation) -> ModuleOp:
        value = getattr(compilation.options, option)
        return getattr(import_module(module), function)(program, value, compilation.tracker)

    return run


def _schedule_kernels(program: ModuleOp, compilation: Compilation) -> ModuleOp:
    from ireelite.targets.translate import schedule_kernels

    return schedule_kernels(
        program,
        compilation.targets,
        compilation.options.code_generation,
        compilation.tracker,
        compilation.options.device_choices,
    )


def _translate_executables(program: ModuleOp, compilation: Compilation) -> ModuleOp:
    from ireelite.targets.translate import translate_executables

    return translate_executables(
        program,
        compilation.targets,
        compilation.options.code_generation,
        compilation.tracker,
        compilation.options.device_choices,
    )


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


def _place_on_devices(program: ModuleOp, compilation: Compilation) -> ModuleOp:
    from ireelite.lowering.sequencer.placement import place_on_devices

    return place_on_devices(program, compilation.options.device_names, compilation.tracker)


def _outline_sequences(program: ModuleOp, compilation: Compilation) -> ModuleOp:
    from ireelite.lowering.sequencer.outline_sequences import outline_sequences

    options = compilation.options
    return outline_sequences(
        program, options.execution_model, compilation.tracker, dict(options.devices)
    )


PASSES = (
    Pass(
        "raise-tf-control-flow",
        "hlo",
        _simple("ireelite.lowering.frontend.tf.raise_control_flow", "raise_control_flow"),
    ),
    Pass("tf-to-hlo", "hlo", _simple("ireelite.lowering.frontend.tf.tf_to_hlo", "tf_to_hlo")),
    Pass(
        "place-on-devices",
        "dispatch",
        _place_on_devices,
        lambda options: bool(options.devices),
    ),
    Pass(
        "keep-one-device",
        "dispatch",
        _simple("ireelite.lowering.frontend.hlo.one_device", "keep_one_device"),
    ),
    Pass(
        "unpack-tuples",
        "dispatch",
        _simple("ireelite.lowering.frontend.hlo.unpack_tuples", "unpack_tuples"),
    ),
    Pass(
        "refine-shapes",
        "dispatch",
        _simple("ireelite.lowering.frontend.hlo.refine_shapes", "refine_shapes"),
    ),
    Pass(
        "expand-quantized",
        "dispatch",
        _simple("ireelite.lowering.frontend.hlo.quantized", "expand_quantized"),
    ),
    Pass("expand-hlo", "dispatch", _simple("ireelite.lowering.frontend.hlo.expand", "expand_hlo")),
    Pass(
        "convert-element-types",
        "dispatch",
        _optioned(
            "ireelite.lowering.frontend.element_types", "convert_element_types", "element_types"
        ),
        lambda options: bool(options.element_types),
    ),
    Pass(
        "hlo-control-to-scf",
        "dispatch",
        _simple("ireelite.lowering.tensors.control_flow", "hlo_control_to_scf"),
    ),
    Pass(
        "inline-calls",
        "dispatch",
        _simple("ireelite.lowering.sequencer.inline_calls", "inline_calls"),
    ),
    Pass(
        "simplify-loops",
        "dispatch",
        _simple("ireelite.lowering.tensors.loops", "simplify_loops"),
    ),
    Pass(
        "fuse-loops",
        "dispatch",
        _simple("ireelite.lowering.tensors.fuse_loops", "fuse_loops"),
    ),
    Pass(
        "rotate-loops",
        "dispatch",
        _simple("ireelite.lowering.tensors.loops", "rotate_loops"),
    ),
    Pass("outline-sequences", "dispatch", _outline_sequences),
    Pass(
        "split-reductions",
        "dispatch",
        _simple("ireelite.lowering.tensors.split_reductions", "split_reductions"),
        lambda options: options.reassociate,
    ),
    Pass(
        "hlo-to-linalg",
        "dispatch",
        _simple("ireelite.lowering.tensors.hlo_to_linalg.program", "hlo_to_linalg"),
    ),
    Pass(
        "form-dispatches",
        "dispatch",
        _optioned("ireelite.lowering.fusion.form_dispatches", "form_dispatches", "fusion"),
    ),
    Pass(
        "outline-executables",
        "hl-seq",
        _simple("ireelite.lowering.fusion.outline_executables", "outline_executables"),
    ),
    Pass(
        "reuse-buffers",
        "ll-seq",
        _simple("ireelite.lowering.sequencer.reuse_buffers", "reuse_buffers"),
    ),
    Pass(
        "hl-to-ll-seq",
        "ll-seq",
        _simple("ireelite.lowering.sequencer.hl_to_ll_seq", "hl_to_ll_seq"),
    ),
    Pass(
        "linalg-to-loops",
        "kernels",
        _simple("ireelite.lowering.kernels.linalg_to_loops", "linalg_to_loops"),
    ),
    Pass("schedule-kernels", "schedules", _schedule_kernels),
    Pass("translate-executables", "executables", _translate_executables),
    Pass("ll-seq-to-vm", "vm", _ll_seq_to_vm),
)
"""The passes from stage to stage, in order. `ireelite-opt` takes them by name."""

CLEAN_UPS = tuple(
    Pass(name, "", _simple(f"ireelite.lowering.rewriting.{module}", function))
    for name, module, function in (
        ("canonicalize", "canonicalize", "canonicalize"),
        ("cse", "common_subexpressions", "eliminate_common_subexpressions"),
        ("dce", "dead_code", "eliminate_dead_code"),
        ("fold-constants", "fold_constants", "fold_constants"),
        ("loop-invariant-code-motion", "loop_invariants", "move_loop_invariants"),
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


def run_pass(step: Pass, program: ModuleOp, compilation: Compilation) -> ModuleOp:
    """Runs one pass, records it if there is a tracker, and verifies its output: the plan of memory
    and order always, since that costs little, and every op if the options ask for it.

    Raises INTERNAL for an invalid output, naming the pass, the op and what is wrong with it.
    """
    tracker = compilation.tracker
    if compilation.progress is not None:
        compilation.progress.at(step.name, step.stage)
    running = tracker.running(step.name, step.stage) if tracker is not None else nullcontext()
    with running, placing_errors(program):
        result = step.run(program, compilation)
        verify_output(step, result, compilation.options.verify)
        if tracker is not None and tracker.keeps_programs:
            tracker.program(result)
    return result


def verify_output(step: Pass, program: ModuleOp, every_op: bool) -> None:
    """Verifies what a pass returned. Raises INTERNAL, naming the pass and the op."""
    if not every_op and step.stage != "ll-seq":
        return
    from ireelite.lowering.sequencer.verify_plan import verify_plan
    from ireelite.syntax.parser import verify

    try:
        if every_op:
            verify(program)
        verify_plan(program)
    except StatusError as error:
        raise StatusError(
            StatusCode.INTERNAL, f"{error.message}; pass '{step.name}' left this op invalid"
        ) from error


def lower(program: ModuleOp, start: str, stop: str, compilation: Compilation) -> ModuleOp:
    """Takes a program from one stage to a later one (`module` counts as `vm`:
    it is encoded by `encode`). Verifies the plan of a program whose memory and order are decided
    already: it may come from text.
    """
    from ireelite.lowering.sequencer.verify_plan import verify_plan

    first, last = stage_index(start), min(stage_index(stop), stage_index("vm"))
    if first > stage_index(stop):
        raise invalid_argument(f"can't compile from stage '{start}' back to '{stop}'")
    with placing_errors(program):
        check_stage(program, start)
        verify_plan(program)
    reach_stage(start, program, compilation)
    if start != stop:
        program = run_own_passes(start, program, compilation)
    for number, step in enumerate(PIPELINE, 1):
        if first < stage_index(step.stage) <= last:
            if step.needed(compilation.options):
                with refusing_misfits(program):
                    program = run_pass(step, program, compilation)
                program = run_own_passes(step.name, program, compilation)
            if number == len(PIPELINE) or PIPELINE[number].stage != step.stage:
                reach_stage(step.stage, program, compilation)
                if step.stage != stop:
                    program = run_own_passes(step.stage, program, compilation)
    _check_points(compilation)
    return program


def run_own_passes(point: str, program: ModuleOp, compilation: Compilation) -> ModuleOp:
    """Runs the passes of the reader's own that follow a stage or a pass."""
    compilation.points.append(point)
    for where, step in compilation.options.own_passes:
        if where == point:
            program = run_pass(step, program, compilation)
    return program


def _check_points(compilation: Compilation) -> None:
    """Raises INVALID_ARGUMENT for a pass of the reader's own that a whole compilation did not come
    to.
    """
    points = compilation.points
    if "vm" not in points:
        return
    for where, step in compilation.options.own_passes:
        if where not in points:
            raise invalid_argument(
                f"pass '{step.name}' is to follow '{where}', which this compilation does not come "
                f"to; it comes to {', '.join(dict.fromkeys(points))}"
            )


def reach_stage(name: str, program: ModuleOp, compilation: Compilation) -> None:
    """Passes the program at a stage boundary to `at_stage` and to the tracker."""
    if compilation.at_stage is not None:
        compilation.at_stage(name, program)
    if (tracker := compilation.tracker) is not None:
        from ireelite.syntax.printer import print_spans

        spans = print_spans(program)
        tracker.stage(
            name,
            spans.ops,
            spans.text,
            spans.op_spans,
            spans.value_spans,
            spans.name_starts,
            spans.complete,
            spans.value_types,
        )


def encode(program: ModuleOp, compilation: Compilation) -> bytes:
    """Returns the bytes of a program at stage `vm`. Raises INVALID_ARGUMENT if it holds no
    `vm.module`.
    """
    from ireelite.bytecode.encode import encode_module
    from ireelite.dialects import vm
    from ireelite.lowering.vm.vm_to_bytecode import vm_to_bytecode

    module = program.body.block.first_op
    if not isinstance(module, vm.ModuleOp):
        place = "" if module is None else place_of(module)
        raise invalid_argument(f"{place}expected a 'vm.module' at stage 'vm'")
    tracker, options = compilation.tracker, compilation.options
    if compilation.progress is not None:
        compilation.progress.at(ENCODING, "module")
    running = tracker.running(ENCODING, "module") if tracker is not None else nullcontext()
    with running, placing_errors(program):
        plain = vm_to_bytecode(module, not options.strip_source_map)
        encoded = encode_module(plain, options.polyglot_zip, RECORD_ATTRIBUTE)
    if tracker is not None:
        tracker.record.module_digest = encoded.digest
        rows = [((f, at), mnemonic, origin) for f, at, mnemonic, origin in encoded.origins]
        tracker.instructions("vm", "module", rows, ENCODING)
        for kind, where, table in compilation.instructions:
            tracker.instructions(kind, where, table, f"{where.partition('/')[2]}-serializer")
    return encoded.data


def input_stage(step: Pass) -> str:
    """Returns the stage whose programs, or whose half-way lowered programs, a pass takes."""
    return STAGES[stage_index(step.stage) - 1]
