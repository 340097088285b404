"""Runs one module in both engines and compares all that can be seen of it.

Whatever a module imports is there: stand-ins take any arguments and give results that follow from
them. Arguments are made from calling conventions. Everything is a function of the seed.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Callable
from random import Random
from typing import Any

from ireelite.bytecode.calling_convention import parse_cconv
from ireelite.bytecode.decode import decode_module
from ireelite.bytecode.encode import encode_module
from ireelite.bytecode.module_def import ModuleDef
from ireelite.status import StatusCode, StatusError
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context, Engine
from ireelite.vm.function import Function
from ireelite.vm.instance import Instance
from ireelite.vm.limits import Limits
from ireelite.vm.native import NativeModule, vm_export
from ireelite.vm.refs import Buffer, List

LIMITS = Limits(max_instructions=400, max_memory=1 << 20)
"""What each call may use."""
ENGINES: tuple[Engine, ...] = ("interpret", "translate")
MAX_EXPORTS = 4
"""Exports that are called of each module."""
DEPTH = 4
"""Lists in lists that are looked into: one may hold itself."""


class Disagreement(Exception):
    """The engines do not agree, or a module is another after it was written and read."""


def run_module(module: ModuleDef, seed: int) -> str:
    """How far a module gets: `verify`, `link` or `run`.

    Raises Disagreement, and whatever should not be raised by anything.
    """
    try:
        verified = BytecodeModule(module)
    except StatusError:
        return "verify"
    if seed % 4 == 0 and module.functions and module.functions[0].length < 0:
        verified = BytecodeModule(written(module))
    seen = [observe(verified, engine, seed) for engine in ENGINES]
    if seen[0] != seen[1]:
        pairs = zip(*seen, strict=False)
        different = next(((a, b) for a, b in pairs if a != b), (len(seen[0]), len(seen[1])))
        raise Disagreement(f"interpreter: {different[0]}\ntranslator:  {different[1]}")
    return "link" if seen[0][0][0] == "link" else "run"


def written(module: ModuleDef) -> ModuleDef:
    """A verified module, written and read: it is written as the same bytes again."""
    data = encode_module(module).data
    decoded = decode_module(data)
    if data != encode_module(decoded).data:
        raise Disagreement("its bytes are others after they were read and written")
    return decoded


def observe(module: BytecodeModule, engine: Engine, seed: int) -> list[Any]:
    """Results and errors of all calls, and what the state is afterwards."""
    context = Context(Instance(), engine=engine, limits=LIMITS)
    try:
        for native in stand_ins(module.definition):
            context.register(native)
        context.register(module)
    except StatusError as error:
        return [("link", *told(error))]
    seen: list[Any] = []
    state: Any = context.states[module.name]
    for export in module.definition.exports[:MAX_EXPORTS]:
        random = Random(f"{seed}/{export.name}")
        function = Function(module.name, state.exports()[export.name], context.meter)
        letters = parse_cconv(function.cconv).arguments
        arguments = [argument(letter, random) for letter in letters]
        try:
            results = function(*arguments)
        except StatusError as error:
            seen.append((export.name, "error", *told(error)))
        else:
            seen.append((export.name, "results", [shown(value) for value in results]))
        seen.append((export.name, "arguments", [shown(value) for value in arguments]))
    seen.append(("globals", bytes(state.memory.data), [shown(value) for value in state.refs]))
    return seen


def told(error: StatusError) -> tuple[str, list[str]]:
    """What of an error is the same in both engines.

    They have different words for what Python notices, as an index out of range; and a block is
    counted before its first instruction, which only the interpreter then says it is at.
    """
    counted = error.code == StatusCode.RESOURCE_EXHAUSTED
    return error.code.name, [text for text in error.contexts if not counted or "bytecode" in text]


def argument(letter: str, random: Random) -> Any:
    """A value for one letter of a calling convention."""
    match letter:
        case "i":
            return random.choice((0, 1, 2, 3, 7, -1, 31, 255, -(1 << 31), (1 << 31) - 1))
        case "I":
            return random.choice((0, 1, 2, 3, 8, -1, 63, 4096, -(1 << 63), (1 << 63) - 1))
        case "f" | "F":
            return random.choice((0.0, -0.0, 1.0, -1.5, 2.25, 1e30, float("inf"), float("nan")))
        case _:
            return reference(random, 2)


def reference(random: Random, depth: int) -> Any:
    """Null, a buffer, or a list: of numbers, or of such references."""
    match random.randrange(6 if depth else 4):
        case 0:
            return None
        case 1:
            return Buffer(bytes(range(16)), mutable=False)
        case 2 | 3:
            return Buffer(bytearray(random.randbytes(64)))
        case 4:
            return List("i32", [random.randrange(8) for _ in range(random.randrange(5))])
        case _:
            items = [reference(random, depth - 1) for _ in range(random.randrange(4))]
            return List("!vm.opaque", items)


def shown(value: Any, depth: int = DEPTH) -> Any:
    """A value as something that can be compared; NaNs are all the same."""
    match value:
        case None | int() | str():
            return value
        case float():
            return "nan" if value != value else struct.pack("<d", value)
        case Buffer():
            return "buffer", bytes(value.data)
        case List():
            items = [shown(item, depth - 1) for item in value.items] if depth else "..."
            return "list", value.element_type, items
        case _:
            return type(value).__name__


def stand_ins(module: ModuleDef) -> list[NativeModule]:
    """A module for each that is imported from or depended on, with all that is asked of it."""
    functions: dict[str, dict[str, str]] = defaultdict(dict)
    for dependency in module.dependencies:
        functions[dependency.name] = {}
    for row in module.imports:
        name, _, function = row.full_name.partition(".")
        functions[name].setdefault(function, row.signature.cconv or "0v_v")
    functions.pop(module.name, None)
    versions = {row.name: row.minimum_version for row in module.dependencies}
    return [
        NativeModule(name, version=versions.get(name, 0), state_factory=_state_class(name, rows))
        for name, rows in functions.items()
        if name
    ]


def _state_class(module: str, functions: dict[str, str]) -> type:
    methods: dict[str, Any] = {}
    for number, (name, cconv) in enumerate(functions.items()):
        try:
            methods[f"method_{number}"] = vm_export(name, cconv)(_method(f"{module}.{name}", cconv))
        except StatusError:
            continue
    return type("StandIn", (), methods)


def _method(name: str, cconv: str) -> Callable[..., Any]:
    letters = parse_cconv(cconv).results

    def method(state: Any, *arguments: Any) -> Any:
        numbers = [int(value) for value in arguments if isinstance(value, int)]
        random = Random(f"{name}/{numbers}")
        results = tuple([result(letter, random) for letter in letters])
        return results[0] if len(results) == 1 else results or None

    return method


def result(letter: str, random: Random) -> Any:
    """What a stand-in gives: small numbers, so that loops over them end."""
    match letter:
        case "i" | "I":
            return random.randrange(3)
        case "f" | "F":
            return float(random.randrange(3))
        case _:
            return Buffer(bytearray(32))
