"""What the fuzzer found, one test each, on both engines."""

import pytest

from ireelite.bytecode.build import function, imported, module, ref, row
from ireelite.bytecode.decode import decode_module
from ireelite.bytecode.encode import encode_module
from ireelite.status import StatusCode, StatusError
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance
from ireelite.vm.limits import Limits
from ireelite.vm.refs import Buffer

RETURN = row("return", ())
ENGINES = pytest.mark.parametrize("engine", ["interpret", "translate"])


def context(built, engine, limits=None) -> Context:
    decoded = decode_module(encode_module(built).data)
    return Context(Instance(), [BytecodeModule(decoded)], engine=engine, limits=limits)


def failure(built, engine, *arguments, limits=None, name="f") -> StatusError:
    call = context(built, engine, limits).lookup_function(f"{built.name}.{name}")
    with pytest.raises(StatusError) as caught:
        call(*arguments)
    return caught.value


@ENGINES
def test_a_caller_that_may_yield_stands_at_its_call(engine):
    inner = function("0v_v", [[row("const.i32", 5, 0), row("fail", 0, "no")]])
    outer = function("0v_v", [[row("call.yieldable", 0, (), 1, ())], [RETURN]])
    error = failure(module("m", {".g": inner, "f": outer}), engine)
    assert error.contexts == ["\n[ 1] bytecode m@0:15 -\n[ 0] bytecode m@1:14 -"]


@ENGINES
def test_the_block_behind_a_call_is_counted_when_the_call_is_back(engine):
    outer = function(
        "0v_v", [[row("call.yieldable", 0, (), 1, ())], [*[row("const.i32", 1, 0)] * 9, RETURN]]
    )
    error = failure(module("m", {"f": outer}), engine, limits=Limits(max_instructions=20))
    assert error.code == StatusCode.RESOURCE_EXHAUSTED
    assert error.contexts[-1].count("bytecode") == 21


@ENGINES
@pytest.mark.parametrize("offset", [-1, 0, 100])
def test_a_buffer_that_is_read_only_is_refused_wherever_it_is_written(engine, offset):
    body = [row("const.i64", offset, 2), row("buffer.store.f32", ref(0), 2, 0), RETURN]
    built = module("m", {"f": function("0r_v", [body])})
    error = failure(built, engine, Buffer(bytes(16), mutable=False))
    assert error.code == StatusCode.PERMISSION_DENIED


@ENGINES
@pytest.mark.parametrize("mnemonic", ["buffer.load.i32", "buffer.store.i32"])
def test_null_is_refused_before_the_index(engine, mnemonic):
    body = [row("const.i64", -1, 2), row(mnemonic, ref(0), 2, 0), RETURN]
    error = failure(module("m", {"f": function("0r_v", [body])}), engine, None)
    assert error.code == StatusCode.INVALID_ARGUMENT


@ENGINES
def test_a_name_may_hold_anything(engine):
    built = module(
        'a\0"\n', {"f": function("0v_i", [[row("const.i32", 3, 0), row("return", (0,))]])}
    )
    assert context(built, engine).lookup_function(f"{built.name}.f")() == (3,)


@ENGINES
def test_a_limit_that_is_met_on_entering_has_a_place(engine):
    inner = function("0v_v", [[*[row("const.i32", 1, 0)] * 9, RETURN]])
    outer = function("0v_v", [[row("call", 0, (), ()), RETURN]])
    built = module("m", {".g": inner, "f": outer})
    error = failure(built, engine, limits=Limits(max_instructions=5))
    assert "[ 1] bytecode m@0:" in error.contexts[-1]
    assert "[ 0] bytecode m@1:10 -" in error.contexts[-1]


@ENGINES
def test_an_optional_import_that_is_missing_has_a_place(engine):
    built = module(
        "m",
        {"f": function("0v_v", [[row("call", imported(0), (), ()), RETURN]])},
        imports={"x.y": "0v_v"},
    )
    built.imports[0].optional = True
    assert failure(built, engine).code == StatusCode.NOT_FOUND


@ENGINES
def test_a_last_block_that_fails_with_ok_is_the_modules_fault(engine):
    built = module("m", {"f": function("0i_v", [[row("fail", 0, "no")]])})
    assert failure(built, engine, 5).message == "no"
    error = failure(built, engine, 0)
    assert error.code == StatusCode.INVALID_ARGUMENT
    assert "runs off the end of the function: vm.fail in its last block" in error.message
