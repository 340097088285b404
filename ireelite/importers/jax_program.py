"""What becomes of the `main` that JAX has lowered, once it is parsed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xdsl.dialects import func
from xdsl.dialects.builtin import (
    ArrayAttr,
    BytesAttr,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    FunctionType,
    ModuleOp,
    StringAttr,
    SymbolRefAttr,
    TensorType,
)
from xdsl.ir import Attribute

from ireelite.dialects.stablehlo import ConstantOp
from ireelite.lowering.sequencer.abi import ABI_NAME, REFLECTION
from ireelite.syntax.elements import MAX_REPEATED_BYTES, make_splat


def bind_constants(module: ModuleOp, constants: Sequence[Any]) -> func.FuncOp:
    """Makes of the first arguments of `main` constants of these arrays. Returns `main`."""
    (main,) = (
        op for op in module.ops if isinstance(op, func.FuncOp) and op.sym_name.data == "main"
    )
    block = main.body.block
    count = len(constants)
    ops: list[ConstantOp] = []
    for argument, array in zip(block.args[:count], constants, strict=True):
        assert isinstance(argument.type, TensorType)
        ops.append(op := ConstantOp(dense(argument.type, array)))
        op.location = main.location
        argument.replace_all_uses_with(op.result)
    for argument in block.args[:count]:
        block.erase_arg(argument)
    if (first := block.first_op) is not None:
        block.insert_ops_before(ops, first)
    type = main.function_type
    main.function_type = FunctionType.from_lists(type.inputs.data[count:], type.outputs.data)
    if main.arg_attrs is not None:
        main.arg_attrs = ArrayAttr(main.arg_attrs.data[count:])
    return main


def dense(type: TensorType[Any], array: Any) -> DenseIntOrFPElementsAttr:
    """Returns a constant of an array's bytes: one copy of them, or one element if all are equal."""
    import numpy

    values = numpy.ascontiguousarray(array)
    if values.dtype == bool:  # a true is -1
        values = values.view(numpy.int8) * numpy.int8(-1)
    raw = values.reshape(-1).view(numpy.uint8)
    rows = raw.reshape(-1, values.itemsize)
    if raw.size > MAX_REPEATED_BYTES and (rows[0] == rows[-1]).all() and (rows == rows[0]).all():
        return make_splat(type, rows[0].tobytes())
    return DenseIntOrFPElementsAttr(type, BytesAttr(raw.tobytes()))


def describe(
    function: func.FuncOp,
    arguments: Sequence[str],
    results: Sequence[str],
    reflection: Mapping[str, str],
) -> None:
    """Gives a function names of its arguments and results, and texts of its reflection."""
    function.arg_attrs = _named(function.arg_attrs, arguments)
    function.res_attrs = _named(None, results)
    for argument, name in zip(function.body.block.args, arguments, strict=True):
        argument.name_hint = name if name.isidentifier() else None
    texts: dict[str, Attribute] = {key: StringAttr(text) for key, text in reflection.items()}
    function.attributes[REFLECTION] = DictionaryAttr(texts)


def _named(
    own: ArrayAttr[DictionaryAttr] | None, names: Sequence[str]
) -> ArrayAttr[DictionaryAttr] | None:
    if not names:
        return None
    rows = own.data if own is not None else [DictionaryAttr({})] * len(names)
    return ArrayAttr(
        [
            DictionaryAttr({**row.data, ABI_NAME: StringAttr(name)})
            for row, name in zip(rows, names, strict=True)
        ]
    )


def rename(module: ModuleOp, function: func.FuncOp, name: str) -> None:
    """Renames a function that is not called in its module. Another one of that name gives it up."""
    taken = {op.sym_name.data: op for op in module.ops if isinstance(op, func.FuncOp)}
    if (other := taken.get(name)) is not None and other is not function:
        new = next(f"{name}_{n}" for n in range(len(taken) + 1) if f"{name}_{n}" not in taken)
        other.sym_name = StringAttr(new)
        for op in module.walk():
            if isinstance(op, func.CallOp) and op.callee.root_reference.data == name:
                op.callee = SymbolRefAttr(new)
    function.sym_name = StringAttr(name)
