"""Assembly formats are parsed at their first use; those of all ops are right."""

from importlib import import_module

import pytest
from xdsl.irdl import IRDLOperation, irdl_op_definition
from xdsl.utils.exceptions import ParseError

from ireelite.syntax.context import DIALECTS
from ireelite.syntax.formats import DeferredFormat


@pytest.mark.parametrize("name", DIALECTS)
def test_formats_of_a_dialect_are_right(name):
    module, attribute = DIALECTS[name]
    for op_type in getattr(import_module(module), attribute).operations:
        definition = op_type.get_irdl_definition()
        if definition.assembly_format is not None:
            DeferredFormat(definition.assembly_format, definition).program  # noqa: B018


def test_a_wrong_format_is_an_error_at_its_first_use():
    @irdl_op_definition
    class Wrong(IRDLOperation):
        name = "test.wrong"
        assembly_format = "$absent attr-dict"

    with pytest.raises(ParseError, match="absent"):
        str(Wrong())
