"""Which calls are replaced by the callee's body, and how large a program gets by that."""

from __future__ import annotations

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp

import ireelite
from ireelite.lowering.rewriting.sequences import is_sequence
from ireelite.lowering.sequencer.inline_calls import MAX_ADDED_OPS, inline_calls
from ireelite.lowering.sequencer.outline_sequences import outline_sequences
from ireelite.provenance import Tracker
from ireelite.syntax.parser import parse_module, verify

TYPE = "tensor<4xf32>"


def function(name: str, body: str, returned: str, arguments: str = f"%x: {TYPE}") -> str:
    return f"func.func {name}({arguments}) -> {TYPE} {{\n{body}\n  return {returned} : {TYPE}\n}}\n"


def call(result: str, callee: str, operand: str = "%x") -> str:
    return f"  {result} = call @{callee}({operand}) : ({TYPE}) -> {TYPE}\n"


def adds(count: int) -> str:
    """A chain of additions; the last one is `%v<count>`."""
    lines = [f"  %v1 = arith.addf %x, %x : {TYPE}"]
    lines += [f"  %v{n + 1} = arith.addf %v{n}, %x : {TYPE}" for n in range(1, count)]
    return "\n".join(lines)


def twice_each(depth: int, visibility: str = "") -> str:
    """`f0` adds one; each `f<n>` calls the one before twice."""
    one = f"  %c = stablehlo.constant dense<1.0> : {TYPE}\n  %0 = stablehlo.add %x, %c : {TYPE}"
    text = function(f"{visibility} @f0", one, "%0")
    for n in range(depth):
        own = visibility if n + 1 < depth else ""
        text += function(f"{own} @f{n + 1}", call("%0", f"f{n}") + call("%1", f"f{n}", "%0"), "%1")
    return text


def inlined(text: str, tracker: Tracker | None = None) -> ModuleOp:
    module = inline_calls(parse_module(text), tracker)
    verify(module)
    return module


def functions(module: ModuleOp) -> dict[str, list[str]]:
    """Each function with a body -> the names of its ops."""
    return {
        op.sym_name.data: [inner.name for inner in op.walk()][1:]
        for op in module.body.block.ops
        if isinstance(op, func.FuncOp) and not op.is_declaration
    }


def test_a_small_function_takes_the_place_of_its_calls():
    text = function("private @twice", f"  %0 = arith.addf %x, %x : {TYPE}", "%0")
    text += function("@f", call("%0", "twice") + call("%1", "twice", "%0"), "%1")
    module = inlined(text)
    assert functions(module) == {"f": ["arith.addf", "arith.addf", "func.return"]}
    (made,) = module.body.block.ops
    assert isinstance(made, func.FuncOp)
    first, second, end = made.body.block.ops
    assert list(first.operands) == [made.args[0]] * 2
    assert list(second.operands) == [first.results[0]] * 2
    assert list(end.operands) == [second.results[0]]


def test_a_large_function_is_inlined_if_it_is_private_and_called_once():
    large = adds(MAX_ADDED_OPS + 1)
    for visibility, calls, stays in (("private", 1, False), ("private", 2, True), ("", 1, True)):
        text = function(f"{visibility} @large", large, f"%v{MAX_ADDED_OPS + 1}")
        body = "".join(call(f"%{n}", "large") for n in range(calls))
        made = functions(inlined(text + function("@f", body, f"%{calls - 1}")))
        assert ("large" in made) == stays
        assert ("func.call" in made["f"]) == stays


def test_host_code_has_its_calls_of_small_functions_inlined():
    text = function("private @twice", f"  %0 = arith.addf %x, %x : {TYPE}", "%0")
    body = (
        f"  %0 = scf.if %p -> ({TYPE}) {{\n  {call('%1', 'twice')}    scf.yield %1 : {TYPE}\n"
        f"  }} else {{\n    scf.yield %x : {TYPE}\n  }}"
    )
    module = inlined(text + function("@f", body, "%0", f"%x: {TYPE}, %p: i1"))
    assert functions(module) == {
        "f": ["scf.if", "arith.addf", "scf.yield", "scf.yield", "func.return"]
    }


def test_what_writes_to_an_argument_or_comes_back_to_itself_is_called():
    storage = f"%x: {TYPE}, %to: {TYPE} {{iree.abi.output = 0 : index}}"
    text = function("private @into", "", "%x", storage)
    text += function("private @even", call("%0", "odd"), "%0")
    text += function("private @odd", call("%0", "even"), "%0")
    body = f"  %0 = call @into(%x, %x) : ({TYPE}, {TYPE}) -> {TYPE}\n" + call("%1", "odd", "%0")
    text += function("@f", body, "%1")
    made = functions(inlined(text))
    assert set(made) == {"into", "even", "odd", "f"}
    assert made["f"] == ["func.call", "func.call", "func.return"]


def test_the_program_grows_by_a_constant_for_each_call():
    for visibility in ("", "private"):
        module = inlined(twice_each(40, visibility))
        assert sum(1 for _ in module.walk()) < 40 * (2 * MAX_ADDED_OPS + 3)
        sequences = [op for op in module.body.block.ops if is_sequence(op)]
        assert sequences
        outline_sequences(module, "async-internal", None)
        verify(module)


def test_a_long_chain_of_calls_needs_no_recursion():
    depth = 1100
    text = function("private @f0", adds(1), "%v1")
    for n in range(depth):
        body = call("%0", f"f{n}") + f"  %1 = arith.addf %0, %x : {TYPE}"
        text += function(f"{'private ' if n + 1 < depth else ''}@f{n + 1}", body, "%1")
    made = functions(inlined(text))
    assert set(made) == {f"f{depth}"}
    assert len(made[f"f{depth}"]) == depth + 2


def test_the_values_are_those_of_the_calls():
    program = ireelite.compile(twice_each(12), targets=["vmvx"])
    result = ireelite.load(program).f12(np.zeros(4, np.float32))
    np.testing.assert_array_equal(result, np.full(4, 4096, np.float32))


def test_what_is_inlined_comes_from_the_callee_and_the_call():
    text = function("private @twice", f"  %0 = arith.addf %x, %x : {TYPE}", "%0")
    module = parse_module(text + function("@f", call("%0", "twice"), "%0"))
    ops = {op.name: op for op in module.walk()}
    tracker = Tracker()
    source = [tracker.serial(ops[name]) for name in ("arith.addf", "func.call")]
    inline_calls(module, tracker)
    (copy,) = [op for op in module.walk() if op.name == "arith.addf"]
    assert tracker.record.nodes[tracker.serial(copy)].parents == source
