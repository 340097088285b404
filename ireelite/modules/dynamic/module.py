"""Dynamic modules: VM modules in shared libraries, made against `ireelite/dynamic_module.h`.

    instance = Instance()
    custom = load_dynamic_module("custom.so", "create_custom_module", instance=instance)
    context = Context(instance, [custom, BytecodeModule.from_file("example.vmfb")])

A library is code of this process: nothing protects from one that means harm. Each load is a library
by itself, so a file may be overwritten and loaded again while contexts use what it was before.
"""

from __future__ import annotations

import ctypes
import os
import threading
import weakref
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from ireelite.bytecode.calling_convention import parse_cconv
from ireelite.bytecode.module_def import Dependency
from ireelite.modules.dynamic import abi
from ireelite.modules.dynamic.calls import caller
from ireelite.modules.dynamic.host import Holdings
from ireelite.modules.dynamic.library import Library
from ireelite.modules.dynamic.threads import outside
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.vm.instance import Instance
from ireelite.vm.module import Export, ModuleState

if TYPE_CHECKING:
    from ireelite.vm.context import Context

DEFAULT_ENTRY_POINT = abi.DEFAULT_ENTRY_POINT
"""The function that is called if none is named."""

_MAX_EXPORTS = 1 << 16


def load_dynamic_module(
    path: str | os.PathLike[str],
    export: str | None = None,
    params: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    instance: Instance | None = None,
    *,
    trusted: bool = True,
) -> DynamicModule:
    """Loads a library and has it make a module.

    `export` is the function that makes it, `iree_vm_dynamic_module_create` unless given; `params`
    are handed to it, in order. Types of the module are registered with `instance`, and with that of
    each context the module is used in. Raises PERMISSION_DENIED unless `trusted`, NOT_FOUND if
    there is no such file or function, INVALID_ARGUMENT for parameters that are no strings,
    DATA_LOSS for what is no shared library, INCOMPATIBLE for a library that was built for another
    runtime (which is never called) or another version, INTERNAL for a module that breaks the rules,
    and what the function itself fails with.
    """
    items = cast("Mapping[str, str]", params).items() if isinstance(params, Mapping) else params
    pairs = list(items)
    try:
        check_trusted(trusted)
        for key, value in pairs:
            if not isinstance(key, str) or not isinstance(value, str):
                raise invalid_argument(f"parameter {key!r} is {value!r}; parameters are strings")
        library = Library(path, instance or Instance())
        try:
            return DynamicModule(library, library.create(export or DEFAULT_ENTRY_POINT, pairs))
        except BaseException:
            library.unload()
            raise
    except StatusError as error:
        error.annotate(f"loading dynamic module at '{path}'")
        raise


def check_trusted(trusted: bool) -> None:
    """Raises PERMISSION_DENIED where only code may run that cannot do harm."""
    if not trusted:
        raise StatusError(
            StatusCode.PERMISSION_DENIED,
            "a dynamic module is native code, which is not run unless it is trusted",
        )


class DynamicModule:
    """A module that a library has made."""

    def __init__(self, library: Library, table: abi.ModuleTable):
        """Reads the module's description. Raises INTERNAL for one that breaks the rules."""
        self._library = library
        self._table = table
        self.name: str = table.name.text()
        self.version: int = table.version
        try:
            if not self.name or "." in self.name:
                raise invalid_argument(f"'{self.name}' cannot be the name of a module")
            self.dependencies = _dependencies(table)
            self.functions = _exports(table)
            """(name, calling convention, reflection) of what it exports."""
        except StatusError as error:
            raise StatusError(
                StatusCode.INTERNAL, f"the library's module cannot be used: {error.message}"
            ) from error

    @property
    def holdings(self) -> Holdings:
        """What the library holds of the runtime now."""
        return self._library.host.holdings()

    def instantiate(self, context: Context) -> DynamicState:
        """Returns the module with a new state. Raises what the library fails with."""
        self._library.host.register_types_with(context.instance)
        state = ctypes.c_void_p()
        if self._table.create_state:
            create = abi.CreateState(self._table.create_state)
            self._call(create, self._table.self, ctypes.addressof(state))
        return DynamicState(self, NativeState(self._library, self._table, state.value))

    def fork(self, parent: DynamicState, context: Context) -> DynamicState:
        """Returns the module with a state made from another one. Raises UNIMPLEMENTED if the
        library cannot do that, and what it fails with.
        """
        if not self._table.fork_state and not self._table.create_state:
            return self.instantiate(context)
        if not self._table.fork_state:
            raise StatusError(
                StatusCode.UNIMPLEMENTED, f"the state of module '{self.name}' cannot be forked"
            )
        self._library.host.register_types_with(context.instance)
        state = ctypes.c_void_p()
        fork = abi.ForkState(self._table.fork_state)
        self._call(fork, self._table.self, parent.native.pointer, ctypes.addressof(state))
        return DynamicState(self, NativeState(self._library, self._table, state.value))

    def _call(self, function: Any, *arguments: Any) -> None:
        self._library.host.call(function, *arguments)

    def __repr__(self) -> str:
        return f"<dynamic module {self.name} version {self.version} of {self._library.host.origin}>"


