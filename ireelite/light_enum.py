"""Enumerations of ints that are cheap to define.

`enum.IntEnum` takes 8 µs for each member and `enum.IntFlag` 15 µs, and most of what the runtime
defines as it starts is names for the numbers of a file format. These cost a tenth of that, and are
used in the same way: members are ints with a `name` and a `value`; a class is called with a value,
indexed with a name, iterated and asked for its `__members__`; flags are combined with `|`, `&` and
`^`, and a combination can be iterated.

They differ in what nothing here needs: there is no `auto`, no `_missing_` and no `~` that stays a
flag.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from enum import IntEnum as IntEnum
    from enum import IntFlag as IntFlag
else:

    class _Enumeration(type):
        """Metaclass that makes the ints of a class body its members."""

        def __new__(mcls, name, bases, body):
            numbers = {
                key: number
                for key, number in body.items()
                if type(number) is int and not key.startswith("_")
            }
            cls = type.__new__(
                mcls, name, bases, {k: v for k, v in body.items() if k not in numbers}
            )
            cls.__members__ = members = {}
            cls._by_value = by_value = {}
            cls._combinations = {}
            for key, number in numbers.items():
                if number not in by_value:
                    by_value[number] = _member(cls, key, number)
                members[key] = by_value[number]
                type.__setattr__(cls, key, by_value[number])
            return cls

        def __call__(cls, value):
            found = cls._by_value.get(value)
            return cls._without_name(value) if found is None else found

        def __getitem__(cls, name):
            return cls.__members__[name]

        def __iter__(cls):
            return filter(cls._is_listed, cls._by_value.values())

        def __len__(cls):
            return sum(1 for _ in cls)

        def __contains__(cls, value):
            return value in cls._by_value

        def __setattr__(cls, name, value):
            if name in vars(cls).get("__members__", ()):
                raise AttributeError(f"cannot reassign member '{name}' of {cls.__name__}")
            type.__setattr__(cls, name, value)

        def __repr__(cls):
            return f"<enum '{cls.__name__}'>"

    def _member(cls, name, number):
        member = int.__new__(cls, number)
        member.name = name
        return member

    class IntEnum(int, metaclass=_Enumeration):
        """Base of enumerations of which a value has one name."""

        @property
        def value(self):
            return int(self)

        def _is_listed(self):
            return True

        @classmethod
        def _without_name(cls, value):
            raise ValueError(f"{value!r} is not a valid {cls.__name__}")

        def __reduce_ex__(self, protocol):
            return self.__class__, (int(self),)

        def __repr__(self):
            return f"<{self.__class__.__name__}.{self.name}: {int(self)}>"

        __str__ = int.__repr__

    class IntFlag(IntEnum):
        """Base of enumerations whose members are bits, and names of combinations of bits. Iteration
        yields single bits."""

        def _is_listed(self):
            return self.bit_count() == 1

        @classmethod
        def _without_name(cls, value):
            if (known := cls._combinations.get(value)) is not None:
                return known
            bits = list(cls._set_in(value))
            left = value & ~sum(bits)
            names = [bit.name for bit in bits] + ([str(left)] if bits and left else [])
            made = cls._combinations[value] = _member(cls, "|".join(names) or None, value)
            return made

        @classmethod
        def _set_in(cls, value):
            return (bit for bit in cls if int(bit) & int(value))

        def __iter__(self):
            return self._set_in(self)

        def __len__(self):
            return self.bit_count()

        def __contains__(self, other):
            return int(self) & other == other

        def __or__(self, other):
            return self.__class__(int(self) | other)

        def __and__(self, other):
            return self.__class__(int(self) & other)

        def __xor__(self, other):
            return self.__class__(int(self) ^ other)

        __ror__, __rand__, __rxor__ = __or__, __and__, __xor__

        def __repr__(self):
            name = "" if self.name is None else f".{self.name}"
            return f"<{self.__class__.__name__}{name}: {int(self)}>"
