"""A low-level sequencer program whose memory or order is wrong is refused with the op and its place."""

from __future__ import annotations

import re
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xdsl.dialects.builtin import MemRefType, f32
from xdsl.ir import Block, SSAValue

from ireelite.compile_options import CompileOptions
from ireelite.dialects.sequencer import iree_ll_seq
from ireelite.lowering.sequencer.accesses import EntryPoints, Place
from ireelite.lowering.sequencer.plan_contents import Contents
from ireelite.lowering.sequencer.verify_plan import SequenceVerifier, verify_plan
from ireelite.passes import Compilation
from ireelite.pipeline import lower
from ireelite.program import compile_source
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.parser import parse_module
from ireelite.tools.opt import main as opt_main

EXECUTABLE = """
  iree.multi_arch_executable @ex[0]() {
    iree.executable(Unspecified) {
      module {
        func.func @copy(%a: memref<4xf32>, %b: memref<4xf32>) attributes {iree.executable.export, iree.executable.workload = dense<[4, 1, 1]> : tensor<3xi32>, iree.ordinal = 0 : i32} {
          %0 = iree.load_input(%a : memref<4xf32>) : tensor<4xf32>
          iree.store_output(%0 : tensor<4xf32>, %b : memref<4xf32>)
          iree.return
        }
      }
    }
  }
"""
HEAD = """
  func.func @f(%x: memref<4xf32>) -> memref<4xf32> attributes {iree.ordinal = 0 : i32} {
    %r = "iree_ll_seq.alloc_heap"() : () -> memref<4xf32>
    %c = iree_ll_seq.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
    %arena = "iree_ll_seq.alloc_arena"() : () -> memref<512xi8>
    %p = iree_ll_seq.subspan %arena[0] : memref<512xi8> -> memref<4xf32>
    %q = iree_ll_seq.subspan %arena[256] : memref<512xi8> -> memref<4xf32>
    %s = iree_ll_seq.subspan %arena[8] : memref<512xi8> -> memref<4xf32>
"""
BARRIER = "iree_ll_seq.barrier"
RETURN = "iree_ll_seq.return %r : memref<4xf32>"


def dispatch(source: str, target: str, entry: str = "copy", size: int = 4) -> str:
    return (
        f"iree_ll_seq.static_dispatch ex::{entry}[dense<[{size}, 1, 1]> : tensor<3xi32>]"
        f"(%{source}, %{target}) : (memref<4xf32>, memref<4xf32>) -> ()"
    )


def copy(source: str, target: str) -> str:
    return f"iree_ll_seq.copy %{source}, %{target} : memref<4xf32>, memref<4xf32>"


def program(*lines: str, head: str = HEAD) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"module {{{EXECUTABLE}{head}{body}\n  }}\n}}\n"


def line_of(text: str, line: str, last: bool = True) -> int:
    numbers = [n for n, each in enumerate(text.splitlines(), 1) if line in each]
    return numbers[-1 if last else 0]


def loop(inits: str, *lines: str, yields: str = "", inner: str | None = None) -> list[str]:
    """A loop of two turns over these buffers, `%i0`, ...; each turn yields them in reverse order and
    copies the first into the second, unless another line is given.
    """
    names = inits.split(", ")
    count = range(len(names))
    types = ", ".join(["memref<4xf32>"] * len(names))
    pairs = ", ".join(f"%i{n} = %{name}" for n, name in enumerate(names))
    work = copy("i0", "i1") if inner is None else inner
    back = yields or ", ".join(f"%i{n}" for n in reversed(count))
    return [
        "%zero = arith.constant 0 : index",
        "%two = arith.constant 2 : index",
        "%one = arith.constant 1 : index",
        f"{', '.join(f'%l{n}' for n in count)} = scf.for %n = %zero to %two step %one "
        f"iter_args({pairs}) -> ({types}) {{",
        work,
        *lines,
        f"scf.yield {back} : {types}",
        "}",
    ]


def choice(yes: str, no: str, *lines: str) -> list[str]:
    """A choice whose branches yield these buffers, as `%i0` and `%i1`."""
    types = "memref<4xf32>, memref<4xf32>"
    rows = [
        f"scf.yield {', '.join(f'%{n}' for n in row.split(', '))} : {types}" for row in (yes, no)
    ]
    return [
        "%true = arith.constant true",
        f"%i0, %i1 = scf.if %true -> ({types}) {{",
        *lines,
        rows[0],
        "} else {",
        rows[1],
        "}",
    ]


