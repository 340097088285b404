"""Static shapes for the arguments of MLIR functions that leave sizes open.

`tensor<?x4xf32>` becomes `tensor<8x4xf32>` where a user gives the argument the shape `(8, 4)`. The
body keeps its types behind a `tensor.cast`, and the refinement of shapes makes them static.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.dialects import func, tensor
from xdsl.dialects.builtin import DYNAMIC_INDEX, FunctionType, ModuleOp, SymbolRefAttr, TensorType
from xdsl.ir import BlockArgument
from xdsl.rewriter import InsertPoint, Rewriter

from ireelite.dialects.symbols import find_symbol
from ireelite.status import StatusError, invalid_argument, near_names, not_found
from ireelite.syntax.errors import place_of

ArgumentShape = Sequence[int | None] | None
"""Sizes of one argument: None, or -1, leaves a size as the program has it. None in place of them
leaves the whole argument."""

OPEN = -1
"""A size that stays open, as NumPy writes it."""

ArgumentShapes = Mapping[str, Sequence[ArgumentShape]]
"""Name of a function -> the shape of each argument."""


def give_shapes(module: ModuleOp, shapes: ArgumentShapes, name: str) -> None:
    """Gives arguments of functions static shapes, in place. `name` is the source's, for errors.

    Raises NOT_FOUND for a function that the module does not have, and INVALID_ARGUMENT for another
    number of arguments, for a shape that an argument's type contradicts, and for a function that
    this module calls.
    """
    for function_name, given in shapes.items():
        function = find_symbol(module.body.block.first_op or module, SymbolRefAttr(function_name))
        if not isinstance(function, func.FuncOp) or function.is_declaration:
            known = [
                op.sym_name.data
                for op in module.body.block.ops
                if isinstance(op, func.FuncOp) and not op.is_declaration
            ]
            raise not_found(
                f"{name}: a shape is given for arguments of '@{function_name}', which is not a function "
                f"here{near_names(function_name, known)}"
            )
        check_call_of(function, module)
        give_function(function, given)


def check_call_of(function: func.FuncOp, module: ModuleOp) -> None:
    """Raises INVALID_ARGUMENT for a function that another one calls with the types that it has."""
    for op in module.walk():
        if isinstance(op, func.CallOp) and find_symbol(op, op.callee) is function:
            raise refused(
                function, f"is called in this module ({place_of(op)[:-2]}): give the caller shapes"
            )


def give_function(function: func.FuncOp, shapes: Sequence[ArgumentShape]) -> None:
    """Gives the arguments of one function their shapes."""
    is_list = isinstance(shapes, Sequence) and not isinstance(shapes, str)
    if not is_list or not all(shape is None or isinstance(shape, Sequence) for shape in shapes):
        raise refused(
            function,
            f"gets {shapes!r} as the shapes of its arguments; expected a list with one shape, or "
            "None, for each argument, as [(4, 8), None]",
        )
    if len(shapes) != len(function.args):
        raise refused(
            function, f"has {len(function.args)} arguments, and {len(shapes)} shapes are given"
        )
    for argument, shape in zip(function.args, shapes, strict=True):
        if shape is not None:
            give_argument(function, argument, shape)
    inputs = [argument.type for argument in function.args]
    outputs = function.function_type.outputs.data
    function.function_type = FunctionType.from_lists(inputs, outputs)


def give_argument(
    function: func.FuncOp, argument: BlockArgument, shape: Sequence[int | None]
) -> None:
    """Gives one argument a shape; what reads it reads a cast to the type that it had."""
    type = argument.type
    sizes = type.get_shape() if isinstance(type, TensorType) else None
    if sizes is None or not isinstance(type, TensorType) or not fits(shape, sizes):
        given = "x".join("?" if size in (None, OPEN) else str(size) for size in shape) or "()"
        raise refused(
            function, f"has argument {argument.index} of type {type}, which can't be {given}"
        )
    wanted = [
        known if size is None or size == OPEN else int(size)
        for size, known in zip(shape, sizes, strict=True)
    ]
    if (new := TensorType(type.element_type, wanted, type.encoding)) == type:
        return
    block = argument.block
    made = Rewriter.replace_value_with_new_type(argument, new)
    cast = tensor.CastOp(made, type)
    cast.location = function.location
    made.replace_uses_with_if(cast.dest, lambda use: use.operation is not cast)
    Rewriter.insert_op(cast, InsertPoint.at_start(block))


def fits(shape: Sequence[int | None], sizes: Sequence[int]) -> bool:
    """Returns whether a tensor whose type has these sizes may have a shape."""
    return len(shape) == len(sizes) and all(
        given in (None, OPEN)
        or (isinstance(given, int) and given >= 0 and known in (given, DYNAMIC_INDEX))
        for given, known in zip(shape, sizes, strict=True)
    )


def refused(function: func.FuncOp, what: str) -> StatusError:
    """Returns the error of a function that can't have the shapes that are given."""
    return invalid_argument(f"{place_of(function)}'@{function.sym_name.data}' {what}")
