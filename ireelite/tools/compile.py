"""`ireelite-compile`: a TensorFlow graph or MLIR text becomes a module file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ireelite.light_dataclass import light_dataclass
from ireelite.status import StatusError, invalid_argument
from ireelite.tools.endings import exit_code, forgo_collections
from ireelite.tools.flag_parser import FlagParser, UsageError
from ireelite.tools.flag_values import (
    add_fusion_flag,
    capabilities,
    fusion_rules,
    given_shapes,
    names,
    workgroup_size,
)
from ireelite.tools.record_flags import add_record_flags, needs_record, report_lines
from ireelite.tools.refused_flags import COMPILE_FLAGS, refuse_known_flags
from ireelite.tools.schedule_flags import add_schedule_flags
from ireelite.tools.steering_flags import STEERING_SWITCHES, add_steering_flags

if TYPE_CHECKING:
    from xdsl.dialects.builtin import ModuleOp

    from ireelite.compile_options import CompileOptions
    from ireelite.importers.source import Source
    from ireelite.passes import Compilation
    from ireelite.progress import Progress
    from ireelite.records import CompilationRecord

EPILOG = """\
examples:
  ireelite-compile --iree-hal-target-backends=vmvx,vulkan-spirv simple_mul.pb -o simple_mul.vmfb
  ireelite-compile --compile-to=hl-seq simple_mul.mlir
  ireelite-compile --iree-hal-target-backends=vmvx - < simple_mul.mlir | ireelite-run-module --module=-

stages of --compile-to and --compile-from:
  tf hlo dispatch hl-seq ll-seq kernels executables vm module
"""

TOOL = "ireelite-compile"

ELEMENT_TYPE_FLAGS = (
    "--iree-input-demote-f64-to-f32",
    "--iree-input-demote-i64-to-i32",
    "--iree-input-promote-bf16-to-f32",
    "--iree-input-promote-f16-to-f32",
)
"""Flags that change element types before all else."""

SWITCHES = (
    "--iree-vm-bytecode-module-strip-source-map",
    "--mlir-print-debuginfo",
    *ELEMENT_TYPE_FLAGS,
    *STEERING_SWITCHES,
)
"""Flags that are on when they are given without a value."""


def parser() -> FlagParser:
    """Returns the flags."""
    flags = FlagParser(
        prog=TOOL,
        description="Compiles a TensorFlow GraphDef (.pb, .pbtxt) or MLIR text of any stage into a module.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    flags.add_argument("input", help="the source file; - is standard input")
    flags.add_argument(
        "-o",
        dest="output",
        default="-",
        metavar="FILE",
        help="where the result goes; - is standard output (default)",
    )
    flags.add_argument(
        "--compile-to", default="module", metavar="STAGE", help="stop at this stage and print it"
    )
    flags.add_argument(
        "--compile-from",
        metavar="STAGE",
        help="the stage that MLIR input is in (found from its ops by default)",
    )
    flags.add_argument(
        "--iree-hal-target-backends",
        action="append",
        default=[],
        metavar="NAMES",
        help="vmvx, llvm-cpu, vulkan-spirv, separated by commas",
    )
    flags.add_argument(
        "--iree-hal-target-device",
        action="append",
        default=[],
        metavar="NAMES",
        help="local, vulkan, webgpu (an alias of vulkan), separated by commas; with names, as a=local "
        "and b=vulkan, the devices of a program for several",
    )
    flags.add_argument(
        "--iree-hal-local-target-device-backends",
        action="append",
        default=[],
        metavar="NAMES",
        help="what the device local runs: vmvx, llvm-cpu",
    )
    flags.add_argument(
        "--iree-execution-model",
        default="async-internal",
        metavar="MODEL",
        help="how functions are called: async-internal (they return when they are done), "
        "async-external (they take a fence to wait for and one to signal), or host-only (no "
        "tensor work)",
    )
    flags.add_argument(
        "--iree-input-type",
        default="auto",
        choices=["auto", "none", "stablehlo", "tf"],
        help="none or stablehlo for MLIR text, tf for a GraphDef; by default the input's name or "
        "else its first words say it",
    )
    flags.add_argument(
        "--tf-input-arrays",
        metavar="NAMES",
        help="nodes of a GraphDef that become arguments (default: the Placeholders that its "
        "results need)",
    )
    flags.add_argument(
        "--tf-output-arrays",
        metavar="NAMES",
        help="nodes of a GraphDef that become results (default: its sinks)",
    )
    flags.add_argument(
        "--tf-input-shapes",
        action="append",
        default=[],
        metavar="NAME=SIZES",
        help="shapes of a GraphDef's inputs where the graph leaves sizes open, as x=1,784; several "
        "are separated by semicolons, or the flag is repeated",
    )
    flags.add_argument(
        "--input-shapes",
        action="append",
        default=[],
        metavar="FUNCTION=SHAPES",
        help="static shapes of an MLIR function's arguments where their types have ?, as main=8x4,,3; "
        "an argument without text keeps its type; several functions are separated by semicolons, or "
        "the flag is repeated",
    )
    flags.add_argument(
        "--workgroup-size",
        metavar="X,Y,Z",
        help="invocations in a workgroup (each target chooses by default)",
    )
    flags.add_argument(
        "--iree-llvmcpu-target-cpu",
        default="host",
        metavar="CPU",
        help="what native code is made for: host (default), or generic for any of its architecture",
    )
    add_fusion_flag(flags)
    add_schedule_flags(flags)
    flags.add_argument(
        "--iree-vulkan-target-features",
        metavar="LIST",
        help="the SPIR-V capabilities that shaders may have, as cap:Shader,cap:Float64; by default "
        "they have what they need, and a module asks its device for it",
    )
    for name in ELEMENT_TYPE_FLAGS:
        flags.add_argument(
            name,
            default="false",
            choices=["true", "false"],
            help=f"{name.removeprefix('--iree-input-').replace('-', ' ')} in the whole program",
        )
    add_steering_flags(flags)
    flags.add_argument("--module-name", metavar="NAME", help="name of the module (default: module)")
    flags.add_argument(
        "--iree-vm-emit-polyglot-zip",
        default="true",
        choices=["true", "false"],
        help="whether the file is also a ZIP archive",
    )
    flags.add_argument(
        "--iree-vm-bytecode-module-strip-source-map",
        default="false",
        choices=["true", "false"],
        help="leave out where in the source each instruction comes from",
    )
    flags.add_argument(
        "--mlir-print-debuginfo",
        default="false",
        choices=["true", "false"],
        help="print the source location of each op in printed stages; text that is read back then "
        "gives the same module, source map included",
    )
    flags.add_argument("--verify", action="store_true", help="verify the output of each pass")
    add_record_flags(flags)
    flags.add_argument(
        "--progress",
        default="auto",
        choices=["auto", "false"],
        help="how far a long compilation is, on standard error if that is a terminal (default: auto)",
    )
    flags.add_argument(
        "--mlir-elide-elementsattrs",
        action="store_true",
        help="shorten long constants in printed stages; the text can't be read back then",
    )
    return flags


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the tool; the exit code: 0, 1 for errors, 2 for a wrong command line."""
    if argv is None:
        forgo_collections()
    arguments = sys.argv[1:] if argv is None else list(argv)
    return exit_code(TOOL, lambda: run(arguments), show_error, owns_process=argv is None)


