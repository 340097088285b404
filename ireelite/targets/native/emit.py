"""The `llvm` dialect to LLVM IR text: one line an op, by tables.

Block arguments become phi instructions. Accesses through different binding pointers of an entry
point are marked as not aliasing (`!alias.scope` and `!noalias`), which is what lets loops over them
be vectorised without run-time checks.

Source: the LLVM language reference, https://llvm.org/docs/LangRef.html.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.dialects import llvm
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    IntegerAttr,
    ModuleOp,
)
from xdsl.ir import Block, Operation, SSAValue

from ireelite.dialects.extensions import llvm_extra
from ireelite.executables.pair_products import NAME as PAIR_PRODUCTS
from ireelite.executables.pair_products import QUADS as QUAD_PRODUCTS
from ireelite.light_dataclass import light_dataclass
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.targets.native.kernel_to_llvm import WORKGROUP_COUNT
from ireelite.targets.native.syntax import constant_text, mangled, type_text

ENTRY_ATTRIBUTES = 'nounwind mustprogress "no-builtins"'
"""`no-builtins` keeps LLVM from turning loops into calls of memset and memcpy,
which an object has not.
"""

BINARY: dict[type[Operation], str] = {
    llvm.AddOp: "add",
    llvm.SubOp: "sub",
    llvm.MulOp: "mul",
    llvm.SDivOp: "sdiv",
    llvm.UDivOp: "udiv",
    llvm.SRemOp: "srem",
    llvm.URemOp: "urem",
    llvm.AndOp: "and",
    llvm.OrOp: "or",
    llvm.XOrOp: "xor",
    llvm.ShlOp: "shl",
    llvm.AShrOp: "ashr",
    llvm.LShrOp: "lshr",
    llvm.FAddOp: "fadd",
    llvm.FSubOp: "fsub",
    llvm.FMulOp: "fmul",
    llvm.FDivOp: "fdiv",
}

CASTS: dict[type[Operation], str] = {
    llvm.SExtOp: "sext",
    llvm.ZExtOp: "zext",
    llvm.TruncOp: "trunc",
    llvm.BitcastOp: "bitcast",
    llvm.FPExtOp: "fpext",
    llvm.FPTruncOp: "fptrunc",
    llvm.SIToFPOp: "sitofp",
    llvm_extra.UIToFPOp: "uitofp",
    llvm_extra.FPToSIOp: "fptosi",
    llvm_extra.FPToUIOp: "fptoui",
    llvm.PtrToIntOp: "ptrtoint",
}

INTRINSICS: dict[type[Operation], str] = {
    llvm.FAbsOp: "llvm.fabs",
    llvm.FCeilOp: "llvm.ceil",
    llvm.FFloorOp: "llvm.floor",
    llvm.FSqrtOp: "llvm.sqrt",
    llvm.FMAOp: "llvm.fma",
    llvm_extra.FRoundEvenOp: "llvm.roundeven",
    llvm_extra.FTruncOp: "llvm.trunc",
    llvm_extra.FMaximumOp: "llvm.maximum",
    llvm_extra.FMinimumOp: "llvm.minimum",
    llvm_extra.SMaxOp: "llvm.smax",
    llvm_extra.SMinOp: "llvm.smin",
    llvm_extra.UMaxOp: "llvm.umax",
    llvm_extra.UMinOp: "llvm.umin",
    llvm_extra.DotPairsOp: PAIR_PRODUCTS,
    llvm_extra.DotQuadsOp: QUAD_PRODUCTS,
    llvm_extra.CompressOp: "llvm.experimental.vector.compress",
    llvm_extra.CountBitsOp: "llvm.ctpop",
}


def emit_module(module: ModuleOp) -> str:
    """Returns the LLVM IR text of a module of `llvm.func` ops.

    Raises UNIMPLEMENTED for an op without a rule.
    """
    return module_emitter(module).text()


def module_emitter(module: ModuleOp) -> ModuleEmitter:
    """Returns the emitter that has taken in all functions of a module. Raises as `emit_module`
    does.
    """
    emitter = ModuleEmitter()
    for op in module.body.block.ops:
        if not isinstance(op, llvm.FuncOp):
            raise invalid_argument(f"a native executable holds llvm.func ops, not '{op.name}'")
        emitter.function(op)
    return emitter


@light_dataclass(frozen=True)
class FunctionText:
    """A function's definition by lines, and the op that each line is the instruction of."""

    name: str
    lines: list[str]
    ops: list[Operation | None]


