"""`ireelite.runtime`: instances, modules, contexts, lists, buffers, modules in Python."""

import ast
import gc
import mmap
import subprocess
import sys
import warnings
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from ireelite import runtime as rt


@pytest.fixture
def instance():
    return rt.VmInstance()


def test_importing_the_names_is_cheap():
    """Nothing heavy is loaded until a class that needs it is used."""
    program = (
        "import sys; from ireelite.runtime import PyModuleInterface, VmContext, VmVariantList; "
        "print([name for name in ('numpy', 'xdsl', 'wgpu', 'llvmlite') if name in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert printed.stdout == "[]\n", printed.stderr


def test_every_name_is_there():
    assert all(getattr(rt, name) is not None for name in rt.__all__)
    assert dir(rt) == sorted(rt.__all__)
    with pytest.raises(AttributeError, match="no attribute 'FileHandle'"):
        rt.FileHandle  # noqa: B018


def test_type_checkers_are_told_the_same_names():
    """The imports that only they read, and the table that is used."""
    tree = ast.parse(Path(rt.__file__).read_text(encoding="utf-8"))
    told = {
        alias.name: f"{node.module}"
        for branch in tree.body
        if isinstance(branch, ast.If)
        for node in branch.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted(told) == sorted(rt.__all__)
    for name, module in told.items():
        assert getattr(rt, name) is getattr(import_module(module), name)


class TestModules:
    def test_from_bytes(self, instance, binary):
        module = rt.VmModule.copy_buffer(instance, binary)
        assert (module.name, module.version) == ("arithmetic", 0)
        assert {"simple_mul", "add"} <= set(module.function_names)
        assert bytes(module.stashed_flatbuffer_blob) == binary
        assert repr(module).startswith("<VmModule arithmetic : [")

    def test_functions(self, instance, binary):
        module = rt.VmModule.copy_buffer(instance, binary)
        function = module.lookup_function("simple_mul")
        assert (function.name, function.module_name) == ("simple_mul", "arithmetic")
        assert function.linkage == rt.Linkage.EXPORT and function.ordinal >= 0
        assert "tensor<4xf32>" in function.reflection["iree.abi.declaration"]
        assert repr(function).startswith("<VmFunction simple_mul(0rr_r), reflection = {")
        assert module.lookup_function("nothing") is None
        imported = module.lookup_function("hal.fence.create", rt.Linkage.IMPORT)
        assert imported.cconv == "0rI_r"

    def test_unaligned_bytes(self, instance, binary):
        unaligned = memoryview(b"1" + binary)[1:]
        with pytest.raises(ValueError, match="unaligned buffer"):
            rt.VmModule.wrap_buffer(instance, unaligned)
        with pytest.warns(UserWarning, match="Making copy of unaligned VmModule buffer"):
            rt.VmModule.from_buffer(instance, unaligned)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            rt.VmModule.from_flatbuffer(instance, unaligned, warn_if_copy=False)

    def test_wrapped_bytes_are_used_where_they_are(self, instance, binary):
        calls = []
        mapping = mmap.mmap(-1, len(binary))
        mapping[:] = binary
        module = rt.VmModule.wrap_buffer(instance, mapping, lambda: calls.append("gone"))
        assert module.stashed_flatbuffer_blob is mapping
        assert rt.VmModule.from_buffer(instance, mapping).stashed_flatbuffer_blob is mapping
        del module
        gc.collect()
        assert calls == ["gone"]

    def test_mapped_files(self, instance, binary, tmp_path):
        path = tmp_path / "arithmetic.vmfb"
        path.write_bytes(binary)
        calls = []
        module = rt.VmModule.mmap(instance, str(path), lambda: calls.append("gone"))
        assert "add" in module.function_names
        del module
        gc.collect()
        assert calls == ["gone"]
        path.write_bytes(b"")
        with pytest.raises(ValueError, match="is empty"):
            rt.VmModule.mmap(instance, str(path))
        with pytest.raises(FileNotFoundError):
            rt.VmModule.mmap(instance, str(tmp_path / "nofile"))

    def test_bytes_that_are_no_module(self, instance):
        with pytest.raises((ValueError, RuntimeError), match="Error creating vm module"):
            rt.VmModule.copy_buffer(instance, b"no module at all, by any standards")

    def test_modules_of_this_package(self, instance):
        module = rt.VmModule.resolve_module_dependency(instance, "hal", 7)
        assert (module.name, module.version) == ("hal", 7)
        assert module.lookup_function("fence.create").cconv == "0rI_r"
        loader = rt.VmModule.resolve_module_dependency(instance, "hal_loader", 1)
        assert loader.lookup_function("executable.load").cconv == "0rrr_r"
        with pytest.raises(RuntimeError, match="version mismatch; have 7 but require 99"):
            rt.VmModule.resolve_module_dependency(instance, "hal", 99)
        with pytest.raises(ValueError, match="required module 'foo' not available"):
            rt.VmModule.resolve_module_dependency(instance, "foo", 0)


class TestContexts:
    def test_invoke(self, instance, binary, device):
        module = rt.VmModule.copy_buffer(instance, binary)
        context = rt.VmContext(instance, [rt.create_hal_module(instance, device), module])
        inputs, outputs = rt.VmVariantList(2), rt.VmVariantList(1)
        inputs.push_int(5)
        inputs.push_int(6)
        for _ in range(2):
            context.invoke(module.lookup_function("add"), inputs, outputs)
        assert repr(outputs) == "<VmVariantList(1): [11]>"
        assert repr(context) == f"<VmContext {context.context_id}: hal, arithmetic>"

    def test_contexts_have_numbers(self, instance):
        assert rt.VmContext(instance).context_id != rt.VmContext(instance).context_id

    def test_modules_must_fit(self, instance, binary):
        module = rt.VmModule.copy_buffer(instance, binary)
        with pytest.raises(ValueError, match="Error creating vm context with modules: NOT_FOUND"):
            rt.VmContext(instance, [module])
        with pytest.raises(ValueError, match="Error registering modules: NOT_FOUND"):
            rt.VmContext(instance).register_modules([module])

    def test_failures_are_built_in_exceptions(self, instance, binary, device):
        module = rt.VmModule.copy_buffer(instance, binary)
        context = rt.VmContext(instance, [rt.create_hal_module(instance, device), module])
        with pytest.raises(ValueError, match="Error invoking function: INVALID_ARGUMENT; input "):
            context.invoke(module.lookup_function("add"), rt.VmVariantList(0), rt.VmVariantList(0))


class TestPythonModules:
    def test_deinitializers_run_with_the_context(self, instance):
        calls = []
        interface = rt.PyModuleInterface("py", lambda interface: None)
        interface.export("__deinit", "0v_v", lambda state: calls.append("out"))
        context = rt.VmContext(instance, [interface.create()])
        del context
        gc.collect()
        assert calls == ["out"] and interface.destroyed

    def test_references_are_wrapped(self, instance):
        class Methods:
            def __init__(self, interface):
                self.interface = interface

            def joined(self, items, tail):
                buffers = items.deref(rt.VmVariantList)
                text = b"".join(
                    bytes(buffers.get_as_object(n, rt.VmBuffer)) for n in range(len(buffers))
                ) + bytes(tail.deref(rt.VmBuffer))
                result = rt.VmBuffer(len(text))
                memoryview(result)[:] = text
                return result.ref

        interface = rt.PyModuleInterface("py", Methods)
        interface.export("joined", "0rr_r", Methods.joined)
        module = interface.create()
        assert module.function_names == ["joined"]
        context = rt.VmContext(instance, [module])
        items, inputs, outputs = (rt.VmVariantList(2) for _ in range(3))
        for text in (b"so", b" long"):
            buffer = rt.VmBuffer(len(text))
            memoryview(buffer)[:] = text
            items.push_ref(buffer)
        inputs.push_list(items)
        inputs.push_ref(rt.VmBuffer(1))
        context.invoke(module.lookup_function("joined"), inputs, outputs)
        assert bytes(outputs.get_as_object(0, rt.VmBuffer)) == b"so long\0"

    def test_exceptions(self, instance):
        interface = rt.PyModuleInterface("py", lambda interface: None)
        interface.export("f", "0v_v", lambda state: {}["key"])
        with pytest.raises(RuntimeError, match="Error exporting function: ALREADY_EXISTS"):
            interface.export("f", "0v_v", print)
        with pytest.raises(ValueError, match="invalid calling convention"):
            interface.export("g", "?", print)
        module = interface.create()
        with pytest.raises(RuntimeError, match="Error creating module: FAILED_PRECONDITION"):
            interface.create()
        context = rt.VmContext(instance, [module])
        nothing = rt.VmVariantList(0)
        with pytest.raises(RuntimeError, match=r"UNKNOWN; KeyError: 'key'; in python py\.f at "):
            context.invoke(module.lookup_function("f"), nothing, nothing)


class TestLists:
    def test_items(self):
        items = rt.VmVariantList(1)
        items.push_int(10**10)
        items.push_float(2)
        items.push_list(items)
        items.push_ref(rt.VmBuffer(3).ref)
        items.push_ref(rt.VmRef(None))
        assert (items.size, len(items)) == (5, 5)
        assert items.get_variant(0) == 10**10 and items.get_variant(1) == 2.0
        assert items.get_as_list(2) == items != rt.VmVariantList(0)
        assert items.get_variant(3).isinstance(rt.VmBuffer)
        assert items.get_variant(4) is None
        assert repr(items) == (
            "<VmVariantList(5): [10000000000, 2.000000, List[...circular...], "
            "Unknown(vm.buffer), None]>"
        )

    def test_misuse(self):
        items = rt.VmVariantList(0)
        with pytest.raises(IndexError, match="list index 0 out of range; the list has 0 items"):
            items.get_variant(0)
        items.push_int(1)
        with pytest.raises(ValueError, match="list item 0 is a number"):
            items.get_as_ref(0)
        with pytest.raises(ValueError, match="is no i64"):
            items.push_int(1 << 63)
        with pytest.raises(TypeError, match="'x' is no reference"):
            items.push_ref("x")
        items.push_ref(rt.VmBuffer(1))
        with pytest.raises(TypeError, match="cannot dereference"):
            items.get_as_list(1)
        with pytest.raises(ValueError, match="cannot hold -1 items"):
            rt.VmVariantList(-1)

    def test_plain_data(self, device):
        items = rt.VmVariantList(0)
        view = rt.asdevicearray(device, np.float32([1, 2]))._buffer_view
        items.push_ref(view)
        items.push_float(0.5)
        outer = rt.VmVariantList(0)
        outer.push_list(items)
        assert outer.get_serialized_trace_value(0) == {
            "type": "vm.list",
            "items": [
                {
                    "type": "hal.buffer_view",
                    "shape": [2],
                    "element_type": "f32",
                    "contents": np.float32([1, 2]).tobytes(),
                },
                {"type": "value", "f64": 0.5},
            ],
        }
        assert repr(items) == "<VmVariantList(2): [HalBufferView(2:0x20000021), 0.500000]>"
        outer.push_ref(rt.VmBuffer(1))
        with pytest.raises(ValueError, match=r"vm\.buffer has no form as plain data"):
            outer.get_serialized_trace_value(1)


class TestBuffers:
    def test_bytes_are_shared(self):
        buffer = rt.VmBuffer(10)
        memoryview(buffer)[0:] = b"0123456789"
        twin = buffer.ref.deref(rt.VmBuffer)
        assert bytes(twin) == b"0123456789" and twin == buffer != rt.VmBuffer(10)
        twin[3] = ord("x")
        assert bytes(buffer) == b"012x456789"
        assert len(buffer) == 10 and bool(buffer) and hash(buffer) == hash(twin)
        assert type(buffer[2:4]) is np.ndarray
        assert repr(buffer).startswith("<VmBuffer size 10 at 0x")

    @pytest.mark.parametrize("alignment", [0, 1, 16, 4096])
    def test_alignment(self, alignment):
        address = rt.VmBuffer(3, alignment).ctypes.data
        assert address % max(alignment, 1) == 0

    def test_constants(self):
        with pytest.raises(TypeError):
            memoryview(rt.VmBuffer(3, mutable=False))[:] = b"abc"

    def test_misuse(self):
        with pytest.raises(ValueError, match="alignment 3 is not a power of two"):
            rt.VmBuffer(3, 3)
        with pytest.raises(ValueError, match="cannot be -1 bytes long"):
            rt.VmBuffer(-1)

    def test_empty(self):
        assert bytes(rt.VmBuffer(0)) == b""


class TestExceptionClasses:
    """Numbers where references are expected, and bytes that are no module: as upstream raises."""

    @pytest.mark.parametrize(
        ("name", "arguments", "words"),
        [
            ("simple_mul", (2.5, 2.5), "variant at index 0 is not a reference: 2.5"),
            ("add", (np.int32(1), 2), "variant at index 0 is not a value type"),
            ("add", (1, np.array(2)), "variant at index 1 is not a value type"),
        ],
    )
    def test_numbers_and_references(self, binary, name, arguments, words):
        module = rt.load_vm_flatbuffer(binary, driver="local-sync")
        with pytest.raises(RuntimeError, match=f"FAILED_PRECONDITION; {words}"):
            module[name](*arguments)

    @pytest.mark.parametrize("data", [b"", b"not a module at all, but long enough to look at"])
    def test_bytes_that_are_no_module(self, data):
        with pytest.raises(ValueError, match="Error creating vm module from aligned memory: "):
            rt.VmModule.copy_buffer(rt.VmInstance(), data)
