"""`ireelite.runtime`: arrays on devices, arguments and results, contexts in one line."""

import copy
import gc
import json
import pickle

import numpy as np
import pytest

from ireelite import runtime as rt
from ireelite.runtime import dtypes
from ireelite.runtime.benchmark import BenchmarkTimeoutError
from ireelite.runtime.function import ReturnError

A = np.float32([1, 2, 3, 4])
B = np.float32([4, 5, 6, 7])


def on_device(device, array, implicit=True):
    return rt.asdevicearray(device, array, implicit_host_transfer=implicit)


class TestArrays:
    def test_it_shows_what_it_is(self, device):
        array = on_device(device, np.zeros((3, 4), np.int32), False)
        assert repr(array) == "<IREE DeviceArray: shape=[3, 4], dtype=int32>"
        assert (array.shape, np.shape(array), array.ndim, len(array)) == ([3, 4], [3, 4], 2, 3)
        assert array.dtype == np.int32

    def test_transfers_are_explicit_by_default(self, device):
        array = on_device(device, A, False)
        for use in (np.asarray, lambda a: a + 1, lambda a: np.add(1, a)):
            with pytest.raises(ValueError, match=r"use \.to_host\(\)"):
                use(array)
        assert not array.is_host_accessible
        assert array.to_host().tolist() == A.tolist() and array.is_host_accessible

    def test_numpy_works_with_it(self, device):
        array = on_device(device, A.reshape(2, 2))
        assert (array + 1).tolist() == [[2, 3], [4, 5]]
        assert (1 - array)[0, 0] == 0 and (array @ array).shape == (2, 2)
        assert np.isfinite(array).all() and np.sum(array) == 10
        assert np.concatenate([array, array]).shape == (4, 2)
        assert np.reshape(array, 4).tolist() == A.tolist() == array.reshape(4).tolist()
        assert [row.tolist() for row in array] == [[1, 2], [3, 4]] and array[1, 0] == 3
        target = np.zeros((2, 2), np.float32)
        np.add(array, array, out=target)
        assert target[1, 1] == 8
        assert np.asarray(array, dtype=np.int64).dtype == np.int64

    def test_copies(self, device):
        array = on_device(device, A)
        for twin in (copy.deepcopy(array), pickle.loads(pickle.dumps(array))):
            assert type(twin) is np.ndarray and twin.tolist() == A.tolist()
        assert array.astype(np.float32, copy=False) is array
        assert array.astype(np.int8).dtype == np.int8

    def test_types_of_its_own(self, device):
        view = on_device(device, np.int32([2, 0]))._buffer_view
        assert rt.DeviceArray(device, view, True, np.bool_).to_host().tolist() == [True, False]
        assert on_device(device, np.array([True, False])).to_host().tolist() == [True, False]
        assert rt.asdevicearray(device, [1, 2], np.int16).dtype == np.int16

    def test_arrays_stay_where_they_are(self, device):
        array = on_device(device, A)
        assert rt.asdevicearray(device, array) is array
        assert rt.asdevicearray(device, array, np.int32).dtype == np.int32
        with pytest.raises(ValueError, match="Could not map dtype"):
            rt.asdevicearray(device, np.array(["a"]))

    def test_rank_zero_has_no_length(self, device):
        with pytest.raises(TypeError, match="unsized"):
            len(on_device(device, np.float32(1)))


class Context:
    """A context that calls a Python function."""

    def __init__(self, call):
        self.call = call
        self.seen = []

    def invoke(self, function, inputs, outputs):
        self.seen.append(repr(inputs))
        self.call(outputs)


class Function:
    def __init__(self, arguments=None, results=None):
        known = arguments is not None
        abi = json.dumps({"a": arguments, "r": results})
        self.reflection = {"iree.abi": abi} if known else {}


def invoke(device, function, *arguments, results=lambda outputs: None, **keywords):
    """(what is returned, the arguments as they arrive)."""
    context = Context(results)
    returned = rt.FunctionInvoker(context, device, function)(*arguments, **keywords)
    return returned, context.seen[0].partition(": ")[2][:-1]


NAMED = Function(["i32", ["named", "a", "i32"], ["named", "b", "i32"]], [])
PAIR = Function([["slist", "i32", "f32"]], [])
RECORD = Function([["sdict", ["a", "i32"], ["b", "i32"]]], [])
ARRAY = Function([["ndarray", "i32", 1, 2]], [])


