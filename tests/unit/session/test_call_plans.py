"""Call plans: the same bits as the ordinary way, and the ordinary way for all that is no plan's."""

import gc
import os
import sys
import threading
import weakref
from typing import Any

import numpy as np
import pytest

import ireelite
from ireelite import call_plan, loaded_function
from ireelite.hal import replay
from ireelite.hal.host_pool import host_pool
from ireelite.status import StatusError
from ireelite.vm.jit import dispatch
from ireelite.vm.limits import Limits

CHAIN = "\n".join(
    f"  %{n + 1} = stablehlo.dot %{n}, %b : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>"
    for n in range(12)
)
SOURCE = f"""
func.func @multiply(%a: tensor<2x3xf32>, %b: tensor<2x3xf32>) -> tensor<2x3xf32> {{
  %0 = stablehlo.multiply %a, %b : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}}
func.func @chain(%a: tensor<8x8xf32>, %b: tensor<8x8xf32>) -> tensor<8x8xf32> {{
  %0 = stablehlo.add %a, %b : tensor<8x8xf32>
{CHAIN}
  return %12 : tensor<8x8xf32>
}}
func.func @several(%a: tensor<4xi32>) -> (tensor<4xi32>, tensor<4xi32>, tensor<4xi32>, tensor<i1>) {{
  %0 = stablehlo.add %a, %a : tensor<4xi32>
  %1 = stablehlo.constant dense<[5, 6, 7, 8]> : tensor<4xi32>
  %2 = stablehlo.constant dense<true> : tensor<i1>
  return %0, %a, %0, %2 : tensor<4xi32>, tensor<4xi32>, tensor<4xi32>, tensor<i1>
}}
func.func @constants() -> (tensor<4xi32>, tensor<3xf32>) {{
  %0 = stablehlo.constant dense<[5, 6, 7, 8]> : tensor<4xi32>
  %1 = stablehlo.constant dense<2.5> : tensor<3xf32>
  return %0, %1 : tensor<4xi32>, tensor<3xf32>
}}
func.func @joined(%a: tensor<3xf64>, %b: tensor<2xf64>) -> tensor<8xf64> {{
  %0 = stablehlo.concatenate %a, %b, %a, dim = 0
    : (tensor<3xf64>, tensor<2xf64>, tensor<3xf64>) -> tensor<8xf64>
  return %0 : tensor<8xf64>
}}
func.func @rows(%a: tensor<?x2xf32>) -> tensor<?x2xf32> {{
  %0 = stablehlo.add %a, %a : tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}}
func.func @scalar(%a: tensor<bf16>) -> tensor<bf16> {{
  %0 = stablehlo.negate %a : tensor<bf16>
  return %0 : tensor<bf16>
}}
func.func @empty(%a: tensor<0x4xf32>) -> tensor<0x4xf32> {{
  %0 = stablehlo.negate %a : tensor<0x4xf32>
  return %0 : tensor<0x4xf32>
}}
func.func @sorted(%a: tensor<50xi16>) -> tensor<50xi16> {{
  %0 = "stablehlo.sort"(%a) ({{
  ^bb0(%x: tensor<i16>, %y: tensor<i16>):
    %1 = stablehlo.compare LT, %x, %y : (tensor<i16>, tensor<i16>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }}) {{dimension = 0 : i64}} : (tensor<50xi16>) -> tensor<50xi16>
  return %0 : tensor<50xi16>
}}
func.func @large(%a: tensor<300x200xf32>) -> (tensor<300x200xf32>, tensor<200xf32>) {{
  %0 = stablehlo.tanh %a : tensor<300x200xf32>
  %1 = stablehlo.constant dense<0.0> : tensor<f32>
  %2 = stablehlo.reduce(%0 init: %1) applies stablehlo.add across dimensions = [0]
    : (tensor<300x200xf32>, tensor<f32>) -> tensor<200xf32>
  return %0, %2 : tensor<300x200xf32>, tensor<200xf32>
}}
"""
ARGUMENTS = {
    "multiply": [((2, 3), "float32"), ((2, 3), "float32")],
    "chain": [((8, 8), "float32"), ((8, 8), "float32")],
    "several": [((4,), "int32")],
    "constants": [],
    "joined": [((3,), "float64"), ((2,), "float64")],
    "empty": [((0, 4), "float32")],
    "sorted": [((50,), "int16")],
    "large": [((300, 200), "float32")],
}


