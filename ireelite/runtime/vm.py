"""`VmInstance`, `VmModule`, `VmFunction` and `VmContext`: the VM under the names of IREE's Python
runtime.
"""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count
from typing import Any

from ireelite.bytecode.calling_convention import parse_cconv
from ireelite.files import read_pages
from ireelite.memory_address import address_of
from ireelite.modules.python_module import PyModuleInterface as _Interface
from ireelite.modules.python_module import PythonModule
from ireelite.runtime.errors import as_exception, raising
from ireelite.runtime.vm_list import VmVariantList
from ireelite.status import StatusCode, StatusError, not_found
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context
from ireelite.vm.function import Function
from ireelite.vm.instance import Instance

ALIGNMENT = 64
"""Of a module's bytes, so that its constants can be used where they are."""

_context_ids = count(1)


class Linkage(IntEnum):
    """How a function belongs to its module."""

    INTERNAL = 0
    IMPORT = 1
    IMPORT_OPTIONAL = 2
    EXPORT = 3
    EXPORT_OPTIONAL = 4


class VmInstance:
    """What contexts share: the names of reference types."""

    def __init__(self) -> None:
        self.instance = Instance()
        """The VM's object."""


@dataclass(frozen=True, eq=False)
class VmFunction:
    """A function of a module, in whatever context."""

    name: str
    module_name: str
    cconv: str
    ordinal: int
    linkage: Linkage = Linkage.EXPORT
    reflection: dict[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<VmFunction {self.name}({self.cconv}), reflection = {self.reflection}>"


class VmModule:
    """A module of any kind: of bytecode, of Python, native."""

    def __init__(
        self, module: Any, functions: Sequence[VmFunction] | None = None, blob: Any = None
    ):
        self.module = module
        """The VM's object."""
        listed = _functions(module) if functions is None else functions
        self._functions = {(function.linkage, function.name): function for function in listed}
        self.stashed_flatbuffer_blob = blob
        """The bytes it was made from, if it was."""

    @staticmethod
    def from_buffer(instance: VmInstance, buffer: Any, warn_if_copy: bool = True) -> VmModule:
        """Returns a module from bytes, which are copied, with a warning, if they lie unaligned.

        Raises what is wrong with the bytes.
        """
        data = memoryview(buffer).cast("B")
        if address_of(data) % ALIGNMENT == 0:
            return VmModule.wrap_buffer(instance, buffer)
        if warn_if_copy:
            warnings.warn(
                "Making copy of unaligned VmModule buffer. Use copy_buffer to copy always, mmap "
                "to load a file, or warn_if_copy=False to copy in silence.",
                UserWarning,
                stacklevel=2,
            )
        return VmModule.copy_buffer(instance, buffer)

    from_flatbuffer = from_buffer
    """The historical name."""

    @staticmethod
    def copy_buffer(instance: VmInstance, buffer: Any) -> VmModule:
        """Returns a module from a copy of some bytes. Raises what is wrong with them."""
        data = memoryview(buffer).cast("B")
        storage = bytearray(len(data) + ALIGNMENT - 1)
        start = -address_of(memoryview(storage)) % ALIGNMENT
        view = memoryview(storage)[start : start + len(data)]
        view[:] = data
        return VmModule.wrap_buffer(instance, view.toreadonly())

    @staticmethod
    def wrap_buffer(
        instance: VmInstance,
        buffer: Any,
        destroy_callback: Callable[[], Any] | None = None,
        close_buffer: bool = False,
    ) -> VmModule:
        """Returns a module that uses some bytes where they are.

        When the module is gone, `buffer.close()` is called if `close_buffer` says so, and then
        `destroy_callback`. Raises ValueError for an unaligned buffer, and what is wrong with the
        bytes.
        """
        data = memoryview(buffer).cast("B")
        if address_of(data) % ALIGNMENT:
            raise ValueError(
                f"unaligned buffer: it is at 0x{address_of(data):x}, "
                f"which is no multiple of {ALIGNMENT}"
            )
        try:
            module = BytecodeModule.from_bytes(data.toreadonly())
        except StatusError as error:
            doing = "Error creating vm module from aligned memory"
            if error.code is StatusCode.DATA_LOSS:
                raise ValueError(f"{doing}: {error}") from error
            raise as_exception(error, doing) from error
        if destroy_callback is not None or close_buffer:
            closing = [buffer.close] if close_buffer else []
            if destroy_callback is not None:
                closing.append(destroy_callback)
            weakref.finalize(module, _call_all, closing)
        return VmModule(module, blob=buffer)

    @staticmethod
    def mmap(
        instance: VmInstance, filepath: str, destroy_callback: Callable[[], Any] | None = None
    ) -> VmModule:
        """Loads a module from a file. The file is read: one that was mapped would end the process
        with SIGBUS if it were truncated.

        `destroy_callback` is called when the module is destroyed. Raises FileNotFoundError, and an
        error if the bytes are not a valid module.
        """
        try:
            pages = read_pages(filepath)
        except ValueError as error:
            raise ValueError(f"file '{filepath}' is empty") from error
        # The pages go with the last view of them; to close them before would be an error.
        return VmModule.wrap_buffer(instance, pages, destroy_callback)

    @staticmethod
    def resolve_module_dependency(
        instance: VmInstance, name: str, minimum_version: int
    ) -> VmModule:
        """Returns a module that this package has, by name: `hal`, `hal_inline` or `hal_loader`,
        over the default device.

        Raises ValueError for other names, RuntimeError for a version that is not there yet.
        """
        with raising("Error resolving module dependency"):
            from ireelite.runtime.hal_module import module_of_runtime
            from ireelite.runtime.system_setup import get_first_device

            module = module_of_runtime(name, get_first_device())
            if module is None:
                raise not_found(f"required module '{name}' not available in the build")
            if module.version < minimum_version:
                raise StatusError(
                    StatusCode.FAILED_PRECONDITION,
                    f"required module '{name}' version mismatch; have {module.version} "
                    f"but require {minimum_version}",
                )
            return module

    @property
    def name(self) -> str:
        """The namespace of its exports."""
        return self.module.name

    @property
    def version(self) -> int:
        """As declared; 0 unless it was."""
        return self.module.version

    @property
    def function_names(self) -> list[str]:
        """Its exports."""
        return [name for linkage, name in self._functions if linkage == Linkage.EXPORT]

    def lookup_function(self, name: str, linkage: Linkage = Linkage.EXPORT) -> VmFunction | None:
        """Returns a function by name, or None."""
        return self._functions.get((Linkage(linkage), name))

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{function.name}({function.cconv})"
            for function in self._functions.values()
            if function.linkage == Linkage.EXPORT
        )
        return f"<VmModule {self.name} : [{shown}]>"


