"""`ireelite-run-module`: what it prints, returns, writes and refuses."""

import io
import json
import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest

import ireelite
from ireelite.hal.host_pool import host_pool, set_threads
from ireelite.tools.run_module import main
from ireelite.tools.runtime_flags import Flags

SOURCE = """
func.func @scale(%a: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = stablehlo.add %a, %a : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
func.func @two(%a: tensor<2xi32>, %b: tensor<2xf32>) -> (tensor<2xi32>, tensor<2xf32>) {
  %0 = stablehlo.add %a, %a : tensor<2xi32>
  %1 = stablehlo.multiply %b, %b : tensor<2xf32>
  return %0, %1 : tensor<2xi32>, tensor<2xf32>
}
"""
ONE = """
func.func @only(%a: tensor<2xf32>) -> tensor<2xf32> {
  %0 = stablehlo.negate %a : tensor<2xf32>
  return %0 : tensor<2xf32>
}
"""


@pytest.fixture(scope="module")
def module(tmp_path_factory):
    path = tmp_path_factory.mktemp("modules") / "two.vmfb"
    return str(ireelite.compile(SOURCE).save(path))


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    path = tmp_path_factory.mktemp("modules") / "only.vmfb"
    return str(ireelite.compile(ONE).save(path))


@pytest.fixture
def run(capsys):
    """Runs the tool in process: (exit code, stdout, stderr)."""

    def call(*arguments):
        code = main(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


SCALE = ("--function=scale", "--input=2x3xf32=1 2 3 4 5 6")
SCALED = "2x3xf32=[2 4 6][8 10 12]"
TWO = ("--function=two", "--input=2xi32=1 2", "--input=2xf32=1.5,2")


@pytest.mark.parametrize(
    "device",
    [
        "local-sync",
        "local-sync://",
        *(pytest.param(d, marks=pytest.mark.webgpu) for d in ("webgpu", "vulkan")),
    ],
)
def test_results_are_printed(run, module, device):
    assert run(f"--module={module}", f"--device={device}", *SCALE) == (
        0,
        f"EXEC @scale\nresult[0]: hal.buffer_view\n{SCALED}\n",
        "",
    )
    assert run(f"--module={module}", f"--device={device}", *TWO)[1] == (
        "EXEC @two\nresult[0]: hal.buffer_view\n2xi32=2 4\nresult[1]: hal.buffer_view\n2xf32=2.25 "
        "4\n"
    )


def test_the_number_of_threads_is_a_flag_of_upstreams(run, module):
    before = host_pool().threads
    try:
        flags = (f"--module={module}", "--device=local-task", *SCALE)
        for count in (3, 0):
            code, out, _ = run(*flags, f"--task_topology_group_count={count}")
            assert code == 0 and SCALED in out and host_pool().threads == 3
        code, _, err = run(*flags, "--task_topology_group_count=65")
        assert code == 1 and "65 threads: from 1 to 64 can compute" in err
    finally:
        set_threads(before)


def test_the_only_function_needs_no_name(run, single, module):
    assert run(f"--module={single}", "--input=2xf32=1,-2")[1] == (
        "EXEC @only\nresult[0]: hal.buffer_view\n2xf32=-1 2\n"
    )
    code, out, err = run(f"--module={module}")
    assert (code, out) == (1, "")
    assert err.startswith(
        "INVALID_ARGUMENT; more than one exported function present; --function= must be"
    )


def test_expected_outputs(run, module):
    call = (f"--module={module}", *TWO)
    success = "[SUCCESS] all function outputs matched their expected values.\n"
    assert run(*call, "--expected_output=2xi32=2 4", "--expected_output=2xf32=2.25 4.00001")[
        :2
    ] == (
        0,
        "EXEC @two\n" + success,
    )
    code, out, _ = run(*call, "--expected_output=2xi32=2 5", "--expected_output=(ignored)")
    assert (code, out) == (
        1,
        "EXEC @two\n[FAILED] result[0]: element at index 1 (4) does not match the expected (5); "
        "expected that the view is equal to contents of a view of 2xi32\n"
        "  expected:\n2xi32=2 5\n  actual:\n2xi32=2 4\n",
    )
    code, out, _ = run(*call, "--expected_output=2xf32=2 4", "--expected_output=(ignored)")
    assert code == 1 and "result[0]: metadata is 2xi32; expected that the view matches 2xf32" in out
    code, out, _ = run(*call, "--expected_output=2xi32=2 4")
    assert (code, out) == (1, "EXEC @two\n[FAILED] expected 1 list elements but 2 provided\n")
    exact = (
        *call,
        "--expected_output=(ignored)",
        "--expected_output=2xf32=2.25 4.00001",
        "--equality_mode=exact",
    )
    assert run(*exact)[0] == 1
    wide = (
        *call,
        "--expected_output=(ignored)",
        "--expected_output=2xf32=2 4",
        "--expected_f32_threshold=0.5",
    )
    assert run(*wide)[0] == 0


def test_outputs_go_where_they_are_sent(run, module, tmp_path):
    npy, raw = tmp_path / "out.npy", tmp_path / "out.bin"
    call = (f"--module={module}", *TWO)
    assert run(*call, "--output=-", "--output=")[1] == "EXEC @two\nhal.buffer_view\n2xi32=2 4\n"
    assert run(*call, f"--output=@{npy}", f"--output=+{npy}")[0] == 0
    with npy.open("rb") as file:
        assert np.load(file).tolist() == [2, 4]
        assert np.load(file).tolist() == [2.25, 4]
    assert run(*call, f"--output=@{raw}", f"--output=+{raw}")[0] == 0
    assert (
        raw.read_bytes()
        == np.array([2, 4], np.int32).tobytes() + np.array([2.25, 4], np.float32).tobytes()
    )
    assert run(*call, f"--expected_output=@{npy}", f"--expected_output=+{npy}")[0] == 0


def test_a_failure_leaves_no_output_file(run, module, tmp_path):
    path = tmp_path / "out.npy"
    code, _, err = run(f"--module={module}", *TWO, f"--output=@{path}", "--output=nonsense")
    assert code == 1 and "output `nonsense` is none of" in err and not path.exists()
    code, _, err = run(f"--module={module}", *TWO, f"--output=@{path}")
    assert code == 1 and "OUT_OF_RANGE; 1 outputs specified" in err and not path.exists()


def test_inputs_from_files(run, single, tmp_path):
    array = np.array([3, 4], np.float32)
    np.save(tmp_path / "in.npy", array)
    (tmp_path / "in.bin").write_bytes(array.tobytes())
    for text in (f"@{tmp_path}/in.npy", f"*{tmp_path}/in.npy", f"2xf32=@{tmp_path}/in.bin"):
        assert run(f"--module={single}", f"--input={text}")[1].endswith("2xf32=-3 -4\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (),
            "INVALID_ARGUMENT; no user module specified; use --module=file.vmfb to load from a "
            "file or",
        ),
        (
            ("--module=nofile.vmfb",),
            "NOT_FOUND; failed to open file 'nofile.vmfb'; loading bytecode module at 'nofile",
        ),
        (("--nosuch=1",), "INVALID_ARGUMENT; flag 'nosuch' not recognized"),
        (("--inputt=1",), "did you mean 'input'?"),
        (
            ("--task_topology_mode=x",),
            "flag '--task_topology_mode' is not supported: threads are not placed; "
            "--task_topology_group_count is their number",
        ),
        (("--vulkan_tracing=true",), "use --device=webgpu"),
        (("--max_memory=-1",), "'-1' is not a whole number"),
        (("--parameter_mode=x",), "expected one of: file, preload"),
        (("stray",), "'stray' is not a flag"),
        (("--module_mode=bogus",), "unrecognized value 'bogus'"),
        (("--output_max_element_count=x",), "'x' is not a whole number"),
        (("--function",), "flag '--function' needs a value"),
        (("--flagfile=nofile",), "NOT_FOUND; failed to open flag file 'nofile'"),
        (("--list_devices=nodriver",), "NOT_FOUND; no driver 'nodriver' registered"),
    ],
)
def test_errors_are_one_line(run, arguments, message):
    code, out, err = run(*arguments)
    assert (code, out) == (1, "")
    assert message in err and err.count("\n") == 1


