"""Prints where object code and translated bytecode are kept between processes and how much there is,
or deletes them.

python -m ireelite.tools.code_cache
python -m ireelite.tools.code_cache --clear
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ireelite.executables.code_cache import (
    DIRECTORY_VARIABLE,
    MAX_BYTES,
    SWITCH,
    clear,
    directory,
    entries,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status: 1 if some files could not be deleted."""
    parser = argparse.ArgumentParser(
        prog="python -m ireelite.tools.code_cache",
        description="Prints where object code and translated bytecode are kept between processes "
        "and how much there is, or deletes them.",
        epilog=f"{DIRECTORY_VARIABLE} names another directory; {SWITCH}=0 has nothing kept.",
    )
    parser.add_argument("--clear", action="store_true", help="delete all of them")
    options = parser.parse_args(arguments)
    folder = directory()
    if folder is None:
        print(f"nothing is kept: {SWITCH} switches the cache off, or there is no directory for it")
        return 0
    if options.clear:
        print(f"{folder}: deleted {clear():,} bytes")
        if left := entries():
            print(f"{folder}: {len(left)} files could not be deleted", file=sys.stderr)
        return bool(left)
    files = entries()
    size = sum(file.stat().st_size for file in files)
    print(f"{folder}: {len(files)} files, {size:,} of at most {MAX_BYTES:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
