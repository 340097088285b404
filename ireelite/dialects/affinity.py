"""Device affinities: `#hal.device.promise<@a>`, in the attributes of a program.

`iree.abi.affinity` is an attribute of function arguments and results, `stream.affinity` of
functions, globals and ops, and `stream.affinity.default` of modules. The device names are those
declared for the compilation.
"""

from __future__ import annotations

import re
from functools import cache

from xdsl.dialects.builtin import UnregisteredAttr
from xdsl.ir import Attribute

ABI_AFFINITY = "iree.abi.affinity"
AFFINITY = "stream.affinity"
DEFAULT_AFFINITY = "stream.affinity.default"

KINDS = ("hal.device.promise", "hal.device.affinity")
_DEVICE = re.compile(r"\s*@(?P<name>[\w$.-]+|\"[^\"]*\")")


def device_name(attribute: Attribute | None) -> str | None:
    """Returns the device name in an affinity attribute; None for other attributes. Queues, as in
    `#hal.device.promise<@a, [0]>`, are ignored.
    """
    if not isinstance(attribute, UnregisteredAttr) or attribute.attr_name.data not in KINDS:
        return None
    found = _DEVICE.match(attribute.value.data)
    return None if found is None else found["name"].strip('"')


def device_attribute(name: str) -> Attribute:
    """Returns the attribute `#hal.device.promise<@name>`."""
    return _attribute_class()(KINDS[0], False, False, f"@{name}")


@cache
def _attribute_class() -> type[UnregisteredAttr]:
    return UnregisteredAttr.with_name_and_type(KINDS[0], False)
