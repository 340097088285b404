"""Which device something belongs to: `#hal.device.promise<@a>`, as attributes of the program say it.

`iree.abi.affinity` is on arguments and results of functions, `stream.affinity` on functions, globals
and ops, and `stream.affinity.default` on modules. The names of devices are the compilation's.
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
    """The name of the device that an attribute means; None if it means none. Its queues, as in
    `#hal.device.promise<@a, [0]>`, are ignored.
    """
    if not isinstance(attribute, UnregisteredAttr) or attribute.attr_name.data not in KINDS:
        return None
    found = _DEVICE.match(attribute.value.data)
    return None if found is None else found["name"].strip('"')


def device_attribute(name: str) -> Attribute:
    """`#hal.device.promise<@name>`."""
    return _attribute_class()(KINDS[0], False, False, f"@{name}")


@cache
def _attribute_class() -> type[UnregisteredAttr]:
    return UnregisteredAttr.with_name_and_type(KINDS[0], False)
