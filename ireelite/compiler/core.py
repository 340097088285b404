"""`compile_str` and `compile_file`: the compiler under the names of IREE's Python package."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from ireelite.compiler.debugging import TempFileSaver
from ireelite.status import StatusError

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
        """A member, given itself or its name. Raises ValueError."""
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


ONLY: dict[str, tuple[Any, str]] = {
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
    does. There are no debug ops, so that `strip_debug_ops` changes nothing. The options of `ONLY`
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
        for name, (only, why) in ONLY.items():
            if (given := getattr(self, name)) != only:
                raise ValueError(f"{name}={given!r} is not supported: {why}")
        self.input_type = InputType.parse(self.input_type)
        self.output_format = OutputFormat.parse(self.output_format)
        if isinstance(self.target_backends, str):
            raise ValueError(f"target_backends is a list; given '{self.target_backends}'")

    def arguments(self, input_file: str, output_file: str) -> list[str]:
        """The command line."""
        flags = [input_file, f"--iree-input-type={self.input_type}"]
        flags += [f"--iree-hal-target-backends={name}" for name in self.target_backends]
        if self.output_format is OutputFormat.MLIR_TEXT:
            flags.append("--compile-to=vm")
            flags.append(f"--mlir-print-debuginfo={str(self.output_mlir_debuginfo).lower()}")
        if self.strip_source_map:
            flags.append("--iree-vm-bytecode-module-strip-source-map=true")
        return [*flags, *self.extra_args, "-o", output_file]


def compile_file(input_file: str | Path, **options: Any) -> bytes | None:
    """Compiles a file: MLIR text or a GraphDef. `options` are those of `CompilerOptions`.

    Returns the module's bytes, or None with `output_file`. Raises CompilerToolError, and ValueError
    for bad options.
    """
    parsed = CompilerOptions(**options)
    with TemporaryDirectory() as folder:
        return _compile(str(input_file), Path(folder), parsed)


def compile_str(input_str: str | bytes, **options: Any) -> bytes | None:
    """Compiles MLIR text, or the bytes of a GraphDef. See `compile_file`."""
    parsed = CompilerOptions(**options)
    data = input_str.encode() if isinstance(input_str, str) else bytes(input_str)
    with TemporaryDirectory() as folder:
        source = Path(folder) / ("core-input.mlir" if _is_text(data) else "core-input.pb")
        source.write_bytes(data)
        TempFileSaver.save(source.name, data)
        return _compile(str(source), Path(folder), parsed)


def query_available_targets() -> list[str]:
    """Names of the targets."""
    from ireelite.targets.registry import TARGETS

    return sorted(TARGETS)


def _compile(source: str, folder: Path, options: CompilerOptions) -> bytes | None:
    result = folder / "core-output.bin"
    _invoke(options.arguments(source, str(result)))
    data = result.read_bytes()
    if options.output_format is OutputFormat.FLATBUFFER_TEXT:
        from ireelite.bytecode.describe import to_json

        data = to_json(data, pretty=True).encode()
    TempFileSaver.save(result.name, data)
    if options.output_file is None:
        return data
    from ireelite.files import write_whole

    write_whole(options.output_file, data)
    return None


def _invoke(arguments: list[str]) -> None:
    """Runs the tool in this process. Raises CompilerToolError with all that it says."""
    from ireelite.tools import compile as tool
    from ireelite.tools.refused_flags import COMPILE_FLAGS, refuse_known_flags

    TempFileSaver.save("core-command-line.txt", f"{TOOL} {' '.join(arguments)}\n".encode())
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            refuse_known_flags(TOOL, arguments, COMPILE_FLAGS)
            tool.run(tool.parser().parse_args(arguments))
    except StatusError as error:
        raise CompilerToolError(arguments, 1, f"{said.getvalue()}{error}") from error
    except SystemExit as error:  # how argparse refuses a command line
        code = error.code if isinstance(error.code, int) else 1
        raise CompilerToolError(arguments, code, said.getvalue()) from error
    sys.stderr.write(said.getvalue())


def _is_text(data: bytes) -> bool:
    try:
        text = data[:4096].decode()
    except UnicodeDecodeError as error:
        # the first bytes may end within a character
        return error.start > 4090
    return all(character.isprintable() or character.isspace() for character in text)
