"""VM modules written in Python.

A module's functions are the methods of its state, one state a context; the VM calls the bound
methods directly:

    class CounterState:
        def __init__(self):
            self.count = 0

        @vm_export("add", "0i_i")
        def add(self, amount):
            self.count += amount
            return self.count

    counter = NativeModule("counter", version=1, state_factory=CounterState)

Numbers arrive as ints and floats, references as objects or None; a variadic span arrives as one
list, of values if its tuple has one member, else of tuples. A method returns None, a value, or a
tuple of values, and raises `StatusError`. A state with a method `fork()`, which gives the state
for a forked context, or one that holds nothing, lets its context be forked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from ireelite.bytecode.calling_convention import parse_cconv
from ireelite.bytecode.module_def import Dependency
from ireelite.status import StatusCode, StatusError
from ireelite.vm.module import Export, ModuleState

if TYPE_CHECKING:
    from ireelite.vm.context import Context

_Method = TypeVar("_Method", bound=Callable[..., Any])


def vm_export(name: str, cconv: str) -> Callable[[_Method], _Method]:
    """Makes a method of a state class the VM function `name`.

    Raises INVALID_ARGUMENT for a malformed `cconv`.
    """
    parse_cconv(cconv)

    def mark(method: _Method) -> _Method:
        method.__vm_export__ = (name, cconv)  # type: ignore[attr-defined]
        return method

    return mark


def exports_of(state: type) -> list[tuple[str, str]]:
    """Returns the names and calling conventions of the VM functions of a state class."""
    return [(name, cconv) for _, name, cconv in _marked(state)]


class NativeModule:
    """A module whose functions are methods of the objects that `state_factory` makes."""

    def __init__(
        self,
        name: str,
        *,
        state_factory: Callable[[], Any],
        version: int = 0,
        dependencies: Iterable[Dependency] = (),
    ):
        self.name = name
        self.version = version
        self.dependencies = list(dependencies)
        self.state_factory = state_factory

    def instantiate(self, context: Context) -> NativeState:
        """Returns the module's functions, bound to a new state."""
        return NativeState(self, self.state_factory())


class NativeState(ModuleState):
    """A native module in a context. `state` is what the factory made."""

    def __init__(self, module: NativeModule, state: Any):
        self.module = module
        self.state = state
        self._exports = {
            name: Export(name, cconv, getattr(state, attribute))
            for attribute, name, cconv in _marked(type(state))
        }

    def exports(self) -> dict[str, Export]:
        """Exports by name."""
        return self._exports

    def fork(self, context: Context) -> NativeState:
        """Returns the module in another context: bound to what its state's `fork()` gives, or to a
        new one if the state holds nothing.

        Raises UNIMPLEMENTED for a state that holds something and has no `fork`.
        """
        own = getattr(self.state, "fork", None)
        if callable(own):
            return NativeState(self.module, own())
        if getattr(self.state, "__dict__", None):
            raise StatusError(
                StatusCode.UNIMPLEMENTED,
                f"the state of native module '{self.module.name}' has no fork()",
            )
        return NativeState(self.module, self.module.state_factory())

    def __repr__(self) -> str:
        return f"<state of native module {self.module.name}>"


def _marked(cls: type) -> list[tuple[str, str, str]]:
    """Returns the methods of a class that are VM functions: attribute, name and calling convention.
    Kept in the class, as a module may have a state in each of many contexts.
    """
    kept = vars(cls).get("__vm_exports__")
    if kept is None:
        rows = [(name, getattr(getattr(cls, name), "__vm_export__", None)) for name in dir(cls)]
        kept = [(name, *marked) for name, marked in rows if marked is not None]
        cls.__vm_exports__ = kept  # type: ignore[attr-defined]
    return kept
