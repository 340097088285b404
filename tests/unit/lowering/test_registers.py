"""Registers of a `vm.func`: the lowest free one, and how many there are."""

import pytest

import ireelite
from ireelite.lowering.vm import registers
from ireelite.lowering.vm.registers import Bank
from ireelite.status import StatusCode, StatusError


def test_the_lowest_free_register_is_taken():
    bank = Bank()
    assert [bank.take(1), bank.take(2), bank.take(1), bank.take(2)] == [0, 2, 1, 4]
    bank.release(2, 2)
    assert [bank.take(1), bank.take(2), bank.take(1)] == [2, 6, 3]
    bank.release(0, 1)
    bank.release(1, 1)
    assert [bank.take(2), bank.size] == [0, 8]
    bank.held = 0
    assert [bank.take(2), bank.take(1)] == [0, 2]


@pytest.mark.parametrize("type", ["tensor<4xf32>", "i64", "!util.buffer"])
def test_a_function_of_too_many_arguments_is_refused_at_its_place(type, monkeypatch):
    monkeypatch.setattr(registers, "REF_REGISTERS", 20)
    monkeypatch.setattr(registers, "NUMBER_REGISTERS", 40)
    arguments = ", ".join(f"%a{n}: {type}" for n in range(21))
    text = f"// many\nfunc.func @f({arguments}) -> {type} {{\n  return %a0 : {type}\n}}"
    with pytest.raises(StatusError, match="has no registers for more") as caught:
        ireelite.compile(text, targets=["vmvx"])
    assert caught.value.code is StatusCode.RESOURCE_EXHAUSTED
    assert caught.value.message.startswith("<memory>.mlir:2:1: ")
