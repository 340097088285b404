"""Entry points that multiply matrices, as native code: what the calls of `mmt4d` alone give."""

import numpy as np
import pytest

from ireelite.bytecode.build import function, imported, module, ref, row
from ireelite.bytecode.encode import encode_module
from ireelite.modules.vmvx import vmvx_module
from ireelite.status import StatusError
from ireelite.vm.backtrace import explain
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance
from ireelite.vm.jit import dispatch
from ireelite.vm.jit.dispatch import EntryPoint, some_ids
from ireelite.vm.jit.kernel import CCONV
from ireelite.vm.jit.places import place_of
from ireelite.vm.limits import Limits, Meter
from ireelite.vm.refs import Buffer, List

MMT4D = "0rIIrIIrIIIIIiiii_v"
M, N, K, GROUPS = 2, 5, 3, 3
"""Each workgroup multiplies M rows of K elements."""
GRID = (GROUPS, 1, 1)
FORMS = {"columns": (1, K, 1, N, 1), "rows": (N, 1, 1, 1, K)}
"""n, k, m0, n0, k0 of a call."""


def multiplying(form, flags, n=None):
    """out[g * M ...] = lhs[g * M ...] times rhs; g is x."""
    n_, k, m0, n0, k0 = FORMS[form]
    sizes = {42: M, 44: n_ if n is None else n, 46: k}
    tiles = {50: m0, 51: n0, 52: k0, 53: flags}
    strides = {36: K, 38: n_ if form == "columns" else K, 40: N}
    return [
        [
            row("const.i32.zero", 20),
            row("list.get.ref", ref(2), 20, 0, ref(3)),
            row("const.i32", 1, 20),
            row("list.get.ref", ref(2), 20, 0, ref(4)),
            row("const.i32", 2, 20),
            row("list.get.ref", ref(2), 20, 0, ref(5)),
            row("ext.i32.i64.s", 0, 22),
            *(row("const.i64", value, at) for at, value in (sizes | strides).items()),
            row("const.i64", M * K, 24),
            row("mul.i64", 22, 24, 26),
            row("const.i64", M * N, 24),
            row("mul.i64", 22, 24, 28),
            row("const.i64.zero", 30),
            *(row("const.i32", value, at) for at, value in tiles.items()),
            row(
                "call",
                imported(0),
                (ref(3, True), 26, 36, ref(4, True), 30, 38, ref(5), 28, 40, *sizes, *tiles),
                (),
            ),
            row("buffer.length", ref(5), 30),
            row("return", ()),
        ]
    ]


def built(blocks):
    made = module("m", {"f": function(CCONV, blocks)}, {"vmvx.mmt4d": MMT4D}, types=["!vm.buffer"])
    return encode_module(made).data


def run(data, native, flags, size=M * N * GROUPS * 4, limits=None, mutable=True):
    """Error or none, the output, and what is left of the account."""
    meter = None if limits is None else Meter(limits)
    modules = [vmvx_module(), BytecodeModule.from_bytes(data)]
    context = Context(Instance(), modules, limits=meter)
    state = context.states["m"]
    dtype = np.float32 if flags & 0xFF == 1 else np.int8
    random = np.random.default_rng(5)
    lhs, rhs = (random.normal(0, 30, s).astype(dtype).tobytes() for s in (M * K * GROUPS, N * K))
    buffers = [Buffer(bytearray(lhs)), Buffer(rhs, mutable=False), Buffer(bytearray(b"\1" * size))]
    if not mutable:
        buffers[2] = Buffer(bytes(size), mutable=False)
    arguments = Buffer(bytearray(4)), Buffer(b"", mutable=False), List("!vm.buffer", buffers)

    def interpreted(places, make, grid, begin):
        for x, y, z in some_ids(grid, begin, GROUPS):
            state.exports()["f"].call(*make(), x, y, z, 1, 1, 1, *grid)
        return GROUPS

    call = EntryPoint(state, 0).run if native else interpreted
    error = None
    try:
        guarded = call if meter is None else meter.guard(call)
        places = [place_of(each) for each in (*arguments, *buffers)]
        if guarded(places, lambda: arguments, GRID, 0) < GROUPS:
            error = "not run"
    except StatusError as raised:
        error = str(explain(raised))
    left = None if meter is None else meter.left + (meter._reserve or 0)
    return error, bytes(buffers[2].data), left


def __locate__(frame, line):
    """The frames of this file are on the way to an instruction."""
    return []


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(dispatch, "MAX_INTERPRETED_WORKGROUPS", 0)


@pytest.mark.parametrize("flags", [0x201, 0x301, 0x202, 0x302])
@pytest.mark.parametrize("form", FORMS)
def test_products_are_those_of_single_calls(form, flags):
    data = built(multiplying(form, flags))
    result = run(data, True, flags)
    assert result == run(data, False, flags)
    assert result[0] is None and result[1] != b"\1" * len(result[1])


@pytest.mark.parametrize("form", FORMS)
def test_errors_are_those_of_single_calls(form):
    data = built(multiplying(form, 0x201))
    for case in ({"size": M * N * GROUPS * 4 - 4}, {"mutable": False}, {"size": 0}):
        result = run(data, True, 0x201, **case)
        assert result == run(data, False, 0x201, **case)
        assert result[0] not in (None, "not run")


def test_no_row_is_no_product():
    data = built(multiplying("rows", 0x201, n=0))
    assert run(data, True, 0x201) == run(data, False, 0x201)
    assert run(data, True, 0x201)[0] is None


@pytest.mark.parametrize("most", [0, 20, 27, 28, 29, 31, 32, 60, 90, 100, 200])
def test_the_meter_counts_multiplications(most):
    data = built(multiplying("columns", 0x201))
    limits = Limits(max_instructions=most)
    result = run(data, True, 0x201, limits=limits)
    assert result == run(data, False, 0x201, limits=limits)
    assert (result[0] is None) == (most >= 90)


def test_tiles_and_other_imports_are_not_compiled(monkeypatch):
    monkeypatch.setitem(FORMS, "tiles", (N, K, 2, 8, 4))
    loaded = BytecodeModule.from_bytes(built(multiplying("tiles", 0x201)))
    assert loaded.kernel(0) is None
    made = module(
        "m",
        {"f": function(CCONV, multiplying("rows", 0x201))},
        {"other.mmt4d": MMT4D},
        types=["!vm.buffer"],
    )
    assert BytecodeModule.from_bytes(encode_module(made).data).kernel(0) is None
