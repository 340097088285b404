"""How the translator writes each instruction: a table from mnemonics to functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ireelite.bytecode.calling_convention import parse_cconv
from ireelite.bytecode.isa import FAMILIES, IMPORT_BIT
from ireelite.bytecode.module_def import Instruction
from ireelite.bytecode.registers import callee_signature
from ireelite.vm.dataflow import Value, exact_result
from ireelite.vm.effects import ELEMENTS
from ireelite.vm.intervals import LIMITS
from ireelite.vm.semantics import FIXES, MEANINGS

if TYPE_CHECKING:
    from ireelite.vm.translator import Writer

Emitter = Callable[["Writer", Instruction], None]

_MASKED = {"u8": 0xFF, "u16": 0xFFFF}


def _compute(w: Writer, row: Instruction) -> None:
    """Instructions that `semantics` describes."""
    mnemonic = row.op.mnemonic
    *operands, target = row.operands
    kinds = row.op.fields
    values = [w.value(kind, raw) for kind, raw in zip(kinds, operands) if kind != "r"]
    atoms = [
        w.reference(raw) if kind == "r" else w.number(kind, raw)
        for kind, raw in zip(kinds, operands)
    ]
    expression, fix = MEANINGS[mnemonic]
    result_kind = kinds[-1][1]
    if result_kind in LIMITS:
        low, high = exact_result(mnemonic, result_kind, values)
        if low == high:
            w.set_constant(target, FIXES[fix](low))
            return
        if LIMITS[result_kind].low <= low and high <= LIMITS[result_kind].high:
            fix = ""
        expression = _simpler(mnemonic, values) or expression
    elif mnemonic.startswith("div.f") and values[1].constant:
        expression = "{0} / {1}"
    elif mnemonic.startswith("div.f"):
        expression = "({0} / {1} if {1} else div_f({0}, {1}))"
    elif mnemonic == "fma.f32":
        expression = f"{w.rounded(f'{atoms[0]} * {atoms[1]}')} + {{2}}"
    text = expression.format(*atoms)
    if mnemonic.startswith("cmp.") and not is_only_asked(target, w.next_reader):
        text = f"+({text})"  # the number, not Python's bool: it may get to see the world
    w.assign_fixed(target, text, fix)


def is_only_asked(raw: int, reader: Instruction | None) -> bool:
    """Returns whether a register's only reader asks no more of it than whether it is zero."""
    if reader is None:
        return False
    mnemonic, (condition, *others) = reader.op.mnemonic, reader.operands
    is_condition = mnemonic == "cond_br" or mnemonic.startswith("select.")
    return is_condition and condition == raw and (mnemonic == "cond_br" or raw not in others[:2])


def _simpler(mnemonic: str, values: list[Value]) -> str | None:
    """Returns a cheaper expression where bounds allow it."""
    name, _, rest = mnemonic.partition(".")
    a = values[0] if values else None
    b = values[1] if len(values) > 1 else None
    if a is None or a.kind not in LIMITS:
        return None
    if a.low < 0:
        if name == "shr" and rest.endswith("s") and b is not None and b.constant is not None:
            return f"{{0}} >> {b.constant & (31 if 'i32' in rest else 63)}"
        return None
    if name == "ext" and rest == "i32.i64.u":
        return "{0}"
    if b is None:
        return None
    if name in ("div", "rem") and b.low >= 1:
        return "{0} // {1}" if name == "div" else "{0} % {1}"
    if name in ("shl", "shr") and b.constant is not None:
        return (
            f"{{0}} {'<<' if name == 'shl' else '>>'} {b.constant & (31 if 'i32' in rest else 63)}"
        )
    if b.low >= 0 and rest.endswith(".u") and name in ("min", "max"):
        return f"({{0}} if {{0}} {'<' if name == 'min' else '>'} {{1}} else {{1}})"
    if b.low >= 0 and mnemonic.startswith("cmp.lt") and rest.endswith(".u"):
        return "{0} < {1}"
    return None


FORWARDABLE = frozenset(
    mnemonic
    for mnemonic in MEANINGS
    if mnemonic.partition(".")[0]
    in frozenset("add sub mul fma and or xor not shl shr cmp ext trunc select neg".split())
)
"""Instructions that cannot fail, so that they may be written where their result is read."""


