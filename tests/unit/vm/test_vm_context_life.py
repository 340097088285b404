"""The life of contexts: order and names of modules, forks, initializers and their end."""

import gc
import weakref

import pytest

from ireelite.bytecode.build import function, imported, module, ref, row
from ireelite.bytecode.encode import encode_module
from ireelite.status import StatusCode, StatusError
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance
from ireelite.vm.limits import Limits
from ireelite.vm.native import NativeModule, vm_export
from ireelite.vm.refs import Buffer

RETURN = row("return", ())
LOG: list[int] = []


class Note:
    """Writes down what it is called with; two states are as good as one."""

    @vm_export("note", "0i_v")
    def note(self, number):
        LOG.append(number)


NOTES = NativeModule("notes", state_factory=Note)


@pytest.fixture(autouse=True)
def log():
    gc.collect()  # what earlier tests left is closed before the log begins
    LOG.clear()
    return LOG


@pytest.fixture(params=["translate", "interpret"])
def engine(request):
    return request.param


def load(definition):
    return BytecodeModule.from_bytes(encode_module(definition).data)


def saying(number, then=RETURN):
    body = [row("const.i32", number, 0), row("call", imported(0), (0,), ()), then]
    return function("0v_v", [body])


def living(name, number, init=RETURN, deinit=RETURN):
    functions = {"__init": saying(number, init), "__deinit": saying(-number, deinit)}
    return load(module(name, functions, imports={"notes.note": "0i_v"}))


FAIL = row("fail", 0, "no")


def test_a_failing_registration_ends_what_was_begun(engine, log):
    modules = [NOTES, living("a", 1), living("b", 2), living("c", 3, init=FAIL), living("d", 4)]
    with pytest.raises(StatusError, match="INVALID_ARGUMENT; no"):
        Context(Instance(), modules, engine=engine)
    assert log == [1, 2, 3, -3, -2, -1]


def test_a_module_that_cannot_be_registered_leaves_the_others(engine, log):
    context = Context(Instance(), [NOTES, living("a", 1)], engine=engine)
    for broken in (living("c", 3, init=FAIL), load(module("x", {}, imports={"y.z": "0v_v"}))):
        with pytest.raises(StatusError):
            context.register(broken)
    assert log == [1, 3, -3] and list(context.modules) == ["notes", "a"]
    context.register(living("b", 2))
    context.close()
    assert log == [1, 3, -3, 2, -2, -1]


def test_all_deinitializers_run_even_if_some_fail(engine, log):
    modules = [NOTES, living("a", 1, deinit=FAIL), living("b", 2), living("c", 3, deinit=FAIL)]
    context = Context(Instance(), modules, engine=engine)
    with pytest.raises(StatusError, match="deinitializing module 'c'"):
        context.close()
    assert log == [1, 2, 3, -3, -2, -1]
    context.close()
    assert len(log) == 6 and not context.states
    for use in (
        lambda: context.lookup_function("a.__init"),
        lambda: context.register(NOTES),
        context.fork,
    ):
        with pytest.raises(StatusError, match="FAILED_PRECONDITION; the context is closed"):
            use()


def test_a_context_that_nobody_closes(engine, log):
    context = Context(Instance(), [NOTES, living("a", 1)], engine=engine)
    gone = weakref.ref(context)
    f = context.lookup_function("a.__init")
    del context
    gc.collect()
    assert log == [1] and gone() is not None  # its function still runs in it
    f()
    del f
    gc.collect()
    assert log == [1, 1, -1] and gone() is None


def number(name, value):
    body = [row("const.i32", value, 0), row("return", (0,))]
    return load(module(name, {"get": function("0v_i", [body])}))


def asking(name, asked):
    body = [row("call", imported(0), (), (0,)), row("return", (0,))]
    return load(module(name, {"ask": function("0v_i", [body])}, imports={f"{asked}.get": "0v_i"}))


