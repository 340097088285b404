"""A small, complete IREE in Python: it compiles tensor programs, and runs the modules.

    program = ireelite.compile("simple_mul.pb", record=True)
    print(program.ir("hlo"))                      # the program at a stage
    module = ireelite.load(program, device="local-sync", record=True)
    print(module.simple_mul(a, b))                # NumPy arrays in, NumPy arrays out

    name                 what it is
    compile              makes a Program of a GraphDef, of MLIR text or of a JAX function
    Program              a compiled module: its bytes, and the text of each stage
    load                 makes a LoadedModule of programs, files or bytes, on a device
    LoadedModule         functions that can be called, called asynchronously, and debugged
    AsyncResult          what a call that returns at once will return; wait_any waits for some
    CompilationRecord    what the compiler did and why: program.record
    ExecutionRecord      what ran when and what it waited for: module.record
    Limits               bounds of the instructions, the time and the memory of a call
    StatusError          the one error of the package, with a StatusCode
    get_include          the folder of the C header of dynamic modules

`help(ireelite.compile)` says what each option does. `import workbench` shows all of it. Everything is
imported when it is first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from ireelite.early_interrupts import end_at_interrupts

end_at_interrupts()

# ruff: noqa: E402 - an interrupt of what follows ends a tool's process in one line

from typing import TYPE_CHECKING

from ireelite.lazy_names import lazy_names

if TYPE_CHECKING:
    from ireelite.async_result import AsyncResult, wait_any
    from ireelite.modules.dynamic.build import get_include
    from ireelite.program import Program
    from ireelite.program import compile_source as compile
    from ireelite.records import CompilationRecord, ExecutionRecord
    from ireelite.session import LoadedModule, load
    from ireelite.status import StatusCode, StatusError
    from ireelite.vm.limits import Limits

__version__ = "0.1.0"

_WHERE = {
    "AsyncResult": ("ireelite.async_result", "AsyncResult"),
    "CompilationRecord": ("ireelite.records", "CompilationRecord"),
    "ExecutionRecord": ("ireelite.records", "ExecutionRecord"),
    "Limits": ("ireelite.vm.limits", "Limits"),
    "LoadedModule": ("ireelite.session", "LoadedModule"),
    "Program": ("ireelite.program", "Program"),
    "StatusCode": ("ireelite.status", "StatusCode"),
    "StatusError": ("ireelite.status", "StatusError"),
    "compile": ("ireelite.program", "compile_source"),
    "get_include": ("ireelite.modules.dynamic.build", "get_include"),
    "load": ("ireelite.session", "load"),
    "wait_any": ("ireelite.async_result", "wait_any"),
}

__all__ = [
    "AsyncResult",
    "CompilationRecord",
    "ExecutionRecord",
    "Limits",
    "LoadedModule",
    "Program",
    "StatusCode",
    "StatusError",
    "compile",
    "get_include",
    "load",
    "wait_any",
]

__getattr__ = lazy_names(__name__, _WHERE)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
