"""Edits of program texts by token, by line and by byte."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property
from random import Random

from fuzz_mutations import mutate_bytes
from text_corpus import Program

TOKEN = re.compile(
    r"""(?P<type>(?:tensor|memref|vector)<[^<>\n]*(?:<[^<>\n]*>[^<>\n]*)?>
          |\b(?:[su]?i[0-9]+|b?f[0-9]+\w*|index|none|complex<\w+>)\b|![\w.]+)
    |(?P<string>"(?:[^"\\\n]|\\.)*")
    |(?P<number>\b0x[0-9a-fA-F]+\b|-?\b[0-9]+(?:\.[0-9]*(?:[eE][+-]?[0-9]+)?)?)
    |(?P<value>%[\w$.-]+(?:\#[0-9]+)?)
    |(?P<symbol>@[\w$.-]+)
    |(?P<block>\^[\w$.-]+)
    |(?P<attribute>\#[\w$.-]+)
    |(?P<op>\b[a-z_]\w*\.[\w.]+)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<mark>->|\.\.\.|[^\s\w])
    |(?P<blank>\s+)""",
    re.VERBOSE,
)
"""The tokens of MLIR and of protobuf's text form, by kind."""

STRANGE: dict[str, Sequence[str]] = {
    "type": (
        *(
            "i0",
            "i1",
            "i4",
            "ui2",
            "i65",
            "i16777216",
            "f8E4M3FN",
            "f4E2M1FN",
            "bf16",
            "f64",
            "f80",
        ),
        *("none", "index", "tf32", "complex<f32>", "complex<i8>", "tensor<f32>", "tensor<0xf32>"),
        *(
            "tensor<?xf32>",
            "tensor<*xf32>",
            "tensor<1099511627776xf32>",
            "tensor<4611686018427387904xi8>",
        ),
        *(
            "tensor<65536x65536x65536xi1>",
            "tensor<2x3xcomplex<f64>>",
            "tensor<3xindex>",
            "tensor<?x0xi64>",
        ),
        *(
            "tensor<1x1x1x1x1x1x1x1x1x1x1x1xf32>",
            "tensor<2x!quant.uniform<i8:f32, 0.1:3>>",
            "tensor<3xnone>",
        ),
        *("vector<4xf32>", "vector<[4]xi8>", "memref<4xf32>", "memref<?xi8, 3>", "memref<*xf32>"),
        *(
            "tuple<i32, f32>",
            "tuple<>",
            "!stablehlo.token",
            "!vm.ref<!a.b>",
            "!util.buffer",
            "!none.such",
        ),
        *(
            "() -> ()",
            "(i32) -> tensor<2xi32>",
            "tensor<4xf32, #stablehlo.bounds<3>>",
            "tensor<-1xf32>",
        ),
    ),
    "number": (
        *(
            "0",
            "1",
            "-1",
            "2",
            "7",
            "31",
            "64",
            "255",
            "65536",
            "2147483648",
            "4294967295",
            "1099511627776",
        ),
        *("9223372036854775807", "-9223372036854775808", "18446744073709551616", "1" + "0" * 60),
        *("0.0", "-0.0", "1.5", "1e999", "1.0e-320", "0x7FC00000", "0xFFFFFFFFFFFFFFFFFF", "-1.0"),
    ),
    "string": ('""', '"\\00"', '"\\FF\\FE"', '"é"', '"a b"', '"' + "x" * 300 + '"', '"@"', '"\\q"'),
    "value": ("%none", "%0", "%0#7", "%arg0", "%arg99", "%1234567890123"),
    "symbol": ("@none", "@main", '@"a b"', '@"é"', "@__init", "@f"),
    "block": ("^bb0", "^bb1", "^none"),
    "attribute": ("#none", "#map", "#stablehlo.none", "#none.such<1>", "#loc"),
    "op": (
        *(
            "none.such",
            "stablehlo.none",
            "arith.none",
            "stablehlo.all_reduce",
            "func.call",
            "func.return",
        ),
        *(
            "stablehlo.custom_call",
            "stablehlo.while",
            "stablehlo.sort",
            "stablehlo.send",
            "tf.None",
        ),
    ),
    "word": (
        "return",
        "module",
        "true",
        "false",
        "unit",
        "dense",
        "array",
        "loc",
        "none",
        "attributes",
    ),
    "mark": (
        *"(){}<>[]:,=-+*?|/\\'`$&;~@#%^!\"",
        *("->", "...", "{-#", "#-}", "\0", "é", "\ufeff", "𝔄"),
    ),
}
"""Tokens by kind that no program of the corpus needs to have."""

OF_TYPE = re.compile(r"(?<![\w.])(?:[su]?i[0-9]+|b?f[0-9]+\w*|index)\b")
SIZE = re.compile(r"(?<=[<x])[0-9]+(?=x)")
ELEMENTS = (
    *(
        "i1",
        "i4",
        "i8",
        "ui8",
        "i16",
        "ui32",
        "i64",
        "f16",
        "bf16",
        "f32",
        "f64",
        "f8E4M3FN",
        "f8E5M2",
    ),
    *("complex<f32>", "complex<f64>", "index", "f4E2M1FN", "i128", "!quant.uniform<i8:f32, 0.5:1>"),
)
SIZES = ("0", "1", "2", "3", "5", "16", "17", "?", "1000", "65536", "4294967296", "1099511627776")


def tokens_of(text: str) -> list[tuple[str, str]]:
    """The kind and the text of each token; blanks are tokens, too."""
    return [(m.lastgroup or "mark", m.group()) for m in TOKEN.finditer(text)]


class Editor:
    """Edits programs of a corpus."""

    def __init__(self, programs: Sequence[Program]):
        self.programs = programs

    @cached_property
    def pools(self) -> dict[str, Sequence[str]]:
        """Kind -> the tokens of that kind in all programs."""
        pools: dict[str, set[str]] = defaultdict(set)
        for program in self.programs:
            for kind, token in tokens_of(program.text):
                if len(token) < 200:
                    pools[kind].add(token)
        return {kind: sorted(pool) for kind, pool in pools.items()}

    @cached_property
    def dialects(self) -> dict[str, Sequence[str]]:
        """Name of a dialect -> the ops of it in all programs."""
        ops: dict[str, list[str]] = defaultdict(list)
        for op in self.pools["op"]:
            ops[op.partition(".")[0]].append(op)
        return ops

    def make(self, random: Random) -> tuple[str, Program]:
        """The name of an edit, and a program after it."""
        # the smaller of two: a small program costs less time and has as many faults
        program = min(random.sample(self.programs, 2), key=lambda p: len(p.data))
        if program.is_graph and not program.name.endswith("pbtxt"):
            other = random.choice([p for p in self.programs if p.is_graph])
            return "bytes", _with(program, mutate_bytes(program.data, other.data, random))
        edits: Sequence[tuple[int, Callable[[str, Random], str]]] = (
            (8, self.tokens),
            (5, self.one_type),
            (4, self.one_size),
            (5, self.one_op),
            (5, self.one_number),
            (3, self.lines),
            (1, self.functions),
            (1, truncated),
            (1, nested),
            (1, long_line),
        )
        if not random.randrange(25):
            other = random.choice(self.programs).data
            return "bytes", _with(program, mutate_bytes(program.data, other, random))
        if not random.randrange(25):
            return "raw bytes", _with(program, spoiled_bytes(program.data, random))
        (edit,) = random.choices([e for _, e in edits], [weight for weight, _ in edits])
        text = edit(program.text, random)
        if not random.randrange(6):
            text = self.tokens(text, random)
        return edit.__name__, _with(program, text.encode(errors="replace"))

    # -- tokens ------------------------------------------------------------------------------------

    def tokens(self, text: str, random: Random) -> str:
        """A few tokens deleted, repeated, exchanged or replaced by others of their kind."""
        words = tokens_of(text)
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            solid = [n for n, (kind, _) in enumerate(words) if kind != "blank"]
            if not solid:
                break
            at, other = random.choice(solid), random.choice(solid)
            kind, token = words[at]
            match random.randrange(10):
                case 0:
                    del words[at]
                case 1:
                    words.insert(at, (kind, token))
                case 2:
                    words[at], words[other] = words[other], words[at]
                case 3:
                    words[at] = words[other]
                case 4 | 5 | 6:
                    same = [word for word in words if word[0] == kind]
                    words[at] = random.choice(same)
                case 7:
                    words[at] = kind, random.choice(self.pools[kind])
                case _:
                    words[at] = kind, random.choice(STRANGE[kind])
        return "".join(word for _, word in words)

    def one_type(self, text: str, random: Random) -> str:
        """One element type replaced by another wherever it is: a program that may be right."""
        found = sorted(set(OF_TYPE.findall(text)))
        if not found:
            return self.tokens(text, random)
        old, new = random.choice(found), random.choice(ELEMENTS)
        return re.sub(rf"(?<![\w.]){old}\b|(?<=[0-9?]x){old}\b", lambda _: new, text)

    def one_size(self, text: str, random: Random) -> str:
        """One size of a dimension replaced by another wherever it is."""
        found = sorted(set(SIZE.findall(text)))
        if not found:
            return self.tokens(text, random)
        old, new = random.choice(found), random.choice(SIZES)
        return re.sub(rf"(?<=[<x]){old}(?=x)", lambda _: new, text)

    def one_number(self, text: str, random: Random) -> str:
        """One number outside types replaced by another: an axis, a size, a bound, a constant."""
        words = tokens_of(text)
        numbers = [at for at, (kind, _) in enumerate(words) if kind == "number"]
        if not numbers:
            return self.tokens(text, random)
        small = [str(number) for number in range(-2, 9)]
        for at in random.sample(numbers, min(len(numbers), random.choice((1, 1, 2)))):
            words[at] = "number", random.choice((*small, *STRANGE["number"]))
        return "".join(word for _, word in words)

    def one_op(self, text: str, random: Random) -> str:
        """One op replaced by another of its dialect wherever it is."""
        found = sorted({token for kind, token in tokens_of(text) if kind == "op"})
        if not found:
            return self.tokens(text, random)
        old = random.choice(found)
        near = self.dialects.get(old.partition(".")[0]) or [old]
        new = random.choice(near)
        return re.sub(rf"(?<![\w.]){re.escape(old)}\b", lambda _: new, text)

    # -- lines -------------------------------------------------------------------------------------

    def lines(self, text: str, random: Random) -> str:
        """Lines deleted, repeated, exchanged, or taken from another program."""
        lines = text.splitlines(keepends=True)
        for _ in range(random.choice((1, 1, 2))):
            if not lines:
                break
            at, other = random.randrange(len(lines)), random.randrange(len(lines))
            match random.randrange(5):
                case 0:
                    del lines[at : at + random.choice((1, 1, 2, 4))]
                case 1:
                    lines.insert(at, lines[other])
                case 2:
                    lines[at], lines[other] = lines[other], lines[at]
                case 3:
                    lines[at:at] = lines[other : other + random.randrange(1, 5)]
                case _:
                    foreign = random.choice(self.programs).text.splitlines(keepends=True)
                    start = random.randrange(len(foreign)) if foreign else 0
                    lines[at:at] = foreign[start : start + random.randrange(1, 6)]
        return "".join(lines)

    def functions(self, text: str, random: Random) -> str:
        """A program behind another, or within it."""
        other = random.choice([p for p in self.programs if not p.is_graph] or self.programs).text
        if random.randrange(2):
            return f"{text}\n{other}"
        lines = text.splitlines(keepends=True)
        lines.insert(random.randrange(len(lines) + 1), other)
        return "".join(lines)


def _with(program: Program, data: bytes) -> Program:
    return Program(program.name, data, program.is_graph)


def truncated(text: str, random: Random) -> str:
    """The beginning of a program, or its end."""
    at = random.randrange(len(text) + 1)
    return text[:at] if random.randrange(4) else text[at:]


def nested(text: str, random: Random) -> str:
    """A token, or a whole program, in many brackets or regions."""
    depth = random.choice((3, 30, 300, 3000, 30000))
    if not random.randrange(4) and "func.func" in text:
        depth = min(depth, 3000)
        return "module {\n" * depth + text + "}\n" * depth
    if not random.randrange(3):
        region = "scf.execute_region { " if random.randrange(2) else "scf.if %c { "
        return re.sub(
            r"(?m)^\s*(?=return|func\.return)", lambda _: region * depth + "} " * depth, text
        )
    words = tokens_of(text)
    solid = [n for n, (kind, _) in enumerate(words) if kind not in ("blank", "mark")]
    if not solid:
        return text * 2
    at = random.choice(solid)
    opening, closing = random.choice(
        (("(", ")"), ("[", "]"), ("{", "}"), ("<", ">"), ("tuple<", ">"), ("dense<[", "]>"), ("{a = [", "]}"),
         ("tensor<", ">"), ("complex<", ">"), ("loc(fused[", "])"), ("affine_map<(d0) -> (", ")>"), ("-", "")),
    )  # fmt: skip
    words[at] = "mark", opening * depth + words[at][1] + closing * depth
    return "".join(word for _, word in words)


def long_line(text: str, random: Random) -> str:
    """Everything on one line, a token repeated very often, or a very long name or number."""
    match random.randrange(4):
        case 0:
            return text.replace("\n", " ")
        case 1:
            words = tokens_of(text)
            at = random.randrange(len(words)) if words else 0
            words[at : at + 1] = words[at : at + 1] * random.choice((100, 10_000))
            return "".join(word for _, word in words)
        case 2:
            name = "x" * random.choice((1000, 200_000))
            return re.sub(r"(?<=[%@])[A-Za-z]\w*", lambda _: name, text, count=2)
        case _:
            digits = "7" * random.choice((100, 5000, 100_000))
            numbers = [m.span() for m in re.finditer(r"\b[0-9]+\b", text)]
            if not numbers:
                return text
            start, end = random.choice(numbers)
            return text[:start] + digits + text[end:]


def spoiled_bytes(data: bytes, random: Random) -> bytes:
    """Bytes that are no text: NULs, bytes that are not UTF-8, byte order marks, other encodings."""
    at = random.randrange(len(data) + 1)
    piece = random.choice(
        (b"\0", b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\x1a", b"\r", b"\x0b", b"\x85")
    )
    match random.randrange(6):
        case 0:
            return random.choice((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")) + data
        case 1:
            return data.decode(errors="replace").encode("utf-16")
        case 2:
            return data.replace(b"\n", random.choice((b"\r\n", b"\r", b"\x0b", b"\x0c", b"\0")))
        case _:
            return data[:at] + piece * random.choice((1, 1, 4)) + data[at:]
