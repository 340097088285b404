"""`ireelite-opt`: runs passes on the text of any stage."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.tools.endings import exit_code, forgo_collections
from ireelite.tools.flag_parser import ToolParser
from ireelite.tools.flag_values import add_fusion_flag

if TYPE_CHECKING:
    from ireelite.passes import Pass


def listed(own: Collection[Pass]) -> str:
    """Returns a line for each pass, under the stage that it works towards."""
    from ireelite.passes import CLEAN_UPS, PASSES

    lines: list[str] = []
    heading = ""
    for where, steps in (("", PASSES), ("within any stage", CLEAN_UPS), ("your own", own)):
        for step in steps:
            if (new := where or f"towards stage {step.stage}") != heading:
                lines.append(f" {new}:")
                heading = new
            lines.append(f"  {step.name:<28}{step.summary}")
    return "\n".join(lines)


def parser(own: Collection[Pass] = ()) -> argparse.ArgumentParser:
    """Returns the flags; `own` are passes that `--load` found."""
    from ireelite.passes import CLEAN_UPS, PASSES

    flags = ToolParser(
        prog="ireelite-opt",
        description="Reads MLIR text of any stage, runs passes, and prints the result.",
        epilog=f"passes, each also as a flag of its own (--cse), in the order given:\n{listed(own)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    flags.add_argument(
        "input", nargs="?", default="-", help="the source file; - is standard input (default)"
    )
    flags.add_argument(
        "-o",
        dest="output",
        default="-",
        metavar="FILE",
        help="where the result goes (default: standard output)",
    )
    flags.add_argument(
        "-p",
        "--passes",
        action="append",
        default=[],
        metavar="NAMES",
        help="passes to run, separated by commas",
    )
    flags.add_argument(
        "--load",
        action="append",
        default=[],
        metavar="FILE.py",
        help="a Python file with xDSL passes and rewrite patterns of your own, which then go by "
        "their names (of a pattern, its class's) wherever passes are named",
    )
    for name in (step.name for step in (*PASSES, *CLEAN_UPS, *own)):
        flags.add_argument(
            f"--{name}",
            dest="passes",
            action="append_const",
            const=name,
            help=argparse.SUPPRESS,
        )
    flags.add_argument(
        "--pass-pipeline", metavar="PIPELINE", help="the same in MLIR's form: builtin.module(a,b)"
    )
    flags.add_argument(
        "--iree-hal-target-backends",
        metavar="NAMES",
        help="targets of translate-executables, each of which must take the program (default: all "
        "that do)",
    )
    flags.add_argument(
        "--iree-execution-model",
        default="async-internal",
        metavar="MODEL",
        help="what outline-sequences makes of functions: async-internal, async-external, host-only",
    )
    flags.add_argument("--workgroup-size", metavar="X,Y,Z", help="invocations in a workgroup")
    add_fusion_flag(flags)
    flags.add_argument(
        "--print-fusions",
        action="store_true",
        help="print which ops share a dispatch and which do not, by which rule, and why, to standard "
        "error",
    )
    flags.add_argument(
        "--verify-each",
        default="true",
        choices=["true", "false"],
        help="verify after each pass (default: true)",
    )
    flags.add_argument(
        "--interpret",
        metavar="FUNCTION",
        help="after the passes, call a function in the reference interpreter and print its results "
        "(default: the only public one)",
    )
    flags.add_argument(
        "--input",
        dest="inputs",
        action="append",
        default=[],
        metavar="VALUE",
        help="an argument for --interpret, as ireelite-run-module takes it: 2x2xf32=1,2,3,4",
    )
    flags.add_argument(
        "--mlir-print-op-generic",
        action="store_true",
        help="print the result with each op in its generic form",
    )
    flags.add_argument(
        "--mlir-print-ir-after-all",
        action="store_true",
        help="print the IR after each pass, to standard error",
    )
    flags.add_argument(
        "--list-ops",
        action="store_true",
        help="print the ops that a program may have: how each is lowered, and for which targets",
    )
    flags.add_argument(
        "--mlir-timing", action="store_true", help="print the time of each pass, to standard error"
    )
    return flags


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the tool; the exit code."""
    if argv is None:
        forgo_collections()
    return exit_code(
        "ireelite-opt",
        lambda: run(parse_flags(sys.argv[1:] if argv is None else argv)),
        show_error,
        owns_process=argv is None,
    )


def parse_flags(arguments: Sequence[str]) -> argparse.Namespace:
    """Returns the values of a command line's flags; `--interpret` alone names no function."""
    own = loaded_passes(arguments)
    flags = parser(own.values()).parse_args(
        [f"{a}=" if a == "--interpret" else a for a in arguments]
    )
    flags.own = own
    return flags


