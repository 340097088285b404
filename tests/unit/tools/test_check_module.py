"""`ireelite-check-module` and the `check` module behind it."""

import math
import struct

import pytest

from ireelite import element_types
from ireelite.bytecode.build import function, imported, module, row
from ireelite.bytecode.encode import encode_module
from ireelite.hal.buffer import BufferView
from ireelite.hal.host_allocator import HostAllocator
from ireelite.modules.check import CheckLog, CheckState, almost_equal
from ireelite.status import StatusError
from ireelite.tools.check_module import main
from ireelite.tools.run_context import to_device
from ireelite.values import parse_tensor

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


def test_the_tolerance_is_that_of_numpy():
    inf, nan = math.inf, math.nan
    assert almost_equal(inf, inf, 0.0, 0.0) and almost_equal(nan, nan, 0.0, 0.0)
    for lhs, rhs in ((inf, -inf), (1.0, inf), (inf, 1.0), (nan, 1.0), (1.0, nan)):
        assert not almost_equal(lhs, rhs, 1e30, 1.0), (lhs, rhs)
    assert almost_equal(90.0, 100.0, 0.0, 0.1) and not almost_equal(100.0, 90.0, 0.0, 0.1)


def test_f32_is_compared_in_f32():
    tenth = struct.unpack("<f", struct.pack("<f", 0.1))[0]
    assert almost_equal(1.0, 1.0 + tenth - 1e-9, tenth, 0.0)
    assert not almost_equal(1.0, 1.2, tenth, 0.0, is_f64=True)


def test_a_view_is_read_where_it_lies():
    whole = view("4xi32=9 1 2 9").buffer
    code = element_types.from_name("i32").code
    assert not failures("expect_eq", BufferView(whole.subspan(4, 8), [2], code), view("2xi32=1 2"))
