"""Which bindings a dispatch function writes, for code that upstream's compiler does not show."""

from __future__ import annotations

import pytest

from ireelite.bytecode.build import imported
from ireelite.bytecode.isa import OPCODES
from ireelite.bytecode.module_def import Block, FunctionDef, Instruction, Signature
from ireelite.loaders.vmvx_bindings import written_bindings

BINDINGS = 2
"""The register of the list of bindings."""


def ref(ordinal: int) -> int:
    return 0x8000 | ordinal


def code(*rows: tuple) -> list[Instruction]:
    return [Instruction(OPCODES[mnemonic], tuple(operands)) for mnemonic, *operands in rows]


def get(register: int, index: int) -> list[tuple]:
    """Puts a binding in a register of references, by way of register i9."""
    constant = ("const.i32", index, 9) if index else ("const.i32.zero", 9)
    return [constant, ("list.get.ref", ref(BINDINGS), 9, 0, ref(register))]


def store(register: int) -> tuple:
    return ("buffer.store.i32", ref(register), 12, 11)


DONE = ("return", ())


def written(*blocks: list[tuple]):
    made = [Block(code(*rows)) for rows in blocks]
    return written_bindings(FunctionDef(Signature(), made), ["vmvx.mmt4d", "other.function"])


def test_what_is_stored_to() -> None:
    assert written([*get(3, 0), *get(4, 5), store(4), DONE]) == {5}


def test_nothing_is() -> None:
    assert written([*get(3, 0), ("buffer.load.i32", ref(3), 12, 11), DONE]) == frozenset()


def test_local_memory_is_no_binding() -> None:
    assert written([store(0), DONE]) == frozenset()


def test_a_register_that_holds_two() -> None:
    assert written([*get(3, 0), *get(3, 1), store(3), DONE]) == {0, 1}


def test_copies_and_fills() -> None:
    copy = ("buffer.copy", ref(3), 12, ref(4), 12, 14)
    fill = ("buffer.fill.i32", ref(5), 12, 14, 11)
    assert written([*get(3, 0), *get(4, 1), *get(5, 2), copy, fill, DONE]) == {1, 2}


def test_a_product_writes_to_the_last_buffer() -> None:
    call = ("call", imported(0), (ref(3), 12, ref(4), 12, ref(5), 12), ())
    assert written([*get(3, 0), *get(4, 1), *get(5, 2), call, DONE]) == {2}


def test_a_branch_hands_it_on() -> None:
    to_second = ("br", 1, ((ref(3), ref(6)),))
    to_third = ("br", 2, ((ref(6), ref(7)), (11, 12)))
    assert written([*get(3, 4), to_second], [to_third], [store(7), DONE]) == {4}


@pytest.mark.parametrize(
    "row",
    [
        ("call", 0, (), ()),
        ("call", imported(1), (ref(3),), ()),
        ("select.ref", 11, 0, ref(3), ref(4), ref(5)),
    ],
)
def test_what_is_not_followed_means_any(row: tuple) -> None:
    assert written([*get(3, 0), row, DONE]) is None


def test_an_index_that_is_not_known_means_any() -> None:
    unknown = ("list.get.ref", ref(BINDINGS), 9, 0, ref(3))
    assert written([("const.i32", 1, 9), ("add.i32", 9, 9, 9), unknown, store(3), DONE]) is None
    assert written([("const.i32", 1, 9), ("br", 1, ())], [unknown, store(3), DONE]) is None
