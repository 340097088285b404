"""ireelite-compile and ireelite-opt as programs: flags, pipes, exit codes, and no file after an error."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from ireelite.records import CompilationRecord
from ireelite.tools import compile as compile_tool
from ireelite.tools import opt as opt_tool
from ireelite.tools.refused_flags import COMPILE_FLAGS

ROOT = Path(__file__).resolve().parents[3]
SIMPLE_MUL = str(ROOT / "notebooks" / "data" / "simple_mul.pb")
VMVX = "--iree-hal-target-backends=vmvx"
NEGATE = """\
func.func @negate(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.negate %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}
"""


class Outcome(NamedTuple):
    """What a command did."""

    code: int
    out: bytes
    err: str


@pytest.fixture
def run(monkeypatch):
    """Runs a tool's main function with standard streams in memory."""

    def call(
        main: Callable[[Sequence[str]], int], *arguments: object, stdin: bytes = b""
    ) -> Outcome:
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True), io.StringIO()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        try:
            code = main([str(a) for a in arguments])
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        assert "Traceback" not in err.getvalue()
        return Outcome(code, out.buffer.getvalue(), err.getvalue())  # pyright: ignore

    return call


@pytest.fixture
def compile_(run):
    return lambda *arguments, **more: run(compile_tool.main, *arguments, **more)


@pytest.fixture
def opt(run):
    return lambda *arguments, **more: run(opt_tool.main, *arguments, **more)


# -- files and pipes --------------------------------------------------------------------------------


def test_a_module_goes_to_a_file_or_to_standard_output(compile_, tmp_path):
    path = tmp_path / "out.vmfb"
    assert compile_(VMVX, SIMPLE_MUL, "-o", path) == (0, b"", "")
    piped = compile_(VMVX, SIMPLE_MUL)
    assert piped.code == 0 and piped.out == path.read_bytes()
    assert list(tmp_path.iterdir()) == [path]


def test_a_graph_and_text_come_from_standard_input(compile_):
    graph = compile_("--compile-to=hlo", "-", stdin=Path(SIMPLE_MUL).read_bytes())
    assert b"func.func @main" in graph.out
    assert (
        compile_("--compile-to=dispatch", "-", stdin=graph.out).out.count(b"iree.dispatch_region")
        == 1
    )


def test_a_stage_can_be_piped_into_the_next_tool(compile_, opt):
    high = compile_("--compile-to=dispatch", SIMPLE_MUL).out
    low = opt("-p", "outline-executables,hl-to-ll-seq", stdin=high)
    assert low.code == 0
    assert low.out == compile_("--compile-to=ll-seq", SIMPLE_MUL).out
    flags = [VMVX, "--iree-vm-bytecode-module-strip-source-map"]
    assert compile_(*flags, "-", stdin=low.out).out == compile_(*flags, SIMPLE_MUL).out


def test_a_stage_with_locations_compiles_to_the_same_module_and_source_map(compile_):
    low = compile_("--compile-to=ll-seq", "--mlir-print-debuginfo", SIMPLE_MUL).out
    assert b' loc(fused["simple_mul", "arg0", "arg1"])' in low
    assert compile_(VMVX, "-", stdin=low).out == compile_(VMVX, SIMPLE_MUL).out


def test_a_file_that_is_there_stays_as_it_was_after_an_error(compile_, tmp_path):
    path, bad = tmp_path / "out.vmfb", tmp_path / "bad.mlir"
    path.write_bytes(b"precious")
    bad.write_text(NEGATE.replace("negate %x", "negat %x"))
    assert compile_(VMVX, bad, "-o", path).code == 1
    assert path.read_bytes() == b"precious"
    fresh = tmp_path / "fresh.vmfb"
    assert compile_(VMVX, bad, "-o", fresh).code == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.mlir", "out.vmfb"]


