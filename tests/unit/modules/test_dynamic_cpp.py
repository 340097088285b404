"""Dynamic modules in C++: the layer in `dynamic_module.hpp`, and the sample that uses it."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ireelite
from ireelite.bytecode.module_def import Dependency
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.modules.dynamic import DynamicState, load_dynamic_module
from ireelite.modules.dynamic.build import build_dynamic_module
from ireelite.status import StatusCode, StatusError
from ireelite.tools import check_module, run_module
from ireelite.vm.context import Context, Engine
from ireelite.vm.instance import Instance
from ireelite.vm.refs import Buffer, List

# -- types


@pytest.fixture(scope="module")
def typed_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A module with methods of many types."""
    source = Path(__file__).resolve().parents[2] / "data" / "dynamic" / "typed.cc"
    output = tmp_path_factory.mktemp("typed") / "typed.so"
    return build_dynamic_module(source, output, ["-Wall", "-Wextra", "-Wpedantic", "-Werror"])


@pytest.fixture
def typed(typed_library: Path) -> Callable[..., Any]:
    """Calls a function of that module, by name."""
    context = Context(Instance(), [load_dynamic_module(typed_library)])
    return lambda name, *arguments: context.lookup_function(f"typed.{name}")(*arguments)


def test_calling_conventions_follow_from_types(typed_library: Path):
    module = load_dynamic_module(typed_library)
    assert (module.name, module.version) == ("typed", 3)
    assert module.dependencies == [Dependency("other", 2, optional=True)]
    assert {name: cconv for name, cconv, _ in module.functions} == {
        "nothing": "0v_v",
        "count": "0I_I",
        "reverse": "0riIfF_FfIir",
        "sum": "0CID_I",
        "longest": "0CrID_rI",
        "point": "0FF_r",
        "dot": "0rr_F",
        "is_null": "0r_i",
        "ramp": "0II_r",
        "measure": "0r_IiI",
        "shout": "0r_r",
        "blank": "0r_v",
        "later": "0rrr_r",
        "doubled": "0rrr_r",
        "reached": "0r_i",
        "fail": "0i_v",
    }


def test_values(typed: Callable[..., Any]):
    thing = Buffer(b"x")
    assert typed("nothing") == ()
    assert typed("reverse", thing, -1, 1 << 40, 0.5, 0.1) == (0.1, 0.5, 1 << 40, -1, thing)
    assert typed("reverse", None, 0, 0, 0.0, 0.0)[4] is None
    assert typed("sum", [1, 2, 3]) == (6,)
    assert typed("sum", []) == (0,)
    assert typed("longest", [(thing, 5), (None, 3)]) == (thing, 5)
    assert typed("longest", []) == (None, 0)


def test_objects(typed: Callable[..., Any]):
    a, b = typed("point", 1.0, 2.0)[0], typed("point", 3.0, 4.0)[0]
    assert typed("dot", a, b) == (11.0,)
    assert (typed("is_null", a), typed("is_null", None)) == ((0,), (1,))
    with pytest.raises(StatusError, match="INVALID_ARGUMENT; ref is null"):
        typed("dot", a, None)
    with pytest.raises(StatusError, match=r"expected typed\.point but have vm\.buffer"):
        typed("dot", a, Buffer(b""))


def test_tensors(typed: Callable[..., Any]):
    view = typed("ramp", 2, 3)[0]
    assert (view.shape, view.element_type, view.buffer.byte_length) == ([2, 3], 0x21000020, 24)
    assert typed("measure", view) == (2, 0x21000020, sum(view.buffer.read()))
    from ireelite.hal.buffer import BufferView

    deep = BufferView(view.buffer, [1] * 20 + [6], view.element_type)
    assert typed("measure", deep)[0] == 21
    with pytest.raises(StatusError, match="ref is null"):
        typed("measure", None)


def test_text(typed: Callable[..., Any]):
    assert bytes(typed("shout", Buffer(b"hello", mutable=False))[0].data) == b"HELLO"
    assert bytes(typed("shout", Buffer(b""))[0].data) == b""
    text = Buffer(bytearray(b"hello"))
    typed("blank", text)
    assert bytes(text.data) == b"     "
    with pytest.raises(StatusError, match="PERMISSION_DENIED"):
        typed("blank", Buffer(b"hello", mutable=False))
    with pytest.raises(StatusError, match="ref is null"):
        typed("shout", None)
    with pytest.raises(StatusError, match=r"expected vm\.buffer but have vm\.list"):
        typed("shout", List())


