"""What loops and entry points share when their code runs: the state, polls, and the way back to the
interpreter."""

from __future__ import annotations

import ctypes
import struct
import threading
from collections.abc import Generator, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

from ireelite.bytecode.registers import register_counts
from ireelite.vm.backtrace import Location
from ireelite.vm.frame import Frame
from ireelite.vm.jit.code import CompiledRegion
from ireelite.vm.jit.emit import BUDGET, BUFFERS, INDEX, Stop
from ireelite.vm.jit.places import Place
from ireelite.vm.jit.region import Region, Register

if TYPE_CHECKING:
    from ireelite.vm.bytecode_module import BytecodeState
    from ireelite.vm.limits import Meter

SLICE = 1 << 22
"""Instructions that compiled code runs between two looks at the clock and for signals."""

_CODES = {"i": "i4x", "q": "q", "f": "f4x", "d": "d"}
_LOCAL = threading.local()


def layout(registers: tuple[Register, ...]) -> struct.Struct:
    return struct.Struct("<" + "".join(_CODES[kind] for kind, _ in registers))


def are_disjoint(places: Sequence[Place], region: Region) -> bool:
    """Returns whether no buffer that is stored to overlaps another."""
    for number, ordinal in enumerate(region.buffers):
        if ordinal not in region.stored:
            continue
        start, length, _ = places[number]
        for other, (other_start, other_length, _) in enumerate(places):
            if (
                other != number
                and start < other_start + other_length
                and other_start < start + length
            ):
                return False
    return True


def state_words(compiled: CompiledRegion, places: Sequence[Place]) -> Any:
    """Returns the state of compiled code, with the buffers in it."""
    words = (ctypes.c_int64 * compiled.code.words)()
    words[BUFFERS : BUFFERS + 3 * len(places)] = [number for place in places for number in place]
    return words


def enter(compiled: CompiledRegion, words: Any, meter: Meter | None) -> int:
    """Runs compiled code on its state, with instructions of the meter; returns its result. Raises
    what a signal's handler raised meanwhile."""
    words[BUDGET] = SLICE if meter is None else meter.lend(0)
    poller = _poller()
    before, poller.meter = poller.meter, meter
    try:
        result = compiled.call(words, poller.callback)
    finally:
        poller.meter = before
    if meter is not None:
        meter.settle(words[BUDGET])
    if result < 0 and (error := poller.error) is not None:
        poller.error = None
        raise error
    return result


def stopped_frame(
    state: BytecodeState, region: Region, stop: Stop, words: Any, first: int, refs: dict[int, Any]
) -> Frame:
    """Returns a function as it stands where its code stopped; `first` is the word where registers
    were saved, `refs` has what the reference registers hold.
    """
    ordinal = region.ordinal
    ints, count = register_counts(state.module.definition, state.function_def(ordinal))
    held = [refs.get(number) for number in range(count)]
    frame = Frame(state, ordinal, bytearray(4 * ints), held, stop.block, stop.position)
    if stop.register is not None:
        frame.write("q", stop.register, words[INDEX])
    if stop.saved is not None:
        saved = layout(stop.saved).unpack_from(words, 8 * first)
        for (kind, raw), value in zip(stop.saved, saved):
            frame.write(kind, raw, value)
    return frame


class Poller:
    """What the compiled code of a thread calls when its instructions have run out.

    The call goes to a generator and not to a function: a signal's handler runs before the first
    line of a function, where nothing can catch what it raises, but within the `try` around a
    `yield`.
    """

    def __init__(self) -> None:
        self.meter: Meter | None = None
        self.error: BaseException | None = None
        """What was raised while the code waited for an answer."""
        answers = self._answers()
        next(answers)
        self.callback = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(answers.send)

    def _answers(self) -> Generator[int, int, None]:
        """Takes the instructions left; yields those that may run, none if the code is to stop."""
        answer = 0
        while True:
            try:
                while True:
                    left = yield answer
                    answer = SLICE if self.meter is None else self.meter.lend(left)
            except GeneratorExit:
                raise
            except BaseException as error:
                self.error = error
                answer = -1


def _poller() -> Poller:
    try:
        return _LOCAL.poller
    except AttributeError:
        _LOCAL.poller = Poller()
        return _LOCAL.poller


def __locate__(frame: FrameType, line: int) -> list[Location]:
    """Returns no locations: the frames of this file are on the way to an instruction."""
    return []