def show_error(error: StatusError) -> None:
    """Prints an error to standard error."""
    print(f"{TOOL}: error: {error}", file=sys.stderr)


def run(arguments: Sequence[str]) -> int:
    """Compiles, then writes. Nothing is written if anything fails."""
    from ireelite.files import write_all
    from ireelite.importers.source import read_source

    try:
        flags = parse_flags(arguments)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    compiled = compile_with(flags, read_source(flags.input))
    print(compiled.messages, end="", file=sys.stderr)
    files: dict[str | Path, bytes] = {}
    if flags.record:
        files[flags.record] = compiled.record_file()
    if flags.output != "-":
        files[flags.output] = compiled.data
    else:
        write("-", compiled.data)
    write_all(files)
    return 0


def parse_flags(arguments: Sequence[str]) -> argparse.Namespace:
    """Returns the values of a command line's flags.

    Raises UNIMPLEMENTED for flags of upstream's compiler that this one does not have, and
    UsageError.
    """
    refuse_known_flags(TOOL, arguments, COMPILE_FLAGS)
    return parser().parse_args([f"{a}=true" if a in SWITCHES else a for a in arguments])


@light_dataclass(frozen=True)
class Compiled:
    """What a compilation makes."""

    data: bytes
    """The module, or the text of a stage."""
    messages: str
    """Lines for standard error: warnings, and what flags ask to be printed."""
    record: CompilationRecord | None

    def record_file(self) -> bytes:
        """Returns the compilation record as a file holds it."""
        assert self.record is not None
        return self.record.to_bytes()


