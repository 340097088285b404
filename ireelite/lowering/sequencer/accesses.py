"""What the work of a sequence reads and writes: entry points' effects, and places in memory.

The lowering to the low-level sequencer orders and places buffers by this model, and the verifier of
its output holds a program to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xdsl.dialects import func, memref
from xdsl.dialects.builtin import MemRefType, ModuleOp, SymbolRefAttr
from xdsl.ir import Attribute, Operation, SSAValue

from ireelite.dialects.sequencer import iree, iree_hl_seq, iree_ll_seq
from ireelite.dialects.sequencer.iree_ll_seq import allocated_size, is_open
from ireelite.dialects.sequencer.syntax import entry_names
from ireelite.light_dataclass import light_dataclass
from ireelite.light_named_tuple import NamedTuple
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.parser import place_of

READERS = (iree.LoadInputOp, memref.LoadOp)
WHOLE_BUFFER_READERS = (iree.LoadInputOp, iree.UpdateOutputOp)
"""Ops for which a whole buffer must hold data."""
DISPATCHES = (
    iree_hl_seq.DispatchOp,
    iree_hl_seq.DynamicDispatchOp,
    iree_ll_seq.DynamicDispatchOp,
    iree_ll_seq.StaticDispatchOp,
)
WRITERS = (iree.StoreOutputOp, iree.UpdateOutputOp, memref.StoreOp)


@light_dataclass(frozen=True)
class EntryPoint:
    """What a dispatch of one function of an executable does to its bindings."""

    types: tuple[Attribute, ...]
    reads: frozenset[int]
    """Numbers of the arguments that it may read."""
    writes: frozenset[int]
    """Numbers of the arguments that it may write."""
    workload: Attribute | None = None
    """The one it was made for, once that is known."""


class Access(NamedTuple):
    """What one op does to one buffer."""

    buffer: SSAValue
    reads: bool
    writes: bool


class EntryPoints:
    """The entry points of a module's executables, found in one walk."""

    def __init__(self, module: ModuleOp):
        self._found: dict[tuple[str, str], EntryPoint | None] = {}
        self._translated: set[str] = set()
        """Names of executables that are in the words of their targets already."""
        for op in module.body.block.ops:
            if not isinstance(op, iree.MultiArchExecutableOp):
                continue
            kernels = [e for e in op.executables if e.format == iree.ExecutableFormat.UNSPECIFIED]
            if not kernels:
                self._translated.add(op.sym_name.data)
            for executable in kernels:
                for inner in executable.module.walk():
                    if isinstance(inner, func.FuncOp):
                        key = op.sym_name.data, inner.sym_name.data
                        self._found[key] = describe_entry_point(inner)

    def find(self, op: Operation, reference: SymbolRefAttr) -> EntryPoint | None:
        """Returns the entry point that a dispatch names, or None if what it does to its bindings is
        not known: its executable is in the words of its targets, or uses them in another way than
        by loads and stores.

        Raises NOT_FOUND, naming the dispatch and its place.
        """
        key = entry_names(reference)
        if key[0] not in self._translated and key not in self._found:
            raise StatusError(
                StatusCode.NOT_FOUND,
                f"{place_of(op)}'{op.name}' op names the entry point {'::'.join(key)}, which is "
                "not in this module",
            )
        return self._found.get(key)

    def accesses(self, op: Operation) -> list[Access] | None:
        """Returns what a dispatch, copy or fill does to its buffers: one access for each that it
        touches. Empty for any other op, and None if what the entry point does is not known.
        """
        if isinstance(op, DISPATCHES):
            entry = self.find(op, op.entry_point)
            return None if entry is None else list(accesses_of(entry, op.bindings))
        if isinstance(op, iree_hl_seq.CopyOp | iree_ll_seq.CopyOp):
            return [Access(op.source, True, False), Access(op.target, False, True)]
        if isinstance(op, iree_hl_seq.FillOp | iree_ll_seq.FillOp):
            return [Access(op.target, False, True)]
        return []


def accesses_of(entry: EntryPoint, bindings: Sequence[SSAValue]) -> Iterator[Access]:
    """Yields what a call of an entry point does to its bindings."""
    for number, buffer in enumerate(bindings):
        reads, writes = number in entry.reads, number in entry.writes
        if reads or writes:
            yield Access(buffer, reads, writes)


def describe_entry_point(function: func.FuncOp) -> EntryPoint | None:
    """Returns what a kernel does to its arguments, whether or not it has loops yet. None if one has
    a use that is neither a load nor a store.

    Loops that load what they have stored keep partial results in an output.
    """
    reads: set[int] = set()
    writes: set[int] = set()
    for number, argument in enumerate(function.args):
        if not isinstance(argument.type, MemRefType):
            continue
        kinds = {type(use.operation) for use in argument.uses}
        if not kinds <= {*READERS, *WRITERS}:
            return None
        if not kinds.isdisjoint(WRITERS):
            writes.add(number)
        if not kinds.isdisjoint(WHOLE_BUFFER_READERS) or (
            memref.LoadOp in kinds and number not in writes
        ):
            reads.add(number)
    return EntryPoint(
        tuple(function.function_type.inputs),
        frozenset(reads),
        frozenset(writes),
        function.attributes.get(iree.WORKLOAD),
    )


class Place(NamedTuple):
    """Bytes [start, end) of an allocation, an argument or a constant."""

    root: SSAValue
    start: int
    end: int

    def __str__(self) -> str:
        return f"bytes {self.start} to {self.end}"


def place_in_memory(buffer: SSAValue) -> Place:
    """Returns where a buffer of the low-level sequencer is. Shaders access narrow elements in words
    of four bytes, and a buffer's last word is its own.
    """
    if is_open(buffer.type):
        return Place(buffer, 0, 1)  # no two of them share an allocation
    size = allocated_size(buffer.type)
    if isinstance(op := buffer.owner, iree_ll_seq.SubspanOp):
        start = op.offset.value.data
        return Place(op.arena, start, start + size)
    return Place(buffer, 0, size)
