"""Numbers of thousands of digits, and of digits of other scripts, are refused as any wrong number is."""

import pytest

from ireelite.importers.tf_graphs import Tensor, split
from ireelite.status import StatusError
from ireelite.tools import dump_module, run_module
from ireelite.tools.flag_values import argument_shape, input_shapes, workgroup_size
from ireelite.tools.runtime_flags import count
from ireelite.values import parse_integer
from ireelite.whole_numbers import whole_number

LONG = "9" * 5000


def test_whole_numbers():
    assert [whole_number(text) for text in ("0", " 12 ", "007", "9" * 19)] == [0, 12, 7, 10**19 - 1]
    for text in ("", "-1", "1.0", "\u0663", "\u00b2", "1_0", "9" * 20, LONG):
        assert whole_number(text) is None


@pytest.mark.parametrize("digits", [LONG, "\u0663"])
def test_flags_refuse_them(digits):
    for parse in (
        count,
        workgroup_size,
        lambda text: input_shapes([f"x={text}"]),
        lambda text: argument_shape(f"4x{text}", "f=x"),
    ):
        with pytest.raises(StatusError, match="INVALID_ARGUMENT"):
            parse(digits)
    assert split(f"x:{digits}") is None
    assert split("x:3") == Tensor("x", 3)


def test_tools_refuse_them(capsys, tmp_path):
    assert parse_integer(LONG) > 1 << 64
    for main, flags in (
        (run_module.main, ["--module=absent.vmfb", f"--max_instructions={LONG}"]),
        (dump_module.main, [f"--function={LONG}", str(tmp_path / "absent.vmfb")]),
    ):
        assert main(flags) == 1
        assert "INTERNAL" not in capsys.readouterr().err