def test_an_output_that_cannot_be_written_says_so(compile_, opt, tmp_path):
    for tool, flags in ((compile_, [VMVX, SIMPLE_MUL]), (opt, [])):
        for path, code in (
            (tmp_path / "nowhere" / "out", "NOT_FOUND"),
            (tmp_path, "FAILED_PRECONDITION"),
        ):
            outcome = tool(*flags, "-o", path, stdin=NEGATE.encode())
            assert outcome.code == 1 and f"{code}; can't write" in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_a_new_file_has_the_permissions_of_any_new_file(compile_, tmp_path):
    assert compile_(VMVX, SIMPLE_MUL, "-o", tmp_path / "ours").code == 0
    (tmp_path / "theirs").write_bytes(b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "theirs").stat().st_mode


def test_a_reader_that_leaves_ends_the_tool_quietly():
    command = [sys.executable, "-m", "ireelite.tools.compile", "--compile-to=hlo", SIMPLE_MUL]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        command, cwd=ROOT, stdout=write, stderr=subprocess.PIPE, timeout=60, check=False
    )
    os.close(write)
    assert b"Traceback" not in done.stderr


# -- flags ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", [compile_tool.main, opt_tool.main], ids=["compile", "opt"])
def test_help_names_every_flag_and_stage_or_pass(run, tool):
    outcome = run(tool, "--help")
    assert outcome.code == 0
    text = outcome.out.decode()
    wanted = (
        ["--compile-to", "--record", "ll-seq", "examples:"]
        if tool is compile_tool.main
        else ["-p", "hl-to-ll-seq"]
    )
    assert all(word in text for word in (*wanted, "--iree-hal-target-backends", "--workgroup-size"))


def test_without_a_target_the_stages_before_executables_are_printed(compile_):
    assert compile_("--compile-to=kernels", SIMPLE_MUL).code == 0
    for stage in ("executables", "vm", "module"):
        outcome = compile_(f"--compile-to={stage}", SIMPLE_MUL)
        assert outcome.code == 1 and outcome.out == b""
        assert (
            "INVALID_ARGUMENT; no target: name at least one, as --iree-hal-target-backends=vmvx"
            in outcome.err
        )


@pytest.mark.parametrize(
    ("flags", "tags"),
    [
        (["--iree-hal-target-backends=vmvx"], ["IreeBytecode"]),
        (["--iree-hal-target-backends=vulkan-spirv,vmvx"], ["IreeBytecode", "SPIRV"]),
        (
            ["--iree-hal-target-backends=vmvx", "--iree-hal-target-backends=vmvx,llvm-cpu"],
            ["LLVM", "IreeBytecode"],
        ),
        (["--iree-hal-target-device=vulkan"], ["SPIRV"]),
        (["--iree-hal-target-device=webgpu"], ["SPIRV"]),
        (
            ["--iree-hal-target-device=local", "--iree-hal-local-target-device-backends=vmvx"],
            ["IreeBytecode"],
        ),
        (
            [
                "--iree-hal-target-device=vulkan,local",
                *["--iree-hal-local-target-device-backends=llvm-cpu"] * 2,
            ],
            ["LLVM", "SPIRV"],
        ),
    ],
)
def test_targets_follow_upstreams_flags(compile_, flags, tags):
    text = compile_("--compile-to=executables", *flags, SIMPLE_MUL).out.decode()
    found = [
        line.split("(")[1].split(")")[0] for line in text.splitlines() if "iree.executable(" in line
    ]
    assert found == tags


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--iree-hal-target-backends=vmxv"], "NOT_FOUND; no target 'vmxv'; did you mean 'vmvx'?"),
        (
            ["--iree-hal-target-device=cuda"],
            "unknown target device 'cuda'; known: local, vulkan, webgpu",
        ),
        (
            ["--iree-hal-target-device=local"],
            "needs --iree-hal-local-target-device-backends=vmvx or llvm-cpu",
        ),
        (["--iree-hal-local-target-device-backends=vmvx"], "needs --iree-hal-target-device=local"),
        (["--compile-to=hsl"], "NOT_FOUND; no stage 'hsl'; known names: dispatch, executables"),
        (["--compile-from=ll-sec", VMVX], "NOT_FOUND; no stage 'll-sec'; did you mean 'll-seq'"),
        (["--compile-from=vm", "--compile-to=hlo"], "can't compile from stage 'vm' back to 'hlo'"),
        (
            ["--compile-from=hlo", "--compile-to=dispatch"],
            "'tf.graph' has no place in stage 'hlo'; it belongs to tf",
        ),
        (
            ["--workgroup-size=0,1", VMVX],
            "--workgroup-size=0,1: expected one to three positive numbers",
        ),
        (
            ["--workgroup-size=a", VMVX],
            "--workgroup-size=a: expected one to three positive numbers",
        ),
        (["--workgroup-size=1,2,3,4", VMVX], "expected one to three positive numbers"),
        (
            ["--iree-vulkan-target-features=Float64", VMVX],
            "--iree-vulkan-target-features=Float64: expected capabilities and extensions, as cap:",
        ),
        (["--tf-input-arrays=arg", VMVX], "NOT_FOUND; "),
        (["--tf-output-arrays=Mull", VMVX], "has no node 'Mull'; did you mean 'Mul'?"),
        (["--tf-input-shapes=arg0", VMVX], "--tf-input-shapes=arg0: expected a name and its sizes"),
        (["--tf-input-shapes=arg0=a", VMVX], "expected a name and its sizes, as x=1,784"),
        (["--tf-input-shapes=arg0=4;arg0=4", VMVX], "'arg0' has a shape already"),
        (["--tf-input-shapes=arg0=5", VMVX], "can't have the shape [5]; the graph says [4]"),
    ],
)
def test_a_wrong_value_is_refused_with_what_would_be_right(compile_, flags, words):
    outcome = compile_(*flags, SIMPLE_MUL)
    assert outcome.code == 1 and outcome.out == b""
    assert outcome.err.startswith("ireelite-compile: error: ") and words in outcome.err