@pytest.fixture(scope="module", params=["llvm-cpu", "vmvx"])
def program(request):
    """The program, of which bytecode is compiled before it first runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatch, "MAX_INTERPRETED_WORKGROUPS", 0)
        yield ireelite.compile(SOURCE, targets=[request.param])


@pytest.fixture(params=["local-sync", "local-task"])
def module(program, request):
    return ireelite.load(program, device=request.param)


def arguments(name, seed):
    random = np.random.default_rng(seed)
    return [(random.normal(0, 9, shape)).astype(dtype) for shape, dtype in ARGUMENTS[name]]


def bits(results):
    results = results if isinstance(results, tuple) else (results,)
    return [(array.shape, array.dtype, array.tobytes()) for array in results]


def planned(function, *values):
    """The function, with a plan for such arguments that has been timed."""
    before = len(function._plans)
    for _ in range(2 + replay.TIMED_RUNS):
        function(*values)
    assert len(function._plans) == before + 1
    return function


@pytest.mark.parametrize("name", ARGUMENTS)
def test_results_are_those_of_a_recorded_call(program, module, name):
    recorded = ireelite.load(program, device=module.device, record=True)
    function = planned(module[name], *arguments(name, 0))
    for seed in range(8):
        values = arguments(name, seed)
        assert bits(function(*values)) == bits(recorded[name](*values))
    assert not recorded[name]._plans and len(function._plans) == 1


@pytest.mark.parametrize("name", ["multiply", "chain", "several", "empty", "large"])
def test_plans_are_called_without_a_conversion(module, name):
    function = planned(module[name], *arguments(name, 0))
    quick, (plan,) = function._quick, function._plans
    values = arguments(name, 3)
    assert bits(quick(*values)) == bits(plan.run(tuple(values)))
    assert quick() is None and quick(*values, 1) is None


def test_functions_of_two_shapes_turn_from_one_quick_call_to_the_other(module):
    function = planned(module["rows"], np.ones((3, 2), np.float32))
    for extent in (3, 5, 4, 5, 3, 0, 5, 4, 4, 4, 5, 3) * 2:
        array = np.full((extent, 2), 1.5, np.float32)
        assert bits(function(array)) == bits(array + array)
    assert len(function._plans) == 4


def test_quick_calls_count_references_as_they_should(module):
    names = ("multiply", "several", "large")
    for function in [planned(module[name], *arguments(name, 0)) for name in names]:
        values = arguments(function.signature.name, 1)
        counted = [*values, values[0].dtype, None]
        before = [sys.getrefcount(one) for one in counted]
        results = function(*values)
        for _ in range(1000):
            results = function(*values)
            assert function._quick(*values, 1) is None
        if isinstance(results, tuple):
            for array, other in zip(results, tuple(map(np.copy, results)), strict=True):
                assert sys.getrefcount(array) == sys.getrefcount(other)
        after = [sys.getrefcount(one) for one in counted]
        assert all(abs(new - old) < 50 for new, old in zip(after, before, strict=True))


@pytest.mark.parametrize("failing", ["memory", "first", "second", "claim"])
def test_a_quick_call_raises_what_its_functions_raise(module, failing, monkeypatch):
    quick_call, large = call_plan.quick_call, np.ones((300, 200), np.float32)
    broken: set[str] = set()

    def function_of(name, value):
        def function():
            if name in broken:
                raise MemoryError(name)
            return value()

        return function

    def with_functions(plan, results, needs, code, keeps):
        first, second = (lambda: np.empty_like(large)), (lambda: np.empty(200, np.float32))
        makes = [function_of("first", first), function_of("second", second)]
        memory = function_of("memory", lambda: np.empty(1 << 20, np.uint8))
        needs = needs._replace(makes=makes, memory=memory, claim=function_of("claim", int))
        return quick_call(plan, results, needs, code, keeps)

    monkeypatch.setattr(call_plan, "quick_call", with_functions)
    function = planned(module["large"], large)
    expected, before = bits(function(large)), sys.getrefcount(large)
    broken.add(failing)
    for _ in range(100):
        with pytest.raises(MemoryError, match=failing):
            function(large)
    broken.clear()
    assert bits(function(large)) == expected and sys.getrefcount(large) < before + 50


def test_a_quick_call_goes_with_its_function(program):
    module = ireelite.load(program)
    kept = weakref.ref(planned(module["chain"], *arguments("chain", 0))._plans[0])
    quick: Any = module["chain"]._quick
    expected = bits(module["chain"](*arguments("chain", 4)))
    module.close()
    del module
    gc.collect()
    assert kept() is None and bits(quick(*arguments("chain", 4))) == expected


def test_arrays_that_are_not_aligned_have_no_plan(program, module):
    function = planned(module["several"], *arguments("several", 0))
    for start in range(1, 8):
        values = np.zeros(16 + start, np.uint8)[start:].view(np.int32)
        assert bits(function(values)) == bits(function(values.copy()))
    assert len(function._plans) == 1


def test_modules_that_ask_for_more_alignment_change_no_plan(module, monkeypatch):
    monkeypatch.setattr(module.device.allocator, "alignment", 4096)
    function = planned(module["several"], *arguments("several", 0))
    for seed in range(8):
        function(*arguments("several", seed))
    assert len(function._plans) == 1


def test_a_type_that_numpy_lacks(module):
    value = module["scalar"](2.5)
    for _ in range(5):
        value = module["scalar"](value)
        assert value == 2.5 and value.shape == ()
        value = module["scalar"](value)
        assert value == -2.5


def test_results_do_not_share_memory_with_each_other_nor_with_arguments(module):
    function = planned(module["several"], *arguments("several", 0))
    a = np.arange(4, dtype=np.int32)
    first = function(a)
    for array in first:
        if array.shape:
            array += 100
    assert (a == range(4)).all() and [row.tolist() for row in function(a)[:3]] == [
        [0, 2, 4, 6],
        [0, 1, 2, 3],
        [0, 2, 4, 6],
    ]
    values = planned(module["constants"])()[0]
    values += 1
    assert module["constants"]()[0].tolist() == [5, 6, 7, 8]


def test_phases_that_take_long_are_shared(program, monkeypatch):
    monkeypatch.setattr(replay, "SHARED_ABOVE", 0)
    pool = host_pool()
    monkeypatch.setattr(pool, "threads", 3)
    pool.stop()
    module = ireelite.load(program, device="local-task")
    alone = ireelite.load(program, device="local-sync")
    claims = []
    claim = pool.claim
    monkeypatch.setattr(pool, "claim", lambda: claims.append(claim()) or claims[-1])
    for name in ("large", "several", "joined"):
        for seed in range(12):
            values = arguments(name, seed)
            assert bits(module[name](*values)) == bits(alone[name](*values))
    assert claims and all(claims)
    values = arguments("several", 1)
    with pool._busy:
        assert bits(module["several"](*values)) == bits(alone["several"](*values))
    assert claims[-1] == 0
    pool.stop()


def refusal(function, *values, **keywords):
    with pytest.raises(StatusError) as raised:
        function(*values, **keywords)
    return str(raised.value)


WRONG = [
    (),
    (np.zeros((2, 3), np.float32),),
    (np.zeros((2, 3), np.float32), np.zeros((3, 2), np.float32)),
    (np.zeros((2, 3), np.float32), np.zeros((2, 3), np.float64)),
    (np.zeros(6, np.float32), np.zeros((2, 3), np.float32)),
    (np.zeros((2, 3), np.float32), "text"),
    (np.zeros((2, 3), np.float32), [[1, 2], [3]]),
]


@pytest.mark.parametrize("values", WRONG, ids=range(len(WRONG)))
def test_wrong_arguments_are_refused_in_the_same_words(program, values):
    module = ireelite.load(program)
    before = refusal(module["multiply"], *values)
    planned(module["multiply"], *arguments("multiply", 0))
    assert refusal(module["multiply"], *values) == before
    assert "takes its arguments by position" in refusal(module["multiply"], a=1)


def test_arrays_that_lie_otherwise_take_the_ordinary_way(module):
    function = planned(module["multiply"], *arguments("multiply", 0))
    a, b = arguments("multiply", 1)
    expected = (a * b).tolist()
    whole = np.zeros(7, np.float32)
    shifted = whole[1:].reshape(2, 3)
    shifted[:] = b
    strided = np.repeat(b, 2, axis=1)[:, ::2]
    turned = np.asfortranarray(b)
    swapped = b.astype(b.dtype.newbyteorder())
    constant = b.copy()
    constant.flags.writeable = False

    class Own(np.ndarray):
        pass

    for other in (shifted, strided, turned, swapped, constant, b.view(Own), b.tolist()):
        assert function(a, other).tolist() == expected


def test_nothing_is_planned_for_calls_that_are_watched(program):
    device = ireelite.load(program).device
    limited = ireelite.load(program, limits=Limits(deadline=100))
    recorded = ireelite.load(program, record=True)
    for _ in range(4):
        limited["multiply"](*arguments("multiply", 0))
        recorded["multiply"](*arguments("multiply", 0))
    assert not limited["multiply"]._plans and not recorded["multiply"]._plans
    events = len(recorded.record.events)
    recorded["multiply"](*arguments("multiply", 0))
    assert len(recorded.record.events) > events

    from ireelite.hal.statistics import Statistics

    module = ireelite.load(program)
    function = planned(module["multiply"], *arguments("multiply", 0))
    device.allocator.statistics = Statistics()
    try:
        function(*arguments("multiply", 0))
        assert device.allocator.statistics.device_local.allocated > 0
    finally:
        device.allocator.statistics = None


def test_a_debugger_of_a_planned_function(module):
    a, b = arguments("multiply", 3)
    function = planned(module["multiply"], a, b)
    debugger = function.debug(a, b)
    debugger.resume()
    assert bytes(debugger.results[0].buffer.read()) == (a * b).tobytes()


def test_a_closed_module_is_closed(module):
    function = planned(module["multiply"], *arguments("multiply", 0))
    module.close()
    assert "the module is closed" in refusal(function, *arguments("multiply", 0))


def test_forks_in_threads(module):
    expected = bits(module["large"](*arguments("large", 7)))
    wrong = []

    def work(fork):
        function = planned(fork["large"], *arguments("large", 0))
        for _ in range(20):
            if bits(function(*arguments("large", 7))) != expected:
                wrong.append(fork)

    threads = [threading.Thread(target=work, args=(module.fork(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_goes_on_with_its_plans(module):
    values = arguments("large", 5)
    function = planned(module["large"], *values)
    expected = bits(function(*values))
    child = os.fork()
    if not child:
        os._exit(0 if all(bits(function(*values)) == expected for _ in range(5)) else 1)
    assert os.waitpid(child, 0)[1] == 0


GLOBALS = """
util.global private mutable @sum = dense<0.0> : tensor<4xf32>
util.global private @start = dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
func.func @add(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = util.global.load @sum : tensor<4xf32>
  %1 = stablehlo.add %0, %a : tensor<4xf32>
  util.global.store %1, @sum : tensor<4xf32>
  return %1 : tensor<4xf32>
}
func.func @sum_plus(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = util.global.load @sum : tensor<4xf32>
  %1 = stablehlo.add %0, %a : tensor<4xf32>
  return %1 : tensor<4xf32>
}
func.func @start_plus(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = util.global.load @start : tensor<4xf32>
  %1 = stablehlo.add %0, %a : tensor<4xf32>
  return %1 : tensor<4xf32>
}
func.func @rows(%a: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = stablehlo.add %a, %a : tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
func.func @halvings(%a: tensor<i32>) -> tensor<i32> {
  %0 = stablehlo.constant dense<0> : tensor<i32>
  %1:2 = stablehlo.while(%x = %a, %n = %0) : tensor<i32>, tensor<i32>
  cond {
    %2 = stablehlo.compare GT, %x, %0 : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %2 : tensor<i1>
  } do {
    %3 = stablehlo.constant dense<2> : tensor<i32>
    %4 = stablehlo.constant dense<1> : tensor<i32>
    %5 = stablehlo.divide %x, %3 : tensor<i32>
    %6 = stablehlo.add %n, %4 : tensor<i32>
    stablehlo.return %5, %6 : tensor<i32>, tensor<i32>
  }
  return %1#1 : tensor<i32>
}
"""


@pytest.fixture(scope="module")
def stateful():
    program = ireelite.compile(GLOBALS, targets=["llvm-cpu"])
    return lambda device="local-sync": ireelite.load(program, device=device)


def test_functions_that_read_what_calls_store_are_never_planned(stateful):
    module, one = stateful(), np.ones(4, np.float32)
    for n in range(1, 6):
        assert (module.add(one) == n).all() and (module.sum_plus(one) == n + 1).all()
    assert not module["add"]._plans and not module["sum_plus"]._plans
    planned(module.start_plus, one)
    assert module.start_plus(one).tolist() == [2, 3, 4, 5]


def test_sizes_of_which_a_function_has_plans(stateful, monkeypatch):
    monkeypatch.setattr(loaded_function, "MAX_PLANS_MADE", 9)
    for device in ("local-sync", "local-task"):
        rows = stateful(device)["rows"]

        def call(size, rows=rows):
            a = np.random.default_rng(size).normal(size=(size, 2)).astype(np.float32)
            assert (rows(a) == a + a).all()

        for size in range(100, 200):
            call(size)
        assert not rows._plans
        for size in (1, 5, 1, 5, 5, 1, 0, 0, 0):
            call(size)
        assert len(rows._plans) == 3
        for size in range(10, 20):
            for _ in range(3):
                call(size)
        assert len(rows._plans) == 4 and not rows._plans_left


def test_turns_that_depend_on_data(stateful):
    module = stateful()
    for number in (1, 9, 100, 3, 0, 1023):
        assert module.halvings(np.int32(number)) == number.bit_length()
