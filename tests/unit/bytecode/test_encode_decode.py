"""Modules to bytes and back."""

import io
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ireelite.bytecode.build import function, imported, module, ref, row
from ireelite.bytecode.decode import decode_module
from ireelite.bytecode.encode import encode_module, function_requirements
from ireelite.bytecode.isa import NOT_A_SPAN, OPCODES, ROWS, Requirement
from ireelite.bytecode.module_def import Dependency, ModuleDef, Rodata
from ireelite.bytecode.registers import register_counts
from ireelite.bytecode.verify import verify_module
from ireelite.status import StatusError

_SAMPLES = {
    **{kind: 2 for kind in ("i", "q", "f", "d", ">i", ">q", ">f", ">d")},
    **{"r": ref(1), "r'": ref(2, move=True), ">r'": ref(3)},
    **{"pc": 1, "M": ((2, 4), (ref(1, move=True), ref(2))), "T": ((1, ()), (0, ((2, 3),)))},
    **{"g32": 0, "ro32": 1, "ty32": 1, "fn32": imported(0), "s16": "mötley"},
    **{"imm32": -5, "imm64": -(1 << 63), "immf32": 0.5, "immf64": 1e300},
}
_LISTS = {
    "call": {"L": (2, ref(1)), ">L": (4,)},
    "call.yieldable": {"L": (2, ref(1)), ">L": (4,)},
    "call.variadic": {
        "fn32": imported(1),
        "S": (NOT_A_SPAN, 2),
        "L": (2, 4, ref(1), 6, ref(2)),
        ">L": (),
    },
    "call.variadic.yieldable": {"fn32": imported(1), "S": (NOT_A_SPAN, 0), "L": (2,), ">L": ()},
    "switch.ref": {"L": (ref(1), ref(2, move=True))},
    "discard.refs": {"L": (ref(1), ref(2))},
    "trace": {"L": (2, ref(1))},
    "print": {"L": ()},
    "return": {"L": ()},
}


def _sample(op):
    special = _LISTS.get(op.mnemonic, {"L": (2, 4)})
    return row(
        op.mnemonic, *[special.get(field, _SAMPLES.get(field)) for field in op.fields], origin=op
    )


def every_opcode() -> ModuleDef:
    """A module with a function for each opcode."""
    functions = {}
    for op in ROWS:
        if op.mnemonic != "block":
            body = [_sample(op)] if op.terminator else [_sample(op), row("return", ())]
            functions[op.mnemonic] = function("0v_v", [body, [row("return", ())]])
    return module(
        "all",
        functions,
        imports={"other.f": "0ir_i", "other.spans": "0iCIrD_v"},
        rodata=[b"abc", b"x" * 5000],
        types=["i32", "!vm.buffer"],
        version=3,
        attrs={"ireelite.record": "digest"},
        dependencies=[Dependency("other", 2), Dependency("maybe", 0, optional=True)],
        global_bytes=16,
        global_refs=1,
    )


@pytest.mark.parametrize("polyglot", [False, True])
def test_every_opcode_survives(polyglot):
    original = every_opcode()
    data = encode_module(original, polyglot).data
    decoded = decode_module(data)
    verify_module(decoded)
    for before, after in zip(original.functions, decoded.functions, strict=True):
        rows = [[(row.op, row.operands) for row in block.instructions] for block in after.blocks]
        assert rows == [
            [(row.op, row.operands) for row in block.instructions] for block in before.blocks
        ]
    assert encode_module(decoded, polyglot).data == data
    for name in ("name", "version", "attrs", "types", "dependencies", "imports", "exports"):
        assert getattr(decoded, name) == getattr(original, name)
    assert (decoded.global_bytes, decoded.global_refs) == (16, 1)
    assert [bytes(rodata.data) for rodata in decoded.rodata] == [b"abc", b"x" * 5000]
    assert [rodata.external for rodata in decoded.rodata] == [False, True]


def test_equal_modules_give_equal_bytes():
    assert encode_module(every_opcode()).data == encode_module(every_opcode()).data


def test_origins_say_where_each_instruction_went():
    encoded = encode_module(every_opcode())
    decoded = decode_module(encoded.data)
    rows = [
        (ordinal, row.pc, row.op.mnemonic)
        for ordinal, function in enumerate(decoded.functions)
        for block in function.blocks
        for row in block.instructions
    ]
    assert [origin[:3] for origin in encoded.origins] == rows
    assert all(origin is None or origin is OPCODES[name] for *_, name, origin in encoded.origins)


