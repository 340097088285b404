"""Dumps of other compilers: a line reader of what `iree-compile`, `mlir-opt` and `xdsl-opt` print
between passes, for programs in dialects that no library here knows.
"""

from workbench.dumps.reader import is_dump, read_dump

__all__ = ["is_dump", "read_dump"]
