"""The modules `hal_inline` and `hal_loader`: every import there is, called from bytecode, and what
programs see that keep the bytes of their arguments.
"""

import struct

import numpy as np
import pytest

import ireelite
from ireelite.bytecode.decode import decode_module
from ireelite.hal.buffer import BufferView
from ireelite.hal.host_allocator import HostAllocator
from ireelite.hal.host_memory import HostBuffer
from ireelite.linking import link, open_device, read_module
from ireelite.modules.hal_inline import storage_of
from ireelite.status import StatusCode, StatusError
from ireelite.vm.limits import Limits
from ireelite.vm.refs import Buffer as VmBuffer

INLINE = """
buffer.allocate 0iI_rr | buffer.allocate.initialized 0irII_rr | buffer.length 0r_I
buffer.storage 0r_r | buffer.subspan 0rII_r | buffer.wrap 0rII_r
buffer_view.assert 0rriiCID_v | buffer_view.buffer 0r_r | buffer_view.create 0rIIiiCID_r
buffer_view.dim 0ri_I | buffer_view.element_type 0r_i | buffer_view.encoding_type 0r_i
buffer_view.rank 0r_i | buffer_view.trace 0rCrD_v | device.query.i64 0rr_iI
"""
"""`hal_inline.imports.mlir` of IREE 3.13, version 0 of the module."""
LOADER = """
executable.dispatch 0rIiiiCiDCrIID_v | executable.load 0rrr_r
executable.lookup.function 0rr_I | executable.query_support 0r_i
"""
"""`hal_loader.imports.mlir`, version 1 of the module."""
TYPES = {"i": "i32", "I": "i64", "r": "!vm.ref<!vm.buffer>"}
SPANS = {"buffer_view.trace": (1,), "executable.dispatch": (0, 2)}
"""Number of tuples that a test passes for the variadic arguments of an import. Imports that are not
listed get two."""
F32 = 0x21000020
VMVX = VmBuffer(b"vmvx-bytecode-fb")
TWICE = """
func.func @twice(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.add %x, %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}"""
KEEPING = """
module {
  vm.module @kept {
    vm.import @hal_inline.buffer_view.buffer "0r_r"
    vm.import @hal_inline.buffer.storage "0r_r"
    vm.global.ref @held : !vm.ref<!vm.buffer>
    vm.func @keep(%view: !vm.ref<!hal.buffer_view>) {
      %0 = vm.call @hal_inline.buffer_view.buffer(%view)
          : (!vm.ref<!hal.buffer_view>) -> !vm.ref<!hal.buffer>
      %1 = vm.call @hal_inline.buffer.storage(%0) : (!vm.ref<!hal.buffer>) -> !vm.ref<!vm.buffer>
      vm.global.store.ref @held %1 : (!vm.ref<!vm.buffer>)
      vm.return
    }
    vm.export @keep
    vm.func @bytes() -> !vm.ref<!vm.buffer> {
      %0 = vm.global.load.ref @held : !vm.ref<!vm.buffer>
      vm.return %0 : (!vm.ref<!vm.buffer>)
    }
    vm.export @bytes
  }
}
"""


def rows(text):
    return dict(row.split() for line in text.strip().splitlines() for row in line.split("|"))


def forwarding(module, name, cconv):
    """An import, and a function that calls it with its own arguments and returns its results."""
    letters, segments, spans = "", [], iter(SPANS.get(name, (2,)))
    arguments, results = cconv[1:].split("_")
    for part in arguments.replace("C", "|C").replace("D", "|").split("|"):
        count = next(spans) if part.startswith("C") else 1
        letters += part.lstrip("C") * count
        segments += [count] if part.startswith("C") else [65535] * len(part)
    taken = [TYPES[letter] for letter in letters]
    returned = [TYPES[letter] for letter in results.strip("v")]
    names, given = (
        ", ".join(f"%{mark}{n}" for n in range(len(types)))
        for mark, types in (("r", returned), ("a", taken))
    )
    typed = ", ".join(f"%a{n}: {type}" for n, type in enumerate(taken))
    outs = ", ".join(returned)
    variadic = f".variadic @{module}.{name} segments {segments}" if "C" in cconv else ""
    return (
        f'vm.import @{module}.{name} "{cconv}"',
        f"""vm.func @"{name}"({typed}) -> ({outs}) {{
          {names and f"{names} = "}vm.call{variadic or f" @{module}.{name}"} ({given})
              : ({", ".join(taken)}){outs and f" -> {outs}"}
          vm.return {names and f"{names} : ({outs})"}
        }}
        vm.export @"{name}" """,
    )


