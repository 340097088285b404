"""Inserting instructions of the virtual machine during a conversion,
and building a whole module of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from xdsl.dialects.builtin import (
    AnyFloat,
    DenseArrayBase,
    FloatAttr,
    FunctionType,
    IntegerAttr,
    IntegerType,
    StringAttr,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ireelite.bytecode.isa import NOT_A_SPAN
from ireelite.dialects import vm
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.plain_names import plain_name
from ireelite.lowering.vm import hal_imports
from ireelite.status import StatusCode, StatusError, invalid_argument

DEVICE = "__device"
"""The global that holds the device."""

Arguments = Sequence["SSAValue | Sequence[SSAValue] | Sequence[Sequence[SSAValue]]"]
"""Arguments of a variadic call: a span is a list, of values or of tuples of values."""


def emit(
    to: Conversion, mnemonic: str, *operands: SSAValue, type: Attribute | None = None
) -> SSAValue:
    """Inserts an instruction with one result, of the first operand's type unless one is given.

    Raises UNIMPLEMENTED for an instruction that the virtual machine lacks.
    """
    if (kind := vm.instruction_class(mnemonic)) is None:
        raise StatusError(
            StatusCode.UNIMPLEMENTED, f"the virtual machine has no instruction '{mnemonic}'"
        )
    result = operands[0].type if type is None else type
    return to.insert(kind.make(operands, [result])).results[0]


def number(to: Conversion, value: float, type: Attribute) -> SSAValue:
    """Returns a constant; zero has an instruction of its own."""
    if value == 0 and not str(value).startswith("-"):
        return to.insert(vm.op(f"const.{type}.zero").make([], [type])).results[0]
    if isinstance(type, AnyFloat):
        attribute: Attribute = FloatAttr(float(value), type)
    else:
        assert isinstance(type, IntegerType)
        attribute = IntegerAttr(int(value), type)
    return to.insert(vm.op(f"const.{type}").make([], [type], value=attribute)).results[0]


def jump(to: Conversion, target: Block, arguments: Sequence[SSAValue] = ()) -> None:
    """Inserts an unconditional branch."""
    to.insert(vm.op("br").make(arguments, successors=[target]))


class VmBuilder:
    """Builds a `vm.module` whose functions call the HAL.

    Imports, texts and globals are declared as they are used.
    """

    def __init__(self, to: Conversion, name: str):
        self.to = to
        self.name = name
        self.imports: dict[str, Operation] = {}
        self.rodata: dict[str, Operation] = {}
        self.globals: dict[str, Operation] = {}
        self.functions: list[Operation] = []
        self._claimed: set[str] = set()
        """Names of globals and functions, which must be unique."""
        self._suffix = ""
        """Suffix of per-device names for the current device."""
        self.uses_device = False
        """Whether some function needs the device that `__init` selects."""
        self._names: dict[tuple[bytes, str | None], str] = {}
        self._constants: dict[tuple[Block, str, object], SSAValue] = {}

    # -- instructions ------------------------------------------------------------------------------

    def emit(
        self,
        mnemonic: str,
        operands: Sequence[SSAValue] = (),
        types: Sequence[Attribute] = (),
        successors: Sequence[Block] = (),
        **immediates: Attribute,
    ) -> Sequence[SSAValue]:
        """Returns an instruction; its results."""
        return self.to.insert(
            vm.op(mnemonic).make(operands, types, successors, **immediates)
        ).results

    def value(self, mnemonic: str, operands: Sequence[SSAValue], type: Attribute) -> SSAValue:
        """Returns an instruction with one result."""
        return self.emit(mnemonic, operands, [type])[0]

    def i32(self, value: int) -> SSAValue:
        """Returns a constant."""
        return self._once("i32", value, lambda: number(self.to, value, i32))

    def i64(self, value: int) -> SSAValue:
        """Returns a constant."""
        return self._once("i64", value, lambda: number(self.to, value, i64))

    def null(self, object: str) -> SSAValue:
        """Returns a null reference."""
        return self._once(
            "null", object, lambda: self.value("const.ref.zero", [], vm.RefType.to(object))
        )

    def _once(self, kind: str, value: object, make: Callable[[], SSAValue]) -> SSAValue:
        """Returns the constant of a kind and value, made once for each block."""
        key = (self.to.block, kind, value)
        if key not in self._constants:
            self._constants[key] = make()
        return self._constants[key]

    def data(self, name: str, contents: bytes, mime_type: str | None = None) -> SSAValue:
        """Returns a reference to rodata, which is declared once."""
        if name not in self.rodata:
            self.rodata[name] = vm.RodataOp(name, contents, mime_type)
        type = vm.RefType.to("vm.buffer")
        return self._once(
            "rodata",
            name,
            lambda: self.emit("const.ref.rodata", [], [type], rodata=StringAttr(name))[0],
        )

    def contents(self, contents: bytes, mime_type: str | None = None) -> SSAValue:
        """Returns a reference to rodata with these bytes, named by its number."""
        name = self._names.setdefault((contents, mime_type), f"_const_{len(self._names)}")
        return self.data(name, contents, mime_type)

    def text(self, text: str) -> SSAValue:
        """Returns a string as a buffer."""
        return self.data(f"_utf8_{text}", text.encode())

    def load(self, name: str, object: str) -> SSAValue:
        """Returns the reference in a global."""
        self.uses_device |= name == self.own(DEVICE)
        type = vm.RefType.to(object)
        value = self.emit("global.load.ref", [], [type], global_=StringAttr(name))[0]
        value.name_hint = plain_name(name.strip("_"))
        return value

    def store(self, name: str, value: SSAValue) -> None:
        """Sets a global."""
        self.emit("global.store.ref", [value], global_=StringAttr(name))

    # -- calls -------------------------------------------------------------------------------------

    def call(
        self, name: str, *arguments: SSAValue, types: Sequence[Attribute] | None = None
    ) -> Sequence[SSAValue]:
        """Returns a call of an import, or of a function of this module if its result types are
        given.
        """
        results = self._import(name) if types is None else types
        return self.emit("call", arguments, results, callee=StringAttr(name))

    def call_variadic(self, name: str, arguments: Arguments) -> Sequence[SSAValue]:
        """Returns a call of an import with spans."""
        flat, segments = flatten(arguments)
        sizes = DenseArrayBase.from_list(i32, segments)
        return self.emit(
            "call.variadic", flat, self._import(name), callee=StringAttr(name), segments=sizes
        )

    def await_fence(self, fence: SSAValue, region: Region) -> None:
        """Waits for a fence, which may yield, and fails with its status. Continues in a new block."""
        flat, segments = flatten([self.i32(hal_imports.INFINITE_TIMEOUT), self.i64(0), [fence]])
        (status_type,) = self._import("hal.fence.await")
        resumed, failed, after = Block(arg_types=[status_type]), Block(), Block()
        sizes = DenseArrayBase.from_list(i32, segments)
        name = StringAttr("hal.fence.await")
        self.emit("call.variadic.yieldable", flat, [], [resumed], callee=name, segments=sizes)
        for block in (resumed, failed, after):
            region.add_block(block)
        status = resumed.args[0]
        status.name_hint = "status"
        self.to.continue_at(resumed)
        self.emit("cond_br", [status], successors=[failed, after])
        self.to.continue_at(failed)
        self.fail(status, "failed to wait on timepoint")
        self.to.continue_at(after)

    def fail(self, status: SSAValue, message: str) -> None:
        """Ends the call with a status."""
        self.emit("fail", [status], message=StringAttr(message))

    def declare_import(
        self, name: str, cconv: str, version: int | None, optional: bool = False
    ) -> None:
        """Declares an import, once."""
        if name not in self.imports:
            self.imports[name] = vm.ImportOp(name, cconv, version, optional)

    def _import(self, name: str) -> list[Attribute]:
        """Declares an import of the runtime's modules; the types of its results."""
        cconv, results = hal_imports.IMPORTS[name]
        version = hal_imports.VERSIONS[name.partition(".")[0]]
        self.declare_import(name, cconv, version)
        numbers: dict[str, Attribute] = {"i32": i32, "i64": i64}
        return [numbers[r] if r in numbers else vm.RefType.to(r) for r in results]

    # -- the module --------------------------------------------------------------------------------

    def device(self) -> SSAValue:
        """Returns the device that `__init` selects."""
        return self.load(self.own(DEVICE), "hal.device")

    @contextmanager
    def on(self, device: str | None) -> Iterator[None]:
        """Builds for the given device in the `with` block; None leaves the device as it is."""
        saved = self._suffix
        if device is not None:
            self._suffix = f"_{device}" if device else ""
        try:
            yield
        finally:
            self._suffix = saved

    def own(self, name: str) -> str:
        """Returns the name of a symbol that each device has its own copy of, such as an executable."""
        return f"{name}{self._suffix}"

    def _claim(self, name: str) -> None:
        """Reserves a name for a global or a function. Raises INVALID_ARGUMENT if it is used already."""
        if name in self._claimed or name in hal_imports.IMPORTS:
            raise invalid_argument(
                f"'{name}' is a name that the compiler gives to something of its own"
            )
        self._claimed.add(name)

    def has(self, name: str) -> bool:
        """Returns whether a global or a function of that name exists."""
        return name in self._claimed

    def add_global(self, name: str, object: str) -> None:
        """Declares a reference in the module's state."""
        self._claim(name)
        self.globals[name] = vm.GlobalRefOp(name, vm.RefType.to(object))

    def add_number(self, name: str, type: Attribute) -> None:
        """Declares a number in the module's state."""
        self._claim(name)
        self.globals[name] = vm.NUMBER_GLOBALS[type](name)

    def add_function(self, name: str, type: FunctionType, body: Region) -> None:
        """Adds a function whose body is complete."""
        self._claim(name)
        function = vm.FuncOp(name, type, body)
        self.functions.append(function)
        self.to.note(function)

    def add_export(self, name: str, reflection: Mapping[str, str]) -> None:
        """Makes a function public."""
        export = vm.ExportOp(name, reflection)
        self.functions.append(export)
        self.to.note(export)

    def finish(self) -> vm.ModuleOp:
        """Returns the module: imports, rodata and globals, then functions."""
        declared = [*self.imports.values(), *self.rodata.values(), *self.globals.values()]
        module = vm.ModuleOp(self.name, Region(Block([*declared, *self.functions])))
        for op in (module, *declared):
            self.to.note(op)
        self.to.finish()
        return module


def flatten(arguments: Arguments) -> tuple[list[SSAValue], list[int]]:
    """Returns all values in order, and a segment size for each argument."""
    flat: list[SSAValue] = []
    segments: list[int] = []
    for argument in arguments:
        if isinstance(argument, SSAValue):
            flat.append(argument)
            segments.append(NOT_A_SPAN)
            continue
        segments.append(len(argument))
        for item in argument:
            flat.extend([item] if isinstance(item, SSAValue) else item)
    return flat, segments