def test_fences(typed: Callable[..., Any]):
    fence = Fence([(Semaphore(), 1)])
    assert (typed("reached", None), typed("reached", fence)) == ((1,), (0,))
    fence.signal()
    assert typed("reached", fence) == (1,)
    failed = Fence([(semaphore := Semaphore(), 1)])
    semaphore.fail(StatusError(StatusCode.DATA_LOSS, "gone"))
    with pytest.raises(StatusError, match="DATA_LOSS; gone"):
        typed("reached", failed)
    with pytest.raises(StatusError, match=r"expected hal\.fence but have vm\.list"):
        typed("reached", List())


def test_an_asynchronous_function_works_in_its_own_thread(typed_library: Path):
    """It is called as any asynchronous function is: the result is there when the fence says so."""
    import numpy

    loaded = ireelite.load(str(typed_library))
    assert loaded.later(numpy.int32(21)) == 42
    with pytest.raises(StatusError, match="OUT_OF_RANGE; a negative number"):
        loaded.later(numpy.int32(-1))


PROGRAM = """
func.func private @typed.doubled(tensor<?xi32>) -> tensor<?xi32> attributes {
  iree.abi.model = "coarse-fences", nosideeffects
}
func.func @main(%x: tensor<?xi32>) -> tensor<?xi32> {
  %0 = arith.muli %x, %x : tensor<?xi32>
  %1 = call @typed.doubled(%0) : (tensor<?xi32>) -> tensor<?xi32>
  %2 = arith.muli %1, %1 : tensor<?xi32>
  return %2 : tensor<?xi32>
}
"""


@pytest.mark.parametrize("device", ["local-task", "webgpu"])
@pytest.mark.parametrize("model", ["async-internal", "async-external"])
def test_a_program_calls_a_function_with_a_callback_on_open_sizes(
    typed_library: Path, model: str, device: str
):
    import numpy

    targets = ["vmvx", "vulkan-spirv"]
    program = ireelite.compile(PROGRAM, targets=targets, execution_model=model)
    loaded = ireelite.load(typed_library, program, device=device)
    for size in (3, 5, 1):
        x = numpy.arange(size, dtype=numpy.int32)
        numpy.testing.assert_array_equal(loaded.main(x), (2 * x * x) ** 2)
    results = [loaded.main.async_(x) for _ in range(20)]
    assert all((result.result() == (2 * x * x) ** 2).all() for result in results)


def test_calls_that_wait_take_no_thread(typed_library: Path):
    import numpy

    context = Context(Instance(), [load_dynamic_module(typed_library)])
    ramp, doubled = (context.lookup_function(f"typed.{name}") for name in ("ramp", "doubled"))
    begin = Semaphore()
    ends = [Fence([(Semaphore(), 1)]) for _ in range(100)]
    (number,) = ramp(1, 2)
    number.buffer.write(0, numpy.int32([4, 5]).tobytes())
    threads = native_threads()
    results = [doubled(number, Fence([(begin, 1)]), end)[0] for end in ends]
    failed = Fence([(Semaphore(), 1)])
    doubled(number, Fence([(begin, 2)]), failed)
    assert native_threads() == threads and not any(end.reached() for end in ends)
    begin.signal(1)
    assert all(end.reached() for end in ends) and not failed.decided()
    numbers = [numpy.frombuffer(result.buffer.read(), "i4") for result in results]
    assert all((found[:2] == [8, 10]).all() for found in numbers)
    begin.fail(StatusError(StatusCode.DATA_LOSS, "gone"))
    with pytest.raises(StatusError, match="DATA_LOSS; gone"):
        failed.reached()


