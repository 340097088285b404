"""`ireelite-opt --interpret`: calls a function in the reference interpreter and prints its results
as `ireelite-run-module` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ireelite import element_types
from ireelite.status import StatusError, invalid_argument
from ireelite.value_files import InputFiles
from ireelite.values import TensorValue, format_scalar, format_tensor, parse_scalar

if TYPE_CHECKING:
    from xdsl.dialects.builtin import ModuleOp


REGISTERS = {"f32": "f", "f64": "F", "i64": "I", "index": "I"}
"""Type of a number of host code -> letter of the calling convention; of others it is `i`."""


def print_interpretation(program: ModuleOp, function: str | None, inputs: Sequence[str]) -> int:
    """Interprets a function and prints its results; the exit code, 1 if a check of the program
    failed. Raises what the interpreter raises, and INVALID_ARGUMENT for inputs of other types.
    """
    from ireelite.compiled_ops import run_compiled
    from ireelite.reference.interpret import function_of, interpret_module

    called = function_of(program, function)
    types = called.function_type.inputs.data
    arguments = [read_argument(text, type) for text, type in zip(inputs, types)]
    arguments += [None] * (len(inputs) - len(arguments))
    name = called.sym_name.data
    outcome = interpret_module(program, name, arguments, run_other=run_compiled)
    print(f"EXEC @{name}")
    for number, value in enumerate(outcome.results):
        type = called.function_type.outputs.data[number]
        print(f"result[{number}]: {described(value, type)}")
    for failure in outcome.failures:
        print(f"FAILED {failure}")
    return int(bool(outcome.failures))


def read_argument(text: str, type: Any) -> Any:
    """Returns the array or number of an `--input` flag. Raises INVALID_ARGUMENT."""
    import numpy as np
    from xdsl.dialects.builtin import TensorType

    from ireelite.reference.numbers import dtype_of, from_storage

    if not isinstance(type, TensorType):
        letter = REGISTERS.get(str(type), "i")
        return np.asarray(parse_scalar(text, letter)).astype(dtype_of(type))
    files = InputFiles()
    try:
        (value,) = files.read(text)
    except StatusError as error:
        raise error.annotate(f"parsing input `{text}`") from None
    finally:
        files.close()
    wanted = element_types.from_mlir(str(type.element_type))
    if value.type.signless != wanted.signless:
        raise invalid_argument(f"`{text}` is a tensor of {value.type}; {type} is expected")
    return from_storage(value.data, dtype_of(type), value.shape)


def described(value: Any, type: Any) -> str:
    """Returns a result as `ireelite-run-module` prints it, with the type that interfaces have."""
    import numpy as np
    from xdsl.dialects.builtin import TensorType

    from ireelite.reference.numbers import to_storage

    if not isinstance(type, TensorType):
        letter, number = REGISTERS.get(str(type), "i"), np.asarray(value)
        return format_scalar(float(number) if letter in "fF" else int(number), letter)
    row = element_types.from_mlir(str(type.element_type))
    return f"hal.buffer_view\n{format_tensor(TensorValue(value.shape, row, to_storage(value)))}"