def test_execution_is_traced(run, module):
    code, out, err = run(f"--module={module}", *SCALE, "--trace_execution")
    assert (code, SCALED in out) == (0, True)
    lines = err.splitlines()
    assert lines[0].startswith("[module.__init+00000001]    ")
    assert any(line.startswith("[module.scale+") for line in lines)
    assert any("vm.call @hal.devices.get(%i" in line for line in lines)


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--max_instructions=40", "RESOURCE_EXHAUSTED; the call ran more than 40 instructions"),
        ("--deadline=0", "DEADLINE_EXCEEDED; the call took longer than its deadline of 0 s"),
        ("--max_memory=8", "RESOURCE_EXHAUSTED; the state of module 'module' needs"),
    ],
)
def test_limits(run, module, flag, message):
    code, out, err = run(f"--module={module}", *SCALE, flag)
    assert (code, out) == (1, "")
    assert message in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--function=nope",), "NOT_FOUND; no function `nope` exported by module"),
        (("--function=scale", "--device=nodev"), "NOT_FOUND; no driver 'nodev' registered"),
        (
            ("--function=scale",),
            "input list and function mismatch; expected 1 arguments but passed 0; invoking",
        ),
        (
            (*SCALE, "--input=1"),
            "function expected fewer input values; parsing input `1`; parsing function inputs",
        ),
        (
            ("--function=scale", "--input=2x3xf32=1,2"),
            "input data string underflow: dst_i=2 < element_capacity=6",
        ),
        (
            ("--function=scale", "--input=3x3xf32"),
            "INVALID_ARGUMENT; input0 shape dimension 0 mismatch; expected 2 but have 3; "
            "expected shape `2x3`, actual shape `3x3`; "
            "while invoking native function hal.buffer_view.assert; while calling import; [ 0] "
            "bytecode",
        ),
        (
            ("--function=scale", "--input=2x3xi32"),
            "expected f32 (21000020) but have i32 (10000020)",
        ),
        (("--function=scale", "--input=(null)"), "INVALID_ARGUMENT; ref is null"),
        (
            ("--function=scale", "--input=@x.png"),
            "UNIMPLEMENTED; only numpy (.npy) files are supported",
        ),
        (("--function=scale", "--input=@none.npy"), "NOT_FOUND; unable to open file `none.npy`"),
    ],
)
def test_errors_about_a_call(run, module, arguments, message):
    code, _, err = run(f"--module={module}", *arguments)
    assert code == 1
    assert message in err and err.count("\n") == 1


