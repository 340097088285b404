"""Functions of a module in C, called through the VM: every kind of value, and every function that
the host gives to libraries.
"""

from __future__ import annotations

import gc
import math
import mmap
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ireelite.hal.buffer import BufferView
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.modules.dynamic import DynamicModule, load_dynamic_module
from ireelite.modules.dynamic.host import DynamicObject, Holdings
from ireelite.session import open_device
from ireelite.status import StatusCode, StatusError
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance
from ireelite.vm.refs import Buffer, List

NOTHING = Holdings(0, 0, 0, 0, 0, 0)


def text(value: str) -> Buffer:
    """A string as programs pass it."""
    return Buffer(value.encode(), mutable=False)


class Loaded:
    """The module in a context of its own; its functions are attributes."""

    def __init__(self, path: Path, **params: str):
        self.module = load_dynamic_module(path, params=params)
        self.context = Context(Instance(), [self.module])
        self.state_bytes = self.module.holdings.bytes

    def __getattr__(self, name: str) -> Callable[..., Any]:
        function = self.context.lookup_function(f"everything.{name}")

        def call(*arguments: Any) -> Any:
            results = function(*arguments)
            return results[0] if len(results) == 1 else results or None

        return call


@pytest.fixture
def c(everything: Path) -> Iterator[Loaded]:
    """The module. When a test is over, the library holds nothing but its state."""
    loaded = Loaded(everything)
    yield loaded
    state = Holdings(0, 0, 0, allocations=1, bytes=loaded.state_bytes, objects=0)
    if loaded.module.holdings != state:
        gc.collect()
    assert loaded.module.holdings == state


def make_view(numbers: Any) -> BufferView:
    """A tensor."""
    import numpy

    from ireelite.element_types import from_numpy

    array = numpy.asarray(numbers)
    allocator = open_device("local-sync").allocator
    buffer = allocator.allocate(0x46, 0x1000C03, array.nbytes)
    buffer.write(0, array.tobytes())
    return BufferView(buffer, list(array.shape), from_numpy(array.dtype.name).code)


def numbers_of(view: BufferView, dtype: str) -> Any:
    """The elements of a tensor."""
    import numpy

    return numpy.frombuffer(view.buffer.read(), dtype).reshape(view.shape)


# -- values


def test_what_a_module_says_of_itself(c: Loaded):
    module = c.module
    assert (module.name, module.version, module.dependencies) == ("everything", 1, [])
    assert module.functions[0] == (
        "nothing",
        "0v_v",
        {"iree.abi.declaration": "sync func @nothing()"},
    )
    function = c.context.lookup_function("everything.nothing")
    assert function.reflection["iree.abi.declaration"] == "sync func @nothing()"
    assert function() == ()


def test_every_kind_of_value_goes_both_ways(c: Loaded):
    thing = Buffer(b"abc")
    for i, wide, f, double in [
        (-1, -(1 << 63), 0.5, 0.1),
        ((1 << 31) - 1, (1 << 63) - 1, -math.inf, math.inf),
        (-(1 << 31), 0, 3.4028234663852886e38, 5e-324),
    ]:
        back = c.reverse(i, wide, f, double, thing)
        assert back == (thing, double, f, wide, i)
        assert back[0] is thing
    assert c.reverse(0, 0, 0.0, 0.0, None)[0] is None
    assert math.isnan(c.reverse(0, 0, math.nan, math.nan, None)[2])


def test_spans(c: Loaded):
    assert c.sum_span([]) == 0
    assert c.sum_span([1]) == 1
    assert c.sum_span(list(range(1000))) == 499500
    a, b = Buffer(b"a"), Buffer(b"b")
    assert c.sum_tuples(1, [(a, 2, 0.5), (b, 3, 0.25)], [1.0, 2.0], 7) == (6, 0.75, 3.0, b, 7)
    assert c.sum_tuples(1, [], [], 7) == (1, 0.0, 0.0, None, 7)
    assert c.sum_tuples(1, [(None, 1, 0.0)], [], 0)[3] is None


