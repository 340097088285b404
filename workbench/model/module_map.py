"""The modules of one or several contexts, in the order in which they were loaded: what each imports
and from where, what it exports, its globals in each context, and the size of each part of its file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ireelite.bytecode.describe import signature_text
from ireelite.records import CompilationRecord
from ireelite.status import invalid_argument, not_found
from workbench.model.module_globals import global_names, number_globals, ref_types, value_text

if TYPE_CHECKING:
    from ireelite.bytecode.module_def import ModuleDef, Rodata
    from ireelite.vm.context import Context

KIND = "modules"


@dataclass(frozen=True)
class Import:
    """A function that a module calls and another one has."""

    name: str
    signature: str
    module: int
    """Number of the module that has it; -1 if none has."""
    optional: bool = False

    @property
    def state(self) -> str:
        """`resolved`, `optional` (and not there) or `missing`."""
        return "resolved" if self.module >= 0 else "optional" if self.optional else "missing"


@dataclass
class ExportRow:
    """A function that a module offers."""

    name: str
    signature: str
    ordinal: int
    """Of a bytecode function; -1 for one that is native."""
    users: list[str] = field(default_factory=list)
    """Names of the modules that import it."""


@dataclass(frozen=True)
class GlobalRow:
    """A global: where it is, and its value in each context."""

    name: str
    type: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """A part of a module's file."""

    group: str
    """`bytecode`, `constants`, `executables`, `texts` or `tables`."""
    name: str
    bytes: int
    detail: str = ""
    entry_points: tuple[str, ...] = ()
    """Those of an executable, where the record of compilation names them."""
    ordinal: int = -1
    """Of the function or of the rodata segment."""


@dataclass
class ModuleBox:
    """One module."""

    name: str
    version: int
    kind: str
    """`bytecode`, or the class of a module written in another language."""
    dependencies: list[str] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    exports: list[ExportRow] = field(default_factory=list)
    globals: list[GlobalRow] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)

    @property
    def used_exports(self) -> list[ExportRow]:
        """The exports that another module imports, then, of bytecode, all that are public."""
        used = [row for row in self.exports if row.users]
        own = [row for row in self.exports if not row.users and row.ordinal >= 0]
        return used + own

    @property
    def size(self) -> int:
        """Bytes of its file, as far as they are known."""
        return sum(part.bytes for part in self.parts)