def test_flag_files_and_help(run, single, tmp_path):
    flags = tmp_path / "flags.txt"
    flags.write_text(f"# a comment\n\n--module={single}\n--input=2xf32=1 2\n")
    assert run(f"--flagfile={flags}")[1].endswith("2xf32=-1 -2\n")
    code, out, _ = run("--help")
    assert code == 0 and "--expected_f32_threshold=0.0001" in out and "# --record=..." in out


@pytest.mark.parametrize("tool", ["run", "check", "benchmark", "dump"])
def test_help_is_a_flag_file(tool, tmp_path):
    table = import_module(f"ireelite.tools.{tool}_module").TABLE
    given = tmp_path / "flags.txt"
    given.write_text(Flags(tool, table).help())
    flags = Flags(tool, table)
    flags.parse([f"--flagfile={given}"])
    assert [getattr(flags, flag.name) for flag in table] == [
        [] if flag.repeated else flag.default for flag in table
    ]


LISTS = """
module @lists {
  func.func @nest(%n: i32) -> (!util.list<?>, !util.list<i32>, !util.buffer) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c5 = arith.constant 5 : index
    %ints = util.list.create %c1 : !util.list<i32>
    util.list.resize %ints, %c1 : !util.list<i32>
    util.list.set %ints[%c0], %n : !util.list<i32>
    %any = util.list.create %c5 : !util.list<?>
    util.list.resize %any, %c5 : !util.list<?>
    util.list.set %any[%c0], %n : i32 -> !util.list<?>
    %wide = arith.constant 8 : i64
    util.list.set %any[%c1], %wide : i64 -> !util.list<?>
    util.list.set %any[%c2], %ints : !util.list<i32> -> !util.list<?>
    %c3 = arith.constant 3 : index
    %half = arith.constant 0.5 : f32
    util.list.set %any[%c3], %half : f32 -> !util.list<?>
    %text = util.buffer.constant : !util.buffer = "hey"
    return %any, %ints, %text : !util.list<?>, !util.list<i32>, !util.buffer
  }
}
"""


