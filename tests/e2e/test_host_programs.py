"""Host-only programs on both engines, and on upstream's compiler and runtime.

Each file of `host_programs` says in its first lines what it is for, and what its functions give:

    // CALL fibonacci(15) = (610,)
    // FAIL outside() : OUT_OF_RANGE

Calls are made in order, in one context. `// COMPILED HERE` says that upstream's compiler can't take
the text or gives other results, and `// ENGINES` that its runtime can't take the module either.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import ireelite
from ireelite.status import StatusCode, StatusError
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance
from ireelite.vm.native import NativeModule, vm_export
from ireelite.vm.refs import Buffer

PROGRAMS = Path(__file__).parent / "host_programs"
LINE = re.compile(r"^// (CALL|FAIL) (\w+)(\(.*?\)) (?:= (\(.*\))|: (.*))$", re.MULTILINE)
UPSTREAM_FLAGS = (
    "--iree-execution-model=host-only",
    "--iree-vm-target-extension-f64",
    "--iree-vm-target-truncate-unsupported-floats=false",
    "--iree-input-demote-f64-to-f32=false",
    "--iree-input-demote-i64-to-i32=false",
)


@dataclass(frozen=True)
class Call:
    """A call, and what it gives: results, or the words of a failure."""

    function: str
    arguments: tuple[Any, ...]
    results: tuple[Any, ...] | None
    failure: str | None


@dataclass(frozen=True)
class HostProgram:
    """A program's text and its calls."""

    name: str
    text: str
    calls: list[Call] = field(hash=False)

    def says(self, word: str) -> bool:
        """Whether a comment limits what the program is for."""
        return f"\n// {word}\n" in self.text


def read(path: Path) -> HostProgram:
    """A program with the calls that its comments name."""
    calls: list[Call] = []
    text = path.read_text()
    for kind, function, arguments, results, failure in LINE.findall(text):
        values = ast.literal_eval(arguments) if arguments != "()" else ()
        values = values if isinstance(values, tuple) else (values,)
        expected = ast.literal_eval(results) if kind == "CALL" else None
        calls.append(Call(function, values, expected, failure or None))
    assert len(calls) == len(re.findall(r"^// (?:CALL|FAIL)", text, re.MULTILINE)) > 0
    return HostProgram(path.stem, text, calls)


ALL = [read(path) for path in sorted(PROGRAMS.glob("*.mlir"))]
RUN_UPSTREAM = [program for program in ALL if not program.says("ENGINES")]
COMPILED_UPSTREAM = [program for program in RUN_UPSTREAM if not program.says("COMPILED HERE")]


def names(programs: Sequence[HostProgram]) -> list[str]:
    return [program.name for program in programs]


# -- the module that programs call ------------------------------------------------------------------


class String:
    """A type of another module."""

    vm_type = "ext.string"

    def __init__(self, text: str):
        self.text = text


class External:
    """What the module `ext` does. Upstream's state classes get the interface as an argument."""

    def __init__(self, interface: object = None):
        self.interface = interface

    @vm_export("add", "0ii_i")
    def add(self, a: int, b: int) -> int:
        return a + b

    @vm_export("double", "0f_f")
    def double(self, x: float) -> float:
        return 2 * x

    @vm_export("there", "0i_i")
    def there(self, n: int) -> int:
        return 100 + n

    @vm_export("index", "0i_i")
    def index(self, n: int) -> int:
        return 2 * n

    @vm_export("swap", "0II_II")
    def swap(self, a: int, b: int) -> tuple[int, int]:
        return b, a

    @vm_export("copy", "0r_r")
    def copy(self, buffer: Any) -> Any:
        return buffer

    @vm_export("fill", "0r_v")
    def fill(self, items: Any) -> None:
        items.items += [1, 2, 3]

    @vm_export("fail", "0v_v")
    def fail(self) -> None:
        raise StatusError(StatusCode.UNAVAILABLE, "not today")

    @vm_export("string", "0r_r")
    def string(self, buffer: Buffer) -> String:
        return String(bytes(buffer.data).decode())

    @vm_export("length", "0r_I")
    def length(self, string: String) -> int:
        return len(string.text)


# -- running -----------------------------------------------------------------------------------------

Invoke = Callable[[str, Sequence[Any]], tuple[Any, ...]]


def plain(value: Any) -> Any:
    """A result as Python writes it: buffers as bytes, strings as text."""
    if isinstance(value, Buffer):
        return bytes(value.data)
    return value.text if isinstance(value, String) else value


def ours(data: bytes, engine: Any) -> Invoke:
    """Calls functions of a module on one of our engines."""
    module = BytecodeModule.from_bytes(data)
    external = NativeModule("ext", state_factory=External)
    instance = Instance()
    instance.register_type(String)
    context = Context(instance, [external, module], engine=engine)

    def invoke(function: str, arguments: Sequence[Any]) -> tuple[Any, ...]:
        given = [Buffer(a, mutable=False) if isinstance(a, bytes) else a for a in arguments]
        results = context.lookup_function(f"{module.name}.{function}")(*given)
        return tuple(map(plain, results))

    return invoke


