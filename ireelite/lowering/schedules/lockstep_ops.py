"""Ops whose points run in lockstep: registers hold what they read and make."""

from __future__ import annotations

from xdsl.dialects import arith, memref, scf
from xdsl.dialects import math as math_dialect
from xdsl.dialects.builtin import (
    Float32Type,
    Float64Type,
    IndexType,
    IntegerType,
    MemRefType,
)
from xdsl.ir import Attribute, Block, Operation

from ireelite.dialects.elements import is_small_float
from ireelite.dialects.extensions import arith_extra, math_extra
from ireelite.lowering.scalars.narrow_integers import is_narrow
from ireelite.lowering.schedules.packing import INDEX_OPS
from ireelite.lowering.schedules.strides import Strides

POINTWISE: frozenset[type[Operation]] = frozenset(
    {
        arith.ConstantOp, arith.AddfOp, arith.SubfOp, arith.MulfOp, arith.DivfOp, arith.NegfOp,
        arith.MaximumfOp, arith.MinimumfOp, arith.AddiOp, arith.SubiOp, arith.MuliOp, arith.AndIOp,
        arith.OrIOp, arith.XOrIOp, arith.MaxSIOp, arith.MinSIOp, arith.MaxUIOp, arith.MinUIOp,
        arith.CmpfOp, arith.CmpiOp, arith.SelectOp, arith.ExtFOp, arith.TruncFOp, arith.ExtSIOp,
        arith.ExtUIOp, arith.TruncIOp, arith.SIToFPOp, arith.UIToFPOp, arith.BitcastOp,
        arith.ShLIOp, arith_extra.DotPairsOp, arith_extra.DotQuadsOp, math_dialect.AbsFOp,
        math_dialect.ErfOp, math_dialect.ExpOp, math_dialect.LogOp, math_dialect.RsqrtOp, math_dialect.SqrtOp,
        math_dialect.TanhOp, math_extra.LogisticOp,
    }
)  # fmt: skip
"""Ops of scalars that become ops of registers. Their formulas have no branches."""


def is_number(type: Attribute) -> bool:
    """Returns whether registers hold values of a type, maybe as wider ones, or it is a buffer or an
    index. Neighbours that share bytes are not neighbours in registers.
    """
    plain = isinstance(type, Float32Type | Float64Type | IntegerType | IndexType | MemRefType)
    return (plain or is_small_float(type)) and not is_narrow(type)


def reads_in_place(loop: scf.ParallelOp) -> bool:
    """Returns whether a point reads an element at the place where it writes one: the two buffers
    may be the same memory.
    """
    written = {tuple(op.indices) for op in loop.body.walk() if isinstance(op, memref.StoreOp)}
    return any(
        tuple(op.indices) in written for op in loop.body.walk() if isinstance(op, memref.LoadOp)
    )


def widest(loop: scf.ParallelOp) -> int:
    """Returns the bits of the widest number that the points store or add up, 32 at least: LLVM has
    no products of many narrow ones.
    """
    types = [op.value.type for op in loop.body.walk() if isinstance(op, memref.StoreOp)]
    types += [
        value.type for op in loop.body.walk() if isinstance(op, scf.ForOp) for value in op.res
    ]
    return max(32, *(getattr(type, "bitwidth", 32) for type in types))


def is_pointwise(op: Operation) -> bool:
    """Returns whether registers hold an op's operands and results, and the op is not a loop."""
    known = type(op) in POINTWISE or isinstance(op, memref.LoadOp | memref.StoreOp | scf.ReduceOp)
    is_index = isinstance(op, INDEX_OPS) and isinstance(op.results[0].type, IndexType)
    return (known or is_index) and holds_numbers(op)


def holds_numbers(op: Operation) -> bool:
    """Returns whether registers hold what an op reads and makes."""
    return all(is_number(value.type) for value in (*op.operands, *op.results))


def uses_lane(body: Block, along: Strides) -> bool:
    """Returns whether an op other than an access computes with an index that differs from lane to
    lane.
    """
    return any(
        isinstance(operand.type, IndexType) and along.of(operand) != 0
        for op in body.ops
        if not isinstance(op, memref.LoadOp | memref.StoreOp)
        and not (op.results and isinstance(op.results[0].type, IndexType))
        for operand in op.operands
    )
