"""Every printed stage reads back and compiles to the same bytes; compilations repeat.

A stage's text is a source of its own, with its own lines: what is the same is the module without its
source map, or all of it if the text was printed with locations.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from ireelite import passes
from ireelite.compile_options import CompileOptions
from ireelite.importers.source import Source, read_source
from ireelite.passes import CLEAN_UPS, PASSES, Compilation, find_pass, pass_summary
from ireelite.pipeline import encode, lower
from ireelite.program import compile_source
from ireelite.stages import STAGES, detect_stage, stage_index
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.parser import parse_module
from ireelite.syntax.printer import print_module
from ireelite.targets.registry import TARGETS

DATA = Path(__file__).resolve().parents[3] / "notebooks" / "data"
TEXT_STAGES = STAGES[:-1]

SCALE_ROWS = """
module @rows {
  func.func @scale_rows(%x: tensor<3x5xf32>, %w: tensor<5x7xf32>) -> (tensor<3xf32>, tensor<2xi1>) {
    %zero = stablehlo.constant dense<0.0> : tensor<f32>
    %flags = stablehlo.constant dense<[true, false]> : tensor<2xi1>
    %odd = stablehlo.constant dense<[0x7FC00001, 0x00000001, -0.0]> : tensor<3xf32>
    %y = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0] : (tensor<3x5xf32>, tensor<5x7xf32>) -> tensor<3x7xf32>
    %s = stablehlo.reduce(%y init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<3x7xf32>, tensor<f32>) -> tensor<3xf32>
    %r = stablehlo.add %s, %odd : tensor<3xf32>
    return %r, %flags : tensor<3xf32>, tensor<2xi1>
  }
  func.func @twice(%x: tensor<i32>) -> tensor<i32> {
    %r = stablehlo.add %x, %x : tensor<i32>
    return %r : tensor<i32>
  }
}
"""

PIPELINE = """
module @pipeline {
  func.func private @other.abs(%x: tensor<4xf32>) -> tensor<4xf32> attributes {iree.abi.model = "coarse-fences"}
  func.func private @other.mul(%x: tensor<4xf32>, %y: tensor<4xf32>, %to: tensor<4xf32> {iree.abi.output = 0 : index}) -> tensor<4xf32>
  func.func private @"odd name.print"(!custom.string {iree.abi.name = "text"})
  util.global private mutable @count = 0 : i32
  util.global private @table : tensor<4xf32>
  util.initializer {
    %t = util.unfoldable_constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
    util.global.store %t, @table : tensor<4xf32>
    util.return
  }
  func.func @add(%x: tensor<4xf32>, %to: tensor<4xf32> {iree.abi.output = 0 : index}) -> tensor<4xf32> {
    %r = arith.addf %x, %x : tensor<4xf32>
    return %r : tensor<4xf32>
  }
  func.func @run(%x: tensor<4xf32>, %n: i32, %any: tensor<?x2xi8>, %s: !custom.string) -> (tensor<4xf32>, tensor<?x2xi8>, i32) attributes {iree.abi.model = "coarse-fences"} {
    %c = arith.constant dense<[2.0, 0.5, -1.0, 0.0]> : tensor<4xf32>
    %zero = arith.constant 0 : i32
    %table = util.global.load @table : tensor<4xf32>
    %a = call @other.abs(%x) : (tensor<4xf32>) -> tensor<4xf32>
    %e = math.exp %a : tensor<4xf32>
    %m = arith.mulf %e, %table : tensor<4xf32>
    %p = arith.cmpi sgt, %n, %zero : i32
    %b = util.optimization_barrier %m : tensor<4xf32>
    %w = arith.cmpf olt, %b, %c : tensor<4xf32>
    %q = arith.select %w, %b, %c : tensor<4xi1>, tensor<4xf32>
    %to = tensor.empty() : tensor<4xf32>
    %r = scf.if %p -> (tensor<4xf32>) {
      %i = arith.subf %q, %c : tensor<4xf32>
      %j = call @other.mul(%i, %q, %to) : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
      scf.yield %j : tensor<4xf32>
    } else {
      scf.yield %c : tensor<4xf32>
    }
    cf.cond_br %p, ^print, ^end(%r : tensor<4xf32>)
  ^print:
    call @"odd name.print"(%s) : (!custom.string) -> ()
    %u = arith.negf %r : tensor<4xf32>
    cf.br ^end(%u : tensor<4xf32>)
  ^end(%z: tensor<4xf32>):
    return %z, %any, %n : tensor<4xf32>, tensor<?x2xi8>, i32
  }
}
"""

TEXTS = {"scale_rows": SCALE_ROWS, "pipeline": PIPELINE}
PROGRAMS = ["simple_mul", "digits_mlp", *TEXTS]

TARGET_SETS = [("llvm-cpu",), ("vmvx",), ("vulkan-spirv",), tuple(TARGETS)]


def source_of(program: str) -> Source:
    return read_source(TEXTS.get(program) or DATA / f"{program}.pb")


def compiled(
    program: str, stop: str, targets: tuple[str, ...], start: str | None = None, text: str = ""
):
    """The program at a stage, from its source or from the text of a stage; at `module`, its bytes."""
    compilation = Compilation(CompileOptions(targets))
    if start is None:
        module, start = source_of(program).parse()
    else:
        module = parse_module(text)
    lowered = lower(module, start, stop, compilation)
    return encode(lowered, compilation) if stop == "module" else lowered


@cache
def stage_text(program: str, stage: str, targets: tuple[str, ...]) -> str:
    """The text of a stage, with locations, from the text of the stage before."""
    _, first = source_of(program).parse()
    if stage == first:
        return print_module(source_of(program).parse()[0], locations=True)
    before = STAGES[stage_index(stage) - 1]
    return print_module(
        compiled(program, stage, targets, before, stage_text(program, before, targets)),
        locations=True,
    )


@cache
def straight(program: str, targets: tuple[str, ...]) -> bytes:
    """The bytes of the straight compile."""
    return compiled(program, "module", targets)


@pytest.mark.parametrize("targets", TARGET_SETS, ids="+".join)
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_text_of_every_stage_compiles_to_the_same_bytes(program, targets):
    """Each stage is reached from the text of the one before, so the last bytes have been through every text."""
    _, first = source_of(program).parse()
    for stage in TEXT_STAGES[stage_index(first) :]:
        text = stage_text(program, stage, targets)
        if program != "digits_mlp" or stage in ("hlo", "ll-seq", "executables", "vm"):
            assert compiled(program, "module", targets, stage, text) == straight(
                program, targets
            ), stage


def test_without_source_map_text_without_locations_compiles_to_the_same_bytes():
    options = CompileOptions(strip_source_map=True)
    module, first = source_of("scale_rows").parse()
    expected = encode(lower(module, first, "vm", Compilation(options)), Compilation(options))
    assert b"<memory>" not in expected
    for stage in TEXT_STAGES[stage_index(first) :]:
        lowered = lower(source_of("scale_rows").parse()[0], first, stage, Compilation(options))
        text = print_module(lowered)
        lowered = lower(parse_module(text), stage, "vm", Compilation(options))
        assert encode(lowered, Compilation(options)) == expected, stage


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_stage_prints_the_same_after_reading_it_back(program):
    _, first = source_of(program).parse()
    for stage in TEXT_STAGES[stage_index(first) :]:
        text = stage_text(program, stage, ("vmvx",))
        module = parse_module(text)
        assert print_module(module, locations=True) == text, stage
        plain = print_module(module)
        assert print_module(parse_module(plain)) == plain, stage


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_stage_of_a_text_is_found_from_its_ops(program):
    _, first = source_of(program).parse()
    for targets in TARGET_SETS[:3]:
        for stage in TEXT_STAGES[stage_index(first) :]:
            assert detect_stage(parse_module(stage_text(program, stage, targets))) == stage


def test_two_compilations_give_the_same_bytes_and_summary():
    first, second = (compile_source(DATA / "digits_mlp.pb", record=True) for _ in range(2))
    assert first.data == second.data == straight("digits_mlp", tuple(TARGETS))
    assert first.record.summary() == second.record.summary()
    assert [s.text for s in first.record.stages] == [s.text for s in second.record.stages]
    assert first.record.nodes == second.record.nodes


def test_recording_changes_nothing():
    assert compile_source(SCALE_ROWS, record=True).data == straight("scale_rows", tuple(TARGETS))


def test_targets_may_be_named_in_any_order():
    assert (
        compile_source(SCALE_ROWS, targets=["vulkan-spirv", "vmvx"]).data
        == compile_source(SCALE_ROWS, targets=["vmvx", "vulkan-spirv"]).data
    )


def test_a_program_shows_its_stages_from_its_own_on():
    program = compile_source(DATA / "simple_mul.pb", targets=["vmvx"])
    assert program.stages == TEXT_STAGES
    assert "tf.Mul" in program.ir("tf") and "vm.module" in program.ir("vm")
    assert list(program.functions) == ["simple_mul"]
    hlo = compile_source(SCALE_ROWS, targets=["vmvx"])
    assert hlo.stages == TEXT_STAGES[1:]
    with pytest.raises(
        StatusError, match="stage 'tf' has no text for this program; it has: hlo, dispatch"
    ):
        hlo.ir("tf")
    with pytest.raises(StatusError, match="compiled without a record"):
        _ = hlo.record


def test_long_constants_are_shortened_for_reading_only():
    program = compile_source(DATA / "digits_mlp.pb", targets=["vmvx"])
    assert "dense<...>" in program.ir("hlo")
    assert "dense<...>" not in program.ir("hlo", elide=False)
    with pytest.raises(StatusError):
        parse_module(program.ir("hlo"))


def test_a_program_is_saved_whole(tmp_path):
    program = compile_source(SCALE_ROWS, targets=["vmvx"])
    assert program.save(tmp_path / "rows.vmfb").read_bytes() == program.data
    assert [p.name for p in tmp_path.iterdir()] == ["rows.vmfb"]


@pytest.mark.parametrize(
    ("call", "code", "message"),
    [
        (
            lambda: stage_index("hl_seq"),
            StatusCode.NOT_FOUND,
            "no stage 'hl_seq'; did you mean 'hl-seq'",
        ),
        (
            lambda: find_pass("form-dispatch"),
            StatusCode.NOT_FOUND,
            "no pass 'form-dispatch'; did you mean 'form-dispatches'",
        ),
        (
            lambda: CompileOptions(("vmxv",)),
            StatusCode.NOT_FOUND,
            "no target 'vmxv'; did you mean 'vmvx'",
        ),
        (
            lambda: compiled("", "hlo", ("vmvx",), "ll-seq", "module {\n}"),
            StatusCode.INVALID_ARGUMENT,
            "can't compile from stage 'll-seq' back to 'hlo'",
        ),
        (
            lambda: compiled("", "module", ("vmvx",), "vm", "module {\n}"),
            StatusCode.INVALID_ARGUMENT,
            "expected a 'vm.module'",
        ),
    ],
    ids=["stage", "pass", "target", "backwards", "no vm.module"],
)
def test_what_is_not_there_is_named(call, code, message):
    with pytest.raises(StatusError) as caught:
        call()
    assert caught.value.code is code
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize("start", TEXT_STAGES)
@pytest.mark.parametrize(
    "stage", ["tf", "hlo", "dispatch", "hl-seq", "ll-seq", "executables", "vm"]
)
def test_a_text_that_is_said_to_be_in_another_stage_is_refused_or_compiles(start, stage):
    """No pass meets a program of another stage with anything but a StatusError."""
    text = stage_text("simple_mul", stage, ("vmvx",))
    try:
        compiled("", "module", ("vmvx",), start, text)
    except StatusError as error:
        assert error.message


def test_passes_are_named_once_and_in_the_order_of_stages():
    names = [p.name for p in (*PASSES, *CLEAN_UPS)]
    assert len(set(names)) == len(names)
    assert all(step.summary == pass_summary(step.name) != "" for step in (*PASSES, *CLEAN_UPS))
    order = [stage_index(p.stage) for p in passes.PIPELINE]
    assert order == sorted(order)


@pytest.mark.parametrize(
    ("text", "stage", "homes"),
    [
        ("util.global @n = 1 : i32", "vm", "hlo or dispatch or hl-seq or ll-seq or kernels or schedules or executables"),
        ("func.func private @s() {\n  return\n}\nfunc.func @f() {\n  iree.call @s() : () -> ()\n  return\n}",
         "hlo", "dispatch or hl-seq or ll-seq or kernels or schedules or executables"),
    ],
)  # fmt: skip
def test_host_code_has_its_stages(text, stage, homes):
    with pytest.raises(
        StatusError, match=f"has no place in stage '{stage}'; it belongs to {homes}$"
    ):
        lower(parse_module(text), stage, "vm", Compilation(CompileOptions()))
