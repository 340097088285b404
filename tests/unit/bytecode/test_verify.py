"""What the verifier refuses, each with the reason it gives."""

import ast
import inspect
import sys

import pytest

from ireelite.bytecode import ref_types, verify
from ireelite.bytecode.build import function, imported, module, ref, row
from ireelite.bytecode.calling_convention import parse_cconv
from ireelite.bytecode.isa import NOT_A_SPAN, Requirement
from ireelite.bytecode.module_def import ExportFunction
from ireelite.bytecode.verify import MAX_GLOBAL_BYTES, MAX_GLOBAL_REFS, verify_module
from ireelite.status import StatusCode, StatusError

RETURN = row("return", ())
SAID: set[tuple[str, int]] = set()
"""Where in the verifier errors were made: module and line."""


@pytest.fixture(autouse=True)
def _noted(monkeypatch):
    def noting(message: str) -> StatusError:
        caller = sys._getframe(1)
        SAID.add((caller.f_globals["__name__"], caller.f_lineno))
        return StatusError(StatusCode.INVALID_ARGUMENT, message)

    for module_ in (verify, ref_types):
        monkeypatch.setattr(module_, "_invalid", noting)


def build(*rows, cconv="0v_v", blocks=None, ints=8, refs=4):
    """A module with one function of the given rows and the given banks."""
    built = module(
        "m",
        {"f": function(cconv, blocks or [[*rows, RETURN]])},
        imports={"x.f": "0ir_I", "x.spans": "0iCIrD_v", "x.unknown": ""},
        rodata=[b"abc"],
        types=["i32", "!vm.buffer"],
        global_bytes=8,
        global_refs=1,
    )
    built.functions[0].i32_registers = ints
    built.functions[0].ref_registers = refs
    return built


def refusal(built) -> str:
    with pytest.raises(StatusError) as caught:
        verify_module(built)
    assert caught.value.code == StatusCode.INVALID_ARGUMENT
    return str(caught.value)


def test_a_good_module_passes():
    verify_module(
        build(row("add.i32", 0, 1, 7), row("call", imported(0), (0, ref(3, move=True)), (2,)))
    )


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row("add.i32", 0, 8, 1), "no register i8"),
        (row("add.i32", 0, ref(0), 1), "r0 is a reference; a number"),
        (row("add.i32", 0, 1, -1), "-1 is no register"),
        (row("add.i64", 0, 2, 6), None),
        (row("add.i64", 0, 3, 4), "even registers, not at i3"),
        (row("add.i64", 0, 2, 8), "no register i8"),
        (row("buffer.length", 0, 2), "0 is a number; a reference"),
        (row("buffer.length", ref(4), 2), "no register r4"),
        (row("buffer.length", ref(0, move=True), 2), "r0 may not be moved"),
        (row("assign.ref", ref(0, move=True), ref(1)), None),
        (row("const.ref.rodata", 1, ref(0)), "no rodata 1"),
        (row("global.load.ref", 1, 1, ref(0)), "no reference global 1"),
        (row("global.load.ref", 0, 2, ref(0)), "no type 2"),
        (row("global.load.i32", 4, 0), None),
        (row("global.load.i32", 5, 0), "no global at 5"),
        (row("global.load.i64", 4, 0), "no global at 4"),
        (row("const.i32", 1 << 31, 0), "does not fit into imm32"),
        (row("const.i64", -(1 << 63), 0), None),
        (row("const.f32", 1e300, 0), "does not fit into immf32"),
        (row("call", 1, (), ()), "no function 0x1"),
        (row("call", imported(9), (), ()), "no function"),
        (row("call", imported(0), (0,), (2,)), "1 arguments where 2"),
        (row("call", imported(0), (0, 1), (2,)), "1 is a number; a reference"),
        (row("call", imported(0), (0, ref(0)), (3,)), "even registers"),
        (row("call", imported(0), (0, ref(0)), ()), "0 results where 1"),
        (row("call", imported(1), (0,), ()), "takes a variadic call"),
        (row("call.variadic", imported(1), (NOT_A_SPAN, 1), (0, 2, ref(0)), ()), None),
        (row("call.variadic", imported(1), (NOT_A_SPAN,), (0,), ()), "1 segments for 2"),
        (row("call.variadic", imported(1), (0, 1), (0, 2, ref(0)), ()), "segment size 0"),
        (
            row("call.variadic", imported(1), (NOT_A_SPAN, 2), (0, 2, ref(0)), ()),
            "3 arguments where 5",
        ),
        (row("import.resolved", 0, 0), "not imported"),
        (row("switch.i64", 0, 2, (4, 5), 2), "even registers, not at i5"),
        (row("discard.refs", (0,)), "0 is a number"),
        (row("return", (0,)), "a terminator within a block"),
        (row("add.i32", 0, 1), "2 operands for 3 fields"),
        (row("add.i32", 0, "1", 2), "wrong type"),
        (row("block"), "markers"),
        (row("trace", "x" * 70000, ()), "longer than 65535"),
        (row("trace", "x", (0,) * 70000), "it has 70000 registers"),
        (row("const.i32", 1, 0)._replace(location=0), "there is no location 0"),
        (row("const.i32", 1, 0)._replace(location=-1), "there is no location -1"),
        (row("list.alloc", 0, 1, ref(0)), None),
        (row("list.alloc", 2, 1, ref(0)), "no type 2"),
        (row("global.load.ref", 0, 0, ref(0)), "'i32' is not a reference type"),
        (row("cast.any.ref", ref(0), 0, ref(1)), "'i32' is not a reference type"),
        (row("call", imported(2), (), ()), "declares no calling convention"),
        (row("call.variadic", imported(1), (NOT_A_SPAN, NOT_A_SPAN), (0,), ()), "no segment size"),
        (row("global.load.i32", -4, 0), "no global at -4"),
    ],
    ids=lambda value: getattr(getattr(value, "op", None), "mnemonic", None),
)
def test_instructions(bad, reason):
    built = build(bad)
    if reason is None:
        verify_module(built)
    else:
        assert reason in refusal(built)


