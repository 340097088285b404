"""Loading and calling: NumPy in and out, names, errors, and records that two runs agree on."""

import copy
import pickle

import numpy as np
import pytest

import ireelite
from ireelite.status import StatusCode, StatusError

SOURCE = """
func.func @simple_mul(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.multiply %a, %b : tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func @two_results(%a: tensor<2x3xf32>, %n: tensor<2xi32>) -> (tensor<2x3xf32>, tensor<2xi32>) {
  %0 = stablehlo.add %a, %a : tensor<2x3xf32>
  %1 = stablehlo.multiply %n, %n : tensor<2xi32>
  return %0, %1 : tensor<2x3xf32>, tensor<2xi32>
}
"""

DEVICES = ["local-sync", "local-task", pytest.param("webgpu", marks=pytest.mark.webgpu)]


@pytest.fixture(scope="module")
def program():
    return ireelite.compile(SOURCE)


@pytest.fixture(params=DEVICES)
def module(request, program):
    return ireelite.load(program, device=request.param)


A = np.array([1, 2, 3, 4], np.float32)
B = np.array([2, 2, 2, 3], np.float32)


def test_arrays_in_and_out(module):
    result = module.simple_mul(A, B)
    assert result.dtype == np.float32 and result.tolist() == [2, 4, 6, 12]
    assert result.flags.writeable
    again = module["simple_mul"](result, B)
    assert again.tolist() == [4, 8, 12, 36] and result.tolist() == [2, 4, 6, 12]


def test_several_results_are_a_tuple(module):
    doubled, squared = module.two_results(
        np.arange(6, dtype=np.float32).reshape(2, 3), np.array([3, -4], np.int32)
    )
    assert doubled.tolist() == [[0, 2, 4], [6, 8, 10]]
    assert squared.dtype == np.int32 and squared.tolist() == [9, 16]


def test_lists_and_numbers_take_the_declared_type(module):
    assert module.simple_mul([1, 2, 3, 4], (2, 2, 2, 2.5)).tolist() == [2, 4, 6, 10]


def test_strided_arrays(module):
    assert module.simple_mul(np.arange(8, dtype=np.float32)[::2], B[::-1]).tolist() == [0, 4, 8, 12]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (A[:3], B),
            "input0 shape dimension 0 mismatch; expected 4 but have 3; expected shape `4`, actual "
            "shape `3`",
        ),
        (
            (A, B.reshape(2, 2)),
            "input1 shape rank mismatch; expected 1 but have 2; expected shape `4`, actual shape "
            "`2x2`",
        ),
        (
            (A, B.astype(np.int32)),
            "input1 element type mismatch; expected f32 (21000020) but have i32 (10000020)",
        ),
        (
            (A.astype(np.float64), B),
            "input0 element type mismatch; expected f32 (21000020) but have f64 (21000040)",
        ),
    ],
)
def test_wrong_arguments_are_named(module, arguments, message):
    with pytest.raises(StatusError) as error:
        module.simple_mul(*arguments)
    assert error.value.code == StatusCode.INVALID_ARGUMENT
    assert message in str(error.value)
    assert "invoking function 'simple_mul'" in str(error.value)


