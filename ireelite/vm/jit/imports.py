"""Calls of imports in compiled entry points: products of matrices, by the native code that `mmt4d` of
the module `vmvx` uses.

What that native code does not take stops the compiled code before the call, and the interpreter
makes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ireelite.bytecode.isa import IMPORT_BIT, MOVE_BIT, REF_BIT
from ireelite.bytecode.module_def import Instruction
from ireelite.light_named_tuple import NamedTuple
from ireelite.vm.dataflow import Registers
from ireelite.vm.jit.product_forms import ELEMENTS_PER_INSTRUCTION, WIDTHS, form_of
from ireelite.vm.jit.products import NUMBERS

if TYPE_CHECKING:
    from ireelite.vm.jit.kernel import KernelWriter
    from ireelite.vm.jit.region import Register

PRODUCT = "vmvx.mmt4d"
_MOST = 1 << 31
"""Rows, columns and strides of a product from which on the interpreter makes the call."""
_MOST_OFFSET = 1 << 40


class Product(NamedTuple):
    """A call of `mmt4d` whose form is known: its operands, its element type, whether the right
    matrix lies by columns, and whether it adds to the result."""

    operands: tuple[int, ...]
    type: int
    columns: bool
    accumulates: bool

    @property
    def buffers(self) -> tuple[int, int, int]:
        """The registers of the operands and, the last, of the result."""
        return self.operands[0], self.operands[3], self.operands[6]


def product_of(row: Instruction, registers: Registers, imports: Sequence[str]) -> Product | None:
    """Returns the product that a call computes, if it is one whose form its constants say."""
    if row.op.mnemonic != "call":
        return None
    callee, operands, _ = row.operands
    if not callee & IMPORT_BIT or imports[callee & ~IMPORT_BIT] != PRODUCT:
        return None
    n, k = (registers.read("q", raw).constant for raw in operands[10:12])
    m0, n0, k0, flags = (registers.read("i", raw).constant for raw in operands[12:])
    form = None if flags is None else form_of(n, k, m0, n0, k0, flags)
    return None if form is None else Product(tuple(operands), *form)


def moved(row: Instruction) -> list[int]:
    """Returns the reference registers that a call empties."""
    return [raw for raw in row.operands[1] if raw & REF_BIT and raw & MOVE_BIT]


def emit_product(w: KernelWriter, product: Product, live: tuple[Register, ...]) -> None:
    """Writes a product: what it needs is checked, and its cost taken from the instructions left.
    `live` are the registers that the interpreter needs to go on from the call.
    """
    a, a_start, a_stride, b, b_start, b_stride, c, c_start, c_stride, rows, n, k, _, n0, k0, _ = (
        product.operands
    )
    m = w.read("q", rows)
    if product.columns:
        n, k = w.emit(f"zext i32 {w.read('i', n0)} to i64"), w.read("q", k)
    else:
        n, k = w.read("q", n), w.emit(f"zext i32 {w.read('i', k0)} to i64")
    strides = [w.read("q", raw) for raw in (a_stride, b_stride, c_stride)]
    starts = [w.read("q", raw) for raw in (a_start, b_start, c_start)]
    operand, result = WIDTHS[product.type]
    right = (k, n, n) if product.columns else (n, strides[1], k)
    matrices = [
        (f"%bytes{w.number(a)}", starts[0], m, strides[0], k, operand),
        (f"%bytes{w.number(b)}", starts[1], *right, operand),
        (f"%room{w.number(c)}", starts[2], m, strides[2], n, result),
    ]
    pairs = w.emit(f"mul i64 {m}, {n}")
    work = w.emit(f"mul i64 {pairs}, {k}")
    left = w.emit("load i64, ptr %left")
    after = w.emit(f"sub i64 {left}, {w.emit(f'udiv i64 {work}, {ELEMENTS_PER_INSTRUCTION}')}")
    conditions = [
        *(f"icmp ult i64 {w.emit(f'sub i64 {size}, 1')}, {_MOST - 1}" for size in (m, n, k)),
        *(f"icmp ult i64 {stride}, {_MOST}" for stride in strides),
        *(f"icmp ult i64 {start}, {_MOST_OFFSET}" for start in starts),
        *(_inside(w, *matrix) for matrix in matrices),
        f"icmp ult i64 {pairs}, {_MOST}",
        f"icmp sge i64 {after}, 0",
    ]
    holds = w.emit(conditions[0])
    for condition in conditions[1:]:
        holds = w.emit(f"and i1 {holds}, {w.emit(condition)}")
    w.require_or_save(holds, live)
    w.line(f"store i64 {after}, ptr %left")
    element, sum_type = NUMBERS[product.type].element, NUMBERS[product.type].result
    places = [
        w.emit(f"getelementptr {kind}, ptr %base{w.number(raw)}, i64 {start}")
        for raw, start, kind in zip((a, b, c), starts, (element, element, sum_type))
    ]
    steps = ("1", n) if product.columns else (strides[1], "1")
    w.line(
        f"call void {w.product(product.type)}(ptr {places[0]}, i64 {strides[0]}, ptr {places[1]}, "
        f"i64 {steps[0]}, i64 {steps[1]}, ptr {places[2]}, i64 {strides[2]}, i64 {m}, i64 {n}, "
        f"i64 {k}, i64 {int(product.accumulates)})"
    )


def _inside(
    w: KernelWriter, bytes: str, start: str, rows: str, stride: str, columns: str, width: int
) -> str:
    """Returns whether a matrix ends within its buffer."""
    below = w.emit(f"mul i64 {w.emit(f'sub i64 {rows}, 1')}, {stride}")
    end = w.emit(f"add i64 {w.emit(f'add i64 {start}, {below}')}, {columns}")
    return f"icmp sle i64 {w.emit(f'mul i64 {end}, {width}')}, {bytes}"