def check(program: HostProgram, invoke: Invoke, errors: type[Exception]) -> None:
    """Makes all calls of a program."""
    for call in program.calls:
        if call.results is None:
            with pytest.raises(errors) as caught:
                invoke(call.function, call.arguments)
            assert call.failure is not None
            code, _, words = call.failure.partition(" ")
            assert code in str(caught.value) and words in str(caught.value)
        else:
            given = invoke(call.function, call.arguments)
            expected = tuple(
                pytest.approx(r, rel=1e-6) if isinstance(r, float) else r for r in call.results
            )
            assert given == expected, f"{call.function}{call.arguments}"


def compile_ours(program: HostProgram) -> bytes:
    """A host-only program needs no target."""
    return ireelite.compile(program.text, execution_model="host-only").data


@pytest.mark.parametrize("engine", ["translate", "interpret"])
@pytest.mark.parametrize("program", ALL, ids=names(ALL))
def test_a_program_gives_what_it_says(program: HostProgram, engine: str):
    check(program, ours(compile_ours(program), engine), StatusError)


@pytest.mark.parametrize("program", ALL, ids=names(ALL))
def test_a_host_only_module_needs_no_device(program: HostProgram):
    module = BytecodeModule.from_bytes(compile_ours(program))
    assert [d.name for d in module.dependencies if d.name != "ext"] == []


# -- upstream ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def runtime() -> Any:
    """Upstream's runtime."""
    return pytest.importorskip("iree.runtime", reason="the test extra holds upstream's runtime")


def upstream(rt: Any, data: bytes) -> Invoke:
    """Calls functions of a module on upstream's virtual machine."""
    instance = rt.VmInstance()
    interface = rt.PyModuleInterface("ext", External)
    for function in ("add", "double", "there", "index", "swap"):
        export = getattr(External, function)
        interface.export(*export.__vm_export__, export)
    interface.export("copy", "0r_r", lambda self, ref: ref.deref(rt.VmBuffer).ref)
    interface.export("fill", "0r_v", lambda self, ref: push_three(ref.deref(rt.VmVariantList)))
    interface.export("fail", "0v_v", External.fail)
    module = rt.VmModule.copy_buffer(instance, data)
    context = rt.VmContext(instance, [interface.create(), module])

    def invoke(function: str, arguments: Sequence[Any]) -> tuple[Any, ...]:
        given, results = rt.VmVariantList(4), rt.VmVariantList(8)
        for argument in arguments:
            match argument:
                case float():
                    given.push_float(argument)
                case bytes():
                    given.push_ref(buffer_of(rt, argument))
                case _:
                    given.push_int(argument)
        context.invoke(module.lookup_function(function), given, results)
        values = (results.get_variant(n) for n in range(len(results)))
        return tuple(read_upstream(rt, value) for value in values)

    return invoke


def push_three(items: Any) -> None:
    for number in (1, 2, 3):
        items.push_int(number)


def buffer_of(rt: Any, contents: bytes) -> Any:
    buffer = rt.VmBuffer(len(contents), 16, True)
    memoryview(buffer)[:] = contents
    return buffer


def read_upstream(rt: Any, value: Any) -> Any:
    return bytes(value.deref(rt.VmBuffer)) if isinstance(value, rt.VmRef) else value


@pytest.fixture(scope="module")
def compiled_upstream(tmp_path_factory: pytest.TempPathFactory) -> Callable[[HostProgram], bytes]:
    """Compiles a program with upstream's compiler."""
    pytest.importorskip("iree.compiler", reason="the test extra holds upstream's compiler")
    folder = tmp_path_factory.mktemp("upstream")

    def compile(program: HostProgram) -> bytes:
        source, target = folder / f"{program.name}.mlir", folder / f"{program.name}.vmfb"
        source.write_text(program.text)
        tool = Path(sys.executable).parent / "iree-compile"
        command = [str(tool), str(source), *UPSTREAM_FLAGS, "-o", str(target)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return target.read_bytes()

    return compile


@pytest.mark.interop
@pytest.mark.parametrize("program", RUN_UPSTREAM, ids=names(RUN_UPSTREAM))
def test_upstream_runs_what_we_compile(runtime: Any, program: HostProgram):
    check(program, upstream(runtime, compile_ours(program)), Exception)


@pytest.mark.interop
@pytest.mark.parametrize("program", COMPILED_UPSTREAM, ids=names(COMPILED_UPSTREAM))
def test_ours_runs_the_same_text_compiled_by_upstream(
    compiled_upstream: Callable[[HostProgram], bytes], program: HostProgram
):
    data = compiled_upstream(program)
    for engine in ("translate", "interpret"):
        check(program, ours(data, engine), StatusError)
