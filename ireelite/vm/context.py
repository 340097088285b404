"""Contexts: modules linked to each other, with their state."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, Self

from ireelite.status import StatusCode, StatusError, invalid_argument, near_names, not_found
from ireelite.vm.function import Function
from ireelite.vm.instance import Instance
from ireelite.vm.module import Export, Module, ModuleState

if TYPE_CHECKING:
    from ireelite.records import ExecutionRecorder
    from ireelite.vm.limits import Limits, Meter
    from ireelite.vm.tracing import Tracer

Engine = Literal["translate", "interpret", "mixed"]


class Context:
    """Modules in the order in which they were registered; each may import from those before it.

    If several modules have the same name, lookups find the last one; modules that were linked to an
    earlier one stay linked to it. Every context has its own module states, so contexts never share
    globals.

    `engine` says how bytecode runs: translated to Python functions, interpreted an instruction at a
    time, or `mixed`, which starts soonest (see `first_call`). With a recorder,
    `recorder.here.position` is the calling instruction whenever an import is called, and each call
    of a function from outside its module is recorded as an invocation. `limits` bound what calls
    may use; contexts that are given the same `Meter` share it. `trace` is called with a line for
    each instruction before it runs (see `tracing`); this requires the interpreter.

    Use the context as a context manager, or call `close`, to run the `__deinit` functions of its
    modules; they also run when a context that was not closed is deleted. Only one thread at a time
    may call functions of a context; contexts of the same modules may run in parallel threads.
    """

    _closed = True
    """Whether there is nothing to close; so until there is."""

    def __init__(
        self,
        instance: Instance,
        modules: Iterable[Module] = (),
        recorder: ExecutionRecorder | None = None,
        engine: Engine = "translate",
        limits: Limits | Meter | None = None,
        trace: Callable[[str], Any] | None = None,
    ):
        """Registers the modules. If one of them cannot be, those before it are closed."""
        self.instance = instance
        self.recorder = recorder
        self.engine: Engine = engine if trace is None else "interpret"
        self.tracer = _tracer(trace)
        self.meter = _meter(limits)
        """The account of what is used, if there are limits."""
        self.modules: dict[str, Module] = {}
        self.states: dict[str, ModuleState] = {}
        self._linked: list[tuple[Module, ModuleState]] = []
        """Everything that was registered, in order."""
        self._closed = False
        try:
            for module in modules:
                self.register(module)
        except BaseException:
            self._finish()
            raise

    def register(self, module: Module) -> None:
        """Links a module to those already there, makes its state and runs its `__init`; if that
        fails, also its `__deinit`.

        Raises NOT_FOUND for a dependency or import that is missing or too old, INTERNAL for one
        with another calling convention, FAILED_PRECONDITION if the context is closed, and whatever
        `__init` fails with.
        """
        self.require_open()
        name = module.name
        self._check_dependencies(module)
        state = module.instantiate(self)
        before = self.modules.get(name), self.states.get(name)
        self._add(module, state)
        try:
            _call(name, state, "__init", self.meter, self.recorder)
        except BaseException:
            self._linked.pop()
            del self.modules[name], self.states[name]
            if before[0] is not None and before[1] is not None:
                self.modules[name], self.states[name] = before[0], before[1]
            _deinitialize([(name, state)], self.meter)
            raise

    def fork(self) -> Context:
        """Returns another context of the same modules, in the same order, whose globals begin with
        the values that they have here. Reference globals begin with the same objects, and no
        `__init` runs. A native module's state is what its own state's `fork()` gives.

        Raises UNIMPLEMENTED for a native module whose state has no `fork`; then what has been
        forked already is closed.
        """
        self.require_open()
        child = Context(self.instance, (), self.recorder, self.engine)
        child.tracer = self.tracer
        child.meter = None if self.meter is None else _meter(self.meter.limits)
        try:
            for module, state in self._linked:
                fork = getattr(state, "fork", None)
                if fork is None:
                    raise StatusError(
                        StatusCode.UNIMPLEMENTED, f"module '{module.name}' cannot be forked"
                    )
                child._add(module, fork(child))
        except BaseException:
            child._finish()
            raise
        return child

    def find_export(self, full_name: str) -> Export | None:
        """Returns the export that a full name (`hal.fence.create`) means, or None."""
        module, name = self._split(full_name)
        state = self.states.get(module)
        return None if state is None else state.exports().get(name)

    def _split(self, full_name: str) -> tuple[str, str]:
        """Returns the names of a module and of its function: both may have dots. The longest name
        of a module that is here counts, else what stands before the first dot.
        """
        modules = [name for name in self.states if full_name.startswith(f"{name}.")]
        module = max(modules, key=len, default=full_name.partition(".")[0])
        return module, full_name[len(module) + 1 :]

    def lookup_function(self, full_name: str) -> Function:
        """Returns the function `module.name`.

        Raises NOT_FOUND with the near names, FAILED_PRECONDITION if the context is closed.
        """
        self.require_open()
        module, name = self._split(full_name)
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
        return Function(module, export, self.meter, self.recorder)

    @property
    def closed(self) -> bool:
        """Whether it has been closed, and so has no modules any more."""
        return self._closed

    def close(self) -> None:
        """Runs the `__deinit` functions, last module first, and lets the modules' states go. To
        close a context again does nothing.

        All of them run, whether others fail or not; raises what failed first.
        """
        if self._closed:
            return
        failures = self._finish()
        self._linked.clear()
        self.modules.clear()
        self.states.clear()
        if failures:
            raise failures[0]

    def _finish(self) -> list[StatusError]:
        """Runs the `__deinit` functions; gives what failed, for where something else is to be
        told.
        """
        self._closed = True
        return _deinitialize([(module.name, state) for module, state in self._linked], self.meter)

    def __del__(self) -> None:
        if not self._closed and not sys.is_finalizing():
            self._finish()

    def _add(self, module: Module, state: ModuleState) -> None:
        self.modules[module.name] = module
        self.states[module.name] = state
        self._linked.append((module, state))

    def require_open(self) -> None:
        """Raises FAILED_PRECONDITION if the context is closed."""
        if self._closed:
            raise StatusError(StatusCode.FAILED_PRECONDITION, "the context is closed")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
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


def _call(
    name: str,
    state: ModuleState,
    export: str,
    meter: Meter | None,
    recorder: ExecutionRecorder | None = None,
) -> None:
    """Calls an export if there is one."""
    if (found := state.exports().get(export)) is not None:
        Function(name, found, meter, recorder)()


def _deinitialize(linked: list[tuple[str, ModuleState]], meter: Meter | None) -> list[StatusError]:
    """Runs `__deinit` of each module, last first; gives what failed."""
    failures: list[StatusError] = []
    for name, state in reversed(linked):
        try:
            _call(name, state, "__deinit", meter)
        except StatusError as error:
            failures.append(error.annotate(f"deinitializing module '{name}'"))
    return failures


def _meter(limits: Limits | Meter | None) -> Meter | None:
    if limits is None:
        return None
    from ireelite.vm.limits import Limits, Meter

    if isinstance(limits, Meter):
        return limits
    if not isinstance(limits, Limits):
        raise invalid_argument(f"Limits are expected, not {type(limits).__name__}")
    return Meter(limits) if limits else None


def _tracer(trace: Callable[[str], Any] | None) -> Tracer | None:
    if trace is None:
        return None
    from ireelite.vm.tracing import Tracer

    return Tracer(trace)