def takes_expressions(reader: Instruction) -> bool:
    """Returns whether an instruction is written so that it evaluates each operand once."""
    mnemonic = reader.op.mnemonic
    if mnemonic in MEANINGS:
        expression = MEANINGS[mnemonic].expression
        return mnemonic[:4] != "div." and all(expression.count(f"{{{n}}}") <= 1 for n in range(3))
    return mnemonic == "cond_br"


def _constant(w: Writer, row: Instruction) -> None:
    zero = row.op.mnemonic.endswith(".zero")
    kind = row.op.fields[-1][1]
    constant = (0.0 if kind in "fd" else 0) if zero else row.operands[0]
    if kind == "f" and not zero:
        constant = float(constant)
    w.set_constant(row.operands[-1], constant)


def _null(w: Writer, row: Instruction) -> None:
    w.assign(row.operands[0], "None")


def _rodata(w: Writer, row: Instruction) -> None:
    w.assign(row.operands[1], f"rodata_{row.operands[0]}")


def _global_load(w: Writer, row: Instruction) -> None:
    kind = row.op.mnemonic.rpartition(".")[2]
    w.assign(row.operands[1], f"memory.load({kind!r}, {_offset(w, row)})")


def _global_store(w: Writer, row: Instruction) -> None:
    kind = row.op.mnemonic.rpartition(".")[2]
    w.line(
        f"memory.store({kind!r}, {_offset(w, row)}, {w.number(row.op.fields[1], row.operands[1])})"
    )


def _offset(w: Writer, row: Instruction) -> str:
    """Returns the byte offset or the ordinal of a global: a field, or if indirect a register."""
    return str(row.operands[0]) if row.op.fields[0] == "g32" else w.number("i", row.operands[0])


def _ref_load(w: Writer, row: Instruction) -> None:
    ordinal, type_ordinal, target = row.operands
    if w.facts.always_holds(ordinal, type_ordinal):
        w.assign(target, f"refs[{ordinal}]")
    else:
        w.assign(target, f"cast_ref(refs[{ordinal}], {w.facts.type_name(type_ordinal)!r})")


def _ref_store(w: Writer, row: Instruction) -> None:
    ordinal, type_ordinal, source = row.operands
    w.line(
        f"refs[{ordinal}] = cast_ref({w.reference(source)}, {w.facts.type_name(type_ordinal)!r})"
    )


def _ref_load_indirect(w: Writer, row: Instruction) -> None:
    index, type_ordinal, target = row.operands
    expected = w.facts.type_name(type_ordinal)
    w.assign(target, f"load_ref(refs, {w.number('i', index)}, {expected!r})")


def _ref_store_indirect(w: Writer, row: Instruction) -> None:
    index, type_ordinal, source = row.operands
    expected = w.facts.type_name(type_ordinal)
    w.line(f"store_ref(refs, {w.number('i', index)}, {expected!r}, {w.reference(source)})")


def _assign_ref(w: Writer, row: Instruction) -> None:
    w.assign(row.operands[1], w.reference(row.operands[0]))


def _cast_ref(w: Writer, row: Instruction) -> None:
    source, type_ordinal, target = row.operands
    w.assign(target, f"cast_ref({w.reference(source)}, {w.facts.type_name(type_ordinal)!r})")


def _select_ref(w: Writer, row: Instruction) -> None:
    condition, type_ordinal, if_true, if_false, target = row.operands
    chosen = f"{w.reference(if_true)} if {w.number('i', condition)} else {w.reference(if_false)}"
    w.assign(target, f"cast_ref({chosen}, {w.facts.type_name(type_ordinal)!r})")


def _switch(w: Writer, row: Instruction) -> None:
    index, default, cases, target = row.operands
    kind = row.op.fields[-1][1]
    index_atom = w.number("i", index)
    otherwise = w.number(kind, default)
    atoms = [w.number(kind, case) for case in cases]
    w.assign(target, _chosen(index_atom, atoms, otherwise))


def _switch_ref(w: Writer, row: Instruction) -> None:
    index, type_ordinal, default, cases, target = row.operands
    otherwise = w.reference(default)
    atoms = [w.reference(case) for case in cases]
    chosen = _chosen(w.number("i", index), atoms, otherwise)
    w.assign(target, f"cast_ref({chosen}, {w.facts.type_name(type_ordinal)!r})")


