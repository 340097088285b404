"""VM modules whose functions are Python callables, put together at run time.

    class Counter:
        def __init__(self, interface):
            self.count = 0

        def add(self, amount):
            self.count += amount
            return self.count

    interface = PyModuleInterface("counter", Counter)
    interface.export("add", "0i_i", Counter.add)
    module = interface.create()

The constructor makes one state a context; a function gets the state and then its arguments: ints,
floats, and a `VmRef` for each reference. It returns what its calling convention says. Names are
those of IREE's Python runtime.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any, TypeVar

from ireelite.bytecode.calling_convention import CallingConvention, parse_cconv
from ireelite.bytecode.module_def import Dependency
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.vm.arithmetic import round_f32
from ireelite.vm.module import Export, ModuleState

if TYPE_CHECKING:
    from ireelite.vm.context import Context

T = TypeVar("T")

_RANGES = {"i": (-(1 << 31), 1 << 31), "I": (-(1 << 63), 1 << 63)}
_NAMES = {"i": "i32", "I": "i64", "f": "f32", "F": "f64", "r": "a reference"}


class VmRef:
    """A reference as Python code gets it: `deref` gives the object behind it."""

    __slots__ = ("value",)

    def __init__(self, value: Any = None):
        self.value = value
        """The VM's object; None for null."""

    @property
    def __iree_vm_ref__(self) -> VmRef:
        return self

    def deref(self, type: type[T], optional: bool = False) -> T | None:
        """Returns the object as a `type`: a class of `ireelite.runtime`, or any class with a
        `vm_type`.

        Raises TypeError if it is something else; with `optional`, that gives None.
        """
        cast = getattr(type, "__iree_vm_cast__", None)
        if cast is not None:
            found = cast(self)
        else:
            found = self.value if isinstance(self.value, type) else None
        if found is None and not optional:
            raise TypeError(f"cannot dereference {self!r} as {type.__name__}")
        return found

    def isinstance(self, type: type) -> bool:
        """Returns whether `deref` to that class would succeed."""
        return self.deref(type, optional=True) is not None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VmRef) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)

    def __repr__(self) -> str:
        if self.value is None:
            return "<VmRef NULL>"
        name = getattr(self.value, "vm_type", type(self.value).__name__)
        return f"<VmRef {name} at 0x{id(self.value):x}>"


@dataclass(frozen=True)
class PyFunction:
    """An exported function before it has a state."""

    name: str
    cconv: str
    callable: Callable[..., Any]
    reflection: dict[str, str] = field(default_factory=dict)

    def convention(self) -> CallingConvention:
        """Its arguments and results."""
        return parse_cconv(self.cconv)


class PyModuleInterface:
    """What a module will be. `create` makes the module; from then on nothing can be added.

    `constructor` is called with the interface for each context and gives the state. `version`,
    `dependencies` (modules that must be registered before) and `types` (classes with a `vm_type`
    that the module's functions return) can be left out.
    """

    def __init__(
        self,
        module_name: str,
        ctor: Callable[[Any], Any],
        *,
        version: int = 0,
        dependencies: Iterable[Dependency] = (),
        types: Iterable[type] = (),
    ):
        self.name = module_name
        self.constructor = ctor
        self.version = version
        self.dependencies = list(dependencies)
        self.types = list(types)
        self.functions: dict[str, PyFunction] = {}
        self._module: weakref.ref[PythonModule] | None = None

    def export(
        self,
        name: str,
        cconv: str,
        callable: Callable[..., Any],
        reflection: dict[str, str] | None = None,
    ) -> None:
        """Adds a function. `callable` takes the state and the arguments of `cconv`.

        The names `__init` and `__deinit`, with `0v_v`, run when a context takes the module in and
        when it is closed. Raises ALREADY_EXISTS for a name that is taken, INVALID_ARGUMENT for a
        malformed calling convention and FAILED_PRECONDITION after `create`.
        """
        if self.initialized:
            raise StatusError(
                StatusCode.FAILED_PRECONDITION,
                f"module '{self.name}' exists already; export '{name}' before create()",
            )
        if name in self.functions:
            raise StatusError(
                StatusCode.ALREADY_EXISTS, f"function '{name}' of '{self.name}' is defined already"
            )
        parse_cconv(cconv)
        self.functions[name] = PyFunction(name, cconv, callable, reflection or {})

    def create(self) -> Any:
        """Returns the module. Raises FAILED_PRECONDITION the second time."""
        if self.initialized:
            raise StatusError(
                StatusCode.FAILED_PRECONDITION, f"module '{self.name}' exists already"
            )
        module = PythonModule(self)
        self._module = weakref.ref(module)
        return module

    @property
    def initialized(self) -> bool:
        """Whether the module has been created."""
        return self._module is not None

    @property
    def destroyed(self) -> bool:
        """Whether the module was created and nobody holds it any more."""
        return self._module is not None and self._module() is None

    def __repr__(self) -> str:
        state = " destroyed" if self.destroyed else " initialized" if self.initialized else ""
        return f"<{type(self).__name__} '{self.name}'{state}>"


