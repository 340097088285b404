"""The compiler's functions where `iree.compiler.tools` has them."""

from ireelite.compiler import core, debugging
from ireelite.compiler.core import (
    DEFAULT_TESTING_BACKENDS,
    CompilerOptions,
    CompilerToolError,
    InputType,
    OutputFormat,
    compile_file,
    compile_str,
    query_available_targets,
)
from ireelite.compiler.debugging import TempFileSaver

__all__ = [
    "DEFAULT_TESTING_BACKENDS",
    "CompilerOptions",
    "CompilerToolError",
    "InputType",
    "OutputFormat",
    "TempFileSaver",
    "compile_file",
    "compile_str",
    "core",
    "debugging",
    "query_available_targets",
]
