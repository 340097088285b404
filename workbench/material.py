"""What a workbench is made of: a program, its record, a module, a run of it, a debugger, values of
the interpreter; and how these are got from anything.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ireelite.bytecode.decode import decode_module
from ireelite.files import not_a_file
from ireelite.program import Program, compile_source
from ireelite.records import CompilationRecord, ExecutionRecord
from ireelite.session import LoadedModule, load, open_devices
from ireelite.status import StatusCode, StatusError, invalid_argument, not_found
from ireelite.vm.debug.debugger import Debugger
from ireelite.vm.limits import Limits
from workbench.dumps import is_dump, read_dump
from workbench.progress import is_silent, working

if TYPE_CHECKING:
    from ireelite.reference import Interpretation

RECORD_BEGINS = b"\x89IREREC\n"
RUN_BEGINS = b'{"format":"ireelite.execution-record"'
MAX_ELEMENTS = 1 << 22
"""Elements of an argument that is made up, at most."""
MAX_SECONDS = 10.0
"""Of a call with arguments that are made up: a loop may never end for them."""


@dataclass
class Material:
    """All that is known about one program; the fields that are there decide which views apply."""

    title: str = "workbench"
    program: Program | None = None
    compilation: CompilationRecord | None = None
    module: LoadedModule | None = None
    file: bytes | None = field(default=None, repr=False)
    """The bytes of a module."""
    run: ExecutionRecord | None = None
    debugger: Debugger | None = None
    values: Interpretation | Callable[[], Interpretation] | None = None
    """The interpreter's values, or a function that runs the interpreter and returns them."""
    others: dict[str, Any] = field(default_factory=dict)
    """What other readers have found, by the name that a row of the layout asks for."""
    left_out: dict[str, str] = field(default_factory=dict)
    """What could not be had, and why."""

    def interpretation(self) -> Interpretation:
        """Returns the interpreter's values, running it if necessary. Raises what it raises."""
        if callable(self.values):
            with working("interpreting"):
                self.values = self.values()
        assert self.values is not None
        return self.values

    def has(self, name: str) -> bool:
        """Returns whether it has a part of that name, a field or one of the others."""
        if any(each.name == name for each in fields(self)):
            return getattr(self, name) is not None
        return name in self.others


def gather(*sources: Any) -> Material:
    """Gathers what there is in programs, records, loaded modules, runs, debuggers and
    interpretations, as they are: nothing is compiled or run. Raises INVALID_ARGUMENT for anything
    else.
    """
    material = Material()
    for source in sources:
        match source:
            case Program():
                material.program, material.file = source, source.data
                material.compilation = material.compilation or source.compilation_record
                material.title = Path(source.source.name).name
            case LoadedModule():
                material.module = source
                if source._recording is not None:
                    material.run = source.record
                if material.program is None:
                    material.title = f"module {source.name}"
            case CompilationRecord():
                material.compilation = source
                if material.program is None:
                    material.title = Path(source.source).name or "a compilation"
            case ExecutionRecord():
                material.run = source
            case Debugger():
                material.debugger = source
            case _ if _is_interpretation(source):
                material.values = source
            case _:
                raise invalid_argument(
                    f"a workbench shows programs, records, loaded modules, runs, debuggers and "
                    f"interpretations, not {type(source).__name__}; workbench.open reads files, "
                    "texts and functions"
                )
    return material


def read(
    source: Any,
    arguments: Sequence[Any] | None = None,
    function: str | None = None,
    device: str | None = None,
    run: bool = True,
) -> Material:
    """Reads what can be had from a file, a text, bytes or a function: a dump of another compiler is
    read (`read_dump`), a program compiled, and a module called once if that can be done, with
    `arguments` or with some that are made up, for which calls of the module end after ten seconds.

    Raises what reading and compiling raise, and NOT_FOUND for a device or a function by name that
    there is not; what fails after that is in `left_out`.
    """
    known = Program | LoadedModule | CompilationRecord | ExecutionRecord | Debugger
    if isinstance(source, known) or _is_interpretation(source):
        return gather(source)
    if isinstance(source, str | Path) and not _is_text(source) and is_dump(source):
        return gather(read_dump(source))
    if (data := _bytes_of(source)) is not None:
        if data.startswith(RECORD_BEGINS):
            return gather(CompilationRecord.from_bytes(data))
        if data.startswith(RUN_BEGINS):
            return gather(ExecutionRecord.from_json(data.decode()))
        if _is_module(source, data):
            decode_module(data)
            material = Material(_title(source), file=data)
            _load(material, data, device, arguments)
            if run and material.module is not None:
                _run(material, arguments, function)
            return material
    traced = tuple(arguments or ()) if callable(source) else ()
    shown = False if is_silent() else None
    program = compile_source(source, record=True, args=traced, progress=shown)
    material = gather(program)
    if run:
        _load(material, program, device, arguments)
        if material.module is not None:
            _run(material, arguments, function)
    return material