VALID = {
    "straight": [dispatch("x", "p"), BARRIER, dispatch("p", "q"), BARRIER, dispatch("q", "r"), RETURN],
    "one group": [dispatch("x", "p"), dispatch("x", "q"), BARRIER, dispatch("p", "r"), RETURN],
    "a place used again": [dispatch("x", "p"), BARRIER, dispatch("p", "q"), BARRIER, copy("c", "s"), BARRIER, copy("s", "r"), RETURN],
    "an argument written": [copy("c", "x"), BARRIER, dispatch("x", "r"), RETURN],
    "an argument returned": ["iree_ll_seq.return %x : memref<4xf32>"],
    "buffers that change places": [copy("x", "p"), *loop("p, q"), copy("l0", "r"), RETURN],
    "a choice between places": [copy("x", "p"), *choice("p, q", "q, p"), copy("x", "i1"), BARRIER, copy("i1", "r"), RETURN],
    "a place that each turn writes before it reads": [*loop("q", BARRIER, copy("p", "i0"), inner=copy("x", "p")), copy("x", "r"), RETURN],
    "overwritten and written again": [copy("x", "p"), BARRIER, copy("x", "s"), BARRIER, copy("x", "p"), BARRIER, copy("p", "r"), RETURN],
}  # fmt: skip


@pytest.mark.parametrize("lines", VALID.values(), ids=VALID)
def test_valid_plans_compile(lines):
    module = parse_module(program(*lines))
    verify_plan(module)
    lower(module, "ll-seq", "vm", Compilation(CompileOptions(("vmvx",), verify=True)))


