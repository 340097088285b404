"""The named ops of `linalg` as a table: name -> subscripts and scalar function."""

from __future__ import annotations

from functools import cache
from typing import ClassVar

from xdsl.dialects import math
from xdsl.irdl import irdl_op_definition

from ireelite.dialects.extensions.linalg import scalar_bodies as bodies
from ireelite.dialects.extensions.linalg.named import NamedOp, NamedSpec

ELEMENTWISE: dict[str, bodies.ScalarBody] = {
    "abs": bodies.absolute,
    "add": bodies.binary(bodies.ADD),
    "ceil": bodies.unary(math.CeilOp),
    "copy": bodies.copy,
    "div": bodies.binary(bodies.DIVIDE),
    "div_unsigned": bodies.binary(bodies.DIVIDE_UNSIGNED),
    "erf": bodies.unary(math.ErfOp),
    "exp": bodies.unary(math.ExpOp),
    "floor": bodies.unary(math.FloorOp),
    "log": bodies.unary(math.LogOp),
    "max": bodies.binary(bodies.MAXIMUM),
    "min": bodies.binary(bodies.MINIMUM),
    "mul": bodies.binary(bodies.MULTIPLY),
    "negf": bodies.negate,
    "powf": bodies.binary(bodies.POWER),
    "reciprocal": bodies.reciprocal,
    "round": bodies.unary(math.RoundOp),
    "rsqrt": bodies.unary(math.RsqrtOp),
    "select": bodies.select,
    "sqrt": bodies.unary(math.SqrtOp),
    "square": bodies.square,
    "sub": bodies.binary(bodies.SUBTRACT),
    "tanh": bodies.unary(math.TanhOp),
}

BINARY = ("add", "div", "div_unsigned", "max", "min", "mul", "powf", "sub")
"""Scalar functions of two inputs."""


def arity_of(name: str) -> int:
    """Returns how many inputs a scalar function has."""
    return 3 if name == "select" else 2 if name.startswith(BINARY) else 1


PRODUCTS: dict[str, str] = {
    "batch_matmul": "b,m,k; b,k,n; b,m,n",
    "batch_matmul_transpose_a": "b,k,m; b,k,n; b,m,n",
    "batch_matmul_transpose_b": "b,m,k; b,n,k; b,m,n",
    "batch_matvec": "b,m,k; b,k; b,m",
    "batch_mmt4d": "b,m,k,i,l; b,n,k,j,l; b,m,n,i,j",
    "batch_reduce_matmul": "b,m,k; b,k,n; m,n",
    "batch_vecmat": "b,k; b,k,n; b,n",
    "conv_1d": "h+i; i; h",
    "conv_1d_ncw_fcw": "n,c,w*s0+i*d0; f,c,i; n,f,w",
    "conv_1d_nwc_wcf": "n,w*s0+i*d0,c; i,c,f; n,w,f",
    "conv_2d": "h+i,w+j; i,j; h,w",
    "conv_2d_nchw_fchw": "n,c,h*s0+i*d0,w*s1+j*d1; f,c,i,j; n,f,h,w",
    "conv_2d_ngchw_fgchw": "n,g,c,h*s0+i*d0,w*s1+j*d1; f,g,c,i,j; n,g,f,h,w",
    "conv_2d_ngchw_gfchw": "n,g,c,h*s0+i*d0,w*s1+j*d1; g,f,c,i,j; n,g,f,h,w",
    "conv_2d_nhwc_fhwc": "n,h*s0+i*d0,w*s1+j*d1,c; f,i,j,c; n,h,w,f",
    "conv_2d_nhwc_hwcf": "n,h*s0+i*d0,w*s1+j*d1,c; i,j,c,f; n,h,w,f",
    "conv_2d_nhwgc_gfhwc": "n,h*s0+i*d0,w*s1+j*d1,g,c; g,f,i,j,c; n,h,w,g,f",
    "conv_3d": "o+i,h+j,w+k; i,j,k; o,h,w",
    "conv_3d_ncdhw_fcdhw": "n,c,o*s0+i*d0,h*s1+j*d1,w*s2+k*d2; f,c,i,j,k; n,f,o,h,w",
    "conv_3d_ndhwc_dhwcf": "n,o*s0+i*d0,h*s1+j*d1,w*s2+k*d2,c; i,j,k,c,f; n,o,h,w,f",
    "depthwise_conv_1d_ncw_cw": "n,c,w*s0+i*d0; c,i; n,c,w",
    "depthwise_conv_1d_nwc_wc": "n,w*s0+i*d0,c; i,c; n,w,c",
    "depthwise_conv_1d_nwc_wcm": "n,w*s0+i*d0,c; i,c,m; n,w,c,m",
    "depthwise_conv_2d_nchw_chw": "n,c,h*s0+i*d0,w*s1+j*d1; c,i,j; n,c,h,w",
    "depthwise_conv_2d_nhwc_hwc": "n,h*s0+i*d0,w*s1+j*d1,c; i,j,c; n,h,w,c",
    "depthwise_conv_2d_nhwc_hwcm": "n,h*s0+i*d0,w*s1+j*d1,c; i,j,c,m; n,h,w,c,m",
    "depthwise_conv_3d_ncdhw_cdhw": "n,c,o*s0+i*d0,h*s1+j*d1,w*s2+k*d2; c,i,j,k; n,c,o,h,w",
    "depthwise_conv_3d_ndhwc_dhwc": "n,o*s0+i*d0,h*s1+j*d1,w*s2+k*d2,c; i,j,k,c; n,o,h,w,c",
    "depthwise_conv_3d_ndhwc_dhwcm": "n,o*s0+i*d0,h*s1+j*d1,w*s2+k*d2,c; i,j,k,c,m; n,o,h,w,c,m",
    "dot": "k; k; ",
    "matmul": "m,k; k,n; m,n",
    "matmul_transpose_a": "k,m; k,n; m,n",
    "matmul_transpose_b": "m,k; n,k; m,n",
    "matvec": "m,k; k; m",
    "mmt4d": "m,k,i,l; n,k,j,l; m,n,i,j",
    "vecmat": "k; k,n; n",
}
"""Products of two tensors that are summed over what the result has no index for."""

