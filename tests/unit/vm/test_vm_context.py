"""Contexts: linking, order, state, calls between modules; on both engines."""

import os
import threading

import pytest

from ireelite.bytecode.build import function, imported, module, ref, row
from ireelite.bytecode.encode import encode_module
from ireelite.bytecode.isa import NOT_A_SPAN
from ireelite.bytecode.module_def import Dependency
from ireelite.records import ExecutionRecorder
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance
from ireelite.vm.native import NativeModule, vm_export
from ireelite.vm.refs import Buffer

RETURN = row("return", ())


class Log:
    """A native module that writes down how it is called."""

    def __init__(self):
        self.calls = []

    @vm_export("note", "0i_v")
    def note(self, number):
        self.calls.append(number)

    @vm_export("pair", "0fI_fI")
    def pair(self, a, b):
        return a * 2, b * 2

    @vm_export("spans", "0iCrDCiID_r")
    def spans(self, *arguments):
        self.calls.append(arguments)
        return arguments[1][0]

    @vm_export("refuse", "0v_v")
    def refuse(self):
        raise invalid_argument("not today")


def log_module(**fields):
    return NativeModule("log", state_factory=Log, **fields)


def calls(context):
    return context.states["log"].state.calls


def simple(name="m", **fields):
    return module(name, {"f": function("0v_v", [[RETURN]])}, **fields)


def test_native_imports(load):
    body = [row("call", imported(0), (0, 2), (0, 2)), row("return", (2, 0))]
    context = load(
        module("m", {"f": function("0fI_If", [body])}, imports={"log.pair": "0fI_fI"}),
        [log_module()],
    )
    assert context.lookup_function("m.f")(1.5, 1 << 40) == (1 << 41, 3.0)
    assert context.lookup_function("log.pair")(1.5, 3) == (3.0, 6)


@pytest.mark.parametrize("yieldable", [False, True])
def test_spans_arrive_as_lists(load, yieldable):
    segments = (NOT_A_SPAN, 2, 1)
    arguments = (0, ref(0, move=True), ref(1), 1, 2)
    if yieldable:
        call = [row("call.variadic.yieldable", imported(0), segments, arguments, 1, (ref(0),))]
    else:
        call = [row("call.variadic", imported(0), segments, arguments, (ref(0),)), row("br", 1, ())]
    built = module(
        "m",
        {"f": function("0iirrI_r", [call, [row("return", (ref(0),))]])},
        imports={"log.spans": "0iCrDCiID_r"},
    )
    context = load(built, [log_module()])
    a, b = Buffer(b"a"), Buffer(b"b")
    assert context.lookup_function("m.f")(1, 2, a, b, 3) == (a,)
    assert calls(context) == [(1, [a, b], [(2, 3)])]


def test_internal_calls(load):
    """Fibonacci, with arguments that need alignment: i0:1, i2, i4:5."""
    callee = function("0IiI_II", [[row("add.i64", 0, 4, 6), row("return", (6, 0))]])
    caller = function(
        "0II_II",
        [
            [row("const.i32", 9, 4), row("call.yieldable", 0, (0, 4, 2), 1, (0, 2))],
            [row("call", 0, (0, 4, 2), (0, 2)), row("return", (0, 2))],
        ],
    )
    f = load(module("m", {".step": callee, "f": caller})).lookup_function("m.f")
    assert f(3, 5) == (11, 8)


def test_recursion_has_an_end(load):
    endless = module("m", {"f": function("0v_v", [[row("call", 0, (), ()), RETURN]])})
    with pytest.raises(StatusError, match="RESOURCE_EXHAUSTED; the calls are nested too deeply"):
        load(endless).lookup_function("m.f")()


def test_modules_call_each_other(load):
    first = module(
        "a", {"twice": function("0i_i", [[row("add.i32", 0, 0, 0), row("return", (0,))]])}
    )
    body = [row("call", imported(0), (0,), (0,)), row("return", (0,))]
    second = module("b", {"f": function("0i_i", [body])}, imports={"a.twice": "0i_i"})
    loaded = BytecodeModule.from_bytes(encode_module(first).data)
    assert load(second, [loaded]).lookup_function("b.f")(21) == (42,)


