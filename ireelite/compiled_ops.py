"""Compiles and runs single ops, for the reference interpreter. It computes in this way what has more
than one right result, as eigenvectors, whose signs are free: compiled programs have the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from xdsl.dialects.builtin import ModuleOp
    from xdsl.ir import Operation

    from ireelite.session import LoadedModule

FUNCTION = "op"
KEPT = 64
"""How many compiled ops are kept."""


def run_compiled(op: Operation, operands: Sequence[np.ndarray[Any, Any]]) -> list[Any] | None:
    """Returns the results of a custom call, or of an `iree_tensor` op, on arrays; None for other ops
    and for calls that no lowering knows.

    Integer operands become constants of the compiled program, since older calls of LAPACK take sizes
    and options as operands. Raises what `compile` and the call raise.
    """
    if not _is_known(op):
        return None
    module, arguments = _program_of(op, operands)
    from ireelite.syntax.printer import print_module

    function = _compiled(print_module(module, elide=False))[FUNCTION]
    results = function(*arguments)
    return list(results) if isinstance(results, tuple) else [results]


def _is_known(op: Operation) -> bool:
    from ireelite.dialects.stablehlo.custom_call import CustomCallOp
    from ireelite.lowering.frontend.hlo.custom_calls import find_rule

    if isinstance(op, CustomCallOp):
        return find_rule(op.target) is not None
    return op.name.startswith("iree_tensor.")


def _program_of(
    op: Operation, operands: Sequence[np.ndarray[Any, Any]]
) -> tuple[ModuleOp, list[np.ndarray[Any, Any]]]:
    """Returns a program with one function, which computes the op alone, and the function's arguments."""
    import numpy as np
    from xdsl.dialects import func
    from xdsl.dialects.builtin import (
        BytesAttr,
        DenseIntOrFPElementsAttr,
        FunctionType,
        IntegerType,
        ModuleOp,
        TensorType,
    )
    from xdsl.ir import Block, Region, SSAValue

    from ireelite.dialects import stablehlo as hlo
    from ireelite.dialects.tensor_types import element_type_of

    entry, arguments = Block(), list[np.ndarray[Any, Any]]()
    values: dict[SSAValue, SSAValue] = {}
    for value, array in zip(op.operands, operands, strict=True):
        element = element_type_of(value)
        if isinstance(element, IntegerType):
            data = BytesAttr(np.ascontiguousarray(array).tobytes())
            type = TensorType(element, array.shape)
            constant = hlo.ConstantOp(DenseIntOrFPElementsAttr(type, data))
            entry.add_op(constant)
            values[value] = constant.results[0]
        elif value not in values:
            type = TensorType(element, array.shape)
            values[value] = entry.insert_arg(type, len(entry.args))
            arguments.append(array)
    copy = op.clone(values)
    entry.add_ops([copy, func.ReturnOp(*copy.results)])
    signature = FunctionType.from_lists(entry.arg_types, copy.result_types)
    return ModuleOp([func.FuncOp(FUNCTION, signature, Region(entry))]), arguments


@lru_cache(KEPT)
def _compiled(text: str) -> LoadedModule:
    from ireelite.program import compile_source
    from ireelite.session import load

    return load(compile_source(text, targets=["llvm-cpu"]))