def test_of_two_modules_of_a_name_the_last_one_is_seen(engine):
    modules = [number("a", 1), asking("before", "a"), number("a", 2), asking("after", "a")]
    context = Context(Instance(), modules, engine=engine)
    asked = [context.lookup_function(name)() for name in ("before.ask", "after.ask", "a.get")]
    assert asked == [(1,), (2,), (2,)]
    fork = context.fork()
    assert [fork.lookup_function(n)() for n in ("before.ask", "after.ask")] == [(1,), (2,)]


def test_a_module_sees_only_those_before_it(engine):
    with pytest.raises(StatusError) as caught:
        Context(Instance(), [asking("b", "a"), number("a", 1)], engine=engine)
    assert caught.value.code == StatusCode.NOT_FOUND
    assert "module 'a' required for import 'a.get' not registered" in str(caught.value)
    with pytest.raises(StatusError, match=r"'b\.get' not registered"):
        Context(Instance(), [asking("b", "b")], engine=engine)


def counter():
    bump = [
        *[row("global.load.i32", 0, 1), row("add.i32", 1, 0, 1), row("global.store.i32", 0, 1)],
        row("return", (1,)),
    ]
    keep = [row("global.store.ref", 0, 0, ref(0)), RETURN]
    get = [row("global.load.ref", 0, 0, ref(0)), row("return", (ref(0),))]
    return load(
        module(
            "counter",
            {
                "bump": function("0i_i", [bump]),
                "keep": function("0r_v", [keep]),
                "get": function("0v_r", [get]),
                "__init": saying(1),
                "__deinit": saying(-1),
            },
            imports={"notes.note": "0i_v"},
            types=["!vm.buffer"],
            global_bytes=4,
            global_refs=1,
        )
    )


def test_forks_begin_alike_and_go_their_own_ways(engine, log):
    parent = Context(Instance(), [NOTES, counter()], engine=engine)
    buffer = Buffer(bytearray(4))
    parent.lookup_function("counter.keep")(buffer)
    assert parent.lookup_function("counter.bump")(5) == (5,)
    child = parent.fork()
    assert log == [1] and child.engine == engine
    assert child.lookup_function("counter.get")() == (buffer,)
    assert child.lookup_function("counter.bump")(10) == (15,)
    assert parent.lookup_function("counter.bump")(1) == (6,)
    child.lookup_function("counter.keep")(None)
    assert parent.lookup_function("counter.get")() == (buffer,)
    grandchild = child.fork()
    parent.close()
    assert grandchild.lookup_function("counter.bump")(0) == (15,)
    child.close()
    grandchild.close()
    assert log == [1, -1, -1, -1]


def test_two_contexts_share_no_global(engine):
    shared = counter()
    contexts = [Context(Instance(), [NOTES, shared], engine=engine) for _ in range(2)]
    results = [context.lookup_function("counter.bump")(3) for context in contexts for _ in "ab"]
    assert results == [(3,), (6,), (3,), (6,)]


class Holder:
    def __init__(self, held=0):
        self.held = held


class Forkable(Holder):
    @vm_export("add", "0i_i")
    def add(self, amount):
        self.held += amount
        return self.held

    def fork(self):
        return Forkable(self.held)


def test_native_states_fork_themselves():
    context = Context(Instance(), [NativeModule("n", state_factory=Forkable)])
    context.lookup_function("n.add")(4)
    child = context.fork()
    assert child.lookup_function("n.add")(1) == (5,)
    assert context.lookup_function("n.add")(2) == (6,)


def test_a_fork_that_fails_is_closed(log):
    holder = NativeModule("holder", state_factory=Holder)
    context = Context(Instance(), [NOTES, counter(), holder])
    with pytest.raises(StatusError, match="UNIMPLEMENTED; the state of native module 'holder'"):
        context.fork()
    assert log == [1, -1]
    context.close()
    assert log == [1, -1, -1]


def test_a_fork_has_limits_of_its_own():
    endless = load(module("m", {"f": function("0v_v", [[row("br", 0, ())]])}))
    context = Context(Instance(), [endless], limits=Limits(max_instructions=5))
    child = context.fork()
    assert child.meter is not None and child.meter is not context.meter
    with pytest.raises(StatusError, match="more than 5 instructions"):
        child.lookup_function("m.f")()
