"""The xDSL context of the project: which dialects there are,
each loaded when its first op is met.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from xdsl.context import Context
from xdsl.dialects.builtin import Builtin, UnregisteredAttr
from xdsl.ir import Attribute, Dialect, Operation, TypeAttribute

DIALECTS: dict[str, tuple[str, str]] = {
    "arith": ("ireelite.dialects.extensions.arith_extra", "Arith"),
    "cf": ("xdsl.dialects.cf", "Cf"),
    "check": ("ireelite.dialects.check", "Check"),
    "chlo": ("ireelite.dialects.chlo", "Chlo"),
    "complex": ("ireelite.dialects.extensions.complex_extra", "Complex"),
    "flow": ("ireelite.dialects.flow", "Flow"),
    "func": ("ireelite.dialects.extensions.func_extra", "Func"),
    "interpreter": ("ireelite.dialects.check", "Interpreter"),
    "iree": ("ireelite.dialects.sequencer.iree", "Iree"),
    "iree_hl_seq": ("ireelite.dialects.sequencer.iree_hl_seq", "IreeHlSeq"),
    "iree_interp": ("ireelite.dialects.sequencer.iree_interp", "IreeInterp"),
    "iree_ll_seq": ("ireelite.dialects.sequencer.iree_ll_seq", "IreeLlSeq"),
    "iree_tensor": ("ireelite.dialects.extensions.iree_tensor", "IreeTensor"),
    "linalg": ("ireelite.dialects.extensions.linalg", "Linalg"),
    "llvm": ("ireelite.dialects.extensions.llvm_extra", "LLVM"),
    "math": ("ireelite.dialects.extensions.math_extra", "Math"),
    "memref": ("ireelite.dialects.extensions.memref_extra", "MemRef"),
    "ml_program": ("ireelite.dialects.ml_program", "MlProgram"),
    "quant": ("ireelite.dialects.quant", "Quant"),
    "scf": ("xdsl.dialects.scf", "Scf"),
    "sdy": ("ireelite.dialects.sdy", "Sdy"),
    "spirv": ("ireelite.dialects.spirv", "Spirv"),
    "stablehlo": ("ireelite.dialects.stablehlo", "StableHLO"),
    "tensor": ("ireelite.dialects.extensions.tensor_extra", "Tensor"),
    "tf": ("ireelite.dialects.tf", "Tf"),
    "util": ("ireelite.dialects.util", "Util"),
    "vm": ("ireelite.dialects.vm", "Vm"),
    "vmvx": ("ireelite.dialects.vmvx", "Vmvx"),
}
"""Dialect name -> where its `Dialect` object lives."""

OP_FACTORIES: dict[str, tuple[str, str]] = {
    "linalg": ("ireelite.dialects.extensions.linalg", "named_class"),
    "ml_program": ("ireelite.dialects.ml_program", "spelling"),
    "spirv": ("ireelite.dialects.spirv", "value_class"),
    "tf": ("ireelite.dialects.tf", "node_class"),
    "util": ("ireelite.dialects.util", "spelling"),
    "vm": ("ireelite.dialects.vm", "instruction_class"),
}
"""Dialects with one op class for each entry of a table:
name -> function from an op's name to its class or None.
"""

ALIASES = {"mhlo": "stablehlo"}
"""Older dialect names that are still read."""

RENAMED_OPS = {
    **{
        f"mhlo.{name}": f"chlo.{name}"
        for name in ("acos", "acosh", "asin", "asinh", "atanh", "cosh", "erf", "ragged_dot", "sinh")
    },
    "mhlo.rng_normal": "stablehlo.rng",
    "mhlo.rng_uniform": "stablehlo.rng",
    "mhlo.topk": "chlo.top_k",
}
"""Ops of older dialects that are ops of a dialect other than `ALIASES` names."""

SPELLINGS = {"stream.parameter.named": "flow.parameter.named"}
"""Attributes that have another name here."""


def present_name(name: str) -> str:
    """Returns the name today of an op or attribute of an older dialect; any other name itself."""
    dialect, dot, rest = name.partition(".")
    return RENAMED_OPS.get(name) or f"{ALIASES.get(dialect, dialect)}{dot}{rest}"


def _load(module: str, attribute: str) -> Callable[[], Dialect]:
    return lambda: getattr(import_module(module), attribute)


class StageContext(Context):
    """A context in which a type of an unknown dialect is an object of another module, an attribute of
    an unknown dialect is kept as its text, and attributes of older dialects are those of today.
    """

    def get_optional_type(self, name: str) -> type[TypeAttribute] | None:
        if (known := super().get_optional_type(name)) is not None:
            return known
        if name.partition(".")[0] in (*DIALECTS, Builtin.name):
            return None
        return import_module("ireelite.dialects.util.types").object_type(name)

    def get_optional_attr(self, name: str) -> type[Attribute] | None:
        name = SPELLINGS.get(name, name)
        if (known := super().get_optional_attr(present_name(name))) is not None:
            return known
        if name.partition(".")[0] in (*DIALECTS, *ALIASES, Builtin.name):
            return None
        self._loaded_attrs[name] = kept = UnregisteredAttr.with_name_and_type(name, False)
        return kept


def make_context() -> Context:
    """Returns a context that knows every dialect of the project and loads each on demand."""
    context = StageContext()
    context.load_dialect(Builtin)
    for name, (module, attribute) in DIALECTS.items():
        context.register_dialect(name, _load(module, attribute))
    return context


def find_op(context: Context, name: str) -> type[Operation] | None:
    """Returns the class of an op by its full name, through aliases and op tables; None if there is
    no such op.
    """
    name = present_name(name)
    dialect, _, rest = name.partition(".")
    if (op_type := context.get_optional_op(name)) is not None:
        return op_type
    if (factory := OP_FACTORIES.get(dialect)) is not None:
        return getattr(import_module(factory[0]), factory[1])(rest)
    return None