def native_threads() -> int:
    """Threads of this process, those that Python does not know included, where a system says so."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.exists() else threading.active_count()


def test_what_waits_for_a_fence_starts_when_it_is_signalled(typed_library: Path):
    import numpy

    context = Context(Instance(), [load_dynamic_module(typed_library)])
    begin, end = Fence([(Semaphore(), 1)]), Fence([(Semaphore(), 1)])
    number = context.lookup_function("typed.ramp")(1, 2)[0]
    number.buffer.write(0, numpy.int32(4).tobytes())
    result = context.lookup_function("typed.later")(number, begin, end)[0]
    assert not end.reached()
    begin.signal()
    assert end.wait()
    assert numpy.frombuffer(result.buffer.read(), "i4")[0] == 8


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (0, "DATA_LOSS; an error"),
        (1, "UNKNOWN; a runtime error"),
        (2, "RESOURCE_EXHAUSTED; out of memory"),
        (3, "UNKNOWN; an exception of C"),
        (4, "INTERNAL; the class of an object is not registered"),
        (5, "INVALID_ARGUMENT; ref type mismatch; expected hal.fence but have typed.point"),
    ],
)
def test_exceptions(typed_library: Path, how: int, expected: str):
    module = load_dynamic_module(typed_library)
    context = Context(Instance(), [module])
    with pytest.raises(StatusError) as caught:
        context.lookup_function("typed.fail")(how)
    assert str(caught.value).startswith(expected)
    gc.collect()
    assert (module.holdings.statuses, module.holdings.references) == (0, 0)


def test_what_can_be_copied_can_be_forked(typed_library: Path):
    module = load_dynamic_module(typed_library)
    context = Context(Instance(), [module])
    context.lookup_function("typed.count")(3)
    state = context.states["typed"]
    assert isinstance(state, DynamicState)
    assert state.fork(context).exports()["count"].call(1) == 4
    single = load_dynamic_module(typed_library, "create_single")
    context = Context(Instance(), [single])
    assert context.lookup_function("single.one")() == (1,)
    state = context.states["single"]
    assert isinstance(state, DynamicState)
    with pytest.raises(StatusError, match="UNIMPLEMENTED"):
        state.fork(context)


def test_a_module_that_is_not_finished(typed_library: Path):
    instance = Instance()
    with pytest.raises(StatusError, match="UNKNOWN; not today"):
        load_dynamic_module(typed_library, "create_failing", instance=instance)
    with pytest.raises(StatusError, match="NOT_FOUND"):
        instance.lookup_type("typed.point")


# -- the sample


@pytest.fixture(scope="module")
def program(sample_directory: Path) -> Any:
    """The sample's program, compiled."""
    return ireelite.compile(sample_directory / "example.mlir", targets=["vmvx"])


@pytest.fixture
def program_file(program: Any, tmp_path: Path) -> Path:
    """The same as a file."""
    program.save(tmp_path / "example.vmfb")
    return tmp_path / "example.vmfb"


LINES = "CREATE 5xi8=0 1 2 3 4\nPRINT 5xi8=0 1 2 3 4\n"


def test_the_sample_in_a_cell(
    custom_module: Path, program: Any, capsys: pytest.CaptureFixture[str]
):
    loaded = ireelite.load(f"{custom_module}@create_custom_module", program)
    loaded.main()
    assert capsys.readouterr().out == LINES
    with pytest.raises(StatusError) as caught:
        loaded.error()
    assert caught.value.code == StatusCode.UNKNOWN
    message = str(caught.value)
    assert message.startswith(
        "UNKNOWN; Forced failure; while invoking native function custom.error; while calling import"
    )
    assert "\n[ 0] bytecode example" in message
    assert message.endswith("invoking function 'error'")


def test_parameters_of_the_sample(
    custom_module: Path, program: Any, capsys: pytest.CaptureFixture[str]
):
    source = f"{custom_module}@create_custom_module?prefix=> &elements=2"
    ireelite.load(source, program).main()
    assert capsys.readouterr().out == "> CREATE 5xi8=0 1...\n> PRINT 5xi8=0 1...\n"
    with pytest.raises(StatusError, match="INVALID_ARGUMENT; elements='-1' is not a number"):
        load_dynamic_module(custom_module, "create_custom_module", {"elements": "-1"})


@pytest.mark.parametrize("engine", ["translate", "interpret"])
def test_strings_pass_through_a_program(
    custom_module: Path, program: Any, engine: Engine, capsys: pytest.CaptureFixture[str]
):
    from ireelite.linking import open_device, read_module
    from ireelite.modules.hal import hal_module

    instance = Instance()
    custom = load_dynamic_module(custom_module, "create_custom_module", instance=instance)
    hal = hal_module([open_device("local-sync")])
    example = read_module(program)
    context = Context(instance, [hal, custom, example], engine=engine)
    tensor = _bytes_view(b"\x05\x06")
    string = context.lookup_function("example.make")(tensor)[0]
    assert string.vm_type == "custom.string"
    assert custom.holdings.objects == 1
    context.lookup_function("example.print")(string)
    context.lookup_function("example.print")(None)
    assert capsys.readouterr().out == "CREATE 2xi8=5 6\nPRINT 2xi8=5 6\n"
    with pytest.raises(StatusError, match=r"expected custom\.string but have hal\.buffer_view"):
        context.lookup_function("custom.string.print")(tensor)
    with pytest.raises(StatusError, match=r"expected hal\.buffer_view but have custom\.string"):
        context.lookup_function("custom.string.from_tensor")(string)
    del string
    gc.collect()
    assert custom.holdings.objects == 0


