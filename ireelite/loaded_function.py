"""Functions of loaded modules: NumPy arrays in, NumPy arrays out."""

from __future__ import annotations

from _thread import get_ident
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from ireelite.argument_devices import devices_of
from ireelite.arrays import Encoder, decode_at
from ireelite.hal.buffer import BufferView
from ireelite.hal.device import Device
from ireelite.hal.host_memory import LentBuffer
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.hal.submission import cancel_since, next_number
from ireelite.invocation import awaited, is_async
from ireelite.live_objects import LiveObject
from ireelite.ownership import return_lent
from ireelite.signature import Argument, CallTree, Signature, parse_declaration
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.summaries import shortened

if TYPE_CHECKING:
    from ireelite.async_result import AsyncResult
    from ireelite.call_plan import Plan
    from ireelite.call_queue import CallQueue
    from ireelite.hal.recording import Recording
    from ireelite.quick_calls import QuickCall
    from ireelite.vm.context import Context
    from ireelite.vm.debug.debugger import Debugger
    from ireelite.vm.function import Function

MAX_PLANS = 4
"""Of one function at a time: for arguments of so many combinations of types and shapes."""
MAX_PLANS_MADE = 32
"""Of one function in all: a call that makes one takes as long as hundreds that have one."""
MAX_KEYS = 64
"""Combinations of types and shapes that are remembered until they come again."""


