"""A VM module in Python with state and a parameter; `visitors.mlir` calls it.

    ireelite-compile --iree-hal-target-backends=vmvx visitors.mlir -o visitors.vmfb
    ireelite-run-module --module=greeter.py@create?greeting=hi --module=visitors.vmfb \
        --function=main --input=2

which prints

    EXEC @main
    hi, visitor 1
    hi, visitor 2
    result[0]: i32=2

Or in Python: `ireelite.load("greeter.py@create?greeting=hi", "visitors.vmfb").main(2)`.
"""

from __future__ import annotations

from typing import Any

from ireelite.runtime import PyModuleInterface


class Greeter:
    """The module in one context: two contexts count visitors each for themselves."""

    def __init__(self, greeting: str):
        self.greeting = greeting
        self.visitors = 0

    def greet(self) -> int:
        """Greets one more visitor and says how many there have been."""
        self.visitors += 1
        print(f"{self.greeting}, visitor {self.visitors}", flush=True)
        return self.visitors


def create(greeting: str = "hello") -> Any:
    """The module, named `greeter`."""
    interface = PyModuleInterface("greeter", lambda _: Greeter(greeting))
    interface.export("greet", "0v_i", Greeter.greet)
    return interface.create()