def loaded_passes(arguments: Sequence[str]) -> dict[str, Pass]:
    """Returns the passes of the files that `--load` names. Raises ALREADY_EXISTS for a name that a
    pass of ireelite's has.
    """
    loads = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    loads.add_argument("--load", action="append", default=[])
    files = loads.parse_known_args(arguments)[0].load
    if not files:
        return {}
    from ireelite.own_passes import load_passes
    from ireelite.passes import CLEAN_UPS, PASSES

    own: dict[str, Pass] = {}
    for file in files:
        for name, step in load_passes(file).items():
            if name in own or any(name == known.name for known in (*PASSES, *CLEAN_UPS)):
                raise StatusError(
                    StatusCode.ALREADY_EXISTS,
                    f"{file}: there is a pass '{name}' already; give yours another name",
                )
            own[name] = step
    return own


def show_error(error: StatusError) -> None:
    """Prints an error to standard error."""
    print(f"ireelite-opt: error: {error}", file=sys.stderr)


def run(flags: argparse.Namespace) -> int:
    """Parses, runs, verifies, prints; the exit code."""
    if flags.list_ops:
        from ireelite.tools.op_list import table

        print(table(), end="")
        return 0
    import time

    from ireelite.compile_options import CompileOptions
    from ireelite.importers.source import read_source
    from ireelite.lowering.sequencer.verify_plan import verify_plan
    from ireelite.passes import Compilation, find_pass, input_stage
    from ireelite.pipeline import reach_stage, run_pass
    from ireelite.provenance import Tracker
    from ireelite.stages import check_stage
    from ireelite.syntax.parser import parse_module
    from ireelite.syntax.printer import print_module
    from ireelite.tools.compile import warning_lines, write
    from ireelite.tools.flag_values import fusion_rules, names, workgroup_size

    own: dict[str, Pass] = flags.own
    wanted = [name for row in flags.passes for name in names(row) or ()]
    if flags.pass_pipeline is not None:
        wanted += pipeline_names(flags.pass_pipeline)
    steps = [own.get(name) or find_pass(name) for name in wanted]
    source = read_source(flags.input)
    targets = names(flags.iree_hal_target_backends)
    options = CompileOptions(
        None if targets is None else tuple(targets),
        workgroup_size(flags.workgroup_size),
        execution_model=flags.iree_execution_model,
        fusion=fusion_rules(flags.fusion),
        verify=flags.verify_each == "true",
    )
    program = parse_module(source.text, source.name, blobs=source.blobs)
    compilation = Compilation(options)
    if flags.print_fusions:
        compilation.tracker = Tracker(source.name)
        reach_stage("input", program, compilation)
    with source.excerpts():
        verify_plan(program)
    for step in steps:
        start = time.perf_counter()
        try:
            with source.excerpts():
                if step.stage:
                    check_stage(program, input_stage(step))
                program = run_pass(step, program, compilation)
        except StatusError as error:
            raise error.annotate(f"while running {step.name}") from None
        if flags.mlir_timing:
            print(f"{step.name:<28}{(time.perf_counter() - start) * 1e3:9.3f} ms", file=sys.stderr)
        if flags.mlir_print_ir_after_all:
            print(
                f"// -----// IR after {step.name} //----- //\n{print_module(program)}",
                file=sys.stderr,
            )
    for line in warning_lines("ireelite-opt", compilation):
        print(line, file=sys.stderr)
    if compilation.tracker is not None:
        reach_stage("output", program, compilation)
        for fusion in compilation.tracker.record.fusions:
            print(fusion, file=sys.stderr)
    if flags.interpret is not None:
        from ireelite.tools.interpret import print_interpretation

        with source.excerpts():
            return print_interpretation(program, flags.interpret or None, flags.inputs)
    text = print_module(program, generic=flags.mlir_print_op_generic)
    write(flags.output, text.encode())
    return 0


def pipeline_names(text: str) -> list[str]:
    """Returns the passes of `builtin.module(a,b)`, or of `a,b`. Raises INVALID_ARGUMENT."""
    match = re.fullmatch(r"\s*(?:builtin\.module\s*\((.*)\)|([\w\-,\s]*))\s*", text)
    if match is None:
        raise invalid_argument(f"--pass-pipeline={text}: expected builtin.module(pass,pass)")
    inner = match[1] if match[1] is not None else match[2]
    return [name.strip() for name in inner.split(",") if name.strip()]


if __name__ == "__main__":
    sys.exit(main())
