"""`TempFileSaver`: keeps what the compiler reads, is told and makes."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self


class TempFileSaver:
    """While it is entered, every compilation leaves its files in a folder.

    The environment variable `IREE_SAVE_TEMPS` names one for the whole process. Files of a later
    compilation get a number.
    """

    _entered: ClassVar[list[TempFileSaver]] = []

    def __init__(self, temp_path_pattern: str | os.PathLike[str]):
        """`{id}` in the path is the number of the process."""
        path = str(temp_path_pattern).replace("{id}", str(os.getpid()))
        self.retained_path = Path(path)

    @classmethod
    def save(cls, name: str, data: bytes) -> None:
        """Writes a file, if anybody asked for that."""
        saver = cls._entered[-1] if cls._entered else None
        if saver is None and (folder := os.environ.get("IREE_SAVE_TEMPS")):
            saver = cls(folder)
        if saver is not None:
            saver._write(name, data)

    def _write(self, name: str, data: bytes) -> None:
        self.retained_path.mkdir(parents=True, exist_ok=True)
        stem, dot, suffix = name.partition(".")
        target = self.retained_path / name
        number = 1
        while target.exists():
            target = self.retained_path / f"{stem}_{number}{dot}{suffix}"
            number += 1
        target.write_bytes(data)

    def __enter__(self) -> Self:
        self._entered.append(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._entered.remove(self)
