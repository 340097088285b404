"""Single ops, compiled and run: what the reference interpreter computes ops with whose results are a
matter of choice, as the signs of eigenvectors, so that it makes the choices that compiled programs
make.
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
    """Returns the results of a custom call or of an `iree_tensor` op for operands of these values;
    None for other ops and for calls that no lowering knows.

    Integer operands are constants of what is compiled: older calls of LAPACK have sizes and options
    as operands. Raises what compiling it raises.
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
    """Returns a program whose one function has nothing but the op, and its arguments."""
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