def _load(
    material: Material,
    program: Program | bytes,
    device: str | None,
    arguments: Sequence[Any] | None,
) -> None:
    """Loads a module that keeps a record; its calls are bounded if their arguments are made up. What
    keeps it from being loaded, as imports of modules that are not there, is noted in `left_out`.

    Raises NOT_FOUND for a device that there is not.
    """
    devices = open_devices(device)
    bound = Limits(deadline=MAX_SECONDS) if arguments is None else None
    with working("loading the module"):
        try:
            material.module = load(program, device=devices, record=True, limits=bound)
        except StatusError as error:
            material.left_out["run"] = f"{error.code.name}; {error.message}"


def _is_interpretation(source: Any) -> bool:
    """Returns whether this is a value of the interpreter, without importing the interpreter."""
    interpreter = sys.modules.get("ireelite.reference")
    return interpreter is not None and isinstance(source, interpreter.Interpretation)


def _run(material: Material, arguments: Sequence[Any] | None, function: str | None) -> None:
    """Calls a function under a recorder, makes a debugger of the call, and prepares its
    interpretation. What fails is noted in `left_out`. Raises NOT_FOUND for a function by name that
    there is not.
    """
    module = material.module
    assert module is not None
    named = None if function is None else module[function.rpartition(".")[2]]
    try:
        called = named or _first_function(module)
        given = list(arguments) if arguments is not None else made_up(called)
    except StatusError as error:
        material.left_out["run"] = error.message
        return
    steps: list[tuple[str, Callable[[], None]]] = [
        ("run", lambda: _call(material, called, given)),
        ("debugger", lambda: setattr(material, "debugger", called.debug(*given))),
    ]
    with working(f"calling {called.signature.name}"):
        for name, step in steps:
            try:
                step()
            except StatusError as error:
                material.left_out[name] = f"{error.code.name}; {error.message}"
                if error.code is StatusCode.DEADLINE_EXCEEDED:
                    material.left_out[name] += " with made-up arguments: give inputs to see a run"
                    return
    if (program := material.program) is not None:
        material.values = lambda: program.interpret(
            *given, function=called.signature.name, values=True
        )


def _call(material: Material, called: Any, given: list[Any]) -> None:
    assert material.module is not None
    called(*given)
    material.run = material.module.record


def _first_function(module: LoadedModule) -> Any:
    if not module.functions:
        raise not_found(f"module '{module.name}' exports no function")
    return next(iter(module.functions.values()))


def made_up(function: Any) -> list[Any]:
    """Arguments for a call: ramps from 0 to 1 for floats, zeros for integers, truths that are false.

    Raises INVALID_ARGUMENT for arguments whose sizes are open, that are very large, or whose types
    the module does not say.
    """
    import numpy as np

    from ireelite.arrays import numpy_dtype

    made: list[Any] = []
    for argument in function.signature.arguments:
        if argument.scalar_kind is not None:
            made.append(0)
            continue
        shape, dtype = argument.shape, argument.dtype
        if shape is None or dtype is None or -1 in shape:
            raise invalid_argument(
                f"argument {argument.name} of `{function.signature.name}` is {argument.type}, whose "
                "size is not known: give inputs to see a run"
            )
        size = int(np.prod(shape, dtype=np.int64))
        if size > MAX_ELEMENTS:
            raise invalid_argument(
                f"argument {argument.name} of `{function.signature.name}` has {size} elements: give "
                "inputs to see a run"
            )
        element = numpy_dtype(dtype)
        ramp = np.linspace(0, 1, max(size, 1))[:size]
        whole = element.kind in "biu"
        made.append((np.zeros(size) if whole else ramp).astype(element).reshape(shape))
    return made


def _bytes_of(source: Any) -> bytes | None:
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source)
    if isinstance(source, str | Path) and not _is_text(source):
        path = Path(source)
        if not path.is_file():
            raise not_a_file(path)
        return path.read_bytes()
    return None


def _is_text(source: str | Path) -> bool:
    return isinstance(source, str) and ("\n" in source or "{" in source)


def _is_module(source: Any, data: bytes) -> bool:
    if isinstance(source, str | Path) and Path(source).suffix == ".vmfb":
        return True
    return data.startswith(b"PK\x03\x04") or data[8:12] == b"IREE" or data[4:8] == b"IREE"


def _title(source: Any) -> str:
    if isinstance(source, str | Path) and not _is_text(source):
        return Path(source).name
    if callable(source):
        return getattr(source, "__name__", "a function")
    return "a program"


def array_of_text(text: str) -> Any:
    """Returns an argument as tools take it: `4xf32=1 2 3 4`, `2x3xi32=0`, `f32=1.5`, `7`, or
    `@file.npy`. Raises INVALID_ARGUMENT, NOT_FOUND for a file that is not there.
    """
    import numpy as np

    from ireelite.arrays import numpy_dtype
    from ireelite.values import parse_tensor

    if text.startswith("@"):
        if not Path(text[1:]).is_file():
            raise not_a_file(text[1:])
        return np.load(text[1:], allow_pickle=False)
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    value = parse_tensor(text)
    return np.frombuffer(bytes(value.data), numpy_dtype(value.type.numpy)).reshape(value.shape)