REFUSED = {
    "a loop that reads what only its last turn wrote": (
        [copy("x", "q"), *loop("q", BARRIER, copy("x", "p"), inner=copy("p", "i0")), copy("x", "r"), RETURN],
        r"reads %p .* which nothing has written before",
        copy("p", "i0"),
    ),
    "a loop that overwrites what its next turn reads": (
        [copy("x", "p"), *loop("q", BARRIER, copy("x", "s"), inner=copy("p", "i0")), copy("x", "r"), RETURN],
        r"reads %p .* which another buffer has overwritten",
        copy("p", "i0"),
    ),
    "a buffer that a loop has taken over": (
        [copy("x", "p"), *loop("p, q"), copy("p", "r"), RETURN],
        r"reads %p .*, which %l0 has overwritten in 'scf.for'",
        copy("p", "r"),
    ),
    "a turn that reads what the loop has taken over": (
        [copy("x", "p"), *loop("p, q", inner=copy("p", "i1")), copy("x", "r"), RETURN],
        r"touches %p, which 'scf.for' at .* has taken over",
        copy("p", "i1"),
    ),
    "a loop over one place twice": (
        [copy("x", "p"), *loop("p, p"), copy("x", "r"), RETURN],
        r"carries %p, which overlaps %p",
        "scf.for",
    ),
    "a loop over what the caller owns": (
        [*loop("x, q"), copy("x", "r"), RETURN],
        r"carries %x, which is not the sequence's own",
        "scf.for",
    ),
    "a turn that yields one buffer twice": (
        [copy("x", "p"), *loop("p, q", yields="%i0, %i0"), copy("x", "r"), RETURN],
        r"carries %i0, which overlaps %i0",
        "scf.yield",
    ),
    "a turn that yields a buffer from elsewhere": (
        [copy("x", "p"), *loop("p", inner=copy("x", "q"), yields="%q"), copy("x", "r"), RETURN],
        r"yields %q, which is not a buffer that the loop carries",
        "scf.yield",
    ),
    "a result of a loop that is overwritten": (
        [copy("x", "p"), *loop("p, q"), copy("x", "s"), BARRIER, copy("l0", "r"), RETURN],
        r"reads %l0 .*, which %s has overwritten",
        copy("l0", "r"),
    ),
    "a choice with different buffers": (
        [copy("x", "p"), *choice("p, q", "p, r"), copy("x", "r"), RETURN],
        r"has branches that do not yield the same buffers",
        "scf.if",
    ),
    "what only one branch writes": (
        [*choice("p, q", "p, q", copy("x", "p")), copy("i0", "r"), RETURN],
        r"reads %i0 .*, which nothing has written before",
        copy("i0", "r"),
    ),
    "no barrier before a read": (
        [dispatch("x", "p"), dispatch("p", "r"), RETURN],
        r"reads %p \(bytes 0 to 16 of %arena\), and 'iree_ll_seq.static_dispatch' at .* writes %p .*; a barrier must stand between them",
        dispatch("p", "r"),
    ),
    "no barrier before a write after a read": (
        [copy("x", "p"), BARRIER, copy("p", "r"), copy("c", "p"), RETURN],
        r"writes %p .*'iree_ll_seq.copy' at .* reads %p .*a barrier must",
        copy("c", "p"),
    ),
    "no barrier between two writes": (
        [copy("x", "r"), copy("c", "r"), RETURN],
        r"writes %r .* writes %r .*a barrier must",
        copy("c", "r"),
    ),
    "no barrier between parts that overlap": (
        [copy("x", "p"), copy("x", "s"), BARRIER, copy("s", "r"), RETURN],
        r"writes %s \(bytes 8 to 24 of %arena\), and .* writes %p \(bytes 0 to 16\)",
        copy("x", "s"),
    ),
    "an overlap while both hold data": (
        [copy("x", "p"), BARRIER, copy("x", "s"), BARRIER, copy("p", "r"), BARRIER, copy("s", "r"), RETURN],
        r"reads %p \(bytes 0 to 16 of %arena\), which %s has overwritten in 'iree_ll_seq.copy' at",
        copy("p", "r"),
    ),
    "a read of what was never written": (
        [dispatch("q", "r"), RETURN],
        r"reads %q \(bytes 256 to 272 of %arena\), which nothing has written before",
        dispatch("q", "r"),
    ),
    "a read of what another wrote": (
        [copy("x", "s"), BARRIER, copy("p", "r"), RETURN],
        "reads %p .*which nothing has written before",
        copy("p", "r"),
    ),
    "a read before the write": (
        [copy("p", "r"), BARRIER, copy("x", "p"), RETURN],
        "reads %p .*which nothing has written before",
        copy("p", "r"),
    ),
    "a result never written": ([copy("x", "p"), RETURN], "returns %r, which nothing has written", RETURN),
    "a result in the arena": (
        [copy("x", "p"), "iree_ll_seq.return %p : memref<4xf32>"],
        "returns %p, a place in the arena of this call",
        "iree_ll_seq.return",
    ),
    "a constant returned": (
        ["iree_ll_seq.return %c : memref<4xf32>"], "returns %c, a constant", "iree_ll_seq.return",
    ),
    "a constant written": ([copy("x", "c"), RETURN], "writes %c, which is a constant", copy("x", "c")),
    "one buffer bound twice": (
        [copy("x", "r"), BARRIER, dispatch("r", "r"), RETURN],
        "writes %r .*and also reads %r .*bindings must be apart",
        dispatch("r", "r"),
    ),
    "another workload": (
        [dispatch("x", "r", size=5), RETURN], r"has the workload .*5, 1, 1.*made for .*4, 1, 1",
        dispatch("x", "r", size=5),
    ),
    "no such entry point": (
        [dispatch("x", "r", entry="paste"), RETURN],
        "names the entry point ex::paste, which is not in this module",
        dispatch("x", "r", entry="paste"),
    ),
    "a part of a part": (
        ["%t = iree_ll_seq.subspan %x[0] : memref<4xf32> -> memref<2xf32>", copy("x", "r"), RETURN],
        "takes a part of %x, which is not the arena",
        "%t = ",
    ),
    "a second arena": (
        ['%t = "iree_ll_seq.alloc_arena"() : () -> memref<512xi8>', copy("x", "r"), RETURN],
        "is the second arena of its sequence",
        "%t = ",
    ),
    "a part whose last word is outside": (
        ["%t = iree_ll_seq.subspan %arena[510] : memref<512xi8> -> memref<2xi8>", copy("x", "r"), RETURN],
        "takes bytes 510 to 514 of an arena of 512 bytes",
        "%t = ",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "message", "where"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_plan_is_refused_with_op_and_place(lines, message, where):
    text = program(*lines)
    module = parse_module(text, "plan.mlir")
    with pytest.raises(StatusError) as caught:
        lower(module, "ll-seq", "vm", Compilation(CompileOptions(("vmvx",), verify=False)))
    error = caught.value
    assert error.code in (StatusCode.INVALID_ARGUMENT, StatusCode.NOT_FOUND)
    assert re.search(message, error.message), error.message
    assert error.message.startswith(f"plan.mlir:{line_of(text, where)}:"), error.message
    assert re.match(r"[^ ]+ '[\w.]+' op ", error.message)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("%x, %r) : (memref<4xf32>, memref<4xf32>)", "%x) : (memref<4xf32>)"), "entry point 'copy' takes"),
        (("%arena[256]", "%arena[504]"), "bytes 504 to 520 are outside the arena's 512"),
        (("%arena[256]", "%arena[-4]"), "outside the arena"),
    ],
    ids=["bindings", "after the arena", "before the arena"],
)  # fmt: skip
def test_an_op_that_is_wrong_by_itself_is_refused(change, message):
    with pytest.raises(StatusError, match=message):
        parse_module(program(dispatch("x", "r"), RETURN).replace(*change))


