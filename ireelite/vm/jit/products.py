"""Products of matrices as native code, which is what `mmt4d` computes with tiles of one element, or of
one row.

    void product(lhs, lhs_stride, rhs, rhs_stride, rhs_step, out, out_stride, m, n, k, accumulate)

Pointers are to first elements, strides between rows in elements; what is multiplied with neighbours
in a row of the left matrix is `rhs_step` elements apart. Four rows are multiplied with four
at once. Each sum is added in order, as IREE's runtime does, so that results are the same to the bit.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

from ireelite.light_dataclass import light_dataclass
from ireelite.light_named_tuple import NamedTuple

BLOCK = 4
"""Rows of each operand that are multiplied at once."""
_ARGUMENTS = (
    "ptr %a, i64 %as, ptr %b, i64 %bs, i64 %bk, ptr %c, i64 %cs, i64 %m, i64 %n, i64 %k, i64 %more"
)
_SIGNATURE = ctypes.CFUNCTYPE(
    None,
    *(ctypes.c_void_p, ctypes.c_int64),
    *(ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64),
    *(ctypes.c_void_p, ctypes.c_int64),
    *(ctypes.c_int64,) * 4,
)


@light_dataclass(frozen=True)
class _Numbers:
    """How elements of one type are multiplied and added."""

    name: str
    element: str
    result: str
    zero: str
    widen: str
    """An element as a number that is multiplied; `{}` is the element."""
    multiply: str
    add: str


NUMBERS = {
    1: _Numbers("product_f32", "float", "float", "0.0", "", "fmul", "fadd"),
    2: _Numbers("product_s8", "i8", "i32", "0", "sext i8 {} to i32", "mul", "add"),
}
"""By the type in the flags of `mmt4d`."""


class Products(NamedTuple):
    """The functions by the keys of `NUMBERS`, their addresses, and what keeps their code alive."""

    functions: dict[int, Callable[..., None]]
    addresses: dict[int, int]
    code: Any


@cache
def products() -> Products | None:
    """Returns the functions, compiled when first asked for; None if LLVM is not there."""
    # Imported with the first product: LLVM's binding takes a while to load.
    from ireelite.executables.native_object import compile_ir
    from ireelite.vm.jit.code import kept, link_or_none

    attributes = 'attributes #0 = { nounwind "no-builtins" }'
    text = "\n".join([*map(_function, NUMBERS.values()), attributes, ""])
    linked = link_or_none(
        lambda: kept(text, lambda: compile_ir(text)), [each.name for each in NUMBERS.values()]
    )
    if linked is None:
        return None
    code, addresses = linked
    found = dict(zip(NUMBERS, addresses, strict=True))
    return Products({key: _SIGNATURE(at) for key, at in found.items()}, found, code)


def _function(of: _Numbers) -> str:
    """Loops over blocks of rows of both operands, and over what is left of them."""
    return f"""
define void @{of.name}({_ARGUMENTS}) #0 {{
entry:
  br label %rows
rows:
  %i = phi i64 [ 0, %entry ], [ %i.next, %row.done ]
  %i.left = sub i64 %m, %i
  %some = icmp sgt i64 %i.left, 0
  br i1 %some, label %row, label %done
row:
  %i.many = icmp sge i64 %i.left, {BLOCK}
  %i.step = select i1 %i.many, i64 {BLOCK}, i64 1
  %i.next = add i64 %i, %i.step
  br label %columns
columns:
  %j = phi i64 [ 0, %row ], [ %j.next, %column.done ]
  %j.left = sub i64 %n, %j
  %j.some = icmp sgt i64 %j.left, 0
  br i1 %j.some, label %column, label %row.done
column:
  %j.many = icmp sge i64 %j.left, {BLOCK}
  %j.step = select i1 %j.many, i64 {BLOCK}, i64 1
  %j.next = add i64 %j, %j.step
  %both = select i1 %i.many, i1 %j.many, i1 false
  br i1 %both, label %block, label %narrow
narrow:
  br i1 %i.many, label %tall, label %flat