def test_what_does_not_fit_is_an_invalid_argument(c: Loaded):
    reverse = c.context.states["everything"].exports()["reverse"].call
    for arguments in [
        (1 << 31, 0, 0.0, 0.0, None),
        (0, 1 << 63, 0.0, 0.0, None),
        (0, 0, 1e39, 0.0, None),
        (0, 0, "x", 0.0, None),
        (0, 0, 0.0, 0.0, "no reference"),
        (0, 0, 0.0, 0.0),
    ]:
        with pytest.raises(StatusError) as caught:
            reverse(*arguments)
        assert caught.value.code == StatusCode.INVALID_ARGUMENT
    with pytest.raises(StatusError, match="1 values were given for a tuple of rIF"):
        c.sum_tuples(1, [(None,)], [], 7)


# -- state


def test_each_context_has_its_own_state(everything: Path):
    module = load_dynamic_module(everything)
    instance = Instance()
    one, two = Context(instance, [module]), Context(instance, [module])
    count_one = one.lookup_function("everything.count")
    count_two = two.lookup_function("everything.count")
    assert [count_one(1), count_one(1), count_two(5)] == [(1,), (2,), (5,)]


def test_a_forked_context_begins_where_the_other_was(c: Loaded):
    c.count(3)
    c.keep(kept := Buffer(b"kept"))
    with c.context.fork() as child:
        count = child.lookup_function("everything.count")
        assert count(1) == (4,)
        assert c.count(10) == 13
        assert count(0) == (4,)
        assert child.lookup_function("everything.kept")()[0] is kept is c.kept()
    c.keep(None)


def test_a_state_that_cannot_be_forked(everything: Path):
    loaded = Loaded(everything, mode="no fork")
    with pytest.raises(StatusError, match="UNIMPLEMENTED; the state of module 'everything'"):
        loaded.context.fork()


def test_a_reference_may_be_kept(c: Loaded):
    thing = Buffer(b"abc")
    c.keep(thing)
    assert c.module.holdings.references == 1
    assert c.kept() is thing
    c.keep(None)
    assert c.kept() is None


def test_parameters(everything: Path):
    assert bytes(Loaded(everything).greet().data) == b"hello"
    assert bytes(Loaded(everything, greeting="grüß dich").greet().data) == "grüß dich".encode()
    pairs = [("greeting", "a"), ("other", ""), ("greeting", "b")]
    module = load_dynamic_module(everything, params=pairs)
    greet = Context(Instance(), [module]).lookup_function("everything.greet")
    assert bytes(greet()[0].data) == b"b"
    numbers: Any = {"greeting": 3}
    with pytest.raises(StatusError, match="INVALID_ARGUMENT; parameter 'greeting' is 3"):
        load_dynamic_module(everything, params=numbers)


# -- output


def test_output_goes_where_pythons_goes(c: Loaded, capsys: pytest.CaptureFixture[str]):
    c.print(text("to the cell: ä\n"), 1)
    c.print(text("to the errors\n"), 2)
    assert capsys.readouterr() == ("to the cell: ä\n", "to the errors\n")


def test_values_as_text(c: Loaded):
    tensor = make_view([[1.5, 2.0], [3.0, 4.0]])
    assert bytes(c.format(tensor, 1024).data) == b"2x2xf64=[1.5 2][3 4]"
    assert bytes(c.format(make_view([1, 2, 3]), 2).data) == b"3xi64=1 2..."
    assert bytes(c.format(None, 1).data) == b"(null)"
    assert bytes(c.format(List("i32", [1]), 1).data) == b"<vm.list of 1 i32>"


# -- types and objects


def test_an_object_of_the_librarys(c: Loaded):
    box = c.box(7)
    assert isinstance(box, DynamicObject)
    assert box.vm_type == "everything.box"
    assert repr(box).startswith("<everything.box at 0x")
    assert c.unbox(box) == 7
    assert c.module.holdings.objects == 1
    del box
    assert c.module.holdings.objects == 0