class PyModuleInterface(_Interface):
    """What a module written in Python will be; see `ireelite.modules.python_module`."""

    def export(
        self,
        name: str,
        cconv: str,
        callable: Callable[..., Any],
        reflection: dict[str, str] | None = None,
    ) -> None:
        """Adds a function. Raises ValueError for malformed calling conventions, RuntimeError for
        names that are taken, and after `create`.
        """
        with raising("Error exporting function"):
            super().export(name, cconv, callable, reflection)

    def create(self) -> VmModule:
        """Returns the module. Raises RuntimeError the second time."""
        with raising("Error creating module"):
            return VmModule(super().create())


class VmContext:
    """Modules in the order of their registration, with their state."""

    def __init__(self, instance: VmInstance, modules: Sequence[VmModule] | None = None):
        """Registers the modules, if any. Raises what that fails with."""
        self.context = Context(instance.instance)
        """The VM's object."""
        self.context_id = next(_context_ids)
        """Unlike that of any other context."""
        self._bound: dict[VmFunction, Function] = {}
        self.register_modules(modules or (), "Error creating vm context with modules")

    def register_modules(
        self, modules: Sequence[VmModule], doing: str = "Error registering modules"
    ) -> None:
        """Links modules to those already there. One that is there already stays.

        Raises ValueError for missing imports and dependencies, RuntimeError for versions and
        calling conventions that do not fit, and what initializers fail with.
        """
        with raising(doing):
            for module in modules:
                if self.context.modules.get(module.name) is not module.module:
                    self.context.register(module.module)

    def invoke(self, function: VmFunction, inputs: VmVariantList, outputs: VmVariantList) -> None:
        """Calls a function; `outputs` holds its results afterwards.

        Raises ValueError for a wrong number or type of arguments, RuntimeError for a number where a
        reference is expected and the reverse, and what the function fails with.
        """
        bound = self._bound.get(function)
        try:
            if bound is None:
                full_name = f"{function.module_name}.{function.name}"
                bound = self._bound[function] = self.context.lookup_function(full_name)
            outputs._list.items[:] = bound(*inputs._list.items)
        except StatusError as error:
            wrong = None if bound is None else _wrong_kind(bound, inputs._list.items)
            raise as_exception(wrong or error, "Error invoking function") from error

    def __repr__(self) -> str:
        return f"<VmContext {self.context_id}: {', '.join(self.context.modules)}>"


def _wrong_kind(function: Function, arguments: Sequence[Any]) -> StatusError | None:
    """Returns the error for the first argument that is a number and no reference, or the reverse,
    of a call that has failed.
    """
    kinds = parse_cconv(function.cconv).arguments
    for position, (kind, value) in enumerate(zip(kinds, arguments)):
        is_number = isinstance(value, (int, float))
        if kind in "iIfF" and not is_number:
            wanted = "a value type"
        elif kind == "r" and is_number:
            wanted = "a reference"
        else:
            continue
        return StatusError(
            StatusCode.FAILED_PRECONDITION,
            f"variant at index {position} is not {wanted}: {value!r}",
        )
    return None


def _call_all(calls: list[Callable[[], Any]]) -> None:
    for call in calls:
        call()


def _functions(module: Any) -> list[VmFunction]:
    """Returns the functions of a module that can be known without a context."""
    if isinstance(module, PythonModule):
        return [
            VmFunction(name, module.name, function.cconv, n, reflection=function.reflection)
            for n, (name, function) in enumerate(module.functions.items())
        ]
    if not isinstance(module, BytecodeModule):
        return []
    definition = module.definition
    functions: list[VmFunction] = []
    for export in definition.exports:
        signature = definition.functions[export.ordinal].signature
        functions.append(
            VmFunction(
                export.name,
                module.name,
                signature.cconv,
                export.ordinal,
                reflection=dict(signature.attrs),
            )
        )
    for ordinal, row in enumerate(definition.imports):
        linkage = Linkage.IMPORT_OPTIONAL if row.optional else Linkage.IMPORT
        functions.append(
            VmFunction(row.full_name, module.name, row.signature.cconv, ordinal, linkage)
        )
    return functions