class ModuleEmitter:
    """Collects functions, the intrinsics they use, and their alias scopes."""

    def __init__(self):
        self.functions: list[FunctionText] = []
        self.declarations: dict[str, str] = {}
        self.metadata: list[str] = []
        self.named: dict[str, list[str]] = {}
        """Named metadata: name -> its nodes."""
        self.one = ""

    def copy(self) -> ModuleEmitter:
        """Returns a module with the same parts, to be added to."""
        other = ModuleEmitter()
        other.functions, other.declarations = self.functions[:], dict(self.declarations)
        other.metadata, other.named, other.one = self.metadata[:], dict(self.named), self.one
        return other

    def text(self) -> str:
        """Returns the whole module."""
        parts = [
            *("\n".join(function.lines) for function in self.functions),
            "\n".join(self.declarations.values()),
            f"attributes #0 = {{ {ENTRY_ATTRIBUTES} }}",
        ]
        parts.append(
            "\n".join(f"!{name} = !{{{', '.join(nodes)}}}" for name, nodes in self.named.items())
        )
        parts.append("\n".join(f"!{number} = {node}" for number, node in enumerate(self.metadata)))
        return "\n\n".join(part for part in parts if part) + "\n"

    def node(self, text: str) -> str:
        """Returns a new metadata node; `#` in its text stands for its own name."""
        name = f"!{len(self.metadata)}"
        self.metadata.append(text.replace("#", name))
        return name

    def streamed(self) -> str:
        """Returns the node that marks stores past the caches."""
        self.one = self.one or self.node("!{i32 1}")
        return self.one

    def function(self, op: llvm.FuncOp) -> None:
        """Adds one function."""
        self.functions.append(FunctionEmitter(self, op).text())

    def intrinsic(self, name: str, result: str, operands: Sequence[str]) -> str:
        """Declares an intrinsic at its first use; returns its name."""
        self.declarations.setdefault(name, f"declare {result} @{name}({', '.join(operands)})")
        return name


