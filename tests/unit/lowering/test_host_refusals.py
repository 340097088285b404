"""What host code can't be is refused in words."""

from __future__ import annotations

import re

import pytest

import ireelite
from ireelite.status import StatusCode, StatusError


def calling(name: str) -> str:
    """A function that calls another."""
    return f"func.func @g(%s: i32) {{\n  call @{name}(%s) : (i32) -> ()\n  return\n}}"


REFUSED = {
    "a function without a body that is of no module": (
        "func.func private @f(i32)\n" + calling("f"),
        "'f': has no body; a function of another module is named module.function",
    ),
    "a signature that is none": (
        "func.func private @m.f(i32) attributes {vm.signature = 5 : i32}\n" + calling("m.f"),
        "'m.f': its vm.signature is no function type: 5 : i32",
    ),
    "a signature of another number of values": (
        "func.func private @m.f(i32) attributes {vm.signature = () -> ()}\n" + calling("m.f"),
        "'m.f': its vm.signature has another number of values: () -> ()",
    ),
    "a fallback that is no name": (
        "func.func private @m.f(i32) attributes {vm.fallback = 5 : i32}\n" + calling("m.f"),
        "'m.f': its vm.fallback names no function: 5 : i32",
    ),
    "a fallback that is not there": (
        "func.func private @m.f(i32) attributes {vm.fallback = @h}\n" + calling("m.f"),
        "'func.func' calls 'h', which is no function",
    ),
    "a fallback that leads back": (
        "func.func private @m.f(i32) attributes {vm.fallback = @m.g}\n"
        "func.func private @m.g(i32) attributes {vm.fallback = @m.f}\n" + calling("m.f"),
        "'m.f': its fallback leads back to 'm.f'",
    ),
    "a fallback that is itself": (
        "func.func private @m.f(i32) attributes {vm.fallback = @m.f}\n" + calling("m.f"),
        "'m.f': its fallback leads back to 'm.f'",
    ),
    "a signature of another kind": (
        "func.func private @m.f(i32) attributes {vm.signature = (f32) -> ()}\n" + calling("m.f"),
        "'m.f': its vm.signature has values of another kind: (f32) -> ()",
    ),
    "a version below zero": (
        "func.func private @m.f(i32) attributes {vm.version = -1 : i32}\n" + calling("m.f"),
        "'m.f': its vm.version is no 32-bit number: -1 : i32",
    ),
    "a global that no register holds": (
        "util.global private @g : vector<4xf32>\n",
        "host code can't hold a value of type vector<4xf32>",
    ),
    "a name that the compiler takes": (
        "util.global private @__initialize = 1 : i32\nfunc.func @hal.fence.create() {\n  return\n}",
        "'hal.fence.create' is a name that the compiler gives to something of its own",
    ),
    "a fallback of another type": (
        "func.func private @m.f(i32) attributes {vm.fallback = @h}\n"
        "func.func private @h(%x: i64) {\n  return\n}\n" + calling("m.f"),
        "'m.f': its fallback 'h' has another type",
    ),
    "a version that is no number": (
        'func.func private @m.f(i32) attributes {vm.version = "new"}\n' + calling("m.f"),
        "'m.f': its vm.version is no number: \"new\"",
    ),
    "an integer of an odd width": (
        "func.func @f(%x: i7) -> i7 {\n  return %x : i7\n}",
        "host code can't hold a value of type i7",
    ),
    "a half": (
        "func.func @f(%x: f16) -> f16 {\n  return %x : f16\n}",
        "host code can't hold a value of type f16",
    ),
    "a cast of floats that the machine has not": (
        "func.func @f(%x: f64) -> i32 {\n  %0 = arith.truncf %x : f64 to f16\n"
        "  %1 = arith.fptosi %0 : f16 to i32\n  return %1 : i32\n}",
        "host code can't convert a f64 to a f16",
    ),
    "an op without a rule": (
        "func.func @f(%x: f32) -> f32 {\n  %0 = math.cbrt %x : f32\n  return %0 : f32\n}",
        "no rule lowers 'math.cbrt' to the virtual machine",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_what_is_wrong(name: str):
    text, words = REFUSED[name]
    with pytest.raises(StatusError) as caught:
        ireelite.compile(text, execution_model="host-only")
    assert words in caught.value.message
    assert re.match(r"<memory>.mlir:\d+:\d+: ", caught.value.message)
    assert caught.value.code in (
        StatusCode.INVALID_ARGUMENT,
        StatusCode.NOT_FOUND,
        StatusCode.UNIMPLEMENTED,
    )
