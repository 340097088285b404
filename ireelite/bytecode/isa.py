"""The instruction set of IREE bytecode 17.0, as one table.

The encoder, the decoder, the verifier, the disassembler, the interpreter and the translator all
read it; an opcode is described nowhere else. Source: IREE's VM dialect and bytecode format, version
17.0.

Field kinds, in the order in which the fields are encoded:

| kind | operand in `Instruction.operands` | encoded as |
|---|---|---|
| `i q f d` | register ordinal of an i32, i64, f32, f64 (the 64-bit ones even) | u16 |
| `r`, `r'` | raw register: `REF_BIT`, ordinal, and where there is a prime perhaps `MOVE_BIT` | u16
|
| `>` before one of these | the register that takes the result | u16 |
| `L`, `>L` | tuple of raw registers | align 2, u16 count, u16 each |
| `S` | tuple of numbers: the segment sizes of a variadic call | as `L` |
| `pc` | index of the block that is branched to | u32 byte offset in the function |
| `M` | tuple of (source, target) raw registers: moves made on a branch | align 2, u16 count, pairs
|
| `T` | tuple of (block index, moves): the cases of `br_table` | u16 count, then `pc` and `M` each |
| `g32 ro32 ty32 fn32` | offset or ordinal of a global, a rodata segment, a type, a function | u32 |
| `imm32 imm64` | signed int | 4 or 8 bytes |
| `immf32 immf64` | float | 4 or 8 bytes |
| `s16` | str | u16 length, UTF-8 |
"""

from __future__ import annotations

from ireelite.light_enum import IntFlag
from ireelite.light_named_tuple import NamedTuple

BYTECODE_VERSION = 17 << 16
"""Major version in the upper half, minor in the lower."""

BLOCK_MARKER = 0x79
F32_PREFIX = 0xE0
F64_PREFIX = 0xE1

REF_BIT = 0x8000
"""Set in a raw register that is in the bank of references."""
MOVE_BIT = 0x4000
"""Set in a raw reference register that an instruction empties as it reads it."""
REF_ORDINAL = 0x3FFF
"""The ordinal in a raw reference register."""
IMPORT_BIT = 0x8000_0000
"""Set in a function ordinal that counts imports."""
FAILURE_VALUES = "values of the failure"
"""The message of a `trace` that passes values for the message of the `fail` behind it."""

NOT_A_SPAN = 0xFFFF
"""The segment size of an argument that is not variadic."""


class Requirement(IntFlag):
    """What a VM must offer to run a function."""

    EXT_F32 = 1
    EXT_F64 = 2
    YIELD = 4
    """It may yield, or something it calls may."""
    UNWIND = 8
    """It holds references that must be released when an error passes through it."""


class Opcode(NamedTuple):
    """One row of the instruction set."""

    mnemonic: str
    prefix: int | None
    """The byte before the code, if the instruction belongs to an extension."""
    code: int
    fields: tuple[str, ...]
    terminator: bool
    """Whether it ends a block."""

    @property
    def requirement(self) -> Requirement:
        """What the instruction itself needs of the VM."""
        if self.prefix is not None:
            return Requirement.EXT_F32 if self.prefix == F32_PREFIX else Requirement.EXT_F64
        return Requirement.YIELD if self.mnemonic in _YIELDS else Requirement(0)

    def __repr__(self) -> str:
        return f"<{self.mnemonic}>"


_YIELDS = frozenset({"yield", "call.yieldable", "call.variadic.yieldable"})
_TERMINATORS = _YIELDS | {"br", "cond_br", "br_table", "return", "fail", "cond_break", "break"}