class ModuleMap:
    """View model of the modules of contexts, or of a file."""

    def __init__(
        self,
        contexts: Sequence[Context] = (),
        data: Any = None,
        record: CompilationRecord | None = None,
        title: str = "",
    ):
        """Contexts of the same modules stand side by side. `data` are the bytes of a `.vmfb` file:
        alone, its imports are not resolved; with contexts, the bytes of a module of theirs. With
        the `record` of its compilation, globals and executables have their names.

        Raises INVALID_ARGUMENT for contexts of different modules, DATA_LOSS for bytes that are no
        module.
        """
        self.title = title
        self.contexts = list(contexts)
        self.record = record
        self._names = global_names(record) if record is not None else ([], {})
        self._entry_points = _entry_points(record) if record is not None else {}
        definition = None
        if data is not None:
            from ireelite.bytecode.decode import decode_module

            definition = decode_module(data)
        self.modules = self._linked(definition) if self.contexts else []
        if definition is not None and data is not None:
            known = [box for box in self.modules if box.name == definition.name]
            box = known[-1] if known else self._unlinked(definition)
            if not known:
                self.modules.append(box)
            box.parts = self._parts(definition, memoryview(data).nbytes)

    @property
    def label(self) -> str:
        """One line about the whole."""
        names = ", ".join(f"{box.name}" for box in self.modules)
        where = f" in {len(self.contexts)} contexts" if len(self.contexts) > 1 else ""
        return f"The modules{f' of {self.title}' if self.title else ''}: {names}{where}"

    # -- contexts ----------------------------------------------------------------------------------

    def _linked(self, definition: ModuleDef | None) -> list[ModuleBox]:
        first = self.contexts[0]
        for other in self.contexts[1:]:
            if list(other.modules) != list(first.modules):
                raise invalid_argument(
                    "contexts stand side by side if they have the same modules in the same order; "
                    f"these have {', '.join(first.modules)} and {', '.join(other.modules)}"
                )
        boxes: list[ModuleBox] = []
        numbers = {name: n for n, name in enumerate(first.modules)}
        for name, module in first.modules.items():
            own: ModuleDef | None = getattr(module, "definition", None)
            states = [context.states[name] for context in self.contexts]
            box = ModuleBox(name, module.version, "bytecode" if own else _class_name(module))
            box.dependencies = [_dependency(d) for d in module.dependencies]
            box.exports = [
                ExportRow(export.name, _signature(export.cconv), export.ordinal)
                for export in states[0].exports().values()
            ]
            if own is not None:
                box.imports = self._imports(own, first, numbers)
                box.globals = self._globals(own, states)
                if definition is None or definition.name != name:
                    box.parts = self._parts(own, None)
            else:
                box.globals = _fields(states)
            boxes.append(box)
            self._use(boxes, box)
        return boxes

    def _imports(
        self, definition: ModuleDef, context: Context, numbers: dict[str, int]
    ) -> list[Import]:
        rows: list[Import] = []
        for row in definition.imports:
            export = context.find_export(row.full_name)
            module = _module_of(row.full_name, numbers) if export is not None else ""
            number = numbers.get(module, -1)
            signature = _signature(row.signature.cconv)
            rows.append(Import(row.full_name, signature, number, row.optional))
        return rows

    def _use(self, boxes: list[ModuleBox], user: ModuleBox) -> None:
        """Notes at each export which modules import it; those come first, in the order of use."""
        for row in user.imports:
            if row.module < 0:
                continue
            box = boxes[row.module]
            name = row.name[len(box.name) + 1 :]
            at = next((n for n, export in enumerate(box.exports) if export.name == name), -1)
            if at >= 0:
                export = box.exports[at]
                if not export.users:
                    used = sum(bool(other.users) for other in box.exports)
                    box.exports.insert(used, box.exports.pop(at))
                export.users.append(user.name)

    def _globals(self, definition: ModuleDef, states: Sequence[Any]) -> list[GlobalRow]:
        names, numbers = self._names if self._is_recorded(definition) else ([], {})
        rows: list[GlobalRow] = []
        for offset, kind in sorted(number_globals(definition).items()):
            values = tuple(f"{state.memory.load(kind, offset)}" for state in states)
            rows.append(GlobalRow(numbers.get(offset, f"byte {offset}"), kind, values))
        types = ref_types(definition)
        for n in range(definition.global_refs):
            values = tuple(value_text(state.refs[n]) for state in states)
            name = names[n] if len(names) == definition.global_refs else f"ref {n}"
            rows.append(GlobalRow(name, types.get(n, "!vm.ref<?>"), values))
        return rows

    def _is_recorded(self, definition: ModuleDef) -> bool:
        """Returns whether the record is about a module."""
        digest = definition.attrs.get("ireelite.record", "")
        return self.record is not None and digest == self.record.module_digest

    # -- files -------------------------------------------------------------------------------------

    def _unlinked(self, definition: ModuleDef) -> ModuleBox:
        box = ModuleBox(definition.name, definition.version, "bytecode")
        box.dependencies = [_dependency(d) for d in definition.dependencies]
        box.exports = [
            ExportRow(
                export.name,
                _signature(definition.functions[export.ordinal].signature.cconv),
                export.ordinal,
            )
            for export in definition.exports
        ]
        box.imports = [
            Import(row.full_name, _signature(row.signature.cconv), -1, row.optional)
            for row in definition.imports
        ]
        return box

    def _parts(self, definition: ModuleDef, whole: int | None) -> list[Part]:
        """Returns the parts, the largest first; what is none of the others are tables, names,
        source locations and padding.
        """
        parts = [
            Part(
                "bytecode",
                definition.function_name(n),
                function.length,
                _registers(function),
                (),
                n,
            )
            for n, function in enumerate(definition.functions)
        ]
        texts = [row for row in definition.rodata if _group_of(row) == "texts"]
        if texts:
            size = sum(len(row.data) for row in texts)
            parts.append(Part("texts", f"{len(texts)} short texts", size))
        for n, row in enumerate(definition.rodata):
            if (group := _group_of(row)) != "texts":
                name = row.name or f"rodata {n}"
                points = self._points_of(name) if self._is_recorded(definition) else ()
                parts.append(Part(group, name, len(row.data), format_of(row.data), points, n))
        parts.sort(key=lambda part: (-part.bytes, part.name))
        if whole is not None:
            rest = whole - sum(part.bytes for part in parts)
            parts.append(Part("tables", "tables, names, source locations, padding", rest))
        return parts

    def _points_of(self, name: str) -> tuple[str, ...]:
        """Returns the entry points of the executable that a rodata segment is named after."""
        found = [own for own in self._entry_points if name == own or name.startswith(f"{own}_")]
        return self._entry_points[max(found, key=len)] if found else ()

    # -- for renderers -----------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Returns what a script gets beside the picture."""
        graph: dict[str, Any] = {}
        if self.record is not None:
            from workbench.model.event_ops import EventOps

            events = EventOps.of(self.record)
            points = sorted({p for own in self._entry_points.values() for p in own})
            seeds = {point: sorted(events.of_entry_point(point)) for point in points}
            serials = {serial for own in seeds.values() for serial in own}
            graph = {"graph": events.lineage.graph(serials), "seeds": seeds}
        return {"kind": KIND, **graph, "modules": [_box_state(box) for box in self.modules]}