class Exporter:
    """An array that is reached through DLPack alone."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


def test_arrays_through_dlpack(module):
    assert module.simple_mul(Exporter(A), Exporter(B[::-1])).tolist() == [3, 4, 6, 8]
    with pytest.raises(StatusError, match="input0 element type mismatch; expected f32") as caught:
        module.simple_mul(Exporter(np.arange(4)), B)
    assert caught.value.code is StatusCode.INVALID_ARGUMENT
    with pytest.raises(StatusError, match="argument 'input0' is tensor<4xf32>; given"):
        module.simple_mul(Exporter(np.array(["a"] * 4)), B)


def test_arrays_of_another_byte_order(module):
    assert module.simple_mul(A.astype(">f4"), B).tolist() == [2, 4, 6, 12]
    assert module.two_results(np.ones((2, 3), ">f4"), np.array([3, 4], ">i4"))[1].tolist() == [
        9,
        16,
    ]


def test_values_that_are_no_tensors(module):
    with pytest.raises(StatusError, match=r"is tensor<4xf32>; given 'four'"):
        module.simple_mul(A, "four")
    with pytest.raises(StatusError, match="no element type for NumPy dtype"):
        module.simple_mul(A, np.array(["x"] * 4))
    with pytest.raises(StatusError, match="ref is null"):
        module.simple_mul(A, None)


def test_number_of_arguments(module):
    with pytest.raises(
        StatusError, match="expected 2 arguments but passed 1; invoking function 'simple_mul'"
    ):
        module.simple_mul(A)


def test_names(module):
    assert set(module.functions) == {"simple_mul", "two_results"}
    with pytest.raises(AttributeError, match="did you mean 'simple_mul'"):
        _ = module.simple_mult
    with pytest.raises(
        StatusError, match=r"NOT_FOUND; no function `simple_mull` exported .* did you mean"
    ):
        _ = module["simple_mull"]
    assert dir(module).count("simple_mul") == 1
    assert "simple_mul(" in repr(module) and module.device.id in repr(module)
    signature = module["simple_mul"].signature
    assert [a.shape for a in signature.arguments] == [(4,), (4,)]
    assert signature.results[0].dtype == "float32"


def test_a_module_has_the_names_of_its_functions(module):
    assert list(module) == ["simple_mul", "two_results"]
    assert module["two_results"].__name__ == "two_results"
    assert "simple_mul" in module and "no" not in module
    with pytest.raises(StatusError, match="functions go by their names, not by 0"):
        module[0]


def test_what_holds_a_device_is_neither_copied_nor_pickled(module):
    pending = module.simple_mul.async_(A, B)
    debugger = module.simple_mul.debug(A, B)
    for thing in (module, module.simple_mul, module.device, pending, debugger):
        for copied in (copy.copy, copy.deepcopy, pickle.dumps):
            if thing is module.device and copied is copy.deepcopy:
                assert copied([thing]) == [thing]  # a copy of what holds a device has the same one
                continue
            with pytest.raises(TypeError, match="is neither copied nor pickled; "):
                copied(thing)
    assert pending.result().tolist() == [2, 4, 6, 12]


def test_a_program_goes_to_another_process(program):
    again = ireelite.load(pickle.loads(pickle.dumps(program)))
    assert again.simple_mul(A, B).tolist() == [2, 4, 6, 12]


@pytest.mark.parametrize("device", DEVICES)
def test_two_runs_leave_the_same_record(program, device):
    summaries = []
    for _ in range(3):
        module = ireelite.load(program, device=device, record=True)
        module.simple_mul(A, B)
        module.two_results(np.zeros((2, 3), np.float32), np.zeros(2, np.int32))
        summaries.append(module.record.summary())
    assert summaries[0] == summaries[1] == summaries[2]
    assert "dispatch_begin module=module rodata=" in summaries[0]


@pytest.mark.parametrize("device", DEVICES)
def test_times_in_a_record_follow_causes(program, device):
    module = ireelite.load(program, device=device, record=True)
    for _ in range(3):
        module.simple_mul(A, B)
    events = module.record.events
    times = {event.id: event.time_ns for event in events}
    for event in events:
        assert all(times[cause] <= event.time_ns for cause in event.causes), event
    slices = [(begin.kind, end.kind) for begin, end in module.record.slices()]
    assert slices.count(("dispatch_begin", "dispatch_end")) == 3
    assert slices.count(("call_begin", "call_end")) == 3
    queue = f"{module.device.id}/queue0"
    assert {event.lane for event in events} == {"host", queue}


def test_no_record_unless_asked_for(module):
    with pytest.raises(StatusError, match="record=True"):
        _ = module.record


def test_what_can_be_loaded(tmp_path, program):
    path = program.save(tmp_path / "mul.vmfb")
    for source in (path, str(path), program.data, bytearray(program.data), program):
        assert ireelite.load(source).simple_mul(A, B).tolist() == [2, 4, 6, 12]
    with pytest.raises(StatusError, match=r"FAILED_PRECONDITION; .* '\.': Is a directory"):
        ireelite.load(".")
    with pytest.raises(StatusError, match=r"NOT_FOUND; failed to open file 'nofile.vmfb'"):
        ireelite.load("nofile.vmfb")
    with pytest.raises(StatusError, match=r"compile it with ireelite.compile"):
        ireelite.load(SOURCE)
    with pytest.raises(
        StatusError,
        match=r"NOT_FOUND; no driver 'local-sink' registered; did you mean .*'local-sync'",
    ):
        ireelite.load(program, device="local-sink")
    with pytest.raises(StatusError, match="not int"):
        ireelite.load(7)
    with pytest.raises(StatusError, match="a device or its name is expected, not int"):
        ireelite.load(program, device=["local-sync", 7])  # pyright: ignore
    with pytest.raises(StatusError, match="Limits are expected, not int"):
        ireelite.load(program, limits=1000)  # pyright: ignore


@pytest.mark.webgpu
def test_a_module_without_spirv_is_incompatible_with_webgpu():
    program = ireelite.compile(SOURCE, targets=["vmvx"])
    with pytest.raises(StatusError) as error:
        ireelite.load(program, device="webgpu")
    assert error.value.code == StatusCode.INCOMPATIBLE


def test_large_arrays_are_shared_but_results_are_the_callers_own():
    program = ireelite.compile(
        """func.func @same(%a: tensor<40000xf32>) -> (tensor<40000xf32>, tensor<40000xf32>) {
          %0 = stablehlo.add %a, %a : tensor<40000xf32>
          return %a, %0 : tensor<40000xf32>, tensor<40000xf32>
        }"""
    )
    module = ireelite.load(program)
    array = np.arange(40000, dtype=np.float32)
    same, doubled = module.same(array)
    array[0] = 99
    assert same[0] == 0 and doubled[0] == 0 and doubled[-1] == 79998
