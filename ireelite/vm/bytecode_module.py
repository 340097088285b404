"""Modules of bytecode, and their state in a context."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import partial
from types import CodeType, FrameType, FunctionType
from typing import TYPE_CHECKING, Any

from ireelite.bytecode.decode import decode_module
from ireelite.bytecode.module_def import Dependency, FunctionDef, ModuleDef
from ireelite.bytecode.verify import verify_module
from ireelite.files import code_of, read_pages
from ireelite.garbage import collection_paused
from ireelite.status import StatusCode, StatusError, near_names, not_found
from ireelite.vm import effects, host_memory
from ireelite.vm.backtrace import Location
from ireelite.vm.effects import GlobalMemory
from ireelite.vm.first_call import is_brief
from ireelite.vm.module import Export
from ireelite.vm.module_facts import ModuleFacts
from ireelite.vm.native import NativeModule
from ireelite.vm.refs import Buffer
from ireelite.vm.semantics import NAMES

if TYPE_CHECKING:
    from pathlib import Path

    from ireelite.vm.context import Context
    from ireelite.vm.jit.compiled_loop import CompiledLoop
    from ireelite.vm.jit.kernel_code import KernelCode
    from ireelite.vm.translation import Translation

_HELPERS: dict[str, Any] = {
    **NAMES,
    **{
        name: value
        for name, value in vars(effects).items()
        if callable(value) and name[0].islower()
    },
}


class BytecodeModule:
    """A verified module, and what contexts share of it: its rodata buffers and its translations."""

    def __init__(self, definition: ModuleDef, data: memoryview | None = None):
        verify_module(definition)
        self.definition = definition
        self._data = data
        """The bytes that the definition was decoded from, until their digest is known; None if there
        are none.
        """
        self._digest: str | None = None
        self.facts = ModuleFacts(definition)
        self.rodata = [
            Buffer(row.data, mutable=False, origin=(definition.name, ordinal))
            for ordinal, row in enumerate(definition.rodata)
        ]
        self._translations: dict[tuple[int, bool, bool], Translation | None] = {}
        self.heats = [0] * len(definition.functions)
        """Instructions that the loops of each function have run, until they are compiled."""
        self._loops: dict[tuple[int, int], CompiledLoop] = {}
        """Of the loops that have run long, by function and head."""
        self._kernels: dict[int, KernelCode | None] = {}

    @classmethod
    def from_bytes(cls, data: Any) -> BytecodeModule:
        """Reads a module from any buffer, which it keeps. Raises `StatusError` if it is not one."""
        module = cls(decode_module(data), memoryview(data).cast("B"))
        if not isinstance(data, bytes):
            module.digest()  # now, as others may write to the buffer
        return module

    @classmethod
    def from_file(cls, path: str | Path) -> BytecodeModule:
        """Reads a `.vmfb` file into memory: what happens to the file later has no effect.

        Raises NOT_FOUND and what `from_bytes` raises.
        """
        try:
            # Private pages: other compilers' machine code may write to constants.
            data = read_pages(path)
        except FileNotFoundError:
            raise not_found(f"no file '{path}'") from None
        except ValueError:
            raise StatusError(StatusCode.DATA_LOSS, f"file '{path}' is empty") from None
        except OSError as error:
            raise StatusError(code_of(error), f"cannot read '{path}': {error.strerror}") from error
        return cls(decode_module(data), memoryview(data))

    @property
    def name(self) -> str:
        """The namespace of its exports."""
        return self.definition.name

    @property
    def version(self) -> int:
        """As declared; 0 unless it was."""
        return self.definition.version

    @property
    def dependencies(self) -> list[Dependency]:
        """The modules it stands on."""
        return self.definition.dependencies

    def translation(self, ordinal: int, recording: bool, limited: bool) -> Translation | None:
        """Returns a function as Python, made when first asked for; None if only the interpreter can
        run it.
        """
        key = (ordinal, recording, limited)
        if key not in self._translations:
            # Imported here, as the first calls of most functions are interpreted.
            from ireelite.vm.translation import kept_translation

            self._translations[key] = kept_translation(self.facts, self.digest(), *key)
        return self._translations[key]

    def digest(self) -> str | None:
        """Returns the digest of the bytes, under which translations are kept between processes; None
        if there are none, or too many.
        """
        if (data := self._data) is not None:
            from ireelite.vm.translation import module_digest

            self._digest = module_digest(data)
            self._data = None
        return self._digest

    def run_loop(
        self,
        state: BytecodeState,
        ordinal: int,
        head: int,
        numbers: tuple[Any, ...],
        refs: tuple[Any, ...],
    ) -> tuple[Any, ...] | None:
        """Runs a loop of a function as native code; see `CompiledLoop.run`."""
        loop = self._loops.get((ordinal, head))
        if loop is None:
            # Imported here, as few loops run long.
            from ireelite.vm.jit.compiled_loop import compiled_loop

            loop = self._loops.setdefault((ordinal, head), compiled_loop(self.facts, ordinal, head))
        return loop.run(state, numbers, refs)

    def kernel(self, ordinal: int) -> KernelCode | None:
        """Returns the code of an entry point that runs all workgroups of a dispatch; None if there
        can be none.
        """
        from ireelite.vm.jit.kernel_code import kernel_code

        if ordinal not in self._kernels:
            self._kernels[ordinal] = kernel_code(
                self.facts.flow(ordinal),
                ordinal,
                [each.full_name for each in self.definition.imports],
            )
        return self._kernels[ordinal]

    def instantiate(self, context: Context) -> BytecodeState:
        """Returns the module linked into a context. Raises NOT_FOUND, INTERNAL for imports that do
        not fit.
        """
        return BytecodeState(self, context)

    def __repr__(self) -> str:
        return f"<bytecode module {self.name} version {self.version}>"


class BytecodeState:
    """A bytecode module in a context: globals, linked imports,
    and functions as Python callables.
    """

    def __init__(self, module: BytecodeModule, context: Context):
        definition = module.definition
        self.module = module
        self.context = context
        try:
            for name in definition.types:
                context.instance.resolve_type(name)
        except StatusError as error:
            raise error.annotate(f"resolving types of module '{definition.name}'") from None
        size = definition.global_bytes + 8 * definition.global_refs
        host_memory.require(size, "globals")
        if (meter := context.meter) is not None:
            meter.hold(size, f"the state of module '{definition.name}'")
            weakref.finalize(self, meter.release, size)
        self.refs: list[Any] = [None] * definition.global_refs
        self.memory = GlobalMemory(definition.global_bytes)
        try:
            self.imports, self.resolved = _link(definition, context)
        except StatusError as error:
            raise error.annotate(f"resolving module '{definition.name}' imports") from None
        self.targets = _targets(definition, context)
        """For each import the bytecode function that it is, if it is one."""
        self.namespace: dict[str, Any] = {
            **_HELPERS,
            **{f"rodata_{n}": buffer for n, buffer in enumerate(module.rodata)},
            **{f"import_{n}": call for n, call in enumerate(self.imports)},
            **{f"resolved_{n}": int(resolved) for n, resolved in enumerate(self.resolved)},
            "refs": self.refs,
            "heats": module.heats,
            "memory": self.memory,
            **({} if meter is None else meter.effects()),
            "meter": meter,
            "recorder": None if context.recorder is None else context.recorder.here,
            "__locate__": self._locate,
            "__first_call__": self._first_call,
            "__choose__": self._choose,
            "__interpret__": self._interpret,
        }
        begin = _FIRST_CODE[context.engine]
        self.functions: list[FunctionType] = []
        for ordinal in range(len(definition.functions)):
            function = FunctionType(_code(begin, ordinal), self.namespace, f"fn{ordinal}")
            self.functions.append(function)
            self.namespace[f"fn{ordinal}"] = function
        self._exports = {
            export.name: self._export(export.name, export.ordinal) for export in definition.exports
        }

    def exports(self) -> dict[str, Export]:
        """Exports by name."""
        return self._exports

    def fork(self, context: Context) -> BytecodeState:
        """Returns the module in another context, with the values that its globals have now;
        reference globals refer to the same objects.
        """
        child = BytecodeState(self.module, context)
        child.memory.data[:] = self.memory.data
        child.refs[:] = self.refs
        return child

    def function_def(self, ordinal: int) -> FunctionDef:
        """Returns the definition of a function."""
        return self.module.definition.functions[ordinal]

    def _export(self, name: str, ordinal: int) -> Export:
        signature = self.function_def(ordinal).signature
        call: Callable[..., Any] = self.functions[ordinal]
        return Export(name, signature.cconv, call, signature.attrs, ordinal)

    def _first_call(self, ordinal: int, arguments: tuple[Any, ...]) -> Any:
        """Gives a function its real code, then calls it.

        All who hold the function see the new code.
        """
        function = self.functions[ordinal]
        with collection_paused():
            translation = self._translation(ordinal)
        if translation is not None:
            for head in translation.heads:
                run = partial(self.module.run_loop, self, ordinal, head)
                self.namespace[f"loop_{ordinal}_{head}"] = run
            function.__code__ = translation.code
        else:
            function.__code__ = _code(_through_interpreter, ordinal)
        return function(*arguments)

    def _choose(self, ordinal: int, arguments: tuple[Any, ...]) -> Any:
        """Interprets a call that is brief, and has the next one translate the function."""
        if not is_brief(self.module.definition, ordinal):
            return self._first_call(ordinal, arguments)
        self.functions[ordinal].__code__ = _code(_through_translator, ordinal)
        return self._interpret(ordinal, arguments)

    def _translation(self, ordinal: int) -> Translation | None:
        context = self.context
        return self.module.translation(
            ordinal, context.recorder is not None, context.meter is not None
        )

    def _interpret(self, ordinal: int, arguments: tuple[Any, ...]) -> Any:
        from ireelite.vm.interpreter import Interpreter

        return Interpreter(self, ordinal, arguments).run()

    def _locate(self, frame: FrameType, line: int) -> list[Location]:
        """Returns the instruction that a frame of translated code is at.

        Nothing for a function not yet translated.
        """
        ordinal = int(frame.f_code.co_name.removeprefix("fn") or -1)
        translation = self._translation(ordinal)
        if translation is None or translation.code is not frame.f_code:
            return []
        place = translation.places[line - 1]
        if place is None:
            return []
        return [Location(self.module.name, ordinal, *place, self.module.definition)]

    def __repr__(self) -> str:
        return f"<state of bytecode module {self.module.name}>"


def _through_translator(*arguments: Any) -> Any:
    """Translates a function with its first call; its ordinal is put in place of the constant."""
    return __first_call__(-1, arguments)  # type: ignore[name-defined]  # noqa: F821


def _through_interpreter(*arguments: Any) -> Any:
    """Interprets a function; its ordinal is put in place of the constant."""
    return __interpret__(-1, arguments)  # type: ignore[name-defined]  # noqa: F821


def _through_either(*arguments: Any) -> Any:
    """Interprets or translates a function with its first call; its ordinal is put in place of the
    constant.
    """
    return __choose__(-1, arguments)  # type: ignore[name-defined]  # noqa: F821


_FIRST_CODE = {
    "translate": _through_translator,
    "interpret": _through_interpreter,
    "mixed": _through_either,
}


def _code(function: Any, ordinal: int) -> CodeType:
    return function.__code__.replace(co_consts=(None, ordinal), co_name=f"fn{ordinal}")


def __locate__(frame: FrameType, line: int) -> list[Location]:
    """Returns no locations: the frames of this file are on the way from bytecode to bytecode.

    They are no instructions themselves.
    """
    return []


def _link(definition: ModuleDef, context: Context) -> tuple[list[Any], list[bool]]:
    """Returns what each import resolves to, and whether it does."""
    calls: list[Any] = []
    resolved: list[bool] = []
    for ordinal, row in enumerate(definition.imports):
        module, _, name = row.full_name.partition(".")
        export = context.find_export(row.full_name)
        if export is not None and row.signature.cconv not in ("", export.cconv):
            raise StatusError(
                StatusCode.INTERNAL,
                f"import function {row.full_name} signature mismatch between {definition.name} and "
                "source "
                f"{module}; expected {row.signature.cconv} but got {export.cconv}",
            )
        if export is None and not row.optional:
            if module not in context.states:
                raise not_found(
                    f"module '{module}' required for import '{row.full_name}' not registered with "
                    "the context"
                )
            known = [known for known in context.states[module].exports() if known[:2] != "__"]
            raise not_found(
                f"no function `{name}` exported by module '{module}'{near_names(name, known)}"
            )
        if export is None:
            calls.append(_unresolved(row.full_name, ordinal))
        elif context.recorder is None or isinstance(context.modules[module], NativeModule):
            calls.append(export.call)
        else:
            calls.append(context.recorder.invoked(row.full_name, export.call))
        resolved.append(export is not None)
    return calls, resolved


def _targets(definition: ModuleDef, context: Context) -> list[tuple[BytecodeState, int] | None]:
    targets: list[tuple[BytecodeState, int] | None] = []
    for row in definition.imports:
        state = context.states.get(row.full_name.partition(".")[0])
        export = context.find_export(row.full_name)
        if isinstance(state, BytecodeState) and export is not None:
            targets.append((state, export.ordinal))
        else:
            targets.append(None)
    return targets


def _unresolved(full_name: str, ordinal: int) -> Any:
    def call(*arguments: Any) -> Any:
        raise not_found(f"optional import `{full_name}` (ordinal {ordinal}) not resolved")

    return call
