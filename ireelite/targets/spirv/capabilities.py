"""What a shader needs of a device: its SPIR-V capabilities, and what each is needed for.

A capability that not every device has is a feature that the device is asked for before anything
runs, as IREE's Vulkan devices name it. A shader of f64 says which op made it need them:

    spirv.module Logical GLSL450 requires #spirv.vce<v1.0, [Shader, Float64], [...]>
        attributes {iree.needs = {Float64 = "'math.exp' on f64 (in 'main_dispatch_0')"}}
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import DictionaryAttr, Float80Type, Float128Type, StringAttr, f64, i64
from xdsl.ir import Attribute, Block, Operation

from ireelite.dialects import spirv
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.parser import at_place
from ireelite.targets.registry import DeviceFeature

NEEDS = "iree.needs"
"""The attribute of a `spirv.module` that says what made it need a capability."""

OPTIONAL: dict[str, tuple[Attribute, str]] = {
    "Int64": (i64, "shader_int64"),
    "Float64": (f64, "shader_float64"),
}
"""Capability that not every device has -> the element type that takes it, and the key of the
feature in the category `FEATURES`."""
FEATURES = "vulkan.feature"
WIDER_THAN_F64 = (Float80Type, Float128Type)
OTHER_TARGETS = "llvm-cpu and vmvx have f64 on every device"


def check_floats(kernel: func.FuncOp) -> None:
    """Raises UNIMPLEMENTED, at its place, for an op on a float wider than f64."""
    if (use := find_use(kernel, lambda type: isinstance(type, WIDER_THAN_F64))) is not None:
        op, what = use
        message = f"{what} is not implemented: the widest float of vulkan-spirv is f64"
        raise at_place(StatusError(StatusCode.UNIMPLEMENTED, message), (op,))


def needs_of(kernel: func.FuncOp, capabilities: Sequence[str]) -> dict[str, Attribute]:
    """Returns the attributes of a kernel's shader: the op for which it needs f64, if it does."""
    if "Float64" not in capabilities:
        return {}
    if (use := find_use(kernel, lambda type: type == f64)) is None:
        return {}
    return {NEEDS: DictionaryAttr({"Float64": StringAttr(use[1])})}


def check_allowed(
    capabilities: Sequence[str], allowed: Collection[str] | None, kernel: func.FuncOp
) -> None:
    """Raises UNIMPLEMENTED, at the place of the op that needs it, for a capability that a shader may
    not have. `allowed` may be None, which allows all.
    """
    for name in reversed(OPTIONAL):  # f64 first: its formulas take i64 too
        type, _ = OPTIONAL[name]
        if allowed is None or name not in capabilities or name in allowed:
            continue
        uses = [find_use(kernel, lambda other, one=one: other == one) for one in (type, f64)]
        op, what = next((use for use in uses if use is not None), (kernel, "a number of 64 bits"))
        message = (
            f"{what} takes the SPIR-V capability {name}, which shaders may not have here; "
            f"llvm-cpu and vmvx have {type} on every device"
        )
        raise at_place(StatusError(StatusCode.UNIMPLEMENTED, message), (op,))


def find_use(
    kernel: func.FuncOp, wanted: Callable[[Attribute], bool]
) -> tuple[Operation, str] | None:
    """Returns the first op on a number of a wanted type, and its description. An op that computes
    comes before one that only reads or writes numbers.
    """
    found = [
        (op, type)
        for op in kernel.walk()
        for value in (*op.operands, *op.results)
        if wanted(type := value.type)
    ]
    computing = [(op, type) for op, type in found if op.name not in MOVES]
    for op, type in computing or found:
        return op, f"'{op.name}' on {type} (in '{kernel.sym_name.data}')"
    return None


MOVES = frozenset(
    "arith.constant memref.load memref.store scf.for scf.if scf.index_switch scf.while".split()
) | {"scf.condition", "scf.yield"}
"""Ops that read, write or pass on a number."""


def capabilities_of(ops: Iterable[Operation]) -> list[str]:
    """Returns the capabilities of a shader with these ops, from the types of its values and
    variables.
    """
    types = {type for op in ops for type in types_of(op)}
    used = {part for type in types for part in parts_of(type)}
    return ["Shader", *(name for name, (type, _) in OPTIONAL.items() if type in used)]


def types_of(op: Operation) -> Iterator[Attribute]:
    if isinstance(op, spirv.GlobalVariableOp):
        yield op.type
    for result in op.results:
        yield result.type


def parts_of(type: Attribute) -> Iterator[Attribute]:
    """Yields a type, and those that it is made of."""
    yield type
    match type:
        case spirv.SpirvPointerType():
            yield from parts_of(type.pointee)
        case spirv.SpirvStructType():
            for member in type.members:
                yield from parts_of(member)
        case spirv.SpirvArrayType() | spirv.SpirvRuntimeArrayType():
            yield from parts_of(type.element_type)
        case _:
            return


def features_of(module: spirv.ModuleOp) -> list[DeviceFeature]:
    """Returns what a device must have to run a shader."""
    needs = module.attributes.get(NEEDS)
    reasons = needs.data if isinstance(needs, DictionaryAttr) else {}
    found: list[DeviceFeature] = []
    for capability in module.vce_triple.capabilities:
        if capability.data in OPTIONAL:
            _, key = OPTIONAL[capability.data]
            reason = reasons.get(capability.data)
            text = f"{reason.data}; {OTHER_TARGETS}" if isinstance(reason, StringAttr) else ""
            found.append(DeviceFeature(FEATURES, key, text))
    return found


def without_unused_constants(top: Block) -> list[Operation]:
    """Erases unused constants and returns all other ops: an i64 constant that was used in 32 bits
    only must not make the shader need 64.
    """
    optional = [type for type, _ in OPTIONAL.values()]
    kept: list[Operation] = []
    for op in list(top.walk()):
        if (
            isinstance(op, spirv.ConstantOp)
            and op.constant.type in optional
            and op.constant.first_use is None
        ):
            op.detach()
            op.erase()
        else:
            kept.append(op)
    return kept
