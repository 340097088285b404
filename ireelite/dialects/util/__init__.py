"""The `util` dialect: state and values of host code.

Globals keep a value from call to call, one for each context a module is loaded into; initializers
run when it is loaded, in the order in which they are written. Lists and byte buffers are counted
references. The text is that of IREE's `util` dialect.
"""

from __future__ import annotations

from xdsl.ir import Dialect

from ireelite.dialects.util.attributes import (
    BytePatternAttr,
    InlineAlwaysAttr,
    InlineNeverAttr,
    UninitializedAttr,
)
from ireelite.dialects.util.buffers import BUFFER_OPS
from ireelite.dialects.util.globals import (
    FunctionSpelling,
    GlobalAddressOp,
    GlobalLoadIndirectOp,
    GlobalLoadOp,
    GlobalOp,
    GlobalStoreIndirectOp,
    GlobalStoreOp,
    InitializerOp,
    ReturnOp,
    spelling,
)
from ireelite.dialects.util.lists import (
    ListConstructOp,
    ListCreateOp,
    ListGetOp,
    ListResizeOp,
    ListSetOp,
    ListSizeOp,
)
from ireelite.dialects.util.types import (
    BufferType,
    ListType,
    ObjectType,
    PtrType,
    VariantType,
    object_type,
)
from ireelite.dialects.util.values import (
    CastOp,
    CmpEqOp,
    CmpNeOp,
    NullOp,
    OptimizationBarrierOp,
    SwitchOp,
    UnfoldableConstantOp,
)

Util = Dialect(
    "util",
    [
        GlobalOp,
        GlobalLoadOp,
        GlobalStoreOp,
        GlobalAddressOp,
        GlobalLoadIndirectOp,
        GlobalStoreIndirectOp,
        InitializerOp,
        ReturnOp,
        NullOp,
        CastOp,
        CmpEqOp,
        CmpNeOp,
        OptimizationBarrierOp,
        UnfoldableConstantOp,
        SwitchOp,
        ListCreateOp,
        ListConstructOp,
        ListSizeOp,
        ListResizeOp,
        ListGetOp,
        ListSetOp,
        *BUFFER_OPS,
    ],
    [
        BufferType,
        BytePatternAttr,
        InlineAlwaysAttr,
        InlineNeverAttr,
        ListType,
        PtrType,
        UninitializedAttr,
        VariantType,
    ],
)

__all__ = [
    "BufferType",
    "CastOp",
    "CmpEqOp",
    "CmpNeOp",
    "FunctionSpelling",
    "GlobalAddressOp",
    "GlobalLoadIndirectOp",
    "GlobalLoadOp",
    "GlobalOp",
    "GlobalStoreIndirectOp",
    "GlobalStoreOp",
    "InitializerOp",
    "ListConstructOp",
    "ListCreateOp",
    "ListGetOp",
    "ListResizeOp",
    "ListSetOp",
    "ListSizeOp",
    "ListType",
    "NullOp",
    "ObjectType",
    "OptimizationBarrierOp",
    "PtrType",
    "ReturnOp",
    "SwitchOp",
    "UnfoldableConstantOp",
    "Util",
    "VariantType",
    "object_type",
    "spelling",
]