def test_the_place_is_named():
    built = build(row("const.i32", 1, 0), row("add.i32", 0, 99, 0))
    assert refusal(built).endswith(
        "; operand 1 (i) of instruction 1 (add.i32) of ^bb0 of function 0 (f) of module 'm'"
    )
    rows = built.functions[0].blocks[0].instructions
    rows[1] = rows[1]._replace(pc=8)
    assert "instruction 1 (add.i32, byte 8) of ^bb0" in refusal(built)
    assert refusal(build(row("return", (0,)))).endswith(
        "a terminator within a block; instruction 0 (return) of ^bb0 of function 0 (f) of "
        "module 'm'"
    )
    built = build(blocks=[[RETURN]], ints=-1)
    assert refusal(built).endswith("-1 number registers; function 0 (f) of module 'm'")


@pytest.mark.parametrize(
    ("blocks", "reason"),
    [
        ([], "0 blocks"),
        ([[]], "does not end with a terminator"),
        ([[row("const.i32", 1, 0)]], "does not end with a terminator"),
        ([[row("br", 1, ())]], "no block ^bb1"),
        ([[row("cond_br", 0, 1, (), -1, ())], [RETURN]], "no block ^bb-1"),
        ([[row("br", 1, ((0, ref(0)),))], [RETURN]], "from one register bank to the other"),
        ([[row("br", 1, ((0, 99),))], [RETURN]], "no register i99"),
        ([[row("br_table", 0, 1, (), ((5, ()),))], [RETURN]], "no block ^bb5"),
        ([[row("br_table", 0, 1, (), ((1, ()),) * 70000)], [RETURN]], "70000 cases"),
        ([[row("br", 1, ((0, 1),) * 70000)], [RETURN]], "70000 moves"),
        ([[row("call.yieldable", 0, (), 2, ())], [RETURN]], "no block ^bb2"),
    ],
)
def test_blocks(blocks, reason):
    built = build(blocks=[[RETURN]])
    built.functions[0] = function("0v_v", blocks)
    built.functions[0].i32_registers = built.functions[0].ref_registers = 4
    assert reason in refusal(built)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([row("const.ref.rodata", 0, ref(0)), row("list.size", ref(0), 1)], "r0 holds a vm.buffer"),
        ([row("list.alloc", 0, 0, ref(0)), row("buffer.length", ref(0), 0)], "r0 holds a vm.list"),
        ([row("buffer.alloc", 0, 2, ref(0)), row("list.get.i32", ref(0), 1, 2)], "a vm.list is"),
        (
            [row("list.alloc", 0, 0, ref(0)), row("global.store.ref", 0, 1, ref(0))],
            "r0 holds a vm.list; a vm.buffer is expected",
        ),
        (
            [row("list.get.ref", ref(3), 0, 1, ref(0)), row("list.resize", ref(0), 1)],
            "r0 holds a vm.buffer; a vm.list",
        ),
        (
            [
                row("const.ref.rodata", 0, ref(0)),
                row("assign.ref", ref(0), ref(1)),
                row("list.size", ref(1), 1),
            ],
            "r1 holds a vm.buffer",
        ),
        ([row("const.ref.rodata", 0, ref(0)), row("list.size", ref(1), 1)], None),
        (
            [
                row("const.ref.rodata", 0, ref(0)),
                row("const.ref.zero", ref(0)),
                row("list.size", ref(0), 1),
            ],
            None,
        ),
        (
            [
                row("const.ref.rodata", 0, ref(0)),
                row("assign.ref", ref(0, move=True), ref(1)),
                row("list.size", ref(0), 1),
            ],
            None,
        ),
        (
            [
                row("const.ref.rodata", 0, ref(0)),
                row("discard.refs", (ref(0),)),
                row("list.size", ref(0), 1),
            ],
            None,
        ),
        (
            [
                row("const.ref.rodata", 0, ref(0)),
                row("call", imported(0), (0, ref(0, move=True)), (2,)),
                row("list.size", ref(0), 1),
            ],
            None,
        ),
        ([row("global.load.ref", 0, 2, ref(0)), row("list.size", ref(0), 1)], None),
    ],
)
def test_references_of_another_type(rows, reason):
    built = build(*rows)
    built.types.append("!vm.opaque")
    if reason is None:
        verify_module(built)
    else:
        assert reason in refusal(built)


