"""What the VM module `vmvx` refuses, and functions whose last bit is a C library's."""

import numpy as np
import pytest

from ireelite.bytecode.build import function, imported, module, ref, row
from ireelite.bytecode.encode import encode_module
from ireelite.bytecode.module_def import Dependency
from ireelite.linking import link
from ireelite.modules.vmvx import VmvxState, vmvx_module
from ireelite.status import StatusError
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.limits import Limits
from ireelite.vm.native import NativeState
from ireelite.vm.refs import Buffer

EXPORTS = NativeState(vmvx_module(), VmvxState()).exports()


def call(name, *arguments):
    return EXPORTS[name].call(*arguments)


def room(elements=16):
    return Buffer(bytearray(4 * elements))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((room(), 0, 4, 1, room(), 0, 4, 1, 5, 4), "OUT_OF_RANGE; access of bytes"),
        ((room(), 1, 4, 1, room(), 0, 4, 1, 4, 4), "OUT_OF_RANGE"),
        ((room(), 0, 4, 1, room(), -1, 4, 1, 4, 4), "OUT_OF_RANGE"),
        ((room(), 0, -2, 1, room(), 0, 4, 1, 4, 4), "INVALID_ARGUMENT; buffer overflow for in"),
        ((room(), 0, 4, 1, room(), 0, 4, 1, -1, 4), "INVALID_ARGUMENT; buffer overflow for in"),
        ((room(), 0, 4, 1, room(), 0, 1 << 32, 1, 4, 4), "buffer overflow for out"),
        ((None, 0, 4, 1, room(), 0, 4, 1, 4, 4), "INVALID_ARGUMENT; vm.buffer expected; got null"),
        ((room(), 0, 4, 1, Buffer(bytes(64)), 0, 4, 1, 4, 4), "PERMISSION_DENIED"),
        ((room(), 0, 0, 0, room(), 0, 0, 0, 1 << 31, 1 << 31), "RESOURCE_EXHAUSTED"),
    ],
)
def test_views_are_checked(arguments, message):
    with pytest.raises(StatusError, match=message):
        call("abs.2d.f32", *arguments)


def test_flags_and_divisors_are_checked():
    for name, sizes in (("pack", 6), ("unpack", 6)):
        layout = (room(), 0, 4, 1, room(), 0, 4, 1, *(1,) * sizes)
        with pytest.raises(StatusError, match="INVALID_ARGUMENT; unhandled flags"):
            call(name, *layout, *((0,) if name == "pack" else ()), 0)
    with pytest.raises(StatusError, match="INVALID_ARGUMENT; unhandled flags"):
        call("mmt4d", room(), 0, 4, room(), 0, 4, room(), 0, 4, 1, 1, 1, 1, 1, 1, 0x203)
    with pytest.raises(StatusError, match="pack of 3 x 1 elements into tiles for 2 x 2"):
        call("pack", room(), 0, 1, 1, room(), 0, 4, 1, 3, 1, 1, 1, 2, 2, 0, 1)
    for name in ("divs.2d.i32", "divu.2d.i32"):
        with pytest.raises(StatusError, match="INVALID_ARGUMENT; integer division by zero"):
            call(name, *(room(), 0, 4, 1) * 3, 4, 4)


def test_the_least_integer_divided_by_minus_one_wraps():
    least, minus, out = room(1), room(1), room(1)
    least.i32[0], minus.i32[0] = -(1 << 31), -1
    call("divs.2d.i32", least, 0, 1, 1, minus, 0, 1, 1, out, 0, 1, 1, 1, 1)
    assert out.i32[0] == -(1 << 31)


@pytest.mark.parametrize(("name", "reference"), [("exp.2d.f32", np.exp), ("log.2d.f32", np.log)])
def test_exponentials_and_logarithms_are_nearest(name, reference):
    values = np.concatenate([np.linspace(0.01, 80, 1000), [0.0, np.inf]]).astype(np.float32)
    out = room(values.size)
    call(name, Buffer(values.tobytes()), 0, 0, 1, out, 0, 0, 1, 1, values.size)
    with np.errstate(divide="ignore"):
        exact = reference(values.astype(np.float64)).astype(np.float32)
    np.testing.assert_array_equal(np.frombuffer(out.data, np.float32), exact)


def test_work_is_counted():
    body = [
        row("const.i64", 1000, 0),
        row("const.i64.zero", 2),
        row("const.i32.zero", 4),
        row("call", imported(0), (4, ref(0), 2, 2, 0, 0), ()),
        row("return", ()),
    ]
    built = module("m", {"f": function("0r_v", [body])}, imports={"vmvx.fill.2d.x32": "0irIIII_v"})
    built.dependencies.append(Dependency("vmvx", 0, False))
    loaded = BytecodeModule.from_bytes(encode_module(built).data)
    context = link([loaded], [], limits=Limits(max_instructions=10_000))
    with pytest.raises(StatusError, match=r"(?s)RESOURCE_EXHAUSTED.*vmvx\.fill\.2d\.x32"):
        context.lookup_function("m.f")(room(1000))
