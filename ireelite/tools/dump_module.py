"""`ireelite-dump-module`: prints what a `.vmfb` file holds."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from ireelite.bytecode.decode import decode_module
from ireelite.bytecode.describe import describe_module, read_root, to_json
from ireelite.bytecode.disassemble import disassemble_module
from ireelite.bytecode.locations import FileLineCol
from ireelite.bytecode.module_def import ModuleDef
from ireelite.files import code_of, reason
from ireelite.status import StatusError, invalid_argument, near_names, not_found
from ireelite.tools.endings import exit_code
from ireelite.tools.run_context import print_error
from ireelite.tools.runtime_flags import Flag, Flags, boolean, one_of
from ireelite.whole_numbers import whole_number

TABLE = (
    Flag(
        "output",
        one_of("all", "metadata", "disassembly", "flatbuffer-binary", "flatbuffer-json"),
        "all",
        "What to print: metadata and sizes, the functions' instructions, or the FlatBuffer.",
    ),
    Flag("function", str, "", "Disassembles only this function, a name or an internal ordinal."),
    Flag("bytecode_offsets", boolean, False, "Shows the byte offset of every instruction."),
    Flag(
        "source_lines",
        boolean,
        False,
        "Shows above instructions where in the source they come from, and the line if it is there.",
    ),
    Flag("pretty", boolean, False, "Indents JSON."),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the tool; returns the exit code: 0, or 1 for errors."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return exit_code(
        "ireelite-dump-module", lambda: _run(given), print_error, owns_process=arguments is None
    )


def _run(given: list[str]) -> int:
    flags = Flags("ireelite-dump-module", TABLE)
    paths = [argument for argument in given if argument == "-" or not argument.startswith("-")]
    if not flags.parse([argument for argument in given if argument not in paths]):
        return 0
    if len(paths) != 1:
        raise invalid_argument(
            f"{len(paths)} files given; the syntax is: "
            "ireelite-dump-module [--output=...] module.vmfb"
        )
    try:
        _dump(flags, _read(paths[0]))
    except StatusError as error:
        raise error.annotate(f"dumping module '{paths[0]}'") from None
    return 0


def _dump(flags: Flags, data: bytes) -> None:
    match flags.output:
        case "flatbuffer-binary":
            sys.stdout.buffer.write(read_root(data)[0].flatbuffer[4:])
            sys.stdout.buffer.flush()
        case "flatbuffer-json":
            print(to_json(data, flags.pretty))
        case "metadata":
            print(describe_module(data), end="")
        case "disassembly":
            print(_disassembly(flags, data), end="")
        case _:
            # Everything before anything is printed: a file is malformed as a whole.
            text = f"{describe_module(data)}\n{_disassembly(flags, data)}"
            print(text, end="")


def _disassembly(flags: Flags, data: bytes) -> str:
    module = decode_module(data)
    sources = _source_line if flags.source_lines else None
    if not flags.function:
        return disassemble_module(module, flags.bytecode_offsets, sources=sources)
    ordinal = _ordinal(module, flags.function)
    heading = disassemble_module(replace(module, functions=[]))
    function = disassemble_module(module, flags.bytecode_offsets, [ordinal], sources)
    return f"{heading}\n{function}"


def _source_line(place: FileLineCol) -> str:
    """Returns the line of a source that is a file here, else nothing."""
    lines = _source_lines(place.filename)
    return lines[place.line - 1].strip() if 0 < place.line <= len(lines) else ""


@cache
def _source_lines(filename: str) -> list[str]:
    try:
        return Path(filename).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return []


def _ordinal(module: ModuleDef, name: str) -> int:
    """Returns the ordinal of the function that a name, an internal name (`fn2`) or a number means.
    Raises NOT_FOUND.
    """
    names = {module.function_name(ordinal): ordinal for ordinal in range(len(module.functions))}
    names.update({row.name: row.ordinal for row in module.exports})
    if name in names:
        return names[name]
    if (ordinal := whole_number(name)) is not None:
        if ordinal < len(module.functions):
            return ordinal
        raise not_found(
            f"no function {name}; module '{module.name}' has {len(module.functions)}, from 0"
        )
    raise not_found(f"no function `{name}` in module '{module.name}'{near_names(name, [*names])}")


def _read(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise StatusError(
            code_of(error), f"failed to open file '{path}': {reason(error)}"
        ) from error


if __name__ == "__main__":
    sys.exit(main())
