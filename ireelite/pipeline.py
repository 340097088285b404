"""Runs the passes of a compilation, from the stage that a source is in to the stage that was asked
for, and encodes what they end with.

A stage is a program in one set of dialects, which prints and reads back; a pass makes the next
stage, or a part of it.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from ireelite.passes import ENCODING, PIPELINE, Compilation, Imported, Pass
from ireelite.stages import check_stage, stage_index
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.syntax.errors import place_of, placing_errors, refusing_misfits

if TYPE_CHECKING:
    from xdsl.dialects.builtin import ModuleOp


RECORD_ATTRIBUTE = "ireelite.record"
"""The module's root attribute that holds the digest by which its compilation record is found."""


def run_pass(step: Pass, program: ModuleOp, compilation: Compilation) -> ModuleOp:
    """Runs one pass, records it if there is a tracker, and verifies its output: the plan of memory
    and order always, since that costs little, and every op if the options ask for it.

    Raises INTERNAL for an invalid output, naming the pass, the op and what is wrong with it.
    """
    tracker = compilation.tracker
    if compilation.progress is not None:
        compilation.progress.at(step.name, step.stage)
    if tracker is not None and isinstance(step.run, Imported):
        step.run.load()  # so that the time of a pass is not that of its first import
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
