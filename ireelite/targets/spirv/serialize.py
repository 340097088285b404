"""The `spirv` dialect to plain SPIR-V instructions.

Two things are decided here because the dialect leaves them open. Its integers are signless, but
drivers read an operation's signedness off its operand types: every integer becomes a signed type,
and the operations that read bits as unsigned get their operands bitcast, and their result bitcast
back. Types and constants, which the dialect repeats wherever they are used, are declared once.

Each instruction's origin is the op it was made from; a shared type or constant comes from the first
op to need it.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from xdsl.dialects.builtin import (
    Float32Type,
    Float64Type,
    FloatAttr,
    IntegerType,
    VectorType,
    i32,
)
from xdsl.ir import Attribute, Block, Operation, SSAValue

from ireelite.dialects import spirv
from ireelite.executables.spirv_encode import EncodedSpirv, encode_spirv
from ireelite.executables.spirv_grammar import Operand, SpirvInstruction, enumerant, instruction

GLSL = "GLSL.std.450"

UNSIGNED_OPERANDS: dict[str, int] = {
    "UDiv": 2,
    "UMod": 2,
    "GL.UMin": 2,
    "GL.UMax": 2,
    "ShiftRightLogical": 1,
    "BitFieldUExtract": 1,
    "ConvertUToF": 1,
    "UConvert": 1,
}
"""Ops that read bits as unsigned -> how many of their first operands they read so."""

PLAIN = spirv.AccessChainOp | spirv.LoadOp | spirv.SelectOp | spirv.CompositeConstructOp
"""Ops that are an instruction of their operands."""

UNSIGNED_RESULT = UNSIGNED_OPERANDS.keys() - {"ConvertUToF"} | {"ConvertFToU"}
"""Ops whose result is unsigned."""


@dataclass
class _Phi:
    """A block argument: where its instruction stands, and what comes in from which block."""

    place: int
    type: int
    result: int
    origin: Operation
    incoming: list[int] = field(default_factory=list)


def serialize_module(module: spirv.ModuleOp) -> EncodedSpirv:
    """Returns the words of a verified module. The origins are ops of the `spirv` dialect."""
    serializer = _Serializer(module)
    return encode_spirv(
        serializer.instructions(),
        bound=serializer.next_id,
        version=module.vce_triple.version_number,
    )


class _Serializer:
    def __init__(self, module: spirv.ModuleOp):
        self.module = module
        self.next_id = 1
        self.origin: Operation = module
        self.modes: list[SpirvInstruction] = []
        self.names: list[SpirvInstruction] = []
        self.decorations: list[SpirvInstruction] = []
        self.globals: list[SpirvInstruction] = []
        self.functions: list[SpirvInstruction] = []
        self.extended: int | None = None
        self.known: dict[object, int] = {}
        self.symbols: dict[str, int] = {}
        self.values: dict[SSAValue, int] = {}
        self.labels: dict[Block, int] = {}
        self.phis: dict[SSAValue, _Phi] = {}
        self.variables: list[SpirvInstruction] = []
        self.current_label = 0

    # -- pieces ------------------------------------------------------------------------------------

    def new_id(self) -> int:
        """Returns an id that is not yet used."""
        self.next_id += 1
        return self.next_id - 1

    def make(self, name: str, *operands: Operand) -> SpirvInstruction:
        """Returns an instruction that comes from the op being serialized."""
        return instruction(name, *operands, origin=self.origin)

    def emit(self, name: str, *operands: Operand) -> None:
        """Appends an instruction without a result to the function."""
        self.functions.append(self.make(name, *operands))

    def emit_value(self, name: str, type: int, *operands: Operand) -> int:
        """Appends an instruction with a result to the function."""
        result = self.new_id()
        self.emit(name, type, result, *operands)
        return result

    def declare(self, key: object, name: str, *operands: Operand, type: int | None = None) -> int:
        """Returns a type or constant, declared at its first use."""
        if (known := self.known.get(key)) is None:
            known = self.known[key] = self.new_id()
            before = () if type is None else (type,)
            self.globals.append(self.make(name, *before, known, *operands))
        return known

    def decorate(self, target: int, decoration: str, *values: int) -> None:
        """Adds a decoration."""
        self.decorations.append(
            self.make("OpDecorate", target, enumerant("Decoration", decoration), *values)
        )

    # -- types and constants -----------------------------------------------------------------------

    def type(self, type: Attribute, signed: bool = True) -> int:
        """Returns the id of a type."""
        match type:
            case IntegerType() if type.width.data == 1:
                return self.declare("bool", "OpTypeBool")
            case IntegerType():
                return self.declare((type, signed), "OpTypeInt", type.width.data, int(signed))
            case Float32Type() | Float64Type():
                return self.declare(type, "OpTypeFloat", type.bitwidth)
            case VectorType():
                element = self.type(type.element_type, signed)
                return self.declare(
                    ("vector", element, type.shape), "OpTypeVector", element, type.get_shape()[0]
                )
            case spirv.SpirvPointerType():
                pointee = self.type(type.pointee)
                if (
                    isinstance(type.pointee, spirv.SpirvStructType)
                    and ("block", pointee) not in self.known
                ):
                    self.known["block", pointee] = pointee
                    self.decorate(pointee, "Block")
                storage = enumerant("StorageClass", type.storage)
                return self.declare(type, "OpTypePointer", storage, pointee)
            case spirv.SpirvArrayType() | spirv.SpirvRuntimeArrayType():
                return self._array(type)
            case spirv.SpirvStructType():
                return self._struct(type)
            case _:
                raise AssertionError(f"the verifier lets no {type} through")

    def _array(self, type: spirv.SpirvArrayType | spirv.SpirvRuntimeArrayType) -> int:
        if (known := self.known.get(type)) is not None:
            return known
        element, count = self.type(type.element_type), list[int]()
        if isinstance(type, spirv.SpirvArrayType):
            count.append(self.integer(type.count.data))
        array = self.declare(type, f"OpType{'' if count else 'Runtime'}Array", element, *count)
        if type.stride.data:
            self.decorate(array, "ArrayStride", type.stride.data)
        return array

    def _struct(self, type: spirv.SpirvStructType) -> int:
        if (known := self.known.get(type)) is not None:
            return known
        struct_id = self.declare(type, "OpTypeStruct", *map(self.type, type.members))
        for member, offset in enumerate(type.offsets):
            operands = (struct_id, member, enumerant("Decoration", "Offset"), offset.data)
            self.decorations.append(self.make("OpMemberDecorate", *operands))
        return struct_id

    def integer(self, value: int) -> int:
        """Returns the id of an i32 constant."""
        type = self.type(i32)
        return self.declare((type, value & 0xFFFFFFFF), "OpConstant", value, type=type)

    def constant(self, op: spirv.ConstantOp) -> int:
        """Returns the id of a constant."""
        value, type = op.value, self.type(op.constant.type)
        if isinstance(value, FloatAttr):
            layout = "<d" if isinstance(value.type, Float64Type) else "<f"
            data = struct.pack(layout, value.value.data)
            words: tuple[int, ...] = struct.unpack(f"<{len(data) // 4}I", data)
            return self.declare((type, words), "OpConstant", *words, type=type)
        number, width = value.value.data, op.constant.type.bitwidth  # pyright: ignore
        if width == 1:
            return self.declare(("bool", bool(number)), f"OpConstant{bool(number)}", type=type)
        if width == 32:
            return self.integer(number)
        bits = number & 0xFFFFFFFFFFFFFFFF
        return self.declare((type, bits), "OpConstant", bits & 0xFFFFFFFF, bits >> 32, type=type)

    # -- the module --------------------------------------------------------------------------------

    def instructions(self) -> list[SpirvInstruction]:
        """Returns all instructions, in the order that SPIR-V wants its sections in."""
        for op in self.module.body.block.ops:
            self.origin = op
            match op:
                case spirv.GlobalVariableOp():
                    self._global_variable(op)
                case spirv.FuncOp():
                    self._function(op)
                case spirv.EntryPointOp() | spirv.ExecutionModeOp():
                    continue
                case _:
                    raise AssertionError(f"the verifier lets no '{op.name}' through")
        vce, self.origin = self.module.vce_triple, self.module
        header = [
            self.make("OpCapability", enumerant("Capability", n.data)) for n in vce.capabilities
        ]
        header += [self.make("OpExtension", name.data) for name in vce.extensions]
        if self.extended is not None:
            header.append(self.make("OpExtInstImport", self.extended, GLSL))
        models = enumerant("AddressingModel", "Logical"), enumerant("MemoryModel", "GLSL450")
        header.append(self.make("OpMemoryModel", *models))
        entry_points = [
            self._entry_point(op)
            for op in self.module.body.block.ops
            if isinstance(op, spirv.EntryPointOp)
        ]
        modes = [
            self._mode(op)
            for op in self.module.body.block.ops
            if isinstance(op, spirv.ExecutionModeOp)
        ]
        return (
            header
            + entry_points
            + modes
            + self.names
            + self.decorations
            + self.globals
            + self.functions
        )

    def _entry_point(self, op: spirv.EntryPointOp) -> SpirvInstruction:
        self.origin = op
        interface = [self.symbols[name.string_value()] for name in op.interface]
        if self.module.vce_triple.version_number >= (1, 4):
            interface = [self.symbols[v.sym_name.data] for v in _variables(self.module)]
        model, name = enumerant("ExecutionModel", op.execution_model.data), op.fn.string_value()
        return self.make("OpEntryPoint", model, self.symbols[name], name, *interface)

    def _mode(self, op: spirv.ExecutionModeOp) -> SpirvInstruction:
        self.origin = op
        mode = enumerant("ExecutionMode", op.execution_mode.data)
        return self.make(
            "OpExecutionMode", self.symbols[op.fn.string_value()], mode, *op.local_size
        )

    def _name(self, name: str) -> int:
        symbol = self.symbols[name] = self.new_id()
        self.names.append(self.make("OpName", symbol, name))
        return symbol

    def _global_variable(self, op: spirv.GlobalVariableOp) -> None:
        type, variable = self.type(op.type), self._name(op.sym_name.data)
        self.globals.append(
            self.make("OpVariable", type, variable, enumerant("StorageClass", op.type.storage))
        )
        if op.built_in is not None:
            self.decorate(variable, "BuiltIn", enumerant("BuiltIn", op.built_in.data))
        if op.bind is not None:
            self.decorate(variable, "DescriptorSet", op.bind[0])
            self.decorate(variable, "Binding", op.bind[1])

    def _function(self, op: spirv.FuncOp) -> None:
        void = self.declare("void", "OpTypeVoid")
        type = self.declare("function", "OpTypeFunction", void)
        self.emit("OpFunction", void, self._name(op.sym_name.data), 0, type)
        self._open(self.new_id())
        start, self.variables = len(self.functions), []
        self._block(op.body.block)
        self.origin = op
        for phi in self.phis.values():
            place = phi.place
            self.functions[place] = instruction(
                "OpPhi", phi.type, phi.result, *phi.incoming, origin=phi.origin
            )
        self.functions[start:start] = self.variables
        self.phis.clear()
        self.emit("OpFunctionEnd")

    # -- blocks and control flow -------------------------------------------------------------------

    def _open(self, label: int) -> None:
        """Begins a block."""
        self.emit("OpLabel", label)
        self.current_label = label

    def _block(self, block: Block) -> None:
        for op in block.ops:
            self.origin = op
            self._op(op)

    def _label(self, block: Block) -> int:
        if (label := self.labels.get(block)) is None:
            label = self.labels[block] = self.new_id()
        return label

    def _begin(self, block: Block, origin: Operation) -> None:
        """Opens a block of a region: its label, and a phi for each argument."""
        self.origin = origin
        self._open(self._label(block))
        for arg in block.args:
            phi = self._phi(arg)
            phi.place = len(self.functions)
            self.emit("OpPhi", phi.type, phi.result)

    def _phi(self, arg: SSAValue) -> _Phi:
        if (phi := self.phis.get(arg)) is None:
            result = self.values[arg] = self.new_id()
            phi = self.phis[arg] = _Phi(-1, self.type(arg.type), result, self.origin)
        return phi

    def _pass(self, target: Block, operands: Sequence[SSAValue]) -> int:
        """Notes what the block being written hands to a block it branches to;
        returns that one's label.
        """
        for arg, operand in zip(target.args, operands, strict=True):
            self._phi(arg).incoming.extend((self.values[operand], self.current_label))
        return self._label(target)

    def _branch(self, op: spirv.BranchOp | spirv.BranchConditionalOp) -> None:
        if isinstance(op, spirv.BranchOp):
            self.emit("OpBranch", self._pass(op.target, op.operands))
            return
        true = self._pass(op.true_target, op.true_operands)
        false = self._pass(op.false_target, op.false_operands)
        self.emit("OpBranchConditional", self.values[op.condition], true, false)

    def _selection(self, op: spirv.SelectionOp) -> None:
        entry, *blocks = op.body.blocks
        assert entry.last_op is not None
        for inner in entry.ops:
            self.origin = inner
            if isinstance(inner, spirv.BranchConditionalOp):
                self.origin = op
                self.emit("OpSelectionMerge", self._label(blocks[-1]), 0)
                self.origin = inner
            self._op(inner)
        self._regions(op, blocks)

    def _loop(self, op: spirv.LoopOp) -> None:
        entry, *blocks = op.body.blocks
        header, latch, merge = blocks[0], blocks[-2], blocks[-1]
        self._block(entry)
        self._begin(header, op)
        for inner in header.ops:
            if inner is header.last_op:
                self.origin = op
                self.emit("OpLoopMerge", self._label(merge), self._label(latch), 0)
            self.origin = inner
            self._op(inner)
        self._regions(op, blocks[1:])

    def _regions(self, op: spirv.StructuredOp, blocks: list[Block]) -> None:
        """Serializes the remaining blocks, and what the last one yields."""
        for block in blocks:
            self._begin(block, op)
            self._block(block)
        end = blocks[-1].last_op
        assert isinstance(end, spirv.MergeOp)
        for result, value in zip(op.results, end.values, strict=True):
            self.values[result] = self.values[value]

    # -- ops ---------------------------------------------------------------------------------------

    def _op(self, op: Operation) -> None:
        match op:
            case spirv.ValueOp():
                self.values[op.result] = self._value(op)
            case spirv.AddressOfOp():
                self.values[op.pointer] = self.symbols[op.variable.string_value()]
            case spirv.ConstantOp():
                self.values[op.constant] = self.constant(op)
            case _ if isinstance(op, PLAIN):
                operands = [self.values[operand] for operand in op.operands]
                name, type = "Op" + op.name.removeprefix("spirv."), self.type(op.results[0].type)
                self.values[op.results[0]] = self.emit_value(name, type, *operands)
            case spirv.CompositeExtractOp():
                vector, place = self.values[op.composite], op.index.value.data
                type = self.type(op.component.type)
                self.values[op.component] = self.emit_value(
                    "OpCompositeExtract", type, vector, place
                )
            case spirv.StoreOp():
                self.emit("OpStore", self.values[op.ptr], self.values[op.value])
            case spirv.AtomicOp():
                scope, semantics = self.integer(1), self.integer(0)
                self.values[op.result] = self.emit_value(
                    "Op" + op.name.removeprefix("spirv."),
                    self.type(op.result.type),
                    *(self.values[op.pointer], scope, semantics, self.values[op.value]),
                )
            case spirv.VariableOp():
                self._variable(op)
            case spirv.BranchOp() | spirv.BranchConditionalOp():
                self._branch(op)
            case spirv.SelectionOp():
                self._selection(op)
            case spirv.LoopOp():
                self._loop(op)
            case spirv.ReturnOp():
                self.emit("OpReturn")
            case spirv.MergeOp():
                pass
            case _:
                raise AssertionError(f"the verifier lets no '{op.name}' through")

    def _variable(self, op: spirv.VariableOp) -> None:
        """Declares a variable in the first block; stores its initial value where the op is."""
        type, variable = self.type(op.pointer.type), self.new_id()
        self.values[op.pointer] = variable
        self.variables.append(
            self.make("OpVariable", type, variable, enumerant("StorageClass", "Function"))
        )
        if op.initializer is not None:
            self.emit("OpStore", variable, self.values[op.initializer])

    def _value(self, op: spirv.ValueOp) -> int:
        name = op.name.removeprefix("spirv.")
        operands = [self.values[operand] for operand in op.operands]
        for place in range(UNSIGNED_OPERANDS.get(name, 0)):
            type = self.type(op.operands[place].type, signed=False)
            operands[place] = self.emit_value("OpBitcast", type, operands[place])
        type = self.type(op.result.type)
        result_type = self.type(op.result.type, signed=False) if name in UNSIGNED_RESULT else type
        if name.startswith("GL."):
            if self.extended is None:
                self.extended = self.new_id()
            number = enumerant(GLSL, name.removeprefix("GL."))
            result = self.emit_value("OpExtInst", result_type, self.extended, number, *operands)
        else:
            result = self.emit_value(f"Op{name}", result_type, *operands)
        return result if result_type == type else self.emit_value("OpBitcast", type, result)


def _variables(module: spirv.ModuleOp) -> list[spirv.GlobalVariableOp]:
    return [op for op in module.body.block.ops if isinstance(op, spirv.GlobalVariableOp)]
