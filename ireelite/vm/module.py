"""What the VM asks of a module, whatever it is made of, and of its state in a context."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ireelite.bytecode.module_def import Dependency
from ireelite.light_dataclass import field, light_dataclass

if TYPE_CHECKING:
    from ireelite.vm.context import Context


@light_dataclass(frozen=True)
class Export:
    """A function that a module offers."""

    name: str
    cconv: str
    call: Callable[..., Any]
    """Takes VM values; returns None, one value, or a tuple of several."""
    reflection: dict[str, str] = field(default_factory=dict)
    ordinal: int = -1
    """Of a bytecode function; -1 for a native one."""


class ModuleState(Protocol):
    """A module in a context.

    A state that can be forked also has `fork(context)`, which gives the module's state in another
    context, where all modules before it have been forked already.
    """

    def exports(self) -> dict[str, Export]:
        """Exports by name."""
        ...


class Module(Protocol):
    """Something that a context can hold."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> int: ...

    @property
    def dependencies(self) -> Sequence[Dependency]: ...

    def instantiate(self, context: Context) -> ModuleState:
        """Makes the module's state in a context that holds all that the module depends on."""
        ...
