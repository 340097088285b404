"""Contexts: modules linked to each other, with their state."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from ireelite.status import StatusCode, StatusError, near_names, not_found
from ireelite.vm.function import Function
from ireelite.vm.instance import Instance
from ireelite.vm.module import Export, Module, ModuleState

if TYPE_CHECKING:
    from ireelite.records import ExecutionRecorder
    from ireelite.vm.limits import Limits, Meter
    from ireelite.vm.tracing import Tracer

Engine = Literal["translate", "interpret"]


class Context:
    """Modules in the order in which they were registered; each may import from those before it.

    `engine` says how bytecode runs: translated to Python functions, or interpreted an instruction
    at a time. With a recorder, `recorder.position` is the instruction that is calling whenever an
    import is called. `limits` bound what calls may use; contexts that are given one `Meter` share
    it. `trace` is given a line for each instruction before it runs (see `tracing`), which needs the
    interpreter.

    Use it as a context manager, or call `close`, to run the `__deinit` functions of its modules.
    """

    def __init__(
        self,
        instance: Instance,
        modules: Iterable[Module] = (),
        recorder: ExecutionRecorder | None = None,
        engine: Engine = "translate",
        limits: Limits | Meter | None = None,
        trace: Callable[[str], Any] | None = None,
    ):
        self.instance = instance
        self.recorder = recorder
        self.engine: Engine = engine if trace is None else "interpret"
        self.tracer = _tracer(trace)
        self.meter = _meter(limits)
        """The account of what is used, if there are limits."""
        self.modules: dict[str, Module] = {}
        self.states: dict[str, ModuleState] = {}
        self._closed = False
        for module in modules:
            self.register(module)

    def register(self, module: Module) -> None:
        """Links a module to those already there, makes its state and runs its `__init`.

        Raises NOT_FOUND for a dependency or import that is missing or too old, INTERNAL for one
        with another calling convention, ALREADY_EXISTS for a second module of a name, and whatever
        `__init` fails with.
        """
        name = module.name
        if name in self.modules:
            raise StatusError(
                StatusCode.ALREADY_EXISTS, f"a module named '{name}' is already registered"
            )
        self._check_dependencies(module)
        state = module.instantiate(self)
        self.modules[name] = module
        self.states[name] = state
        if (initializer := state.exports().get("__init")) is not None:
            try:
                Function(name, initializer, self.meter)()
            except BaseException:
                del self.modules[name], self.states[name]
                raise

    def find_export(self, full_name: str) -> Export | None:
        """The export that a full name (`hal.fence.create`) means, or None."""
        module, _, name = full_name.partition(".")
        state = self.states.get(module)
        return None if state is None else state.exports().get(name)

    def lookup_function(self, full_name: str) -> Function:
        """The function `module.name`. Raises NOT_FOUND with the near names."""
        module, _, name = full_name.partition(".")
        if module not in self.states:
            raise not_found(
                f"no module '{module}' in this context{near_names(module, list(self.states))}"
            )
        export = self.states[module].exports().get(name)
        if export is None:
            known = [known for known in self.states[module].exports() if not known.startswith("__")]
            raise not_found(
                f"no function `{name}` exported by module '{module}'{near_names(name, known)}"
            )
        return Function(module, export, self.meter)

    def close(self) -> None:
        """Runs the `__deinit` functions, last module first, once."""
        if self._closed:
            return
        self._closed = True
        for name, state in reversed(self.states.items()):
            if (finalizer := state.exports().get("__deinit")) is not None:
                Function(name, finalizer, self.meter)()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _check_dependencies(self, module: Module) -> None:
        for dependency in module.dependencies:
            found = self.modules.get(dependency.name)
            if found is None:
                if not dependency.optional:
                    raise not_found(
                        f"required module '{dependency.name}' not available in the build (modules "
                        "must be registered in order with dependent modules following those they "
                        "depend upon)"
                    ).annotate(f"resolving dependencies for '{module.name}'")
            elif not dependency.optional and found.version < dependency.minimum_version:
                raise not_found(
                    f"required module '{dependency.name}' version mismatch; have {found.version} "
                    f"but require {dependency.minimum_version}"
                ).annotate(f"resolving module '{module.name}' imports")


def _meter(limits: Limits | Meter | None) -> Meter | None:
    from ireelite.vm.limits import Limits, Meter

    if not isinstance(limits, Limits):
        return limits
    return Meter(limits) if limits else None


def _tracer(trace: Callable[[str], Any] | None) -> Tracer | None:
    if trace is None:
        return None
    from ireelite.vm.tracing import Tracer

    return Tracer(trace)
