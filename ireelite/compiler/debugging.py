"""`TempFileSaver`: keeps what the compiler reads, is told and makes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar, Self

from ireelite.files import write_whole

VARIABLE = "IREE_SAVE_TEMPS"


class TempFileSaver:
    """While it is entered, every compilation leaves its files in a folder.

    The environment variable `IREE_SAVE_TEMPS` names one for the whole process. Files of a later
    compilation get a number.
    """

    _entered: ClassVar[list[TempFileSaver]] = []

    def __init__(self, temp_path_pattern: str | os.PathLike[str] | None = None):
        """Keeps files in the folder `temp_path_pattern`, with `{id}` replaced by the process id. By
        default the environment variable names the folder.
        """
        pattern = str(temp_path_pattern or os.environ.get(VARIABLE, ""))
        self.retained_path = pattern.replace("{id}", str(os.getpid()))
        """The folder; empty if nothing is kept."""

    @property
    def retained(self) -> bool:
        """Whether anything is kept."""
        return bool(self.retained_path)

    @classmethod
    def save(cls, name: str, data: bytes) -> None:
        """Writes a file, if anybody asked for that."""
        saver = cls._entered[-1] if cls._entered else cls()
        if saver.retained:
            saver._write(name, data)

    def _write(self, name: str, data: bytes) -> None:
        folder = Path(self.retained_path)
        folder.mkdir(parents=True, exist_ok=True)
        stem, dot, suffix = name.partition(".")
        target = folder / name
        number = 1
        while target.exists():
            target = folder / f"{stem}_{number}{dot}{suffix}"
            number += 1
        write_whole(target, data)

    def __enter__(self) -> Self:
        self._entered.append(self)
        return self

    def __exit__(self, *raised: object) -> None:
        self._entered.remove(self)