class FunctionEmitter:
    """One function: names for values and blocks, then a line for each op."""

    def __init__(self, module: ModuleEmitter, op: llvm.FuncOp):
        self.module = module
        self.op = op
        self.names: dict[SSAValue, str] = {}
        self.blocks = {block: f"b{n}" for n, block in enumerate(op.body.blocks)}
        self.incoming: dict[Block, list[tuple[str, Sequence[SSAValue]]]] = {
            block: [] for block in self.blocks
        }
        self.roots: dict[SSAValue, int] = {}
        """Pointer -> ordinal of the binding it points into; -1 is the binding table itself."""
        self.slots: dict[SSAValue, int] = {}
        """Pointer into the binding table -> ordinal of the binding that stands there."""
        self.scopes: dict[int, str] = {}

    def text(self) -> FunctionText:
        """Returns the function's definition."""
        self.prepare()
        arguments = [
            f"{type_text(arg.type)}{bounds} {self.names[arg]}"
            for arg, bounds in zip(self.op.body.blocks[0].args, argument_ranges(self.op))
        ]
        lines = [f"define void @{self.op.sym_name.data}({', '.join(arguments)}) #0 {{"]
        ops: list[Operation | None] = []
        for n, block in enumerate(self.op.body.blocks):
            lines.append(f"{self.blocks[block]}:")
            if n:
                lines.extend(
                    f"  {self.phi(block, position)}" for position in range(len(block.args))
                )
            for op in block.ops:
                if not isinstance(op, llvm.ConstantOp | llvm.UndefOp):
                    lines.append(f"  {self.line(op)}")
                    ops += [None] * (len(lines) - 1 - len(ops)) + [op]
        lines.append("}")
        ops += [None] * (len(lines) - len(ops))
        return FunctionText(self.op.sym_name.data, lines, ops)

    def prepare(self) -> None:
        """Names every value, notes who branches where,
        and finds which binding each pointer belongs to.
        """
        number = 0
        if self.op.body.blocks[0].args:
            self.slots[self.op.body.blocks[0].args[0]] = 0
        for block in self.op.body.blocks:
            for value in (*block.args, *(result for op in block.ops for result in op.results)):
                if isinstance(value.owner, llvm.ConstantOp):
                    self.names[value] = constant_text(value.owner.value, value.type)
                elif isinstance(value.owner, llvm.UndefOp):
                    self.names[value] = "poison"
                else:
                    self.names[value] = f"%v{number}"
                    number += 1
            for op in block.ops:
                self.trace_pointer(op)
            last = block.last_op
            if isinstance(last, llvm.BrOp):
                self.incoming[last.successor].append((self.blocks[block], last.arguments))
            elif isinstance(last, llvm.CondBrOp):
                self.incoming[last.then_block].append((self.blocks[block], last.then_arguments))
                self.incoming[last.else_block].append((self.blocks[block], last.else_arguments))
        domain = self.module.node("distinct !{#}") if self.roots else ""
        for ordinal in sorted(set(self.roots.values())):
            self.scopes[ordinal] = self.module.node(f"distinct !{{#, {domain}}}")
        self.lists: dict[int, tuple[str, str]] = {}
        for ordinal, scope in self.scopes.items():
            others = [other for key, other in self.scopes.items() if key != ordinal]
            self.lists[ordinal] = (
                self.module.node(f"!{{{scope}}}"),
                self.module.node(f"!{{{', '.join(others)}}}"),
            )

    def trace_pointer(self, op: Operation) -> None:
        """Follows pointers: a constant position in the binding table, the pointer there,
        places behind it.
        """
        if isinstance(op, llvm.GEPOp):
            if op.ptr in self.roots:
                self.roots[op.result] = self.roots[op.ptr]
            elif self.slots.get(op.ptr) == 0 and not op.ssa_indices:
                self.slots[op.result] = next(iter(op.rawConstantIndices.iter_values()))
        elif isinstance(op, llvm.LoadOp) and op.ptr in self.slots:
            self.roots[op.dereferenced_value] = self.slots[op.ptr]

    def alias(self, pointer: SSAValue) -> str:
        """Returns the alias metadata of an access, or nothing."""
        if (ordinal := self.roots.get(pointer)) is None or len(self.scopes) < 2:
            return ""
        scope, others = self.lists[ordinal]
        return f", !alias.scope {scope}, !noalias {others}"

    def typed(self, value: SSAValue) -> str:
        return f"{type_text(value.type)} {self.names[value]}"

    def phi(self, block: Block, position: int) -> str:
        arg = block.args[position]
        edges = [
            f"[ {self.names[values[position]]}, %{name} ]" for name, values in self.incoming[block]
        ]
        return f"{self.names[arg]} = phi {type_text(arg.type)} {', '.join(edges)}"

    def line(self, op: Operation) -> str:
        """Returns the text of one instruction."""
        kind = type(op)
        if kind in BINARY:
            left, right = op.operands
            body = f"{BINARY[kind]}{flags(op)} {self.typed(left)}, {self.names[right]}"
        elif kind in CASTS:
            body = f"{CASTS[kind]} {self.typed(op.operands[0])} to {type_text(op.results[0].type)}"
        elif kind in INTRINSICS:
            body = self.call(f"{INTRINSICS[kind]}.{mangled(op.results[0].type)}", op)
        elif (rule := OTHERS.get(kind)) is not None:
            body = rule(self, op)
        else:
            raise StatusError(
                StatusCode.UNIMPLEMENTED, f"native code has no instruction for '{op.name}'"
            )
        return f"{self.names[op.results[0]]} = {body}" if op.results else body

    def call(self, name: str, op: Operation) -> str:
        result = type_text(op.results[0].type)
        self.module.intrinsic(name, result, [type_text(operand.type) for operand in op.operands])
        arguments = ", ".join(self.typed(operand) for operand in op.operands)
        return f"call{flags(op)} {result} @{name}({arguments})"


def argument_ranges(op: llvm.FuncOp) -> list[str]:
    """Returns what is known of each argument: `begin` and `end` are at most the number of
    workgroups.

    LLVM then makes no vector loop for a grid of a few points, which halves the time to compile one.
    """
    count = op.attributes.get(WORKGROUP_COUNT)
    arguments = len(op.function_type.inputs)
    if not isinstance(count, DenseIntOrFPElementsAttr) or arguments != 4:
        return [""] * arguments
    bounds = f" range(i64 0, {int(count.get_values()[0]) + 1})"
    return ["", "", bounds, bounds]


def flags(op: Operation) -> str:
    """Returns fast-math and overflow flags, each with a space before it."""
    text = ""
    if isinstance(fast := op.properties.get("fastmathFlags"), llvm.FastMathAttr):
        text += "".join(f" {flag.value}" for flag in sorted(fast.data))
    if isinstance(overflow := op.properties.get("overflowFlags"), IntegerAttr):
        text += " nuw" if overflow.value.data & 2 else ""
        text += " nsw" if overflow.value.data & 1 else ""
    return text


