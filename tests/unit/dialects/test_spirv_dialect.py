"""Every op of the spirv dialect prints, reads back and verifies;
every verifier rule refuses an example.
"""

import pytest
from xdsl.utils.exceptions import ParseError, VerifyException

from ireelite.dialects import spirv
from ireelite.syntax.context import make_context
from ireelite.syntax.parser import StageParser

BUFFER = "!spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>"
WORDS = "!spirv.ptr<!spirv.struct<(!spirv.array<4 x i32, stride=4> [0])>, StorageBuffer>"
EXTENSIONS = "[SPV_KHR_storage_buffer_storage_class]"

MODULE = f"""\
spirv.module Logical GLSL450 requires #spirv.vce<v1.0, [Shader, Int64], {EXTENSIONS}> {{
  spirv.GlobalVariable @id built_in("GlobalInvocationId") : !spirv.ptr<vector<3xi32>, Input>
  spirv.GlobalVariable @a bind(0, 0) : {BUFFER}
  spirv.GlobalVariable @b bind(0, 1) : {WORDS}
  spirv.func @f() "None" {{
    %i = spirv.Constant 7 : i32
    %l = spirv.Constant 7 : i64
    %x = spirv.Constant 1.500000e+00 : f32
    %t = spirv.Constant true
BODY
    spirv.Return
  }}
  spirv.EntryPoint "GLCompute" @f, @id
  spirv.ExecutionMode @f "LocalSize", 1, 1, 1
}}"""

STRUCTURE = f"""\
    %p = spirv.mlir.addressof @id : !spirv.ptr<vector<3xi32>, Input>
    %ids = spirv.Load "Input" %p : vector<3xi32>
    %n = spirv.CompositeExtract %ids[2 : i32] : vector<3xi32>
    %xs = spirv.CompositeConstruct %x, %x : (f32, f32) -> vector<2xf32>
    %a = spirv.mlir.addressof @a : {BUFFER}
    %b = spirv.mlir.addressof @b : {WORDS}
    %c0 = spirv.Constant 0 : i32
    %pa = spirv.AccessChain %a[%c0, %n] : {BUFFER}, i32, i32 -> !spirv.ptr<f32, StorageBuffer>
    %pb = spirv.AccessChain %b[%c0, %n] : {WORDS}, i32, i32 -> !spirv.ptr<i32, StorageBuffer>
    %v = spirv.Load "StorageBuffer" %pa : f32
    %and = spirv.AtomicAnd <Device> <None> %pb, %i : !spirv.ptr<i32, StorageBuffer>
    %or = spirv.AtomicOr <Device> <None> %pb, %i : !spirv.ptr<i32, StorageBuffer>
    %select = spirv.Select %t, %v, %x : i1, f32
    %inf = spirv.Constant 0x7f800000 : f32
    %var = spirv.Variable init(%x) : !spirv.ptr<f32, Function>
    %var2 = spirv.Variable : !spirv.ptr<f32, Function>
    spirv.Store "Function" %var2, %x : f32
    %sum, %count = spirv.mlir.loop -> f32, i32 {{
      spirv.Branch ^header(%c0, %x : i32, f32)
    ^header(%k: i32, %acc: f32):
      %more = spirv.SLessThan %k, %i : i32
      spirv.BranchConditional %more, ^body, ^merge
    ^body:
      %next = spirv.FAdd %acc, %v : f32
      spirv.Branch ^continue
    ^continue:
      %k2 = spirv.IAdd %k, %i : i32
      spirv.Branch ^header(%k2, %next : i32, f32)
    ^merge:
      spirv.mlir.merge %acc, %k : f32, i32
    }}
    %chosen = spirv.mlir.selection -> f32 {{
      spirv.BranchConditional %t, ^exp, ^meet(%x : f32)
    ^exp:
      %e = spirv.GL.Exp %x : f32
      spirv.Branch ^meet(%e : f32)
    ^meet(%w: f32):
      spirv.mlir.merge %w : f32
    }}
    spirv.mlir.selection {{
      spirv.BranchConditional %t, ^write, ^after
    ^write:
      spirv.Store "StorageBuffer" %pa, %chosen : f32
      spirv.Branch ^after
    ^after:
      spirv.mlir.merge
    }}"""