class PythonModule:
    """A module made of Python callables."""

    def __init__(self, interface: PyModuleInterface):
        self.interface = interface
        self.name = interface.name
        self.version = interface.version
        self.dependencies = interface.dependencies
        self.functions = interface.functions

    def instantiate(self, context: Context) -> PythonState:
        """Returns a new state. Raises UNKNOWN with what the constructor raised, and ALREADY_EXISTS
        for a type whose name is taken.
        """
        try:
            state = self.interface.constructor(self.interface)
        except Exception as error:
            raise failure(error, f"constructor of module '{self.name}'") from error
        return PythonState(self, state, context)

    def __repr__(self) -> str:
        return f"<python module {self.name} version {self.version}>"


class PythonState(ModuleState):
    """A Python module in a context. `state` is what its constructor made."""

    def __init__(self, module: PythonModule, state: Any, context: Context):
        self.module = module
        self.state = state
        for type in module.interface.types:
            context.instance.register_type(type)
            weakref.finalize(self, context.instance.unregister_type, type)
        self._exports = {
            name: Export(
                name, function.cconv, bind(module.name, function, state), function.reflection, n
            )
            for n, (name, function) in enumerate(module.functions.items())
        }

    def exports(self) -> dict[str, Export]:
        """Exports by name."""
        return self._exports

    def fork(self, context: Context) -> PythonState:
        """Returns the module in another context, with a copy of the state: what the state's own
        `fork()` gives, or a deep copy. Raises UNIMPLEMENTED for a state that can be copied in
        neither way.
        """
        own = getattr(self.state, "fork", None)
        try:
            interface = self.module.interface
            state = own() if callable(own) else deepcopy(self.state, {id(interface): interface})
        except Exception as error:
            raise StatusError(
                StatusCode.UNIMPLEMENTED,
                f"the state of module '{self.module.name}' cannot be copied ({error}); "
                "give its class a method fork()",
            ) from error
        return PythonState(self.module, state, context)

    def __repr__(self) -> str:
        return f"<state of python module {self.module.name}>"


def bind(module: str, function: PyFunction, state: Any) -> Callable[..., Any]:
    """Returns the function as the VM calls it: references wrapped, results checked, exceptions as
    statuses.
    """
    convention = function.convention()
    full_name = f"{module}.{function.name}"
    callable = function.callable
    wraps = [
        (n, item) for n, item in enumerate(convention.arguments) if item == "r" or item[0] == "C"
    ]
    results = convention.results

    def call(*arguments: Any) -> Any:
        if wraps:
            wrapped = list(arguments)
            for position, item in wraps:
                wrapped[position] = _wrapped(wrapped[position], item)
            arguments = tuple(wrapped)
        try:
            returned = callable(state, *arguments)
        except (RecursionError, MemoryError):
            raise
        except Exception as error:
            raise failure(error, full_name) from error
        return _results(full_name, results, returned)

    return call


