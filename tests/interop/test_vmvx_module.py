"""The VM module `vmvx` computes what upstream's does."""

from __future__ import annotations

import re
import subprocess

import numpy as np
import pytest

import ireelite
from ireelite.bytecode.build import function, imported, module, ref, row
from ireelite.bytecode.encode import encode_module
from ireelite.bytecode.module_def import Dependency
from ireelite.linking import link
from ireelite.modules.vmvx import BINARY, UNARY
from ireelite.vm.bytecode_module import BytecodeModule

CHANCE = np.random.default_rng(7)
FLOATS = np.concatenate([CHANCE.integers(-40, 40, 96) / 4, [0.0, -0.0, np.inf, 1.0]])
INTS = np.concatenate([CHANCE.integers(-(1 << 31), 1 << 31, 96), [1, -1, 31, 70]]).astype(np.int32)
INTS[INTS == 0] = 5
SOURCES = [
    FLOATS.astype(np.float32).tobytes(),
    np.abs(FLOATS[::-1].astype(np.float32)).tobytes(),
    INTS.tobytes(),
    INTS[::-1].tobytes(),
    CHANCE.integers(-128, 128, 400).astype(np.int8).tobytes(),
    CHANCE.integers(-3, 4, 200).astype(np.float32).tobytes(),
]
ROUNDED_ELSEWHERE = ("exp.2d.f32", "log.2d.f32")
"""Functions whose last bit is the C library's."""


def cases():
    """(import, calling convention, sources, arguments with None where the output buffer stands)"""
    layouts = [((0, 10, 1), (0, 10, 1)), ((3, 1, 7), (2, 5, 1)), ((0, 0, 1), (4, 8, 2))]
    for name in UNARY:
        if name not in ROUNDED_ELSEWHERE:
            for first, out in layouts:
                source = 2 if "i32" in name else 1 if "rsqrt" in name else 0
                yield name, "0rIIIrIIIII_v", [source], [source, *first, None, *out, 4, 5]
    for name in BINARY:
        a, b = (2, 3) if "i32" in name else (0, 1)
        for first, out in layouts:
            arguments = [a, *first, b, *out, None, *out, 4, 5]
            yield name, "0rIIIrIIIrIIIII_v", [a, b], arguments
        if "div" not in name:
            # The output is the left operand, and each row adds up in one element.
            arguments = [None, 0, 1, 0, b, 0, 10, 1, None, 0, 1, 0, 4, 5]
            yield name, "0rIIIrIIIrIIIII_v", [b], arguments
            arguments = [None, 0, 10, 1, b, 0, 10, 1, None, 1, 10, 1, 4, 5]
            yield name, "0rIIIrIIIrIIIII_v", [b], arguments
    yield "fill.2d.x32", "0irIIII_v", [], [77, None, 3, 9, 4, 5]
    cconv = "0rIIrIIrIIIIIiiii_v"
    for kind, source in ((1, 5), (2, 4)):
        for flags in (kind | 0x200, kind | 0x300):
            arguments = [source, 0, 24, source, 5, 18, None, 2, 20, 2, 3, 3, 2, 3, 2, flags]
            yield "mmt4d", cconv, [source], arguments
    for kind, source in ((1, 0), (2, 4), (3, 2)):
        for flags in (kind, kind | 0x100):
            tile = (3, 2) if flags & 0x100 else (2, 3)
            yield (
                "pack", "0rIIIrIIIIIIIIIIi_v", [source],
                [source, 0, 7, 1, None, 0, 18, 1, 5, 7, 3, 3, *tile, 0x1234, flags],
            )  # fmt: skip
        yield (
            "pack", "0rIIIrIIIIIIIIIIi_v", [source],
            [source, 0, 7, 1, None, 0, 18, 1, 5, 7, 3, 3, 2, 3, 7, kind | 0x200],
        )  # fmt: skip
        if kind != 2:
            yield (
                "unpack", "0rIIIrIIIIIIIIIi_v", [source],
                [source, 0, 18, 1, None, 0, 7, 1, 3, 3, 2, 3, 5, 7, kind],
            )  # fmt: skip


CASES = list(cases())
SIZES = [(role | operation) for role in (1, 2, 3) for operation in (0x100, 0x200, 0x300)]