class TestArguments:
    @pytest.mark.parametrize(
        ("function", "arguments", "keywords", "arrived"),
        [
            (Function(), (1, 2.5, [3, (4,)]), {}, "[1, 2.500000, List[3, List[4]]]"),
            (Function(), ({"b": 1, "a": 2}, None), {}, "[List[2, 1], None]"),
            (Function(), (np.int32([1, 2]), np.float32(3)), {}, None),
            (NAMED, (-1,), {"b": 2, "a": 1}, "[-1, 1, 2]"),
            (PAIR, ([2, 3],), {}, "[List[2, 3.000000]]"),
            (RECORD, ({"b": 3, "a": 2},), {}, "[List[2, 3]]"),
            (ARRAY, ([1, 0],), {}, "[HalBufferView(2:0x20000011)]"),
        ],
    )
    def test_they_arrive(self, device, function, arguments, keywords, arrived):
        seen = invoke(device, function, *arguments, **keywords)[1]
        expected = "[HalBufferView(2:0x20000011), HalBufferView(:0x20000021)]"
        assert seen == (arrived or expected)

    def test_what_is_on_the_device_stays_there(self, device):
        array = on_device(device, np.int32([1, 0]), False)
        for function in (ARRAY, Function()):
            for argument in (array, array._buffer_view):
                assert invoke(device, function, argument)[1] == "[HalBufferView(2:0x20000011)]"

    @pytest.mark.parametrize(
        ("function", "arguments", "keywords", "message"),
        [
            (NAMED, (), {"a": 1, "b": 1}, "mismatched call arity: no value for argument 0"),
            (NAMED, (1, 2), {}, "mismatched call arity: expected 1 arguments but got 2"),
            (NAMED, (1,), {"c": 2}, "specified kwarg 'c' is unknown"),
            (Function(), (), {"a": 1}, "kwargs not supported for dynamic dispatch"),
            (Function(), (object,), {}, "could not convert python value to VM"),
            (Function(), (np.array(["a"]),), {}, "could not map dtype"),
            (PAIR, ([1],), {}, r"expected a sequence with 2 values. got: \[1\]"),
            (RECORD, ({},), {}, r"expected a dict with 2 values. got: \{\}"),
            (RECORD, ({"a": 1, "c": 2},), {}, "could not get item 'b' from"),
            (ARRAY, (["x"],), {}, "could not convert value to numpy array of int32"),
        ],
    )
    def test_misuse(self, device, function, arguments, keywords, message):
        with pytest.raises(ValueError, match=message):
            invoke(device, function, *arguments, **keywords)

    @pytest.mark.parametrize(
        ("description", "message"),
        [
            (["tree", "i32"], "Unrecognized reflection compound type: tree"),
            ("i7", "Unrecognized reflection primitive type: i7"),
            (["ndarray", "i7", 1], "could not map abi type 'i7'"),
        ],
    )
    def test_descriptions_that_are_not_understood(self, device, description, message):
        with pytest.raises(ValueError, match=message):
            rt.FunctionInvoker(None, device, Function([description], []))

    def test_reflection_that_is_malformed(self, device):
        wrong = ["{", "[]", '{"a": []}', '{"a": 1, "r": []}', '{"a": [1], "r": []}']
        wrong += ['{"a": [["ndarray"]], "r": []}', '{"a": [[]], "r": []}', '{"a": [], "r": [2]}']
        for text in wrong:
            function = Function()
            function.reflection = {"iree.abi": text}
            with pytest.raises(RuntimeError, match="eflection metadata"):
                rt.FunctionInvoker(None, device, function)


def pushing(*values):
    def push(outputs):
        for value in values:
            if isinstance(value, tuple):
                inner = rt.VmVariantList(0)
                pushing(*value)(inner)
                outputs.push_list(inner)
            elif isinstance(value, float):
                outputs.push_float(value)
            elif isinstance(value, int):
                outputs.push_int(value)
            else:
                outputs.push_ref(value)

    return push


class TestResults:
    @pytest.mark.parametrize(
        ("descriptions", "values", "expected"),
        [
            (None, (3, 4.5), (3, 4.5)),
            (None, (3,), 3),
            (None, (), None),
            (["i32", "f32"], (3, 4.5), (3, 4.5)),
            ([["slist", "i32", "i32"]], (3, 4), [3, 4]),
            ([["stuple", "i32", "i32"]], (3, 4), (3, 4)),
            (
                ["i32", ["slist", ["sdict", ["bar", "i32"], ["foo", "i32"]], "i64"]],
                (3, ((100, 200), 6)),
                (3, [{"bar": 100, "foo": 200}, 6]),
            ),
            ([["py_homogeneous_list", "i64"]], ((1, 2),), [1, 2]),
        ],
    )
    def test_they_are_returned(self, device, descriptions, values, expected):
        function = Function(None if descriptions is None else [], descriptions)
        assert invoke(device, function, results=pushing(*values))[0] == expected

    def test_arrays(self, device):
        view = on_device(device, np.uint8([1, 0]))._buffer_view
        declared = Function([], [["ndarray", "i1", 1, 2]])
        assert invoke(device, declared, results=pushing(view))[0].to_host().tolist() == [
            True,
            False,
        ]
        found = invoke(device, Function(), results=pushing(view, rt.VmBuffer(1)))[0]
        assert found[0].dtype == np.uint8 and found[1].isinstance(rt.VmBuffer)

    @pytest.mark.parametrize(
        ("descriptions", "message"),
        [
            (["i32", "i32"], "mismatched return arity: 1 values, 2 declared"),
            (["f32"], "expected an float value but got 3"),
            ([["ndarray", "i32", 1]], "list item 0 is a number"),
            (["blob"], "cannot map VM type to Python: blob"),
        ],
    )
    def test_results_that_do_not_fit(self, device, descriptions, message):
        with pytest.raises(ReturnError, match=message):
            invoke(device, Function([], descriptions), results=pushing(3))