@pytest.mark.parametrize(
    ("op", "type", "capability"),
    [("exponential", "f64", "Float64"), ("add", "f64", "Float64"), ("multiply", "i64", "Int64")],
)
def test_shaders_have_the_capabilities_that_they_may_have(compile_, tmp_path, op, type, capability):
    path = tmp_path / "f.mlir"
    tensor = f"tensor<4x{type}>"
    operands = "%x" if op == "exponential" else "%x, %x"
    path.write_text(
        f"func.func @f(%x: {tensor}) -> {tensor} {{\n  %0 = stablehlo.{op} {operands} : {tensor}\n"
        f"  return %0 : {tensor}\n}}\n"
    )
    vulkan = "--iree-hal-target-backends=vulkan-spirv"
    flag = "--iree-vulkan-target-features=spirv:v1.3,cap:Shader"
    outcome = compile_(vulkan, flag, path)
    assert outcome.code == 1
    kernel_op = {"exponential": "math.exp", "add": "arith.addf", "multiply": "arith.muli"}[op]
    assert f"error: UNIMPLEMENTED; {path}:2:" in outcome.err
    assert (
        f"'{kernel_op}' on {type} (in 'f_rgn_dispatch_0') takes the SPIR-V capability "
        in outcome.err
    )
    assert (
        f"{capability}, which shaders may not have here; llvm-cpu and vmvx have {type}"
        in outcome.err
    )
    assert compile_(vulkan, f"{flag},cap:Float64,cap:Int64", path).code == 0
    assert compile_(vulkan, path).code == 0


@pytest.mark.parametrize(("value", "calls"), [("", True), ("=true", True), ("=false", False)])
def test_products_for_vmvx_are_calls_unless_a_flag_forbids_it(compile_, value, calls, tmp_path):
    path = tmp_path / "product.mlir"
    path.write_text(PRODUCT)
    text = compile_(f"--iree-vmvx-enable-microkernels{value}", VMVX, "--compile-to=schedules", path)
    assert (b"vmvx.mmt4d" in text.out) is calls


PRODUCT = """
func.func @product(%a: tensor<8x32xf32>, %b: tensor<16x32xf32>) -> tensor<8x16xf32> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [1] : (tensor<8x32xf32>, tensor<16x32xf32>) -> tensor<8x16xf32>
  return %0 : tensor<8x16xf32>
}
"""


