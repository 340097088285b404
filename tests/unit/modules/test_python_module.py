"""Modules of Python callables: calls, state, results, errors."""

import gc
import math

import pytest

from ireelite.bytecode.build import function, imported, module, ref, row
from ireelite.bytecode.encode import encode_module
from ireelite.bytecode.module_def import Dependency
from ireelite.modules.python_module import PyModuleInterface, VmRef
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance
from ireelite.vm.refs import Buffer, List


class Counter:
    def __init__(self, interface):
        self.interface = interface
        self.count = 0

    def add(self, amount):
        self.count += amount
        return self.count


class Word:
    vm_type = "test.word"


def context_of(*exports, ctor=lambda interface: None, **fields):
    """A context with a module `py` whose exports are (name, cconv, callable)."""
    interface = PyModuleInterface("py", ctor, **fields)
    for export in exports:
        interface.export(*export)
    return Context(Instance(), [interface.create()])


def call(cconv, result, *arguments):
    """What a caller gets from a function that returns `result`."""
    context = context_of(("f", cconv, lambda state, *_: result))
    return context.lookup_function("py.f")(*arguments)


def failure(cconv, result, *arguments):
    with pytest.raises(StatusError) as caught:
        call(cconv, result, *arguments)
    return caught.value


def test_a_state_for_each_context():
    interface = PyModuleInterface("counter", Counter, version=3)
    interface.export("add", "0i_i", Counter.add, {"note": "counts"})
    built = interface.create()
    contexts = [Context(Instance(), [built]) for _ in range(2)]
    add, other = [context.lookup_function("counter.add") for context in contexts]
    assert (add(2), add(3), other(10)) == ((2,), (5,), (10,))
    assert contexts[0].states["counter"].state.interface is interface
    assert (built.name, built.version, add.reflection) == ("counter", 3, {"note": "counts"})


def test_numbers_and_spans_arrive_as_declared():
    seen = []
    take = lambda state, *arguments: seen.append(arguments)  # noqa: E731
    context = context_of(("f", "0iIfFr_v", take), ("spans", "0CiDCrDCirD_v", take))
    context.lookup_function("py.f")(1, 1 << 40, 0.1, 0.1, None)
    context.lookup_function("py.spans")([1, 2], [None], [(3, None)])
    numbers, spans = seen
    assert numbers[:2] == (1, 1 << 40)
    assert numbers[2] != 0.1 and math.isclose(numbers[2], 0.1, rel_tol=1e-7)
    assert numbers[3:] == (0.1, VmRef(None))
    assert spans == ([1, 2], [VmRef(None)], [(3, VmRef(None))])


def test_results_take_the_declared_form():
    assert call("0v_v", None) == ()
    assert call("0v_i", True) == (1,)
    assert call("0v_ff", (0.1, 2)) == (pytest.approx(0.1), 2.0)
    assert call("0v_f", 0.1)[0] != 0.1
    assert call("0v_iI", [1, 1 << 62]) == (1, 1 << 62)
    word = Word()
    assert call("0v_rr", (word, VmRef(None))) == (word, None)


@pytest.mark.parametrize(
    ("cconv", "result", "message"),
    [
        ("0v_v", 3, "'py.f' is declared to return nothing but returned 3 (int)"),
        ("0v_i", None, "result of 'py.f' is None; i32 is expected"),
        ("0v_i", 1.5, "result of 'py.f' is 1.5 (float); i32 is expected"),
        ("0v_f", "x", "result of 'py.f' is 'x' (str); f32 is expected"),
        ("0v_r", 1, "result of 'py.f' is 1 (int); a reference is expected"),
        ("0v_r", None, "result of 'py.f' is None; a reference is expected"),
        ("0v_ii", 1, "'py.f' is declared to return 2 values but returned 1 (int)"),
        ("0v_ii", (1, 2, 3), "'py.f' is declared to return 2 values but returned 3"),
        ("0v_ii", (1, "2"), "result 1 of 'py.f' is '2' (str); i32 is expected"),
    ],
)
def test_other_results_are_named(cconv, result, message):
    error = failure(cconv, result)
    assert (error.code, error.message) == (StatusCode.INVALID_ARGUMENT, message)


def test_numbers_out_of_range_are_named():
    error = failure("0v_i", 1 << 31)
    assert error.code == StatusCode.OUT_OF_RANGE
    assert error.message == "result of 'py.f' is 2147483648, which is no i32"
    error = failure("0v_f", 10**400)
    assert error.code == StatusCode.OUT_OF_RANGE
    assert error.message.startswith("result of 'py.f' is no f32: int too large")


def test_exceptions_name_the_line():
    def broken(state):
        numbers = []
        return numbers[3]

    context = context_of(("f", "0v_i", broken))
    with pytest.raises(StatusError) as caught:
        context.lookup_function("py.f")()
    line = broken.__code__.co_firstlineno + 2
    assert str(caught.value) == (
        "UNKNOWN; IndexError: list index out of range; "
        f"in python py.f at {__file__}:{line} in broken"
    )
    assert isinstance(caught.value.__cause__, IndexError)


def test_the_line_is_the_users_own():
    """Where an exception comes out of a library, the last line of the user's file counts."""

    def broken(state):
        return helper()

    def helper():
        return VmRef(None).deref(Word)

    context = context_of(("f", "0v_i", broken))
    with pytest.raises(StatusError, match="TypeError: cannot dereference <VmRef NULL> as Word"):
        context.lookup_function("py.f")()
    with pytest.raises(StatusError, match=rf":{helper.__code__.co_firstlineno + 1} in helper"):
        context.lookup_function("py.f")()


