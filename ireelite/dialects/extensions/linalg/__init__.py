"""The `linalg` dialect of the project: xDSL's, with every named op of MLIR.

xDSL has some thirty of the named ops. Those that are a contraction, a convolution, a pooling or a
scalar function are rows of a table here (`named_ops.py`), read and printed by one class
(`named.py`); `map`, `reduce`, `elementwise` and `contract`, whose function or maps are given, are in
`mapped.py`; the packed layouts and the softmax in `packing.py`; Winograd's transforms in `winograd.py`.
"""

from xdsl.dialects.linalg import Linalg as XDSL_LINALG
from xdsl.ir import Dialect

from ireelite.dialects.extensions.linalg.attributes import ElementwiseKindAttr, TypeFnAttr
from ireelite.dialects.extensions.linalg.mapped import MAPPED_OPS, ContractOp, ElementwiseOp
from ireelite.dialects.extensions.linalg.named import NamedOp
from ireelite.dialects.extensions.linalg.named_ops import NAMED_OPS, named_class, named_op
from ireelite.dialects.extensions.linalg.packing import PACKING_OPS
from ireelite.dialects.extensions.linalg.winograd import WINOGRAD_OPS

_OWN = {*(f"linalg.{name}" for name in NAMED_OPS), *(op.name for op in (*MAPPED_OPS, *PACKING_OPS))}

Linalg = Dialect(
    "linalg",
    [
        *(op for op in XDSL_LINALG.operations if op.name not in _OWN),
        *MAPPED_OPS,
        *PACKING_OPS,
        *WINOGRAD_OPS,
    ],
    [*XDSL_LINALG.attributes, ElementwiseKindAttr, TypeFnAttr],
)

__all__ = [
    "NAMED_OPS",
    "ContractOp",
    "ElementwiseOp",
    "Linalg",
    "NamedOp",
    "named_class",
    "named_op",
]
