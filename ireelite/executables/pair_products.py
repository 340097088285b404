"""Functions for sums of two or four products, which the project's LLVM IR calls.

`@pairs.dot` adds the products of two pairs of numbers to a sum, in each lane: pairs of signed i16
to an i32, pairs of bf16 to a float. The two numbers are the halves of a 32-bit word, the first one
in the low half. `@quads.dot` adds the products of four unsigned bytes and four signed bytes to an
i32. x86 has instructions for whole registers; without one, the numbers are widened. The text of a
module declares the functions that it calls; the definitions are chosen for the machine that code is
generated for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

NAME = "pairs.dot"
QUADS = "quads.dot"
_DECLARED = re.compile(
    r"^declare (?P<type>[^@]+) @(?P<name>(pairs|quads)\.dot)\.(?P<suffix>\w+)\(.*\)$", re.M
)

INTEGERS: Mapping[str, tuple[int, str]] = {
    "avx512bw": (16, "llvm.x86.avx512.pmaddw.d.512"),
    "avx2": (8, "llvm.x86.avx2.pmadd.wd"),
    "sse2": (4, "llvm.x86.sse2.pmadd.wd"),
}
"""Feature of a CPU -> lanes of an instruction that adds products of i16, and its intrinsic."""
FLOATS: Mapping[str, tuple[int, str]] = {
    "avx512bf16": (16, "llvm.x86.avx512bf16.dpbf16ps.512"),
}
"""The same for products of bf16, which it adds to a sum."""
BYTES: Mapping[str, tuple[int, str]] = {
    "avx512vnni": (16, "llvm.x86.avx512.vpdpbusd.512"),
}
"""Feature of a CPU -> lanes of an instruction that adds products of bytes to a sum, and its
intrinsic."""


def define_pairs(llvm_ir: str, features: Sequence[str]) -> str:
    """Returns the text with definitions of the functions that it declares, for a CPU with these
    features.
    """
    used: dict[str, str] = {}
    made = _DECLARED.sub(lambda match: _definition(match, features, used), llvm_ir)
    return "\n".join([made, *used.values(), ""]) if made != llvm_ir else llvm_ir


def _definition(match: re.Match[str], features: Sequence[str], used: dict[str, str]) -> str:
    """Returns a function for vectors of one length, or for numbers; what it calls is added to
    `used`.
    """
    type = match["type"].strip()
    vector = re.fullmatch(r"<(\d+) x (\w+)>", type)
    lanes, element = (int(vector[1]), vector[2]) if vector else (1, type)
    quads = match["name"] == QUADS
    rows = BYTES if quads else INTEGERS if element == "i32" else FLOATS
    fitting = [row for feature, row in rows.items() if feature in features]
    width, intrinsic = next((row for row in fitting if lanes % row[0] == 0), (0, ""))
    words = f"<{lanes} x i32>" if vector else "i32"
    head = f"define internal {type} @{match['name']}.{match['suffix']}"
    head += f"({type} %sum, {words} %a, {words} %b) alwaysinline {{"
    if not width:
        widened = _widened_integers if element == "i32" else _widened_floats
        body = (_widened_bytes if quads else widened)(lanes if vector else 0)
    elif quads:
        part = f"<{width} x i32>"
        used[intrinsic] = f"declare {part} @{intrinsic}({part}, {part}, {part})"
        body = _by_instruction(lanes, width, element, intrinsic, True)
    elif element == "i32":
        pairs = f"<{2 * width} x i16>"
        used[intrinsic] = f"declare <{width} x i32> @{intrinsic}({pairs}, {pairs})"
        body = _by_instruction(lanes, width, element, intrinsic)
    else:
        pairs = f"<{2 * width} x bfloat>"
        used[intrinsic] = (
            f"declare <{width} x float> @{intrinsic}(<{width} x float>, {pairs}, {pairs})"
        )
        body = _by_instruction(lanes, width, element, intrinsic)
    return "\n".join([head, *(f"  {line}" for line in body), "}"])


def _by_instruction(
    lanes: int, width: int, element: str, intrinsic: str, quads: bool = False
) -> list[str]:
    """Returns the instruction for each part of the vectors that fills a register."""
    part, half = f"<{width} x {element}>", "i16" if element == "i32" else "bfloat"
    pairs = f"<{2 * width} x {half}>"
    lines: list[str] = []
    for number, first in enumerate(range(0, lanes, width)):
        for name, type in (("sum", element), ("a", "i32"), ("b", "i32")):
            whole = f"<{lanes} x {type}>"
            mask = _mask(range(first, first + width))
            lines.append(
                f"%{name}.{number} = shufflevector {whole} %{name}, {whole} poison, {mask}"
            )
        if quads:
            words = ", ".join(f"{part} %{name}.{number}" for name in ("sum", "a", "b"))
            lines.append(f"%whole.{number} = call {part} @{intrinsic}({words})")
            continue
        for name in "ab":
            lines.append(
                f"%{name}.pairs.{number} = bitcast <{width} x i32> %{name}.{number} to {pairs}"
            )
        a, b = f"{pairs} %a.pairs.{number}", f"{pairs} %b.pairs.{number}"
        if element == "i32":
            lines.append(f"%both.{number} = call {part} @{intrinsic}({a}, {b})")
            lines.append(f"%whole.{number} = add {part} %sum.{number}, %both.{number}")
        else:
            sum = f"{part} %sum.{number}"
            lines.append(f"%whole.{number} = call {part} @{intrinsic}({sum}, {a}, {b})")
    return [*lines, *_joined([f"%whole.{n}" for n in range(lanes // width)], width, element)]


def _joined(parts: list[str], width: int, element: str) -> list[str]:
    """Returns parts of a vector as one: pairs of neighbours are joined until one is left."""
    lines: list[str] = []
    while len(parts) > 1:
        half, mask = f"<{width} x {element}>", _mask(range(2 * width))
        joined: list[str] = []
        for number in range(0, len(parts), 2):
            joined.append(f"%joined.{width}.{number}")
            low, high = f"{half} {parts[number]}", f"{half} {parts[number + 1]}"
            lines.append(f"{joined[-1]} = shufflevector {low}, {high}, {mask}")
        parts, width = joined, 2 * width
    return [*lines, f"ret <{width} x {element}> {parts[0]}"]


def _widened_integers(lanes: int) -> list[str]:
    """Shifts bring the halves to i32, which are multiplied one by one."""
    type, sixteen = _shaped("i32", lanes), _splat("i32", "16", lanes)
    return [
        *(f"%{name}.up = shl {type} %{name}, {sixteen}" for name in "ab"),
        *(f"%{name}.low = ashr {type} %{name}.up, {sixteen}" for name in "ab"),
        *(f"%{name}.high = ashr {type} %{name}, {sixteen}" for name in "ab"),
        f"%low = mul {type} %a.low, %b.low",
        f"%high = mul {type} %a.high, %b.high",
        f"%both = add {type} %low, %high",
        f"%whole = add {type} %sum, %both",
        f"ret {type} %whole",
    ]


def _widened_bytes(lanes: int) -> list[str]:
    """Instructions that widen the bytes to i32 by shifts and multiply them one by one."""
    type, low, high = _shaped("i32", lanes), _splat("i32", "255", lanes), _splat("i32", "24", lanes)
    lines: list[str] = []
    for byte in range(4):
        down, up = (_splat("i32", str(bits), lanes) for bits in (8 * byte, 24 - 8 * byte))
        total = f"%sum.{byte - 1}" if byte else "%sum"
        lines += [
            f"%a.down.{byte} = lshr {type} %a, {down}",
            f"%a.{byte} = and {type} %a.down.{byte}, {low}",
            f"%b.up.{byte} = shl {type} %b, {up}",
            f"%b.{byte} = ashr {type} %b.up.{byte}, {high}",
            f"%product.{byte} = mul {type} %a.{byte}, %b.{byte}",
            f"%sum.{byte} = add {type} {total}, %product.{byte}",
        ]
    return [*lines, f"ret {type} %sum.3"]


def _widened_floats(lanes: int) -> list[str]:
    """Returns IR that shifts the halves into the high halves of floats, which are multiplied one by
    one.
    """
    type, words = _shaped("float", lanes), _shaped("i32", lanes)
    sixteen, upper = _splat("i32", "16", lanes), _splat("i32", "-65536", lanes)
    return [
        *(f"%{name}.up = shl {words} %{name}, {sixteen}" for name in "ab"),
        *(f"%{name}.masked = and {words} %{name}, {upper}" for name in "ab"),
        *(f"%{name}.low = bitcast {words} %{name}.up to {type}" for name in "ab"),
        *(f"%{name}.high = bitcast {words} %{name}.masked to {type}" for name in "ab"),
        f"%high = fmul contract {type} %a.high, %b.high",
        f"%some = fadd contract {type} %sum, %high",
        f"%low = fmul contract {type} %a.low, %b.low",
        f"%whole = fadd contract {type} %some, %low",
        f"ret {type} %whole",
    ]


def _shaped(element: str, lanes: int) -> str:
    return f"<{lanes} x {element}>" if lanes else element


def _splat(element: str, number: str, lanes: int) -> str:
    return f"<{', '.join([f'{element} {number}'] * lanes)}>" if lanes else number


def _mask(lanes: range) -> str:
    return f"<{len(lanes)} x i32> <{', '.join(f'i32 {lane}' for lane in lanes)}>"