def parse(text: str):
    module = StageParser(make_context(), text).parse_module()
    module.verify()
    return module


def parse_body(*lines: str):
    return parse(MODULE.replace("BODY", "\n".join(lines)))


def test_structure_prints_as_it_was_written():
    text = MODULE.replace("BODY", STRUCTURE)
    assert str(parse(text).body.block.first_op) == text


def value_op_text(name: str) -> str:
    """A line with an op of one of the families on constants."""
    for table in (spirv.UNARY, spirv.BINARY, spirv.TERNARY, spirv.PREDICATE, spirv.COMPARE):
        if name in table:
            value, type = {"float": ("%x", "f32"), "bool": ("%t", "i1")}.get(
                table[name].DOMAIN, ("%i", "i32")
            )
            count = len(table[name].get_irdl_definition().operands)
            return f"%r = spirv.{name} {', '.join([value] * count)} : {type}"
    if name in spirv.SHIFT:
        return f"%r = spirv.{name} %i, %l : i32, i64"
    if name in spirv.BIT_FIELD:
        return f"%r = spirv.{name} %i, %i, %i : i32, i32, i32"
    domain, target = spirv.CAST[name].DOMAIN, spirv.CAST[name].TARGET
    operand, source = ("%x", "f32") if domain == "float" else ("%i", "i32")
    result = {"float": "f32", "number": "f32"}.get(target, "i64" if domain == "integer" else "i32")
    result = "f64" if domain == target == "float" else result
    return f"%r = spirv.{name} {operand} : {source} to {result}"


@pytest.mark.parametrize("name", list(spirv.FAMILIES))
def test_each_op_that_computes_reads_back(name):
    line = value_op_text(name)
    printed = str(parse_body(line))
    assert line in printed
    assert str(parse(printed)) == printed


def test_vectors_are_values_too():
    lines = [
        "%p = spirv.mlir.addressof @id : !spirv.ptr<vector<3xi32>, Input>",
        '%ids = spirv.Load "Input" %p : vector<3xi32>',
        "%less = spirv.SLessThan %ids, %ids : vector<3xi32>",
        "%f = spirv.ConvertSToF %ids : vector<3xi32> to vector<3xf32>",
        "%r = spirv.Select %less, %f, %f : vector<3xi1>, vector<3xf32>",
    ]
    printed = str(parse_body(*lines))
    assert all(line in printed for line in lines)


LOOP = """
    %r = spirv.mlir.loop -> f32 {{
      {entry}
    ^header(%k: i32, %acc: f32):
      {header}
    ^body:
      {body}
    ^continue:
      {latch}
    ^merge:
      {merge}
    }}"""
LOOP_PARTS = {
    "entry": "spirv.Branch ^header(%i, %x : i32, f32)",
    "header": "spirv.BranchConditional %t, ^body, ^merge",
    "body": "spirv.Branch ^continue",
    "latch": "spirv.Branch ^header(%k, %acc : i32, f32)",
    "merge": "spirv.mlir.merge %acc : f32",
}


def loop(**parts: str) -> str:
    return LOOP.format(**{**LOOP_PARTS, **parts})


def test_the_loop_below_is_right():
    parse_body(loop())


