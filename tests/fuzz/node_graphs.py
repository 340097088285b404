"""Graphs of one TensorFlow node, for each op that has a rule, with operands and attributes at random.

Edits of whole graphs rarely reach most rules: few graphs have them. Here an op gets operands of the
number that its rule takes, placeholders and constants of small, large and empty shapes, and some of
the attributes that nodes have, most of plausible values and some of extreme ones.
"""

from __future__ import annotations

from math import prod
from random import Random

from text_corpus import Program

from ireelite.lowering.frontend.tf.rules import RULES

SMALL = (0, 1, 2, 3, 4, -1, -2, 5, 8)
EXTREME = (64, 1000, 65536, 1 << 20, 1 << 31, -(1 << 31), (1 << 31) - 1, 1 << 40, (1 << 63) - 1)

SHAPES = (
    *((), (1,), (2,), (4,), (6,), (0,), (3, 4), (4, 4), (3, 0), (2, 3, 4)),
    *((1, 5, 5, 1), (2, 8, 8, 3), (3, 3, 3, 2), (1, 4, 4, 4, 2)),
)
LARGE_SHAPES = (
    *((1 << 20,), (1 << 31,), (1 << 40,), (1 << 62,), (3, 1 << 30), (65536, 65536)),
    *((1000, 1000), (1, 3000, 3000, 3), (1, 100000, 100000, 1), (300, 300, 300), (1,) * 12),
)
INDEX_SHAPES = ((), (1,), (2,), (3,), (4,), (2, 2), (4, 2), (0,))
"""Shapes of constants, which rules read as axes, sizes, indices and bounds."""

TYPES = (
    *("DT_FLOAT",) * 8,
    *("DT_INT32", "DT_INT64") * 2,
    *("DT_BOOL", "DT_HALF", "DT_DOUBLE", "DT_COMPLEX64", "DT_UINT8", "DT_STRING", "DT_BFLOAT16"),
)

TYPE_KEYS = (
    *("dtype", "DstT", "SrcT", "out_type", "output_type", "Tout", "Tidx", "Index", "index_type"),
    *("element_dtype", "Targmax", "output_idx_type"),
)
LIST_KEYS = ("ksize", "ksizes", "strides", "dilations", "rates", "explicit_paddings")
AXIS_KEYS = ("axis", "squeeze_dims", "dims", "boundaries", "seq_dim", "batch_dim", "batch_dims")
WORDS = {
    "padding": ("SAME", "VALID", "EXPLICIT", "X"),
    "data_format": ("NHWC", "NCHW", "NDHWC", "X"),
    "mode": ("REFLECT", "SYMMETRIC", "MIN_COMBINED", "SCALED", "CRD", "X"),
    "equation": ("ij,jk->ik", "...i,i->...", "ii->i", "i,i,i->", "ij->ji", "ab,ac->bc", "X"),
    "kernel_type": ("lanczos3", "triangle", "gaussian", "box", "X"),
}
NUMBER_KEYS = (
    *("N", "num", "num_split", "num_partitions", "block_size", "num_bits", "k", "axis", "depth"),
    *("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"),
    *("depth_radius", "num_lower", "num_upper", "seed", "seed2", "pad_dim", "reduction_dimension"),
)
FLAG_KEYS = (
    *("keep_dims", "transpose_a", "transpose_b", "adj_x", "adj_y", "align_corners", "exclusive"),
    *("half_pixel_centers", "reverse", "is_training", "narrow_range", "range_given", "lower"),
    *("adjoint", "sorted", "full_matrices", "compute_uv", "signed_input", "binary_output"),
)
FLOAT_KEYS = ("alpha", "beta", "bias", "epsilon", "min", "max", "input_min", "input_max")
FLOATS = ("0", "0.5", "-1", "3", "1e30", "inf", "nan")