def test_other_objects_are_not_the_librarys(c: Loaded, everything: Path):
    with pytest.raises(StatusError, match="INVALID_ARGUMENT; ref is null"):
        c.unbox(None)
    with pytest.raises(
        StatusError, match=r"ref type mismatch; expected everything\.box but have vm\.buffer"
    ):
        c.unbox(Buffer(b""))
    other = Loaded(everything)
    with pytest.raises(StatusError, match=r"have everything\.box of another load of the library"):
        c.unbox(other.box(1))


@pytest.mark.parametrize(
    ("thing", "name"),
    [
        (Buffer(b""), "vm.buffer"),
        (List(), "vm.list"),
        (Fence([]), "hal.fence"),
        (Semaphore(), "hal.semaphore"),
    ],
)
def test_types_have_names(c: Loaded, thing: object, name: str):
    found, same = c.type_of(thing)
    assert (bytes(found.data).decode(), same) == (name, 1)


def test_types_of_libraries_and_of_python_have_names(c: Loaded, everything: Path):
    found, same = c.type_of(c.box(1))
    assert (bytes(found.data), same) == (b"everything.box", 1)

    class Ghost:
        vm_type = "ghost.ghost"

    instance = Instance()
    module = load_dynamic_module(everything, instance=instance)
    type_of = Context(instance, [module]).lookup_function("everything.type_of")
    with pytest.raises(StatusError, match=r"no type registered with name '!ghost\.ghost'"):
        type_of(Ghost())
    instance.register_type(Ghost)
    assert type_of(Ghost())[1] == 1


def test_a_missing_type_is_a_status(c: Loaded):
    for name in ["vm.buffer", "hal.buffer_view", "hal.fence", "everything.box"]:
        c.look_up(text(name))
    with pytest.raises(
        StatusError,
        match=r"NOT_FOUND; no type registered with name '!foo\.bar'.*; looking it up in the library",
    ):
        c.look_up(text("foo.bar"))
    code, message = c.swallow(text("foo.bar"))
    assert code == StatusCode.NOT_FOUND
    assert bytes(message.data).startswith(b"no type registered with name '!foo.bar'")
    assert c.swallow(text("vm.list"))[0] == StatusCode.OK


def test_a_type_may_be_unregistered_while_objects_live(everything: Path):
    loaded = Loaded(everything)
    box = loaded.box(7)
    assert loaded.context.instance.resolve_type("!everything.box")
    loaded.forget_type()
    with pytest.raises(StatusError, match="NOT_FOUND"):
        loaded.context.instance.resolve_type("!everything.box")
    with pytest.raises(StatusError, match="ref type mismatch"):
        loaded.unbox(box)
    with pytest.raises(StatusError, match="the type is not one that the module has registered"):
        loaded.box(8)
    with pytest.raises(StatusError, match="INTERNAL; the module made a mistake: it unregisters"):
        loaded.forget_type()
    del box
    gc.collect()
    assert loaded.module.holdings.objects == 0


def test_two_libraries_cannot_have_one_type(everything: Path, build_everything: Any):
    instance = Instance()
    first = load_dynamic_module(everything, instance=instance)
    with pytest.raises(StatusError) as caught:
        load_dynamic_module(build_everything(), instance=instance)
    assert caught.value.code == StatusCode.ALREADY_EXISTS
    assert f"already registered by library {everything}" in str(caught.value)
    assert first.holdings.statuses == 0


# -- statuses


@pytest.mark.parametrize("code", [code for code in StatusCode if code])
def test_every_status_code_comes_through(c: Loaded, code: StatusCode):
    with pytest.raises(StatusError) as caught:
        c.fail(int(code), text("wörds"))
    assert (caught.value.code, caught.value.message) == (code, "wörds")


def test_codes_that_do_not_exist(c: Loaded):
    c.fail(0, text("fine"))
    with pytest.raises(StatusError, match="UNKNOWN; odd"):
        c.fail(99, text("odd"))
    with pytest.raises(StatusError, match="UNKNOWN; negative"):
        c.fail(-1, text("negative"))


# -- buffers and lists