@pytest.mark.parametrize("flag", COMPILE_FLAGS)
def test_upstreams_other_flags_are_refused_by_name(compile_, flag):
    outcome = compile_(f"{flag}=x", VMVX, SIMPLE_MUL)
    assert outcome.code == 1
    assert outcome.err == (
        f"ireelite-compile: error: UNIMPLEMENTED; ireelite-compile has no {flag}, which iree-compile has: {COMPILE_FLAGS[flag]}\n"
    )


@pytest.mark.parametrize(
    "flags", [["--no-such-flag"], [], ["--compile-t=hlo"], ["--iree-input-type=onnx"]]
)
def test_other_flags_are_a_usage_error(compile_, flags):
    outcome = compile_(*flags, *([SIMPLE_MUL] if flags else []))
    assert outcome.code == 2 and outcome.err.count("\n") == 1
    assert outcome.err.endswith("; ireelite-compile --help lists the flags\n")
    assert ("did you mean '--compile-to'?" in outcome.err) == ("--compile-t=hlo" in flags)


def test_feeds_and_fetches_are_named_by_flags(compile_):
    text = compile_(
        "--compile-to=hlo", "--tf-input-arrays=arg1,arg0", "--tf-output-arrays=Mul,arg0", SIMPLE_MUL
    ).out.decode()
    assert (
        "func.func @simple_mul(%arg1: tensor<4xf32>, %arg0: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)"
        in text
    )


@pytest.mark.parametrize(
    "flags", [["--tf-input-shapes=x=5,3;y:0="], ["--tf-input-shapes=x=5,3", "--tf-input-shapes=y="]]
)
def test_shapes_of_inputs_are_given_by_flags(compile_, tmp_path, flags):
    shape = 'attr { key: "shape" value { shape { dim { size: -1 } dim { size: 3 } } } }'
    dtype = 'attr { key: "dtype" value { type: DT_FLOAT } }'
    (tmp_path / "open.pbtxt").write_text(
        f'node {{ name: "x" op: "Placeholder" {dtype} {shape} }}'
        f'node {{ name: "y" op: "Placeholder" {dtype} }}'
        'node { name: "z" op: "Add" input: "x" input: "y" }'
    )
    refused = compile_("--compile-to=hlo", tmp_path / "open.pbtxt")
    assert "give it one, as --tf-input-shapes=x=1,3" in refused.err
    text = compile_("--compile-to=hlo", *flags, tmp_path / "open.pbtxt").out.decode()
    assert "func.func @open(%x: tensor<5x3xf32>, %y: tensor<f32>) -> tensor<5x3xf32>" in text


OPEN = "func.func @f(%x: tensor<?x3xf32>, %n: i32) -> tensor<?x3xf32> {\n  return %x : tensor<?x3xf32>\n}"


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("--input-shapes=f=5x3,", "func.func @f(%x: tensor<5x3xf32>, %n: i32)"),
        ("--input-shapes=f=?x3,", "func.func @f(%x: tensor<?x3xf32>, %n: i32)"),
        ("--input-shapes=f", "expected a function and its arguments' shapes, as main=8x4,,?x3"),
        ("--input-shapes=f=5y3,", "'5y3' is not a shape; expected sizes, as 8x4 or ?x3"),
        ("--input-shapes=f=5x3,;f=2x3,", "'f' has shapes already"),
        ("--input-shapes=f=5x3,4", "'@f' has argument 1 of type i32, which can't be 4"),
        ("--tf-input-shapes=x=5", "--tf-input-shapes is not for MLIR text; use --input-shapes"),
    ],
)
def test_shapes_of_arguments_are_given_by_a_flag(compile_, tmp_path, flag, words):
    (tmp_path / "open.mlir").write_text(OPEN)
    outcome = compile_("--compile-to=hlo", flag, tmp_path / "open.mlir")
    assert words in outcome.out.decode() + outcome.err


def test_a_module_need_not_be_an_archive(compile_):
    import zipfile

    plain, archive = (
        compile_(VMVX, f"--iree-vm-emit-polyglot-zip={flag}", SIMPLE_MUL).out
        for flag in ("false", "true")
    )
    _, member = zipfile.ZipFile(io.BytesIO(archive)).namelist()
    assert member.startswith("simple_mul_ex_dispatch_0_vmvx")
    assert member.encode() in archive and member.encode() not in plain


