"""How a function of a module is called from outside: its model, and its reflection attributes.

In the model `coarse-fences`, a function takes two fences after its arguments: one to wait for
before it touches them, and one that it signals when its results are ready. Either may be null.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO

from xdsl.dialects import func
from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, MemRefType, StringAttr, TensorType
from xdsl.ir import Attribute, Operation
from xdsl.printer import Printer

from ireelite.dialects import flow

ABI_MODEL = "iree.abi.model"
"""On a function: the name of its calling model."""
COARSE_FENCES = "coarse-fences"
SYNC = "sync"
"""The model without fences, which is the default."""
ABI_NAME = "iree.abi.name"
"""On an argument or a result: its name in the declaration."""
REFLECTION = "iree.reflection"
"""On a function: a dictionary of texts that are added to its export's reflection."""


def is_async(function: func.FuncOp) -> bool:
    """Returns whether a function takes a fence to wait for and one to signal."""
    return function.attributes.get(ABI_MODEL) == StringAttr(COARSE_FENCES)


def orders_by_fences(host: Operation) -> bool:
    """Returns whether the steps of a function with host code wait for each other by fences: it
    takes fences, or it moves tensors between devices, whose queues then wait without the host.
    """
    if not isinstance(host, func.FuncOp):
        return False
    return is_async(host) or any(isinstance(op, flow.TensorTransferOp) for op in host.walk())


def reflection(function: func.FuncOp) -> dict[str, str]:
    """Returns the reflection of a function's export: declaration, model, and the author's own
    texts.
    """
    own = function.attributes.get("iree.abi.declaration")
    text = own.data if isinstance(own, StringAttr) else declaration(function)
    texts = {"iree.abi.declaration": text}
    if isinstance(model := function.attributes.get(ABI_MODEL), StringAttr) and is_async(function):
        texts[ABI_MODEL] = model.data
    if isinstance(more := function.attributes.get(REFLECTION), DictionaryAttr):
        texts |= {k: v.data for k, v in more.data.items() if isinstance(v, StringAttr)}
    return texts


def declaration(function: func.FuncOp) -> str:
    """Returns a function as its author wrote it, with its arguments and results numbered: `sync
    func @f(%input0: tensor<4xf32>) -> (%output0: tensor<4xf32>)`.
    """
    type = function.function_type
    inputs = _values("input", type.inputs.data, function.arg_attrs)
    outputs = _values("output", type.outputs.data, function.res_attrs)
    model = "async" if is_async(function) else "sync"
    return f"{model} func @{function.sym_name.data}({inputs}) -> ({outputs})"


def _values(
    prefix: str, types: Sequence[Attribute], attributes: ArrayAttr[DictionaryAttr] | None
) -> str:
    texts: list[str] = []
    for number, type in enumerate(types):
        own = dict(attributes.data[number].data) if attributes is not None else {}
        name = own.pop(ABI_NAME, None)
        text = name.data if isinstance(name, StringAttr) else f"{prefix}{number}"
        text = f"%{text}: {_tensor(type)}"
        if own:
            stream = StringIO()
            printer = Printer(stream)
            printer.print_string(" ")
            printer.print_attr_dict(dict(sorted(own.items())))
            text += stream.getvalue()
        texts.append(text)
    return ", ".join(texts)


def _tensor(type: Attribute) -> Attribute:
    """Returns the tensor that a buffer of a sequencer holds."""
    if isinstance(type, MemRefType):
        return TensorType(type.element_type, type.get_shape())
    return type