QUANTIZED = (
    "batch_matmul",
    "conv_2d_nchw_fchw",
    "conv_2d_ngchw_gfchw",
    "conv_2d_nhwc_fhwc",
    "conv_2d_nhwc_hwcf",
    "conv_2d_nhwgc_gfhwc",
    "conv_3d_ndhwc_dhwcf",
    "depthwise_conv_2d_nhwc_hwc",
    "depthwise_conv_2d_nhwc_hwcm",
    "matmul",
)
"""Products with a form that takes two zero points: `quantized_matmul`, `conv_2d_nhwc_hwcf_q`."""

WINDOWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "ncw": ("n,c,w*s0+i*d0; i; n,c,w", ("sum", "max")),
    "nwc": ("n,w*s0+i*d0,c; i; n,w,c", ("sum", "max", "max_unsigned", "min", "min_unsigned")),
    "nchw": ("n,c,h*s0+i*d0,w*s1+j*d1; i,j; n,c,h,w", ("sum", "max")),
    "nhwc": (
        "n,h*s0+i*d0,w*s1+j*d1,c; i,j; n,h,w,c",
        ("sum", "max", "max_unsigned", "min", "min_unsigned"),
    ),
    "ndhwc": (
        "n,o*s0+i*d0,h*s1+j*d1,w*s2+k*d2,c; i,j,k; n,o,h,w,c",
        ("sum", "max", "min"),
    ),
}
"""Layouts of poolings, and the functions that MLIR has for them."""

POOLINGS: dict[str, bodies.ScalarBody] = {
    "sum": bodies.pooled(bodies.ADD),
    "max": bodies.pooled(bodies.MAXIMUM),
    "max_unsigned": bodies.pooled(bodies.MAXIMUM_UNSIGNED, unsigned_input=True),
    "min": bodies.pooled(bodies.MINIMUM),
    "min_unsigned": bodies.pooled(bodies.MINIMUM_UNSIGNED, unsigned_input=True),
}


def quantized_name(name: str) -> str:
    """Returns the name of the quantized form: `quantized_matmul`, `conv_2d_nhwc_hwcf_q`."""
    return f"quantized_{name}" if name.endswith("matmul") else f"{name}_q"


def with_zero_points(subscripts: str) -> str:
    """Returns the subscripts with two scalars between the inputs and the result."""
    a, b, result = subscripts.split(";")
    return f"{a};{b};;;{result}"


NAMED_OPS: dict[str, NamedSpec] = {
    **{name: NamedSpec(body, None, arity_of(name)) for name, body in ELEMENTWISE.items()},
    **{name: NamedSpec(bodies.multiply_add, text) for name, text in PRODUCTS.items()},
    **{
        quantized_name(name): NamedSpec(
            bodies.quantized_multiply_add, with_zero_points(PRODUCTS[name])
        )
        for name in QUANTIZED
    },
    **{
        f"pooling_{layout}_{kind}": NamedSpec(POOLINGS[kind], subscripts)
        for layout, (subscripts, kinds) in WINDOWS.items()
        for kind in kinds
    },
}
"""Name of an op without its dialect -> what it means."""


@cache
def named_class(name: str) -> type[NamedOp] | None:
    """Returns the class of a named op; None for a name that is not in the table."""
    if (spec := NAMED_OPS.get(name)) is None:
        return None
    made = type(
        "".join(part.title() for part in name.split("_")) + "Op",
        (NamedOp,),
        {
            "__annotations__": {"SPEC": ClassVar[NamedSpec]},
            "__doc__": NamedOp.__doc__,
            "name": f"linalg.{name}",
            "SPEC": spec,
        },
    )
    return irdl_op_definition(made)


def named_op(name: str) -> type[NamedOp]:
    """Returns the class of a named op. Raises KeyError for a name that is not in the table."""
    found = named_class(name)
    if found is None:
        raise KeyError(name)
    return found
