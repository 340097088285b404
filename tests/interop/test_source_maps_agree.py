"""Upstream's runtime reads our source maps, in the words that we use; and we read its compiler's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ireelite.bytecode.build import function, imported, module, row
from ireelite.bytecode.decode import decode_module
from ireelite.bytecode.encode import encode_module
from ireelite.bytecode.locations import CallSite, FileLineCol, Fused, LocationTable, Name, places
from ireelite.program import compile_source
from ireelite.status import StatusError
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance

pytestmark = pytest.mark.interop

TOOLS = Path(sys.executable).parent
VMVX = ("--iree-hal-target-device=local", "--iree-hal-local-target-device-backends=vmvx")
RETURN = row("return", ())
TEXT = """\
module @m {
  func.func @negate(%x: tensor<4xf32>) -> tensor<4xf32> {
    %0 = stablehlo.negate %x : tensor<4xf32>
    return %0 : tensor<4xf32>
  }
}
"""


def upstream(tool: str, *flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(TOOLS / tool), *flags], capture_output=True, text=True, timeout=60)


def frames(text: str) -> list[str]:
    """The stack trace in an error: its frames, each with all the lines of its location."""
    trace = text[text.index("\n[") :].partition("; invoking")[0].rstrip()
    return re.split(r"\n(?=\[)", trace)[1:]


def located() -> tuple[dict[str, int | None], list]:
    table = LocationTable()
    a, b = table.add(FileLineCol("a.mlir", 1, 2)), table.add(FileLineCol("dir/b.mlir", 30, 4))
    site = table.add(CallSite(a, b))
    kinds = {
        "place": a,
        "call": site,
        "inlined_twice": table.add(CallSite(site, b)),
        "fused": table.add(Fused((a, site))),
        "told": table.add(Fused((a, b), '"why"')),
        "named": table.add(Name("node", a)),
        "bare": table.add(Name("bare")),
        "unknown": 0,
        "silent": None,
    }
    return kinds, table.rows


def test_stack_traces_have_the_same_text(tmp_path):
    """A call in an internal function fails: upstream prints that frame and its caller's. It looks
    up what stands behind a call, so that has the call's location here.
    """
    kinds, rows = located()
    functions = {}
    for name, location in kinds.items():
        body = [row("call", imported(0), (), ()), row("const.i32", 1, 0), RETURN]
        ordinal = len(functions)
        functions[f".{name}_inner"] = function(
            "0v_v", [[each._replace(location=location) for each in body]]
        )
        functions[f".{name}_inner"].name = f"{name}_inner"
        outer = [row("call", ordinal, (), ()), RETURN]
        functions[name] = function("0v_v", [[each._replace(location=location) for each in outer]])
    built = module("m", functions, imports={"hal.missing": "0v_v"}, locations=rows)
    built.imports[0].optional = True
    data = encode_module(built).data
    (tmp_path / "m.vmfb").write_bytes(data)
    context = Context(Instance(), [BytecodeModule.from_bytes(data)])
    for name in kinds:
        with pytest.raises(StatusError) as caught:
            context.lookup_function(f"m.{name}")()
        ran = upstream("iree-run-module", f"--module={tmp_path / 'm.vmfb'}", f"--function={name}")
        assert ran.returncode == 1
        theirs = frames(ran.stderr)
        assert theirs, ran.stderr
        assert theirs == frames(str(caught.value))[-len(theirs) :], name


def test_upstream_names_the_line_of_our_program(tmp_path):
    source, output = tmp_path / "negate.mlir", tmp_path / "negate.vmfb"
    source.write_text(TEXT)
    output.write_bytes(compile_source(source, targets=["vmvx"]).data)
    ran = upstream(
        "iree-run-module",
        *(f"--module={output}", "--device=local-sync", "--function=negate", "--input=5xf32"),
    )
    assert re.search(rf"\n\[ 0\] bytecode m\.negate:\d+ {source}:2:3;", ran.stderr), ran.stderr
    assert upstream("iree-dump-module", str(output)).returncode == 0


@pytest.mark.parametrize(
    "flags",
    [
        (),
        ("--iree-vm-emit-polyglot-zip=false",),
        ("--iree-vm-bytecode-module-strip-source-map=true",),
        ("--iree-vm-bytecode-module-output-format=flatbuffer-binary",),
        ("--iree-vm-bytecode-module-strip-debug-ops",),
    ],
)
def test_the_map_of_upstreams_compiler_keeps_its_meaning(tmp_path, flags):
    source, output = tmp_path / "negate.mlir", tmp_path / "negate.vmfb"
    source.write_text(TEXT)
    ran = upstream("iree-compile", *VMVX, *flags, str(source), "-o", str(output))
    assert ran.returncode == 0, ran.stderr
    decoded = decode_module(output.read_bytes())
    stripped = any("source-map" in flag for flag in flags)
    assert bool(decoded.locations) != stripped
    lines = {
        place.line
        for each in decoded.functions
        for block in each.blocks
        for instruction in block.instructions
        if instruction.location is not None
        for place in places(decoded.locations, instruction.location)
    }
    assert (3 in lines) != stripped
    data = encode_module(decoded).data
    again = decode_module(data)
    assert again.locations == decoded.locations
    for before, after in zip(decoded.functions, again.functions, strict=True):
        assert before.name in ("", after.name)
        for old, new in zip(before.blocks, after.blocks, strict=True):
            assert old.instructions == new.instructions
    assert encode_module(again).data == data
    output.write_bytes(data)
    ran = upstream(
        "iree-run-module",
        *(f"--module={output}", "--device=local-sync", "--input=4xf32=1,2,3,4"),
    )
    assert "4xf32=-1 -2 -3 -4" in ran.stdout, ran.stderr
