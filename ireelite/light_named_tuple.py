"""Named tuples whose classes are cheap to define.

`typing.NamedTuple` checks every annotation and compiles a constructor when a class is defined,
which takes 0.2 ms per class, in total a tenth of the time to start the runtime. Here the
constructor of a class is compiled when many instances have been made by one that all classes share,
as they share the functions of the other methods:

    class Use(NamedTuple):
        op: Operation
        last: int = 0

Modules that use it must have `from __future__ import annotations`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:
    import _collections
    from operator import itemgetter

    _MANY = 50
    """Instances after which to compile the constructor has paid."""

    _field = getattr(_collections, "_tuplegetter", None) or (
        lambda index, doc: property(itemgetter(index), doc=doc)
    )

    class _Maker(type):
        """Metaclass that builds a subclass of `tuple` from a class body."""

        def __new__(mcls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            names = tuple(body.get("__annotations__", ()))
            if wrong := [field for field in names if field.startswith("_")]:
                raise TypeError(f"{name}: fields do not begin with an underscore: {wrong}")
            defaults = {field: body.pop(field) for field in names if field in body}
            with_defaults = [field in defaults for field in names]
            if with_defaults != sorted(with_defaults):
                raise TypeError(f"{name}: a field without a default follows one that has it")
            shared = {
                "__slots__": (),
                "__match_args__": names,
                "_fields": names,
                "_field_defaults": defaults,
                "_made": [0],
                "__new__": _first,
                "__repr__": _repr,
                "__getnewargs__": _values,
                "_make": classmethod(_make),
                "_replace": _replace,
                "__replace__": _replace,
                "_asdict": _as_dict,
            }
            getters = {field: _field(index, field) for index, field in enumerate(names)}
            return type(name, (tuple,), {**shared, **body, **getters})

    class _Bases:
        """The object that class statements name as their base; the classes derive from `tuple`
        alone.
        """

        def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
            return (_base,)

    _base = type.__new__(_Maker, "NamedTuple", (), {})
    NamedTuple = _Bases()

    def _first(cls, *arguments, **named):
        """Constructs the first instances of a class, then replaces itself."""
        cls._made[0] += 1
        if cls._made[0] <= _MANY:
            missing = cls._fields[len(arguments) :]
            if not named and len(arguments) == len(cls._fields):
                return tuple.__new__(cls, arguments)
            given = {**cls._field_defaults, **named}
            fits = len(arguments) <= len(cls._fields) and named.keys() <= set(missing)
            if fits and given.keys() >= set(missing):
                return tuple.__new__(cls, (*arguments, *(given[name] for name in missing)))
        return _compile(cls)(cls, *arguments, **named)

    def _compile(cls):
        """Compiles the constructor of a class and replaces `_first` by it."""
        made = next(each for each in cls.__mro__ if "_field_defaults" in each.__dict__)
        defaults = made._field_defaults
        # Names with an underscore cannot clash with fields, which do not begin with one.
        namespace = {"_new": tuple.__new__, **{f"_default_{n}": v for n, v in defaults.items()}}
        parameters = (f"{n}=_default_{n}" if n in defaults else n for n in made._fields)
        values = "".join(f"{n}, " for n in made._fields)
        text = f"lambda _cls, {', '.join(parameters)}: _new(_cls, ({values}))"
        compiled = eval(text, namespace)
        compiled.__name__, compiled.__qualname__ = "__new__", f"{made.__qualname__}.__new__"
        made.__new__ = staticmethod(compiled)
        return compiled

    def _values(self):
        return tuple(self)

    def _repr(self):
        fields = ", ".join(f"{n}={v!r}" for n, v in zip(self._fields, self, strict=True))
        return f"{type(self).__name__}({fields})"

    def _make(cls, iterable):
        values = tuple.__new__(cls, iterable)
        if len(values) != len(cls._fields):
            raise TypeError(f"expected {len(cls._fields)} arguments, got {len(values)}")
        return values

    def _replace(self, /, **changes):
        found = self._make(map(changes.pop, self._fields, self))
        if changes:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(map(repr, changes))}")
        return found

    def _as_dict(self):
        return dict(zip(self._fields, self, strict=True))