@pytest.fixture(scope="module")
def program():
    """A module whose functions are the imports."""
    parts = [forwarding("hal_inline", *row) for row in rows(INLINE).items()]
    parts += [forwarding("hal_loader", *row) for row in rows(LOADER).items()]
    lines = [part[n] for n in (0, 1) for part in parts]
    return ireelite.compile("\n".join(["module { vm.module @m {", *lines, "}}"]))


@pytest.fixture(scope="module")
def calls(program):
    context = link([read_module(program)], [])

    def call(name, *arguments):
        results = context.lookup_function(f"m.{name}")(*arguments)
        return results[0] if len(results) == 1 else results or None

    return call


@pytest.fixture(scope="module")
def twice():
    """The data of an executable with one entry point, which doubles four floats."""
    program = ireelite.compile(TWICE, targets=["vmvx"])
    blobs = [bytes(each.data) for each in decode_module(program.data).rodata]
    return VmBuffer(max(blobs, key=len), mutable=False)


def fails(code, words, call, *arguments):
    with pytest.raises(StatusError, match=words) as caught:
        call(*arguments)
    assert caught.value.code == code


def test_the_modules_have_all_imports(program):
    context = link([read_module(program)], [])
    for name, version, expected in (("hal_inline", 0, INLINE), ("hal_loader", 1, LOADER)):
        exports = context.states[name].exports()
        assert {key: export.cconv for key, export in exports.items()} == rows(expected)
        assert context.modules[name].version == version


def test_buffers_and_their_storage(calls):
    buffer, storage = calls("buffer.allocate", 64, 16)
    assert calls("buffer.length", buffer) == len(storage.data) == 16
    assert calls("buffer.storage", buffer) is storage
    storage.data[:] = bytes(range(16))
    assert bytes(buffer.read()) == bytes(range(16))
    part = calls("buffer.subspan", buffer, 4, 8)
    calls("buffer.storage", part).data[0] = 99
    assert storage.data[4] == 99 and calls("buffer.length", part) == 8
    copy, copied = calls("buffer.allocate.initialized", 64, VmBuffer(b"abcdef"), 1, 3)
    assert bytes(copied.data) == bytes(copy.read()) == b"bcd"
    fails(StatusCode.INVALID_ARGUMENT, "cannot allocate -1", calls, "buffer.allocate", 64, -1)
    fails(
        StatusCode.OUT_OF_RANGE,
        "off the end of the valid buffer range",
        calls,
        "buffer.subspan",
        buffer,
        9,
        8,
    )
    source = VmBuffer(b"abc")
    fails(
        StatusCode.OUT_OF_RANGE, r"\[2, 4\)", calls, "buffer.allocate.initialized", 64, source, 2, 2
    )
    fails(StatusCode.INVALID_ARGUMENT, "ref is null", calls, "buffer.storage", None)
    fails(StatusCode.INVALID_ARGUMENT, "type mismatch", calls, "buffer.storage", source)


def test_wrapped_bytes_are_shared(calls):
    source = VmBuffer(bytearray(b"abcdef"))
    wrapped = calls("buffer.wrap", source, 2, 3)
    calls("buffer.storage", wrapped).data[0] = ord("x")
    assert bytes(source.data) == b"abxdef" and bytes(wrapped.read()) == b"xde"
    buffer, storage = calls("buffer.allocate", 64, 16)
    assert calls("buffer.wrap", storage, 4, 8).root is buffer
    constant = calls("buffer.wrap", VmBuffer(b"abc", mutable=False), 0, 3)
    fails(StatusCode.PERMISSION_DENIED, "read-only", calls("buffer.storage", constant).writable)
    fails(StatusCode.OUT_OF_RANGE, r"\[4, 7\)", calls, "buffer.wrap", source, 4, 3)


def test_views(calls, capfd):
    buffer, storage = calls("buffer.allocate", 64, 32)
    storage.data[:] = np.arange(8, dtype=np.float32).tobytes()
    view = calls("buffer_view.create", buffer, 8, 24, F32, 1, 2, 3)
    assert isinstance(view, BufferView) and view.contents()[:4] == struct.pack("<f", 2)
    assert calls("buffer_view.rank", view) == 2 and calls("buffer_view.dim", view, 1) == 3
    assert calls("buffer_view.element_type", view) == F32
    assert calls("buffer_view.encoding_type", view) == 1
    assert calls("buffer_view.buffer", view).root is buffer
    name = VmBuffer(b"input7")
    calls("buffer_view.assert", view, name, F32, 1, 2, 3)
    wrong = "input7 shape dimension 1 mismatch; expected 4 but have 3"
    asserted = calls, "buffer_view.assert", view, name
    fails(StatusCode.INVALID_ARGUMENT, wrong, *asserted, F32, 1, 2, 4)
    fails(StatusCode.INVALID_ARGUMENT, "element type mismatch", *asserted, 0x10000020, 1, 2, 3)
    fails(StatusCode.OUT_OF_RANGE, "view has rank 2", calls, "buffer_view.dim", view, 2)
    calls("buffer_view.trace", VmBuffer(b"here"), view)
    assert capfd.readouterr().err == "=== here ===\n2x3xf32=[2 3 4][5 6 7]\n"