def emit_getelementptr(to: FunctionEmitter, op: llvm.GEPOp) -> str:
    dynamic = iter(op.ssa_indices)
    indices = [
        to.typed(next(dynamic)) if index == llvm.GEP_USE_SSA_VAL else f"i64 {index}"
        for index in op.rawConstantIndices.iter_values()
    ]
    inbounds = "inbounds " if op.inbounds is not None else ""
    return f"getelementptr {inbounds}{type_text(op.elem_type)}, {to.typed(op.ptr)}, {', '.join(indices)}"


def emit_alloca(to: FunctionEmitter, op: llvm.AllocaOp) -> str:
    alignment = op.alignment.value.data if op.alignment is not None else 16
    return f"alloca {type_text(op.elem_type)}, {to.typed(op.size)}, align {alignment}"


def alignment(op: llvm.LoadOp | llvm.StoreOp) -> str:
    """Returns the alignment that an access states: that of a vector's elements."""
    return "" if op.alignment is None else f", align {op.alignment.value.data}"


def emit_load(to: FunctionEmitter, op: llvm.LoadOp) -> str:
    type = type_text(op.dereferenced_value.type)
    return f"load {type}, {to.typed(op.ptr)}{alignment(op)}{to.alias(op.ptr)}"


def emit_store(to: FunctionEmitter, op: llvm.StoreOp) -> str:
    past = "" if op.nontemporal is None else f", !nontemporal {to.module.streamed()}"
    return f"store {to.typed(op.value)}, {to.typed(op.ptr)}{alignment(op)}{past}{to.alias(op.ptr)}"


def emit_insertelement(to: FunctionEmitter, op: llvm_extra.InsertElementOp) -> str:
    return f"insertelement {to.typed(op.vector)}, {to.typed(op.value)}, {to.typed(op.position)}"


def emit_shufflevector(to: FunctionEmitter, op: llvm.ShuffleVectorOp) -> str:
    lanes = ", ".join(f"i32 {lane}" for lane in op.mask.iter_values())
    mask = f"<{len(op.mask)} x i32> <{lanes}>"
    return f"shufflevector {to.typed(op.v1)}, {to.typed(op.v2)}, {mask}"


def emit_icmp(to: FunctionEmitter, op: llvm.ICmpOp) -> str:
    predicate = llvm.ICmpPredicateFlag.from_int(op.predicate.value.data).value
    return f"icmp {predicate} {to.typed(op.lhs)}, {to.names[op.rhs]}"


def emit_fcmp(to: FunctionEmitter, op: llvm_extra.FCmpOp) -> str:
    predicate = llvm.FCmpPredicateFlag.from_int(op.predicate.value.data).value.removeprefix("_")
    return f"fcmp {predicate} {to.typed(op.lhs)}, {to.names[op.rhs]}"


def emit_select(to: FunctionEmitter, op: llvm_extra.SelectOp) -> str:
    return f"select {to.typed(op.cond)}, {to.typed(op.lhs)}, {to.typed(op.rhs)}"


def emit_fneg(to: FunctionEmitter, op: llvm.FNegOp) -> str:
    return f"fneg {to.typed(op.arg)}"


def emit_br(to: FunctionEmitter, op: llvm.BrOp) -> str:
    return f"br label %{to.blocks[op.successor]}"


def emit_cond_br(to: FunctionEmitter, op: llvm.CondBrOp) -> str:
    return f"br {to.typed(op.cond)}, label %{to.blocks[op.then_block]}, label %{to.blocks[op.else_block]}"


def emit_return(to: FunctionEmitter, op: llvm.ReturnOp) -> str:
    return "ret void"


OTHERS: dict[type[Operation], Callable[[FunctionEmitter, Operation], str]] = {
    llvm.AllocaOp: emit_alloca,
    llvm.GEPOp: emit_getelementptr,
    llvm.LoadOp: emit_load,
    llvm.StoreOp: emit_store,
    llvm.ICmpOp: emit_icmp,
    llvm_extra.FCmpOp: emit_fcmp,
    llvm_extra.SelectOp: emit_select,
    llvm_extra.InsertElementOp: emit_insertelement,
    llvm.ShuffleVectorOp: emit_shufflevector,
    llvm.FNegOp: emit_fneg,
    llvm.BrOp: emit_br,
    llvm.CondBrOp: emit_cond_br,
    llvm.ReturnOp: emit_return,
    llvm_extra.FenceOp: lambda to, op: "fence seq_cst",
}  # pyright: ignore[reportAssignmentType]
