"""Random host programs: what both engines and upstream's machine make of them is what Python does.

A program is written twice at once, as MLIR and as Python; seeds name it.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from typing import Any

import pytest

import ireelite
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance

WIDTHS = {"i1": 1, "i8": 8, "i16": 16, "i32": 32, "i64": 64, "index": 64}
FLOATS = ("f32", "f64")
GLOBALS = {"g0": ("i32", 7), "g1": ("i64", -3), "g2": ("i8", 100), "g3": ("f64", 0.5)}
SEEDS = range(60)
UPSTREAM_SEEDS = range(0, 60, 6)


def wrap(value: int, type: str) -> int:
    """The number that so many low bits are: signed, but for an i1."""
    width = WIDTHS[type]
    value &= (1 << width) - 1
    return value - (1 << width) if width > 1 and value >> (width - 1) else value


def bits(value: int, type: str) -> int:
    """The number without a sign that has the same bits."""
    return value & ((1 << WIDTHS[type]) - 1)


def signed(value: int, type: str) -> int:
    """The number with a sign that has the same bits."""
    return -value if type == "i1" else value


def rounded(value: float, type: str) -> float:
    """A float in its own precision."""
    if type == "f64":
        return value
    try:
        return struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def quotient(a: int, b: int) -> int:
    """Towards zero."""
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


SAME = {"addi": "+", "subi": "-", "muli": "*", "andi": "&", "ori": "|", "xori": "^"}
EXTREMES = {"minsi": "min signed", "maxsi": "max signed", "minui": "min bits", "maxui": "max bits"}
PREDICATES = {"slt": "<", "sle": "<=", "sgt": ">", "sge": ">=", "eq": "==", "ne": "!="}
FLOAT_PREDICATES = {"olt": "<", "ole": "<=", "ogt": ">", "oge": ">=", "oeq": "=="}


class Writer:
    """Writes the functions of one program in both languages."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.mlir: list[str] = []
        self.python: list[str] = []
        self.depth = 1
        self.count = 0
        self.functions: list[tuple[str, list[str], list[str]]] = []

    def emit(self, mlir: str, python: str = "") -> None:
        """A line in each language."""
        self.mlir.append("  " * self.depth + mlir)
        if python:
            self.python.append("  " * self.depth + python)

    def name(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def op(self, text: str, python: str, type: str, scope: dict[str, str]) -> str:
        """An op with one result."""
        name = self.name()
        self.emit(f"%{name} = {text}", f"{name} = {python}")
        scope[name] = type
        return name

    def value(self, type: str, scope: dict[str, str]) -> str:
        """A value of a type: one that is there, or a constant."""
        there = [name for name, known in scope.items() if known == type]
        if there and self.random.random() < 0.85:
            return self.random.choice(there)
        return self.constant(type, scope)

    def constant(self, type: str, scope: dict[str, str]) -> str:
        if type in FLOATS:
            number: Any = self.random.choice([0.5, -1.25, 3.0, 1e3, -0.125])
            return self.op(f"arith.constant {number:e} : {type}", repr(number), type, scope)
        width = WIDTHS[type]
        edges = [0, 1, 2, 5, (1 << width) - 1, 1 << (width - 1), self.random.getrandbits(width)]
        number = wrap(self.random.choice(edges), type)
        text = ("false", "true")[number] if type == "i1" else f"{number} : {type}"
        return self.op(f"arith.constant {text}", repr(number), type, scope)

    # -- statements --------------------------------------------------------------------------------

    def statement(self, scope: dict[str, str], nesting: int) -> None:
        if nesting < 2 and self.random.random() < 0.15:
            self.random.choice([self.branch, self.loop, self.repeat])(scope, nesting)
            return
        kinds = [self.integer] * 6 + [self.compare] * 2 + [self.convert] * 3 + [self.floating] * 2
        kinds += [self.state] * 2 + [self.divide] * 2 + [self.shift] * 2
        kinds += [self.call] if self.functions else []
        self.random.choice(kinds)(scope)

    def integer_type(self) -> str:
        return self.random.choice(list(WIDTHS))

    def integer(self, scope: dict[str, str]) -> None:
        type = self.integer_type()
        a, b = self.value(type, scope), self.value(type, scope)
        if self.random.random() < 0.7:
            name, sign = self.random.choice(list(SAME.items()))
            python = f"wrap({a} {sign} {b}, '{type}')"
        else:
            name, words = self.random.choice(list(EXTREMES.items()))
            pick, key = words.split()
            python = f"{pick}({a}, {b}, key=lambda x: {key}(x, '{type}'))"
        self.op(f"arith.{name} %{a}, %{b} : {type}", python, type, scope)

    def divide(self, scope: dict[str, str]) -> None:
        type = self.random.choice(["i16", "i32", "i64", "index"])
        a, seven, one = self.value(type, scope), self.name(), self.name()
        self.emit(f"%{seven} = arith.constant 7 : {type}", f"{seven} = 7")
        self.emit(f"%{one} = arith.constant 1 : {type}", f"{one} = 1")
        low = self.value(type, scope)
        low = self.op(f"arith.andi %{low}, %{seven} : {type}", f"{low} & 7", type, scope)
        b = self.op(f"arith.addi %{low}, %{one} : {type}", f"{low} + 1", type, scope)
        name = self.random.choice(["divsi", "remsi", "divui", "remui", "floordivsi", "ceildivsi"])
        python = {
            "divsi": f"quotient({a}, {b})",
            "remsi": f"{a} - {b} * quotient({a}, {b})",
            "divui": f"wrap(bits({a}, '{type}') // {b}, '{type}')",
            "remui": f"bits({a}, '{type}') % {b}",
            "floordivsi": f"{a} // {b}",
            "ceildivsi": f"-(-{a} // {b})",
        }[name]
        self.op(f"arith.{name} %{a}, %{b} : {type}", python, type, scope)

    def shift(self, scope: dict[str, str]) -> None:
        type = self.random.choice(["i8", "i16", "i32", "i64"])
        a, amount = self.value(type, scope), self.random.randrange(WIDTHS[type])
        n = self.op(f"arith.constant {amount} : {type}", repr(amount), type, scope)
        name = self.random.choice(["shli", "shrsi", "shrui"])
        python = {
            "shli": f"wrap({a} << {n}, '{type}')",
            "shrsi": f"{a} >> {n}",
            "shrui": f"wrap(bits({a}, '{type}') >> {n}, '{type}')",
        }[name]
        self.op(f"arith.{name} %{a}, %{n} : {type}", python, type, scope)

    def compare(self, scope: dict[str, str]) -> None:
        if self.random.random() < 0.3:
            type = self.random.choice(FLOATS)
            a, b = self.value(type, scope), self.value(type, scope)
            name, sign = self.random.choice(list(FLOAT_PREDICATES.items()))
            text = f"arith.cmpf {name}, %{a}, %{b} : {type}"
            result = self.op(text, f"int({a} {sign} {b})", "i1", scope)
        else:
            type = self.integer_type()
            a, b = self.value(type, scope), self.value(type, scope)
            name, sign = self.random.choice(list(PREDICATES.items()))
            view = "signed"
            if name[0] == "s" and self.random.random() < 0.5:
                name, view = f"u{name[1:]}", "bits"
            text = f"arith.cmpi {name}, %{a}, %{b} : {type}"
            python = f"int({view}({a}, '{type}') {sign} {view}({b}, '{type}'))"
            result = self.op(text, python, "i1", scope)
        type = self.random.choice([*WIDTHS, *FLOATS])
        a, b = self.value(type, scope), self.value(type, scope)
        text = f"arith.select %{result}, %{a}, %{b} : {type}"
        self.op(text, f"{a} if {result} else {b}", type, scope)

    def convert(self, scope: dict[str, str]) -> None:
        plain = [type for type in WIDTHS if type != "index"]
        source, target = self.random.sample(plain, 2)
        a = self.value(source, scope)
        if WIDTHS[source] > WIDTHS[target]:
            name, python = "trunci", f"wrap({a}, '{target}')"
        elif self.random.random() < 0.5:
            name, python = "extsi", f"wrap(signed({a}, '{source}'), '{target}')"
        else:
            name, python = "extui", f"wrap(bits({a}, '{source}'), '{target}')"
        self.op(f"arith.{name} %{a} : {source} to {target}", python, target, scope)
        if source in ("i8", "i32", "i64"):
            text = f"arith.index_cast %{a} : {source} to index"
            self.op(text, a, "index", scope)
        if source in ("i8", "i16"):
            for name, view in (("sitofp", "signed"), ("uitofp", "bits")):
                text = f"arith.{name} %{a} : {source} to f32"
                self.op(text, f"float({view}({a}, '{source}'))", "f32", scope)

    def floating(self, scope: dict[str, str]) -> None:
        type = self.random.choice(FLOATS)
        a, b = self.value(type, scope), self.value(type, scope)
        name, sign = self.random.choice([("addf", "+"), ("subf", "-"), ("mulf", "*")])
        text = f"arith.{name} %{a}, %{b} : {type}"
        self.op(text, f"rounded({a} {sign} {b}, '{type}')", type, scope)

    def state(self, scope: dict[str, str]) -> None:
        name, (type, _) = self.random.choice(list(GLOBALS.items()))
        if self.random.random() < 0.5:
            self.op(f"util.global.load @{name} : {type}", f"state['{name}']", type, scope)
        else:
            a = self.value(type, scope)
            self.emit(f"util.global.store %{a}, @{name} : {type}", f"state['{name}'] = {a}")

    def call(self, scope: dict[str, str]) -> None:
        function, inputs, outputs = self.random.choice(self.functions)
        arguments = [self.value(type, scope) for type in inputs]
        results = [self.name() for _ in outputs]
        given = ", ".join(f"%{a}" for a in arguments)
        types = f"({', '.join(inputs)}) -> ({', '.join(outputs)})"
        self.emit(
            f"{', '.join('%' + r for r in results)} = func.call @{function}({given}) : {types}",
            f"{', '.join(results)}, = {function}({', '.join(arguments)})",
        )
        scope.update(zip(results, outputs, strict=True))

    # -- control flow ------------------------------------------------------------------------------

    def body(self, scope: dict[str, str], nesting: int, targets: list[str], types: list[str]):
        """Statements, and a yield that sets the targets."""
        inner = dict(scope)
        self.depth += 1
        for _ in range(self.random.randrange(1, 4)):
            self.statement(inner, nesting + 1)
        values = [self.value(type, inner) for type in types]
        listed = ", ".join(f"%{v}" for v in values)
        python = f"{', '.join(targets)}, = {', '.join(values)},"
        self.emit(f"scf.yield {listed} : {', '.join(types)}", python)
        self.depth -= 1

    def branch(self, scope: dict[str, str], nesting: int) -> None:
        types = [self.random.choice([*WIDTHS, *FLOATS]) for _ in range(2)]
        results, condition = [self.name(), self.name()], self.value("i1", scope)
        listed = ", ".join(f"%{r}" for r in results)
        self.emit(f"{listed} = scf.if %{condition} -> ({', '.join(types)}) {{", f"if {condition}:")
        self.body(scope, nesting, results, types)
        self.emit("} else {", "else:")
        self.body(scope, nesting, results, types)
        self.emit("}")
        scope.update(zip(results, types, strict=True))

    def loop(self, scope: dict[str, str], nesting: int) -> None:
        types = [self.random.choice(["i8", "i32", "i64", "f64"]) for _ in range(2)]
        starts = [self.value(type, scope) for type in types]
        carried, results = [self.name(), self.name()], [self.name(), self.name()]
        low, high, step, index = (self.name() for _ in range(4))
        for name, number in ((low, 0), (high, self.random.randrange(4)), (step, 1)):
            self.emit(f"%{name} = arith.constant {number} : index", f"{name} = {number}")
        bound = ", ".join(f"%{c} = %{s}" for c, s in zip(carried, starts, strict=True))
        self.emit(
            f"{', '.join('%' + r for r in results)} = scf.for %{index} = %{low} to %{high} "
            f"step %{step} iter_args({bound}) -> ({', '.join(types)}) {{",
            f"{', '.join(carried)}, = {', '.join(starts)},",
        )
        self.python.append("  " * self.depth + f"for {index} in range({low}, {high}):")
        inner = scope | dict(zip(carried, types, strict=True)) | {index: "index"}
        self.body(inner, nesting, carried, types)
        self.emit("}", f"{', '.join(results)}, = {', '.join(carried)},")
        scope.update(zip(results, types, strict=True))

    def repeat(self, scope: dict[str, str], nesting: int) -> None:
        """A loop that counts down from at most three, with a value that is carried."""
        type = self.random.choice(["i16", "i64", "f32"])
        start, three, zero, one = self.value(type, scope), *(self.name() for _ in range(3))
        for name, number in ((three, 3), (zero, 0), (one, 1)):
            self.emit(f"%{name} = arith.constant {number} : i32", f"{name} = {number}")
        count = self.value("i32", scope)
        count = self.op(f"arith.andi %{count}, %{three} : i32", f"{count} & 3", "i32", scope)
        left, value, more, left2, value2, less = (self.name() for _ in range(6))
        end, result = self.name(), self.name()
        types = f"i32, {type}"
        self.emit(
            f"%{end}, %{result} = scf.while (%{left} = %{count}, %{value} = %{start}) : "
            f"({types}) -> ({types}) {{",
            f"{left2}, {value2} = {count}, {start}",
        )
        self.emit(f"  %{more} = arith.cmpi sgt, %{left}, %{zero} : i32")
        self.emit(f"  scf.condition(%{more}) %{left}, %{value} : {types}")
        self.emit("} do {", f"while {left2} > 0:")
        self.emit(f"^bb0(%{left2}: i32, %{value2}: {type}):")
        self.depth += 1
        self.emit(f"%{less} = arith.subi %{left2}, %{one} : i32", f"{less} = {left2} - 1")
        self.depth -= 1
        inner = scope | {left2: "i32", value2: type}
        self.body(inner | {less: "i32"}, nesting, [value2], [type])
        yielded = self.mlir[-1].split("scf.yield ")[1].split(" :")[0]
        self.mlir[-1] = "  " * (self.depth + 1) + f"scf.yield %{less}, {yielded} : {types}"
        self.python.append("  " * (self.depth + 1) + f"{left2} = {less}")
        self.emit("}", f"{end}, {result} = {left2}, {value2}")
        scope.update({end: "i32", result: type})

    # -- programs ----------------------------------------------------------------------------------

    def function(self, name: str) -> None:
        inputs = [self.random.choice([*WIDTHS, *FLOATS]) for _ in range(3)]
        scope = {f"a{n}": type for n, type in enumerate(inputs)}
        listed = ", ".join(f"%{name}: {type}" for name, type in scope.items())
        place = len(self.mlir)
        self.python.append(f" def {name}({', '.join(scope)}):")
        for _ in range(self.random.randrange(5, 12)):
            self.statement(scope, 0)
        outputs = [self.random.choice([*WIDTHS, *FLOATS]) for _ in range(3)]
        values = [self.value(type, scope) for type in outputs]
        results = ", ".join(f"%{v}" for v in values)
        self.emit(f"return {results} : {', '.join(outputs)}", f"return {', '.join(values)},")
        self.mlir.insert(place, f"func.func @{name}({listed}) -> ({', '.join(outputs)}) {{")
        self.mlir.append("}")
        self.functions.append((name, inputs, outputs))


def write(seed: int) -> tuple[str, dict[str, Callable[..., tuple[Any, ...]]], list[Any]]:
    """A program's text, its functions in Python, and calls of them."""
    writer = Writer(seed)
    for name in ("f", "g", "h"):
        writer.function(name)
    state = "\n".join(
        f"util.global private mutable @{name} = {value} : {type}"
        for name, (type, value) in GLOBALS.items()
    )
    values = {name: value for name, (_, value) in GLOBALS.items()}
    scope: dict[str, Any] = globals() | {"state": values}
    exec("if True:\n" + "\n".join(writer.python), scope)
    calls = []
    for _ in range(2):
        for name, inputs, _ in writer.functions:
            calls.append((name, [argument(writer.random, type) for type in inputs]))
    return state + "\n" + "\n".join(writer.mlir), {n: scope[n] for n in "fgh"}, calls


def argument(source: random.Random, type: str) -> Any:
    if type in FLOATS:
        return source.choice([0.0, 1.5, -2.25, 100.0])
    width = WIDTHS[type]
    return wrap(source.choice([0, 1, 3, -1, 1 << (width - 1), source.getrandbits(width)]), type)


def compiled(text: str) -> bytes:
    return ireelite.compile(text, execution_model="host-only").data


@pytest.mark.parametrize("seed", SEEDS)
def test_both_engines_do_what_python_does(seed: int):
    text, functions, calls = write(seed)
    module = BytecodeModule.from_bytes(compiled(text))
    contexts = [Context(Instance(), [module], engine=e) for e in ("translate", "interpret")]
    for name, arguments in calls:
        expected = functions[name](*arguments)
        for context in contexts:
            given = context.lookup_function(f"module.{name}")(*arguments)
            assert given == pytest.approx(expected, nan_ok=True), text


@pytest.mark.interop
@pytest.mark.parametrize("seed", UPSTREAM_SEEDS)
def test_upstream_does_what_python_does(seed: int):
    rt = pytest.importorskip("iree.runtime", reason="the test extra holds upstream's runtime")
    text, functions, calls = write(seed)
    instance = rt.VmInstance()
    module = rt.VmModule.copy_buffer(instance, compiled(text))
    context = rt.VmContext(instance, [module])
    for name, arguments in calls:
        given, results = rt.VmVariantList(4), rt.VmVariantList(4)
        for value in arguments:
            given.push_float(value) if isinstance(value, float) else given.push_int(value)
        expected = functions[name](*arguments)
        context.invoke(module.lookup_function(name), given, results)
        found = tuple(results.get_variant(n) for n in range(len(results)))
        assert found == pytest.approx(expected, nan_ok=True), text
