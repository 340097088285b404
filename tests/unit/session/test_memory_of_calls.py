"""The memory of results: used again without page faults, and never while an array refers to it."""

import gc
import resource

import numpy as np
import pytest

import ireelite

SIZES = (4, 4096, 10_000, 300_000)
SOURCE = "\n".join(
    f"func.func @double{n}(%a: tensor<{n}xf32>) -> tensor<{n}xf32> {{\n"
    f"  %0 = stablehlo.add %a, %a : tensor<{n}xf32>\n  return %0 : tensor<{n}xf32>\n}}"
    for n in SIZES
)


@pytest.fixture(scope="module")
def program():
    return ireelite.compile(SOURCE, targets=["llvm-cpu"])


@pytest.fixture(params=["local-sync", "local-task"])
def module(program, request):
    return ireelite.load(program, device=request.param)


def faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


@pytest.mark.parametrize("size", SIZES)
def test_calls_whose_results_are_released_fault_no_page(module, size):
    function, a = module[f"double{size}"], np.ones(size, np.float32)
    for _ in range(30):
        result = function(a)
    gc.collect()
    gc.disable()
    grown: list[int] = []
    try:
        for _ in range(5):
            before = faults()
            for _ in range(200 if size < 100_000 else 20):
                result = function(a)
            grown.append(faults() - before)
    finally:
        gc.enable()
    assert result[-1] == 2
    # What else the process does may fault in some rounds.
    assert min(grown) == 0, grown


@pytest.mark.parametrize("size", SIZES)
def test_memory_is_not_used_again_while_something_refers_to_it(module, size):
    function = module[f"double{size}"]

    def result(number):
        return function(np.full(size, number, np.float32))

    held = {
        0: result(0)[1:3],
        1: memoryview(result(1)),
        2: np.from_dlpack(result(2)),
        3: result(3).reshape(2, -1).T,
        4: result(4).view(np.int32),
        5: np.lib.stride_tricks.as_strided(result(5), (2,), (4,)),
    }
    for _ in range(3):
        for number in range(10, 20):
            result(number)
        module.device.trim()
    for number, array in held.items():
        array = np.asarray(array)
        values = array.view(np.float32) if array.dtype == np.int32 else array
        assert (values == 2 * number).all(), number


def test_trim_releases_what_nothing_refers_to(module):
    function = module["double300000"]
    kept = function(np.ones(300_000, np.float32))
    module.device.trim()
    assert module.device.memory.held == 0
    assert (kept == 2).all()
