"""Buffers, lists and globals, on both engines."""

import struct

import pytest

from ireelite.bytecode.build import function, module, ref, row
from ireelite.status import StatusError
from ireelite.vm.refs import Buffer, List, type_of

RETURN = row("return", ())
TYPES = ["i8", "i32", "i64", "f32", "!vm.opaque", "!vm.buffer", "!vm.list<i32>", "!hal.buffer"]


class HalBuffer:
    vm_type = "hal.buffer"


@pytest.fixture
def call(load):
    """Calls a function of one block."""

    def run(cconv, body, *arguments, **fields):
        built = module("m", {"f": function(cconv, [body])}, types=TYPES, **fields)
        return load(built).lookup_function("m.f")(*arguments)

    return run


def bank(offset=0):
    return Buffer(bytearray(range(offset, offset + 16)))


@pytest.mark.parametrize(
    ("view", "letter", "index", "expected"),
    [
        ("i8.u", "i", 15, 0x8F),
        ("i8.s", "i", 15, 0x8F - 0x100),
        ("i16.u", "i", 7, 0x8F8E),
        ("i16.s", "i", 7, 0x8F8E - 0x10000),
        ("i32", "i", 1, struct.unpack("<i", bytes(range(0x84, 0x88)))[0]),
        ("i64", "I", 1, struct.unpack("<q", bytes(range(0x88, 0x90)))[0]),
        ("f32", "f", 3, struct.unpack("<f", bytes(range(0x8C, 0x90)))[0]),
        ("f64", "F", 0, struct.unpack("<d", bytes(range(0x80, 0x88)))[0]),
    ],
)
def test_loads_count_elements(call, view, letter, index, expected):
    body = [row(f"buffer.load.{view}", ref(0), 0, 2), row("return", (2,))]
    assert call(f"0rI_{letter}", body, bank(0x80), index) == (expected,)
    width = {"i8": 1, "i16": 2, "i32": 4, "i64": 8, "f32": 4, "f64": 8}[view.partition(".")[0]]
    for outside in (-1, 16 // width, 1 << 60):
        with pytest.raises(StatusError, match="OUT_OF_RANGE"):
            call(f"0rI_{letter}", body, bank(), outside)
    with pytest.raises(StatusError, match="INVALID_ARGUMENT"):
        call(f"0rI_{letter}", body, None, 0)
    with pytest.raises(StatusError, match="INVALID_ARGUMENT"):
        call(f"0rI_{letter}", body, List(), 0)


@pytest.mark.parametrize(
    ("view", "letter", "value", "stored"),
    [
        ("i8", "i", -2, b"\xfe"),
        ("i8", "i", 300, b"\x2c"),
        ("i16", "i", 70000, b"\x70\x11"),
        ("i32", "i", -2, b"\xfe\xff\xff\xff"),
        ("i64", "I", -2, b"\xfe" + b"\xff" * 7),
        ("f32", "f", 0.1, struct.pack("<f", 0.1)),
        ("f64", "F", 0.1, struct.pack("<d", 0.1)),
    ],
)
def test_stores_and_fills_count_elements(call, view, letter, value, stored):
    target = Buffer(bytearray(16))
    store = [row(f"buffer.store.{view}", ref(0), 0, 2), RETURN]
    assert call(f"0rI{letter}_v", store, target, 1, value) == ()
    assert bytes(target.data) == bytes(len(stored)) + stored + bytes(16 - 2 * len(stored))
    fill = [row(f"buffer.fill.{view}", ref(0), 0, 2, 4), RETURN]
    count = 16 // len(stored)
    assert call(f"0rII{letter}_v", fill, target, 0, count, value) == ()
    assert bytes(target.data) == stored * count
    for offset in (-1, 16):
        with pytest.raises(StatusError, match="OUT_OF_RANGE"):
            call(f"0rI{letter}_v", store, target, offset, value)
        with pytest.raises(StatusError, match="OUT_OF_RANGE"):
            call(f"0rII{letter}_v", fill, target, offset, 2, value)
    for body, *arguments in ((store, 0), (fill, 0, 1)):
        cconv = f"0r{'I' * len(arguments)}{letter}_v"
        with pytest.raises(StatusError, match="PERMISSION_DENIED"):
            call(cconv, body, Buffer(bytes(16), mutable=False), *arguments, value)


def test_bytes_copied_compared_cloned_hashed(call):
    source, target = bank(), Buffer(bytearray(8))
    copy = [row("buffer.copy", ref(0), 0, ref(1), 2, 4), RETURN]
    call("0rrIII_v", copy, source, target, 3, 2, 4)
    assert bytes(target.data) == b"\0\0\x03\x04\x05\x06\0\0"
    overlapping = bank()
    call("0rrIII_v", copy, overlapping, overlapping, 0, 1, 15)
    assert bytes(overlapping.data) == bytes([0, *range(15)])
    compare = [row("buffer.compare", ref(0), 0, ref(1), 2, 4, 6), row("return", (6,))]
    assert call("0rrIII_i", compare, source, target, 3, 2, 4) == (1,)
    assert call("0rrIII_i", compare, source, target, 3, 2, 5) == (0,)
    clone = [row("buffer.clone", ref(0), 0, 2, 4, ref(1)), row("return", (ref(1),))]
    (cloned,) = call("0rIIi_r", clone, source, 1, 2, 16)
    assert (bytes(cloned.data), cloned.mutable) == (b"\1\2", True)
    hashed = [row("buffer.hash", ref(0), 0, 2, 4), row("return", (4,))]
    assert call("0rII_I", hashed, Buffer(b"xa"), 1, 1) == (0x2BA3E8E9A71148CA,)
    assert call("0rII_I", hashed, Buffer(b""), 0, 0) == (0x726FDB47DD0E0E31,)
    for body, cconv, arguments in (
        (copy, "0rrIII_v", (source, target, 13, 0, 4)),
        (copy, "0rrIII_v", (source, target, 0, 0, 9)),
        (compare, "0rrIII_i", (source, target, 0, -1, 1)),
        (clone, "0rIIi_r", (source, 0, 17, 1)),
        (hashed, "0rII_I", (source, 16, 1)),
    ):
        with pytest.raises(StatusError, match="OUT_OF_RANGE"):
            call(cconv, body, *arguments)


def test_buffers_are_allocated(call):
    body = [
        row("buffer.alloc", 0, 2, ref(0)),
        row("buffer.length", ref(0), 4),
        row("return", (ref(0, move=True), 4)),
    ]
    buffer, length = call("0Ii_rI", body, 5, 16)
    assert (bytes(buffer.data), length) == (bytes(5), 5)
    with pytest.raises(StatusError, match="RESOURCE_EXHAUSTED"):
        call("0Ii_rI", body, 1 << 62, 16)
    with pytest.raises(StatusError, match="OUT_OF_RANGE"):
        call("0Ii_rI", body, -1, 16)


def test_rodata_is_shared_and_constant(load):
    body = [row("const.ref.rodata", 1, ref(0)), row("return", (ref(0),))]
    context = load(module("m", {"f": function("0v_r", [body])}, rodata=[b"a", b"bc"]))
    (first,), (second,) = context.lookup_function("m.f")(), context.lookup_function("m.f")()
    assert first is second
    assert (bytes(first.data), first.mutable, first.origin) == (b"bc", False, ("m", 1))


def with_list(element_type, *rows):
    """Makes a list of two, with 1 in register i1."""
    return [
        row("const.i32", 2, 0),
        row("list.alloc", element_type, 0, ref(0)),
        row("list.reserve", ref(0), 0),
        row("list.resize", ref(0), 0),
        row("const.i32", 1, 1),
        *rows,
    ]


@pytest.mark.parametrize(
    ("element_type", "stored", "read"),
    [
        (0, ("i32", 300), ("i32", 44)),
        (1, ("i32", 300), ("i32", 300)),
        (1, ("i64", (1 << 32) + 7), ("i64", 7)),
        (2, ("i64", (1 << 32) + 7), ("i64", (1 << 32) + 7)),
        (2, ("f32", 2.75), ("i64", 0)),
        (3, ("f32", 2.75), ("f32", 2.75)),
        (3, ("i32", 3), ("f32", 0.0)),
        (3, ("f64", 0.1), ("f64", 0.10000000149011612)),
        (4, ("i64", (1 << 32) + 7), ("i32", 7)),
        (4, ("f32", 2.75), ("i32", 0)),
        (4, ("f64", 2.75), ("f32", 2.75)),
    ],
)
def test_lists_of_numbers(call, element_type, stored, read):
    letters = {"i32": "i", "i64": "I", "f32": "f", "f64": "F"}
    body = with_list(
        element_type,
        row(f"const.{stored[0]}", stored[1], 2),
        row(f"list.set.{stored[0]}", ref(0), 1, 2),
        row(f"list.get.{read[0]}", ref(0), 1, 4),
        row("list.size", ref(0), 6),
        row("return", (4, 6)),
    )
    assert call(f"0v_{letters[read[0]]}i", body) == (read[1], 2)


@pytest.mark.parametrize(
    ("element_type", "kind", "letter", "zero"), [(1, "i32", "i", 0), (3, "f32", "f", 0.0)]
)
def test_new_elements_are_zero(call, element_type, kind, letter, zero):
    body = with_list(element_type, row(f"list.get.{kind}", ref(0), 1, 4), row("return", (4,)))
    assert repr(call(f"0v_{letter}", body)) == repr((zero,))


def test_lists_of_references(call):
    rows = [
        row("list.set.ref", ref(0), 1, ref(1)),
        row("list.get.ref", ref(0), 1, 5, ref(2)),
        row("return", (ref(2),)),
    ]
    take = [row("assign.ref", ref(0), ref(1))]
    buffer = Buffer(b"x")
    assert call("0r_r", [*take, *with_list(5, *rows)], buffer) == (buffer,)
    assert call("0r_r", [*take, *with_list(4, *rows)], buffer) == (buffer,)
    assert call("0r_r", [*take, *with_list(4, *rows)], List()) == (None,), (
        "another type reads as null"
    )
    with pytest.raises(
        StatusError,
        match=r"INVALID_ARGUMENT; ref type mismatch; expected vm\.buffer but got vm\.list",
    ):
        call("0r_r", [*take, *with_list(5, *rows)], List())
    with pytest.raises(StatusError, match="FAILED_PRECONDITION"):
        call("0r_r", [*take, *with_list(1, *rows)], buffer)


def test_lists_refuse(call):
    get = [row("list.get.i32", ref(0), 1, 2), row("return", (2,))]
    with pytest.raises(StatusError, match="FAILED_PRECONDITION"):
        call("0v_i", with_list(4, *get))
    with pytest.raises(StatusError, match="FAILED_PRECONDITION"):
        call("0v_i", with_list(5, row("list.set.i32", ref(0), 1, 1), *get))
    with pytest.raises(StatusError, match="OUT_OF_RANGE; index 2 out of range of a list of 2"):
        call("0v_i", with_list(1, row("const.i32", 2, 1), *get))
    with pytest.raises(StatusError, match=r"INVALID_ARGUMENT; vm\.list expected; got null"):
        call("0v_i", [row("const.i32", 0, 1), *get])
    with pytest.raises(StatusError, match="INVALID_ARGUMENT"):
        call("0v_v", [row("const.i32", -1, 0), row("list.alloc", 1, 0, ref(0)), row("return", ())])
    with pytest.raises(StatusError, match="INVALID_ARGUMENT"):
        call("0v_v", with_list(1, row("const.i32", -1, 2), row("list.resize", ref(0), 2), RETURN))


def test_lists_shrink(call):
    body = with_list(
        1, row("list.resize", ref(0), 1), row("list.size", ref(0), 2), row("return", (2,))
    )
    assert call("0v_i", body) == (1,)


@pytest.mark.parametrize(
    ("kind", "letter", "value"),
    [("i32", "i", -7), ("i64", "I", -(1 << 40)), ("f32", "f", 0.5), ("f64", "F", 0.1)],
)
def test_number_globals_keep_state_in_a_context(load, kind, letter, value):
    second = 2 if kind.endswith("64") else 1
    functions = {
        "set": function(f"0{letter}_v", [[row(f"global.store.{kind}", 4, 0), RETURN]]),
        "get": function(f"0v_{letter}", [[row(f"global.load.{kind}", 4, 0), row("return", (0,))]]),
        "set_at": function(
            f"0i{letter}_v", [[row(f"global.store.indirect.{kind}", 0, second), RETURN]]
        ),
        "get_at": function(
            f"0i_{letter}", [[row(f"global.load.indirect.{kind}", 0, 2), row("return", (2,))]]
        ),
    }
    built = module("m", functions, global_bytes=16)
    context, other = load(built), load(built)
    context.lookup_function("m.set")(value)
    assert context.lookup_function("m.get")() == (value,)
    assert other.lookup_function("m.get")() == (type(value)(0),)
    context.lookup_function("m.set_at")(8, value)
    assert context.lookup_function("m.get_at")(8) == (value,)
    for offset in (-1, 15):
        with pytest.raises(StatusError, match="OUT_OF_RANGE; no global"):
            context.lookup_function("m.get_at")(offset)


def test_reference_globals(load):
    functions = {
        "set": function("0r_v", [[row("global.store.ref", 1, 5, ref(0, move=True)), RETURN]]),
        "get": function("0v_r", [[row("global.load.ref", 1, 5, ref(0)), row("return", (ref(0),))]]),
        "set_at": function("0ri_v", [[row("global.store.indirect.ref", 0, 7, ref(0)), RETURN]]),
        "get_at": function(
            "0i_r", [[row("global.load.indirect.ref", 0, 7, ref(0)), row("return", (ref(0),))]]
        ),
    }
    context = load(module("m", functions, types=TYPES, global_refs=2))
    get, set_, get_at, set_at = [
        context.lookup_function(f"m.{n}") for n in ("get", "set", "get_at", "set_at")
    ]
    assert get() == (None,)
    buffer, hal = Buffer(b""), HalBuffer()
    set_(buffer)
    assert get() == (buffer,)
    with pytest.raises(StatusError, match="ref type mismatch"):
        set_(hal)
    with pytest.raises(StatusError, match=r"expected hal\.buffer but got vm\.buffer"):
        get_at(1)
    set_at(hal, 1)
    assert get_at(1) == (hal,)
    with pytest.raises(StatusError, match="ref type mismatch"):
        get()
    with pytest.raises(StatusError, match="OUT_OF_RANGE"):
        get_at(2)


def test_references_are_compared_selected_and_cast(call):
    a, b = Buffer(b""), Buffer(b"")
    body = [
        row("cmp.eq.ref", ref(0), ref(1), 1),
        row("cmp.ne.ref", ref(0), ref(1), 2),
        row("cmp.nz.ref", ref(1), 3),
        row("select.ref", 0, 5, ref(0), ref(1), ref(2)),
        row("switch.ref", 0, 5, ref(0), (ref(1), ref(0)), ref(3)),
        row("return", (1, 2, 3, ref(2), ref(3))),
    ]
    assert call("0rri_iiirr", body, a, b, 1) == (0, 1, 1, a, a)
    assert call("0rri_iiirr", body, a, a, 0) == (1, 0, 1, a, a)
    assert call("0rri_iiirr", body, a, None, 0) == (0, 1, 0, None, None)
    cast = [row("cast.any.ref", ref(0), 6, ref(1)), row("return", (ref(1),))]
    values = List()
    assert call("0r_r", cast, values) == (values,)
    with pytest.raises(StatusError, match=r"ref type mismatch; expected vm\.list"):
        call("0r_r", cast, a)


def test_a_buffer_shows_its_bytes_as_numbers():
    buffer = Buffer(bytearray(10))
    buffer.f32[1] = 1.0
    assert (len(buffer.i8), len(buffer.f32), len(buffer.f64)) == (10, 2, 1)
    assert bytes(buffer.data[4:8]) == struct.pack("<f", 1.0)
    assert Buffer(memoryview(bytearray(8)).cast("i")).i16[3] == 0
    assert type_of(buffer) == "vm.buffer"
    assert type_of(3) == "int"
    assert repr(buffer) == "<vm.buffer of 10 bytes, mutable>"
    assert buffer and not len(Buffer(b""))
    with pytest.raises(AttributeError):
        _ = buffer.nothing  # type: ignore[attr-defined]