class TestSystem:
    def test_arrays_of_another_byte_order(self, binary):
        config = rt.Config("local-sync")
        bound = rt.load_vm_flatbuffer(binary, driver="local-sync")
        swapped = A.astype(A.dtype.newbyteorder())
        assert bound.simple_mul(swapped, B).to_host().tolist() == (A * B).tolist()
        there = rt.asdevicearray(config.device, swapped)
        assert there.to_host().tolist() == A.tolist()
        assert bound.simple_mul(there, B).to_host().tolist() == (A * B).tolist()

    def test_a_context_that_grows(self, binary):
        context = rt.SystemContext()
        assert context.is_dynamic and context.modules.hal.name == "hal"
        module = rt.VmModule.copy_buffer(context.instance, binary)
        context.add_vm_module(module)
        bound = context.modules.arithmetic
        assert bound.simple_mul(A, B).to_host().tolist() == (A * B).tolist()
        assert bound["add"](1, 2) == 3 and bound.add is bound["add"]
        assert bound.vm_module is module and "simple_mul" in dir(bound)
        assert "simple_mul(0rr_r)" in repr(bound) and "simple_mul(0rr_r)" in repr(bound.simple_mul)
        with pytest.raises(ValueError, match="duplicate VmModule: 'arithmetic'"):
            context.add_vm_module(module)
        with pytest.raises(KeyError, match="Function 'sub' not found"):
            bound["sub"]
        with pytest.raises(AttributeError, match="Function 'sub' not found"):
            bound.sub  # noqa: B018
        with pytest.raises(AttributeError, match="no module 'other'; modules: hal, arithmetic"):
            context.modules.other  # noqa: B018

    def test_a_context_of_given_modules(self, binary):
        config = rt.Config("local-sync")
        module = rt.VmModule.copy_buffer(config.vm_instance, binary)
        context = rt.SystemContext((*config.default_vm_modules, module), config)
        assert list(context.modules) == ["hal", "arithmetic"] and not context.is_dynamic
        with pytest.raises(RuntimeError, match="made without vm_modules"):
            context.add_vm_modules([module])

    def test_results_are_arguments(self, binary):
        module = rt.load_vm_flatbuffer(binary, driver="local-sync")
        product = module.simple_mul(A, B)
        assert module.simple_mul(product, product).to_host().tolist() == ((A * B) ** 2).tolist()

    def test_functions_with_fences(self, async_binary):
        module = rt.load_vm_flatbuffer(async_binary, backend="vmvx")
        function = module.simple_mul.vm_function
        assert function.reflection["iree.abi.model"] == "coarse-fences"
        assert module.simple_mul(A, B).to_host().tolist() == (A * B).tolist()

    def test_files(self, binary, tmp_path):
        path = tmp_path / "arithmetic.vmfb"
        path.write_bytes(binary)
        module = rt.load_vm_flatbuffer_file(
            path, driver="local-sync", destroy_callback=lambda: path.unlink()
        )
        assert module.add(1, 2) == 3
        del module
        gc.collect()
        assert not path.exists()

    def test_several_modules(self, binary):
        config = rt.Config(device=rt.get_device("local-sync"))
        interface = rt.PyModuleInterface("py", lambda interface: None)
        interface.export("seven", "0v_i", lambda state: 7)
        modules = (interface.create(), rt.VmModule.copy_buffer(config.vm_instance, binary))
        py, arithmetic = rt.load_vm_modules(*modules, config=config)
        assert arithmetic.add(py.seven(), 1) == 8

    def test_what_is_missing_or_too_much(self, binary):
        with pytest.raises(ValueError, match="not both"):
            rt.Config("local-sync", device=rt.get_device("local-sync"))
        with pytest.raises(ValueError, match="No device found from list"):
            rt.Config("nothere1,nothere2")
        with pytest.raises(ValueError, match="Either 'driver' or 'backend'"):
            rt.load_vm_flatbuffer(binary)
        with pytest.raises(ValueError, match="no driver for backend 'cuda'"):
            rt.load_vm_flatbuffer(binary, backend="cuda")

    def test_errors_of_a_program(self, binary):
        module = rt.load_vm_flatbuffer(binary, driver="local-sync")
        with pytest.raises(
            ValueError, match=r"Error invoking function: INVALID_ARGUMENT; .*expected 4 but have 3"
        ):
            module.simple_mul(A[:3], B)

    def test_traces(self, binary):
        seen = []
        instance, device = rt.VmInstance(), rt.get_device("local-sync")
        for callback in (None, lambda key, views: seen.append((key, views))):
            sink = rt.HalModuleDebugSink(callback)
            hal = rt.create_hal_module(instance, device, debug_sink=sink)
            context = rt.VmContext(instance, [hal])
        key, views, outputs = rt.VmBuffer(3), rt.VmVariantList(0), rt.VmVariantList(0)
        memoryview(key)[:] = b"key"
        trace = context.context.lookup_function("hal.buffer_view.trace")
        trace(key.ref.value, [on_device(device, A)._buffer_view.view])
        assert seen[0][0] == "key" and seen[0][1][0].shape == [4]
        assert len(views) == len(outputs) == 0
        with pytest.raises(ValueError, match="either 'device' or 'devices'"):
            rt.create_hal_module(instance)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [(1, "int32"), (1.5, "float32"), (True, "bool"), (np.float64(2), "float32"), (A, "float32")],
)
def test_normalized_values(value, dtype):
    assert rt.normalize_value(value).dtype == dtype