_CORE = """\
00 global.load.i32 g32 >i
01 global.store.i32 g32 i
02 global.load.indirect.i32 i >i
03 global.store.indirect.i32 i i
04 global.load.i64 g32 >q
05 global.store.i64 g32 q
06 global.load.indirect.i64 i >q
07 global.store.indirect.i64 i q
08 global.load.ref g32 ty32 >r'
09 global.store.ref g32 ty32 r'
0A global.load.indirect.ref i ty32 >r'
0B global.store.indirect.ref i ty32 r'
0C const.i32.zero >i
0D const.i32 imm32 >i
0E const.i64.zero >q
0F const.i64 imm64 >q
10 const.ref.zero >r'
11 const.ref.rodata ro32 >r'
12 list.alloc ty32 i >r'
13 list.reserve r i
14 list.size r >i
15 list.resize r i
16 list.get.i32 r i >i
17 list.set.i32 r i i
18 list.get.i64 r i >q
19 list.set.i64 r i q
1A list.get.ref r i ty32 >r'
1B list.set.ref r i r'
1C select.i32 i i i >i
1D select.i64 i q q >q
1E select.ref i ty32 r' r' >r'
1F switch.i32 i i L >i
20 switch.i64 i q L >q
21 switch.ref i ty32 r' L >r'
22 add.i32 i i >i
23 sub.i32 i i >i
24 mul.i32 i i >i
25 div.i32.s i i >i
26 div.i32.u i i >i
27 rem.i32.s i i >i
28 rem.i32.u i i >i
29 fma.i32 i i i >i
2A add.i64 q q >q
2B sub.i64 q q >q
2C mul.i64 q q >q
2D div.i64.s q q >q
2E div.i64.u q q >q
2F rem.i64.s q q >q
30 rem.i64.u q q >q
31 fma.i64 q q q >q
32 not.i32 i >i
33 and.i32 i i >i
34 or.i32 i i >i
35 xor.i32 i i >i
36 not.i64 q >q
37 and.i64 q q >q
38 or.i64 q q >q
39 xor.i64 q q >q
3A shl.i32 i i >i
3B shr.i32.s i i >i
3C shr.i32.u i i >i
3D shl.i64 q i >q
3E shr.i64.s q i >q
3F shr.i64.u q i >q
40 trunc.i32.i8 i >i
41 trunc.i32.i16 i >i
42 trunc.i64.i32 q >i
43 ext.i8.i32.s i >i
44 ext.i8.i32.u i >i
45 ext.i16.i32.s i >i
46 ext.i16.i32.u i >i
47 ext.i32.i64.s i >q
48 ext.i32.i64.u i >q
49 cmp.eq.i32 i i >i
4A cmp.ne.i32 i i >i
4B cmp.lt.i32.s i i >i
4C cmp.lt.i32.u i i >i
4D cmp.nz.i32 i >i
4E cmp.eq.i64 q q >i
4F cmp.ne.i64 q q >i
50 cmp.lt.i64.s q q >i
51 cmp.lt.i64.u q q >i
52 cmp.nz.i64 q >i
53 cmp.eq.ref r r >i
54 cmp.ne.ref r r >i
55 cmp.nz.ref r >i
56 br pc M
57 cond_br i pc M pc M
58 call fn32 L >L
59 call.variadic fn32 S L >L
5A return L
5B fail i s16
5C import.resolved fn32 >i
5D yield pc M
5E trace s16 L
5F print s16 L
60 cond_break i pc M
61 break pc M
62 buffer.load.i8.u r q >i
63 buffer.load.i8.s r q >i
64 buffer.load.i16.u r q >i
65 buffer.load.i16.s r q >i
66 buffer.load.i32 r q >i
67 buffer.load.i64 r q >q
68 buffer.store.i8 r q i
69 buffer.store.i16 r q i
6A buffer.store.i32 r q i
6B buffer.store.i64 r q q
6C buffer.alloc q i >r'
6D buffer.clone r q q i >r'
6E buffer.length r >q
6F buffer.copy r q r q q
70 buffer.compare r q r q q >i
71 buffer.fill.i8 r q q i
72 buffer.fill.i16 r q q i
73 buffer.fill.i32 r q q i
74 buffer.fill.i64 r q q q
75 ctlz.i32 i >i
76 ctlz.i64 q >q
77 abs.i32 i >i
78 abs.i64 q >q
79 block
7A min.i32.s i i >i
7B min.i32.u i i >i
7C max.i32.s i i >i
7D max.i32.u i i >i
7E min.i64.s q q >q
7F min.i64.u q q >q
80 max.i64.s q q >q
81 max.i64.u q q >q
82 cast.any.ref r' ty32 >r'
83 br_table i pc M T
84 buffer.hash r q q >q
85 discard.refs L
86 assign.ref r' >r'
87 call.yieldable fn32 L pc >L
88 call.variadic.yieldable fn32 S L pc >L
"""
_F32 = """\
00 global.load.f32 g32 >f
01 global.store.f32 g32 f
02 global.load.indirect.f32 i >f
03 global.store.indirect.f32 i f
04 const.f32.zero >f
05 const.f32 immf32 >f
06 list.get.f32 r i >f
07 list.set.f32 r i f
08 select.f32 i f f >f
09 switch.f32 i f L >f
0A add.f32 f f >f
0B sub.f32 f f >f
0C mul.f32 f f >f
0D div.f32 f f >f
0E rem.f32 f f >f
0F fma.f32 f f f >f
10 abs.f32 f >f
11 neg.f32 f >f
12 ceil.f32 f >f
13 floor.f32 f >f
14 cast.si32.f32 i >f
15 cast.ui32.f32 i >f
16 cast.f32.si32 f >i
17 cast.f32.ui32 f >i
18 bitcast.i32.f32 i >f
19 bitcast.f32.i32 f >i
1A atan.f32 f >f
1B atan2.f32 f f >f
1C cos.f32 f >f
1D sin.f32 f >f
1E exp.f32 f >f
1F exp2.f32 f >f
20 expm1.f32 f >f
21 log.f32 f >f
22 log10.f32 f >f
23 log1p.f32 f >f
24 log2.f32 f >f
25 pow.f32 f f >f
26 rsqrt.f32 f >f
27 sqrt.f32 f >f
28 tanh.f32 f >f
29 erf.f32 f >f
2A cmp.eq.f32.o f f >i
2B cmp.eq.f32.u f f >i
2C cmp.ne.f32.o f f >i
2D cmp.ne.f32.u f f >i
2E cmp.lt.f32.o f f >i
2F cmp.lt.f32.u f f >i
30 cmp.lte.f32.o f f >i
31 cmp.lte.f32.u f f >i
32 cmp.nan.f32 f >i
33 buffer.load.f32 r q >f
34 buffer.store.f32 r q f
35 buffer.fill.f32 r q q f
36 round.f32 f >f
37 min.f32 f f >f
38 max.f32 f f >f
39 round.f32.even f >f
3A cast.f32.si64 f >q
3B cast.f32.ui64 f >q
3C cast.si64.f32 q >f
3D cast.ui64.f32 q >f
"""
_F64 = """\
00 global.load.f64 g32 >d
01 global.store.f64 g32 d
02 global.load.indirect.f64 i >d
03 global.store.indirect.f64 i d
04 const.f64.zero >d
05 const.f64 immf64 >d
06 list.get.f64 r i >d
07 list.set.f64 r i d
08 select.f64 i d d >d
09 switch.f64 i d L >d
0A add.f64 d d >d
0B sub.f64 d d >d
0C mul.f64 d d >d
0D div.f64 d d >d
0E rem.f64 d d >d
0F fma.f64 d d d >d
10 abs.f64 d >d
11 neg.f64 d >d
12 ceil.f64 d >d
13 floor.f64 d >d
14 trunc.f64.f32 d >f
15 ext.f32.f64 f >d
16 cast.si32.f64 i >d
17 cast.ui32.f64 i >d
18 cast.f64.si32 d >i
19 cast.f64.ui32 d >i
1A cast.si64.f64 q >d
1B cast.ui64.f64 q >d
1C cast.f64.si64 d >q
1D cast.f64.ui64 d >q
1E bitcast.i64.f64 q >d
1F bitcast.f64.i64 d >q
20 atan.f64 d >d
21 atan2.f64 d d >d
22 cos.f64 d >d
23 sin.f64 d >d
24 exp.f64 d >d
25 exp2.f64 d >d
26 expm1.f64 d >d
27 log.f64 d >d
28 log10.f64 d >d
29 log1p.f64 d >d
2A log2.f64 d >d
2B pow.f64 d d >d
2C rsqrt.f64 d >d
2D sqrt.f64 d >d
2E tanh.f64 d >d
2F erf.f64 d >d
30 cmp.eq.f64.o d d >i
31 cmp.eq.f64.u d d >i
32 cmp.ne.f64.o d d >i
33 cmp.ne.f64.u d d >i
34 cmp.lt.f64.o d d >i
35 cmp.lt.f64.u d d >i
36 cmp.lte.f64.o d d >i
37 cmp.lte.f64.u d d >i
38 cmp.nan.f64 d >i
39 buffer.load.f64 r q >d
3A buffer.store.f64 r q d
3B buffer.fill.f64 r q q d
3C round.f64 d >d
3D min.f64 d d >d
3E max.f64 d d >d
3F round.f64.even d >d
"""