def test_the_tools_refuse_text_too(tmp_path, capsys):
    text = program(dispatch("x", "p"), dispatch("p", "r"), RETURN)
    path = tmp_path / "plan.mlir"
    path.write_text(text)
    with pytest.raises(StatusError, match="a barrier must stand between them"):
        compile_source(path, targets=["vmvx"])
    assert opt_main(["--passes=linalg-to-loops", str(path)]) == 1
    assert "a barrier must stand between them" in capsys.readouterr().err


UNDEFINED = """
func.func @f(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %e = tensor.empty() : tensor<4xf32>
  %0 = stablehlo.add %x, %x : tensor<4xf32>
  return %e, %0 : tensor<4xf32>, tensor<4xf32>
}
"""


def test_contents_that_the_program_leaves_undefined_may_be_returned():
    text = compile_source(UNDEFINED, targets=["vmvx"], verify=True).ir("ll-seq", elide=False)
    assert "iree.undefined" in text
    verify_plan(parse_module(text))


# -- the interval structure ------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)), max_size=25))
def test_contents_are_what_byte_by_byte_writes_leave(writes):
    buffers = [Block(arg_types=[MemRefType(f32, [1])]).args[0] for _ in writes]
    op = iree_ll_seq.BarrierOp()
    contents, expected = Contents(), dict[int, SSAValue]()
    for (start, size), buffer in zip(writes, buffers, strict=True):
        contents.write(Place(buffer, start, start + size), buffer, op)
        expected |= dict.fromkeys(range(start, start + size), buffer)
    found: dict[int, SSAValue] = {}
    for start, written in contents.overlapping(0, 100):
        assert not found.keys() & range(start, written.end)
        found |= dict.fromkeys(range(start, written.end), written.buffer)
    assert found == expected
    assert contents.starts == sorted(contents.starts)


def chain(length: int) -> Block:
    """A copy from each of many parts of the arena to the next, a barrier after each."""
    type = MemRefType(f32, [4])
    block = Block(arg_types=[type])
    arena = iree_ll_seq.AllocArenaOp(16 * length)
    block.add_op(arena)
    value: SSAValue = block.args[0]
    for n in range(length):
        part = iree_ll_seq.SubspanOp(arena.result, 16 * n, type)
        block.add_ops([part, iree_ll_seq.CopyOp(value, part.result), iree_ll_seq.BarrierOp()])
        value = part.result
    block.add_op(iree_ll_seq.ReturnOp([block.args[0]]))
    return block


def test_the_cost_is_nearly_linear():
    entry_points = EntryPoints(parse_module("module {\n}"))
    times: list[float] = []
    for length in (1000, 8000):
        block = chain(length)
        start = process_time()
        SequenceVerifier(block, entry_points).run()
        times.append(process_time() - start)
    assert times[1] < 8 * 3 * times[0]
