"""`ireelite-check-module` and the `check` module behind it."""

import struct

import pytest

from ireelite import element_types
from ireelite.bytecode.build import function, imported, module, row
from ireelite.bytecode.encode import encode_module
from ireelite.hal.buffer import BufferView
from ireelite.hal.host_allocator import HostAllocator
from ireelite.modules.check import CheckLog, CheckState
from ireelite.status import StatusError
from ireelite.tools.check_module import main
from ireelite.tools.run_context import to_device
from ireelite.values import TensorValue, parse_tensor

IMPORTS = {"check.expect_true": "0i_v", "check.expect_false": "0i_v"}


def check(ordinal, value):
    """A test that calls one check."""
    return function(
        "0v_v",
        [[row("const.i32", value, 0), row("call", imported(ordinal), (0,), ()), row("return", ())]],
    )


NOTHING = function("0v_v", [[row("return", ())]])
NEEDS_ONE = function("0i_v", [[row("return", ())]])


@pytest.fixture
def run(capsys, tmp_path):
    """Runs the tool over modules of these functions: (exit code, stdout, stderr)."""

    def call(*flags, **modules):
        for name, functions in modules.items():
            data = encode_module(module(name, functions, imports=IMPORTS)).data
            (tmp_path / name).write_bytes(data)
        code = main([*(f"--module={tmp_path / name}" for name in modules), *flags])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_all_pass(run):
    code, out, err = run(m={"a": check(0, 1), "b": check(1, 0), "idle": NOTHING, "f": NEEDS_ONE})
    assert (code, err) == (0, "")
    assert out.startswith("[==========] Running 3 tests from 1 test suite.\n")
    assert "[ RUN      ] m.a\n[       OK ] m.a (1 check, " in out
    assert "[       OK ] m.idle (0 checks, " in out and "m.f" not in out
    assert out.endswith("[  PASSED  ] 3 tests; 2 checks executed in all.\n")


def test_a_failure_is_red_and_the_rest_still_runs(run):
    code, out, _ = run(m={"bad": check(0, 0), "worse": check(1, 5), "good": check(0, 1)})
    assert code == 1
    assert (
        "Failure in check.expect_true\nExpected 0 to be nonzero.\n[  FAILED  ] m.bad (1 ch" in out
    )
    assert "Failure in check.expect_false\nExpected 5 to be zero.\n" in out
    assert "[       OK ] m.good" in out
    assert out.endswith(
        "[  PASSED  ] 1 test; 3 checks executed in all.\n"
        "[  FAILED  ] 2 tests, listed below:\n[  FAILED  ] m.bad\n[  FAILED  ] m.worse\n"
    )


def test_a_function_that_fails_is_a_failed_test(run):
    trap = function("0v_v", [[row("const.i32", 13, 0), row("fail", 0, "on purpose")]])
    code, out, _ = run(m={"trap": trap, "good": check(0, 1)})
    assert code == 1 and "Failure\nINTERNAL; on purpose" in out and "[       OK ] m.good" in out


def test_nothing_tested_is_an_error(run):
    code, out, err = run(m={"idle": NOTHING})
    assert code == 1 and "PASSED" not in out
    assert err == (
        "FAILED_PRECONDITION; the tests of module 'm' executed no check; tests: m.idle\n"
    )
    code, _, err = run(m={"f": NEEDS_ONE})
    assert code == 1 and "no test in module 'm'" in err


def test_every_module_must_test_something_unless_it_has_no_tests(run):
    assert run(library={"f": NEEDS_ONE}, tests={"a": check(0, 1)})[0] == 0
    code, _, err = run(first={"idle": NOTHING}, second={"a": check(0, 1)})
    assert code == 1 and "module 'first' executed no check" in err


def test_python_modules_are_there_to_be_called(run, tmp_path):
    helper = tmp_path / "helper.py"
    helper.write_text(
        "from ireelite.runtime import PyModuleInterface\n"
        "def create():\n"
        "    interface = PyModuleInterface('helper', lambda interface: None)\n"
        "    interface.export('seven', '0v_i', lambda state: 7)\n"
        "    return interface.create()\n"
    )
    code, out, err = run(f"--module={helper}", m={"a": check(0, 1)})
    assert (code, err) == (0, "") and "helper" not in out


def test_expected_failure(run):
    assert run("--expect_failure", m={"bad": check(0, 0)})[0] == 0
    assert run("--expect_failure", m={"good": check(0, 1)})[0] == 1
    assert run("--expect_failure", m={"idle": NOTHING})[0] == 1


def test_refused(run, capsys):
    assert main(["--module=absent.vmfb"]) == 1
    assert capsys.readouterr().err.startswith("NOT_FOUND; ")
    assert main([]) == 1 and "no user module specified" in capsys.readouterr().err


# -- the checks ------------------------------------------------------------------------------------


def view(text):
    return to_device(parse_tensor(text), HostAllocator())


def failures(check, *operands):
    """Messages of one call of a check."""
    state = CheckState(CheckLog())
    getattr(state, check)(None, *operands)
    assert state.log.executed == 1
    return [failure.message for failure in state.log.failures]


def test_expect_all_true():
    assert not failures("expect_all_true", view("3xi32=1 -2 3"))
    assert not failures("expect_all_true", view("2xf32=nan 1"))
    (message,) = failures("expect_all_true", view("3xf32=1 0 3"))
    assert "at index 1." in message and "3xf32=1 0 3" in message
    booleans = view("2xi8=1 0")
    booleans.element_type = element_types.from_name("i1").code
    assert failures("expect_all_true", booleans)


