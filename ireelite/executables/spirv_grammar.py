"""What a SPIR-V instruction looks like: opcodes, their operands, and the names of enumerants.

The part of SPIR-V that compute shaders use, ours and those that other compilers send to a GPU.
Numbers are those of the SPIR-V specification 1.6 and of `GLSL.std.450`. An instruction is plain
data: it is what the encoder takes and what the decoder gives, and it can say where it came from.
"""

from __future__ import annotations

from ireelite.light_dataclass import light_dataclass
from ireelite.status import not_found

MAGIC = 0x07230203


@light_dataclass(frozen=True)
class Opcode:
    """One row of the instruction table."""

    name: str
    """With its prefix: `OpFMul`."""
    code: int
    operands: tuple[str, ...]
    """The kinds of its operands in order; see `_OPCODES`."""

    @property
    def has_result(self) -> bool:
        """Whether the instruction defines an id."""
        return "R" in self.operands[:2]

    @property
    def has_type(self) -> bool:
        """Whether its first operand is the result's type."""
        return self.operands[:1] == ("T",)

    def kinds(self, count: int) -> list[str]:
        """Returns the kind of each of `count` operands: repeated kinds written out."""
        kinds: list[str] = []
        for kind in self.operands:
            plain = kind.rstrip("?*")
            if not kind.endswith("*"):
                kinds.append(plain)
            elif plain == "c":
                kinds.extend(["n", "i"] * ((count - len(kinds)) // 2))
            else:
                kinds.extend([plain] * (count - len(kinds)))
        return kinds[:count]


Operand = int | str


@light_dataclass(frozen=True)
class SpirvInstruction:
    """One instruction. Ids, enumerants and literal words are ints, literal strings are str."""

    opcode: Opcode
    operands: tuple[Operand, ...]
    origin: object = None
    """Whatever the instruction was made from; nothing here looks into it."""

    @property
    def result(self) -> int | None:
        """The id that the instruction defines."""
        if not self.opcode.has_result:
            return None
        result = self.operands[1 if self.opcode.has_type else 0]
        assert isinstance(result, int)
        return result


_OPCODES = {
    "": "Nop=0 FunctionEnd=56 Kill=252 Return=253 Unreachable=255 NoLine=317",
    "T R": """
        Undef=1 ConstantTrue=41 ConstantFalse=42 ConstantNull=46 SpecConstantTrue=48 SpecConstantFalse=49
        FunctionParameter=55
    """,
    "s": "SourceContinued=2 SourceExtension=4 Extension=10 ModuleProcessed=330",
    "SourceLanguage n i? s?": "Source=3",
    "i s": "Name=5",
    "i n s": "MemberName=6",
    "R s": "String=7 ExtInstImport=11",
    "i n n": "Line=8",
    "T R i x i*": "ExtInst=12",
    "AddressingModel MemoryModel": "MemoryModel=14",
    "ExecutionModel i s i*": "EntryPoint=15",
    "i ExecutionMode n*": "ExecutionMode=16 ExecutionModeId=331",
    "Capability": "Capability=17",
    "R": "TypeVoid=19 TypeBool=20 Label=248",
    "R n n": "TypeInt=21",
    "R n n*": "TypeFloat=22",
    "R i n": "TypeVector=23 TypeMatrix=24",
    "R i i": "TypeArray=28",
    "R i": "TypeRuntimeArray=29",
    "R i*": "TypeStruct=30",
    "R StorageClass i": "TypePointer=32",
    "R i i*": "TypeFunction=33",
    "T R n*": "Constant=43 SpecConstant=50 SpecConstantOp=52",
    "T R i*": "ConstantComposite=44 SpecConstantComposite=51 CompositeConstruct=80",
    "T R FunctionControl i": "Function=54",
    "T R i i*": "FunctionCall=57 AccessChain=65 InBoundsAccessChain=66",
    "T R StorageClass i?": "Variable=59",
    "T R i MemoryAccess? n*": "Load=61",
    "i i MemoryAccess? n*": "Store=62 CopyMemory=63",
    "T R i n": "ArrayLength=68",
    "i Decoration n*": "Decorate=71 DecorateId=332",
    "i n Decoration n*": "MemberDecorate=72",
    "T R i i": """
        VectorExtractDynamic=77 IAdd=128 FAdd=129 ISub=130 FSub=131 IMul=132 FMul=133 UDiv=134 SDiv=135
        FDiv=136 UMod=137 SRem=138 SMod=139 FRem=140 FMod=141 VectorTimesScalar=142 MatrixTimesVector=145
        Dot=148 IAddCarry=149 ISubBorrow=150 UMulExtended=151 SMulExtended=152 Ordered=162 Unordered=163
        LogicalEqual=164 LogicalNotEqual=165 LogicalOr=166 LogicalAnd=167 IEqual=170 INotEqual=171
        UGreaterThan=172 SGreaterThan=173 UGreaterThanEqual=174 SGreaterThanEqual=175 ULessThan=176
        SLessThan=177 ULessThanEqual=178 SLessThanEqual=179 FOrdEqual=180 FUnordEqual=181 FOrdNotEqual=182
        FUnordNotEqual=183 FOrdLessThan=184 FUnordLessThan=185 FOrdGreaterThan=186 FUnordGreaterThan=187
        FOrdLessThanEqual=188 FUnordLessThanEqual=189 FOrdGreaterThanEqual=190 FUnordGreaterThanEqual=191
        ShiftRightLogical=194 ShiftRightArithmetic=195 ShiftLeftLogical=196 BitwiseOr=197 BitwiseXor=198
        BitwiseAnd=199 GroupNonUniformBroadcastFirst=338 GroupNonUniformBallot=339
    """,
    "T R i i i": """
        VectorInsertDynamic=78 Select=169 BitFieldSExtract=202 BitFieldUExtract=203 AtomicLoad=227
        AtomicIIncrement=232 AtomicIDecrement=233 GroupNonUniformBroadcast=337 GroupNonUniformShuffle=345
        GroupNonUniformShuffleXor=346
    """,
    "T R i i n*": "VectorShuffle=79 CompositeInsert=82 SDot=4450 UDot=4451 SUDot=4452",
    "T R i n*": "CompositeExtract=81",
    "T R i": """
        CopyObject=83 Transpose=84 ConvertFToU=109 ConvertFToS=110 ConvertSToF=111 ConvertUToF=112
        UConvert=113 SConvert=114 FConvert=115 QuantizeToF16=116 Bitcast=124 SNegate=126 FNegate=127 Any=154
        All=155 IsNan=156 IsInf=157 IsFinite=158 IsNormal=159 LogicalNot=168 Not=200 BitReverse=204
        BitCount=205 GroupNonUniformElect=333 CopyLogical=400
    """,
    "T R i i i i": """
        BitFieldInsert=201 AtomicExchange=229 AtomicIAdd=234 AtomicISub=235 AtomicSMin=236 AtomicUMin=237
        AtomicSMax=238 AtomicUMax=239 AtomicAnd=240 AtomicOr=241 AtomicXor=242 AtomicFAddEXT=6035
    """,
    "i i i": "ControlBarrier=224",
    "i i": "MemoryBarrier=225",
    "i i i i": "AtomicStore=228",
    "T R i i i i i i": "AtomicCompareExchange=230",
    "T R p*": "Phi=245",
    "i i LoopControl n*": "LoopMerge=246",
    "i SelectionControl": "SelectionMerge=247",
    "i": "Branch=249 ReturnValue=254 AssumeTrueKHR=5630",
    "i i i n*": "BranchConditional=250",
    "i i c*": "Switch=251",
    "T R i GroupOperation i i?": """
        GroupNonUniformIAdd=349 GroupNonUniformFAdd=350 GroupNonUniformSMin=353 GroupNonUniformUMin=354
        GroupNonUniformFMin=355 GroupNonUniformSMax=356 GroupNonUniformUMax=357 GroupNonUniformFMax=358
    """,
    "T R i i i n*": "SDotAccSat=4453",
}
"""Operand kinds -> the opcodes that have them.

T result type, R result, i id, n literal word, s string, x number of an extended instruction, p pair
of ids, c literal and id; a name in full is a key of `ENUMS`. ? optional, * any number.
"""

ENUMS: dict[str, dict[int, str]] = {
    kind: {int(value): name for name, _, value in (pair.partition("=") for pair in text.split())}
    for kind, text in {
        "AddressingModel": "Logical=0 Physical32=1 Physical64=2 PhysicalStorageBuffer64=5348",
        "BuiltIn": """
            NumWorkgroups=24 WorkgroupSize=25 WorkgroupId=26 LocalInvocationId=27 GlobalInvocationId=28
            LocalInvocationIndex=29 SubgroupSize=36 NumSubgroups=38 SubgroupId=40 SubgroupLocalInvocationId=41
        """,
        "Capability": """
            Matrix=0 Shader=1 Addresses=4 Linkage=5 Kernel=6 Vector16=7 Float16Buffer=8 Float16=9 Float64=10
            Int64=11 Int64Atomics=12 Int16=22 Int8=39 GroupNonUniform=61 GroupNonUniformVote=62
            GroupNonUniformArithmetic=63 GroupNonUniformBallot=64 GroupNonUniformShuffle=65
            GroupNonUniformClustered=67 StorageBuffer16BitAccess=4433 UniformAndStorageBuffer16BitAccess=4434
            StoragePushConstant16=4435 VariablePointersStorageBuffer=4441 VariablePointers=4442
            StorageBuffer8BitAccess=4448 UniformAndStorageBuffer8BitAccess=4449 StoragePushConstant8=4450
            DenormPreserve=4464 DenormFlushToZero=4465 SignedZeroInfNanPreserve=4466 RoundingModeRTE=4467
            RoundingModeRTZ=4468 VulkanMemoryModel=5345 VulkanMemoryModelDeviceScope=5346
            PhysicalStorageBufferAddresses=5347 DotProductInputAll=6016 DotProductInput4x8Bit=6017
            DotProductInput4x8BitPacked=6018 DotProduct=6019 CooperativeMatrixKHR=6022
            AtomicFloat32AddEXT=6033
        """,
        "Decoration": """
            RelaxedPrecision=0 SpecId=1 Block=2 BufferBlock=3 RowMajor=4 ColMajor=5 ArrayStride=6
            MatrixStride=7 BuiltIn=11 Restrict=19 Aliased=20 Volatile=21 Coherent=23 NonWritable=24
            NonReadable=25 Uniform=26 Location=30 Binding=33 DescriptorSet=34 Offset=35 FPFastMathMode=40
            NoContraction=42 Alignment=44 NonUniform=5300 RestrictPointer=5355 AliasedPointer=5356
        """,
        "ExecutionMode": """
            LocalSize=17 LocalSizeHint=18 ContractionOff=31 LocalSizeId=38 DenormPreserve=4459
            DenormFlushToZero=4460 SignedZeroInfNanPreserve=4461 RoundingModeRTE=4462 RoundingModeRTZ=4463
        """,
        "ExecutionModel": "Vertex=0 Fragment=4 GLCompute=5 Kernel=6",
        "FunctionControl": "None=0 Inline=1 DontInline=2 Pure=4 Const=8",
        "GroupOperation": "Reduce=0 InclusiveScan=1 ExclusiveScan=2 ClusteredReduce=3",
        "LoopControl": "None=0 Unroll=1 DontUnroll=2 DependencyInfinite=4 DependencyLength=8",
        "MemoryAccess": "None=0 Volatile=1 Aligned=2 Nontemporal=4 NonPrivatePointer=32",
        "MemoryModel": "Simple=0 GLSL450=1 OpenCL=2 Vulkan=3",
        "SelectionControl": "None=0 Flatten=1 DontFlatten=2",
        "SourceLanguage": "Unknown=0 ESSL=1 GLSL=2 OpenCL_C=3 OpenCL_CPP=4 HLSL=5 SYCL=7 WGSL=10 Slang=11",
        "StorageClass": """
            UniformConstant=0 Input=1 Uniform=2 Output=3 Workgroup=4 CrossWorkgroup=5 Private=6 Function=7
            Generic=8 PushConstant=9 AtomicCounter=10 Image=11 StorageBuffer=12 PhysicalStorageBuffer=5349
        """,
        "GLSL.std.450": """
            Round=1 RoundEven=2 Trunc=3 FAbs=4 SAbs=5 FSign=6 SSign=7 Floor=8 Ceil=9 Fract=10 Radians=11
            Degrees=12 Sin=13 Cos=14 Tan=15 Asin=16 Acos=17 Atan=18 Sinh=19 Cosh=20 Tanh=21 Asinh=22 Acosh=23
            Atanh=24 Atan2=25 Pow=26 Exp=27 Log=28 Exp2=29 Log2=30 Sqrt=31 InverseSqrt=32 Determinant=33
            MatrixInverse=34 Modf=35 ModfStruct=36 FMin=37 UMin=38 SMin=39 FMax=40 UMax=41 SMax=42 FClamp=43
            UClamp=44 SClamp=45 FMix=46 Step=48 SmoothStep=49 Fma=50 Frexp=51 FrexpStruct=52 Ldexp=53
            PackSnorm4x8=54 PackUnorm4x8=55 PackSnorm2x16=56 PackUnorm2x16=57 PackHalf2x16=58
            PackDouble2x32=59 UnpackSnorm2x16=60 UnpackUnorm2x16=61 UnpackHalf2x16=62 UnpackSnorm4x8=63
            UnpackUnorm4x8=64 UnpackDouble2x32=65 Length=66 Distance=67 Cross=68 Normalize=69 FaceForward=70
            Reflect=71 Refract=72 FindILsb=73 FindSMsb=74 FindUMsb=75 NMin=79 NMax=80 NClamp=81
        """,
    }.items()
}
"""Enumerants by kind: number -> name. `GLSL.std.450` are the instructions of that set."""

VALUES: dict[str, dict[str, int]] = {
    kind: {name: value for value, name in names.items()} for kind, names in ENUMS.items()
}
"""Enumerants by kind: name -> number."""

MASKS = frozenset({"FunctionControl", "LoopControl", "MemoryAccess", "SelectionControl"})
"""Enumerants that are combined bit by bit."""

OPCODES: dict[str, Opcode] = {
    f"Op{name}": Opcode(f"Op{name}", int(code), tuple(kinds.split()))
    for kinds, text in _OPCODES.items()
    for name, _, code in (pair.partition("=") for pair in text.split())
}
"""All opcodes by name."""

BY_CODE: dict[int, Opcode] = {opcode.code: opcode for opcode in OPCODES.values()}
"""All opcodes by number."""


def enumerant(kind: str, name: str) -> int:
    """Returns the number of an enumerant. Raises NOT_FOUND."""
    if (value := VALUES[kind].get(name)) is None:
        raise not_found(f"'{name}' is not a known SPIR-V {kind}")
    return value


def instruction(name: str, *operands: Operand, origin: object = None) -> SpirvInstruction:
    """Returns an instruction by the name of its opcode: `instruction("OpTypeInt", 5, 32, 1)`."""
    return SpirvInstruction(OPCODES[name], operands, origin)