def _rows(prefix: int | None, table: str) -> list[Opcode]:
    rows: list[Opcode] = []
    for line in table.splitlines():
        code, mnemonic, *fields = line.split()
        row = (mnemonic, prefix, int(code, 16), tuple(fields), mnemonic in _TERMINATORS)
        rows.append(Opcode._make(row))
    return rows


ROWS: tuple[Opcode, ...] = (*_rows(None, _CORE), *_rows(F32_PREFIX, _F32), *_rows(F64_PREFIX, _F64))
OPCODES: dict[str, Opcode] = {row.mnemonic: row for row in ROWS}
"""Rows by mnemonic: `OPCODES["add.i32"]`."""
BY_CODE: dict[tuple[int | None, int], Opcode] = {(row.prefix, row.code): row for row in ROWS}
"""Rows by (prefix, code)."""


def _families() -> dict[str, list[str]]:
    families: dict[str, list[str]] = {}
    for row in ROWS:
        first, *others = row.mnemonic.split(".")
        families.setdefault(first, []).append(row.mnemonic)
        if len(others) > 1:
            families.setdefault(f"{first}.{others[0]}", []).append(row.mnemonic)
    return families


FAMILIES: dict[str, list[str]] = _families()
"""Mnemonics by their first word, and by their first two: `FAMILIES["buffer.load"]`."""
