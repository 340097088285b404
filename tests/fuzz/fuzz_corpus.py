"""The modules that mutations start from: written by hand, compiled by us, and compiled by upstream's
compiler where it is installed.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from ireelite.bytecode.build import function, imported, module, ref, row
from ireelite.bytecode.decode import decode_module
from ireelite.bytecode.encode import encode_module
from ireelite.bytecode.locations import CallSite, FileLineCol, LocationTable
from ireelite.bytecode.module_def import ModuleDef
from ireelite.program import compile_source
from ireelite.status import StatusError

HLO = """
module @program {
  func.func @scale(%x: tensor<2x3xf32>, %y: tensor<3xf32>) -> tensor<2xf32> {
    %z = stablehlo.constant dense<0.0> : tensor<f32>
    %b = stablehlo.broadcast_in_dim %y, dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>
    %m = stablehlo.multiply %x, %b : tensor<2x3xf32>
    %r = stablehlo.reduce(%m init: %z) applies stablehlo.add across dimensions = [1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>
    return %r : tensor<2xf32>
  }
}
"""
HOST = """
module @host {
  func.func @gcd(%a: i32, %b: i32) -> i32 {
    %zero = arith.constant 0 : i32
    %r:2 = scf.while (%x = %a, %y = %b) : (i32, i32) -> (i32, i32) {
      %more = arith.cmpi ne, %y, %zero : i32
      scf.condition(%more) %x, %y : i32, i32
    } do {
    ^bb0(%x: i32, %y: i32):
      %m = arith.remsi %x, %y : i32
      scf.yield %y, %m : i32, i32
    }
    return %r#0 : i32
  }
  func.func @sum(%n: index) -> index {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %s = scf.for %i = %c0 to %n step %c1 iter_args(%t = %c0) -> (index) {
      %u = arith.addi %t, %i : index
      scf.yield %u : index
    }
    return %s : index
  }
}
"""
UPSTREAM = (
    ("--iree-hal-target-device=local", "--iree-hal-local-target-device-backends=vmvx"),
    ("--iree-execution-model=host-only",),
)


def corpus(upstream: bool = True) -> list[bytes]:
    """Module files, and the bytecode executables within them."""
    files = [encode_module(one, polyglot).data for one in by_hand() for polyglot in (True, False)]
    files += [compile_source(HLO, targets=("vmvx",)).data]
    if upstream and (tool := shutil.which("iree-compile")) is not None:
        files += [compiled(tool, HLO, *UPSTREAM[0]), compiled(tool, HOST, *UPSTREAM[1])]
    return [data for file in files for data in (file, *executables(file))]


def compiled(tool: str, text: str, *flags: str) -> bytes:
    """What upstream's compiler makes of a program."""
    command = [tool, "-", "-o", "-", *flags]
    return subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout


def executables(file: bytes) -> list[bytes]:
    """The rodata of a module that are modules themselves."""
    found: list[bytes] = []
    for segment in decode_module(file).rodata:
        try:
            decode_module(segment.data)
        except StatusError:
            continue
        found.append(bytes(segment.data))
    return found


def saved(folder: Path) -> list[bytes]:
    """Module files of a folder."""
    return [path.read_bytes() for path in sorted(folder.glob("*.vmfb"))]


def by_hand() -> list[ModuleDef]:
    """Small modules with loops, calls, lists, buffers, globals, imports and a source map."""
    table = LocationTable()
    inner, outer = table.add(FileLineCol("a.mlir", 3, 7)), table.add(FileLineCol("b.mlir", 1, 1))
    site = table.add(CallSite(inner, outer))
    count = function(
        "0i_i",
        [
            [row("const.i32.zero", 1), row("br", 1, ())],
            [
                row("const.i32", 1, 2)._replace(location=inner),
                row("add.i32", 1, 2, 1)._replace(location=site),
                row("cmp.lt.i32.s", 1, 0, 2),
                row("cond_br", 2, 1, (), 2, ((1, 3),)),
            ],
            [row("return", (3,))],
        ],
    )
    buffers = function(
        "0r_r",
        [
            [
                row("buffer.length", ref(0), 0),
                row("const.i32", 16, 6),
                row("buffer.clone", ref(0), 2, 0, 6, ref(1)),
                row("const.i64", 1, 4),
                row("buffer.store.i32", ref(1), 4, 6),
                row("buffer.load.f32", ref(1), 4, 7),
                row("add.f32", 7, 7, 7),
                row("buffer.store.f32", ref(1), 2, 7),
                row("return", (ref(1, move=True),)),
            ]
        ],
    )
    lists = function(
        "0ri_r",
        [
            [
                row("list.alloc", 1, 0, ref(1)),
                row("const.i32", 3, 1),
                row("list.resize", ref(1), 1),
                row("list.set.i32", ref(1), 0, 1),
                row("list.get.i32", ref(1), 0, 2),
                row("list.set.ref", ref(1), 2, ref(0)),
                row("global.store.ref", 0, 2, ref(1)),
                row("call", 0, (2,), (3,)),
                row("call.variadic", imported(1), (0xFFFF, 2), (3, 1, 2), (4,)),
                row("call", imported(0), (4, ref(1)), (6,)),
                row("switch.i32", 3, 1, (2, 4), 5),
                row("br_table", 5, 1, (), ((1, ((5, 0),)), (2, ()))),
            ],
            [row("fail", 0, "no such thing")],
            [row("global.load.ref", 0, 2, ref(2)), row("return", (ref(2),))],
        ],
    )
    return [
        module(
            "m",
            {"count": count, "buffers": buffers, "lists": lists},
            imports={"x.f": "0ir_I", "x.spans": "0iCiD_i"},
            rodata=[b"abc", bytes(5000)],
            types=["i32", "!vm.opaque", "!vm.list<i32>"],
            global_bytes=16,
            global_refs=2,
            locations=table.rows,
            attrs={"key": "value"},
        )
    ]
