"""Data classes that cost little to define.

`dataclasses.dataclass` compiles three to seven functions for each class that a module defines, 0.3
ms a class, which is half of what starting the runtime takes. A `light_dataclass` compiles its
`__init__` when the class has had many instances; `__eq__`, `__hash__`, `__repr__` and the guards of
frozen instances are functions that all such classes share. For `dataclasses.fields`, `replace` and
`asdict` it is a data class like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from dataclasses import Field

_Class = TypeVar("_Class", bound=type)


class _Factory:
    """The default of a field that each instance makes for itself."""

    def __init__(self, make: Callable[[], Any]):
        self.make = make


def field(*, default_factory: Callable[[], Any]) -> Any:
    """Returns a field whose default is made anew for each instance. That of `dataclasses` may stand
    in its place, but takes a millisecond to import.
    """
    return _Factory(default_factory)


_MISSING = object()

_MANY = 50
"""Instances after which to compile an `__init__` has paid."""


@dataclass_transform(field_specifiers=(field,))
def light_dataclass(*, frozen: bool = False) -> Callable[[_Class], _Class]:
    """Makes a data class of a class that derives from `object`.

    Fields are its annotations, each with a default, a `field(default_factory=...)` or neither.
    Instances of the class alone compare equal. `frozen` instances are hashed by their fields and
    refuse assignments with `FrozenInstanceError`. Raises TypeError for other bases, for a class
    without fields, and for a field without a default behind one that has it.
    """

    def define(cls: _Class) -> _Class:
        if cls.__bases__ != (object,):
            raise TypeError(f"{cls.__qualname__}: a light data class derives from object alone")
        names = tuple(cls.__annotations__)
        if not names:
            raise TypeError(f"{cls.__qualname__}: a light data class has at least one field")
        defaults = _take_defaults(cls, names)
        namespace = cls.__dict__
        own: dict[str, Any] = {
            "__match_args__": names,
            "__dataclass_fields__": _Fields(names, defaults, frozen),
            "__init__": _initializer(cls, names, defaults, frozen),
            "__eq__": _equal,
            "__hash__": _hash if frozen else None,
            "__repr__": _repr,
            "_values_of_fields": attrgetter(*names),
            **({"__setattr__": _refuse_setting, "__delattr__": _refuse_deleting} if frozen else {}),
        }
        for name, value in own.items():
            # A class whose body defines `__eq__` alone has `__hash__ = None` by Python's own rule.
            if name not in namespace or (name == "__hash__" and namespace[name] is None):
                setattr(cls, name, value)
        return cls

    return define


def _take_defaults(cls: type, names: tuple[str, ...]) -> dict[str, Any]:
    """Defaults by name; those with a factory are no longer attributes of the class."""
    defaults: dict[str, Any] = {}
    for name in names:
        default = cls.__dict__.get(name, _MISSING)
        if default is _MISSING:
            if defaults:
                raise TypeError(f"{cls.__qualname__}.{name} has no default but fields before it do")
            continue
        if type(default).__module__ == "dataclasses":
            if not callable(default.default_factory):
                raise TypeError(f"{cls.__qualname__}.{name}: a field takes a default_factory here")
            default = _Factory(default.default_factory)
        defaults[name] = default
        if isinstance(default, _Factory):
            delattr(cls, name)
    return defaults


def _initializer(
    cls: type, names: tuple[str, ...], defaults: dict[str, Any], frozen: bool
) -> Callable[..., None]:
    """Returns an `__init__` for the first instances, which then puts a compiled one in its place."""
    has_more = hasattr(cls, "__post_init__")
    made = 0

    def first(self: Any, *arguments: Any, **named: Any) -> None:
        nonlocal made
        made += 1
        missing = names[len(arguments) :]
        fits = len(arguments) <= len(names) and named.keys() <= set(missing)
        if made > _MANY or not fits or not {*named, *defaults} >= set(missing):
            compile_now()(self, *arguments, **named)
            return
        for name, value in zip(names, arguments, strict=False):
            object.__setattr__(self, name, value)
        for name in missing:
            value = named[name] if name in named else defaults[name]
            if isinstance(value, _Factory) and name not in named:
                value = value.make()
            object.__setattr__(self, name, value)
        if has_more:
            self.__post_init__()

    def compile_now() -> Callable[..., None]:
        namespace: dict[str, Any] = {"set_": object.__setattr__, "MISSING": _MISSING}
        parameters: list[str] = []
        lines: list[str] = []
        for name in names:
            value = name
            default = defaults.get(name)
            if isinstance(default, _Factory):
                namespace[f"make_{name}"] = default.make
                parameters.append(f"{name}=MISSING")
                value = f"make_{name}() if {name} is MISSING else {name}"
            elif name in defaults:
                namespace[f"default_{name}"] = default
                parameters.append(f"{name}=default_{name}")
            else:
                parameters.append(name)
            lines.append(f"set_(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
        if has_more:
            lines.append("self.__post_init__()")
        body = "\n    ".join(lines)
        exec(f"def __init__(self, {', '.join(parameters)}):\n    {body}", namespace)
        compiled = namespace["__init__"]
        compiled.__qualname__ = f"{cls.__qualname__}.__init__"
        cls.__init__ = compiled
        return compiled

    return first


class _Fields:
    """The fields as `dataclasses` has them, made when that module asks for them."""

    def __init__(self, names: tuple[str, ...], defaults: dict[str, Any], frozen: bool):
        self._names = names
        self._defaults = defaults
        self._frozen = frozen

    def __get__(self, instance: Any, owner: type) -> dict[str, Field[Any]]:
        import dataclasses

        defaults = {
            name: dataclasses.field(default_factory=default.make)
            if isinstance(default, _Factory)
            else default
            for name, default in self._defaults.items()
        }
        twin = type(owner.__name__, (), {"__annotations__": owner.__annotations__, **defaults})
        twin.__module__ = owner.__module__
        fields = vars(dataclasses.dataclass(frozen=self._frozen)(twin))["__dataclass_fields__"]
        type.__setattr__(owner, "__dataclass_fields__", fields)
        return fields


def _equal(self: Any, other: Any) -> bool:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return self._values_of_fields(self) == self._values_of_fields(other)


def _hash(self: Any) -> int:
    return hash(self._values_of_fields(self))


def _repr(self: Any) -> str:
    fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
    return f"{self.__class__.__qualname__}({fields})"


def _refuse_setting(self: Any, name: str, value: Any) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deleting(self: Any, name: str) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot delete field {name!r}")