def test_what_is_known_of_references_ends_with_the_block():
    first = [row("const.ref.rodata", 0, ref(0)), row("br", 1, ())]
    verify_module(build(blocks=[first, [row("list.size", ref(0), 1), RETURN]]))


def test_returned_values_match_the_signature():
    assert "0 results where 1" in refusal(build(cconv="0v_i"))


def test_arguments_need_registers():
    assert "no register i8" in refusal(build(cconv="0IIIII_v"))


def test_declared_requirements_cover_the_instructions():
    built = build(row("add.f32", 0, 1, 2))
    verify_module(built)
    built.functions[0].requirements = Requirement.EXT_F64
    assert "EXT_F32" in refusal(built)


@pytest.mark.parametrize(
    ("ints", "refs", "reason"),
    [(0x8000, 0, "32768 number registers"), (0, 0x4000, "16384 reference registers")],
)
def test_too_many_registers(ints, refs, reason):
    assert reason in refusal(build(blocks=[[RETURN]], ints=ints, refs=refs))


def test_yielding_is_declared():
    built = build(blocks=[[row("yield", 1, ())], [RETURN]])
    verify_module(built)
    built.functions[0].requirements = Requirement(0)
    assert "YIELD" in refusal(built)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("global_bytes", -1, "-1 bytes of globals"),
        ("global_bytes", MAX_GLOBAL_BYTES + 1, "bytes of globals"),
        ("global_refs", -1, "-1 reference globals"),
        ("global_refs", MAX_GLOBAL_REFS + 1, "reference globals"),
        ("types", ["i33"], "'i33' is not the name of a type"),
        ("types", ["!"], "'!' is not the name of a type"),
        ("name", "", "the module has no name"),
    ],
)
def test_facts_of_the_module(field, value, reason):
    built = build(blocks=[[RETURN]])
    setattr(built, field, value)
    assert reason in refusal(built)


def test_names_and_exports():
    built = build()
    built.exports.append(ExportFunction("f", 0))
    assert "two exports" in refusal(built)
    built.exports[1] = ExportFunction("g", 5)
    assert "export 'g' is function 5 of 1" in refusal(built)
    built = build()
    built.imports[0].full_name = "nodot"
    assert "does not name a module" in refusal(built)
    built = build(cconv="0CiD_v")
    assert "only imports" in refusal(built)


@pytest.mark.parametrize(
    ("text", "arguments", "results"),
    [
        ("0v_v", (), ()),
        ("0", (), ()),
        ("0i", ("i",), ()),
        ("0_i", (), ("i",)),
        ("0rIiCrIID_rf", ("r", "I", "i", "CrIID"), ("r", "f")),
    ],
)
def test_calling_conventions(text, arguments, results):
    assert parse_cconv(text) == (arguments, results)


@pytest.mark.parametrize(
    "text", ["", "1i_i", "0x_v", "0CD_v", "0Ci_v", "0i_CiD", "0CCiDD_v", "0vi_v"]
)
def test_malformed_calling_conventions(text):
    with pytest.raises(StatusError, match="invalid calling convention"):
        parse_cconv(text)


def test_every_reason_has_an_example_here():
    """What the verifier can say is found in its source; all of it was said by the tests above."""
    sites = {
        (module_.__name__, node.lineno)
        for module_ in (verify, ref_types)
        for node in ast.walk(ast.parse(inspect.getsource(module_)))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_invalid"
    }
    assert len(sites) > 45
    assert sites <= SAID, f"no example at {sorted(sites - SAID)}"
