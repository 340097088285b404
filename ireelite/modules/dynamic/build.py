"""Building dynamic modules with the system's compiler."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from ireelite.status import StatusCode, StatusError, invalid_argument, not_found

_COMPILERS = {"c": ("CC", "cc", "gcc", "clang"), "c++": ("CXX", "c++", "g++", "clang++")}
"""Language -> an environment variable that names the compiler, and commands to try."""

_STANDARDS = {"c": "-std=c99", "c++": "-std=c++17"}
_SUFFIXES = {".c": "c", ".cc": "c++", ".cpp": "c++", ".cxx": "c++"}


def get_include() -> str:
    """Returns the directory to give to a compiler with `-I`, so that it finds `ireelite/*.h`."""
    return str(Path(__file__).resolve().parents[2] / "include")


def find_compiler(language: str = "c++") -> list[str]:
    """Returns the command of a compiler for `c` or `c++`: what CC or CXX say, or what the system
    has.

    Raises UNAVAILABLE if there is none.
    """
    variable, *commands = _COMPILERS[language]
    if named := shlex.split(os.environ.get(variable, "")):
        commands = [named[0]]
    for command in commands:
        if path := shutil.which(command):
            return [path, *named[1:]]
    raise StatusError(
        StatusCode.UNAVAILABLE,
        f"no {language.upper()} compiler was found (tried {', '.join(commands)}); install one, or "
        f"name it in the environment variable {variable}",
    )


def build_dynamic_module(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str] | None = None,
    flags: Sequence[str] = (),
) -> Path:
    """Compiles a C or C++ file to a shared library, and returns the library's path.

    Without `output` that is a file of the source's name in a directory that is removed at the end
    of the process. `flags` are handed to the compiler. Raises NOT_FOUND for a missing source,
    UNAVAILABLE without a compiler, and INVALID_ARGUMENT with what the compiler says about a source
    that it does not take.
    """
    path = Path(source)
    if not path.is_file():
        raise not_found(f"failed to open file '{path}'")
    language = _SUFFIXES.get(path.suffix)
    if language is None:
        raise invalid_argument(f"'{path}' is neither C nor C++: {', '.join(_SUFFIXES)} are")
    library = Path(output) if output is not None else Path(_directory()) / f"{path.stem}.so"
    compiler = find_compiler(language)
    command = [
        *compiler, _STANDARDS[language], "-O1", "-g", "-shared", "-fPIC", "-pthread",
        *_unloadable(tuple(compiler)), f"-I{get_include()}", *flags, str(path), "-o", str(library),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode:
        raise invalid_argument(f"'{compiler[0]}' cannot build '{path}':\n{done.stderr.strip()}")
    return library


@cache
def _unloadable(compiler: tuple[str, ...]) -> list[str]:
    """Returns flags that let the library be unloaded: GCC would mark some of C++'s symbols as
    unique, which keeps it loaded.
    """
    said = subprocess.run([*compiler, "--version"], capture_output=True, text=True).stdout
    return [] if "clang" in said else ["-fno-gnu-unique"]


@cache
def _directory() -> str:
    import atexit

    directory = tempfile.mkdtemp(prefix="ireelite-")
    atexit.register(shutil.rmtree, directory, True)
    return directory