def test_buffers(c: Loaded):
    buffer = c.iota(300)
    assert bytes(buffer.data) == bytes(n % 256 for n in range(300))
    assert c.iota(0).data.nbytes == 0
    c.poke(buffer, 299, 7)
    assert buffer.data[299] == 7
    with pytest.raises(StatusError, match="OUT_OF_RANGE; poking at 300 of 300"):
        c.poke(buffer, 300, 7)
    with pytest.raises(StatusError, match="PERMISSION_DENIED; the buffer is read-only"):
        c.poke(text("constant"), 0, 7)
    with pytest.raises(StatusError, match=r"expected vm\.buffer but have vm\.list"):
        c.poke(List(), 0, 7)
    with pytest.raises(StatusError, match=r"RESOURCE_EXHAUSTED|OUT_OF_RANGE"):
        c.iota(-1)


def test_lists_of_numbers(c: Loaded):
    made = c.make_list(text("i32"), 5)
    assert (made.element_type, made.items) == ("i32", [0, 1, 2, 3, 4])
    assert c.sum_list(made) == (10, 0.0)
    assert c.sum_list(List("f64", [0.5, 0.25])) == (0, 0.75)
    assert c.make_list(text(""), 1).element_type == "!vm.opaque"
    with pytest.raises(StatusError, match="FAILED_PRECONDITION"):
        c.sum_list(List("!vm.buffer", [Buffer(b"")]))
    with pytest.raises(StatusError, match=r"a list of vm\.buffer cannot hold a number"):
        c.make_list(text("!vm.buffer"), 1)


def test_lists_of_references(c: Loaded):
    thing = Buffer(b"x")
    target = List("!vm.buffer", [None, None])
    c.list_set(target, 1, thing)
    assert target.items == [None, thing]
    assert c.list_get(target, 1) is thing
    assert c.list_get(target, 0) is None
    c.list_set(target, 1, None)
    assert target.items == [None, None]
    c.list_resize(target, 3)
    assert len(target.items) == 3
    with pytest.raises(StatusError, match="OUT_OF_RANGE"):
        c.list_get(target, 3)
    with pytest.raises(StatusError, match="FAILED_PRECONDITION; list element 0 is not a reference"):
        c.list_get(List("!vm.opaque", [1]), 0)


# -- tensors


def test_a_tensor_is_read_and_another_made(c: Loaded):
    import numpy

    view = make_view(numpy.arange(6, dtype="f4").reshape(2, 3))
    scaled = c.scale(view, 2.0)
    assert scaled.shape == [2, 3]
    assert scaled.element_type == view.element_type
    assert scaled.buffer.allocator is view.buffer.allocator
    assert numbers_of(scaled, "f4").tolist() == [[0, 2, 4], [6, 8, 10]]
    with pytest.raises(StatusError, match="INVALID_ARGUMENT; element type 10000020"):
        c.scale(make_view(numpy.zeros(2, "i4")), 1.0)
    with pytest.raises(StatusError, match="OUT_OF_RANGE; a shape of rank 5 does not fit 4 extents"):
        c.scale(make_view(numpy.zeros((1,) * 5, "f4")), 1.0)
    assert c.scale(make_view(numpy.zeros((0, 3), "f4")), 1.0).shape == [0, 3]


def test_a_tensor_is_changed_in_place(c: Loaded):
    import numpy

    view = make_view(numpy.arange(5, dtype="i4"))
    c.negate(view)
    assert numbers_of(view, "i4").tolist() == [0, -1, -2, -3, -4]


def test_a_constant_tensor_is_not_changed(c: Loaded):
    view = make_view([1, 2])
    constant = memoryview(mmap.mmap(-1, 64)).toreadonly()  # aligned, or it would be copied
    buffer = view.buffer.allocator.import_data(0x46, 0xC03, constant)
    with pytest.raises(StatusError, match="PERMISSION_DENIED"):
        c.negate(BufferView(buffer, [16], 0x10000020))


