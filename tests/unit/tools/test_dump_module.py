"""`ireelite-dump-module`: what it prints and refuses."""

import io
import json
from pathlib import Path

import pytest

from ireelite.bytecode import schema
from ireelite.bytecode.build import function, module, row
from ireelite.bytecode.describe import requirement_names, signature_text, text_of
from ireelite.bytecode.encode import encode_module
from ireelite.bytecode.flatbuffer_writer import write
from ireelite.bytecode.module_def import (
    Dependency,
    ExportFunction,
    ImportFunction,
    Rodata,
    Signature,
)
from ireelite.tools.dump_module import main

MODULE = module(
    "m",
    {
        "double": function("0f_f", [[row("add.f32", 0, 0, 0), row("return", (0,))]], note="a"),
        ".inner": function("0v_v", [[row("return", ())]]),
    },
    version=3,
    attrs={"made.by": "hand"},
    types=["f32", "!vm.buffer"],
    dependencies=[Dependency("hal", 7), Dependency("extra", 0, optional=True)],
    global_bytes=8,
    global_refs=2,
)
MODULE.imports.append(ImportFunction("extra.f", Signature("0rCiID_f"), optional=True))
MODULE.exports.append(ExportFunction("twice", 0))
MODULE.rodata += [Rodata(b"local*"), Rodata(b"\0\0\x80\x3f"), Rodata(bytes(range(200)) * 50)]
EXPECTED = """\
Requirements: EXT_F32

Attributes:
  made.by: hand

Required Types:
  [  0] f32
  [  1] !vm.buffer

Module Dependencies:
  hal, version >= 7, required
  extra, version >= 0, optional

Imported Functions:
  [  0] ?extra.f(!vm.ref<?>, tuple<i32, i64>...) -> (f32)

Exported Functions:
  [  0] double(f32) -> (f32)
        note: a
  [  1] twice(f32) -> (f32)
        note: a
"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "m.vmfb"
    file.write_bytes(encode_module(MODULE).data)
    return str(file)


@pytest.fixture
def run(capsys):
    def call(*arguments):
        code = main(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_metadata(run, path):
    code, out, err = run("--output=metadata", path)
    assert (code, err) == (0, "")
    assert out.splitlines()[1] == "// @m : version 3"
    assert EXPECTED in out
    assert "Module State:\n  8 bytes, 2 refs, ~40 bytes total\n" in out
    assert "  .rodata[  0] embedded        6 bytes `local*`\n" in out
    assert "  .rodata[  1] embedded        4 bytes" in out
    assert "  .rodata[  2] external    10000 bytes (offset " in out
    assert "External .rodata: ~10000 bytes\n" in out
    table = [line.split(" | ") for line in out.splitlines() if line.startswith("  0 |")]
    assert [cell.strip() for cell in table[0]][3:] == ["1", "1", "0", "EXT_F32", "double, twice"]


def test_all_is_metadata_and_disassembly(run, path):
    metadata, disassembly = (run(f"--output={o}", path)[1] for o in ("metadata", "disassembly"))
    assert run(path)[1] == f"{metadata}\n{disassembly}"
    assert 'vm.import optional @extra.f cconv "0rCiID_f"\n' in disassembly
    assert "vm.export @double\nvm.export @twice = @double\nvm.func @double(" in disassembly


@pytest.mark.parametrize("name", ["double", "twice", "0"])
def test_one_function(run, path, name):
    _, out, _ = run("--output=disassembly", f"--function={name}", "--bytecode_offsets", path)
    assert "vm.func @double(%i0: f32) -> (f32) {\n[00000000]^bb0:\n[00000001]  " in out
    assert "vm.module @m version 3" in out and "@fn1" not in out


def test_internal_functions_have_names(run, path):
    by_name = run("--output=disassembly", "--function=fn1", path)
    assert by_name[0] == 0 and "vm.func @fn1() -> () {" in by_name[1]
    assert by_name == run("--output=disassembly", "--function=1", path)


def test_flatbuffer_json(run, path):
    shown = json.loads(run("--output=flatbuffer-json", path)[1])
    assert shown["name"] == "m" and shown["requirements"] == "EXT_F32"
    assert shown["dependencies"][1] == {"name": "extra", "flags": "OPTIONAL"}
    assert shown["module_state"] == {"global_bytes_capacity": 8, "global_ref_count": 2}
    assert shown["rodata_segments"][0] == {"embedded_data": list(b"local*")}
    assert shown["function_descriptors"][0]["requirements"] == "EXT_F32"
    pretty = run("--output=flatbuffer-json", "--pretty", path)[1]
    assert json.loads(pretty) == shown and '\n  "name": "m",\n' in pretty


def test_standard_input(run, path, monkeypatch):
    data = Path(path).read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert run("-")[:2] == run(path)[:2]


def test_text_of_rodata():
    assert text_of(b"") == "``" and text_of(b"a") == "`a`" and text_of(b"a\0") == "`a`"
    assert text_of(b"x" * 31) == f"`{'x' * 31}`"
    assert text_of(b"x" * 32) == text_of(b"x" * 33) == f"`{'x' * 32}`..."
    assert text_of(bytes(8)) == "``" and text_of(b"a\0\xff") == "`a`"
    assert text_of(b"a\n") is None and text_of(b"\xc3\xa9") is None


def test_requirements_and_signatures():
    assert requirement_names(0) == ""
    assert requirement_names(15) == "EXT_F32 | EXT_F64 | 0000000C"
    assert signature_text("0iIfFr_r") == "(i32, i64, f32, f64, !vm.ref<?>) -> (!vm.ref<?>)"
    assert signature_text("0v_v") == "() -> ()"


@pytest.mark.parametrize("output", ["all", "metadata", "disassembly", "flatbuffer-json"])
@pytest.mark.parametrize("damage", ["short", "cut", "garbage", "flipped"])
def test_malformed_files_are_one_error(run, path, tmp_path, output, damage):
    data = bytearray(Path(path).read_bytes())
    if damage == "flipped":
        at = data.index(b"IREE")
        data[at - 4 : at] = b"\xff\xff\xff\x7f"
    else:
        data = {"short": b"IREE", "cut": data[:200], "garbage": b"not a module" * 9}[damage]
    broken = tmp_path / "broken.vmfb"
    broken.write_bytes(data)
    code, out, err = run(f"--output={output}", str(broken))
    assert (code, out) == (1, "")
    assert err.startswith("DATA_LOSS; ") and err.count("\n") == 1
    assert err.endswith(f"; dumping module '{broken}'\n")


def test_an_export_of_nothing_is_malformed(run, tmp_path):
    root = {"name": "m", "exported_functions": [{"local_name": "f", "internal_ordinal": 7}]}
    path = tmp_path / "m.vmfb"
    path.write_bytes(write(schema.MODULE, root, identifier=b"IREE", size_prefix=True))
    code, out, err = run("--output=metadata", str(path))
    assert (code, out) == (1, "") and "export 'f' is function 7 of 0" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "INVALID_ARGUMENT; 0 files given; "),
        (("a", "b"), "INVALID_ARGUMENT; 2 files given; "),
        (("--output=x", "a"), "INVALID_ARGUMENT; unrecognized value 'x'; expected one of: all, "),
        (("absent.vmfb",), "NOT_FOUND; failed to open file 'absent.vmfb': "),
    ],
)
def test_refused(run, arguments, message):
    code, out, err = run(*arguments)
    assert (code, out) == (1, "") and err.startswith(message)


@pytest.mark.parametrize(
    ("name", "message"),
    [("doubel", "did you mean 'double'?"), ("9", "no function 9; module 'm' has 2, from 0")],
)
def test_unknown_functions(run, path, name, message):
    code, out, err = run("--output=disassembly", f"--function={name}", path)
    assert (code, out) == (1, "") and message in err and err.startswith("NOT_FOUND; ")