class TestBenchmarks:
    @pytest.fixture
    def module(self, binary):
        return rt.VmModule.copy_buffer(rt.VmInstance(), binary)

    @pytest.mark.parametrize("inputs", [[A, B], ["4xf32=1 2 3 4", B]])
    def test_a_row(self, module, inputs):
        (row,) = rt.benchmark_module(module, "simple_mul", inputs)
        assert row.benchmark_name == "BM_simple_mul/process_time/real_time"
        assert float(row.time.removesuffix(" ms")) > 0 and float(row.cpu_time[:-3]) >= 0
        assert int(row.iterations) > 1 and row.user_counters.startswith("items_per_second=")

    def test_files_and_numbers(self, binary, tmp_path):
        path = tmp_path / "arithmetic.vmfb"
        path.write_bytes(binary)
        assert len(rt.benchmark_module(path, "add", [1, "2"], timeout=60)) == 1
        with pytest.raises(ValueError, match="needs entry_function"):
            rt.benchmark_module(path)

    def test_misuse(self, module):
        with pytest.raises(ValueError, match="No function specified with multiple options"):
            rt.benchmark_module(module)
        with pytest.raises(ValueError, match="unknown function sub of options"):
            rt.benchmark_module(module, "sub")
        with pytest.raises(ValueError, match="Invalid inputs specified for benchmarking"):
            rt.benchmark_module(module, "simple_mul", [A])
        with pytest.raises(ValueError, match="Error parsing input"):
            rt.benchmark_module(module, "simple_mul", ["4xf32=1 2", B])

    def test_timeouts(self, module):
        """What is measured in another process raises here what it raises there."""
        with pytest.raises(BenchmarkTimeoutError, match=r"timed out after 0\.05 seconds"):
            rt.benchmark_module(module, "add", [1, 2], timeout=0.05)
        with pytest.raises(ValueError, match="Invalid inputs specified for benchmarking"):
            rt.benchmark_module(module, "simple_mul", [A], timeout=60)
        interface = rt.PyModuleInterface("py", lambda interface: None)
        interface.export("f", "0v_v", lambda state: None)
        built = interface.create()
        assert len(rt.benchmark_module(built)) == 1
        with pytest.raises(ValueError, match="it has no bytes"):
            rt.benchmark_module(built, timeout=60)


def test_containers_are_normal():
    for value in (None, [1], (1,), {"a": 1}):
        assert rt.normalize_value(value) is value


def test_dtypes():
    info = dtypes.map_dtype_to_dtype_info(np.bool_)
    assert (info.name, info.abi_type, info.hal_type) == ("bool", "i1", rt.HalElementType.BOOL_8)
    assert not (info.is_integer or info.is_signed or info.is_floating_point or info.is_complex)
    assert dtypes.map_abi_type_to_dtype_info("i16").dtype == np.int16
    assert dtypes.map_name_to_dtype_info("uint8").is_integer
    assert not dtypes.map_name_to_dtype_info("uint8").is_signed
    assert dtypes.map_name_to_dtype_info("complex64").is_complex
    assert dtypes.DTYPE_TO_ABI_TYPE[np.dtype("uint16")] == "i16"
    assert dtypes.map_dtype_to_hal_element_type("no such type") is None
    with pytest.raises(KeyError, match="ABI type 'x' is not known"):
        dtypes.map_abi_type_to_dtype_info("x")
