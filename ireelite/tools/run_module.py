"""`ireelite-run-module`: calls one function of a module and prints, saves or checks its results."""

from __future__ import annotations

import gc
import struct
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ireelite.element_types import from_code, from_name
from ireelite.hal.buffer import Buffer as HalBuffer
from ireelite.hal.buffer import BufferView
from ireelite.hal.recording import Recording
from ireelite.hal.statistics import Statistics
from ireelite.records import ExecutionRecorder
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.tools import runtime_flags
from ireelite.tools.comparison import IGNORED, Scalar, Tolerance, Value, compare_all
from ireelite.tools.run_context import (
    RunContext,
    declaration,
    parse_inputs,
    read_values,
    result_kinds,
)
from ireelite.tools.runtime_flags import CONTEXT_FLAGS, Flag, Flags
from ireelite.tools.runtime_tool import run_tool
from ireelite.value_files import InputFiles, OutputFiles
from ireelite.values import TensorValue, format_number, format_scalar, format_tensor
from ireelite.vm.refs import Buffer, List, number_type

if TYPE_CHECKING:
    from ireelite.vm.function import Function

RESULT_FLAGS = (
    Flag(
        "output",
        str,
        [],
        "What to do with a result: - prints, @f.npy or @f.bin writes, +f appends, '' drops.",
        True,
    ),
    Flag(
        "expected_output",
        str,
        [],
        "What a result must be, written like an input; (ignored) takes any.",
        True,
    ),
    Flag(
        "expected_f16_threshold", runtime_flags.number, 1e-3, "Absolute tolerance of f16 results."
    ),
    Flag(
        "expected_f32_threshold", runtime_flags.number, 1e-4, "Absolute tolerance of f32 results."
    ),
    Flag(
        "expected_f64_threshold", runtime_flags.number, 1e-4, "Absolute tolerance of f64 results."
    ),
    Flag(
        "expected_bf16_threshold", runtime_flags.number, 1e-2, "Absolute tolerance of bf16 results."
    ),
    Flag("expected_rtol", runtime_flags.number, 1e-5, "Relative tolerance of float results."),
    Flag(
        "equality_mode",
        runtime_flags.one_of("approximate", "exact"),
        "approximate",
        "How floats compare.",
    ),
    Flag(
        "output_max_element_count",
        runtime_flags.count,
        1024,
        "How many elements of a result to print.",
    ),
)
"""Flags of what is done with a call's results: see `process_results`."""