def test_nothing_is_known_of_the_machine(calls):
    assert calls("device.query.i64", VmBuffer(b"hal.cpu"), VmBuffer(b"nothing")) == (0, 0)


def test_executables(calls, twice):
    assert calls("executable.query_support", VMVX) == 1
    assert calls("executable.query_support", VmBuffer(b"other")) == 0
    executable = calls("executable.load", VMVX, twice, None)
    entry = calls("executable.lookup.function", executable, VmBuffer(b"twice_rgn_dispatch_0"))
    _, target = calls("buffer.allocate", 64, 32)
    source = VmBuffer(np.float32([7, 1, 2, 3, 4]).tobytes(), mutable=False)
    plain = VmBuffer(bytearray(16))
    for written, offset in ((target, 16), (plain, 0)):
        grid = executable, entry, 1, 1, 1
        calls("executable.dispatch", *grid, source, 4, 16, written, offset, 16)
        values = np.frombuffer(written.data, np.float32, 4, offset)
        assert values.tolist() == [2, 4, 6, 8]
    dispatched = calls, "executable.dispatch", executable
    one = 1, 1, 1
    fails(StatusCode.PERMISSION_DENIED, "binding 1 of 'twice.*is a constant",
          *dispatched, entry, *one, source, 4, 16, source, 0, 16)  # fmt: skip
    fails(StatusCode.OUT_OF_RANGE, r"range \[8, 24\)",
          *dispatched, entry, *one, source, 8, 16, plain, 0, 16)  # fmt: skip
    fails(StatusCode.OUT_OF_RANGE, "function id 1 out of range; the executable has 1",
          *dispatched, 1, *one, source, 4, 16, plain, 0, 16)  # fmt: skip
    fails(StatusCode.NOT_FOUND, "no function `other`",
          calls, "executable.lookup.function", executable, VmBuffer(b"other"))  # fmt: skip
    fails(StatusCode.INVALID_ARGUMENT, "have 3 bytes, no multiple of 4",
          calls, "executable.load", VMVX, twice, VmBuffer(b"abc"))  # fmt: skip
    fails(StatusCode.NOT_FOUND, "no executable loader registered for format 'other'",
          calls, "executable.load", VmBuffer(b"other"), twice, None)  # fmt: skip


def test_memory_counts_among_that_of_a_call(program):
    context = link([read_module(program)], [], limits=Limits(max_memory=1000))
    allocate = context.lookup_function("m.buffer.allocate")
    fails(StatusCode.RESOURCE_EXHAUSTED, "a device buffer needs 2000 bytes", allocate, 64, 2000)
    assert len(allocate(64, 500)[1]) == 500


def test_native_code_is_refused_unless_trusted(program):
    native = next(iter(open_device("local-sync").loaders.native_formats)).encode()
    context = link([read_module(program)], [], trusted=False)
    assert context.lookup_function("m.executable.query_support")(VmBuffer(native)) == (0,)
    load = context.lookup_function("m.executable.load")
    fails(
        StatusCode.PERMISSION_DENIED, "is native code", load, VmBuffer(native), VmBuffer(b""), None
    )


@pytest.mark.parametrize("size", [4, 1 << 16])
def test_what_a_program_keeps_does_not_follow_the_callers_array(size):
    """Large arrays are lent for the time of a call."""
    module = ireelite.load(ireelite.compile(KEEPING))
    array = np.arange(size, dtype=np.int32)
    module.keep(array)
    kept = module.bytes()
    assert kept.i32[1] == 1
    array[1] = 77
    assert kept.i32[1] == 1 and kept.place[1] == array.nbytes


def test_storage_follows_a_buffer_that_gets_memory_of_its_own():
    allocator = HostAllocator()
    source = allocator.upload(48, 0, b"\1\2\3\4" * 64)
    buffer = HostBuffer(allocator, 48, 0, source.data.toreadonly(), source.address)
    storage = storage_of(buffer)
    assert storage.i8[1] == 2 and not storage.mutable
    buffer.detach()[1] = 9
    assert storage.i8[1] == 9 and storage.mutable and storage.place[0] == buffer.address


def test_the_first_device_is_a_cpu(program):
    class Other:
        id = "other"

    assert link([read_module(program)], [open_device("local-task")])
    fails(StatusCode.INVALID_ARGUMENT, "first device is 'other'; leave the device out",
          link, [read_module(program)], [Other()])  # fmt: skip
