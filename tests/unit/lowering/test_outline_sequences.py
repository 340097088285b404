"""Which ops become sequences, what stands in their place, and what is refused."""

import pytest
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp

from ireelite.dialects.sequencer import iree
from ireelite.lowering.rewriting.sequences import is_host_code, is_sequence
from ireelite.lowering.sequencer.outline_sequences import outline_sequences
from ireelite.provenance import Tracker
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.parser import parse_module, verify
from ireelite.syntax.printer import print_module

ABS = """
func.func private @m.abs(tensor<4xf32>) -> tensor<4xf32>
"""


def outlined(text: str, model: str = "async-internal") -> ModuleOp:
    """The program after the pass, which reads back."""
    module = outline_sequences(parse_module(text, "program.mlir"), model, None)
    verify(module)
    printed = print_module(module)
    assert print_module(parse_module(printed)) == printed
    return module


def functions(module: ModuleOp) -> dict[str, list[str]]:
    """Each function with a body -> the names of its ops, inner ones too."""
    return {
        op.sym_name.data: [inner.name for inner in op.walk()][1:]
        for op in module.body.block.ops
        if isinstance(op, func.FuncOp) and not op.is_declaration
    }


def run(body: str, signature: str = "%x: tensor<4xf32>", result: str = "tensor<4xf32>") -> str:
    return f"{ABS}func.func @run({signature}) -> {result} {{\n{body}\n}}"


def test_a_function_of_tensor_work_stays_as_it_is():
    text = """func.func @f(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<2xi8>) {
      %c = arith.constant dense<[1, 2]> : tensor<2xi8>
      %s = arith.constant 2.0 : f32
      %e = tensor.empty() : tensor<4xf32>
      %t = linalg.fill ins(%s : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
      %0 = stablehlo.negate %x : tensor<4xf32>
      %1 = arith.addf %0, %t : tensor<4xf32>
      return %1, %c : tensor<4xf32>, tensor<2xi8>
    }"""
    module = parse_module(text)
    before = print_module(module)
    assert print_module(outline_sequences(module, "async-internal", None)) == before


def test_a_run_ends_where_the_host_reads_it():
    module = outlined(
        run("""
  %0 = math.absf %x : tensor<4xf32>
  %1 = math.exp %0 : tensor<4xf32>
  %2 = call @m.abs(%1) : (tensor<4xf32>) -> tensor<4xf32>
  %3 = arith.addf %2, %0 : tensor<4xf32>
  return %3 : tensor<4xf32>""")
    )
    assert functions(module) == {
        "run_seq_0": ["math.absf", "math.exp", "func.return"],
        "run_seq_1": ["arith.addf", "func.return"],
        "run": ["iree.call", "func.call", "iree.call", "func.return"],
    }
    assert (
        "%1, %2 = iree.call @run_seq_0(%x) : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)"
        in (print_module(module).replace("%0, %1 =", "%1, %2 ="))
    )


def test_scalar_arithmetic_stands_aside():
    module = outlined(
        run(
            """
  %0 = math.absf %x : tensor<4xf32>
  %k = arith.addi %n, %n : i32
  %1 = math.exp %0 : tensor<4xf32>
  return %1, %k : tensor<4xf32>, i32""",
            "%x: tensor<4xf32>, %n: i32",
            "(tensor<4xf32>, i32)",
        )
    )
    assert functions(module)["run"] == ["arith.addi", "iree.call", "func.return"]


def test_each_run_has_its_own_constants_and_the_host_calls_for_those_it_reads():
    module = outlined(
        run("""
  %c = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %e = tensor.empty() : tensor<4xf32>
  %0 = arith.addf %x, %c : tensor<4xf32>
  %1 = call @m.abs(%0) : (tensor<4xf32>) -> tensor<4xf32>
  %2 = arith.mulf %1, %c : tensor<4xf32>
  %3 = call @m.abs(%c) : (tensor<4xf32>) -> tensor<4xf32>
  %4 = call @m.abs(%e) : (tensor<4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>""")
    )
    made = functions(module)
    assert made["run_seq_0"] == [
        "arith.constant",
        "tensor.empty",
        "arith.constant",
        "arith.addf",
        "func.return",
    ]
    assert made["run_seq_1"] == ["arith.constant", "arith.mulf", "func.return"]
    assert made["run"].count("iree.call") == 2 and "arith.constant" not in made["run"]