def calls():
    """A module with a function that makes all the calls and returns the hash of each output; and
    one that returns tile sizes."""
    names = {f"vmvx.{name}": cconv for name, cconv, _, _ in CASES}
    names["vmvx.query_tile_sizes.2d"] = "0IIi_II"
    order = list(names)
    rows = [row("const.i64", 800, 0), row("const.i32", 16, 2), row("const.i64.zero", 4)]
    results = []
    for number, (name, cconv, _, arguments) in enumerate(CASES):
        rows += [row("const.ref.rodata", 0, ref(0)), row("buffer.clone", ref(0), 4, 6, 2, ref(1))]
        rows.insert(-1, row("const.i64", 400, 6))
        registers, next_register, next_ref = [], 40, 2
        for kind, value in zip(cconv[1:-2], arguments):
            if kind == "r" and value is None:
                registers.append(ref(1))
            elif kind == "r":
                rows.append(row("const.ref.rodata", value, ref(next_ref)))
                registers.append(ref(next_ref))
                next_ref += 1
            else:
                kind_name = {"I": "i64", "i": "i32"}[kind]
                rows.append(row(f"const.{kind_name}", value, next_register))
                registers.append(next_register)
                next_register += 2
        rows.append(row("call", imported(order.index(f"vmvx.{name}")), tuple(registers), ()))
        results.append(100 + 2 * number)
        rows.append(row("buffer.hash", ref(1), 4, 6, results[-1]))
    rows.append(row("return", tuple(results)))
    sizes = []
    for number, flags in enumerate(SIZES):
        found = 100 + 4 * number
        sizes += [
            row("const.i64", 100, 0),
            row("const.i32", flags, 2),
            row(
                "call",
                imported(order.index("vmvx.query_tile_sizes.2d")),
                (0, 0, 2),
                (found, found + 2),
            ),
        ]
    sizes.append(row("return", tuple(100 + 2 * n for n in range(2 * len(SIZES)))))
    built = module(
        "m",
        {
            "f": function(f"0v_{'I' * len(CASES)}", [rows]),
            "sizes": function(f"0v_{'I' * 2 * len(SIZES)}", [sizes]),
        },
        types=["!vm.buffer"],
        imports=names,
        rodata=SOURCES,
    )
    built.dependencies.append(Dependency("vmvx", 0, False))
    return encode_module(built).data


@pytest.mark.parametrize("name", ["f", "sizes"])
def test_outputs_are_upstreams(name, tmp_path):
    path = tmp_path / "calls.vmfb"
    path.write_bytes(calls())
    ours = link([BytecodeModule.from_bytes(path.read_bytes())], []).lookup_function(f"m.{name}")()
    run = subprocess.run(
        ["iree-run-module", f"--module={path}", f"--function={name}"],
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = tuple(int(value) for value in re.findall(r"i64=(-?\d+)", run.stdout))
    assert len(ours) == len(theirs)
    labels = CASES if name == "f" else range(len(ours))
    assert [label for label, a, b in zip(labels, ours, theirs) if a != b] == []


PROGRAM = """
func.func @main(%a: tensor<6x5xf32>, %b: tensor<5xf32>) -> tensor<6x5xf32> {
  %r = stablehlo.broadcast_in_dim %b, dims = [1] : (tensor<5xf32>) -> tensor<6x5xf32>
  %s = stablehlo.add %a, %r : tensor<6x5xf32>
  %t = stablehlo.exponential %s : tensor<6x5xf32>
  %u = stablehlo.divide %a, %t : tensor<6x5xf32>
  return %u : tensor<6x5xf32>
}
"""


def test_executables_with_microkernels_run(tmp_path):
    """What upstream's compiler makes of a program with these flags calls the module."""
    source, path = tmp_path / "program.mlir", tmp_path / "program.vmfb"
    source.write_text(PROGRAM)
    flags = [
        *("--iree-hal-target-device=local", "--iree-hal-local-target-device-backends=vmvx"),
        *("--iree-input-type=stablehlo", "--iree-vmvx-enable-microkernels=1"),
        "--iree-vmvx-enable-ukernels-decompose-linalg-generic",
    ]
    subprocess.run(["iree-compile", *flags, str(source), "-o", str(path)], check=True)
    assert b"vmvx.exp.2d.f32" in path.read_bytes()
    a, b = np.linspace(-1, 1, 30, dtype=np.float32).reshape(6, 5), np.ones(5, np.float32)
    result = np.asarray(ireelite.load(path).main(a, b))
    np.testing.assert_allclose(result, a / np.exp(a + b), rtol=1e-6)
