"""The object code that is kept on disk between processes: where it is, how much it is, and the end
of it.

    python -m ireelite.tools.code_cache
    python -m ireelite.tools.code_cache --clear
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ireelite.executables.code_cache import clear, directory, entries


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(prog="ireelite.tools.code_cache", description=__doc__)
    parser.add_argument("--clear", action="store_true", help="delete what is kept")
    options = parser.parse_args(arguments)
    folder = directory()
    if folder is None:
        print("the cache is off")
    elif options.clear:
        print(f"{folder}: {clear()} bytes deleted")
    else:
        files = entries()
        print(f"{folder}: {len(files)} objects, {sum(f.stat().st_size for f in files)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
