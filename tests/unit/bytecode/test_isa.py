"""The instruction set as a table."""

import pytest

from ireelite.bytecode.isa import BY_CODE, F32_PREFIX, F64_PREFIX, OPCODES, ROWS, Requirement

FIELD_KINDS = set("i q f d r r' >i >q >f >d >r' L >L S pc M T g32 ro32 ty32 fn32".split()) | {
    *("imm32", "imm64", "immf32", "immf64", "s16")
}


def test_every_opcode_is_there_once():
    assert len(ROWS) == len(OPCODES) == len(BY_CODE) == 263
    by_prefix = {
        prefix: sum(row.prefix == prefix for row in ROWS)
        for prefix in (None, F32_PREFIX, F64_PREFIX)
    }
    assert by_prefix == {None: 137, F32_PREFIX: 62, F64_PREFIX: 64}


def test_all_field_kinds_are_known():
    assert {field for row in ROWS for field in row.fields} <= FIELD_KINDS


@pytest.mark.parametrize(
    ("mnemonic", "prefix", "code", "fields"),
    [
        ("add.i32", None, 0x22, ("i", "i", ">i")),
        ("block", None, 0x79, ()),
        ("call.variadic.yieldable", None, 0x88, ("fn32", "S", "L", "pc", ">L")),
        ("buffer.store.f32", F32_PREFIX, 0x34, ("r", "q", "f")),
        ("round.f64.even", F64_PREFIX, 0x3F, ("d", ">d")),
    ],
)
def test_rows(mnemonic, prefix, code, fields):
    row = OPCODES[mnemonic]
    assert (row.prefix, row.code, row.fields) == (prefix, code, fields)
    assert BY_CODE[prefix, code] is row


def test_requirements_and_terminators():
    assert OPCODES["add.f32"].requirement == Requirement.EXT_F32
    assert OPCODES["add.f64"].requirement == Requirement.EXT_F64
    assert OPCODES["call.yieldable"].requirement == Requirement.YIELD
    assert OPCODES["add.i64"].requirement == Requirement(0)
    terminators = {row.mnemonic for row in ROWS if row.terminator}
    assert {"br", "return", "fail", "call.yieldable"} <= terminators
    assert len(terminators) == 10