class LoadedFunction(LiveObject):
    """An exported function: NumPy arrays in, NumPy arrays out. Compiled from a JAX function it
    takes and returns the trees of that function.
    """

    _instead = "Program.save writes the module for another process"

    __slots__ = (
        "_allocator",
        "_argument_devices",
        "_call",
        "_calls",
        "_context",
        "_counts",
        "_encode",
        "_encoders",
        "_function",
        "_own_types",
        "_planned",
        "_plans",
        "_plans_left",
        "_quick",
        "_recording",
        "_result_devices",
        "device",
        "devices",
        "is_async",
        "signature",
        "tree",
    )

    def __init__(
        self,
        function: Function,
        context: Context,
        device: Device,
        devices: Sequence[Device],
        recording: Recording | None,
        calls: CallQueue,
        tree: CallTree | None = None,
        named: Mapping[str, Device] | None = None,
    ):
        self.device = device
        """The device that the module has chosen; the first one if it has chosen several."""
        self.devices = devices
        """The devices of the context."""
        self._calls = calls
        """The queue of the context's asynchronous calls."""
        self._allocator = device.allocator
        self._function = function
        self._context = context
        self.signature = signature_of(function)
        """Names, shapes and types of arguments and results."""
        self.tree = tree
        """How its arguments and results nest; None if it takes and returns them one by one."""
        self.is_async = is_async(function)
        """Whether it signals a fence when it is done; calls wait for that."""
        self._recording = recording
        self._call = awaited(function, context, recording)
        about = function.reflection, device, devices, named
        self._argument_devices = devices_of(self.signature.arguments, *about)
        self._result_devices = devices_of(self.signature.results, *about)
        """The device of each result; `_argument_devices` are those of the arguments."""
        self._own_types = own_types(self.signature)
        self._encoders = [
            Encoder(argument, device.allocator)
            for argument, device in zip(self.signature.arguments, self._argument_devices)
        ]
        self._encode = [encoder.encode for encoder in self._encoders]
        self._plans: list[Plan] = []
        """The newest first."""
        self._planned: list[Any] = []
        """Types and shapes of arguments that each plan is for."""
        self._quick: QuickCall | None = None
        """That of the plan which ran last."""
        self._counts: dict[Any, int] = {}
        """How many calls with arguments of certain types and shapes had no plan and ended well."""
        is_watched = not (recording is None and context.meter is None and context.tracer is None)
        has_plans = not (is_watched or len(devices) > 1 or self._own_types)
        self._plans_left = MAX_PLANS_MADE if has_plans else 0

    @property
    def __name__(self) -> str:
        """The name by which the module exports it."""
        return self.signature.name

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Calls the function and waits for it. One result is returned as it is, several as a tuple,
        none as None; with a tree, they are returned as its function returns them, and arguments
        nest as that function's do.

        From the third call with arguments of the same types and shapes on, a function whose host
        code does the same each time runs by a plan (see `call_plan`), with the same results.

        Raises INVALID_ARGUMENT for a wrong number of arguments, for shapes and types other than
        declared, and what the function itself fails with.
        """
        calls = self._calls
        if (quick := self._quick) is not None and not (keywords or calls.used):
            if self._allocator.statistics is None and (found := quick(*arguments)) is not None:
                return found
        if calls.used and calls.owner != get_ident():
            with calls.turn():
                return self(*arguments, **keywords)
        encode = self._encode
        if self.tree is not None or keywords:
            arguments = self._flat(arguments, keywords)
        if self._plans and (arrays := self._by_plan(arguments)) is not None:
            return self._nested(arrays)
        if len(arguments) != len(encode):
            raise self._wrong_count(arguments)
        if self._recording is not None:
            return self._recorded_call(self._recording, arguments)
        begun = next_number()
        values = [encode_one(argument) for encode_one, argument in zip(encode, arguments)]
        try:
            result = self._decoded(values)
        except StatusError as error:
            error.annotate(f"invoking function '{self.signature.name}'")
            raise
        except KeyboardInterrupt as stop:
            self._interrupted(stop, begun)
            raise
        finally:
            return_lent(values, self.devices)
        if self._plans_left:
            self._plan(arguments)
        return result

    def async_(self, *arguments: Any, **keywords: Any) -> AsyncResult:
        """Begins a call and returns immediately. The `AsyncResult` can be waited for, awaited in a
        coroutine, and passed to other asynchronous calls.

            a = module.first.async_(x)
            b = module.second.async_(a)  # begins when `a` is ready; nothing waits here
            y = b.result()               # or, in a coroutine: y = await b

        Arguments are those of an ordinary call, which are copied now; results of other asynchronous
        calls, of any module on any device; and futures of `concurrent.futures`. A call begins when
        its arguments are ready. A function with fences (compiled with
        `execution_model="async-external"`) begins before the contents of its arguments are
        computed: the device orders its work after theirs. Calls of modules that were loaded
        together run one at a time, in the order of `async_` as far as their arguments allow. An
        ordinary call waits until the asynchronous calls that are ready to run have returned. A
        function that waits for another call of its own modules fails with ABORTED, since that call
        could not begin.

        A call fails with the error that an ordinary call would raise, or with the error of the call
        or future that provides an argument. `async_` itself raises INVALID_ARGUMENT for a wrong
        number of arguments and for arguments that cannot be converted.
        """
        from ireelite.async_call import AsyncCall
        from ireelite.async_result import result_of

        if self.tree is not None or keywords:
            arguments = self._flat(arguments, keywords)
        if len(arguments) != len(self._encode):
            raise self._wrong_count(arguments)
        call = AsyncCall(self, self._calls, self._passed_on(arguments))
        result = result_of(call)
        call.begin()
        return result

    def _passed_on(self, arguments: Sequence[Any]) -> list[Any]:
        """Converts the arguments of an asynchronous call: to VM values, or to `CallResult` and
        `FutureValue` for those that are still pending.
        """
        from ireelite.async_call import FutureValue, owned
        from ireelite.async_result import AsyncResult, source_of

        values: list[Any] = []
        for encode, argument in zip(self._encode, arguments, strict=True):
            if isinstance(argument, AsyncResult):
                values.append(source_of(argument))
            elif hasattr(argument, "add_done_callback"):
                values.append(FutureValue(argument))
            else:
                values.append(owned(encode(argument)))
        return values

    @property
    def _has_deadline(self) -> bool:
        """Whether the limits of the context bound the duration of a call."""
        meter = self._context.meter
        return meter is not None and meter.limits.deadline is not None

    def _issue(self, values: Sequence[Any], fences: Sequence[Fence | None] = ()) -> Sequence[Any]:
        """Calls the function with VM values: with a fence to wait for and one to signal, if
        `fences` are given, otherwise waiting until its results are ready. May be called by the
        context's `CallQueue` only.

        Raises the error of the function, and FAILED_PRECONDITION if the module is closed.
        """
        if self._context.closed:
            _refuse()
        call = self._function if fences else self._call
        if self._recording is None:
            return self._typed(call(*values, *fences))
        with self._recording.call(self.signature.name) as begin:
            _record_uploads(self._recording, begin, values)
            for semaphore in fences[1].values if fences and fences[1] is not None else ():
                self._recording.name_semaphore(semaphore)
            return self._typed(call(*values, *fences))

    def _by_plan(self, arguments: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """Returns the results by the plan for such arguments, whose quick call is the next call's
        first try; None if there is no such plan.
        """
        if self._allocator.statistics is not None:
            return None
        for plan in self._plans:
            if (arrays := plan.run(arguments)) is not None:
                if plan.quick is not None and self.tree is None:
                    self._quick = plan.quick
                return arrays
            if plan.has_stopped:
                self._plans = [each for each in self._plans if each is not plan]
                self._quick = None
        return None

    def _plan(self, arguments: tuple[Any, ...]) -> None:
        """Makes a plan for calls with arguments like these, if this was the second such call; while
        code that it needs is not compiled yet, at the fourth, eighth and so on.
        """
        if self._allocator.statistics is not None:
            return
        if not all([row.shares(value) for row, value in zip(self._encoders, arguments)]):
            return
        key = tuple([(array.dtype, array.shape) for array in arguments])
        if key in self._planned:
            return  # the plan has stopped, or needs arrays of another alignment
        if key not in self._counts and len(self._counts) == MAX_KEYS:
            self._counts.clear()
        count = self._counts[key] = self._counts.get(key, 0) + 1
        if count < 2 or count & (count - 1):
            return
        from ireelite.call_plan import make_plan  # late: many programs call once

        try:
            plan = make_plan(self._context, self._function, self.device, arguments, self._encode)
        except StatusError:
            return  # it is too early for a plan
        self._counts.pop(key, None)
        if plan is None:
            self._plans_left = 0
            return
        self._plans = [plan, *self._plans][:MAX_PLANS]
        self._planned = [key, *self._planned][:MAX_PLANS]
        self._plans_left -= 1

    def _close(self) -> None:
        """Has every call from now on fail."""
        self._call = _refuse
        self._plans, self._plans_left, self._quick = [], 0, None

    def _flat(self, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> tuple[Any, ...]:
        """Returns the arguments of a call, in order."""
        if self.tree is None:
            raise invalid_argument(
                f"'{self.signature.name}' takes its arguments by position; '{next(iter(keywords))}' is "
                "given by name"
            )
        try:
            return tuple(self.tree.flatten(arguments, keywords))
        except StatusError as error:
            raise error.annotate(f"invoking function '{self.signature.name}'") from None

    def _decoded(self, values: Sequence[Any]) -> Any:
        results = self._typed(self._call(*values))
        if self.tree is None and len(results) == 1:
            return decode_at(results, 0)
        return self._nested(tuple([decode_at(results, n) for n in range(len(results))]))

    def _typed(self, results: Sequence[Any]) -> Sequence[Any]:
        """Returns the results with views of their declared element types, where programs can only
        say that elements are opaque bytes.
        """
        if not self._own_types:
            return results
        return [
            BufferView(result.buffer, result.shape, code) if code is not None else result
            for result, code in zip(results, self._own_types, strict=True)
        ]

    def _nested(self, results: tuple[Any, ...]) -> Any:
        """Returns the results of a call as the caller gets them."""
        if self.tree is not None:
            return self.tree.unflatten(list(results))
        return results[0] if len(results) == 1 else results or None

    def debug(self, *arguments: Any, **keywords: Any) -> Debugger:
        """Returns a debugger of this call, before its first instruction. Raises as a call does, and
        INVALID_ARGUMENT for functions that are not bytecode.
        """
        from ireelite.vm.debug.debugger import Debugger

        if self.tree is not None or keywords:
            arguments = self._flat(arguments, keywords)
        if len(arguments) != len(self._encode):
            raise self._wrong_count(arguments)
        values = [encode(argument) for encode, argument in zip(self._encode, arguments)]
        for value in values:
            if isinstance(value, BufferView) and isinstance(value.buffer, LentBuffer):
                value.buffer.keep()  # a debugger may stay for long
        if self.is_async:
            values += [None, Fence([(Semaphore(), 1)])]
        return Debugger(self._context, self._function, *values)

    def _wrong_count(self, arguments: Sequence[Any]) -> StatusError:
        error = invalid_argument(
            f"input list and function mismatch; expected {len(self._encode)} arguments "
            f"but passed {len(arguments)}"
        )
        return error.annotate(f"invoking function '{self.signature.name}'; `{self.signature}`")

    def _interrupted(self, stop: KeyboardInterrupt, begun: int) -> None:
        """Has an interrupt say in one line that it ended the call, and cancels what the call has
        submitted since it took the number `begun`.
        """
        from ireelite.interrupts import show_briefly

        show_briefly(stop, f"the call of '{self.signature.name}' was interrupted")
        cancel_since(begun, f"the call of '{self.signature.name}' was interrupted")

    def _recorded_call(self, recording: Recording, arguments: Sequence[Any]) -> Any:
        name = self.signature.name
        begun = next_number()
        with recording.call(name) as begin:
            values = [encode(argument) for encode, argument in zip(self._encode, arguments)]
            _record_uploads(recording, begin, values)
            try:
                return self._decoded(values)
            except StatusError as error:
                error.annotate(f"invoking function '{name}'")
                raise
            except KeyboardInterrupt as stop:
                self._interrupted(stop, begun)
                raise
            finally:
                return_lent(values, self.devices)

    def __repr__(self) -> str:
        on = ", ".join(device.id for device in self.devices)
        return f"<function {shortened(str(self.signature))} on {on}>"


def _record_uploads(recording: Recording, cause: int, values: Sequence[Any]) -> None:
    """Records an upload for each buffer made from a host array, and an import for each that another
    record has named. Other buffers already have a name.
    """
    for value in values:
        if isinstance(value, BufferView) and not recording.knows(value.buffer):
            # Recorded as a copy: whether an array is shared depends on its address, which varies.
            recording.upload(value.buffer, bool(value.buffer.root.name), [cause])


def _refuse(*arguments: Any) -> NoReturn:
    """Raises FAILED_PRECONDITION: takes the place of a closed module's functions."""
    raise StatusError(StatusCode.FAILED_PRECONDITION, "the module is closed")


def own_types(signature: Signature) -> list[int | None]:
    """Returns for each result the code of an element type that has one in this package alone, not in
    programs; None for other results. Empty if there is no such result.
    """
    types = [result.element_type for result in signature.results]
    codes = [None if type is None or type.has_hal_code else type.code for type in types]
    return codes if any(codes) else []


def signature_of(function: Function) -> Signature:
    """Returns the declared signature; without a declaration, what the calling convention says."""
    if declaration := function.reflection.get("iree.abi.declaration"):
        return parse_declaration(declaration)
    from ireelite.bytecode.calling_convention import parse_cconv

    types = {"i": "i32", "I": "i64", "f": "f32", "F": "f64", "r": "!vm.ref<?>"}
    convention = parse_cconv(function.cconv)
    arguments = [
        Argument(f"input{n}", types.get(kind, kind)) for n, kind in enumerate(convention.arguments)
    ]
    if is_async(function):
        arguments = arguments[:-2]
    results = [Argument(f"output{n}", types[kind]) for n, kind in enumerate(convention.results)]
    return Signature(function.name, tuple(arguments), tuple(results))