def _chosen(index: str, atoms: list[str], otherwise: str) -> str:
    return (
        f"({', '.join(atoms)},)[{index}] if 0 <= {index} < {len(atoms)} else {otherwise}"
        if atoms
        else otherwise
    )


def _load(w: Writer, row: Instruction) -> None:
    buffer, index, target = row.operands
    view = ELEMENTS[row.op.mnemonic.removeprefix("buffer.load.")]
    w.assign(target, f"{w.reference(buffer)}.{view}[{_index(w, index)}]")


def _store(w: Writer, row: Instruction) -> None:
    buffer, index, source = row.operands
    view = ELEMENTS[row.op.mnemonic.removeprefix("buffer.store.")]
    kind = row.op.fields[2]
    value = w.number(kind, source, bare=view == "f32")
    mask = _MASKED.get(view)
    if mask is not None:
        known = w.value(kind, source)
        if not 0 <= known.low <= known.high <= mask:
            value = f"{value} & {mask:#x}"
    w.line(f"{w.reference(buffer)}.{view}[{_index(w, index)}] = {value}")


def _index(w: Writer, raw: int) -> str:
    """Returns an element index.

    One that may be negative, which Python would count from the end, is out of range instead.
    """
    atom = w.number("q", raw)
    return atom if w.value("q", raw).low >= 0 else f"{atom} if {atom} >= 0 else MIN_64"


def _fill(w: Writer, row: Instruction) -> None:
    buffer, offset, length, source = row.operands
    view = ELEMENTS[row.op.mnemonic.removeprefix("buffer.fill.")]
    value = w.number(row.op.fields[3], source)
    place = f"{w.reference(buffer)}, {view!r}, {w.number('q', offset)}, {w.number('q', length)}"
    w.line(f"buffer_fill({place}, {value})")


def _list_alloc(w: Writer, row: Instruction) -> None:
    type_ordinal, capacity, target = row.operands
    element_type = w.facts.element_type(type_ordinal)
    w.assign(target, f"list_alloc({element_type!r}, {w.number('i', capacity)})")


def _list_get(w: Writer, row: Instruction) -> None:
    source, index, target = row.operands
    kind = row.op.mnemonic.rpartition(".")[2]
    w.assign(target, f"list_get({w.reference(source)}, {w.number('i', index)}, {kind!r})")


def _list_get_ref(w: Writer, row: Instruction) -> None:
    source, index, type_ordinal, target = row.operands
    expected = w.facts.type_name(type_ordinal)
    w.assign(target, f"list_get_ref({w.reference(source)}, {w.number('i', index)}, {expected!r})")


def _helper(name: str) -> Emitter:
    """Returns an instruction that is one call of a function of `effects` with its operands."""

    def emit(w: Writer, row: Instruction) -> None:
        atoms: list[str] = []
        target: int | None = None
        for kind, operand in zip(row.op.fields, row.operands):
            if kind[0] == ">":
                target = operand
            else:
                atoms.append(w.reference(operand) if kind[0] == "r" else w.number(kind, operand))
        call = f"{name}({', '.join(atoms)})"
        if target is None:
            w.line(call)
        else:
            w.assign(target, call)

    return emit


def _call(w: Writer, row: Instruction) -> None:
    ordinal = row.operands[0]
    convention = parse_cconv(callee_signature(w.module, ordinal).cconv)
    variadic = "variadic" in row.op.mnemonic
    segments = row.operands[1] if variadic else (0,) * len(convention.arguments)
    kinds = convention.argument_kinds(segments)
    atoms = iter(
        [
            w.reference(raw) if kind == "r" else w.number(kind, raw)
            for kind, raw in zip(kinds, row.operands[2 if variadic else 1])
        ]
    )
    arguments: list[str] = []
    for item, size in zip(convention.arguments, segments):
        if item[0] != "C":
            arguments.append(next(atoms))
            continue
        tuples = [[next(atoms) for _ in item[1:-1]] for _ in range(size)]
        shown = [
            members[0] if len(members) == 1 else f"({', '.join(members)})" for members in tuples
        ]
        arguments.append(f"[{', '.join(shown)}]")
    if ordinal & IMPORT_BIT:
        w.note_position(row)
        call = f"import_{ordinal & ~IMPORT_BIT}({', '.join(arguments)})"
    else:
        call = f"fn{ordinal}({', '.join(arguments)})"
    results = row.operands[-1]
    if not results:
        w.line(call)
    elif len(results) == 1:
        w.assign(results[0], call)
    else:
        w.assign_all(results, call)


