"""Where a failure came from, on both engines, in upstream's form."""

import pytest

from ireelite.bytecode.build import function, imported, module, ref, row
from ireelite.bytecode.encode import encode_module
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.native import NativeModule, vm_export
from ireelite.vm.refs import Buffer, List

RETURN = row("return", ())


class Faulty:
    @vm_export("refuse", "0v_v")
    def refuse(self):
        raise invalid_argument("not today").annotate("said the module")

    @vm_export("broken", "0v_v")
    def broken(self):
        raise KeyError("a defect of the module")

    @vm_export("two", "0v_ii")
    def two(self):
        return (1,)


FAULTY = NativeModule("faulty", state_factory=Faulty)


def failure(function_, *arguments) -> StatusError:
    with pytest.raises(StatusError) as caught:
        function_(*arguments)
    return caught.value


def test_through_an_import(load):
    body = [row("const.i32", 3, 0), row("call", imported(0), (), ()), RETURN]
    built = module("m", {"f": function("0v_v", [body])}, imports={"faulty.refuse": "0v_v"})
    error = failure(load(built, [FAULTY]).lookup_function("m.f"))
    assert str(error) == (
        "INVALID_ARGUMENT; not today; said the module; while invoking native function "
        "faulty.refuse; "
        "while calling import; \n[ 0] bytecode m@0:18 -"
    )


def test_through_calls(load):
    fail = [row("const.i32", 3, 0), row("fail", 0, "boom")]
    call = [row("const.i32", 3, 0), row("call", 0, (), ()), RETURN]
    built = module("m", {".g": function("0v_v", [fail]), "f": function("0v_v", [call])})
    context = load(built)
    for _ in range(2):
        error = failure(context.lookup_function("m.f"))
        assert (
            str(error) == "INVALID_ARGUMENT; boom; \n[ 1] bytecode m@0:17 -\n[ 0] bytecode m@1:18 -"
        )


def test_through_modules(load):
    fail = [row("const.i32", 3, 0), row("fail", 0, "boom")]
    first = BytecodeModule.from_bytes(
        encode_module(module("a", {"g": function("0v_v", [fail])})).data
    )
    call = [row("call.yieldable", imported(0), (), 1, ())]
    second = module("b", {"f": function("0v_v", [call, [RETURN]])}, imports={"a.g": "0v_v"})
    error = failure(load(second, [first]).lookup_function("b.f"))
    lines = str(error).splitlines()
    assert lines[0] == "INVALID_ARGUMENT; boom; while calling import; "
    assert lines[-1] == "[ 0] bytecode b@0:14 -"


def test_at_an_instruction(load):
    body = [row("const.i64", 5, 0), row("buffer.load.i32", ref(0), 0, 2), row("return", (2,))]
    f = load(module("m", {"f": function("0r_i", [body])})).lookup_function("m.f")
    error = failure(f, Buffer(b"1234"))
    assert error.code == StatusCode.OUT_OF_RANGE
    assert str(error).endswith("\n[ 0] bytecode m@0:19 -")
    assert f(Buffer(bytes(24))) == (0,)


def test_defects_of_native_modules_stay_what_they_are(load):
    body = [row("call", imported(0), (), ()), RETURN]
    built = module("m", {"f": function("0v_v", [body])}, imports={"faulty.broken": "0v_v"})
    with pytest.raises(KeyError, match="a defect"):
        load(built, [FAULTY]).lookup_function("m.f")()


def test_results_that_do_not_fit_the_declaration(load):
    body = [row("call", imported(0), (), (0, 1)), RETURN]
    built = module("m", {"f": function("0v_v", [body])}, imports={"faulty.two": "0v_ii"})
    with pytest.raises((StatusError, ValueError), match=r"unpack|shorter"):
        load(built, [FAULTY]).lookup_function("m.f")()


def test_at_an_instruction_that_needs_a_buffer(load):
    body = [row("const.i64", 0, 0), row("buffer.load.i32", ref(0), 0, 2), row("return", (2,))]
    f = load(module("m", {"f": function("0r_i", [body])})).lookup_function("m.f")
    for wrong, name in ((None, "null"), (List(), "vm.list")):
        error = failure(f, wrong)
        assert (error.code, error.message) == (
            StatusCode.INVALID_ARGUMENT,
            f"vm.buffer expected; got {name}",
        )


def test_in_a_function_left_to_the_interpreter(load):
    """Half of a 64-bit value is read."""
    body = [row("const.i64", 3, 0), row("fail", 0, "boom")]
    f = load(module("m", {"f": function("0v_v", [body])})).lookup_function("m.f")
    for _ in range(2):
        assert str(failure(f)) == "INVALID_ARGUMENT; boom; \n[ 0] bytecode m@0:21 -"