def test_errors_cross_modules():
    """A status keeps its code, and the path through both modules."""

    def refuse(state, number):
        raise invalid_argument(f"not {number}")

    interface = PyModuleInterface("py", lambda interface: None)
    interface.export("refuse", "0i_v", refuse)
    body = [row("call", imported(0), (0,), ()), row("return", ())]
    caller = module("m", {"f": function("0i_v", [body])}, imports={"py.refuse": "0i_v"})
    bytecode = BytecodeModule.from_bytes(encode_module(caller).data)
    context = Context(Instance(), [interface.create(), bytecode])
    with pytest.raises(StatusError) as caught:
        context.lookup_function("m.f")(7)
    text = str(caught.value)
    assert text.startswith("INVALID_ARGUMENT; not 7; in python py.refuse at ")
    assert "in refuse; while invoking native function py.refuse; while calling import; " in text
    assert "bytecode m" in text


def test_a_constructor_that_fails():
    def constructor(interface):
        raise KeyError("gone")

    with pytest.raises(StatusError, match=r"UNKNOWN; KeyError: 'gone'; in python constructor of"):
        context_of(ctor=constructor)


def test_initializer_and_deinitializer():
    calls = []
    context = context_of(
        ("__init", "0v_v", lambda state: calls.append("in")),
        ("__deinit", "0v_v", lambda state: calls.append("out")),
    )
    assert calls == ["in"]
    context.close()
    assert calls == ["in", "out"]


def test_dependencies_are_checked():
    interface = PyModuleInterface("b", lambda interface: None, dependencies=[Dependency("a", 2)])
    with pytest.raises(StatusError, match="required module 'a' not available"):
        Context(Instance(), [interface.create()])
    older = PyModuleInterface("a", lambda interface: None, version=1).create()
    other = PyModuleInterface("b", lambda interface: None, dependencies=[Dependency("a", 2)])
    with pytest.raises(StatusError, match="version mismatch; have 1 but require 2"):
        Context(Instance(), [older, other.create()])


def test_types_of_a_module_are_registered():
    taking = module(
        "m", {"f": function("0r_r", [[row("return", (ref(0),))]])}, types=["!test.word"]
    )
    with pytest.raises(StatusError, match=r"no type registered with name '!test\.word'"):
        Context(Instance(), [BytecodeModule(taking)])
    interface = PyModuleInterface("py", lambda interface: None, types=[Word])
    context = Context(Instance(), [interface.create(), BytecodeModule(taking)])
    word = Word()
    assert context.lookup_function("m.f")(word) == (word,)


def test_a_type_is_known_as_long_as_a_context_uses_it():
    instance = Instance()
    interface = PyModuleInterface("py", lambda interface: None, types=[Word])
    built = interface.create()
    contexts = [Context(instance, [built]) for _ in range(2)]
    assert instance.lookup_type("test.word").type is Word
    del contexts[0]
    gc.collect()
    assert instance.lookup_type("test.word").type is Word
    contexts.clear()
    gc.collect()
    with pytest.raises(StatusError, match=r"no type registered with name '!test\.word'"):
        instance.lookup_type("test.word")


def test_references():
    buffer = Buffer(b"abc")
    reference = VmRef(buffer)
    assert reference.deref(Buffer) is buffer
    assert reference.isinstance(Buffer) and not reference.isinstance(List)
    assert reference == VmRef(buffer) != VmRef(Buffer(b"abc"))
    assert reference != False  # noqa: E712
    assert reference.deref(List, optional=True) is None
    with pytest.raises(TypeError, match=r"cannot dereference <VmRef vm\.buffer at .*> as List"):
        reference.deref(List)
    assert (hash(reference), repr(VmRef())) == (hash(VmRef(buffer)), "<VmRef NULL>")


def test_life_of_an_interface():
    interface = PyModuleInterface("py", lambda interface: None)
    assert (interface.initialized, interface.destroyed) == (False, False)
    with pytest.raises(StatusError, match="invalid calling convention"):
        interface.export("f", "1v_v", print)
    interface.export("f", "0v_v", print)
    with pytest.raises(StatusError, match="ALREADY_EXISTS; function 'f'"):
        interface.export("f", "0v_v", print)
    built = interface.create()
    assert repr(interface) == "<PyModuleInterface 'py' initialized>"
    with pytest.raises(StatusError, match="exists already; export 'g' before create"):
        interface.export("g", "0v_v", print)
    with pytest.raises(StatusError, match="FAILED_PRECONDITION; module 'py' exists already"):
        interface.create()
    del built
    gc.collect()
    assert interface.destroyed and repr(interface) == "<PyModuleInterface 'py' destroyed>"


def test_deep_recursion_is_a_status():
    def down(state):
        return down(state)

    with pytest.raises(StatusError, match="RESOURCE_EXHAUSTED; the calls are nested too deeply"):
        context_of(("f", "0v_i", down)).lookup_function("py.f")()


class Forkable(Counter):
    def fork(self):
        twin = Forkable(self.interface)
        twin.count = self.count + 100
        return twin


@pytest.mark.parametrize(("kind", "after"), [(Counter, 3), (Forkable, 103)])
def test_a_copy_of_the_state(kind, after):
    context = context_of(("add", "0i_i", kind.add), ctor=kind)
    context.lookup_function("py.add")(2)
    twin = context.fork()
    assert twin.lookup_function("py.add")(1) == (after,)
    assert context.lookup_function("py.add")(1) == (3,)
    assert twin.states["py"].state.interface is context.states["py"].state.interface


def test_a_state_that_cannot_be_copied():
    context = context_of(ctor=lambda interface: memoryview(b"x"))
    with pytest.raises(StatusError, match=r"UNIMPLEMENTED; .* give its class a method fork\(\)"):
        context.fork()
