"""Outlining: which values of a group of ops are copied, become arguments, or are replaced."""

from __future__ import annotations

from xdsl.dialects import arith, func, scf, test
from xdsl.dialects.builtin import i32
from xdsl.ir import Block, Operation, Region

from ireelite.lowering.rewriting.outlining import Outlining
from ireelite.provenance import Tracker


def is_constant(op: Operation) -> bool:
    return isinstance(op, arith.ConstantOp)


def is_addition(op: Operation) -> bool:
    return isinstance(op, arith.AddiOp)


def rule() -> None:
    """Stands in the record as what did it."""


def test_operands_become_arguments_or_copies_and_results_are_replaced():
    constant = arith.ConstantOp.from_int_and_width(1, 32)
    block = Block([constant], arg_types=[i32, i32])
    first = arith.AddiOp(block.args[1], constant.result)
    second = arith.MuliOp(first.result, block.args[0])
    end = func.ReturnOp(second.result, constant.result)
    block.add_ops([first, second, end])

    tracker = Tracker()
    outlined = Outlining([first, second], is_constant, tracker)

    assert outlined.inputs == [block.args[1], block.args[0]]
    assert outlined.outputs == [second.result]
    assert list(block.ops) == [constant, end]
    copy, *moved = outlined.block.ops
    assert moved == [first, second]
    assert isinstance(copy, arith.ConstantOp) and copy is not constant
    assert list(first.operands) == [outlined.block.args[0], copy.result]
    assert list(second.operands) == [first.result, outlined.block.args[1]]

    call = test.TestOp(outlined.inputs, outlined.result_types)
    block.insert_op_before(call, end)
    outlined.replace(rule, call.results, [call])
    assert list(end.operands) == [call.results[0], constant.result]
    nodes = tracker.record.nodes
    assert nodes[tracker.serial(copy)].parents == [tracker.serial(constant)]
    assert nodes[tracker.serial(call)].parents == [tracker.serial(first), tracker.serial(second)]


def test_values_that_inner_regions_read_are_inputs_too():
    block = Block(arg_types=[i32, i32])
    inner = Block([add := arith.AddiOp(block.args[0], block.args[0]), scf.YieldOp(add.result)])
    around = scf.ExecuteRegionOp([i32], Region(inner))
    reader = scf.ExecuteRegionOp([i32], Region(Block([scf.YieldOp(around.results[0])])))
    block.add_ops([around, reader])

    outlined = Outlining([around], is_constant, None)

    assert outlined.inputs == [block.args[0]]
    assert set(add.operands) == set(outlined.block.args)
    assert outlined.outputs == [around.results[0]]  # an op that stays reads it in its region


def test_a_long_chain_of_copied_ops_needs_no_recursion():
    block = Block(arg_types=[i32])
    value = block.args[0]
    for _ in range(10_000):
        block.add_op(op := arith.AddiOp(value, value))
        value = op.result
    last = arith.MuliOp(value, value)
    block.add_op(last)

    outlined = Outlining([last], is_addition, None)

    assert outlined.inputs == [block.args[0]]
    assert len(list(outlined.block.ops)) == 10_001
    assert all(
        o.owner.parent_block() is outlined.block
        for o in last.operands
        if isinstance(o.owner, Operation)
    )
