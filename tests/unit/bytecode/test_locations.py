"""Source locations: their table, their text, and the debug database of a file."""

import tracemalloc

import pytest

from ireelite.bytecode import schema
from ireelite.bytecode.build import function, module, row
from ireelite.bytecode.container import read_container
from ireelite.bytecode.decode import decode_module
from ireelite.bytecode.disassemble import disassemble_module
from ireelite.bytecode.encode import encode_module
from ireelite.bytecode.flatbuffer import read
from ireelite.bytecode.flatbuffer_writer import write
from ireelite.bytecode.locations import (
    MAX_PIECES,
    CallSite,
    FileLineCol,
    Fused,
    LocationTable,
    Name,
    format_location,
    places,
)
from ireelite.bytecode.source_map import location_text
from ireelite.status import StatusCode, StatusError

RETURN = row("return", ())
A, B = FileLineCol("a.mlir", 1, 2), FileLineCol("b.mlir", 3, 4)


def located():
    """A module in which every kind of location is mentioned, and `None`."""
    table = LocationTable()
    a, b = table.add(A), table.add(B)
    rows = [a, b, table.add(CallSite(a, b)), table.add(Fused((a, b))), table.add(Fused((a,), "m"))]
    rows += [table.add(Name("node", a)), table.add(Name("bare")), 0, None]
    body = [row("const.i32", n, 0)._replace(location=each) for n, each in enumerate(rows)]
    functions = {"f": function("0v_v", [[*body, RETURN]]), ".g": function("0v_v", [[RETURN]])}
    functions[".g"].name = "inner"
    return module("m", functions, locations=table.rows)


def test_equal_locations_are_one_row():
    table = LocationTable()
    assert table.add(None) == 0
    assert table.add(A) == table.add(FileLineCol("a.mlir", 1, 2)) == 1
    assert table.add(CallSite(1, 0)) == table.add(CallSite(1, 0)) == 2
    assert table.rows == [None, A, CallSite(1, 0)]


@pytest.mark.parametrize("polyglot", [False, True])
def test_a_source_map_survives(polyglot):
    original = located()
    data = encode_module(original, polyglot).data
    decoded = decode_module(data)
    assert decoded.locations == original.locations
    for before, after in zip(original.functions, decoded.functions, strict=True):
        rows = [each.location for block in before.blocks for each in block.instructions]
        assert rows == [each.location for block in after.blocks for each in block.instructions]
    assert [each.name for each in decoded.functions] == ["f", "inner"]
    assert decoded.function_name(1) == "inner"
    assert encode_module(decoded, polyglot).data == data


def test_a_file_name_is_written_once():
    table = LocationTable()
    name = "a_file_with_a_long_name.mlir"
    body = [
        row("const.i32", 0, 0)._replace(location=table.add(FileLineCol(name, line, 1)))
        for line in range(500)
    ]
    built = module("m", {"f": function("0v_v", [[*body, RETURN]])}, locations=table.rows)
    data = encode_module(built).data
    assert data.count(name.encode()) == 1
    assert len(decode_module(data).locations) == 501


def test_without_locations_there_is_no_database():
    data = encode_module(module("m", {"f": function("0v_v", [[RETURN]])})).data
    root = read(schema.MODULE, read_container(data).flatbuffer, size_prefix=True)
    assert root["debug_database"] is None


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "a.mlir:1:2"),
        (2, "a.mlir:1:2\n      at b.mlir:3:4"),
        (3, "[\n    a.mlir:1:2,\n    b.mlir:3:4\n  ]"),
        (4, "<m>[\n    a.mlir:1:2\n  ]"),
        (5, '"node"(a.mlir:1:2)'),
        (6, '"bare"'),
        (7, "[unknown]"),
        (8, "-"),
    ],
)
def test_text_is_upstreams(number, text):
    decoded = decode_module(encode_module(located()).data)
    pc = decoded.functions[0].blocks[0].instructions[number].pc
    assert location_text(decoded, 0, pc) == text


def test_places_are_in_order_and_once():
    table = [None, A, B, CallSite(1, 2), Fused((2, 3, 1)), Name("n", 4)]
    assert places(table, 5) == [B, A]
    assert places(table, 0) == []