def test_init_runs_once_and_deinit_in_reverse(load):
    def life(name, number):
        note = [row("const.i32", number, 0), row("call", imported(0), (0,), ()), RETURN]
        unnote = [row("const.i32", -number, 0), row("call", imported(0), (0,), ()), RETURN]
        functions = {"__init": function("0v_v", [note]), "__deinit": function("0v_v", [unnote])}
        return module(name, functions, imports={"log.note": "0i_v"})

    first = BytecodeModule.from_bytes(encode_module(life("a", 1)).data)
    with load(life("b", 2), [log_module(), first]) as context:
        log = calls(context)
        assert log == [1, 2]
    assert log == [1, 2, -2, -1]
    context.close()
    assert len(log) == 4 and context.closed


def test_a_failing_init_leaves_the_module_out(load):
    body = [row("const.i32", 18, 0), row("fail", 0, "no device")]
    built = module("m", {"__init": function("0v_v", [body])})
    with pytest.raises(StatusError, match="INCOMPATIBLE; no device"):
        load(built)
    context = Context(Instance())
    with pytest.raises(StatusError):
        context.register(BytecodeModule(built))
    assert not context.modules


def test_import_resolution(load):
    with pytest.raises(StatusError) as caught:
        load(simple(imports={"log.note": "0v_v"}), [log_module()])
    assert caught.value.code == StatusCode.INTERNAL
    assert (
        "import function log.note signature mismatch between m and source log; expected 0v_v but "
        "got 0i_v" in str(caught.value)
    )
    with pytest.raises(
        StatusError,
        match="NOT_FOUND; no function `nota` exported by module 'log'; did you mean 'note'",
    ):
        load(simple(imports={"log.nota": "0i_v"}), [log_module()])
    with pytest.raises(
        StatusError, match=r"NOT_FOUND; module 'log' required for import 'log\.note' not registered"
    ):
        load(simple(imports={"log.note": "0i_v"}))


def test_optional_imports(load):
    body = [
        row("import.resolved", imported(0), 0),
        row("import.resolved", imported(1), 1),
        row("return", (0, 1)),
    ]
    use = [row("call", imported(1), (0,), ()), RETURN]
    built = module(
        "m",
        {"f": function("0v_ii", [body]), "use": function("0i_v", [use])},
        imports={"log.note": "0i_v", "nowhere.note": "0i_v"},
    )
    for row_ in built.imports:
        row_.optional = True
    context = load(built, [log_module()])
    assert context.lookup_function("m.f")() == (1, 0)
    with pytest.raises(
        StatusError, match=r"NOT_FOUND; optional import `nowhere\.note` \(ordinal 1\) not resolved"
    ):
        context.lookup_function("m.use")(1)


def test_dependencies(load):
    load(simple(dependencies=[Dependency("log", 3)]), [log_module(version=3)])
    load(simple(dependencies=[Dependency("absent", 3, optional=True)]))
    load(simple(dependencies=[Dependency("log", 4, optional=True)]), [log_module(version=3)])
    with pytest.raises(StatusError, match="NOT_FOUND; required module 'log' not available"):
        load(simple(dependencies=[Dependency("log")]))
    with pytest.raises(
        StatusError,
        match="NOT_FOUND; required module 'log' version mismatch; have 3 but require 4; "
        "resolving module 'm' imports",
    ):
        load(simple(dependencies=[Dependency("log", 4)]), [log_module(version=3)])


def test_unknown_types_are_refused(load):
    with pytest.raises(StatusError, match=r"NOT_FOUND; no type registered with name '!foo\.bar'"):
        load(simple(types=["!foo.bar"]))
    instance = Instance()
    instance.register_type("foo.bar")
    Context(instance, [BytecodeModule(simple(types=["!foo.bar", "i32", "!vm.list<?>"]))])


def test_lookup_names_what_there_is(load):
    context = load(simple())
    with pytest.raises(StatusError, match="no function `g` exported by module 'm'; known names: f"):
        context.lookup_function("m.g")
    with pytest.raises(StatusError, match="no module 'n' in this context; known names: m"):
        context.lookup_function("n.f")