TABLE = (
    *CONTEXT_FLAGS,
    Flag("function", str, "", "The function to call; may be left out if there is only one."),
    Flag(
        "input",
        str,
        [],
        "An argument: 2x3xf32=1 2 3 4 5 6, 2x3xf32=1, i64=9, @f.npy, 4xf32=@f.bin, 7.",
        True,
    ),
    *RESULT_FLAGS,
    Flag("print_statistics", runtime_flags.boolean, False, "Prints memory statistics to stderr."),
    Flag("record", str, "", "A file for the record of everything that happens, as JSON."),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the tool; returns 0, or 1 for errors and for results that are not as expected."""
    return run_tool(Flags("ireelite-run-module", TABLE), arguments, _run)


def _run(flags: Flags) -> int:
    recorder = ExecutionRecorder(" ".join(flags.device)) if flags.record else None
    recording = None if recorder is None else Recording(recorder)
    context = RunContext(flags, recording)
    statistics = [Statistics() for _ in context.devices]
    if flags.print_statistics:
        for device, counted in zip(context.devices, statistics):
            device.allocator.statistics = counted
    function = context.function(flags.function)
    inputs = parse_inputs(flags.input, function, context)
    print(f"EXEC @{function.name}", flush=True)
    results = list(context.call(function, inputs))
    del inputs
    try:
        code = process_results(flags, function, results)
    except StatusError as error:
        error.annotate("processing function outputs").annotate(f"`{declaration(function)}`")
        raise
    if recorder is not None:
        recorder.device = " ".join(device.id for device in context.devices)
        recorder.record.save(flags.record)
    if flags.print_statistics:
        devices = context.devices
        results.clear()
        context.context.close()
        del function, context
        gc.collect()
        for device, counted in zip(devices, statistics):
            device.allocator.statistics = None
            print(f"Device: {device.id}\n{counted.report()}\n", file=sys.stderr)
    return code


def process_results(flags: Flags, function: Function, results: list[Any]) -> int:
    """Prints, saves or compares results as `RESULT_FLAGS` say; returns the exit code, 1 if they
    are not as expected. Raises OUT_OF_RANGE for a wrong number of outputs."""
    if flags.expected_output:
        return _check(flags, function, results)
    kinds = result_kinds(function)
    if not flags.output:
        for position, (result, kind) in enumerate(zip(results, kinds)):
            print(f"result[{position}]: {_describe(result, kind, flags.output_max_element_count)}")
        return 0
    if len(flags.output) != len(results):
        raise StatusError(
            StatusCode.OUT_OF_RANGE,
            f"{len(flags.output)} outputs specified but the function has {len(results)} results",
        ).annotate("outputting results")
    files = OutputFiles()
    for target, result, kind in zip(flags.output, results, kinds):
        if target == "-":
            print(_describe(result, kind, flags.output_max_element_count))
        elif target:
            if target[0] not in "@+":
                raise invalid_argument(f"output `{target}` is none of: -, @file, +file, or nothing")
            files.write(target, _as_tensor(result, kind))
    files.commit()
    return 0


def _check(flags: Flags, function: Function, results: list[Any]) -> int:
    kinds = result_kinds(function)
    tolerance = Tolerance(
        {
            "f16": flags.expected_f16_threshold,
            "f32": flags.expected_f32_threshold,
            "f64": flags.expected_f64_threshold,
            "bf16": flags.expected_bf16_threshold,
        },
        flags.expected_rtol,
        flags.equality_mode == "exact",
    )
    expected = parse_expected(flags.expected_output, kinds)
    actual = [
        None if want == IGNORED else value_of(r, k)
        for want, r, k in _padded(expected, results, kinds)
    ]
    reports = compare_all(expected, actual, tolerance, flags.output_max_element_count)
    if reports:
        print("\n".join(reports))
        return 1
    print("[SUCCESS] all function outputs matched their expected values.")
    return 0


def _padded(
    expected: list[Value | str], results: list[Any], kinds: list[str]
) -> list[tuple[Value | str, Any, str]]:
    wants = [*expected, *[IGNORED] * (len(results) - len(expected))]
    return list(zip(wants, results, kinds))


def parse_expected(texts: Sequence[str], kinds: Sequence[str]) -> list[Value | str]:
    """Parses `--expected_output` flags for results of these kinds; `(ignored)` stays as it is."""
    files = InputFiles()
    expected: list[Value | str] = []
    try:
        for text in texts:
            expected += _read_expected(text, kinds[len(expected) :] or ["r"], files)
    except StatusError as error:
        error.annotate("parsing expected function outputs")
        raise
    finally:
        files.close()
    return expected


def _read_expected(text: str, kinds: Sequence[str], files: InputFiles) -> list[Value | str]:
    if text.strip() == IGNORED:
        return [IGNORED]
    try:
        values = read_values(text, kinds, files)
    except StatusError as error:
        error.annotate(f"parsing input `{text}`")
        raise
    return [(k, v) if isinstance(v, (int, float)) else v for v, k in zip(values, kinds)]


def value_of(result: Any, kind: str) -> Value:
    """Returns a VM result as plain data. Raises UNIMPLEMENTED for references that are no tensors."""
    if kind != "r":
        return kind, result
    if result is None:
        return None
    if isinstance(result, BufferView):
        return _tensor_of(result)
    raise StatusError(
        StatusCode.UNIMPLEMENTED, f"a result of type {result.vm_type} cannot be compared"
    )


def _as_tensor(result: Any, kind: str) -> TensorValue:
    """Returns what a file gets of a result: bytes of a buffer, and none of a null.

    Raises INVALID_ARGUMENT for other references.
    """
    if kind != "r":
        return _scalar_tensor((kind, result))
    match result:
        case None:
            data = b""
        case BufferView():
            return _tensor_of(result)
        case HalBuffer():
            data = bytes(result.read())
        case Buffer():
            data = bytes(result.data)
        case _:
            raise invalid_argument(
                f"a result of type {result.vm_type} cannot be saved; hal.buffer_view, hal.buffer "
                "and vm.buffer can"
            )
    return TensorValue((len(data),), from_name("i8"), data)


def _tensor_of(view: BufferView) -> TensorValue:
    return TensorValue(tuple(view.shape), from_code(view.element_type), view.contents())


def _scalar_tensor(value: Scalar) -> TensorValue:
    kind, number = value
    name, code = {"i": ("i32", "i"), "I": ("i64", "q"), "f": ("f32", "f"), "F": ("f64", "d")}[kind]
    return TensorValue((), from_name(name), struct.pack(f"<{code}", number))


def _describe(result: Any, kind: str, max_elements: int, above: tuple[List, ...] = ()) -> str:
    """Formats a result, or an item of the last of the lists `above`, which it is in."""
    if kind != "r":
        return format_scalar(result, kind)
    match result:
        case None:
            return "(null)"
        case int() | float():
            return format_number(result, number_type(result, above[-1].element_type))
        case BufferView():
            return f"hal.buffer_view\n{format_tensor(_tensor_of(result), max_elements)}"
        case List() if any(result is one for one in above):
            return "vm.list\n(a list above)"
        case List():
            rows = [
                f"child_list[{position}]: " + _describe(item, "r", max_elements, (*above, result))
                for position, item in enumerate(result.items)
            ]
            return "\n".join(["vm.list", *rows, ""])
    return f"{result.vm_type}\n(no printer)"


if __name__ == "__main__":
    sys.exit(main())
