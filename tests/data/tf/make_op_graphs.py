"""Makes the graphs of `ops_*.pb` with TensorFlow, and records what TensorFlow computes from them.

A graph has many small cases, each a node with the case's name. Run it in an environment that has
TensorFlow 2: `python make_op_graphs.py FOLDER [FAMILY...]`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
raw = tf.raw_ops


class Cases:
    """A graph while it is made: its inputs with their values, and the names of its results."""

    def __init__(self) -> None:
        self.random = np.random.default_rng(7)
        self.inputs: dict[str, Any] = {}
        self.feeds: dict[str, np.ndarray] = {}
        self.results: list[str] = []

    def feed(self, name: str, value: Any) -> Any:
        """A placeholder of a value, one for each name."""
        if name not in self.inputs:
            array = np.asarray(value)
            self.inputs[name] = v1.placeholder(array.dtype, array.shape, name=name)
            self.feeds[name] = array
        return self.inputs[name]

    def floats(self, name: str, *shape: int, scale: float = 2.0) -> Any:
        """A placeholder of random numbers around 0."""
        return self.feed(name, (scale * self.random.standard_normal(shape)).astype(np.float32))

    def ints(self, name: str, *shape: int, low: int = -9, high: int = 10) -> Any:
        """A placeholder of random integers."""
        return self.feed(name, self.random.integers(low, high, shape).astype(np.int32))

    def add(self, name: str, value: Any) -> None:
        """A case: a tensor, or several."""
        values = value if isinstance(value, list | tuple) else [value]
        for n, each in enumerate(values):
            label = name if len(values) == 1 else f"{name}_{n}"
            self.results.append(tf.identity(each, name=label).op.name)


def elementwise(c: Cases) -> None:
    x, y = c.floats("x", 3, 5), c.floats("y", 5)
    special = c.feed(
        "special", np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.5, -2.5, 0.5], np.float32)
    )
    unary = """Abs Ceil Cos Erf Erfc Exp Expm1 Floor IsFinite IsInf IsNan Neg OnesLike Relu Relu6
        Rint Round Selu Sigmoid Sign Sin Sinh Cosh Softplus Softsign Square Tan Tanh ZerosLike Atan
        Asinh Elu""".split()
    for op in unary:
        key = "features" if op in ("Relu", "Relu6", "Selu", "Softplus", "Softsign", "Elu") else "x"
        c.add(op, getattr(raw, op)(**{key: x}))
    for op in (
        "Abs",
        "Ceil",
        "Floor",
        "IsFinite",
        "IsInf",
        "IsNan",
        "Neg",
        "Rint",
        "Round",
        "Sign",
    ):
        c.add(f"special_{op}", getattr(raw, op)(x=special))
    positive = tf.abs(x) + 0.25
    for op in ("Log", "Log1p", "Rsqrt", "Sqrt", "Reciprocal", "Inv", "Acosh", "Lgamma", "Digamma"):
        c.add(op, getattr(raw, op)(x=positive + (1 if op == "Acosh" else 0)))
    for op in ("Asin", "Acos", "Atanh"):
        c.add(op, getattr(raw, op)(x=tf.tanh(x)))
    for op in """AddV2 Atan2 Div FloorDiv FloorMod Maximum Minimum Mul RealDiv SquaredDifference Sub
        TruncateDiv TruncateMod Xdivy DivNoNan MulNoNan Equal NotEqual Less LessEqual Greater
        GreaterEqual ApproximateEqual""".split():
        if op == "Atan2":
            c.add(op, raw.Atan2(y=x, x=tf.broadcast_to(y, [3, 5])))
        elif op == "ApproximateEqual":
            c.add(op, raw.ApproximateEqual(x=x, y=tf.broadcast_to(y, [3, 5]), tolerance=1.0))
        elif op == "TruncateDiv":
            continue
        else:
            c.add(op, getattr(raw, op)(x=x, y=y))
    zeros = c.feed("zeros", np.array([0, 2, 0, -1, 0], np.float32))
    c.add("DivNoNan_zero", raw.DivNoNan(x=x, y=zeros))
    c.add("MulNoNan_zero", raw.MulNoNan(x=x, y=zeros))
    c.add("Xdivy_zero", raw.Xdivy(x=zeros, y=y))
    c.add("Xlogy", raw.Xlogy(x=zeros, y=tf.abs(y)))
    c.add("Xlog1py", raw.Xlog1py(x=zeros, y=tf.abs(y)))
    c.add("Pow", raw.Pow(x=positive, y=y))
    n = c.feed("n", np.array([7, -7, 7, -7, 0, 6, -6], np.int32))
    d = c.feed("d", np.array([3, 3, -3, -3, 5, 3, -3], np.int32))
    for op in """FloorDiv FloorMod TruncateDiv TruncateMod Mod Div AddV2 Mul Sub Maximum Minimum
        BitwiseAnd BitwiseOr BitwiseXor SquaredDifference Less""".split():
        c.add(f"int_{op}", getattr(raw, op)(x=n, y=d))
    for op in ("Abs", "Neg", "Sign", "Square"):
        c.add(f"int_{op}", getattr(raw, op)(x=n))
    c.add("Invert", raw.Invert(x=n))
    shifts = c.feed("shifts", np.array([0, 1, 2, 3, 4, 5, 6], np.int32))
    c.add("LeftShift", raw.LeftShift(x=n, y=shifts))
    c.add("RightShift", raw.RightShift(x=n, y=shifts))
    unsigned = c.feed("unsigned", np.array([200, 7, 255, 0], np.uint8))
    c.add("unsigned_FloorDiv", raw.FloorDiv(x=unsigned, y=tf.constant([3, 2, 16, 9], tf.uint8)))
    c.add("unsigned_RightShift", raw.RightShift(x=unsigned, y=tf.constant([1, 1, 4, 2], tf.uint8)))
    p, q = tf.greater(x, 0), tf.greater(y, 0)
    c.add("LogicalAnd", raw.LogicalAnd(x=p, y=q))
    c.add("LogicalOr", raw.LogicalOr(x=p, y=q))
    c.add("LogicalNot", raw.LogicalNot(x=p))
    c.add("LeakyRelu", raw.LeakyRelu(features=x, alpha=0.3))
    c.add("ReluGrad", raw.ReluGrad(gradients=x, features=-x))
    c.add("AddN", raw.AddN(inputs=[x, x * 2, -x, x * x]))
    c.add("ClipByValue", raw.ClipByValue(t=x, clip_value_min=-1.0, clip_value_max=0.5))
    c.add("Select", raw.Select(condition=p, x=x, y=-x))
    rows = tf.constant([True, False, True])
    c.add("Select_rows", raw.Select(condition=rows, x=x, y=-x))
    c.add("SelectV2", raw.SelectV2(condition=q, t=x, e=y))
    c.add("SelectV2_scalar", raw.SelectV2(condition=q[0], t=x, e=-x))
    for name, dtype in (
        ("int32", tf.int32),
        ("int64", tf.int64),
        ("bool", tf.bool),
        ("half", tf.float16),
    ):
        c.add(f"Cast_{name}", tf.cast(x * 3, dtype))
    c.add("Cast_from_bool", tf.cast(p, tf.float32))
    c.add("Cast_int", tf.cast(n, tf.float32))
    c.add("Cast_narrow", tf.cast(n, tf.int8))
    c.add("Bitcast", tf.bitcast(x, tf.int32))
    c.add("Bitcast_narrow", tf.bitcast(x, tf.int8))
    c.add("Bitcast_wide", tf.bitcast(c.ints("pairs", 2, 2), tf.int64))
    c.add("FakeQuantWithMinMaxArgs", raw.FakeQuantWithMinMaxArgs(inputs=x, min=-1.5, max=2.5))
    c.add(
        "FakeQuantWithMinMaxVars",
        raw.FakeQuantWithMinMaxVars(inputs=x, min=-2.0, max=1.0, num_bits=4, narrow_range=True),
    )
    c.add(
        "FakeQuantPerChannel",
        raw.FakeQuantWithMinMaxVarsPerChannel(
            inputs=x, min=-np.arange(1, 6, dtype=np.float32), max=np.arange(2, 7, dtype=np.float32)
        ),
    )
    c.add("half", tf.cast(tf.nn.relu(tf.cast(x, tf.float16) * 2) + 1, tf.float32))
    gelu = 0.5 * x * (1 + tf.tanh(0.7978845608 * (x + 0.044715 * tf.pow(x, 3.0))))
    c.add("gelu", gelu)


def shapes(c: Cases) -> None:
    x, image = c.floats("x", 2, 3, 4), c.floats("image", 2, 4, 6, 8)
    m, v = c.floats("m", 3, 4), c.floats("v", 4)
    c.add("Reshape", tf.reshape(x, [4, -1]))
    c.add("Reshape_shape", tf.reshape(x, tf.concat([tf.shape(x)[1:], tf.shape(x)[:1]], 0)))
    c.add("Reshape_prod", tf.reshape(x, [tf.reduce_prod(tf.shape(x)[:2]), -1]))
    c.add("Reshape_stack", tf.reshape(x, tf.stack([tf.shape(x)[0], tf.size(x) // tf.shape(x)[0]])))
    shape = tf.unstack(tf.shape(image))
    c.add("Reshape_unstack", tf.reshape(image, [shape[0], shape[1] * shape[2], shape[3]]))
    c.add("Squeeze", tf.squeeze(tf.reshape(x, [1, 2, 1, 12])))
    c.add("Squeeze_axis", tf.squeeze(tf.reshape(x, [1, 2, 1, 12]), [-2]))
    c.add("ExpandDims", tf.expand_dims(x, -2))
    c.add("Transpose", tf.transpose(x, [2, 0, 1]))
    c.add("BroadcastTo", tf.broadcast_to(v, [2, 3, 4]))
    c.add("BroadcastTo_ones", tf.broadcast_to(tf.reshape(m, [3, 1, 4]), [3, 2, 4]))
    c.add("Fill", tf.fill([2, 3], v[1]))
    c.add("Fill_like", tf.fill(tf.shape(m), 7))
    c.add("Range", tf.range(2, 20, 3) + tf.shape(x)[1])
    c.add("Range_float", tf.range(0.0, 1.0, 0.25) + v)
    c.add("Shape", tf.shape(x))
    c.add("Shape_64", tf.shape(x, out_type=tf.int64))
    c.add("Size", tf.size(x))
    c.add("Rank", tf.rank(x))
    c.add("ShapeN", raw.ShapeN(input=[x, image]))
    c.add("ConcatV2", tf.concat([x, x[:, :1], -x], 1))
    c.add("ConcatV2_last", tf.concat([x, x], -1))
    c.add("Concat", raw.Concat(concat_dim=0, values=[m, -m]))
    c.add("Pack", tf.stack([m, -m, m * 2], 1))
    c.add("Pack_last", tf.stack([v, -v], -1))
    c.add("Unpack", tf.unstack(x, axis=1))
    c.add("Unpack_last", tf.unstack(x, axis=-1))
    c.add("Split", tf.split(x, 2, axis=-1))
    c.add("SplitV", tf.split(x, [1, -1, 1], axis=2))
    c.add("Tile", tf.tile(x, [2, 1, 3]))
    c.add("Pad", tf.pad(x, [[0, 1], [2, 0], [1, 1]]))
    c.add("PadV2", tf.pad(x, [[0, 1], [2, 0], [1, 1]], constant_values=3.5))
    c.add("MirrorPad_reflect", tf.pad(x, [[0, 0], [2, 1], [1, 3]], "REFLECT"))
    c.add("MirrorPad_symmetric", tf.pad(x, [[1, 0], [3, 1], [4, 0]], "SYMMETRIC"))
    c.add("ReverseV2", tf.reverse(x, [0, -1]))
    c.add("Reverse", raw.Reverse(tensor=x, dims=[True, False, True]))
    c.add("Roll", tf.roll(x, [1, -1], [0, 2]))
    c.add("SpaceToDepth", tf.nn.space_to_depth(image, 2))
    c.add("DepthToSpace", tf.nn.depth_to_space(image, 2))
    c.add("SpaceToBatchND", tf.space_to_batch_nd(image, [2, 3], [[1, 1], [0, 3]]))
    c.add("SpaceToBatchND_1d", tf.space_to_batch_nd(x, [2], [[1, 0]]))
    c.add(
        "BatchToSpaceND", tf.batch_to_space(c.floats("many", 6, 2, 3, 2), [2, 3], [[0, 1], [1, 2]])
    )
    c.add("MatrixBandPart", tf.linalg.band_part(x, 1, 0))
    c.add("MatrixBandPart_all", tf.linalg.band_part(x, -1, 1))
    c.add("MatrixDiag", raw.MatrixDiag(diagonal=m))
    c.add("MatrixDiagV3", tf.linalg.diag(m))
    c.add("MatrixDiagPart", raw.MatrixDiagPart(input=x))
    c.add("MatrixDiagPartV3", tf.linalg.diag_part(x))
    c.add("MatrixSetDiag", tf.linalg.set_diag(x, m[:2, :3]))
    c.add("IdentityN", tf.identity_n([m, v]))
    c.add("StopGradient", tf.stop_gradient(x))
    c.add("PlaceholderWithDefault", v1.placeholder_with_default(np.float32([1, 2]), [2]) * 2)
    c.add("EnsureShape", tf.ensure_shape(x, [None, 3, 4]))
    c.add("InvertPermutation", tf.transpose(x, tf.math.invert_permutation([2, 0, 1])))
    with tf.control_dependencies([tf.debugging.Assert(tf.reduce_all(x < 1e9), [x]), tf.no_op()]):
        c.add("control", x + 1)


def slicing(c: Cases) -> None:
    x, i = c.floats("x", 4, 5, 6), c.feed("i", np.int32(2))
    c.add("plain", x[1:3, :, 2:6:2])
    c.add("open", x[1:, :3])
    c.add("negative", x[-3:-1, :, -2:])
    c.add("backwards", x[::-1, 4:1:-2, ::-3])
    c.add("shrink", x[1, :, -1])
    c.add("new_axis", x[:, tf.newaxis, 2:3, tf.newaxis])
    c.add("ellipsis", x[..., 1])
    c.add("ellipsis_middle", x[1:2, ..., tf.newaxis, 3:])
    c.add("new_axis_ellipsis", x[tf.newaxis, ..., tf.newaxis])
    c.add("empty", x[3:1])
    c.add("beyond", x[2:99, -99:2])
    c.add("all_shrink", x[1, 2, 3])
    c.add("dynamic", x[i])
    c.add("dynamic_negative", x[:, i - 3])
    c.add("dynamic_two", x[i, :, i + 1])
    c.add("dynamic_part", x[i : i + 2])
    c.add("dynamic_packed", tf.strided_slice(x, [i, 0, 1], [i + 1, 5, 4], shrink_axis_mask=1))
    c.add("Slice", tf.slice(x, [1, 0, 2], [2, -1, 3]))
    c.add("Slice_dynamic", tf.slice(x, [i, 0, i + 1], [1, 5, 2]))
    c.add("bools", tf.cast((x > 0)[1:, 0], tf.int32))
    c.add("shape", tf.reshape(x, tf.stack([tf.shape(x)[0] * tf.shape(x)[-1], tf.shape(x)[1]])))


def windows(c: Cases) -> None:
    x, k = c.floats("x", 1, 7, 8, 4), c.floats("k", 3, 2, 4, 6, scale=0.5)
    first = tf.transpose(x, [0, 3, 1, 2])
    for name, options in {
        "same": {"strides": [1, 1, 1, 1], "padding": "SAME"},
        "valid": {"strides": [1, 1, 1, 1], "padding": "VALID"},
        "same_strides": {"strides": [1, 2, 3, 1], "padding": "SAME"},
        "valid_strides": {"strides": [1, 3, 2, 1], "padding": "VALID"},
        "dilated": {"strides": [1, 1, 1, 1], "padding": "SAME", "dilations": [1, 2, 3, 1]},
        "explicit": {"strides": [1, 2, 1, 1], "padding": "EXPLICIT",
                     "explicit_paddings": [0, 0, 1, 2, 3, 0, 0, 0]},
    }.items():  # fmt: skip
        c.add(f"Conv2D_{name}", raw.Conv2D(input=x, filter=k, **options))
    c.add("Conv2D_1x1", raw.Conv2D(input=x, filter=k[:1, :1], strides=[1, 2, 2, 1], padding="SAME"))
    c.add(
        "Conv2D_groups",
        raw.Conv2D(input=x, filter=k[:, :, :2], strides=[1, 1, 1, 1], padding="SAME"),
    )
    d = c.floats("d", 3, 3, 4, 2)
    for name, strides, padding in (
        ("same", 1, "SAME"),
        ("strides", 2, "SAME"),
        ("valid", 2, "VALID"),
    ):
        c.add(
            f"Depthwise_{name}",
            raw.DepthwiseConv2dNative(
                input=x, filter=d, strides=[1, strides, strides, 1], padding=padding
            ),
        )
    for name, strides, padding in (
        ("same", 2, "SAME"),
        ("valid", 2, "VALID"),
        ("one", 1, "SAME"),
        ("wide", 3, "VALID"),
    ):
        conv = raw.Conv2D(input=x, filter=k, strides=[1, strides, strides, 1], padding=padding)
        c.add(
            f"Conv2DBackpropInput_{name}",
            raw.Conv2DBackpropInput(
                input_sizes=tf.shape(x),
                filter=k,
                out_backprop=conv,
                strides=[1, strides, strides, 1],
                padding=padding,
            ),
        )
    volume, k3 = c.floats("volume", 1, 4, 5, 6, 2), c.floats("k3", 2, 3, 2, 2, 3)
    c.add(
        "Conv3D_same", raw.Conv3D(input=volume, filter=k3, strides=[1, 2, 1, 2, 1], padding="SAME")
    )
    c.add(
        "Conv3D_valid",
        raw.Conv3D(input=volume, filter=k3, strides=[1, 1, 1, 1, 1], padding="VALID"),
    )
    for op in ("MaxPool", "AvgPool"):
        key = "input" if op == "MaxPool" else "value"
        pool = getattr(raw, op)
        c.add(
            f"{op}_valid",
            pool(**{key: x}, ksize=[1, 2, 3, 1], strides=[1, 2, 2, 1], padding="VALID"),
        )
        c.add(
            f"{op}_same", pool(**{key: x}, ksize=[1, 3, 2, 1], strides=[1, 2, 3, 1], padding="SAME")
        )
        c.add(
            f"{op}_dense",
            pool(**{key: x}, ksize=[1, 3, 3, 1], strides=[1, 1, 1, 1], padding="SAME"),
        )
        c.add(
            f"{op}3D",
            getattr(raw, f"{op}3D")(
                input=volume, ksize=[1, 2, 3, 2, 1], strides=[1, 2, 1, 3, 1], padding="SAME"
            ),
        )
    c.add(
        "MaxPoolV2",
        raw.MaxPoolV2(input=x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME"),
    )
    c.add(
        "MaxPool_explicit",
        raw.MaxPool(
            input=x,
            ksize=[1, 3, 3, 1],
            strides=[1, 2, 2, 1],
            padding="EXPLICIT",
            explicit_paddings=[0, 0, 1, 0, 0, 1, 0, 0],
        ),
    )
    ch = np.linspace(0.5, 2, 4, dtype=np.float32)
    statistics = {"scale": ch, "offset": -ch, "mean": ch / 3, "variance": ch * ch}
    for op in ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"):
        out = getattr(raw, op)(x=x, **statistics, epsilon=1e-3, is_training=False)
        c.add(op, out.y)
    trained = raw.FusedBatchNormV3(
        x=x,
        scale=ch,
        offset=-ch,
        mean=np.zeros(0, np.float32),
        variance=np.zeros(0, np.float32),
        epsilon=1e-3,
        is_training=True,
    )
    c.add("FusedBatchNorm_training", [trained.y, trained.batch_mean, trained.batch_variance])
    c.add("BiasAdd", raw.BiasAdd(value=x, bias=ch))
    c.add("BiasAdd_first", raw.BiasAdd(value=first, bias=ch, data_format="NCHW"))
    c.add("LRN", raw.LRN(input=x, depth_radius=1, bias=1.5, alpha=0.3, beta=0.75))
    for align, half in ((False, False), (True, False), (False, True)):
        for size in ([14, 16], [3, 5], [7, 8], [10, 1]):
            label = f"{'x'.join(map(str, size))}{'_aligned' * align}{'_half' * half}"
            for op in ("ResizeBilinear", "ResizeNearestNeighbor"):
                c.add(
                    f"{op}_{label}",
                    getattr(raw, op)(
                        images=x[..., :2], size=size, align_corners=align, half_pixel_centers=half
                    ),
                )


def contraction(c: Cases) -> None:
    a, b = c.floats("a", 3, 4), c.floats("b", 4, 5)
    c.add("MatMul", raw.MatMul(a=a, b=b))
    c.add("MatMul_a", raw.MatMul(a=tf.transpose(a), b=b, transpose_a=True))
    c.add(
        "MatMul_both",
        raw.MatMul(a=tf.transpose(a), b=tf.transpose(b), transpose_a=True, transpose_b=True),
    )
    x, y = c.floats("x", 2, 3, 4, 5), c.floats("y", 2, 3, 5, 6)
    c.add("BatchMatMul", raw.BatchMatMul(x=x, y=y))
    c.add("BatchMatMulV2_y", raw.BatchMatMulV2(x=x, y=x, adj_y=True))
    c.add("BatchMatMulV2_x", raw.BatchMatMulV2(x=x, y=x, adj_x=True))
    c.add("BatchMatMulV2_broadcast", raw.BatchMatMulV2(x=x, y=y[:1, 0]))
    c.add("BatchMatMulV2_matrix", raw.BatchMatMulV2(x=x, y=tf.transpose(b)))
    c.add("BatchMatMulV2_left", raw.BatchMatMulV2(x=a, y=x))
    n = c.ints("n", 3, 4)
    c.add("MatMul_int", raw.MatMul(a=n, b=tf.transpose(n)))
    for name, equation, operands in (
        ("matmul", "ij,jk->ik", (a, b)),
        ("attention", "bhqd,bhkd->bhqk", (x, x)),
        ("attention_out", "bhqk,bhkd->bqhd", (x, tf.transpose(x, [0, 1, 3, 2]))),
        ("projection", "abcd,de->abce", (x, tf.transpose(b)[:, :3])),
        ("heads", "abc,cde->abde", (x[0], tf.transpose(y[0, :, :, :4], [1, 0, 2]))),
        ("sum", "ijkl->jl", (x,)),
        ("transpose", "ijkl->lkij", (x,)),
        ("total", "ij,ij->", (a, a)),
        ("outer", "i,j->ij", (a[0], b[0])),
        ("ellipsis", "...ij,...jk->...ik", (x, y)),
        ("ellipsis_broadcast", "...ij,jk->...ki", (x, tf.transpose(b))),
        ("partial", "ijk,jl->il", (x[0], b)),
        ("hadamard", "ij,ij->ij", (a, a)),
    ):
        c.add(f"Einsum_{name}", tf.raw_ops.Einsum(inputs=list(operands), equation=equation))


def reduction(c: Cases) -> None:
    x, n = c.floats("x", 3, 4, 5), c.ints("n", 3, 4)
    for op in ("Sum", "Mean", "Max", "Min", "Prod", "EuclideanNorm"):
        c.add(op, getattr(raw, op)(input=x, axis=[0, -1]))
        c.add(f"{op}_keep", getattr(raw, op)(input=x, axis=1, keep_dims=True))
    for op in ("Sum", "Mean", "Max", "Min", "Prod"):
        c.add(f"int_{op}", getattr(raw, op)(input=n, axis=[1]))
    c.add("All", raw.All(input=n > -8, axis=[0]))
    c.add("Any", raw.Any(input=n > 7, axis=[1], keep_dims=True))
    c.add("L2Loss", raw.L2Loss(t=x))
    c.add("ArgMax", raw.ArgMax(input=x, dimension=1))
    c.add("ArgMin", raw.ArgMin(input=n, dimension=-1, output_type=tf.int32))
    c.add("ArgMax_ties", raw.ArgMax(input=tf.round(x), dimension=2))
    c.add("TopKV2", raw.TopKV2(input=x, k=3))
    c.add("TopKV2_ties", raw.TopKV2(input=n, k=4))
    c.add("Softmax", raw.Softmax(logits=x))
    c.add("LogSoftmax", raw.LogSoftmax(logits=x[0]))
    for exclusive in (False, True):
        for reverse in (False, True):
            label = "_exclusive" * exclusive + "_reverse" * reverse
            options = {"exclusive": exclusive, "reverse": reverse}
            c.add(f"Cumsum{label}", raw.Cumsum(x=x, axis=1, **options))
            c.add(f"Cumprod{label}", raw.Cumprod(x=x, axis=-1, **options))
    c.add("int_Cumsum", raw.Cumsum(x=n, axis=0))


def indexing(c: Cases) -> None:
    x, i = c.floats("x", 4, 5, 6), c.feed("i", np.array([[3, 0], [1, 1], [2, 3]], np.int32))
    c.add("Gather", raw.Gather(params=x, indices=i))
    c.add("GatherV2", tf.gather(x, i, axis=1))
    c.add("GatherV2_last", tf.gather(x, [0, 5, 5, 2], axis=-1))
    c.add("GatherV2_scalar", tf.gather(x, i[0, 0], axis=1))
    c.add(
        "GatherV2_batch",
        tf.gather(
            x, c.feed("j", np.array([[0, 4], [1, 1], [2, 2], [4, 0]], np.int64)), batch_dims=1
        ),
    )
    c.add("GatherV2_batch_axis", tf.gather(x, c.feed("j", 0), axis=2, batch_dims=1))
    c.add("embedding", tf.nn.embedding_lookup(c.floats("table", 10, 3), i))
    c.add("GatherNd", tf.gather_nd(x, i))
    c.add("GatherNd_full", tf.gather_nd(x, [[3, 4, 5], [0, 0, 0]]))
    c.add("GatherNd_rows", tf.gather_nd(x, [[[3]], [[1]]]))
    u = c.floats("u", 3, 6)
    c.add("ScatterNd", tf.scatter_nd(i, u, [4, 5, 6]))
    c.add("ScatterNd_twice", tf.scatter_nd([[1], [1], [0]], u, [3, 6]))
    for op in ("Update", "Add", "Sub", "Max", "Min"):
        c.add(
            f"TensorScatter{op}", getattr(raw, f"TensorScatter{op}")(tensor=x, indices=i, updates=u)
        )
    c.add("OneHot", tf.one_hot(i, 4))
    c.add("OneHot_axis", tf.one_hot(i, 5, on_value=2.5, off_value=-1.0, axis=0))
    c.add("OneHot_outside", tf.one_hot([0, -1, 7], 3, axis=1))
    c.add("ReverseSequence", tf.reverse_sequence(x, [5, 1, 3, 0], seq_axis=1, batch_axis=0))
    c.add("ReverseSequence_time", tf.reverse_sequence(x, [4, 1, 3, 0, 2], seq_axis=0, batch_axis=1))
    for op in ("Sum", "Max", "Min", "Prod"):
        c.add(
            f"UnsortedSegment{op}",
            getattr(raw, f"UnsortedSegment{op}")(
                data=x, segment_ids=[0, 2, 0, -1] if op == "Sum" else [0, 1, 0, 2], num_segments=3
            ),
        )


def dataflow(c: Cases) -> None:
    """Choices and loops in frames, Switches and Merges."""
    v1.disable_control_flow_v2()
    x, p, q, n = (
        c.floats("x", 3),
        c.feed("p", np.bool_(True)),
        c.feed("q", np.bool_(False)),
        c.feed("n", np.int32(4)),
    )
    cond, loop = v1.cond, v1.while_loop
    c.add("one", cond(p, lambda: x * 2, lambda: x - 1))
    c.add("two_results", cond(q, lambda: (x * 2, x + 1), lambda: (x - 1, -x)))
    c.add("nested", cond(p, lambda: cond(q, lambda: x * 3, lambda: x * 5), lambda: x - 7))
    c.add("nested_same", cond(p, lambda: cond(p, lambda: x * 3, lambda: x * 5), lambda: x - 7))
    c.add(
        "nested_both",
        cond(q, lambda: cond(p, lambda: x, lambda: -x), lambda: cond(p, lambda: x * 9, lambda: x)),
    )
    c.add("flows_around", x + cond(p, lambda: tf.constant([1.0, 2.0, 3.0]), lambda: x) * x)
    first = cond(p, lambda: x * 2, lambda: x)
    c.add("one_after_another", cond(p, lambda: first + 1, lambda: first - 1))
    other = cond(q, lambda: first * 2, lambda: first * 3)
    c.add("dependent", cond(q, lambda: other + first, lambda: other - first))
    c.add("on_result", cond(tf.reduce_sum(first) > 0, lambda: x + 10, lambda: x - 10))
    c.add("case", v1.case([(q, lambda: x + 1), (p, lambda: x + 2)], default=lambda: x + 3))
    c.add(
        "count",
        loop(lambda i, s: i < n, lambda i, s: (i + 1, s * 0.5 + tf.cast(i, tf.float32)), [0, x]),
    )

    def inner(i, s):
        def body(j, t):
            return j + 1, t + x * tf.cast(j, tf.float32)

        return i + 1, loop(lambda j, t: j < i, body, [0, s])[1]

    c.add("nested_loops", loop(lambda i, s: i < n, inner, [0, x])[1])
    c.add("no_turn", loop(lambda i, s: i < 0, lambda i, s: (i + 1, s * 2), [0, x])[1])

    def choosing(i, s):
        return i + 1, cond(tf.equal(i % 2, 0), lambda: s * 2, lambda: s + x)

    c.add("choice_in_loop", loop(lambda i, s: i < n, choosing, [0, x])[1])
    c.add(
        "loop_in_choice",
        cond(
            p, lambda: loop(lambda i, s: i < n, lambda i, s: (i + 1, s + x), [0, x])[1], lambda: x
        ),
    )
    total = loop(lambda i, s: i < n, lambda i, s: (i + 1, s + x[i % 3]), [0, 0.0])
    c.add("dynamic_index", total[1])
    c.add(
        "exits_elsewhere",
        loop(lambda i, s: s < 50.0, lambda i, s: (i + total[0], s + 9.0), [0, total[1]])[1],
    )
    c.add(
        "condition_of_both",
        loop(
            lambda i, s: tf.logical_and(i < n, tf.reduce_sum(tf.abs(s)) < 30.0),
            lambda i, s: (i + 1, s * 1.5),
            [0, x],
        ),
    )
    c.add("swap", loop(lambda i, a, b: i < n, lambda i, a, b: (i + 1, b, a), [0, x, -x])[1:])
    c.add(
        "invariant",
        loop(
            lambda i, s, k: i < n,
            lambda i, s, k: (i + 1, s + tf.reshape(k, [3]), k),
            [0, x, tf.reshape(x, [3, 1])],
        )[1],
    )
    c.add(
        "choice_of_condition",
        loop(
            lambda i, s: cond(p, lambda: i < n, lambda: i < 2), lambda i, s: (i + 1, s + 1), [0, x]
        )[1],
    )


def functional(c: Cases) -> None:
    """Choices, loops and calls of functions of the library."""
    v1.enable_control_flow_v2()
    x, p, n = c.floats("x", 3), c.feed("p", np.bool_(True)), c.feed("n", np.int32(4))
    w = c.floats("w", 3, 3)

    @tf.function
    def dense(a, b):
        return tf.nn.relu(tf.linalg.matvec(b, a)) + 1.0

    @tf.function
    def twice(a, b):
        return dense(dense(a, b), b), tf.split(a, 3)[2]

    c.add("call", dense(x, w))
    c.add("calls", twice(x, w))
    c.add("other_shape", dense(x[:2], w[:, :2]))
    c.add("if", v1.cond(p, lambda: x * 2, lambda: x - 1))
    c.add(
        "if_nested",
        v1.cond(p, lambda: v1.cond(n > 5, lambda: x * 2, lambda: dense(x, w)), lambda: x),
    )
    c.add("if_results", v1.cond(n > 5, lambda: (x, n), lambda: (-x, n * 2)))
    c.add("case", tf.switch_case(n - 2, [lambda: x, lambda: x * 2, lambda: x * 3]))
    c.add("case_default", tf.switch_case(n + 7, [lambda: x, lambda: x * 2, lambda: x * 3]))
    loop = v1.while_loop
    c.add(
        "while",
        loop(lambda i, s: i < n, lambda i, s: (i + 1, s * 0.5 + tf.cast(i, tf.float32)), [0, x]),
    )
    shape = tf.constant([3, 1])
    c.add(
        "constant_in_loop",
        loop(
            lambda i, s: i < n,
            lambda i, s: (i + 1, tf.reshape(s, shape) * 1.5),
            [0, tf.reshape(x, [3, 1])],
        )[1],
    )

    def inner(i, s):
        return i + 1, loop(lambda j, t: j < i, lambda j, t: (j + 1, t + x), [0, s])[1]

    c.add("while_nested", loop(lambda i, s: i < n, inner, [0, x])[1])

    @tf.function
    def shaped(a, s):
        return tf.reshape(a, s) * 2.0

    c.add("shape_argument", shaped(w, tf.constant([9])))
    c.add("shape_argument_other", shaped(w, tf.constant([1, 9])))

    @tf.function
    def unpacks(a):
        values, indices = tf.math.top_k(a, 2)
        return indices, values

    c.add("named_results", unpacks(x))


def lists_of(c: Cases) -> None:
    """Lists of tensors in loops: what recurrent networks are made of."""
    x, steps, batch, units = c.floats("x", 5, 2, 3), 5, 2, 4
    w = c.floats("w", 3 + units, 4 * units, scale=0.5)

    def lstm(state, value):
        h, memory = state
        gates = tf.matmul(tf.concat([value, h], 1), w)
        i, j, f, o = tf.split(gates, 4, axis=1)
        memory = memory * tf.sigmoid(f + 1.0) + tf.sigmoid(i) * tf.tanh(j)
        return tf.tanh(memory) * tf.sigmoid(o), memory

    def recurrent(shape):
        inputs = tf.TensorArray(tf.float32, size=steps, name="inputs").unstack(x)
        outputs = tf.TensorArray(tf.float32, size=steps, element_shape=shape, name="outputs")
        zeros = tf.zeros([batch, units])

        def turn(time, h, memory, written):
            h, memory = lstm((h, memory), inputs.read(time))
            return time + 1, h, memory, written.write(time, h)

        _, h, _, written = v1.while_loop(lambda t, *_: t < steps, turn, [0, zeros, zeros, outputs])
        return h, tf.transpose(written.stack(), [1, 0, 2])

    c.add("lstm", recurrent([batch, units]))
    c.add("lstm_open_batch", recurrent([None, units]))
    c.add("lstm_no_shape", recurrent(None))
    c.add("map_fn", tf.map_fn(lambda v: v * 2 + tf.reduce_sum(v), x))
    c.add("scan", tf.scan(lambda a, v: a * 0.5 + v, x))
    c.add("foldl", tf.foldl(lambda a, v: a - v, x))
    c.add("map_of_map", tf.map_fn(lambda m: tf.map_fn(lambda v: tf.nn.softmax(v), m), x))
    array = (
        tf.TensorArray(tf.float32, size=3, clear_after_read=False)
        .write(2, x[0])
        .write(0, x[1])
        .write(1, x[2])
    )
    c.add("stack", array.stack())
    c.add("gather", array.gather([2, 0]))
    c.add("size", tf.fill([2], array.size()))
    c.add("scatter", tf.TensorArray(tf.float32, size=4).scatter([3, 1, 0, 2], x[:4]).stack())


def dataflow_lists(c: Cases) -> None:
    v1.disable_control_flow_v2()
    lists_of(c)
    x = c.floats("x")
    c.add("concat", tf.TensorArray(tf.float32, size=5, element_shape=[2, 3]).unstack(x).concat())
    c.add("split", tf.TensorArray(tf.float32, size=2).split(x[:4], [2, 2]).read(1))


def functional_lists(c: Cases) -> None:
    v1.enable_control_flow_v2()
    lists_of(c)


def branches(c: Cases) -> None:
    """Constants in branches of choices in loops, which only control edges tie to their branch."""
    v1.disable_control_flow_v2()
    x, p, n = c.floats("x", 3), c.feed("p", np.bool_(True)), c.feed("n", np.int32(5))
    cond, loop = v1.cond, v1.while_loop

    def constants(i, s):
        step = cond(tf.equal(i % 2, 0), lambda: tf.constant(2.0), lambda: tf.constant(0.5))
        return i + 1, s * step

    c.add("constants", loop(lambda i, s: i < n, constants, [0, x])[1])

    def one_constant(i, s, done):
        return i + 1, s + 1, cond(i > 2, lambda: tf.constant(True), lambda: done)

    turns = loop(lambda i, s, done: ~done, one_constant, [0, x, tf.constant(False)])
    c.add("leaves_early", turns[:2])

    def nested(i, s):
        inner = lambda: cond(i > 3, lambda: tf.constant(7.0), lambda: tf.constant(1.0))  # noqa: E731
        return i + 1, s + cond(p, inner, lambda: tf.constant(-1.0))

    c.add("nested", loop(lambda i, s: i < n, nested, [0, x])[1])

    def in_condition(i, s):
        return i < cond(p, lambda: tf.constant(3), lambda: tf.constant(1))

    c.add("in_condition", loop(in_condition, lambda i, s: (i + 1, s * 2), [0, x])[1])


def spectral(c: Cases) -> None:
    x, m = c.floats("x", 2, 12), c.floats("m", 2, 4, 6)
    z = tf.complex(x, x * 0.5 + 1)
    c.add("Complex", z)
    for op in ("Real", "Imag", "ComplexAbs", "Angle", "Conj"):
        c.add(op, getattr(raw, op)(**{"x" if op == "ComplexAbs" else "input": z}))
    cube = tf.complex(m, m[::-1])
    for op, value in (("FFT", z), ("FFT2D", cube), ("FFT3D", cube[None])):
        c.add(op, getattr(raw, op)(input=value))
        c.add(f"I{op}", getattr(raw, f"I{op}")(input=value))
    for length in (12, 8, 15):
        c.add(f"RFFT_{length}", tf.signal.rfft(x, [length]))
        c.add(f"IRFFT_{length}", raw.IRFFT(input=z, fft_length=[length]))
    c.add("RFFT2D", raw.RFFT2D(input=m, fft_length=[4, 5]))
    c.add("IRFFT2D", raw.IRFFT2D(input=cube, fft_length=[4, 8]))
    c.add("stft", tf.abs(tf.signal.stft(x, 8, 4)))
    adjoint = raw.BatchMatMulV2(x=cube, y=cube, adj_x=True)
    c.add("adjoint", adjoint)
    c.add("ConjugateTranspose", raw.ConjugateTranspose(x=cube, perm=[2, 0, 1]))


def gradients(c: Cases) -> None:
    x, y = c.floats("x", 4, 5), c.floats("y", 4, 5)
    for op in ("Sigmoid", "Tanh", "Sqrt", "Rsqrt", "Reciprocal", "Inv"):
        c.add(f"{op}Grad", getattr(raw, f"{op}Grad")(y=tf.abs(y) + 0.5, dy=x))
    for op in ("Relu", "Relu6", "LeakyRelu", "Softplus", "Softsign"):
        c.add(f"{op}Grad", getattr(raw, f"{op}Grad")(gradients=x, features=y * 4))
    for op in ("Elu", "Selu"):
        c.add(f"{op}Grad", getattr(raw, f"{op}Grad")(gradients=x, outputs=y))
    labels = c.feed("labels", np.array([0, 4, 2, 2], np.int64))
    dense = tf.nn.softmax(y)
    c.add("CrossEntropy", raw.SoftmaxCrossEntropyWithLogits(features=x, labels=dense))
    c.add("SparseCross", raw.SparseSoftmaxCrossEntropyWithLogits(features=x, labels=labels))
    image, kernel = c.floats("image", 2, 6, 7, 3), c.floats("kernel", 3, 2, 3, 4)
    for padding in ("SAME", "VALID"):
        for strides in ([1, 1, 1, 1], [1, 2, 3, 1]):
            label = f"{padding}_{strides[1]}"
            options = {"strides": strides, "padding": padding}
            out = raw.Conv2D(input=image, filter=kernel, **options)
            c.add(
                f"Conv2DBackpropFilter_{label}",
                raw.Conv2DBackpropFilter(
                    input=image, filter_sizes=[3, 2, 3, 4], out_backprop=tf.sin(out), **options
                ),
            )
            options["ksize"] = [1, 3, 2, 1]
            best = raw.MaxPool(input=image, **options)
            c.add(
                f"MaxPoolGrad_{label}",
                raw.MaxPoolGrad(orig_input=image, orig_output=best, grad=tf.sin(best), **options),
            )
            c.add(
                f"AvgPoolGrad_{label}",
                raw.AvgPoolGrad(orig_input_shape=[2, 6, 7, 3], grad=tf.sin(best), **options),
            )
    c.add("BiasAddGrad", raw.BiasAddGrad(out_backprop=image))
    scale, mean = c.floats("scale", 3), c.floats("mean", 3)
    for trains in (True, False):
        if trains:
            made = raw.FusedBatchNormV3(x=image, scale=scale, offset=mean, mean=[], variance=[])
            given = (made.reserve_space_1, made.reserve_space_2, made.reserve_space_3)
        else:
            given = (mean, tf.abs(mean) + 0.5, tf.zeros([0]))
        found = raw.FusedBatchNormGradV3(
            y_backprop=tf.sin(image),
            x=image,
            scale=scale,
            **{f"reserve_space_{n + 1}": value for n, value in enumerate(given)},
            is_training=trains,
        )
        c.add(f"FusedBatchNormGrad_{trains}", found[:3])


def segments(c: Cases) -> None:
    x, i = c.floats("x", 6, 3), c.feed("i", np.array([0, 2, 2, 5, 1, 0], np.int32))
    ids = [0, 0, 1, 1, 1, 4]
    for op in ("Sum", "Mean", "Max", "Min", "Prod"):
        c.add(f"Segment{op}", getattr(raw, f"Segment{op}")(data=x, segment_ids=ids))
    for op in ("Sum", "Mean", "SqrtN"):
        name = f"SparseSegment{op}"
        c.add(name, getattr(raw, name)(data=x, indices=i, segment_ids=ids))
        name += "WithNumSegments"
        c.add(
            name,
            getattr(raw, name)(data=x, indices=i, segment_ids=[0, 0, 1, 1, 1, 2], num_segments=6),
        )
    for op in ("Max", "Min"):
        name = f"UnsortedSegment{op}"
        c.add(f"{name}_empty", getattr(raw, name)(data=x, segment_ids=i, num_segments=7))
    c.add("Bincount", raw.Bincount(arr=i, size=4, weights=np.zeros(0, np.int32)))
    rows = tf.reshape(i, [2, 3])
    c.add("DenseBincount", raw.DenseBincount(input=rows, size=6, weights=x[:2]))
    c.add(
        "DenseBincount_binary",
        raw.DenseBincount(input=rows, size=6, weights=np.zeros(0, np.float32), binary_output=True),
    )
    c.add("HistogramFixedWidth", tf.histogram_fixed_width(x, [-2.0, 2.0], 5))
    c.add(
        "DynamicStitch",
        tf.dynamic_stitch([[0, 3], [[1, 2], [3, 4]]], [x[:2], tf.reshape(x[2:], [2, 2, 3])]),
    )
    c.add("DynamicPartition", tf.dynamic_partition(x, [0, 2, 0, 2, 2, 0], 3))
    for op in ("LowerBound", "UpperBound"):
        ordered = tf.sort(tf.round(x))
        c.add(op, getattr(raw, op)(sorted_inputs=ordered, values=tf.round(x[:, :2] * 2)))
    scores = tf.reshape(x, [2, 9])
    c.add("InTopKV2", tf.math.in_top_k([1, 7], scores, 3))
    c.add("InTopK", raw.InTopK(predictions=scores, targets=[8, 0], k=5))
    c.add("NthElement", raw.NthElement(input=scores, n=2))
    c.add("NthElement_reverse", raw.NthElement(input=scores, n=2, reverse=True))
    c.add("ApproxTopK", tf.math.approx_max_k(scores, 3))
    for options in (
        {},
        {"exclusive": True},
        {"reverse": True},
        {"exclusive": True, "reverse": True},
    ):
        label = "".join(f"_{key}" for key in options)
        c.add(f"CumulativeLogsumexp{label}", raw.CumulativeLogsumexp(x=x * 9, axis=0, **options))
    places, weights = np.array([[0, 1], [0, 5], [3, 2]], np.int64), [2.0, -1.0, 0.5]
    c.add(
        "SparseTensorDenseMatMul",
        raw.SparseTensorDenseMatMul(a_indices=places, a_values=weights, a_shape=[4, 6], b=x),
    )
    c.add(
        "SparseToDense",
        raw.SparseToDense(
            sparse_indices=places, output_shape=[4, 6], sparse_values=weights, default_value=9.0
        ),
    )
    c.add("Where", tf.where([[True, False], [True, True]]))
    c.add("boolean_mask", tf.boolean_mask(x, [True, False, True, True, False, False]))
    c.add("repeat", tf.repeat(x, [1, 0, 2, 1, 0, 3], axis=0))
    c.add("UniqueWithCounts", raw.UniqueWithCounts(x=[4, 1, 4, 4, 7, 1]))
    c.add("ListDiff", raw.ListDiff(x=[1, 2, 3, 4], y=[2, 4]))


def images(c: Cases) -> None:
    x = c.feed("x", c.random.uniform(0, 1, (2, 6, 7, 3)).astype(np.float32))
    c.add("RGBToHSV", raw.RGBToHSV(images=x))
    c.add("HSVToRGB", raw.HSVToRGB(images=x))
    c.add("AdjustHue", raw.AdjustHue(images=x, delta=0.3))
    c.add("AdjustSaturation", raw.AdjustSaturation(images=x, scale=1.7))
    c.add("AdjustContrastv2", raw.AdjustContrastv2(images=x, contrast_factor=0.6))
    boxes = c.feed(
        "boxes", np.array([[0.1, 0.2, 0.8, 0.9], [0, 0, 1.3, 1], [0.9, 0.9, 0.1, 0.1]], np.float32)
    )
    for method in ("bilinear", "nearest"):
        for size in ([3, 4], [1, 5]):
            c.add(
                f"CropAndResize_{method}_{size[0]}",
                raw.CropAndResize(
                    image=x,
                    boxes=boxes,
                    box_ind=[0, 1, 0],
                    crop_size=size,
                    method=method,
                    extrapolation_value=0.25,
                ),
            )
    for padding in ("SAME", "VALID"):
        c.add(
            f"ExtractImagePatches_{padding}",
            raw.ExtractImagePatches(
                images=x,
                ksizes=[1, 3, 2, 1],
                strides=[1, 2, 1, 1],
                rates=[1, 1, 2, 1],
                padding=padding,
            ),
        )
        c.add(
            f"Dilation2D_{padding}",
            raw.Dilation2D(
                input=x,
                filter=c.floats("kernel", 3, 2, 3),
                strides=[1, 1, 2, 1],
                rates=[1, 2, 1, 1],
                padding=padding,
            ),
        )
    for corners, centers in ((False, False), (True, False), (False, True)):
        label = "_corners" * corners + "_centers" * centers
        for size in ([9, 4], [3, 7]):
            c.add(
                f"ResizeBicubic{label}_{size[0]}",
                raw.ResizeBicubic(
                    images=x, size=size, align_corners=corners, half_pixel_centers=centers
                ),
            )
    for size in ([9, 4], [3, 7]):
        c.add(f"ResizeArea_{size[0]}", raw.ResizeArea(images=x, size=size))
    for kernel in ("lanczos3", "gaussian", "box", "triangle", "keyscubic", "mitchellcubic"):
        for smooth in (True, False):
            c.add(
                f"ScaleAndTranslate_{kernel}_{smooth}",
                raw.ScaleAndTranslate(
                    images=x,
                    size=[4, 9],
                    scale=[0.6, 1.5],
                    translation=[0.3, -0.7],
                    kernel_type=kernel,
                    antialias=smooth,
                ),
            )
    c.add(
        "MaxPoolWithArgmax",
        raw.MaxPoolWithArgmax(input=x, ksize=[1, 2, 3, 1], strides=[1, 2, 2, 1], padding="SAME"),
    )
    c.add(
        "MaxPoolWithArgmax_batch",
        raw.MaxPoolWithArgmax(
            input=x,
            ksize=[1, 2, 2, 1],
            strides=[1, 1, 1, 1],
            padding="VALID",
            include_batch_in_index=True,
        ),
    )


def suppression(c: Cases) -> None:
    boxes = c.feed("boxes", c.random.uniform(0, 1, (15, 4)).astype(np.float32))
    scores = c.feed("scores", c.random.uniform(0, 1, 15).astype(np.float32))
    for count in (4, 20):
        options = {
            "boxes": boxes,
            "scores": scores,
            "max_output_size": count,
            "iou_threshold": 0.4,
            "score_threshold": 0.2,
            "pad_to_max_output_size": True,
        }
        c.add(f"V4_{count}", raw.NonMaxSuppressionV4(**options))
        c.add(f"V5_{count}", raw.NonMaxSuppressionV5(**options, soft_nms_sigma=0.0))
        c.add(f"V5_soft_{count}", raw.NonMaxSuppressionV5(**options, soft_nms_sigma=0.6))
    classes = c.feed("classes", c.random.uniform(0, 1, (2, 15, 3)).astype(np.float32))
    own = c.feed("own", c.random.uniform(-0.2, 1.2, (2, 15, 3, 4)).astype(np.float32))
    for label, given, pads, clips in (
        ("shared", own[:, :, :1], False, True),
        ("own", own, True, False),
    ):
        c.add(
            f"Combined_{label}",
            raw.CombinedNonMaxSuppression(
                boxes=given,
                scores=classes,
                max_output_size_per_class=3,
                max_total_size=12,
                iou_threshold=0.3,
                score_threshold=0.4,
                pad_per_class=pads,
                clip_boxes=clips,
            ),
        )


def random_numbers(c: Cases) -> None:
    """Numbers of seeds, in groups that the shapes do not fill."""
    seed = c.feed("seed", np.array([3, -17], np.int32))
    shape = [3, 3]
    c.add("uniform", raw.StatelessRandomUniform(shape=shape, seed=seed))
    c.add("normal", raw.StatelessRandomNormal(shape=shape, seed=seed))
    c.add("truncated", raw.StatelessTruncatedNormal(shape=[41], seed=seed))
    bounds = {"minval": -5, "maxval": 1000}
    c.add("integers", raw.StatelessRandomUniformInt(shape=shape, seed=seed, **bounds))
    c.add("all_integers", raw.StatelessRandomUniformFullInt(shape=shape, seed=seed, dtype=tf.int32))
    key, counter = raw.StatelessRandomGetKeyCounter(seed=seed)
    second = {"shape": [5], "key": key, "counter": counter, "alg": 1}
    c.add("uniform_f64", raw.StatelessRandomUniformV2(**second, dtype=tf.float64))
    c.add("normal_f64", raw.StatelessRandomNormalV2(**second, dtype=tf.float64))
    c.add("uniform_f16", raw.StatelessRandomUniformV2(**second, dtype=tf.float16))
    long = {"minval": tf.constant(-5, tf.int64), "maxval": tf.constant(1 << 40, tf.int64)}
    c.add("integers_i64", raw.StatelessRandomUniformIntV2(**second, **long))


def matrices(c: Cases) -> None:
    a, b = c.floats("a", 2, 4, 4), c.floats("b", 2, 4, 3)
    symmetric = tf.matmul(a, a, transpose_b=True) + 3 * tf.eye(4)
    for turned in (False, True):
        c.add(f"MatrixInverse_{turned}", raw.MatrixInverse(input=a, adjoint=turned))
        c.add(f"MatrixSolve_{turned}", raw.MatrixSolve(matrix=a, rhs=b, adjoint=turned))
        for lower in (False, True):
            c.add(
                f"MatrixTriangularSolve_{lower}_{turned}",
                raw.MatrixTriangularSolve(matrix=symmetric[:1], rhs=b, lower=lower, adjoint=turned),
            )
    c.add("Cholesky", raw.Cholesky(input=symmetric))
    c.add("MatrixDeterminant", raw.MatrixDeterminant(input=a))
    c.add("LogMatrixDeterminant", raw.LogMatrixDeterminant(input=a))
    c.add("Lu", raw.Lu(input=a))
    c.add(
        "TridiagonalMatMul",
        raw.TridiagonalMatMul(superdiag=a[:, :1], maindiag=a[:, 1:2], subdiag=a[:, 2:3], rhs=b),
    )
    c.add("Cross", raw.Cross(a=b, b=b[::-1]))
    x = c.floats("x", 2, 3, 5)
    for full in (False, True):
        q, r = raw.Qr(input=b, full_matrices=full)
        c.add(f"Qr_{full}", [tf.abs(q[..., :3]), tf.abs(r), tf.matmul(q, r)])
        s, u, v = raw.Svd(input=x, full_matrices=full)
        c.add(f"Svd_{full}", [s, tf.abs(u), tf.abs(v[..., :3])])
    c.add("Svd_values", raw.Svd(input=x, compute_uv=False)[0])
    values, vectors = raw.SelfAdjointEigV2(input=symmetric)
    c.add("SelfAdjointEigV2", [values, tf.abs(vectors)])
    c.add("SelfAdjointEigV2_values", raw.SelfAdjointEigV2(input=symmetric, compute_v=False)[0])
    for k in (1, -2, (-1, 2)):
        label = str(k).replace(", ", "_").strip("()").replace("-", "m")
        for align in ("RIGHT_LEFT", "LEFT_RIGHT"):
            part = tf.linalg.diag_part(x, k=k, padding_value=0.5, align=align)
            c.add(f"MatrixDiagPart_{label}_{align}", part)
            c.add(
                f"MatrixDiag_{label}_{align}",
                tf.linalg.diag(part, k=k, num_rows=3, num_cols=5, padding_value=9.0, align=align),
            )
            c.add(
                f"MatrixSetDiag_{label}_{align}",
                tf.linalg.set_diag(x * 0 + 1, part, k=k, align=align),
            )
    c.add("MatrixDiag_square", tf.linalg.diag(b[0], k=1))
    c.add("Diag", raw.Diag(diagonal=b[0]))
    c.add("DiagPart", raw.DiagPart(input=tf.reshape(tf.range(36.0), [2, 3, 2, 3])))


def odds(c: Cases) -> None:
    """Quantization, special functions, and what else is rare."""
    x = c.floats("x", 3, 4)
    p = tf.abs(x) + 0.1
    for bits, signed, narrow in ((8, True, False), (4, True, True), (6, False, False)):
        options = {"num_bits": bits, "signed_input": signed, "narrow_range": narrow}
        label = f"{bits}_{signed}"
        for given in (True, False):
            c.add(
                f"QuantizeAndDequantize_{label}_{given}",
                raw.QuantizeAndDequantizeV2(
                    input=x, input_min=-0.7, input_max=1.3, range_given=given, **options
                ),
            )
    c.add(
        "QuantizeAndDequantizeV4_axis",
        raw.QuantizeAndDequantizeV4(
            input=x, input_min=tf.zeros(4), input_max=tf.zeros(4), axis=1, round_mode="HALF_UP"
        ),
    )
    for mode in ("MIN_COMBINED", "MIN_FIRST", "SCALED"):
        # TensorFlow's kernel truncates levels of MIN_FIRST in quint8, where its own formula rounds
        for dtype in (tf.qint8,) if mode == "MIN_FIRST" else (tf.quint8, tf.qint8):
            made = raw.QuantizeV2(input=x, min_range=-1.1, max_range=2.3, T=dtype, mode=mode)
            c.add(
                f"Dequantize_{mode}_{dtype.name}",
                raw.Dequantize(input=made[0], min_range=made[1], max_range=made[2], mode=mode),
            )
    c.add("Ndtri", raw.Ndtri(x=tf.sigmoid(x)))
    c.add("NextAfter", raw.NextAfter(x1=x, x2=x + 1))
    c.add("Zeta", raw.Zeta(x=p + 1.5, q=p))
    c.add("Polygamma", raw.Polygamma(a=1.0, x=p))
    for op in ("BesselI0", "BesselI1", "BesselI0e", "BesselI1e"):
        c.add(op, getattr(raw, op)(x=x * 5))
    n = c.ints("n", 6)
    c.add("PopulationCount", raw.PopulationCount(x=n))
    c.add("Bucketize", raw.Bucketize(input=x, boundaries=[-1.0, 0.0, 0.5]))
    c.add("ParallelConcat", raw.ParallelConcat(values=[x[:1], x[1:2]], shape=[2, 4]))
    c.add("Print", v1.Print(x, [x], "unused"))
    c.add("LinSpace", raw.LinSpace(start=0.0, stop=2.0, num=5) * x[0, 0])
    c.add("UnravelIndex", raw.UnravelIndex(indices=[5, 7], dims=[3, 4]))
    image = c.floats("image", 2, 4, 6, 4)
    c.add("SpaceToBatch", raw.SpaceToBatch(input=image, paddings=[[0, 0], [1, 1]], block_size=2))
    c.add(
        "BatchToSpace",
        raw.BatchToSpace(input=tf.tile(image, [2, 1, 1, 1]), crops=[[0, 1], [1, 0]], block_size=2),
    )
    c.add(
        "TensorStridedSliceUpdate",
        raw.TensorStridedSliceUpdate(
            input=x, begin=[2, 0], end=[0, 4], strides=[-1, 2], value=x[:2, :2]
        ),
    )
    kernel = c.floats("kernel", 3, 3, 4, 2)
    c.add(
        "FusedPadConv2D",
        raw.FusedPadConv2D(
            input=image[:1],
            paddings=[[0, 0], [1, 1], [1, 1], [0, 0]],
            filter=kernel,
            mode="REFLECT",
            strides=[1, 1, 1, 1],
            padding="VALID",
        ),
    )
    items = raw.EmptyTensorList(element_shape=[4], max_num_elements=-1, element_dtype=tf.float32)
    for row in range(3):
        items = raw.TensorListPushBack(input_handle=items, tensor=x[row])
    items, last = raw.TensorListPopBack(
        input_handle=items, element_shape=[4], element_dtype=tf.float32
    )
    c.add("TensorListPopBack", last)
    c.add(
        "TensorListPushBack",
        raw.TensorListStack(input_handle=items, element_shape=[4], element_dtype=tf.float32),
    )
    joined = raw.TensorListConcatV2(
        input_handle=items,
        element_shape=[4],
        leading_dims=np.zeros(0, np.int64),
        element_dtype=tf.float32,
    )
    c.add("TensorListConcatV2", joined[0])
    parts = raw.TensorListSplit(tensor=x, element_shape=[1, 4], lengths=np.ones(3, np.int64))
    c.add(
        "TensorListSplit",
        raw.TensorListStack(input_handle=parts, element_shape=[1, 4], element_dtype=tf.float32),
    )


def recurrent(c: Cases) -> None:
    """Cells that are one node, and the other updates of rows and lists."""
    inputs, units = 3, 4
    x, h, state = c.floats("x", 5, 2, inputs), c.floats("h", 2, units), c.floats("state", 2, units)
    weights = {
        "w": c.floats("w", inputs + units, 4 * units, scale=0.6),
        **{key: c.floats(key, units) for key in ("wci", "wcf", "wco")},
        "b": c.floats("b", 4 * units),
    }
    before = {"cs_prev": state, "h_prev": h, **weights}
    for peeps in (False, True):
        cell = raw.LSTMBlockCell(x=x[0], **before, use_peephole=peeps, cell_clip=0.9)
        c.add(f"LSTMBlockCell_{peeps}", cell)
        for op in ("BlockLSTM", "BlockLSTMV2"):
            made = getattr(raw, op)(
                seq_len_max=tf.constant(4, tf.int64), x=x, **before, use_peephole=peeps
            )
            c.add(f"{op}_{peeps}", made)
    gru = {
        "w_ru": c.floats("w_ru", inputs + units, 2 * units, scale=0.6),
        "w_c": c.floats("w_c", inputs + units, units, scale=0.6),
        "b_ru": c.floats("b_ru", 2 * units),
        "b_c": c.floats("b_c", units),
    }
    c.add("GRUBlockCell", raw.GRUBlockCell(x=x[0], h_prev=h, **gru))
    c.add("InplaceUpdate", raw.InplaceUpdate(x=h + 1.0, i=[1], v=state[:1]))
    c.add("InplaceAdd", raw.InplaceAdd(x=h * 2.0, i=[1, 0], v=state))


def incomplete(c: Cases) -> None:
    """The incomplete gamma and beta functions, inside of their domains, at the edges and outside."""
    a = np.array([0.01, 0.5, 1, 2.5, 8, 40, 1, 0, -1, 2, 3, 0.7], np.float32)
    x = np.array([0.2, 0.1, 1, 2, 30, 41, 0, 1, 1, np.inf, -1, 1.2], np.float32)
    a, x = c.feed("a", a), c.feed("x", x)
    for op in ("Igamma", "Igammac"):
        c.add(op, getattr(raw, op)(a=a, x=x))
        c.add(f"{op}_f64", getattr(raw, op)(a=tf.cast(a, tf.float64), x=tf.cast(x, tf.float64)))
    p = c.feed("p", np.array([0.5, 1, 2, 5, 30, 2, 2, 0.3, -1, 2], np.float32))
    q = c.feed("q", np.array([0.5, 3, 2, 0.4, 20, 3, 3, 7, 1, 2], np.float32))
    part = c.feed("part", np.array([0.3, 0.2, 0.9, 0.7, 0.55, 0, 1, 0.02, 0.5, 1.5], np.float32))
    c.add("Betainc", raw.Betainc(a=p, b=q, x=part))


def integrals(c: Cases) -> None:
    x = [0, -0.0, 1e-20, 0.1, 0.37, 0.5, 1, 1.5, 1.6, 2, 3.7, 5, 5.1, 6, 6.1, 11, 13, 25, 60]
    x = np.array([*x, 200, -0.3, -2, -7, 1e5, np.inf, -np.inf, np.nan], np.float32)
    x = c.feed("x", x)
    finite = x[:-3]  # TensorFlow's Spence of infinity is NaN
    for op in ("Dawsn", "Expint", "FresnelCos", "FresnelSin", "Spence"):
        values = finite if op == "Spence" else x
        c.add(op, getattr(raw, op)(x=values))
        c.add(f"{op}_f64", getattr(raw, op)(x=tf.cast(values, tf.float64)))


def parts(c: Cases) -> None:
    """Gradients of ops that take or repeat parts."""
    x = c.floats("x", 5, 6)
    at = c.feed("at", np.int32(2))
    for name, value in {
        "range": x[1:4, 2:],
        "row": x[3],
        "backwards": x[::-2, 4:1:-1],
        "new": x[:, tf.newaxis, -1],
        "dots": x[..., 1::3],
        "none": x[4:2],
        "at": x[at, 1:3],
        "from": x[at : at + 2],
    }.items():
        c.add(f"slice_{name}", tf.gradients(value * value, x)[0])
    for mode in ("REFLECT", "SYMMETRIC"):
        padded = tf.pad(x, [[2, 1], [0, 3]], mode)
        c.add(f"pad_{mode}", tf.gradients(padded * padded, x)[0])
    images, kernel = c.floats("images", 2, 7, 6, 3), c.floats("kernel", 3, 2, 3, 2)
    for strides, padding in (([1, 1, 1, 1], "SAME"), ([1, 2, 2, 1], "VALID")):
        made = raw.DepthwiseConv2dNative(
            input=images, filter=kernel, strides=strides, padding=padding
        )
        for what, gradient in zip(("x", "w"), tf.gradients(made * made, [images, kernel])):
            c.add(f"depthwise_{what}_{padding}", gradient)
    diagonals, right = c.floats("diagonals", 2, 3, 5), c.floats("right", 2, 5, 4)
    c.add("tridiagonal", raw.TridiagonalSolve(diagonals=diagonals, rhs=right))


def window_gradients(c: Cases) -> None:
    """Gradients of convolutions with groups, and of convolutions and pools of volumes."""
    image, kernel = (
        c.floats("image", 2, 6, 5, 4, scale=0.5),
        c.floats("kernel", 3, 2, 2, 6, scale=0.5),
    )
    volume, cube = (
        c.floats("volume", 2, 4, 5, 3, 2, scale=0.5),
        c.floats("cube", 2, 3, 2, 2, 3, scale=0.5),
    )
    for padding in ("SAME", "VALID"):
        for stride in (1, 2):
            label = f"{padding}_{stride}"
            options: dict[str, Any] = {"strides": [1, stride, 1, 1], "padding": padding}
            out = raw.Conv2D(input=image, filter=kernel, **options)
            c.add(
                f"groups_filter_{label}",
                raw.Conv2DBackpropFilter(
                    input=image, filter_sizes=kernel.shape, out_backprop=tf.sin(out), **options
                ),
            )
            c.add(
                f"groups_input_{label}",
                raw.Conv2DBackpropInput(
                    input_sizes=image.shape, filter=kernel, out_backprop=tf.sin(out), **options
                ),
            )
            options["strides"] = [1, stride, 1, stride, 1]
            out = raw.Conv3D(input=volume, filter=cube, **options)
            c.add(
                f"volume_filter_{label}",
                raw.Conv3DBackpropFilterV2(
                    input=volume, filter_sizes=cube.shape, out_backprop=tf.sin(out), **options
                ),
            )
            options["ksize"] = [1, 2, 3, 2, 1]
            best = raw.MaxPool3D(input=volume, **options)
            c.add(
                f"MaxPool3DGrad_{label}",
                raw.MaxPool3DGrad(
                    orig_input=volume, orig_output=best, grad=tf.sin(best), **options
                ),
            )
            c.add(
                f"AvgPool3DGrad_{label}",
                raw.AvgPool3DGrad(orig_input_shape=volume.shape, grad=tf.sin(best), **options),
            )


FAMILIES: dict[str, Callable[[Cases], None]] = {
    f.__name__: f
    for f in (
        *(elementwise, shapes, slicing, windows, contraction, reduction, indexing, dataflow),
        *(functional, dataflow_lists, functional_lists, branches, spectral, gradients),
        *(recurrent, segments, images, suppression, random_numbers, matrices, odds),
        *(incomplete, integrals, parts, window_gradients),
    )
}


DEFAULTS = ("output_shapes", "parallel_iterations")
"""Attributes that no result depends on."""


def record(family: str, folder: Path) -> None:
    """Writes a graph, its inputs and TensorFlow's results."""
    v1.reset_default_graph()
    with tf.Graph().as_default() as graph, v1.Session() as session:
        cases = Cases()
        FAMILIES[family](cases)
        feeds = {cases.inputs[name]: value for name, value in cases.feeds.items()}
        values = session.run([f"{name}:0" for name in cases.results], feeds)
        definition = graph.as_graph_def()
    for nodes in (definition.node, *(f.node_def for f in definition.library.function)):
        for node in nodes:
            for key in [k for k in node.attr if k.startswith("_") or k in DEFAULTS]:
                del node.attr[key]
    (folder / f"ops_{family}.pb").write_bytes(definition.SerializeToString())
    arrays = {f"in/{name}": value for name, value in cases.feeds.items()}
    arrays |= {f"out/{name}": v for name, v in zip(cases.results, values, strict=True)}
    np.savez_compressed(folder / f"ops_{family}.npz", **arrays)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    for name in sys.argv[2:] or FAMILIES:
        record(name, target)
        print(name, (target / f"ops_{name}.pb").stat().st_size)