def _box_state(box: ModuleBox) -> dict[str, Any]:
    return {
        "name": box.name,
        "imports": [[row.name, row.signature, row.module, row.state] for row in box.imports],
        "exports": [[row.name, row.signature, row.ordinal, row.users] for row in box.used_exports],
        "globals": [[row.name, row.type, list(row.values)] for row in box.globals],
        "parts": [
            [part.group, part.name, part.bytes, part.detail, list(part.entry_points), part.ordinal]
            for part in box.parts
        ],
    }


def format_of(data: Any) -> str:
    """Returns the format of executable code, from its first bytes; nothing for other bytes."""
    head = bytes(memoryview(data)[:24])
    if head[:4] == b"\x7fELF":
        return "ELF, a shared object"
    if b"VKE1" in head[:16]:
        return "SPIR-V for Vulkan and WebGPU"
    if b"IRNE" in head[:16]:
        return "object code of this machine's kind"
    if head[:4] == b"PK\x03\x04" or b"IREE" in head[:16]:
        return "VM bytecode (VMVX)"
    return ""


def _group_of(row: Rodata) -> str:
    if format_of(row.data):
        return "executables"
    if not row.external and len(row.data) < 256:
        return "texts"
    return "constants"


def _registers(function: Any) -> str:
    blocks = len(function.blocks)
    return (
        f"{blocks} block{'s' * (blocks != 1)}, {function.i32_registers} number and "
        f"{function.ref_registers} reference registers"
    )


def _signature(cconv: str) -> str:
    return signature_text(cconv or "0v_v")


def _dependency(dependency: Any) -> str:
    optional = ", optional" if dependency.optional else ""
    return f"{dependency.name} from version {dependency.minimum_version}{optional}"


def _module_of(full_name: str, numbers: Iterable[str]) -> str:
    """Returns the module that a full name is of: the longest name that fits, as modules' names have
    dots.
    """
    return max((name for name in numbers if full_name.startswith(f"{name}.")), key=len, default="")


def _class_name(module: Any) -> str:
    return "Python" if type(module).__name__ == "NativeModule" else type(module).__name__


def _fields(states: Sequence[Any]) -> list[GlobalRow]:
    """Returns what a state written in Python holds by public names: numbers and texts; nothing for
    a name that is None everywhere.
    """
    held = [vars(getattr(state, "state", None)) if hasattr(getattr(state, "state", None), "__dict__")
            else {} for state in states]  # fmt: skip
    rows: list[GlobalRow] = []
    for name, first in held[0].items():
        if not name.startswith("_") and (first is None or isinstance(first, int | float | str)):
            if all(own.get(name) is None for own in held):
                continue
            values = tuple(value_text(own.get(name)) for own in held)
            rows.append(GlobalRow(name, type(first).__name__ if first is not None else "", values))
    return rows


def _entry_points(record: CompilationRecord) -> dict[str, tuple[str, ...]]:
    """Returns the entry points of each executable, by the symbols that the record keeps."""
    found: dict[str, dict[str, None]] = {}
    text = record.strings.text
    for executable, point in zip(record.nodes.executables, record.nodes.entry_points, strict=True):
        if executable >= 0 and point >= 0:
            found.setdefault(text(executable) or "", {})[text(point) or ""] = None
    return {name: tuple(points) for name, points in found.items()}


def module_map(sources: Sequence[Any], program: Any = None) -> ModuleMap:
    """Returns the model for what a reader passes: loaded modules, contexts, a compiled program, the
    path or the bytes of a `.vmfb` file.

    Raises INVALID_ARGUMENT for anything else, NOT_FOUND for a file that is not there.
    """
    from pathlib import Path

    from ireelite.program import Program
    from ireelite.vm.context import Context

    contexts = [
        one if isinstance(one, Context) else getattr(one, "_context", None) for one in sources
    ]
    if sources and all(isinstance(context, Context) for context in contexts):
        data = record = None
        if isinstance(program, Program):
            data, record = program.data, program.compilation_record
        elif isinstance(program, CompilationRecord):
            record = program
        return ModuleMap([c for c in contexts if c is not None], data, record)
    match sources:
        case [Program() as one]:
            return ModuleMap((), one.data, one.compilation_record, Path(one.source.name).name)
        case [bytes() | bytearray() | memoryview() as one]:
            return ModuleMap((), one)
        case [str() | Path() as one]:
            if not Path(one).is_file():
                raise not_found(f"failed to open file '{one}'")
            return ModuleMap((), Path(one).read_bytes(), title=Path(one).name)
    names = ", ".join(type(one).__name__ for one in sources) or "nothing"
    raise invalid_argument(
        f"ModuleMap shows loaded modules, contexts, a program or a .vmfb file, not {names}: pass what "
        "ireelite.load or ireelite.compile returns, or a path"
    )
