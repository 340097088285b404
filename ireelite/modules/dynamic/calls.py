"""Calls into a library: values of the VM in cells of 8 bytes, and back."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Sequence
from typing import Any

from ireelite.bytecode.calling_convention import CallingConvention, parse_cconv
from ireelite.modules.dynamic import abi
from ireelite.modules.dynamic.host import Host
from ireelite.modules.dynamic.tickets import Misuse
from ireelite.modules.dynamic.values import CELLS
from ireelite.status import invalid_argument

Invoke = Callable[[int], None]
"""Takes the address of an `ireelite_call_t`; raises what the function fails with."""


def caller(name: str, cconv: str, host: Host, invoke: Invoke) -> Callable[..., Any]:
    """Returns a function that takes and gives VM values, for one that the library exports."""
    convention = parse_cconv(cconv)
    fixed = None
    if not convention.variadic:
        fixed = struct.Struct("<" + "".join(CELLS[item] for item in convention.arguments))
    results = struct.Struct("<" + "".join(CELLS[item] for item in convention.results))
    arity, result_count = len(convention.arguments), len(convention.results)
    call_size = ctypes.sizeof(abi.Call)
    references = [n for n, item in enumerate(convention.arguments) if item == "r"]
    result_references = [n for n, item in enumerate(convention.results) if item == "r"]
    give, release = host.references.give, host.references.release

    def call(*arguments: Any) -> Any:
        if len(arguments) != arity:
            raise invalid_argument(
                f"{name} takes {arity} arguments but {len(arguments)} were given"
            )
        lent: list[int] = []

        def lend(thing: Any) -> int:
            if thing is None:
                return 0
            if not isinstance(getattr(thing, "vm_type", None), str):
                raise invalid_argument(f"{name} takes a reference; given {type(thing).__name__}")
            lent.append(ticket := give(thing))
            return ticket

        try:
            if fixed is None:
                packed = _packed(convention, arguments, lend)
            else:
                values = list(arguments)
                for position in references:
                    values[position] = lend(values[position])
                packed = fixed.pack(*values)
            size = len(packed)
            cells = ctypes.create_string_buffer(packed, size + results.size + 1)
            address = ctypes.addressof(cells)
            header = abi.Call(call_size, size // abi.CELL, address, result_count, address + size)
            failed = True
            try:
                invoke(ctypes.addressof(header))
                failed = False
            finally:
                given = list(results.unpack_from(cells, size))
                for position in result_references:
                    given[position] = _taken(given, position, release, failed)
        except (struct.error, OverflowError) as error:
            raise invalid_argument(f"an argument of {name} {cconv} does not fit: {error}") from None
        finally:
            _give_back(name, lent, release)
        mistakes = [result for result in given if isinstance(result, Misuse)]
        if mistakes:
            raise mistakes[0].annotate(f"reading the results of {name}")
        if result_count == 1:
            return given[0]
        return tuple(given) if given else None

    return call


def _give_back(name: str, lent: list[int], release: Callable[[int], Any]) -> None:
    """Ends the loan of arguments. Raises `Misuse` if the library has none of them any more."""
    missing = 0
    for ticket in lent:
        try:
            release(ticket)
        except Misuse:
            missing += 1
    if missing:
        raise Misuse(
            f"{name} released or returned {missing} of its arguments, which are borrowed; "
            "retain them first"
        )


def _taken(given: list[Any], position: int, release: Callable[[int], Any], failed: bool) -> Any:
    """Returns the object of a result, or the mistake; the library holds it no more."""
    if not given[position]:
        return None
    try:
        return release(given[position])
    except Misuse as mistake:
        return None if failed else mistake


def _packed(
    convention: CallingConvention, arguments: Sequence[Any], lend: Callable[[Any], int]
) -> bytes:
    """Returns the cells of arguments with spans."""
    layout, values = "<", []
    for item, argument in zip(convention.arguments, arguments):
        if item[0] != "C":
            tuples, letters = [(argument,)], item
        else:
            letters = item[1:-1]
            tuples = [(value,) for value in argument] if len(letters) == 1 else argument
            layout += "Q"
            values.append(len(tuples))
        for row in tuples:
            if len(row) != len(letters):
                raise invalid_argument(f"{len(row)} values were given for a tuple of {letters}")
            for letter, value in zip(letters, row):
                layout += CELLS[letter]
                values.append(lend(value) if letter == "r" else value)
    return struct.pack(layout, *values)
