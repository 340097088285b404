"""The header of dynamic modules: what compilers make of it is what ctypes takes it for."""

from __future__ import annotations

import ctypes
import re
import subprocess
from pathlib import Path

import pytest

import ireelite
from ireelite.modules.dynamic import abi
from ireelite.modules.dynamic.build import build_dynamic_module, find_compiler
from ireelite.status import StatusCode, StatusError

HEADERS = Path(ireelite.get_include()) / "ireelite"
EMPTY = """
#include <ireelite/{header}>
IREELITE_DYNAMIC_MODULE_ABI();
IREELITE_EXPORT ireelite_status_t* iree_vm_dynamic_module_create(
    uint32_t max_version, const ireelite_host_t* host, size_t param_count,
    const ireelite_string_pair_t* params, ireelite_module_t** out_module) {{
  (void)param_count, (void)params, (void)out_module;
  return ireelite_check_version(host, max_version);
}}
"""


def run_c(tmp_path: Path, source: str) -> str:
    """What a C program prints."""
    (tmp_path / "main.c").write_text(source)
    command = [*find_compiler("c"), f"-I{ireelite.get_include()}", "main.c", "-o", "main"]
    subprocess.run(command, cwd=tmp_path, check=True)
    return subprocess.run([tmp_path / "main"], capture_output=True, text=True, check=True).stdout


def test_sizes_and_offsets_are_those_of_the_compiler(tmp_path: Path):
    rows = [(name, "", f"sizeof({name})") for name in abi.STRUCTS]
    rows += [
        (name, field[0], f"offsetof({name}, {field[0]})")
        for name, struct in abi.STRUCTS.items()
        for field in struct._fields_
    ]
    rows.append(("ireelite_value_t", "", "sizeof(ireelite_value_t)"))
    prints = "".join(
        f'  printf("{name} {field or "."} %zu\\n", (size_t){expression});\n'
        for name, field, expression in rows
    )
    source = f"#include <ireelite/dynamic_module.h>\nint main(void) {{\n{prints}  return 0;\n}}\n"
    theirs = {
        (name, field): int(size)
        for name, field, size in map(str.split, run_c(tmp_path, source).splitlines())
    }
    ours = {(name, "."): ctypes.sizeof(struct) for name, struct in abi.STRUCTS.items()}
    ours |= {
        (name, field[0]): getattr(struct, field[0]).offset
        for name, struct in abi.STRUCTS.items()
        for field in struct._fields_
    }
    assert theirs == {**ours, ("ireelite_value_t", "."): abi.CELL}


def test_every_member_of_the_header_is_known():
    """The other way round: nothing in the header's structs is missing on this side."""
    text = re.sub(r"//[^\n]*", "", (HEADERS / "dynamic_module.h").read_text())
    structs = dict(re.findall(r"struct (ireelite_\w+_t) \{(.*?)\n\}", text, re.DOTALL))
    assert set(structs) == set(abi.STRUCTS)
    for name, body in structs.items():
        members = [
            re.search(r"\(\*(\w+)\)|(\w+)(?:\[\d+\])?$", member.split("(const ireelite")[0].strip())
            for member in re.sub(r"\s+", " ", body).split(";")
            if member.strip()
        ]
        found = [match[1] or match[2] for match in members if match is not None]
        assert len(found) == len(members)
        if name != "ireelite_module_t":  # its functions take other things first
            assert found == [field[0] for field in abi.STRUCTS[name]._fields_], name


def test_constants_are_the_same(tmp_path: Path):
    constants = {
        "IREELITE_ABI_VERSION": abi.VERSION,
        "IREELITE_DEPENDENCY_OPTIONAL": abi.OPTIONAL_DEPENDENCY,
        "IREELITE_ACCESS_READ": abi.READ,
        "IREELITE_ACCESS_WRITE": abi.WRITE,
        "IREELITE_STREAM_OUT": abi.STREAM_OUT,
        "IREELITE_STREAM_ERROR": abi.STREAM_ERROR,
        **{f"IREELITE_STATUS_{code.name}": int(code) for code in StatusCode},
    }
    prints = "".join(f'  printf("{name} %ld\\n", (long){name});\n' for name in constants)
    prints += '  printf("entry %s\\n", IREELITE_DEFAULT_ENTRY_POINT);\n'
    source = f"#include <ireelite/dynamic_module.h>\nint main(void) {{\n{prints}  return 0;\n}}\n"
    printed = dict(line.split() for line in run_c(tmp_path, source).splitlines())
    assert printed.pop("entry") == abi.DEFAULT_ENTRY_POINT
    assert {name: int(value) for name, value in printed.items()} == constants


def test_element_types_are_the_hals(tmp_path: Path):
    from ireelite.element_types import from_name

    names = ["i1", "i8", "i16", "i32", "i64", "f16", "f32", "f64", "bf16"]
    prints = "".join(
        f'  printf("{name} %ld\\n", (long)IREELITE_ELEMENT_TYPE_{name.upper()});\n'
        for name in names
    )
    source = f"#include <ireelite/dynamic_module.h>\nint main(void) {{\n{prints}  return 0;\n}}\n"
    printed = dict(line.split() for line in run_c(tmp_path, source).splitlines())
    assert printed == {name: str(from_name(name).code) for name in names}


@pytest.mark.parametrize(
    ("language", "header", "standard"),
    [
        ("c", "dynamic_module.h", "c99"),
        ("c", "dynamic_module.h", "c17"),
        ("c++", "dynamic_module.h", "c++11"),
        ("c++", "dynamic_module.hpp", "c++17"),
        ("c++", "dynamic_module.hpp", "c++20"),
    ],
)
def test_headers_compile_without_a_warning(
    tmp_path: Path, language: str, header: str, standard: str
):
    source = tmp_path / ("a.c" if language == "c" else "a.cc")
    source.write_text(EMPTY.format(header=header))
    strict = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fvisibility=hidden"]
    build_dynamic_module(source, tmp_path / "a.so", [f"-std={standard}", *strict])
    assert abi.MARKER.encode() in (tmp_path / "a.so").read_bytes()
    marker = abi.Marker.in_dll(ctypes.CDLL(str(tmp_path / "a.so")), abi.MARKER)
    assert (marker.magic, marker.version, marker.pointer_size) == (b"IREELITE", abi.VERSION, 8)


def test_what_a_compiler_does_not_take_is_said(tmp_path: Path):
    (tmp_path / "a.cc").write_text("int f() { return nothing; }\n")
    with pytest.raises(StatusError, match=r"INVALID_ARGUMENT; .*cannot build(?s:.*)nothing"):
        build_dynamic_module(tmp_path / "a.cc")
    with pytest.raises(StatusError, match="NOT_FOUND; failed to open file"):
        build_dynamic_module(tmp_path / "b.cc")
    (tmp_path / "a.txt").write_text("")
    with pytest.raises(StatusError, match="is neither C nor C"):
        build_dynamic_module(tmp_path / "a.txt")


def test_a_machine_without_a_compiler_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(
        StatusError, match=r"UNAVAILABLE; no C\+\+ compiler was found \(tried c\+\+"
    ):
        find_compiler()
    monkeypatch.setenv("CXX", "my-compiler --fast")
    with pytest.raises(StatusError, match=r"tried my-compiler\)"):
        find_compiler()