def test_what_nobody_reads_is_not_called():
    module = outlined(
        run("""
  %0 = math.exp %x : tensor<4xf32>
  %c = util.unfoldable_constant dense<1.0> : tensor<4xf32>
  %1 = call @m.abs(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>""")
    )
    assert functions(module) == {"run": ["func.call", "func.return"]}


def test_runs_inside_of_control_flow_and_initializers():
    module = outlined("""
util.global private mutable @state : tensor<4xf32>
util.initializer {
  %0 = util.unfoldable_constant dense<1.0> : tensor<4xf32>
  util.global.store %0, @state : tensor<4xf32>
  util.return
}
func.func @run(%x: tensor<4xf32>, %p: i1) -> tensor<4xf32> {
  %c = arith.constant dense<2.0> : tensor<4xf32>
  %0 = scf.if %p -> (tensor<4xf32>) {
    %1 = arith.addf %x, %c : tensor<4xf32>
    scf.yield %1 : tensor<4xf32>
  } else {
    scf.yield %c : tensor<4xf32>
  }
  cf.cond_br %p, ^a, ^b(%0 : tensor<4xf32>)
^a:
  %2 = math.exp %0 : tensor<4xf32>
  cf.br ^b(%2 : tensor<4xf32>)
^b(%3: tensor<4xf32>):
  return %3 : tensor<4xf32>
}""")
    made = functions(module)
    assert list(made) == ["initializer_seq_0", "run_seq_0", "run_seq_1", "run_seq_2", "run"]
    assert made["run"] == [
        "iree.call", "scf.if", "iree.call", "scf.yield", "scf.yield", "cf.cond_br", "iree.call", "cf.br", "func.return",
    ]  # fmt: skip
    sequences = [op for op in module.body.block.ops if is_sequence(op)]
    assert len(sequences) == 4
    assert sum(is_host_code(op) for op in module.body.block.ops) == 3


def test_dynamic_shapes_are_passed_on_and_casts_back_vanish():
    module = outlined(
        run(
            """
  %0 = tensor.cast %x : tensor<4xf32> to tensor<?xf32>
  %1 = util.optimization_barrier %d : tensor<?xf32>
  %2 = tensor.cast %1 : tensor<?xf32> to tensor<4xf32>
  %3 = tensor.cast %0 : tensor<?xf32> to tensor<4xf32>
  %4 = arith.addf %2, %3 : tensor<4xf32>
  return %4, %d : tensor<4xf32>, tensor<?xf32>""",
            "%x: tensor<4xf32>, %d: tensor<?xf32>",
            "(tensor<4xf32>, tensor<?xf32>)",
        )
    )
    assert functions(module)["run"] == [
        "util.optimization_barrier",
        "tensor.cast",
        "iree.call",
        "func.return",
    ]
    assert "iree.call @run_seq_0(%0, %x)" in print_module(module).replace("%2", "%0").replace(
        "%1", "%0"
    )


def test_scalars_go_to_a_sequence_in_tensors_of_rank_0():
    module = outlined(
        run(
            """
  %0 = arith.select %p, %x, %x : tensor<4xf32>
  return %0 : tensor<4xf32>""",
            "%x: tensor<4xf32>, %p: i1",
        )
    )
    assert functions(module) == {
        "run_seq_0": ["tensor.extract", "arith.select", "func.return"],
        "run": ["tensor.from_elements", "iree.call", "func.return"],
    }
    assert "func.func private @run_seq_0(%p: tensor<i1>, %x: tensor<4xf32>)" in print_module(module)


