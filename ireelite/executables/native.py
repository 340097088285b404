"""The native executable: object code for one CPU, and the LLVM IR it was made from.

A format of this project's own, `ireelite-native-<arch>`: a FlatBuffer with the identifier `IRNE`.
Each entry point is a function of the C calling convention

    void entry_point(void *const *bindings, const void *constants, int64_t begin, int64_t end)

that runs the workgroups [begin, end). The object is relocatable (ELF, Mach-O or COFF by the triple)
and refers to no symbol outside itself. It runs on a CPU that has all of `features`; on any other
the IR is compiled again.
"""

from __future__ import annotations

from typing import Any

from ireelite.bytecode.flatbuffer import (
    Bytes,
    NestedVector,
    Scalar,
    Scalars,
    Table,
    Text,
    read,
)
from ireelite.light_dataclass import light_dataclass
from ireelite.status import StatusCode, StatusError, near_names, not_found

FILE_IDENTIFIER = b"IRNE"
VERSION = 1
ENTRY_POINT = Table(
    "NativeEntryPointDef", {"name": Text(), "binding_sizes": Scalars("Q")}, required=("name",)
)
EXECUTABLE = Table(
    "NativeExecutableDef",
    {
        "version": Scalar("I"),
        "triple": Text(),
        "cpu": Text(),
        "features": Text(),
        "entry_points": NestedVector(ENTRY_POINT),
        "object_code": Bytes(align=16),
        "llvm_ir": Text(),
    },
    required=("triple", "cpu", "features", "entry_points", "object_code", "llvm_ir"),
)


@light_dataclass(frozen=True)
class NativeEntryPoint:
    """One function of a native executable."""

    name: str
    binding_sizes: tuple[int, ...]
    """The least number of bytes behind each binding's pointer."""


@light_dataclass(frozen=True)
class NativeExecutable:
    """Object code for a CPU, and what is needed to find its functions and to make it anew for
    another.
    """

    entry_points: tuple[NativeEntryPoint, ...]
    object_code: bytes | memoryview
    cpu: str
    """LLVM's name of the CPU the object was made for."""
    features: str
    """LLVM's list of what it may use, sorted: `+avx2,+fma,-amx-tile`."""
    llvm_ir: str
    """The module before optimisation; it names no CPU."""
    triple: str

    def entry_point(self, name: str) -> NativeEntryPoint:
        """Returns the entry point of that name. Raises NOT_FOUND."""
        for entry in self.entry_points:
            if entry.name == name:
                return entry
        known = [entry.name for entry in self.entry_points]
        raise not_found(f"native executable has no entry point '{name}'{near_names(name, known)}")

    def encode(self) -> bytes:
        """Returns the container; equal executables give equal bytes."""
        value = {
            "version": VERSION,
            "triple": self.triple,
            "cpu": self.cpu,
            "features": self.features,
            "entry_points": [
                {"name": entry.name, "binding_sizes": entry.binding_sizes}
                for entry in self.entry_points
            ],
            "object_code": self.object_code,
            "llvm_ir": self.llvm_ir,
        }
        from ireelite.bytecode.flatbuffer_writer import write

        return write(EXECUTABLE, value, identifier=FILE_IDENTIFIER)

    @classmethod
    def decode(cls, data: Any) -> NativeExecutable:
        """Reads a container from any buffer; the object code is a view into it.

        Raises DATA_LOSS if it is damaged, and INCOMPATIBLE if it is of another version.
        """
        value = read(EXECUTABLE, data, identifier=FILE_IDENTIFIER)
        if value["version"] != VERSION:
            raise StatusError(
                StatusCode.INCOMPATIBLE,
                f"native executable has version {value['version']}; this runtime reads version "
                f"{VERSION}",
            )
        for name in EXECUTABLE.required:
            if value[name] is None:
                raise StatusError(StatusCode.DATA_LOSS, f"native executable has no {name}")
        entry_points: list[NativeEntryPoint] = []
        for entry in value["entry_points"]:
            if entry["name"] is None:
                raise StatusError(
                    StatusCode.DATA_LOSS, "a native executable's entry point has no name"
                )
            entry_points.append(
                NativeEntryPoint(entry["name"], tuple(entry["binding_sizes"] or ()))
            )
        if len({entry.name for entry in entry_points}) != len(entry_points):
            raise StatusError(
                StatusCode.DATA_LOSS, "a native executable's entry points must have different names"
            )
        return cls(
            tuple(entry_points),
            value["object_code"],
            value["cpu"],
            value["features"],
            value["llvm_ir"],
            value["triple"],
        )
