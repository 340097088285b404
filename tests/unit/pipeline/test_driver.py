"""The driver verifies each pass, encodes a module once and lowers once for all printed stages."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace

import pytest
from xdsl.dialects import arith
from xdsl.dialects.builtin import ModuleOp

from ireelite import compile_options, pipeline, program
from ireelite.bytecode import encode as encoder
from ireelite.bytecode.decode import decode_module
from ireelite.bytecode.module_def import ModuleDef
from ireelite.compile_options import CompileOptions
from ireelite.importers.source import read_source
from ireelite.passes import PIPELINE, Compilation
from ireelite.pipeline import lower
from ireelite.program import compile_source
from ireelite.status import StatusCode, StatusError

SOURCE = """\
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.add %x, %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}
"""


def broken_pass(monkeypatch) -> None:
    """Lets form-dispatches put an op in front whose operands are made after it."""

    def run(module: ModuleOp, _: Compilation) -> ModuleOp:
        (function,) = module.body.block.ops
        block = function.regions[0].block
        first = block.first_op
        assert first is not None
        block.insert_op_before(arith.AddfOp(first.results[0], first.results[0]), first)
        return module

    passes = tuple(
        replace(step, run=run) if step.name == "form-dispatches" else step for step in PIPELINE
    )
    monkeypatch.setattr(pipeline, "PIPELINE", passes)


def test_an_invalid_output_names_the_pass_and_the_op(monkeypatch):
    broken_pass(monkeypatch)
    with pytest.raises(StatusError) as caught:
        compile_source(SOURCE, targets=["vmvx"], verify=True)
    assert caught.value.code is StatusCode.INTERNAL
    assert "pass 'form-dispatches' left this op invalid" in caught.value.message
    assert "'func.func' op" in caught.value.message or "'arith.addf'" in caught.value.message


def test_the_suite_verifies_and_a_caller_may_switch_it_off(monkeypatch):
    assert CompileOptions().verify
    monkeypatch.delenv(compile_options.VERIFY_VARIABLE)
    assert not CompileOptions().verify
    broken_pass(monkeypatch)
    module, start = read_source(SOURCE).parse()
    lower(module, start, "dispatch", Compilation(CompileOptions(verify=False)))
    module, start = read_source(SOURCE).parse()
    with pytest.raises(StatusError, match="pass 'form-dispatches'"):
        lower(module, start, "dispatch", Compilation(CompileOptions(verify=True)))


def test_a_wrong_plan_is_refused_by_default(monkeypatch):
    from ireelite.lowering.sequencer import hl_to_ll_seq

    monkeypatch.setattr(hl_to_ll_seq, "place", lambda lifetimes: 1024)
    product = "stablehlo.dot_general %{}, %{}, contracting_dims = [1] x [0] : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>"
    source = "func.func @f(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {\n"
    for result, (lhs, rhs) in {"a": "xx", "b": "aa", "c": "ab"}.items():
        source += f"  %{result} = {product.format(lhs, rhs)}\n"
    source += "  return %c : tensor<2x2xf32>\n}\n"
    with pytest.raises(StatusError) as caught:
        compile_source(source, targets=["vmvx"], verify=False)
    assert caught.value.code is StatusCode.INTERNAL
    assert "writes %b (bytes 0 to 16 of %arena) and also reads %a" in caught.value.message
    assert "pass 'hl-to-ll-seq' left this op invalid" in caught.value.message


def test_the_tool_verifies_when_asked():
    command = [sys.executable, "-m", "ireelite.tools.compile", "--compile-to=dispatch", "--verify", "-"]  # fmt: skip
    result = subprocess.run(command, input=SOURCE, capture_output=True, text=True, check=False)
    assert result.returncode == 0 and "iree.dispatch_region" in result.stdout


def test_a_module_is_encoded_once(monkeypatch):
    written: list[str] = []
    write = encoder.write

    def counting(table, root, **options):
        written.append(root["name"])
        return write(table, root, **options)

    monkeypatch.setattr(encoder, "write", counting)
    data = compile_source(SOURCE, targets=["llvm-cpu"]).data
    assert written == ["module"]
    assert len(decode_module(data).attrs[pipeline.RECORD_ATTRIBUTE]) == 32


def test_the_digest_depends_on_all_of_the_module_and_nothing_else():
    first = compile_source(SOURCE, targets=["vmvx"]).data
    other = compile_source(SOURCE.replace("add", "multiply"), targets=["vmvx"]).data
    digests = [decode_module(data).attrs[pipeline.RECORD_ATTRIBUTE] for data in (first, other)]
    assert digests[0] != digests[1]
    assert compile_source(SOURCE, targets=["vmvx"]).data == first


@pytest.mark.parametrize("polyglot_zip", [True, False])
def test_contents_that_hold_the_text_of_the_digests_place_are_kept(polyglot_zip):
    place = hashlib.sha256(b"d").hexdigest()[: encoder.DIGEST_LENGTH]
    module = ModuleDef("m", attrs={"other": place})
    encoded = encoder.encode_module(module, polyglot_zip, "d")
    attrs = decode_module(encoded.data).attrs
    assert attrs == {"other": place, "d": encoded.digest}
    assert encoded.digest != place and len(encoded.digest) == encoder.DIGEST_LENGTH
    assert module.attrs == {"other": place}


def test_all_stages_are_lowered_once(monkeypatch):
    runs: list[str] = []
    run_pass = pipeline.run_pass

    def counting(step, module, compilation):
        runs.append(step.name)
        return run_pass(step, module, compilation)

    compiled = compile_source(SOURCE, targets=["vmvx"])
    recorded = compile_source(SOURCE, targets=["vmvx"], record=True)
    monkeypatch.setattr(pipeline, "run_pass", counting)
    texts = [compiled.ir(stage) for stage in compiled.stages]
    assert len(runs) == len(set(runs)) > 5
    runs.clear()
    assert texts == [recorded.ir(stage) for stage in recorded.stages]
    assert runs == []


def test_stages_are_known_without_parsing_again(monkeypatch):
    compiled = compile_source(SOURCE, targets=["vmvx"])
    monkeypatch.setattr(program.Program, "_parse", None)
    assert compiled.stages[0] == "hlo"