def test_names_are_free():
    text = run("  %0 = math.exp %x : tensor<4xf32>\n  return %0, %n : tensor<4xf32>, i32",
               "%x: tensor<4xf32>, %n: i32", "(tensor<4xf32>, i32)")  # fmt: skip
    text += "\nfunc.func @run_seq_0(%n: i32) -> i32 {\n  return %n : i32\n}"
    assert "run_seq_1" in functions(outlined(text))


def test_host_code_calls_a_sequence_for_what_belongs_into_an_argument():
    stored = "%n: i32, %x: tensor<4xf32>, %to: tensor<4xf32> {iree.abi.output = 0 : index}"
    fresh = run("  %0 = math.exp %x : tensor<4xf32>\n  return %0 : tensor<4xf32>", stored)
    made = functions(outlined(fresh, "async-external"))
    assert made["run"] == ["iree.call", "iree.call", "func.return"]
    assert made["run_store_0"] == ["func.return"]
    text = print_module(outlined(fresh, "async-external"))
    assert "= iree.call @run_store_0(%0, %to)" in text
    assert (
        "func.func private @run_store_0(%0: tensor<4xf32>, %1: tensor<4xf32> {iree.abi.output = 0 : index})"
        ' -> tensor<4xf32> attributes {iree.abi.model = "coarse-fences"}' in text
    )
    other = run(
        "  %0 = call @m.abs(%x) : (tensor<4xf32>) -> tensor<4xf32>\n  return %0 : tensor<4xf32>",
        stored,
    )
    assert functions(outlined(other))["run"] == [
        "func.call", "util.cmp.eq", "scf.if", "scf.yield", "iree.call", "scf.yield", "func.return",
    ]  # fmt: skip
    into = (
        "func.func private @m.into(tensor<4xf32> {iree.abi.output = 0 : index}) -> tensor<4xf32>\n"
    )
    there = into + run(
        "  %0 = call @m.into(%to) : (tensor<4xf32>) -> tensor<4xf32>\n  return %0 : tensor<4xf32>",
        stored,
    )
    assert functions(outlined(there)) == {"run": ["func.call", "func.return"]}
    itself = run("  return %to : tensor<4xf32>", stored)
    assert functions(outlined(itself)) == {"run": ["func.return"]}


def test_the_execution_model_is_written_on_functions():
    text = (
        run("  %0 = math.exp %x : tensor<4xf32>\n  %1 = call @m.abs(%0) : (tensor<4xf32>) -> tensor<4xf32>\n"
            "  return %1 : tensor<4xf32>")
        + '\nfunc.func @g(%n: i32) -> i32 attributes {iree.abi.model = "sync"} {\n  return %n : i32\n}'
        '\nfunc.func private @m.now() attributes {iree.abi.model = "sync"}'
    )  # fmt: skip
    models = {
        op.sym_name.data: getattr(op.attributes.get("iree.abi.model"), "data", None)
        for op in outlined(text, "async-external").body.block.ops
        if isinstance(op, func.FuncOp)
    }
    fenced = dict.fromkeys(["m.abs", "run_seq_0", "run"], "coarse-fences")
    assert models == {**fenced, "g": "sync", "m.now": "sync"}
    assert "coarse-fences" not in print_module(outlined(text))


STORAGE = "func.func @f(%x: tensor<4xf32>, {}) -> {} {{\n  return %x : tensor<4xf32>\n}}"