def _bytes_view(data: bytes) -> Any:
    from ireelite.hal.buffer import BufferView
    from ireelite.linking import open_device

    buffer = open_device("local-sync").allocator.allocate(0x46, 0x1000C03, len(data))
    buffer.write(0, data)
    return BufferView(buffer, [len(data)], 0x10000008)


def test_a_program_needs_the_types_it_names(custom_module: Path, program: Any):
    with pytest.raises(StatusError, match="required module 'custom' not available"):
        ireelite.load(program)
    with pytest.raises(StatusError, match="required module 'custom' not available"):
        ireelite.load(program, f"{custom_module}@create_custom_module")

    from ireelite.linking import link, open_device, read_module
    from ireelite.vm.native import NativeModule

    class Untyped:
        pass

    other = NativeModule("custom", state_factory=Untyped)
    with pytest.raises(
        StatusError, match=r"NOT_FOUND; no type registered with name '!custom\.string'"
    ):
        link([read_module(program)], [open_device("local-sync")], natives=[other])


def test_native_code_is_refused_where_it_is_not_trusted(custom_module: Path, program: Any):
    with pytest.raises(StatusError, match="PERMISSION_DENIED; a dynamic module is native code"):
        ireelite.load(f"{custom_module}@create_custom_module", program, trusted=False)


def test_the_sample_under_the_tools(
    custom_module: Path, program_file: Path, capsys: pytest.CaptureFixture[str]
):
    modules = [f"--module={custom_module}@create_custom_module", f"--module={program_file}"]
    assert run_module.main([*modules, "--function=main"]) == 0
    assert capsys.readouterr() == (f"EXEC @main\n{LINES}", "")
    prefixed = f"{modules[0]}?prefix=>"
    assert run_module.main([prefixed, modules[1], "--function=main"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [">" + line for line in LINES.splitlines()]
    assert run_module.main([*modules, "--function=make", "--input=2xi8=7 8"]) == 0
    assert capsys.readouterr().out.endswith("result[0]: custom.string\n(no printer)\n")
    assert run_module.main([*modules, "--function=error"]) == 1
    out, error = capsys.readouterr()
    assert out == "EXEC @error\n"
    assert error.startswith("UNKNOWN; Forced failure; while invoking native function custom.error")
    assert run_module.main([f"--module={custom_module}", modules[1], "--function=main"]) == 1
    error = capsys.readouterr().err
    assert "exports no function 'iree_vm_dynamic_module_create'; loading dynamic module at" in error


def test_the_sample_under_the_check_tool(
    custom_module: Path, program_file: Path, capsys: pytest.CaptureFixture[str]
):
    modules = [f"--module={custom_module}@create_custom_module", f"--module={program_file}"]
    assert check_module.main(modules) == 1  # `error` fails
    out = capsys.readouterr().out
    assert LINES in out
    assert "[       OK ] example.main" in out
    assert "[  FAILED  ] example.error" in out


def test_the_sample_in_python_behaves_the_same(
    custom_module: Path,
    sample_directory: Path,
    program_file: Path,
    capsys: pytest.CaptureFixture[str],
):
    printed = []
    for path in (custom_module, sample_directory / "custom_module.py"):
        for query in ("", "?prefix=>", "?elements=3&prefix=-", "?elements=few", "?length=3"):
            module = f"--module={path}@create_custom_module{query}"
            code = run_module.main([module, f"--module={program_file}", "--function=main"])
            out, error = capsys.readouterr()
            # where it happened is another place
            printed.append((code, out, error.partition("; in python")[0].partition("; loading")[0]))
    assert printed[:5] == printed[5:]
    assert printed[0] == (0, f"EXEC @main\n{LINES}", "")
    assert [row[2] for row in printed[3:5]] == [
        "INVALID_ARGUMENT; elements='few' is not a number",
        "INVALID_ARGUMENT; `create_custom_module` has no parameter 'length'; "
        "known names: elements, prefix",
    ]