REFUSED = {
    "domain": ("%r = spirv.FAdd %i, %i : i32", "takes a float"),
    "bool domain": ("%r = spirv.LogicalNot %i : i32", "takes a bool"),
    "integer domain": ("%r = spirv.ShiftLeftLogical %x, %i : f32, i32", "takes a integer"),
    "result type": ('%r = "spirv.FNegate"(%x) : (f32) -> i32', "needs equal types"),
    "operand types": ('%r = "spirv.IAdd"(%i, %l) : (i32, i64) -> i32', "needs equal types"),
    "comparison result": ('%r = "spirv.IEqual"(%i, %i) : (i32, i32) -> i32', "needs equal types"),
    "shift result": (
        '%r = "spirv.ShiftLeftLogical"(%i, %l) : (i32, i64) -> i64',
        "needs equal types",
    ),
    "cast target": ("%r = spirv.ConvertSToF %i : i32 to i32", "takes a float"),
    "cast shape": ("%r = spirv.ConvertSToF %i : i32 to vector<2xf32>", "number of elements"),
    "bitcast width": ("%r = spirv.Bitcast %l : i64 to f32", "equal width"),
    "same float width": ("%r = spirv.FConvert %x : f32 to f32", "changes the width"),
    "same width": ("%r = spirv.SConvert %i : i32 to i32", "changes the width"),
    "width": ("%r = spirv.Bitcast %x : f32 to i16", "takes a number"),
    "vector length": ("%r = spirv.ConvertSToF %i : i32 to vector<8xf32>", "vector of 2 to 4"),
    "no variable": (f"%p = spirv.mlir.addressof @nothing : {BUFFER}", "no global variable"),
    "variable type": (f"%p = spirv.mlir.addressof @b : {BUFFER}", "needs equal types"),
    "constant type": (
        '%r = "spirv.Constant"() <{value = 1 : i32}> : () -> i64',
        "needs equal types",
    ),
    "constant domain": ("%r = spirv.Constant 1 : i16", "takes a value"),
    "select condition": (
        '%r = "spirv.Select"(%i, %x, %x) : (i32, f32, f32) -> f32',
        "needs equal types",
    ),
    "select values": (
        '%r = "spirv.Select"(%t, %x, %i) : (i1, f32, i32) -> f32',
        "needs equal types",
    ),
    "initial value": (
        '%p = "spirv.Variable"(%i) : (i32) -> !spirv.ptr<f32, Function>',
        "needs equal types",
    ),
    "variable storage": ("%p = spirv.Variable : !spirv.ptr<f32, StorageBuffer>", "is Function"),
    "extract place": (
        "%p = spirv.mlir.addressof @id : !spirv.ptr<vector<3xi32>, Input>\n"
        '%v = spirv.Load "Input" %p : vector<3xi32>\n'
        "%r = spirv.CompositeExtract %v[3 : i32] : vector<3xi32>",
        "has no element 3",
    ),
    "construct count": (
        '%v = "spirv.CompositeConstruct"(%x) : (f32) -> vector<2xf32>',
        "has no 1 elements",
    ),
    "load type": (
        "%p = spirv.Variable : !spirv.ptr<f32, Function>\n"
        '%r = "spirv.Load"(%p) : (!spirv.ptr<f32, Function>) -> i32',
        "needs equal types",
    ),
    "load of a struct": (
        f'%p = spirv.mlir.addressof @a : {BUFFER}\n%r = "spirv.Load"(%p) : ({BUFFER}) -> i32',
        "takes a value",
    ),
    "store type": (
        "%p = spirv.Variable : !spirv.ptr<f32, Function>\n"
        '"spirv.Store"(%p, %i) : (!spirv.ptr<f32, Function>, i32) -> ()',
        "needs equal types",
    ),
    "store to input": (
        "%p = spirv.mlir.addressof @id : !spirv.ptr<vector<3xi32>, Input>\n"
        '%v = spirv.Load "Input" %p : vector<3xi32>\nspirv.Store "Input" %p, %v : vector<3xi32>',
        "cannot be written",
    ),
    "member number": (
        f"%p = spirv.mlir.addressof @a : {BUFFER}\n"
        f"%r = spirv.AccessChain %p[%i, %i] : {BUFFER}, i32, i32 -> !spirv.ptr<f32, StorageBuffer>",
        "number of a member",
    ),
    "index type": (
        f"%p = spirv.mlir.addressof @a : {BUFFER}\n%c0 = spirv.Constant 0 : i32\n"
        f"%r = spirv.AccessChain %p[%c0, %x] : {BUFFER}, i32, f32 -> !spirv.ptr<f32, "
        "StorageBuffer>",
        "index is an integer",
    ),
    "chain result": (
        f"%p = spirv.mlir.addressof @a : {BUFFER}\n%c0 = spirv.Constant 0 : i32\n"
        f"%r = spirv.AccessChain %p[%c0, %i] : {BUFFER}, i32, i32 -> !spirv.ptr<i32, "
        "StorageBuffer>",
        "needs equal types",
    ),
    "chain into a number": (
        f"%p = spirv.mlir.addressof @a : {BUFFER}\n%c0 = spirv.Constant 0 : i32\n"
        f"%r = spirv.AccessChain %p[%c0, %i, %i] : {BUFFER}, i32, i32, i32 -> !spirv.ptr<f32, "
        "StorageBuffer>",
        "no parts",
    ),
    "atomic on floats": (
        "%p = spirv.Variable : !spirv.ptr<f32, Function>\n"
        "%r = spirv.AtomicOr <Device> <None> %p, %x : !spirv.ptr<f32, Function>",
        "works on an i32 in StorageBuffer",
    ),
    "branch operands": (
        loop(entry="spirv.Branch ^header(%i : i32)"),
        "gives 1 values to a block that takes 2",
    ),
    "branch types": (loop(entry="spirv.Branch ^header(%i, %i : i32, i32)"), "needs equal types"),
    "merge values": (loop(merge="spirv.mlir.merge %k : i32"), "has the results"),
    "merge alone": (
        loop(merge="%y = spirv.FNegate %x : f32\nspirv.mlir.merge %acc : f32"),
        "nothing else",
    ),
    "merge place": (loop(body="spirv.mlir.merge %acc : f32"), "stands in the last block"),
    "loop entry": (
        loop(entry="%y = spirv.FNegate %x : f32\nspirv.Branch ^header(%i, %x : i32, f32)"),
        "only branches",
    ),
    "loop header": (loop(header="spirv.Branch ^body"), "can branch to its merge block"),
    "loop end": (loop(latch="spirv.Branch ^merge"), "branches back to its header"),
    "loop back": (loop(body="spirv.Branch ^header(%k, %acc : i32, f32)"), "branches backwards"),
    "loop choice": (
        loop(body="spirv.BranchConditional %t, ^continue, ^merge"),
        "only the header block",
    ),
    "loop in header": (
        loop(
            header="spirv.mlir.selection {\nspirv.Branch ^m\n^m:\nspirv.mlir.merge\n}\n"
            "spirv.BranchConditional %t, ^body, ^merge"
        ),
        "no selections or loops of its own",
    ),
    "loop blocks": (
        "spirv.mlir.loop {\nspirv.Branch ^m\n^m:\nspirv.mlir.merge\n}",
        "an entry, a header",
    ),
    "selection blocks": (
        "spirv.mlir.selection {\nspirv.mlir.merge\n}",
        "an entry block and a merge block",
    ),
    "selection choice": (
        "spirv.mlir.selection {\nspirv.Branch ^b\n"
        "^b:\nspirv.BranchConditional %t, ^m, ^m\n^m:\nspirv.mlir.merge\n}",
        "only the entry block",
    ),
    "selection back": (
        "spirv.mlir.selection {\nspirv.BranchConditional %t, ^b, ^m\n"
        "^b:\nspirv.Branch ^b\n^m:\nspirv.mlir.merge\n}",
        "does not branch backwards",
    ),
    "entry again": (
        "spirv.mlir.selection {\n^e:\nspirv.BranchConditional %t, ^b, ^m\n"
        "^b:\nspirv.Branch ^e\n^m:\nspirv.mlir.merge\n}",
        "nothing branches to the entry",
    ),
    "entry arguments": (
        "spirv.mlir.selection {\n^e(%q: f32):\nspirv.Branch ^m\n^m:\nspirv.mlir.merge\n}",
        "takes no arguments",
    ),
    "block end": (
        "spirv.mlir.selection {\nspirv.BranchConditional %t, ^b, ^m\n"
        "^b:\nspirv.Return\n^m:\nspirv.mlir.merge\n}",
        "ends with a branch",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bodies_that_are_refused(case):
    body, reason = REFUSED[case]
    with pytest.raises(VerifyException, match=reason):
        parse_body(body)


EMPTY = MODULE.replace("BODY", "")

REFUSED_MODULES = {
    "memory model": (("GLSL450", "Vulkan"), "Logical GLSL450 only"),
    "top": (
        ("  spirv.EntryPoint", "  %c = spirv.Constant 1 : i32\n  spirv.EntryPoint"),
        "cannot stand at the top",
    ),
    "version": (("v1.0", "v2.0"), "not a SPIR-V version"),
    "no binding": (("@a bind(0, 0)", '@a built_in("GlobalInvocationId")'), "has a binding"),
    "negative binding": (("bind(0, 0)", "bind(0, -1)"), "has a binding"),
    "no struct": ((BUFFER, "!spirv.ptr<!spirv.array<4 x f32>, StorageBuffer>"), "is a struct"),
    "built-in": (('"GlobalInvocationId"', '"Nothing"'), "one of the built-ins"),
    "built-in type": (("vector<3xi32>", "vector<2xi32>"), "needs equal types"),
    "global storage": (
        ("vector<3xi32>, Input", "vector<3xi32>, Function"),
        "is in StorageBuffer, PushConstant or Input",
    ),
    "rtarray stride": (
        ("array<4 x f32, stride=4>", "rtarray<f32, stride=2>"),
        "less than the element",
    ),
    "rtarray element": (("array<4 x f32, stride=4>", "rtarray<f16, stride=4>"), "array's element"),
    "bound constants": (
        (BUFFER, BUFFER.replace("StorageBuffer", "PushConstant")),
        "neither a binding",
    ),
    "constants": (
        (
            "  spirv.GlobalVariable @id",
            "  spirv.GlobalVariable @n : !spirv.ptr<i32, PushConstant>\n  spirv.GlobalVariable @id",
        ),
        "a variable in PushConstant is a struct",
    ),
    "no function": (("@f, @id", "@g, @id"), "there is no function"),
    "no interface": (("@f, @id", "@f, @a"), "is not an Input variable"),
    "execution model": (("GLCompute", "Fragment"), "is GLCompute"),
    "execution mode": (('"LocalSize", 1, 1, 1', '"LocalSize", 1, 1'), "three positive sizes"),
    "local size": (('"LocalSize", 1, 1, 1', '"LocalSize", 0, 1, 1'), "three positive sizes"),
    "mode of nothing": (("Mode @f", "Mode @g"), "there is no function"),
    "merge outside": (("spirv.Return", "spirv.mlir.merge"), "ends a 'spirv.mlir.selection'"),
    "two blocks": (
        ("    spirv.Return", "    spirv.Branch ^end\n^end:\n    spirv.Return"),
        "has one block",
    ),
    "function arguments": (('"None" {\n', '"None" {\n  ^bb0(%q: i32):\n'), "without arguments"),
    "stride": (("stride=4", "stride=2"), "less than the element's size"),
    "no elements": (("array<4 x f32", "array<0 x f32"), "at least one element"),
    "element": (("array<4 x f32", "array<4 x f16"), "cannot be an array's element"),
    "offsets": (("[0])>, StorageBuffer>", "[0], f32 [2])>, StorageBuffer>"), "overlaps"),
}


@pytest.mark.parametrize("case", REFUSED_MODULES)
def test_modules_that_are_refused(case):
    (old, new), reason = REFUSED_MODULES[case]
    assert old in EMPTY
    with pytest.raises((VerifyException, ParseError), match=reason):
        parse(EMPTY.replace(old, new))


def test_a_function_returns():
    endless = EMPTY.replace('"None" {', '"None" {\n  ^again:').replace(
        "spirv.Return", "spirv.Branch ^again"
    )
    with pytest.raises(VerifyException, match=r"ends with 'spirv\.Return'"):
        parse(endless)


@pytest.mark.parametrize(
    "line",
    [
        "%r = spirv.FAdd %x : f32",
        "%r = spirv.ShiftLeftLogical %i, %i : i32",
        "%r = spirv.Constant dense<1> : vector<2xi32>",
        '%r = spirv.Load "Nowhere" %x : f32',
        "%r = spirv.Variable : f32",
        "%r = spirv.CompositeExtract %x[0 : i32] : f32",
        "%r = spirv.CompositeConstruct %x, %x : (f32) -> vector<2xf32>",
        "%r = spirv.AtomicOr <Device> <None> %i, %i : i32",
        "%r = spirv.AtomicOr <Workgroup> <None> %i, %i : i32",
        "spirv.mlir.merge %x, %i : f32",
    ],
)
def test_text_that_does_not_parse(line):
    with pytest.raises(ParseError):
        parse_body(line)