def test_views_must_fit(c: Loaded):
    assert c.ones(0, 0x21000020).shape == []
    assert c.ones(3, 0x21000020).shape == [1, 1, 1]
    assert numbers_of(c.ones(1, 0x21000020), "f4").tolist() == [1.0]
    with pytest.raises(StatusError, match="a view of 8 bytes does not fit a buffer of 4"):
        c.ones(1, 0x21000040)
    with pytest.raises(StatusError, match="unknown element type"):
        c.ones(1, 0x7F000040)
    with pytest.raises(StatusError, match="cannot have 100000 dimensions"):
        c.ones(100000, 0x21000020)


def test_memory_that_the_host_does_not_reach_is_copied(c: Loaded):
    from ireelite.hal.buffer import Buffer as DeviceBuffer

    class FarBuffer(DeviceBuffer):
        """Stands for a GPU's."""

        def __init__(self, allocator: Any, data: bytearray):
            super().__init__(allocator, 0x30, 0xC03, len(data))
            self.far = data

        def _part(self, offset: int, length: int) -> FarBuffer:
            return FarBuffer(self.allocator, self.far[offset : offset + length])

        def read(self, offset: int = 0, length: int = -1) -> memoryview:
            offset, length = self.resolve(offset, length)
            return memoryview(bytes(self.far[offset : offset + length]))

        def write(self, offset: int, data: bytes | bytearray | memoryview) -> None:
            self.far[offset : offset + len(data)] = data

    far = FarBuffer(open_device("local-sync").allocator, bytearray(range(8)))
    view = BufferView(far, [2], 0x10000020)
    before = numbers_of(view, "i4").tolist()
    c.negate(view)
    assert numbers_of(view, "i4").tolist() == [-n for n in before]
    assert bytes(c.format(view, 9).data).startswith(b"2xi32=-")


# -- fences


def test_fences(c: Loaded):
    fence = c.fence()
    assert isinstance(fence, Fence)
    assert c.fence_query(fence) == StatusCode.DEFERRED
    with pytest.raises(
        StatusError, match="DEADLINE_EXCEEDED; the fence was not reached in 1000 ns"
    ):
        c.fence_wait(fence, 1000)
    c.fence_signal(fence)
    assert c.fence_query(fence) == StatusCode.OK
    c.fence_wait(fence, -1)
    with pytest.raises(StatusError, match="INVALID_ARGUMENT; semaphore already signaled"):
        c.fence_signal(fence)


def test_no_fence_is_a_reached_one(c: Loaded):
    assert c.fence_query(None) == StatusCode.OK
    c.fence_wait(None, -1)
    c.fence_signal(None)
    c.fence_fail(None, text("nobody hears"))


def test_a_failed_fence(c: Loaded):
    fence = c.fence()
    c.fence_fail(fence, text("lost it"))
    assert c.fence_query(fence) == StatusCode.DATA_LOSS
    for wait in (lambda: c.fence_wait(fence, -1), fence.wait):
        with pytest.raises(StatusError, match="DATA_LOSS; lost it"):
            wait()


def test_a_fence_signalled_by_a_thread_of_the_librarys(c: Loaded):
    fence = c.fence()
    c.signal_later(fence)
    assert not fence.reached()
    assert fence.wait()
    other = c.fence()
    c.signal_later(other)
    c.fence_wait(other, -1)
    wait_until(lambda: c.module.holdings.references == 0)


def test_a_callback_is_called_when_a_fence_is_decided(c: Loaded):
    for decide, expected in (
        (Fence.signal, StatusCode.OK),
        (lambda fence: fence.fail(StatusError(StatusCode.DATA_LOSS, "gone")), StatusCode.DATA_LOSS),
    ):
        source, before, after = (Fence([(Semaphore(), 1)]) for _ in range(3))
        threads = threading.active_count()
        c.forward(source, before)
        assert before.query() == StatusCode.DEFERRED and threading.active_count() == threads
        decide(source)
        c.forward(source, after)
        assert before.query() == after.query() == expected
        assert expected == StatusCode.OK or "gone" in str(after.failure)
    c.forward(None, reached := Fence([(Semaphore(), 1)]))
    assert reached.reached()
    assert c.module.holdings.references == 0 and c.module.holdings.statuses == 0
    with pytest.raises(StatusError, match="a pointer that it passed is NULL"):
        c.forward_nowhere(source)


