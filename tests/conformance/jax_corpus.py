"""The corpus of JAX's programs as programs that test themselves: their inputs are constants, and
their results are checked against those that JAX returned.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
from random_programs import dense
from xdsl.dialects import func
from xdsl.dialects.builtin import FloatAttr, FunctionType, f32
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import IRDLOperation

from ireelite.dialects import check, util
from ireelite.reference.numbers import Array, dtype_of, is_float
from ireelite.status import StatusError
from ireelite.syntax.parser import parse_module
from ireelite.syntax.printer import print_module

CORPUS = Path(__file__).resolve().parents[1] / "e2e" / "jax_programs" / "corpus.py"


def corpus() -> Any:
    """The corpus's own module, which is a program and no part of a package."""
    specification = spec_from_file_location("jax_programs_corpus", CORPUS)
    assert specification is not None and specification.loader is not None
    module = module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


def write_jax(folder: Path) -> Iterator[tuple[str, Path]]:
    """(version of JAX, file) of every program; what can't be read is written as it is."""
    for case in corpus().cases():
        target = folder / f"jax-{case.version}" / f"{case.name}.mlir"
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            text = testing_itself(case)
        except StatusError:
            text = case.path.read_text()
        target.write_text(text)
        yield case.version, target


def testing_itself(case: Any) -> str:
    """The program of a case with its inputs and checks. Raises what the parser raises."""
    module = parse_module(case.path.read_text(), case.path.name)
    (main,) = (
        op for op in module.ops if isinstance(op, func.FuncOp) and op.sym_name.data == "main"
    )
    block = main.body.block
    for argument, array in zip(list(block.args), case.inputs):
        value = dense(argument.type, typed(array, argument.type))
        made = util.UnfoldableConstantOp(value)
        first = block.first_op
        assert first is not None
        block.insert_op_before(made, first)
        argument.replace_all_uses_with(made.result)
        block.erase_arg(argument)
    end = block.last_op
    assert isinstance(end, func.ReturnOp)
    for value, array in zip(list(end.operands), case.expected):
        block.insert_op_before(near(value, array, case.rtol), end)
    end.operands = []
    main.function_type = FunctionType.from_lists([], [])
    main.arg_attrs = main.res_attrs = None
    return print_module(module)


def typed(array: Array, type: Attribute) -> Array:
    """An array of the dtype of a type."""
    return np.asarray(array).astype(dtype_of(type))


def near(value: SSAValue, expected: Array, rtol: float) -> IRDLOperation:
    """A check of a result, with the tolerance of the corpus: relative to its largest number."""
    constant = dense(value.type, typed(expected, value.type))
    dtype = dtype_of(value.type)
    if not is_float(dtype) and dtype.kind != "c":
        return check.ExpectEqConstOp.create(operands=[value], properties={"value": constant})
    sizes = np.abs(expected[np.isfinite(expected)])
    scale = max(1.0, float(sizes.max())) if sizes.size else 1.0
    settings = {
        "value": constant,
        "atol": FloatAttr(rtol * scale, f32),
        "rtol": FloatAttr(rtol, f32),
    }
    return check.ExpectAlmostEqConstOp.create(operands=[value], properties=settings)
