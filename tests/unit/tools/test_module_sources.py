"""`--module=` in all its forms: files, standard input, Python files, in load order."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

import ireelite
from ireelite.bytecode.build import function, module, row
from ireelite.bytecode.encode import encode_module
from ireelite.bytecode.module_def import Dependency
from ireelite.linking import link, open_device, read_module
from ireelite.modules.sources import ModuleSource, load_code, parse_source
from ireelite.status import StatusError
from ireelite.tools.run_module import main
from ireelite.vm.instance import Instance

SAMPLES = Path(__file__).parents[3] / "notebooks" / "samples"
GREETER = SAMPLES / "python_module" / "greeter.py"
CUSTOM = SAMPLES / "custom_module" / "custom_module.py"

PIECES = """
import dataclasses
from ireelite.runtime import PyModuleInterface


@dataclasses.dataclass
class State:
    factor: int

    def scale(self, number):
        return number * self.factor


def create(factor="2", **rest):
    interface = PyModuleInterface("scaler", lambda _: State(int(factor)))
    interface.export("scale", "0i_i", State.scale)
    return interface.create()


def strict(*, factor, offset="0"):
    return create(factor)


def unfinished():
    return PyModuleInterface("scaler", None)


def number():
    return 7


def broken():
    return {}["key"]


def leaving():
    raise SystemExit(3)


