"""`compile_str` and `compile_file`: the compiler under the names of IREE's Python package."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ireelite.compiler.debugging import TempFileSaver

if TYPE_CHECKING:
    from ireelite.importers.source import Source

TOOL = "ireelite-compile"
DEFAULT_TESTING_BACKENDS = ["llvm-cpu"]
"""What tests compile for."""
DEFAULT_TESTING_DRIVER = "local-sync"
"""Where tests run that."""


_ARGUMENTS = {"InputType": "input_type", "OutputFormat": "output_format"}


class _Option(Enum):
    """An enumeration whose members can be named in any case, with dashes or underscores."""

    @classmethod
    def parse(cls, spec: str | Self) -> Self:
        """Returns a member, given itself or its name. Raises ValueError."""
        if isinstance(spec, cls):
            return spec
        name = str(spec).upper().replace("-", "_")
        if name not in cls.__members__:
            raise ValueError(
                f"For {_ARGUMENTS[cls.__name__]}= argument, expected one of: "
                f"{', '.join(cls.__members__)}; given {spec!r}"
            )
        return cls[name]

    def __str__(self) -> str:
        return self.value


class InputType(_Option):
    """What kind of program comes in. It is found from the program itself by default."""

    NONE = "none"
    AUTO = "auto"
    STABLEHLO = "stablehlo"
    TF = "tf"


class OutputFormat(_Option):
    """What comes out: a module, or its FlatBuffer or its `vm` dialect as text."""

    FLATBUFFER_BINARY = "flatbuffer-binary"
    FLATBUFFER_TEXT = "flatbuffer-text"
    MLIR_TEXT = "mlir-text"


class CompilerToolError(Exception):
    """The compiler failed. The text has its diagnostics and the command line that does the same."""

    def __init__(self, arguments: Sequence[str], code: int, diagnostics: str):
        super().__init__(
            f"Error invoking IREE compiler tool {TOOL}\n"
            f"Error code: {code}\n"
            f"Diagnostics:\n{diagnostics}\n\n"
            f"Invoked with:\n {TOOL} {' '.join(arguments)}\n"
        )


FIXED_OPTIONS: dict[str, tuple[Any, str]] = {
    "optimize": (True, "there is one level of optimization"),
    "output_generic_mlir": (False, "text is printed in the dialects' own syntax"),
    "extended_diagnostics": (False, "diagnostics show the source line, and nothing can be added"),
    "crash_reproducer_path": (None, "use --record in extra_args, which keeps every stage"),
    "enable_tflite_bindings": (False, "there are no TFLite bindings"),
    "enable_benchmark": (False, "functions are benchmarked as they are"),
}
"""Options with a single value, and why."""


@dataclass
class CompilerOptions:
    """Options of the compiler.

    `output_file` is written instead of returning bytes; `target_backends` are `vmvx`, `llvm-cpu`
    and `vulkan-spirv`; `extra_args` are further flags of `ireelite-compile`. With
    `strip_source_map`, the module does not name source lines; with `output_mlir_debuginfo`, text
    does. There are no debug ops, so that `strip_debug_ops` changes nothing. The options of `FIXED_OPTIONS`
    are there for programs that set them to what they are here. Raises ValueError for all that is
    not understood.
    """

    output_file: str | None = None
    target_backends: Sequence[str] = ()
    input_type: InputType | str = InputType.AUTO
    output_format: OutputFormat | str = OutputFormat.FLATBUFFER_BINARY
    extra_args: Sequence[str] = ()
    optimize: bool = True
    output_mlir_debuginfo: bool = True
    output_generic_mlir: bool = False
    extended_diagnostics: bool = False
    strip_debug_ops: bool = False
    strip_source_map: bool = False
    crash_reproducer_path: str | None = None
    enable_tflite_bindings: bool = False
    enable_benchmark: bool = False

    def __post_init__(self) -> None:
        for name, (only, why) in FIXED_OPTIONS.items():
            if (given := getattr(self, name)) != only:
                raise ValueError(f"{name}={given!r} is not supported: {why}")
        self.input_type = InputType.parse(self.input_type)
        self.output_format = OutputFormat.parse(self.output_format)
        if isinstance(self.target_backends, str):
            raise ValueError(f"target_backends is a list; given '{self.target_backends}'")

    def arguments(self, input_file: str) -> list[str]:
        """Returns the command line."""
        flags = [input_file, f"--iree-input-type={self.input_type}"]
        flags += [f"--iree-hal-target-backends={name}" for name in self.target_backends]
        if self.output_format is OutputFormat.MLIR_TEXT:
            flags.append("--compile-to=vm")
            flags.append(f"--mlir-print-debuginfo={str(self.output_mlir_debuginfo).lower()}")
        if self.strip_source_map:
            flags.append("--iree-vm-bytecode-module-strip-source-map=true")
        return [*flags, *self.extra_args, "-o", self.output_file or "-"]


def compile_file(input_file: str | Path, **options: Any) -> bytes | None:
    """Compiles a file: MLIR text or a GraphDef. `options` are those of `CompilerOptions`.

    Returns the module's bytes, or None with `output_file`. Raises CompilerToolError, and ValueError
    for bad options.
    """
    from ireelite.importers.source import read_source

    parsed = CompilerOptions(**options)
    return _compile(str(input_file), lambda: read_source(input_file), parsed)


def compile_str(input_str: str | bytes, **options: Any) -> bytes | None:
    """Compiles MLIR text, or a GraphDef, binary or text. See `compile_file`."""
    from ireelite.importers.source import Source

    parsed = CompilerOptions(**options)
    data = input_str.encode() if isinstance(input_str, str) else bytes(input_str)
    name = f"core-input.{_kind(data)}"
    TempFileSaver.save(name, data)
    return _compile(name, lambda: Source(data, name, "core_input").without_digits(), parsed)


def query_available_targets() -> list[str]:
    """Names of the targets."""
    from ireelite.targets.registry import TARGETS

    return sorted(TARGETS)


def _compile(name: str, read: Callable[[], Source], options: CompilerOptions) -> bytes | None:
    """Compiles in this process, as the tool does. Raises CompilerToolError with all that it says."""
    from ireelite.files import write_whole
    from ireelite.tools import compile as tool
    from ireelite.tools.endings import as_status

    arguments = options.arguments(name)
    TempFileSaver.save("core-command-line.txt", f"{TOOL} {' '.join(arguments)}\n".encode())
    try:
        flags = tool.parse_flags(arguments)
        compiled = tool.compile_with(flags, read())
        sys.stderr.write(compiled.messages)
        if flags.record:
            write_whole(flags.record, compiled.record_file())
    except tool.UsageError as error:
        raise CompilerToolError(arguments, 2, str(error)) from error
    except SystemExit as error:  # `--help` ends a tool
        raise CompilerToolError(arguments, 0, "the flags of the tool were printed") from error
    except Exception as error:
        raise CompilerToolError(arguments, 1, str(as_status(error, TOOL))) from error
    data = compiled.data
    if options.output_format is OutputFormat.FLATBUFFER_TEXT:
        from ireelite.bytecode.describe import to_json

        data = to_json(data, pretty=True).encode()
    TempFileSaver.save("core-output.bin", data)
    if options.output_file is None:
        return data
    write_whole(options.output_file, data)
    return None


def _kind(data: bytes) -> str:
    """Returns the ending of a file with these contents."""
    from ireelite.importers.graphdef_bytes import is_graph_text

    if not _is_text(data):
        return "pb"
    return "pbtxt" if is_graph_text(data) else "mlir"


def _is_text(data: bytes) -> bool:
    try:
        text = data[:4096].decode()
    except UnicodeDecodeError as error:
        # the first bytes may end within a character
        return error.start > 4090
    return all(character.isprintable() or character.isspace() for character in text)