flat:
  br i1 %j.many, label %wide, label %one
{_block(of, "block", BLOCK, BLOCK)}
{_block(of, "tall", BLOCK, 1)}
{_block(of, "wide", 1, BLOCK)}
{_block(of, "one", 1, 1)}
column.done:
  br label %columns
row.done:
  br label %rows
done:
  ret void
}}"""


def _block(of: _Numbers, name: str, rows: int, columns: int) -> str:
    """Multiplies some rows with some rows: all sums at once, from what they begin with on."""
    pairs = [f"{row}.{column}" for row in range(rows) for column in range(columns)]
    sums = [(pair, *pair.split(".")) for pair in pairs]
    lines = [f"{name}:"]
    for side, count, start in (("a", rows, "i"), ("b", columns, "j")):
        for number in range(count):
            at = f"%{name}.{side}{number}"
            lines += [
                f"  {at}.n = add i64 %{start}, {number}",
                f"  {at}.o = mul i64 {at}.n, %{side}s",
                f"  {at} = getelementptr inbounds {of.element}, ptr %{side}, i64 {at}.o",
            ]
    for pair, row, column in sums:
        at = f"%{name}.c{pair}"
        lines += [
            f"  {at}.o = mul i64 %{name}.a{row}.n, %cs",
            f"  {at}.e = add i64 {at}.o, %{name}.b{column}.n",
            f"  {at} = getelementptr inbounds {of.result}, ptr %c, i64 {at}.e",
        ]
    lines += [
        f"  %{name}.more = icmp ne i64 %more, 0",
        f"  br i1 %{name}.more, label %{name}.old, label %{name}.begin",
        f"{name}.old:",
        *(f"  %{name}.c{pair}.old = load {of.result}, ptr %{name}.c{pair}" for pair in pairs),
        f"  br label %{name}.begin",
        f"{name}.begin:",
    ]
    for pair in pairs:
        old = f"[ {of.zero}, %{name} ], [ %{name}.c{pair}.old, %{name}.old ]"
        lines.append(f"  %{name}.s{pair}.0 = phi {of.result} {old}")
    lines += [
        f"  %{name}.some = icmp sgt i64 %k, 0",
        f"  br i1 %{name}.some, label %{name}.loop, label %{name}.store",
        f"{name}.loop:",
        f"  %{name}.l = phi i64 [ 0, %{name}.begin ], [ %{name}.l.next, %{name}.loop ]",
    ]
    both = [
        f"phi {of.result} [ %{name}.s{pair}.0, %{name}.begin ], [ %{name}.s{pair}.1, %{name}.loop ]"
        for pair in pairs
    ]
    lines += [f"  %{name}.s{pair} = {phi}" for pair, phi in zip(pairs, both)]
    lines.append(f"  %{name}.b.l = mul i64 %{name}.l, %bk")
    for side, count in (("a", rows), ("b", columns)):
        for number in range(count):
            at = f"%{name}.{side}{number}"
            loaded = f"{at}.e" if of.widen else f"{at}.v"
            step = f"%{name}.l" if side == "a" else f"%{name}.b.l"
            lines += [
                f"  {at}.p = getelementptr inbounds {of.element}, ptr {at}, i64 {step}",
                f"  {loaded} = load {of.element}, ptr {at}.p",
            ]
            if of.widen:
                lines.append(f"  {at}.v = {of.widen.format(loaded)}")
    for pair, row, column in sums:
        at = f"%{name}.s{pair}"
        operands = f"%{name}.a{row}.v, %{name}.b{column}.v"
        lines += [
            f"  {at}.m = {of.multiply} {of.result} {operands}",
            f"  {at}.1 = {of.add} {of.result} {at}, {at}.m",
        ]
    lines += [
        f"  %{name}.l.next = add nuw nsw i64 %{name}.l, 1",
        f"  %{name}.again = icmp slt i64 %{name}.l.next, %k",
        f"  br i1 %{name}.again, label %{name}.loop, label %{name}.store",
        f"{name}.store:",
        *(f"  %{name}.t{pair} = {phi}" for pair, phi in zip(pairs, both)),
        *(f"  store {of.result} %{name}.t{pair}, ptr %{name}.c{pair}" for pair in pairs),
        "  br label %column.done",
    ]
    return "\n".join(lines)
