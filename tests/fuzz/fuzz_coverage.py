"""Which of the verifier's reasons to refuse a module were met.

They are found in its source: each `raise _invalid(...)`, and the one of `ref_types`. What makes
these errors is replaced by what also notes the line it was called from.
"""

from __future__ import annotations

import ast
import inspect
import sys
from types import ModuleType, TracebackType
from typing import Any

from ireelite.bytecode import ref_types, verify
from ireelite.status import StatusError


def reasons(module: ModuleType) -> dict[int, str]:
    """What each refusal of a module says, by the line at which it is made."""
    return {
        node.lineno: ast.unparse(node.args[0])
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "_invalid"
    }


class VerifierCoverage:
    """Counts while it is open, as a context manager."""

    def __init__(self) -> None:
        self.reasons = {
            (module.__name__, line): text
            for module in (verify, ref_types)
            for line, text in reasons(module).items()
        }
        self.met: set[tuple[str, int]] = set()
        self._originals: dict[ModuleType, Any] = {}

    def __enter__(self) -> VerifierCoverage:
        for module in (verify, ref_types):
            self._originals[module] = vars(module)["_invalid"]
            vars(module)["_invalid"] = self._noting
        return self

    def _noting(self, message: str) -> StatusError:
        caller = sys._getframe(1)
        self.met.add((caller.f_globals["__name__"], caller.f_lineno))
        return self._originals[verify](message)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for module, original in self._originals.items():
            vars(module)["_invalid"] = original

    def summary(self) -> str:
        """How many reasons were met, and those that were not."""
        lines = [
            f"verifier: {len(self.met & set(self.reasons))} of {len(self.reasons)} refusals met"
        ]
        for (module, line), text in sorted(self.reasons.items()):
            if (module, line) not in self.met:
                lines.append(f"  never met: {module.rpartition('.')[2]}.py:{line}: {text}")
        return "\n".join(lines)