def test_a_function_shows_what_it_is(load):
    built = simple()
    built.functions[0].signature.attrs["iree.abi.declaration"] = "sync func @f()"
    f = load(built).lookup_function("m.f")
    assert (f.name, f.module_name, f.cconv, f.ordinal) == ("f", "m", "0v_v", 0)
    assert f.reflection == {"iree.abi.declaration": "sync func @f()"}
    assert repr(f) == "<function m.f 0v_v>"


def test_arguments_are_checked(load):
    body = [row("return", (0, 2, 4, 6))]
    f = load(module("m", {"f": function("0iIfF_iIfF", [body])})).lookup_function("m.f")
    assert f(0xFFFFFFFF, (1 << 64) - 1, 0.1, 0.1) == (-1, -1, 0.10000000149011612, 0.1)
    assert repr(f(True, 1, 1, 1)) == "(1, 1, 1.0, 1.0)"
    for bad, message in (
        ((1, 2, 3), "expected 4 arguments but passed 3"),
        ((1 << 32, 1, 1.0, 1.0), "argument 0 is 4294967296; an i32 is expected"),
        ((1, 1.5, 1.0, 1.0), "argument 1 is 1.5; an i64 is expected"),
        ((1, 1, None, 1.0), "argument 2 is None; an f32 is expected"),
        ((1, 1, 10**400, 1.0), "argument 2 is beyond the range of f32"),
    ):
        with pytest.raises(StatusError, match=f"INVALID_ARGUMENT.*{message}"):
            f(*bad)


def test_the_recorder_knows_the_calling_instruction(load):
    seen = []

    class Watching(Log):
        @vm_export("note", "0i_v")
        def note(self, number):
            seen.append(recorder.here.position)

    recorder = ExecutionRecorder()
    body = [row("const.i32.zero", 0), *[row("call", imported(0), (0,), ())] * 2, RETURN]
    built = module(
        "m",
        {".other": function("0v_v", [[RETURN]]), "f": function("0v_v", [body])},
        imports={"log.note": "0i_v"},
    )
    context = load(built, [NativeModule("log", state_factory=Watching)], recorder)
    context.lookup_function("m.f")()
    assert seen == [("m", 1, 4), ("m", 1, 16)]


def test_a_file_is_read_into_pages(tmp_path):
    path = tmp_path / "m.vmfb"
    path.write_bytes(encode_module(simple(rodata=[bytes(5000)])).data)
    loaded = BytecodeModule.from_file(path)
    assert loaded.name == "m"
    assert type(loaded.rodata[0].data.obj).__name__ == "mmap"
    assert repr(loaded) == "<bytecode module m version 0>"
    with pytest.raises(StatusError, match="NOT_FOUND; no file"):
        BytecodeModule.from_file(tmp_path / "absent")
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(StatusError, match=r"DATA_LOSS; file '.*empty' is empty"):
        BytecodeModule.from_file(tmp_path / "empty")
    with pytest.raises(StatusError, match="FAILED_PRECONDITION; cannot read"):
        BytecodeModule.from_file(tmp_path)


@pytest.mark.parametrize("size", [1 << 10, 1 << 27])
def test_a_file_may_be_truncated_once_it_is_loaded(tmp_path, size):
    """Also a large one, whose last pages have not been accessed: a mapping would end the process."""
    path = tmp_path / "m.vmfb"
    path.write_bytes(encode_module(simple(rodata=[b"\7" * size])).data)
    loaded = BytecodeModule.from_file(path)
    os.truncate(path, 0)
    assert bytes(loaded.rodata[0].data[-4096:]) == b"\7" * min(size, 4096)


def test_a_pipe_is_read_to_its_end(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    data = encode_module(simple(rodata=[bytes(range(256)) * 400])).data
    writer = threading.Thread(target=path.write_bytes, args=(data,))
    writer.start()
    assert len(BytecodeModule.from_file(path).rodata[0].data) == 256 * 400
    writer.join(30)


def test_malformed_native_declarations_are_refused_when_written():
    with pytest.raises(StatusError, match="calling convention"):
        vm_export("f", "i_i")