def _import_resolved(w: Writer, row: Instruction) -> None:
    w.assign(row.operands[1], f"resolved_{row.operands[0] & ~IMPORT_BIT}")


def _return(w: Writer, row: Instruction) -> None:
    kinds = parse_cconv(w.function_def.signature.cconv).result_kinds()
    atoms = [
        w.reference(raw) if kind == "r" else w.number(kind, raw)
        for kind, raw in zip(kinds, row.operands[0])
    ]
    listed = ", ".join(atoms)
    w.line(f"return ({listed})" if len(atoms) > 1 else f"return {listed}".rstrip())
    w.emptied = []


def _fail(w: Writer, row: Instruction) -> None:
    status, message = row.operands
    atom = w.number("i", status)
    if w.value("i", status).constant:
        w.line(f"raise failure({atom}, {message!r})")
        return
    w.line(f"fail({atom}, {message!r})")
    if not w.continues:
        w.line("raise fell_off()")


def _trace(w: Writer, row: Instruction) -> None:
    message, raws = row.operands
    atoms = [w.cell(raw) for raw in raws]
    w.line(f"trace({', '.join([repr(message), *atoms])})")


def _discard(w: Writer, row: Instruction) -> None:
    if row.operands[0]:
        w.line(" = ".join([*(w.name(raw) for raw in row.operands[0]), "None"]))


def _nothing(w: Writer, row: Instruction) -> None:
    """Branches, which are written with the blocks they lead to."""


EMITTERS: dict[str, Emitter] = {
    **{mnemonic: _compute for mnemonic in MEANINGS},
    **dict.fromkeys(FAMILIES["const"], _constant),
    **dict.fromkeys(FAMILIES["buffer.load"], _load),
    **dict.fromkeys(FAMILIES["buffer.store"], _store),
    **dict.fromkeys(FAMILIES["buffer.fill"], _fill),
    **dict.fromkeys(FAMILIES["global.load"], _global_load),
    **dict.fromkeys(FAMILIES["global.store"], _global_store),
    **dict.fromkeys(FAMILIES["list.get"], _list_get),
    **{f"list.set.{kind}": _helper(f"list_set_{kind}") for kind in ("i32", "i64", "f32", "f64")},
    **dict.fromkeys(FAMILIES["switch"], _switch),
    **dict.fromkeys(("call", "call.variadic", "call.yieldable", "call.variadic.yieldable"), _call),
    **dict.fromkeys(
        ("br", "cond_br", "br_table", "yield", "break", "cond_break", "block"), _nothing
    ),
    **dict.fromkeys(("trace", "print"), _trace),
    "const.ref.zero": _null,
    "const.ref.rodata": _rodata,
    "global.load.ref": _ref_load,
    "global.store.ref": _ref_store,
    "global.load.indirect.ref": _ref_load_indirect,
    "global.store.indirect.ref": _ref_store_indirect,
    "assign.ref": _assign_ref,
    "cast.any.ref": _cast_ref,
    "select.ref": _select_ref,
    "switch.ref": _switch_ref,
    "list.alloc": _list_alloc,
    "list.get.ref": _list_get_ref,
    "list.set.ref": _helper("list_set_ref"),
    "list.reserve": _helper("list_reserve"),
    "list.size": _helper("list_size"),
    "list.resize": _helper("list_resize"),
    "buffer.alloc": _helper("buffer_alloc"),
    "buffer.clone": _helper("buffer_clone"),
    "buffer.length": _helper("buffer_length"),
    "buffer.copy": _helper("buffer_copy"),
    "buffer.compare": _helper("buffer_compare"),
    "buffer.hash": _helper("buffer_hash"),
    "import.resolved": _import_resolved,
    "return": _return,
    "fail": _fail,
    "discard.refs": _discard,
}
"""By mnemonic; one for every opcode."""
