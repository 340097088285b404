"""The module of `custom_module.cc` in Python: the same functions, the same lines, no compiler.

    ireelite-compile --iree-hal-target-backends=vmvx example.mlir -o example.vmfb
    ireelite-run-module --module=custom_module.py@create_custom_module \
        --module=example.vmfb --function=main

It takes the same parameters: `?prefix=string:&elements=2` has `string:` printed at the beginning of
each line, and keeps less of a tensor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ireelite.element_types import from_code
from ireelite.runtime import HalBufferView, PyModuleInterface, VmRef
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.values import TensorValue, format_tensor


@dataclass
class String:
    """What a `!custom.string` is."""

    vm_type: ClassVar[str] = "custom.string"
    value: str


class Custom:
    """The module in one context. Its methods are the module's functions."""

    def __init__(self, prefix: str, elements: int):
        self.prefix = prefix
        self.elements = elements

    def string_from_tensor(self, tensor: VmRef) -> String:
        """A tensor as the tools print it. Raises TypeError for what is no tensor."""
        view = tensor.deref(HalBufferView)
        assert view is not None
        value = TensorValue(
            tuple(view.shape), from_code(view.element_type), bytes(view.get_buffer().buffer.read())
        )
        string = String(format_tensor(value, self.elements))
        print(f"{self.prefix}CREATE {string.value}", flush=True)
        return string

    def string_print(self, string: VmRef) -> None:
        """Prints a string; null is nothing to print."""
        if string.value is not None:
            print(f"{self.prefix}PRINT {string.deref(String).value}", flush=True)

    def error(self) -> None:
        """Always fails."""
        raise StatusError(StatusCode.UNKNOWN, "Forced failure")


def create_custom_module(prefix: str = "", elements: str = "128") -> Any:
    """The module, named `custom`. Raises INVALID_ARGUMENT if `elements` is no number."""
    if not elements.isdecimal():
        raise invalid_argument(f"elements='{elements}' is not a number")
    interface = PyModuleInterface("custom", lambda _: Custom(prefix, int(elements)), types=[String])
    interface.export("string.from_tensor", "0r_r", Custom.string_from_tensor)
    interface.export("string.print", "0r_v", Custom.string_print)
    interface.export("error", "0v_v", Custom.error)
    return interface.create()