REFUSED = {
    "open work that a scalar of the host decides": (
        "func.func @f(%x: tensor<?xf32>, %n: index) -> (tensor<?xf32>, index) {\n"
        "  %0 = tensor.empty(%n) : tensor<?xf32>\n"
        "  %1 = linalg.exp ins(%x : tensor<?xf32>) outs(%0 : tensor<?xf32>) -> tensor<?xf32>\n"
        "  return %1, %n : tensor<?xf32>, index\n}",
        StatusCode.UNIMPLEMENTED,
        "program.mlir:2:8: 'tensor.empty' is work on tensors whose sizes are open, and a scalar of type "
        "index that host code computes decides it; make that a tensor of rank 0",
    ),
    "a tensor of indices": (
        "func.func @f(%x: tensor<4xindex>, %n: index) -> (tensor<4xindex>, index) {\n"
        "  %0 = tensor.splat %n : tensor<4xindex>\n"
        "  return %0, %n : tensor<4xindex>, index\n}",
        StatusCode.UNIMPLEMENTED,
        "program.mlir:2:8: 'tensor.splat' has a value of type tensor<4xindex>, which no buffer holds",
    ),
    "storage for no result": (
        STORAGE.format("%y: tensor<4xf32> {iree.abi.output = 1 : index}", "tensor<4xf32>"),
        StatusCode.INVALID_ARGUMENT,
        "program.mlir:1:1: argument 1 of 'f' has iree.abi.output = 1, but it has 1 result, counted from 0",
    ),
    "storage for something else": (
        STORAGE.format('%y: tensor<4xf32> {iree.abi.output = "x"}', "tensor<4xf32>"),
        StatusCode.INVALID_ARGUMENT,
        "program.mlir:1:1: argument 1 of 'f' has iree.abi.output = \"x\", which is not the number of a result",
    ),
    "a model that is none": (
        'func.func @f() attributes {iree.abi.model = "later"} {\n  return\n}',
        StatusCode.INVALID_ARGUMENT,
        'program.mlir:1:1: iree.abi.model is "sync" or "coarse-fences", not "later"',
    ),
    "storage of another type": (
        STORAGE.format("%y: tensor<5xf32> {iree.abi.output = 0 : index}", "tensor<4xf32>"),
        StatusCode.INVALID_ARGUMENT,
        "argument 1 of 'f' has iree.abi.output = 0, but that result is a tensor<4xf32> and the argument a tensor<5xf32>",
    ),
    "storage twice": (
        STORAGE.format(
            "%y: tensor<4xf32> {iree.abi.output = 0 : index}, %z: tensor<4xf32> {iree.abi.output = 0 : index}",
            "tensor<4xf32>",
        ),
        StatusCode.INVALID_ARGUMENT,
        "argument 2 of 'f' has iree.abi.output = 0, but argument 1 is storage for that result already",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_with_its_place(name):
    text, code, words = REFUSED[name]
    with pytest.raises(StatusError) as caught:
        outline_sequences(parse_module(text, "program.mlir"), "async-internal", None)
    assert caught.value.code is code and words in caught.value.message


def test_the_host_alone_has_no_tensors():
    with pytest.raises(StatusError, match="host-only there are none"):
        outlined(run("  return %x : tensor<4xf32>"), "host-only")
    text = "func.func @f(%n: i32) -> i32 {\n  return %n : i32\n}"
    assert set(functions(outlined(text, "host-only"))) == {"f"}


def test_every_op_comes_from_what_it_was_made_of():
    module = parse_module(
        run("  %c = arith.constant dense<1.0> : tensor<4xf32>\n  %0 = arith.addf %x, %c : tensor<4xf32>\n"
            "  %1 = call @m.abs(%0) : (tensor<4xf32>) -> tensor<4xf32>\n  return %1 : tensor<4xf32>")
    )  # fmt: skip
    tracker = Tracker()
    roots = {tracker.serial(op): op.name for op in module.walk()}
    with tracker.running("outline-sequences", "dispatch"):
        outline_sequences(module, "async-internal", tracker)
    for op in module.walk():
        serial = tracker.serial(op)
        assert serial in roots or tracker.record.ancestors(serial) & roots.keys(), op.name
    (call,) = (op for op in module.walk() if isinstance(op, iree.CallOp))
    assert {roots[a] for a in tracker.record.ancestors(tracker.serial(call)) if a in roots} == {
        "arith.addf"
    }
    rewrite, erasure = tracker.record.passes[0].rewrites
    assert erasure.pattern == "erase_dead"
    assert (
        rewrite.pattern == "outline"
        and rewrite.file == "ireelite/lowering/sequencer/outline_sequences.py"
    )