def test_the_record_is_written_and_told(compile_, tmp_path):
    path = tmp_path / "simple_mul.record"
    outcome = compile_(VMVX, "--print-provenance", "--print-passes", f"--record={path}", SIMPLE_MUL)
    assert outcome.code == 0 and outcome.out
    record = CompilationRecord.load(path)
    assert record.source == "simple_mul.pb" and record.stage("vm").text.startswith("module")
    rows = {line.split()[0]: line.split()[-1] for line in outcome.err.splitlines()}
    assert {"ll-seq", "vm:module", "hl-to-ll-seq"} <= set(rows) and rows["vm:module"] == "0"


def test_long_constants_can_be_shortened(compile_):
    network = ROOT / "notebooks" / "data" / "digits_mlp.pb"
    short = compile_("--compile-to=hlo", "--mlir-elide-elementsattrs", network).out
    assert b"dense<...>" in short and len(short) < 5000


# -- inputs that are no programs --------------------------------------------------------------------


@pytest.mark.parametrize("tool", ["compile_", "opt"])
@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("empty.mlir", b"", "INVALID_ARGUMENT; "),
        ("noise.mlir", bytes(range(256)), ":2:118: byte 0x80 is not UTF-8"),
        ("deep.mlir", b"module {\n" * 5000 + b"}\n" * 5000, "nests too deeply"),
        ("wide.mlir", b"(" * 20000, "INVALID_ARGUMENT; "),
        ("cut.mlir", NEGATE.encode()[:60], "INVALID_ARGUMENT; "),
        ("null.mlir", b"\x00" * 10, "INVALID_ARGUMENT; "),
    ],
)
def test_a_broken_file_is_an_error_and_no_traceback(request, tmp_path, tool, name, data, words):
    (tmp_path / name).write_bytes(data)
    flags = [VMVX] if tool == "compile_" else ["-p", "hlo-to-linalg"]
    outcome = request.getfixturevalue(tool)(*flags, tmp_path / name)
    assert outcome.code == 1 and outcome.out == b""
    assert words in outcome.err


@pytest.mark.parametrize("name", ["empty.pb", "noise.pb", "text.pbtxt"])
def test_a_broken_graph_is_an_error_and_no_traceback(compile_, tmp_path, name):
    (tmp_path / name).write_bytes(
        {"empty.pb": b"", "noise.pb": bytes(range(256)), "text.pbtxt": b"node {"}[name]
    )
    outcome = compile_(VMVX, tmp_path / name)
    assert outcome.code == 1 and "is not a TensorFlow GraphDef" in outcome.err


@pytest.mark.parametrize("tool", ["compile_", "opt"])
def test_a_path_that_is_no_file(request, tmp_path, tool):
    run_tool = request.getfixturevalue(tool)
    outcome = run_tool(tmp_path)
    assert (outcome.code, outcome.err.partition("; ")[2]) == (
        1,
        f"can't read '{tmp_path}': Is a directory\n",
    )
    outcome = run_tool(tmp_path / "simple.pb")
    assert outcome.code == 1 and "NOT_FOUND; no file" in outcome.err


# -- ireelite-opt -----------------------------------------------------------------------------------


def test_opt_without_passes_reads_and_prints(opt):
    outcome = opt(stdin=NEGATE.encode())
    assert outcome.code == 0
    assert outcome.out.decode().splitlines()[1:-1] == ["  " + line for line in NEGATE.splitlines()]