def failing():
    interface = PyModuleInterface("scaler", lambda _: None)
    interface.export("scale", "0i_i", lambda state, n: n // 0)
    return interface.create()
"""
PIPELINE = """
module @pipeline {
  func.func private @scaler.scale(i32) -> i32
  func.func @run(%n: i32) -> i32 {
    %0 = call @scaler.scale(%n) : (i32) -> i32
    %1 = call @scaler.scale(%0) : (i32) -> i32
    return %1 : i32
  }
}
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder with `scaler.py` and `pipeline.vmfb`, which calls it twice."""
    folder = tmp_path_factory.mktemp("modules")
    (folder / "scaler.py").write_text(PIECES)
    ireelite.compile(PIPELINE, targets=["vmvx"]).save(folder / "pipeline.vmfb")
    return folder


@pytest.fixture
def run(files, capsys, monkeypatch):
    """Runs the tool in the folder: (exit code, stdout, stderr)."""
    monkeypatch.chdir(files)

    def call(*arguments):
        code = main(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


RUN = ("--module=pipeline.vmfb", "--function=run", "--input=3")


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("-", ("-",)),
        ("a.vmfb", ("a.vmfb",)),
        ("a.py", ("a.py",)),
        ("a.py@make", ("a.py", "make")),
        ("a.py?x=1", ("a.py", "", (("x", "1"),))),
        ("a.py@make?x=1&y=2", ("a.py", "make", (("x", "1"), ("y", "2")))),
        ("lib.so@f?a=b=c&d&e=", ("lib.so", "f", (("a", "b=c"), ("d", ""), ("e", "")))),
        ("lib.so@f?&a=%20 b&", ("lib.so", "f", (("a", "%20 b"),))),
        ("lib.so@f?", ("lib.so", "f")),
        ("lib.so@f?&", ("lib.so", "f")),
    ],
)
def test_forms(text, source):
    assert parse_source(text) == ModuleSource(*source)


def test_a_files_own_name_may_have_marks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a@b.vmfb").touch()
    Path("c@d.py").touch()
    assert parse_source("a@b.vmfb") == ModuleSource("a@b.vmfb")
    assert parse_source("c@d.py@make?e=f") == ModuleSource("c@d.py", "make", (("e", "f"),))


@pytest.mark.parametrize(
    ("path", "kind"),
    [("a.py", "python"), ("a.so", "dynamic"), ("a.dll", "dynamic"), ("a.vmfb", "bytecode")],
)
def test_kinds(path, kind):
    assert ModuleSource(path).kind == kind


def test_bytecode_has_no_exports_and_parameters():
    with pytest.raises(StatusError, match="neither an export to name nor parameters"):
        parse_source("a.vmfb@f")


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("scaler.py", 12),
        ("scaler.py@create", 12),
        ("scaler.py?factor=3", 27),
        ("scaler.py@create?factor=3&whatever=x", 27),
        ("scaler.py@strict?factor=-1", 3),
    ],
)
def test_python_files(run, source, result):
    assert run(f"--module={source}", *RUN) == (0, f"EXEC @run\nresult[0]: i32={result}\n", "")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nofile.py", "NOT_FOUND; failed to open file 'nofile.py'; loading python module at"),
        (
            "scaler.py@crate",
            "NOT_FOUND; no function `crate` in 'scaler.py'; did you mean 'create'?",
        ),
        (
            "scaler.py@strict?fctr=1",
            "INVALID_ARGUMENT; `strict` has no parameter 'fctr'; did you mean 'factor'?",
        ),
        ("scaler.py@strict", "INVALID_ARGUMENT; `strict` needs the parameter 'factor'"),
        (
            "scaler.py@number",
            "INVALID_ARGUMENT; `number` of 'scaler.py' returned int; a module is expected",
        ),
        ("scaler.py@unfinished", "; return interface.create(); loading python module"),
        ("scaler.py@broken", "UNKNOWN; KeyError: 'key'; in python `broken` of 'scaler.py' at "),
        ("scaler.py@leaving", "UNKNOWN; SystemExit: 3; in python `leaving` of 'scaler.py' at "),
        ("scaler.py?factor=two", "UNKNOWN; ValueError: invalid literal for int()"),
    ],
)
def test_what_python_files_do_wrong(run, source, message):
    code, out, error = run(f"--module={source}", *RUN)
    assert (code, out) == (1, "")
    assert message in error
    assert error.endswith("creating run context\n")


def test_a_python_file_that_does_not_run(run, files):
    (files / "syntax.py").write_text("def create(:\n")
    (files / "divides.py").write_text("x = 1\ny = x / 0\n")
    assert "UNKNOWN; SyntaxError: " in run("--module=syntax.py", *RUN)[2]
    assert "divides.py:2 in <module>" in run("--module=divides.py", *RUN)[2]


def test_a_python_file_may_import_its_neighbours(run, files):
    (files / "neighbour_of_ours.py").write_text("FACTOR = '5'\n")
    (files / "importing.py").write_text(
        "import neighbour_of_ours\nfrom pathlib import Path\n"
        "import importlib.util\n"
        "spec = importlib.util.spec_from_file_location('pieces', Path(__file__).with_name('scaler.py'))\n"
        "def create():\n"
        "    import sys\n"
        "    pieces = importlib.util.module_from_spec(spec)\n"
        "    sys.modules['pieces'] = pieces\n"
        "    spec.loader.exec_module(pieces)\n"
        "    return pieces.create(neighbour_of_ours.FACTOR)\n"
    )
    assert run("--module=importing.py", *RUN)[1].endswith("i32=75\n")


def test_errors_in_a_call_name_both_modules(run):
    code, _, error = run("--module=scaler.py@failing", *RUN)
    assert code == 1
    assert error.startswith("UNKNOWN; ZeroDivisionError: integer division or modulo by zero; in ")
    assert "python scaler.scale at " in error and "scaler.py:" in error and " in <lambda>" in error
    assert "while invoking native function scaler.scale; while calling import" in error
    assert "bytecode pipeline" in error and "invoking function 'run'" in error


def test_standard_input_is_one_of_several_modules(run, files, monkeypatch):
    class Input:
        buffer = io.BytesIO((files / "pipeline.vmfb").read_bytes())

    monkeypatch.setattr(sys, "stdin", Input)
    flags = ("--function=run", "--input=3")
    assert run("--module=scaler.py", "--module=-", *flags)[1].endswith("i32=12\n")
    assert "standard input holds one module" in run("--module=-", "--module=-", *flags)[2]


def test_untrusted_modules(run):
    code, _, error = run("--module=scaler.py", *RUN, "--trusted=false")
    assert code == 1
    assert error.startswith("PERMISSION_DENIED; a Python module is code of this process")
    assert (
        "PERMISSION_DENIED; a dynamic module is native code"
        in (run("--module=lib.so", *RUN, "--trusted=false")[2])
    )


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        (
            ("pipeline.vmfb", "scaler.py"),
            "NOT_FOUND; required module 'scaler' not available in the build (modules must be "
            "registered in order with dependent modules following those they depend upon); "
            "resolving dependencies for 'pipeline'; creating VM context; creating run context",
        ),
        (
            ("other.vmfb", "scaler.py"),
            "NOT_FOUND; module 'scaler' required for import 'scaler.scole' not registered with the "
            "context; resolving module 'other' imports; creating VM context; creating run context",
        ),
        (
            ("scaler.py", "newer.vmfb"),
            "NOT_FOUND; required module 'scaler' version mismatch; have 0 but require 2; "
            "resolving module 'newer' imports; creating VM context; creating run context",
        ),
        (
            ("scaler.py", "wider.vmfb"),
            "INTERNAL; import function scaler.scale signature mismatch between wider and source "
            "scaler; expected 0I_i but got 0i_i; resolving module 'wider' imports; creating VM "
            "context; creating run context",
        ),
        (
            ("scaler.py", "other.vmfb"),
            "NOT_FOUND; no function `scole` exported by module 'scaler'; did you mean 'scale'?; "
            "resolving module 'other' imports; creating VM context; creating run context",
        ),
    ],
)
def test_modules_that_do_not_fit(run, files, modules, message):
    built = {
        "newer": {"dependencies": [Dependency("scaler", 2)]},
        "wider": {"imports": {"scaler.scale": "0I_i"}},
        "other": {"imports": {"scaler.scole": "0i_i"}},
    }
    for name, fields in built.items():
        definition = module(name, {"run": function("0v_v", [[row("return", ())]])}, **fields)
        (files / f"{name}.vmfb").write_bytes(encode_module(definition).data)
    code, out, error = run(*[f"--module={name}" for name in modules], "--function=run")
    assert (code, out, error) == (1, "", message + "\n")


def test_the_sample_with_state(run, files):
    program = ireelite.compile(GREETER.with_name("visitors.mlir"), targets=["vmvx"])
    program.save(files / "visitors.vmfb")
    flags = ("--module=visitors.vmfb", "--function=main", "--input=2")
    assert run(f"--module={GREETER}@create?greeting=hi", *flags)[1] == (
        "EXEC @main\nhi, visitor 1\nhi, visitor 2\nresult[0]: i32=2\n"
    )
    assert "hello, visitor 2" in run(f"--module={GREETER}", *flags)[1]


def test_the_sample_with_a_type_of_its_own(run, files):
    program = ireelite.compile(CUSTOM.with_name("example.mlir"), targets=["vmvx"])
    program.save(files / "example.vmfb")
    source = f"--module={CUSTOM}@create_custom_module"
    assert run(source, "--module=example.vmfb", "--function=main") == (
        0,
        "EXEC @main\nCREATE 5xi8=0 1 2 3 4\nPRINT 5xi8=0 1 2 3 4\n",
        "",
    )
    short = f"{source}?prefix=> &elements=2"
    assert "> PRINT 5xi8=0 1...\n" in run(short, "--module=example.vmfb", "--function=main")[1]
    code, out, error = run(source, "--module=example.vmfb", "--function=error")
    assert (code, out) == (1, "EXEC @error\n")
    assert error.startswith("UNKNOWN; Forced failure; in python custom.error at ")
    assert "elements='x' is not a number" in run(f"{source}?elements=x", "--module=example.vmfb")[2]


def test_a_file_can_be_loaded_again(tmp_path):
    """Its type is then a newer version of the same, also for contexts of one instance."""
    path = tmp_path / "custom.py"
    path.write_text(CUSTOM.read_text())
    program = ireelite.compile(CUSTOM.with_name("example.mlir"), targets=["vmvx"])
    instance = Instance()
    bytecode = read_module(program)
    contexts = []
    for prefix in ("a", "b"):
        source = parse_source(f"{path}@create_custom_module?prefix={prefix}")
        contexts.append(
            link(
                [load_code(source, instance), bytecode], [open_device("local-sync")], None, instance
            )
        )
    assert len({id(context.states["custom"].state) for context in contexts}) == 2
    path.write_text("1 / 0")
    with pytest.raises(StatusError, match="ZeroDivisionError"):
        load_code(ModuleSource(str(path)), instance)


def test_as_a_process(files):
    """Standard input that is a pipe, and a module file, in one command."""
    command = [sys.executable, "-m", "ireelite.tools.run_module"]
    command += ["--module=scaler.py?factor=10", "--module=-", "--function=run", "--input=3"]
    with open(files / "pipeline.vmfb", "rb") as pipeline:
        ran = subprocess.run(command, stdin=pipeline, capture_output=True, text=True, cwd=files)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "EXEC @run\nresult[0]: i32=300\n", "")