def test_lists_and_buffers_among_results(run, tmp_path):
    module = ireelite.compile(LISTS, execution_model="host-only").save(tmp_path / "lists.vmfb")
    given = (f"--module={module}", "--input=7")
    code, out, _ = run(*given)
    assert code == 0 and out == (
        "EXEC @nest\n"
        "result[0]: vm.list\nchild_list[0]: i32=7\nchild_list[1]: i64=8\n"
        "child_list[2]: vm.list\nchild_list[0]: i32=7\n\n"
        "child_list[3]: f32=0.5\nchild_list[4]: (null)\n\n"
        "result[1]: vm.list\nchild_list[0]: i32=7\n\n"
        "result[2]: vm.buffer\n(no printer)\n"
    )
    saved = tmp_path / "text.npy"
    assert run(*given, "--output=", "--output=", f"--output=@{saved}")[0] == 0
    assert np.load(saved).tobytes() == b"hey"
    code, _, error = run(*given, f"--output=@{saved}", "--output=", "--output=")
    assert code == 1 and "a result of type vm.list cannot be saved" in error


def test_files_that_are_no_modules(run, tmp_path):
    text = tmp_path / "program.mlir"
    text.write_text(ONE)
    code, _, error = run(f"--module={text}", "--function=only")
    assert code == 1 and "not a bytecode module but text; compile a program's text first" in error
    code, _, error = run("--module=/dev/null", "--function=only")
    assert code == 1 and "'/dev/null': it is a pipe or a device, no regular file" in error


def test_listings(run):
    assert run("--list_devices=local-sync") == (0, "local-sync://\n", "")
    listed = run("--list_drivers")[1]
    assert "      local-sync: Local execution" in listed and "      local-task: Local" in listed
    assert "local-sync://\nlocal-task://\n" in run("--list_devices")[1]
    code, out, _ = run("--dump_devices=local-sync")
    assert code == 0 and "# --device=local-sync://\n#   default\n" in out


def test_statistics_and_element_count(run, module):
    code, out, err = run(
        f"--module={module}", *SCALE, "--print_statistics", "--output_max_element_count=2"
    )
    assert code == 0 and out.endswith("2x3xf32=[2 4...][...]\n")
    assert err.startswith(
        "Device: local-sync\n[[ hal.allocator memory statistics ]]\n  HOST_LOCAL:"
    )
    assert "0B live" in err


@pytest.mark.parametrize(
    "device", ["local-sync", "local-task", pytest.param("webgpu", marks=pytest.mark.webgpu)]
)
def test_record(run, module, tmp_path, device):
    path = tmp_path / "run.json"
    assert run(f"--module={module}", *SCALE, f"--device={device}", f"--record={path}")[0] == 0
    record = ireelite.ExecutionRecord.from_json(path.read_text())
    kinds = [event.kind for event in record.events]
    assert record.device == device and "dispatch_begin" in kinds and kinds[-1] == "call_end"
    assert json.loads(path.read_text())["version"] == 2


def test_a_module_from_stdin(run, single, monkeypatch):
    with open(single, "rb") as file:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(file.read())))
    assert run("--module=-", "--input=2xf32=5 6")[1].endswith("2xf32=-5 -6\n")


def test_module_modes(run, single):
    for mode in ("preload", "mmap"):
        assert run(f"--module={single}", f"--module_mode={mode}", "--input=2xf32=5 6")[0] == 0


def test_as_a_process(single):
    command = [sys.executable, "-m", "ireelite.tools.run_module", f"--module={single}"]
    good = subprocess.run([*command, "--input=2xf32=1 2"], capture_output=True, text=True)
    assert (good.returncode, good.stdout, good.stderr) == (
        0,
        "EXEC @only\nresult[0]: hal.buffer_view\n2xf32=-1 -2\n",
        "",
    )
    bad = subprocess.run([*command, "--input=2xf32=x"], capture_output=True, text=True)
    assert bad.returncode == 1 and bad.stdout == "" and bad.stderr.count("\n") == 1


def test_flag_files_that_read_themselves_and_files_that_are_no_text(run, tmp_path):
    first, second, binary = (tmp_path / name for name in ("first", "second", "binary"))
    first.write_text(f"--flagfile={second}\n")
    second.write_text(f"--flagfile={first}\n")
    binary.write_bytes(b"\xff\xfe\x00")
    code, _, error = run(f"--flagfile={first}")
    assert code == 1 and f"INVALID_ARGUMENT; flag file '{first}' reads itself" in error
    code, _, error = run(f"--flagfile={binary}")
    assert code == 1 and f"INVALID_ARGUMENT; flag file '{binary}' is not text" in error
