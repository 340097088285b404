"""Examples of what the verifiers of globals' addresses refuse.

A text with `«` where the op begins that the error must point at -> the error's words.
"""

from __future__ import annotations


def one(op: str, signature: str = "") -> str:
    return (
        "util.global @g = 4 : i32\nutil.global mutable @m = 4 : i32\n"
        f"func.func @f({signature}) {{\n  {op}\n  func.return\n}}"
    )


REFUSED = {
    "an address of another type": (
        one("«%p = util.global.address @g : !util.ptr<i64>"),
        "'util.global.address' op the global 'g' is a i32, not a i64",
    ),
    "an address from outside": (
        one("«%0 = util.global.load.indirect %p : !util.ptr<i32> -> i32", "%p: !util.ptr<i32>"),
        "'util.global.load.indirect' op needs the address that util.global.address makes of a global",
    ),
    "a value of another type than the address": (
        one(
            "%p = util.global.address @m : !util.ptr<i32>\n"
            "  «util.global.store.indirect %v, %p : i64 -> !util.ptr<i32>",
            "%v: i64",
        ),
        "'util.global.store.indirect' op a !util.ptr<i32> is no address of a i64",
    ),
    "a store to the address of a constant": (
        one(
            "%p = util.global.address @g : !util.ptr<i32>\n"
            "  «util.global.store.indirect %v, %p : i32 -> !util.ptr<i32>",
            "%v: i32",
        ),
        "'util.global.store.indirect' op the global 'g' is not mutable: only an initializer sets it",
    ),
    "an initial value from outside": (
        "ml_program.global @w«(#ml_program.extern : tensor<4xf32>) : tensor<4xf32>",
        "the global 'w' has its value from outside, which is not supported; give it a constant",
    ),
}
