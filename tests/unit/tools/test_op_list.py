"""The list of supported ops is what the passes' tables say, and the README's is that."""

from pathlib import Path

import pytest

from ireelite.dialects.chlo import Chlo
from ireelite.dialects.stablehlo import StableHLO
from ireelite.status import StatusError
from ireelite.tools import op_list, opt

README = Path(__file__).resolve().parents[3] / "README.md"


def test_the_readme_has_the_list_of_today():
    text = README.read_text()
    assert op_list.updated(text) == text, "run `make ops`"


def test_the_tool_prints_a_line_for_each_op(capsys):
    assert opt.main(["--list-ops"]) == 0
    rows = {line.split()[0]: line.split()[1:] for line in capsys.readouterr().out.splitlines()}
    assert rows["stablehlo.add"] == ["kernel", "llvm-cpu", "vmvx", "vulkan-spirv"]
    assert rows["stablehlo.while"][0] == "host"
    assert rows["sdy.mesh"][0] == "erased"
    assert rows["tf.MatMul"][0] == "expanded"


def test_every_op_of_the_dialects_is_in_one_of_the_lists():
    known, missing = op_list.hlo_ops(), op_list.missing_ops()
    assert not known.keys() & set(missing)
    defined = {op.name for dialect in (StableHLO, Chlo) for op in dialect.operations}
    assert {name for name in defined if "._" not in name} <= known.keys() | set(missing)
    assert "stablehlo.infeed" in missing  # programs have arguments and results


def test_a_text_without_its_comments_is_refused():
    with pytest.raises(StatusError, match="the text has no '<!-- ireelite-opt --list-ops -->'"):
        op_list.updated("no list")