def test_a_table_cannot_ask_for_endless_text():
    doubled = [None, A, *[Fused((n, n)) for n in range(1, 40)]]
    chain = [None, *[Name("x", n) for n in range(5000)]]
    for table in (doubled, chain):
        text = format_location(table, len(table) - 1)
        assert "..." in text
        assert len(text) < 40 * MAX_PIECES
        assert len(places(table, len(table) - 1)) <= 1


def altered(change) -> bytes:
    """The file of `located`, with its debug database changed."""
    contents = read_container(encode_module(located(), polyglot_zip=False).data)
    root = read(schema.MODULE, contents.flatbuffer, size_prefix=True)
    change(root["debug_database"])
    return write(schema.MODULE, root, identifier=schema.FILE_IDENTIFIER, size_prefix=True)


def set_union(number, value):
    def change(database):
        table, _ = database["location_table"][number]
        database["location_table"][number] = table, value

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (set_union(3, {"callee": 3, "caller": 1}), "location 3 is made of others"),
        (set_union(3, {"callee": 7, "caller": 1}), "location 3 is made of others"),
        (set_union(3, {"callee": -1, "caller": 1}), "location 3 is made of others"),
        (set_union(4, {"locations": (1, 99)}), "location 4 is made of others"),
        (set_union(6, {"name": "n", "child_location": 6}), "location 6 is made of others"),
        (
            lambda database: database.update(location_table_type=b"\0\2"),
            "tags of the unions",
        ),
        (
            lambda database: database.update(location_table_type=bytes([9] * 8)),
            "tags of the unions",
        ),
        (
            lambda database: database["functions"][0].update(locations=[(1, 8)]),
            "byte 1 of function 'f' has location 8 of 8",
        ),
        (
            lambda database: database["functions"][0].update(locations=[(1, -1)]),
            "has location -1",
        ),
    ],
)
def test_a_broken_database_is_refused(change, reason):
    with pytest.raises(StatusError, match=reason) as caught:
        decode_module(altered(change))
    assert caught.value.code == StatusCode.DATA_LOSS


def test_offsets_of_no_instruction_are_ignored():
    data = altered(
        lambda database: database["functions"][0].update(locations=[(2, 1), (1 << 30, 1)])
    )
    rows = decode_module(data).functions[0].blocks[0].instructions
    assert {each.location for each in rows} == {None}


def test_the_single_map_of_upstreams_compiler_belongs_to_the_function_it_names():
    def only_last(database):
        database["functions"] = [
            {"local_name": "f", "locations": [(1, 1)]},
        ]

    decoded = decode_module(altered(only_last))
    assert decoded.functions[0].blocks[0].instructions[0].location == 1

    def of_an_internal_function(database):
        database["functions"] = [{"local_name": "inner", "locations": [(1, 1)]}]

    decoded = decode_module(altered(of_an_internal_function))
    assert decoded.functions[0].blocks[0].instructions[0].location is None


def test_a_table_of_many_rows_takes_memory_in_proportion():
    chain = [None, *[Name("x", n) for n in range(20_000)]]
    built = module("m", {"f": function("0v_v", [[RETURN._replace(location=20_000)]])})
    built.locations = chain
    data = encode_module(built).data
    tracemalloc.start()
    decoded = decode_module(data)
    assert tracemalloc.get_traced_memory()[1] < 40 * len(data)
    tracemalloc.stop()
    assert location_text(decoded, 0, 1).endswith(")")


def test_disassembly_shows_places_with_their_lines():
    decoded = decode_module(encode_module(located()).data)
    text = disassemble_module(decoded, sources=lambda place: f"line {place.line}")
    assert "  // a.mlir:1:2  line 1\n  %i0 = vm.const.i32 0" in text
    assert "  // a.mlir:1:2  line 1\n  // b.mlir:3:4  line 3\n  %i0 = vm.const.i32 2" in text
    assert '  // "bare"\n  %i0 = vm.const.i32 6' in text
    assert "mlir" not in disassemble_module(decoded)