def compile_with(flags: argparse.Namespace, source: Source) -> Compiled:
    """Compiles a program as flags say. Raises what is wrong with either."""
    from ireelite.compile_options import CompileOptions
    from ireelite.importers.source import GRAPHDEF, MLIR
    from ireelite.other_functions import naming_other_functions
    from ireelite.passes import STEPS
    from ireelite.progress import progress
    from ireelite.stages import stage_index

    stop = flags.compile_to
    last = stage_index(stop)
    needs_targets = last >= stage_index("executables")
    options = CompileOptions(
        targets=target_names(flags, needs_targets),
        devices=named_devices(flags),
        workgroup_size=workgroup_size(flags.workgroup_size),
        module_name=flags.module_name,
        polyglot_zip=flags.iree_vm_emit_polyglot_zip == "true",
        execution_model=flags.iree_execution_model,
        cpu=flags.iree_llvmcpu_target_cpu,
        schedule=flags.schedule,
        vulkan_target=flags.iree_vulkan_target,
        fusion=fusion_rules(flags.fusion),
        shader_capabilities=capabilities(flags.iree_vulkan_target_features),
        element_types=element_type_conversions(flags),
        reassociate=flags.iree_llvmcpu_reassociate_fp_reductions != "false",
        microkernels=flags.iree_vmvx_enable_microkernels != "false",
        strip_source_map=flags.iree_vm_bytecode_module_strip_source_map == "true",
    )
    if flags.verify:
        options = replace(options, verify=True)
    kinds = {"none": MLIR, "stablehlo": MLIR, "tf": GRAPHDEF}
    source = replace(source, kind=kinds.get(flags.iree_input_type, source.kind))
    shown_progress = progress(STEPS, None if flags.progress == "auto" else False, TOOL)
    others = naming_other_functions(source, options, flags.compile_from, stop)
    with shown_progress as shown, others:
        compilation, lowered, data = compiled_to(flags, source, options, shown)
    if stop != "module":
        from ireelite.syntax.printer import print_module

        debug_info = flags.mlir_print_debuginfo == "true"
        data = print_module(lowered, flags.mlir_elide_elementsattrs, debug_info).encode()
    tracker = compilation.tracker
    record = None if tracker is None else tracker.record
    lines = warning_lines(TOOL, compilation)
    if record is not None:
        lines += report_lines(flags, record)
    return Compiled(data, "".join(f"{line}\n" for line in lines), record)


def compiled_to(
    flags: argparse.Namespace, source: Source, options: CompileOptions, shown: Progress | None
) -> tuple[Compilation, ModuleOp, bytes]:
    """Returns the program at the stage that flags name, and its bytes if that is a module."""
    from ireelite.passes import Compilation
    from ireelite.pipeline import encode, lower
    from ireelite.stages import stage_index

    program, start = source.parse(
        names(flags.tf_input_arrays),
        names(flags.tf_output_arrays),
        given_shapes(flags, source.is_mlir),
    )
    if flags.compile_from is not None:
        stage_index(flags.compile_from)
        start = flags.compile_from
    needs_targets = stage_index(flags.compile_to) >= stage_index("executables")
    if flags.compile_to == "schedules" and options.targets:
        needs_targets = True
    if not needs_targets or stage_index(start) >= stage_index("executables"):
        options = replace(options, targets=None)
    tracker = None
    if needs_record(flags):
        from ireelite.provenance import Tracker

        tracker = Tracker(Path(source.name).name)
    compilation = Compilation(options, tracker, progress=shown)
    with source.excerpts():
        program = lower(program, start, flags.compile_to, compilation)  # frees what it was before
        data = encode(program, compilation) if flags.compile_to == "module" else b""
    return compilation, program, data


def warning_lines(tool: str, compilation: Compilation) -> list[str]:
    """Returns a line for each target that is left out, with the reason."""
    return [f"{tool}: warning: {warning}" for warning in compilation.targets.warnings]


def named_devices(flags: argparse.Namespace) -> tuple[tuple[str, str], ...]:
    """Returns the (name, kind) pairs of the devices in the flags. Raises INVALID_ARGUMENT if only
    some of them have names.
    """
    devices = [n for row in flags.iree_hal_target_device for n in names(row) or ()]
    named = [(name, kind) for name, equals, kind in (d.partition("=") for d in devices) if equals]
    if named and len(named) < len(devices):
        raise invalid_argument(
            "--iree-hal-target-device names some devices only; name each of several, as a=local"
        )
    return tuple(named)


def target_names(flags: argparse.Namespace, needed: bool) -> tuple[str, ...]:
    """Returns the targets that the flags name, by upstream's rules."""
    wanted = [n for row in flags.iree_hal_target_backends for n in names(row) or ()]
    given = [n for row in flags.iree_hal_target_device for n in names(row) or ()]
    devices = [kind.rpartition("=")[2].partition("[")[0] for kind in given]
    backends = [n for row in flags.iree_hal_local_target_device_backends for n in names(row) or ()]
    for device in devices:
        if device == "local":
            if not backends and needed:
                raise invalid_argument(
                    "--iree-hal-target-device=local needs "
                    "--iree-hal-local-target-device-backends=vmvx or llvm-cpu"
                )
            wanted += backends
        elif device in ("vulkan", "webgpu"):
            wanted.append("vulkan-spirv")
        else:
            raise invalid_argument(
                f"unknown target device '{device}'; known: local, vulkan, webgpu"
            )
    if backends and "local" not in devices:
        raise invalid_argument(
            "--iree-hal-local-target-device-backends needs --iree-hal-target-device=local"
        )
    return tuple(dict.fromkeys(wanted))


def element_type_conversions(flags: argparse.Namespace) -> tuple[str, ...]:
    """Returns the names of the conversions of element types that the flags ask for."""
    settings = vars(flags)
    return tuple(
        name.removeprefix("--iree-input-")
        for name in ELEMENT_TYPE_FLAGS
        if settings[name.removeprefix("--").replace("-", "_")] == "true"
    )


def write(path: str, data: bytes) -> None:
    """Writes a whole file, or standard output."""
    if path == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    from ireelite.files import write_whole

    write_whole(path, data)


if __name__ == "__main__":
    sys.exit(main())