def test_expect_eq():
    assert not failures("expect_eq", view("2xi32=1 2"), view("2xi32=1 2"))
    (message,) = failures("expect_eq", view("2xi32=1 2"), view("2xi32=1 3"))
    assert message == (
        "Expected equality of these values. Contents does not match.\n"
        "  lhs:\n    2xi32=1 2\n  rhs:\n    2xi32=1 3"
    )
    (message,) = failures("expect_eq", view("2xi32=1 2"), view("1x2xf32=1 2"))
    assert "Element types do not match. Shapes do not match. Contents" in message


def test_expect_almost_eq():
    ones = view("2xf32=1 1")
    assert not failures("expect_almost_eq", ones, view("2xf32=1 1.00001"), 1e-4, 0.0)
    (message,) = failures("expect_almost_eq", ones, view("2xf32=1 0.999"), 1e-4, 0.0)
    assert message.startswith(
        "Expected near equality of these values. Contents does not match to tolerance parameters "
        "atol=0.0001, rtol=0. The first failure occurs at index 1 as the lhs value 1 differs from "
        "the rhs value 0.999 by -1.000e-03.\n"
    )
    (message,) = failures("expect_almost_eq", ones, view("2xf64=1 1"), 1.0, 1.0)
    assert "Element types do not match." in message
    for type in ("f16", "bf16", "f8E4M3FN", "f64"):
        assert not failures("expect_almost_eq", view(f"{type}=1"), view(f"{type}=1"), 0.0, 0.0)
        assert failures("expect_almost_eq", view(f"{type}=1"), view(f"{type}=2"), 0.5, 0.0)


def test_what_cannot_be_compared():
    with pytest.raises(StatusError, match="unsupported element type i32"):
        failures("expect_almost_eq", view("i32=1"), view("i32=1"), 0.0, 0.0)
    with pytest.raises(StatusError, match="unsupported element type cf64"):
        failures("expect_all_true", view("1xcf64"))
    with pytest.raises(StatusError, match="rhs is null"):
        failures("expect_eq", view("i32=1"), None)


def near(lhs, rhs, atol, rtol, type="f32"):
    """Whether two numbers are near."""
    return not failures(
        "expect_almost_eq", view(f"{type}={lhs}"), view(f"{type}={rhs}"), atol, rtol
    )


def test_the_tolerance_is_that_of_numpy():
    assert near("inf", "inf", 0.0, 0.0) and near("nan", "nan", 0.0, 0.0)
    for lhs, rhs in (("inf", "-inf"), (1, "inf"), ("inf", 1), ("nan", 1), (1, "nan")):
        assert not near(lhs, rhs, 1e30, 1.0), (lhs, rhs)
    assert near(90, 100, 0.0, 0.1) and not near(100, 90, 0.0, 0.1)


def test_f32_is_compared_in_f32():
    assert near(1 << 25, -1, float(1 << 25), 0.0)
    assert not near(1 << 25, -1, float(1 << 25), 0.0, "f64")
    tenth = struct.unpack("<f", struct.pack("<f", 0.1))[0]
    assert near(0, 0.1, tenth, 0.0, "f64") and not near(0, 0.1000001, tenth, 0.0, "f64")


def test_the_worst_elements_are_named():
    operands = view("2x3xf32=1 2 3 4 5 nan"), view("2x3xf32=1 2.5 3 5 9 6")
    (message,) = failures("expect_almost_eq", *operands, 1e-4, 0.0)
    assert (
        "The first failure occurs at index 1 as the lhs value 2 differs from the rhs value 2.5 by "
        "5.000e-01. Of 6 elements 4 fail; the worst are nan and 6 at index 5, 5 and 9 at index 4, "
        "4 and 5 at index 3.\n"
    ) in message


def test_complex_numbers_are_compared_by_their_parts():
    data = struct.pack("<4f", 1, 2, 3, 4)
    type = element_types.from_name("cf64")
    left, right = (
        to_device(TensorValue((2,), type, numbers), HostAllocator())
        for numbers in (data, data[:12] + struct.pack("<f", 5))
    )
    assert not failures("expect_almost_eq", left, left, 0.0, 0.0)
    (message,) = failures("expect_almost_eq", left, right, 0.5, 0.0)
    assert "at index 3 as the lhs value 4 differs from the rhs value 5" in message


def test_distances_are_in_representable_numbers():
    def apart(type, lhs, rhs, least, most):
        return failures("expect_close", view(f"{type}={lhs}"), view(f"{type}={rhs}"), least, most)

    for type, step in (("f64", 2**-52), ("f32", 2**-23), ("f16", 2**-10), ("bf16", 2**-7)):
        assert not apart(type, 1, 1 + 2 * step, 2, 2), type
        assert apart(type, 1, 1 + 2 * step, 0, 1) and apart(type, 1, 1 + 2 * step, 3, 9), type
    assert not apart("f32", "nan", "nan", 0, 0) and not apart("f32", 0.0, -0.0, 0, 0)
    assert not apart("f64", 5e-324, -5e-324, 2, 2)
    (message,) = apart("f64", "-1.7976931348623157e308", "1.7976931348623157e308", 0, 9)
    assert "are 18437736874454810622 representable numbers apart, not 0 to 9." in message
    assert apart("f32", "inf", 1, 0, 1 << 62) and apart("f32", 1, 1, 0, -1)


def test_a_view_is_read_where_it_lies():
    whole = view("4xi32=9 1 2 9").buffer
    code = element_types.from_name("i32").code
    assert not failures("expect_eq", BufferView(whole.subspan(4, 8), [2], code), view("2xi32=1 2"))