class Nodes:
    """The graphs of a seed: a number is an op, in turn, and what it is given."""

    def __init__(self, seed: int):
        self.seed = seed
        self.ops = sorted(RULES)

    def make(self, case: int) -> tuple[str, Program]:
        """The name of the edit, and the graph as protobuf's text."""
        random = Random(f"{self.seed}/{case}")
        op = self.ops[case % len(self.ops)]
        rule, type = RULES[op], random.choice(TYPES)
        count = rule.operands
        if count is None or random.random() < 0.03:
            count = max(rule.least, random.choice((1, 2, 2, 3, 4, 5)))
        operands = [operand(f"x{n}", type, random) for n in range(count)]
        keys = [(key, text) for key, text in attributes(random) if random.random() < 0.4]
        parts = [f'input: "x{n}"' for n in range(count)]
        parts += [field(key, text) for key, text in [("T", f"type: {type}"), *keys]]
        node = f'node {{ name: "y" op: "{op}" {" ".join(parts)} }}'
        text = "\n".join([*operands, node, ""])
        return "node", Program(f"{op}.pbtxt", text.encode(), True)


def field(key: str, text: str) -> str:
    """An attribute of a node."""
    return f'attr {{ key: "{key}" value {{ {text} }} }}'


def shape_text(shape: tuple[int, ...]) -> str:
    """The fields of a shape."""
    return " ".join(f"dim {{ size: {size} }}" for size in shape)


def number(random: Random) -> int:
    """A number, most often a small one."""
    return random.choice(EXTREME if random.random() < 0.2 else SMALL)


def operand(name: str, type: str, random: Random) -> str:
    """A node that makes an operand: a placeholder of a type, or a constant."""
    if random.random() < 0.5:
        shape = random.choice(LARGE_SHAPES if random.random() < 0.15 else SHAPES)
        other = random.choice(TYPES) if random.random() < 0.15 else type
        parts = [field("dtype", f"type: {other}")]
        parts.append(field("shape", f"shape {{ {shape_text(shape)} }}"))
        return f'node {{ name: "{name}" op: "Placeholder" {" ".join(parts)} }}'
    shape = random.choice(INDEX_SHAPES)
    kind = random.choice(("DT_INT32", "DT_INT32", "DT_INT64", "DT_FLOAT", "DT_BOOL"))
    values = " ".join(element(kind, random) for _ in range(prod(shape)))
    tensor = f"dtype: {kind} tensor_shape {{ {shape_text(shape)} }} {values}"
    parts = [field("dtype", f"type: {kind}"), field("value", f"tensor {{ {tensor} }}")]
    return f'node {{ name: "{name}" op: "Const" {" ".join(parts)} }}'


def element(kind: str, random: Random) -> str:
    """An element of a constant."""
    match kind:
        case "DT_INT32":
            return f"int_val: {max(min(number(random), (1 << 31) - 1), -(1 << 31))}"
        case "DT_INT64":
            return f"int64_val: {number(random)}"
        case "DT_FLOAT":
            return f"float_val: {random.choice(FLOATS)}"
        case _:
            return f"bool_val: {random.choice(('true', 'false'))}"


def attributes(random: Random) -> list[tuple[str, str]]:
    """A value for each attribute that nodes have."""

    def numbers(count: int, large: bool) -> str:
        return " ".join(
            f"i: {number(random) if large else random.choice((1, 2, 3))}" for _ in range(count)
        )

    found = [(key, f"type: {random.choice(TYPES)}") for key in TYPE_KEYS]
    for key in LIST_KEYS:
        count, large = random.choice((4, 4, 4, 5, 2, 8, 0)), random.random() < 0.2
        found.append((key, f"list {{ {numbers(count, large)} }}"))
    found += [(key, f"list {{ {numbers(random.randrange(4), True)} }}") for key in AXIS_KEYS]
    found += [(key, f's: "{random.choice(words)}"') for key, words in WORDS.items()]
    found += [(key, f"i: {number(random)}") for key in NUMBER_KEYS]
    found += [(key, f"b: {random.choice(('true', 'false'))}") for key in FLAG_KEYS]
    found += [(key, f"f: {random.choice(FLOATS)}") for key in FLOAT_KEYS]
    found.append(("shape", f"shape {{ {shape_text(tuple(number(random) for _ in range(3)))} }}"))
    return found