class NativeState:
    """What the library has for one context. Keeps the library."""

    def __init__(self, library: Library, table: abi.ModuleTable, pointer: int | None):
        self.library = library
        self.table = table
        self.pointer = pointer
        self.gone = threading.Event()
        """Set when the library has freed it, which may be before this object goes."""
        free = abi.FreeState(table.free_state) if table.free_state else None
        self.free = weakref.finalize(
            self, _free_state, library, self.gone, free, table.self, pointer
        )


class DynamicState(ModuleState):
    """A dynamic module in a context."""

    def __init__(self, module: DynamicModule, native: NativeState):
        self.module = module
        self.native = native
        self._exports = {
            name: Export(
                name, cconv, _function(native, ordinal, f"{module.name}.{name}", cconv), row
            )
            for ordinal, (name, cconv, row) in enumerate(module.functions)
        }

    def exports(self) -> dict[str, Export]:
        """Exports by name."""
        return self._exports

    def fork(self, context: Context) -> DynamicState:
        """Returns the same module for a context that is forked off this state's."""
        return self.module.fork(self, context)

    def __repr__(self) -> str:
        return f"<state of dynamic module {self.module.name}>"


def _function(native: NativeState, ordinal: int, name: str, cconv: str) -> Any:
    # Refers to the native state and not to the module's state, which refers to this.
    call, host = native.library.host.call, native.library.host
    function, owner = abi.CallFunction(native.table.call), native.table.self
    gone = native.gone

    def invoke(header: int) -> None:
        if gone.is_set():
            raise StatusError(
                StatusCode.FAILED_PRECONDITION, f"the state that {name} works on is gone"
            )
        call(function, owner, native.pointer, ordinal, header)

    return caller(name, cconv, host, invoke)


def _free_state(
    library: Library, gone: threading.Event, free: Any, owner: int | None, pointer: int | None
) -> None:
    def end() -> None:
        gone.set()
        if free is not None:
            library.host.call_void(free, owner, pointer)

    outside(end)


def _rows(address: int | None, count: int, row: Any, what: str) -> list[Any]:
    if count > _MAX_EXPORTS or (count and not address):
        raise invalid_argument(f"it has {count} {what} at {address or 0:#x}")
    return list((row * count).from_address(address)) if count else []


def _dependencies(table: abi.ModuleTable) -> list[Dependency]:
    rows = _rows(table.dependencies, table.dependency_count, abi.DependencyRow, "dependencies")
    return [
        Dependency(row.name.text(), row.minimum_version, bool(row.flags & abi.OPTIONAL_DEPENDENCY))
        for row in rows
    ]


def _exports(table: abi.ModuleTable) -> list[tuple[str, str, dict[str, str]]]:
    exports: list[tuple[str, str, dict[str, str]]] = []
    for row in _rows(table.exports, table.export_count, abi.ExportRow, "exports"):
        name, cconv = row.name.text(), row.cconv.text()
        if not name or any(name == known for known, *_ in exports):
            raise invalid_argument(
                f"it exports '{name}' twice" if name else "an export has no name"
            )
        parse_cconv(cconv)
        pairs = _rows(row.attributes, row.attribute_count, abi.StringPair, "attributes")
        exports.append((name, cconv, {pair.key.text(): pair.value.text() for pair in pairs}))
    return exports