def test_encoding_of_a_small_function():
    body = [
        row("const.i32", -1, 0),
        row("call", 0, (0, ref(1, move=True)), (2,)),
        row("return", (2,)),
    ]
    small = module("m", {"f": function("0ir_i", [body])})
    small.functions[0].ref_registers = 2
    data = encode_module(small, polyglot_zip=False).data
    code = b"".join(
        [
            b"\x79",
            b"\x0d" + struct.pack("<iH", -1, 0),
            b"\x58" + struct.pack("<I", 0) + b"\0",  # lists stand at even offsets
            struct.pack("<HHH", 2, 0, 0xC001) + struct.pack("<HH", 1, 2),
            b"\x5a" + b"\0" + struct.pack("<HH", 1, 2),
        ]
    )
    assert code in data


def test_branch_targets_are_the_offsets_of_block_markers():
    blocks = [[row("br", 1, ())], [row("return", ())]]
    data = encode_module(module("m", {"f": function("0v_v", blocks)})).data
    decoded = decode_module(data).functions[0]
    assert [block.pc for block in decoded.blocks] == [0, 8]
    assert decoded.blocks[0].instructions[0].operands == (1, ())
    assert decoded.length == 12


def test_register_counts_and_requirements_are_computed():
    leaf = function("0v_v", [[row("call.yieldable", imported(0), (), 1, ())], [row("return", ())]])
    floats = function("0fF_v", [[row("add.f64", 2, 2, 6), row("return", ())]])
    holder = function(
        "0v_v", [[row("const.ref.zero", ref(4)), row("call", 0, (), ()), row("return", ())]]
    )
    caller = function("0v_v", [[row("call", 2, (), ()), row("return", ())]])
    built = module("m", {"a": leaf, "b": floats, "c": holder, "d": caller}, imports={"x.y": "0v_v"})
    counts = [register_counts(built, f) for f in built.functions]
    assert counts == [(0, 0), (8, 0), (0, 5), (0, 0)]
    assert function_requirements(built, counts) == [
        Requirement.YIELD,
        Requirement.EXT_F64,
        Requirement.YIELD | Requirement.UNWIND,
        Requirement.YIELD | Requirement.UNWIND,
    ]


def test_results_of_calls_count_as_wide_as_the_callee_says():
    callee = function("0v_I", [[row("const.i64", 1, 0), row("return", (0,))]])
    caller = function("0v_I", [[row("call", 0, (), (6,)), row("return", (6,))]])
    built = module("m", {"a": callee, "b": caller})
    assert register_counts(built, built.functions[1]) == (8, 0)


def test_rodata_with_a_mime_type_is_a_member_of_the_zip():
    built = module("m", {"f": function("0v_v", [[row("return", ())]])})
    built.rodata = [
        Rodata(b"exe", "mul", "application/x-flatbuffers"),
        Rodata(b"in"),
        Rodata(bytes(4096)),
    ]
    data = encode_module(built).data
    assert zipfile.ZipFile(io.BytesIO(data)).namelist() == ["module.fb", "mul.fb", "rodata_2.bin"]
    decoded = decode_module(data)
    assert decoded.rodata[0].name == "mul"
    assert decoded.rodata[0].mime_type == "application/x-flatbuffers"
    assert encode_module(decoded).data == data


def test_rodata_are_views_of_the_file():
    data = encode_module(every_opcode()).data
    for rodata in decode_module(data).rodata:
        assert rodata.data.obj is data
        assert rodata.data.readonly


def test_versions_other_than_17_are_refused_by_name():
    data = bytearray(encode_module(every_opcode()).data)
    at = data.index(struct.pack("<I", 17 << 16))
    data[at : at + 4] = struct.pack("<I", 15 << 16 | 2)
    with pytest.raises(StatusError, match=r"bytecode version 15\.2 .* takes 17\.0"):
        decode_module(data)


def test_truncated_files_are_refused():
    data = encode_module(every_opcode(), polyglot_zip=False).data
    for length in [*range(0, len(data) - 1, 97)]:
        with pytest.raises(StatusError):
            decode_module(data[:length])


_DATA = encode_module(every_opcode(), polyglot_zip=False).data[:9000]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(_DATA) - 1), st.integers(0, 255)), min_size=1, max_size=4)
)
def test_no_changed_bytes_give_another_error(changes):
    data = bytearray(encode_module(every_opcode(), polyglot_zip=False).data)
    for position, value in changes:
        data[position] = value
    try:
        verify_module(decode_module(data))
    except StatusError as error:
        assert str(error)
