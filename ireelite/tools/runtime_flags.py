"""Flags of the runtime tools, `--name=value` as upstream's tools take them, described in one table.

Flags that upstream's tools have and these have not are refused by name, saying what there is
instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ireelite.files import reason
from ireelite.status import StatusError, invalid_argument, near_names, not_found
from ireelite.whole_numbers import whole_number


@dataclass(frozen=True)
class Flag:
    """One flag. Without a value it means `--name=true`, or `value_if_bare` if that is given."""

    name: str
    parse: Callable[[str], Any]
    default: Any
    help: str
    repeated: bool = False
    value_if_bare: str | None = None


def boolean(text: str) -> bool:
    """Parses `true`, `false`, `1`, `0`."""
    if text.lower() in ("true", "1", "yes"):
        return True
    if text.lower() in ("false", "0", "no"):
        return False
    raise invalid_argument(f"'{text}' is neither true nor false")


def number(text: str) -> float:
    """Returns a float."""
    try:
        return float(text)
    except ValueError:
        raise invalid_argument(f"'{text}' is not a number") from None


def count(text: str) -> int:
    """Returns a whole number that is not negative."""
    if (number := whole_number(text)) is None:
        raise invalid_argument(f"'{text[:80]}' is not a whole number")
    return number


def one_of(*choices: str) -> Callable[[str], str]:
    """Returns a parser that accepts one of some words."""

    def parse(text: str) -> str:
        if text not in choices:
            raise invalid_argument(
                f"unrecognized value '{text}'; expected one of: {', '.join(choices)}"
            )
        return text

    return parse


CONTEXT_FLAGS = (
    Flag(
        "module",
        str,
        [],
        "A module: file.vmfb, - for stdin, file.py@create?key=value or lib.so@function?key=value; "
        "repeat in the order of dependencies.",
        True,
    ),
    Flag(
        "module_mode",
        one_of("preload", "mmap"),
        "preload",
        "How a module's file is loaded; it is read at once in either mode.",
    ),
    Flag(
        "device",
        str,
        [],
        "local-sync, local-task, webgpu or vulkan; repeat for several devices.",
        True,
    ),
    Flag(
        "task_topology_group_count",
        count,
        0,
        "Threads that compute on local-task, the caller included; 0 for one a core.",
    ),
    Flag("max_instructions", count, None, "Instructions of bytecode that one call may run."),
    Flag("deadline", number, None, "Seconds that one call may take."),
    Flag("max_memory", count, None, "Bytes that buffers, lists and globals may hold."),
    Flag(
        "trace_execution",
        boolean,
        False,
        "Prints each instruction with its operands' values to stderr.",
    ),
    Flag(
        "trusted",
        boolean,
        True,
        "Whether native code, shared libraries and Python files may run.",
    ),
    Flag(
        "parameters",
        str,
        [],
        "A file of parameters, .irpa, .safetensors or .gguf, behind its scope if it has one: "
        "file.irpa, scope=file.irpa; repeat for several.",
        True,
    ),
    Flag(
        "parameter_mode",
        one_of("file", "preload"),
        "file",
        "When parameters are read: file, as programs ask for them, or preload, all at once.",
    ),
    Flag("list_drivers", str, None, "Lists the drivers.", value_if_bare=""),
    Flag(
        "list_devices", str, None, "Lists the devices of all drivers, or of one.", value_if_bare=""
    ),
    Flag(
        "dump_devices",
        str,
        None,
        "Describes the devices of all drivers, or of one.",
        value_if_bare="",
    ),
)
"""Flags of every tool that runs modules."""

_RECORD = "use --record=FILE, which writes everything that happened as JSON"
_NO_TASKS = "threads are not placed; --task_topology_group_count is their number"
_REFUSED_PREFIXES = {
    "cuda_": "there is no CUDA driver; use --device=webgpu",
    "hip_": "there is no HIP driver; use --device=webgpu",
    "vulkan_": "Vulkan is reached through WebGPU, which sets itself up; use --device=webgpu",
    "task_": _NO_TASKS,
    "dump_task_topologies": _NO_TASKS,
    "device_profiling": _RECORD,
    "device_replay": _RECORD,
    "device_capture": _RECORD,
    "instrument_file": _RECORD,
    "print_device_statistics": "use --print_statistics",
    "device_lead_allocator": "each device has an allocator of its own",
    "device_allocator": "each device has an allocator of its own",
    "executable_plugin": "executables are loaded by the loaders in ireelite.loaders",
    "agents_md": "use --help",
    "dispatch_statistics": "use ireelite-run-module --record=FILE, which times each dispatch",
}


class Flags:
    """The values of a command line's flags, as attributes."""

    def __init__(self, tool: str, table: Sequence[Flag]):
        self.tool = tool
        self._table = {flag.name: flag for flag in table}
        for flag in table:
            setattr(self, flag.name, list(flag.default) if flag.repeated else flag.default)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{self.tool} has no flag --{name}")

    def parse(self, arguments: Sequence[str], inside: tuple[str, ...] = ()) -> bool:
        """Reads a command line; False if `--help` was asked for, which it prints.

        `inside` are the flag files that it stands in. Raises INVALID_ARGUMENT for unknown flags and
        values and for flag files that read themselves, NOT_FOUND for missing ones.
        """
        for argument in arguments:
            if argument in ("--help", "-h", "-help"):
                print(self.help())
                return False
            if not argument.startswith("--"):
                raise invalid_argument(
                    f"'{argument}' is not a flag; flags are written --name=value"
                )
            name, equals, value = argument[2:].partition("=")
            if name == "flagfile":
                if value in inside:
                    raise invalid_argument(f"flag file '{value}' reads itself")
                if not self.parse(_read_flag_file(value), (*inside, value)):
                    return False
                continue
            self._set(name, value if equals else None)
        return True

    def _set(self, name: str, text: str | None) -> None:
        flag = self._table.get(name)
        if flag is None:
            for prefix, instead in _REFUSED_PREFIXES.items():
                if name.startswith(prefix):
                    raise invalid_argument(f"flag '--{name}' is not supported: {instead}")
            raise invalid_argument(
                f"flag '{name}' not recognized{near_names(name, list(self._table))}"
            )
        if text is None:
            text = flag.value_if_bare
            if text is None and flag.parse is boolean:
                text = "true"
        if text is None:
            raise invalid_argument(f"flag '--{name}' needs a value: --{name}=...")
        try:
            value = flag.parse(text)
        except StatusError as error:
            error.annotate(f"parsing flag '--{name}={text}'")
            raise
        if flag.repeated:
            getattr(self, name).append(value)
        else:
            setattr(self, name, value)

    def help(self) -> str:
        """Returns all flags with their defaults, as text that is itself a flag file."""
        lines = [f"# {self.tool} --name=value ...", ""]
        for flag in self._table.values():
            lines.append(f"# {flag.help}")
            shown = "..." if flag.repeated or flag.default in (None, "") else _text(flag.default)
            comment = "# " if flag.repeated or flag.default in (None, "") else ""
            lines += [f"{comment}--{flag.name}={shown}", ""]
        lines += ["# Reads more flags from a file, one a line.", "# --flagfile=..."]
        return "\n".join(lines)


def _text(value: object) -> str:
    return (
        str(value).lower()
        if isinstance(value, bool)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def _read_flag_file(path: str) -> list[str]:
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise invalid_argument(f"flag file '{path}' is not text: {error.reason}") from error
    except (OSError, ValueError) as error:
        raise not_found(f"failed to open flag file '{path}': {reason(error)}") from error
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