def test_opt_takes_mlirs_pipelines(opt):
    plain = opt("-p", "hlo-to-linalg", "--passes", "form-dispatches", stdin=NEGATE.encode())
    assert plain.code == 0 and b"iree.dispatch_region" in plain.out
    for pipeline in (
        "builtin.module(hlo-to-linalg,form-dispatches)",
        "hlo-to-linalg, form-dispatches",
    ):
        assert opt(f"--pass-pipeline={pipeline}", stdin=NEGATE.encode()).out == plain.out


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (
            ["-p", "hlo-to-linlag"],
            "NOT_FOUND; no pass 'hlo-to-linlag'; did you mean 'hlo-to-linalg'",
        ),
        (["--pass-pipeline=func.func(x)"], "expected builtin.module(pass,pass)"),
        (
            ["-p", "translate-executables"],
            "'stablehlo.negate' has no place in stage 'schedules'; it belongs to hlo",
        ),
        (["-p", "tf-to-hlo"], "'stablehlo.negate' has no place in stage 'tf'; it belongs to hlo"),
        (["--iree-hal-target-backends=x"], "NOT_FOUND; no target 'x'"),
    ],
)
def test_opt_refuses_with_what_would_be_right(opt, flags, words):
    outcome = opt(*flags, stdin=NEGATE.encode())
    assert outcome.code == 1 and outcome.out == b"" and words in outcome.err


def test_opt_names_the_pass_that_failed(opt):
    text = NEGATE.replace("stablehlo.negate", "stablehlo.cholesky").replace("<4xf32>", "<?x?xf32>")
    outcome = opt("-p", "hlo-to-linalg", stdin=text.encode())
    assert outcome.code == 1
    assert "UNIMPLEMENTED; <stdin>:" in outcome.err
    assert (
        "'stablehlo.cholesky' has a value of type tensor<?x?xf32>; its shapes must" in outcome.err
    )
    first, line, caret = outcome.err.splitlines()
    assert first.endswith("while running hlo-to-linalg")
    assert line[caret.index("^") :].startswith("stablehlo.cholesky")


def test_opt_and_the_compiler_take_an_execution_model(opt, compile_):
    flag = "--iree-execution-model=async-external"
    ours = opt("-p", "outline-sequences,hlo-to-linalg,form-dispatches", flag, stdin=NEGATE.encode())
    assert b'attributes {iree.abi.model = "coarse-fences"}' in ours.out
    assert ours.out == compile_("--compile-to=dispatch", flag, "-", stdin=NEGATE.encode()).out
    wrong = "--iree-execution-model=async-externl"
    for outcome in (opt("-p", "outline-sequences", wrong), compile_(wrong, SIMPLE_MUL)):
        assert outcome.code == 1
        assert (
            "NOT_FOUND; no execution model 'async-externl'; did you mean 'async-external'"
            in outcome.err
        )
    upstreams = compile_("--iree-execution-model=inline-static", SIMPLE_MUL)
    assert upstreams.code == 1
    refusal = "UNIMPLEMENTED; this compiler has no execution model 'inline-static': use async-inter"
    assert refusal in upstreams.err


def test_a_program_for_the_host_only_has_no_tensors(compile_):
    outcome = compile_("--iree-execution-model=host-only", "-", stdin=NEGATE.encode())
    assert outcome.code == 1
    assert (
        "'func.func' has a value that is a tensor; in the execution model host-only" in outcome.err
    )


def test_opt_shows_what_passes_did(opt):
    outcome = opt(
        "-p", "hlo-to-linalg", "--mlir-print-ir-after-all", "--mlir-timing", stdin=NEGATE.encode()
    )
    assert (
        "// -----// IR after hlo-to-linalg //----- //" in outcome.err
        and "arith.negf" in outcome.err
    )
    assert "hlo-to-linalg" in outcome.err.splitlines()[0] and " ms" in outcome.err.splitlines()[0]


def test_opt_prints_generic_forms_that_it_reads(opt):
    generic = opt("--mlir-print-op-generic", stdin=NEGATE.encode()).out
    assert b'"stablehlo.negate"(%x) : (tensor<4xf32>) -> tensor<4xf32>' in generic
    assert opt(stdin=generic).out == opt(stdin=NEGATE.encode()).out


def test_the_tools_run_as_programs(tmp_path):
    for module, flags in (("compile", ["--compile-to=hlo", SIMPLE_MUL]), ("opt", ["--help"])):
        command = [sys.executable, "-m", f"ireelite.tools.{module}", *flags]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0 and done.stdout and not done.stderr