def _wrapped(value: Any, item: str) -> Any:
    """Returns an argument with its references in `VmRef`s; `item` is its part of the calling
    convention.
    """
    if item == "r":
        return VmRef(value)
    letters = item[1:-1]
    if "r" not in letters:
        return value
    if letters == "r":
        return [VmRef(entry) for entry in value]
    return [
        tuple(VmRef(v) if letter == "r" else v for v, letter in zip(entry, letters))
        for entry in value
    ]


def _results(full_name: str, kinds: tuple[str, ...], returned: Any) -> Any:
    """Converts what a function returned for the VM. Raises INVALID_ARGUMENT for results other than
    declared.
    """
    if not kinds:
        if returned is not None:
            raise invalid_argument(
                f"'{full_name}' is declared to return nothing but returned {_described(returned)}"
            )
        return None
    if len(kinds) == 1:
        return _result(full_name, "result", kinds[0], returned)
    if not isinstance(returned, (tuple, list)):
        raise invalid_argument(
            f"'{full_name}' is declared to return {len(kinds)} values "
            f"but returned {_described(returned)}"
        )
    if len(returned) != len(kinds):
        raise invalid_argument(
            f"'{full_name}' is declared to return {len(kinds)} values but returned {len(returned)}"
        )
    return tuple(
        _result(full_name, f"result {n}", kind, value)
        for n, (kind, value) in enumerate(zip(kinds, returned))
    )


def _result(full_name: str, which: str, kind: str, value: Any) -> Any:
    if kind == "r":
        reference = getattr(value, "__iree_vm_ref__", None)
        if isinstance(reference, VmRef):
            return reference.value
        if isinstance(getattr(type(value), "vm_type", None), str):
            return value
    elif kind in _RANGES:
        if hasattr(type(value), "__index__"):
            number = int(value.__index__())
            least, beyond = _RANGES[kind]
            if not least <= number < beyond:
                raise StatusError(
                    StatusCode.OUT_OF_RANGE,
                    f"{which} of '{full_name}' is {number}, which is no {_NAMES[kind]}",
                )
            return number
    elif isinstance(value, (int, float)) or hasattr(type(value), "__float__"):
        try:
            number = float(value)
        except OverflowError as error:
            raise StatusError(
                StatusCode.OUT_OF_RANGE, f"{which} of '{full_name}' is no {_NAMES[kind]}: {error}"
            ) from error
        return round_f32(number) if kind == "f" else number
    raise invalid_argument(
        f"{which} of '{full_name}' is {_described(value)}; {_NAMES[kind]} is expected"
    )


def _described(value: Any) -> str:
    if value is None:
        return "None"
    text = repr(value)
    return f"{text} ({type(value).__name__})" if len(text) < 60 else type(value).__name__


def failure(error: BaseException, what: str) -> StatusError:
    """Returns the exception as a status that says on which line of Python it was raised."""
    if not isinstance(error, StatusError):
        text = str(error)
        message = f"{type(error).__name__}: {text}" if text else type(error).__name__
        return StatusError(StatusCode.UNKNOWN, message).annotate(f"in python {what}{_where(error)}")
    return error.annotate(f"in python {what}{_where(error)}")


def _where(error: BaseException) -> str:
    """Formats ` at FILE:LINE, in FUNCTION`: the user's own line, and below it where that led, if
    elsewhere.
    """
    here = str(Path(__file__).parent)
    frames = [
        row
        for row in extract_tb(error.__traceback__)
        if not row.filename.startswith((here, "<frozen "))
    ]
    if not frames:
        return ""
    outer = frames[0].filename
    own = [row for row in frames if row.filename == outer][-1]
    return f" at {own.filename}:{own.lineno} in {own.name}"
