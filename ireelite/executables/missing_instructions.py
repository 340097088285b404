"""LLVM IR for what CPUs have no instruction for, and LLVM would call libm for."""

from __future__ import annotations

import re

_KINDS = {
    "roundeven": None,
    "floor": ("-1.0", "fcmp ogt {type} %nearest, %x"),
    "ceil": ("1.0", "fcmp olt {type} %nearest, %x"),
    "trunc": ("-1.0", "fcmp ogt {type} %near, %magnitude"),
}
"""Rounding -> what is added to the nearest integer where it is one too far, and where that is."""
_WHOLE = {"float": "0x4160000000000000", "double": "0x4330000000000000"}
"""Element type -> the power of two from which on all its values are integers."""
_DECLARED = re.compile(
    rf"^declare (?P<type>[^@]+?) @llvm\.(?P<kind>{'|'.join(_KINDS)})\.(?P<suffix>\w+)\(.*$",
    re.MULTILINE,
)


def define_roundings(llvm_ir: str) -> str:
    """Returns the text with functions of its own in place of LLVM's roundings of floats and their
    vectors.
    """
    used: dict[str, str] = {}
    made = _DECLARED.sub(lambda match: _definition(match, used), llvm_ir)
    for kind in _KINDS:
        made = made.replace(f"@llvm.{kind}.", f"@rounding.{kind}.")
    missing = [
        line for name, line in used.items() if not re.search(rf"^declare .*{name}\(", made, re.M)
    ]
    return "\n".join([made, *missing, ""])


def _definition(match: re.Match[str], used: dict[str, str]) -> str:
    """Returns a function that adds to a magnitude what makes its last bit that of one, and
    subtracts it again; where the nearest integer is one too far, one is taken back. Zeros keep
    their sign. What it calls is added to `used`.
    """
    type, kind, suffix = match["type"].strip(), match["kind"], match["suffix"]
    vector = re.fullmatch(r"<(\d+) x (\w+)>", type)
    element = vector[2] if vector else type
    if element not in _WHOLE:
        return match[0]
    truth = f"<{vector[1]} x i1>" if vector else "i1"

    def constant(text: str) -> str:
        return f"<{', '.join([f'{element} {text}'] * int(vector[1]))}>" if vector else text

    name, whole = f"@rounding.{kind}.{suffix}", constant(_WHOLE[element])
    fabs, copysign = f"@llvm.fabs.{suffix}", f"@llvm.copysign.{suffix}"
    used |= {fabs: f"declare {type} {fabs}({type})"}
    used |= {copysign: f"declare {type} {copysign}({type}, {type})"}
    lines = [
        f"define internal {type} {name}({type} %x) alwaysinline {{",
        f"  %magnitude = call {type} {fabs}({type} %x)",
        f"  %up = fadd {type} %magnitude, {whole}",
        f"  %near = fsub {type} %up, {whole}",
        f"  %nearest = call {type} {copysign}({type} %near, {type} %x)",
    ]
    rounded = "%nearest"
    if (correction := _KINDS[kind]) is not None:
        step, too_far = correction
        start = "%near" if kind == "trunc" else "%nearest"
        lines += [
            f"  %far = {too_far.format(type=type)}",
            f"  %step = select {truth} %far, {type} {constant(step)}, {type} {constant('-0.0')}",
            f"  %corrected = fadd {type} {start}, %step",
        ]
        rounded = "%corrected"
    lines += [
        f"  %signed = call {type} {copysign}({type} {rounded}, {type} %x)",
        f"  %small = fcmp olt {type} %magnitude, {whole}",
        f"  %result = select {truth} %small, {type} %signed, {type} %x",
        f"  ret {type} %result",
        "}",
    ]
    return "\n".join(lines)