def test_a_library_stays_as_long_as_a_fence_will_call_it(everything: Path):
    loaded = Loaded(everything)
    source, target = Fence([(Semaphore(), 1)]), Fence([(Semaphore(), 1)])
    loaded.forward(source, target)
    del loaded
    gc.collect()
    source.signal()
    assert target.reached()


def wait_until(condition: Callable[[], bool]) -> None:
    """Gives other threads time; a second at most."""
    deadline = time.monotonic() + 1
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.001)


# -- threads


def test_states_in_several_threads(everything: Path):
    module = load_dynamic_module(everything)
    instance = Instance()
    totals: list[int] = []

    def work() -> None:
        context = Context(instance, [module])
        count = context.lookup_function("everything.count")
        box, unbox = (context.lookup_function(f"everything.{n}") for n in ("box", "unbox"))
        for n in range(200):
            count(1)
            assert unbox(box(n)[0]) == (n,)
        totals.append(count(0)[0])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gc.collect()
    assert totals == [200] * 8
    assert module.holdings == NOTHING


def test_another_thread_runs_while_the_library_waits(c: Loaded):
    fence = c.fence()
    thread = threading.Thread(target=lambda: (time.sleep(0.02), fence.signal()))
    thread.start()
    c.fence_wait(fence, 10**10)
    thread.join()


# -- leaks and mistakes


def test_leaks_are_counted(everything: Path):
    loaded = Loaded(everything)
    before = loaded.module.holdings
    loaded.leak(Buffer(b"lost"), 100)
    after = loaded.module.holdings
    assert after.references == before.references + 1
    assert after.statuses == before.statuses + 1
    assert after.allocations == before.allocations + 1
    assert after.bytes == before.bytes + 100


@pytest.mark.parametrize("number", range(16))
def test_a_mistake_fails_the_call(everything: Path, number: int):
    loaded = Loaded(everything)
    with pytest.raises(StatusError) as caught:
        loaded.mistake(number)
    assert caught.value.code == StatusCode.INTERNAL
    assert "the module made a mistake" in str(caught.value)
    loaded.nothing()
    assert loaded.count(1) == 1


def test_arguments_are_borrowed(c: Loaded):
    for name in ("drop", "steal"):
        with pytest.raises(StatusError, match="released or returned 1 of its arguments") as caught:
            getattr(c, name)(Buffer(b"borrowed"))
        assert caught.value.code == StatusCode.INTERNAL


def test_a_mistake_in_a_thread_of_the_librarys_fails_the_next_call(c: Loaded):
    with pytest.raises(StatusError, match="it does not hold the reference 0xbad0"):
        c.mistake_in_thread()
    c.nothing()


def test_an_error_of_pythons_is_not_lost(c: Loaded, monkeypatch: pytest.MonkeyPatch):
    class Broken:
        def write(self, text: str) -> None:
            raise ZeroDivisionError("in print")

    monkeypatch.setattr("sys.stdout", Broken())
    with pytest.raises(ZeroDivisionError, match="in print"):
        c.print(text("x"), 1)
    with pytest.raises(ZeroDivisionError, match="in print"):
        c.print_and_drop()


def test_an_interrupt_is_not_lost(c: Loaded, monkeypatch: pytest.MonkeyPatch):
    class Interrupted:
        def write(self, text: str) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdout", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        c.print_and_drop()
    c.nothing()


def test_an_interrupt_between_c_and_python_is_not_lost(c: Loaded):
    """Ctrl-C while C code runs is raised before the first line of the next function it calls."""
    hook, handler = sys.unraisablehook, signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            c.interrupted()
    finally:
        signal.signal(signal.SIGINT, handler)
    assert sys.unraisablehook is hook
    c.nothing()


def test_modules_are_described(c: Loaded, everything: Path):
    assert isinstance(c.module, DynamicModule)
    assert repr(c.module) == f"<dynamic module everything version 1 of library {everything}>"
    assert repr(c.context.states["everything"]) == "<state of dynamic module everything>"
