"""The container of `vulkan-spirv-fb` executables: SPIR-V modules, and a pipeline for each entry
point.

A 64-byte header (`VKE1`, version 0, size of what follows) and a FlatBuffer. This is IREE's format;
both sides of the schema's dispatch ABIs are read, descriptors are written.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from ireelite.bytecode.flatbuffer import (
    Nested,
    NestedVector,
    Scalar,
    Scalars,
    Structs,
    Table,
    Text,
    read,
)
from ireelite.light_dataclass import light_dataclass
from ireelite.status import StatusCode, StatusError

MAGIC = b"VKE1"
HEADER = struct.Struct("<4sIQ48x")
COMPUTE_STAGE = 32

BINDING = Table(
    "DescriptorSetLayoutBindingDef",
    {
        "binding": Scalar("I"),
        "descriptor_type": Scalar("I"),
        "descriptor_count": Scalar("I"),
        "stage_flags": Scalar("I"),
    },
)
SET_LAYOUT = Table("DescriptorSetLayoutDef", {"bindings": NestedVector(BINDING)})
PIPELINE_LAYOUT = Table(
    "PipelineLayoutDef",
    {
        "descriptor_set_layout_ordinals": Scalars("I"),
        "push_constant_ranges": Structs("III", align=4),
    },
)
SHADER_MODULE = Table("ShaderModuleDef", {"spirv_code": Scalars("I")})
UNREAD = Table("Unread")
PIPELINE = Table(
    "PipelineDef",
    {
        "shader_module_ordinal": Scalar("I"),
        "entry_point": Text(),
        "pipeline_layout_ordinal": Scalar("I"),
        "subgroup_size": Scalar("I"),
        "debug_info": Nested(UNREAD),
        "dispatch_abi": Scalar("B"),
        "bda_dispatch_layout": Nested(UNREAD),
    },
)
EXECUTABLE = Table(
    "ExecutableDef",
    {
        "pipelines": NestedVector(PIPELINE),
        "descriptor_set_layouts": NestedVector(SET_LAYOUT),
        "pipeline_layouts": NestedVector(PIPELINE_LAYOUT),
        "shader_modules": NestedVector(SHADER_MODULE),
        "source_files": NestedVector(UNREAD),
    },
)


class DescriptorType(IntEnum):
    """What a binding is, numbered as in Vulkan."""

    UNIFORM_BUFFER = 6
    STORAGE_BUFFER = 7


@light_dataclass(frozen=True)
class Vke1Binding:
    """A buffer of a descriptor set."""

    binding: int
    type: DescriptorType = DescriptorType.STORAGE_BUFFER


@light_dataclass(frozen=True)
class Vke1Pipeline:
    """An entry point, and what must be bound to dispatch it."""

    entry_point: str
    shader: int
    """Which of the executable's shaders has it."""
    sets: tuple[tuple[Vke1Binding, ...], ...]
    """The bindings of each descriptor set."""
    push_constant_bytes: int = 0
    subgroup_size: int = 0
    """The subgroup size it was compiled for; 0 if it takes any."""


@light_dataclass(frozen=True)
class Vke1Executable:
    """All that a `vulkan-spirv-fb` executable holds.

    A dispatch names a pipeline by its entry point.
    """

    shaders: tuple[bytes, ...]
    """SPIR-V words, little-endian."""
    pipelines: tuple[Vke1Pipeline, ...]

    def pipeline(self, entry_point: str) -> Vke1Pipeline | None:
        """Returns the pipeline of an entry point."""
        return next((p for p in self.pipelines if p.entry_point == entry_point), None)


def encode_vke1(executable: Vke1Executable) -> bytes:
    """Returns the bytes of an executable: header and FlatBuffer."""
    set_layouts = _Ordinals()
    layouts = _Ordinals()
    pipelines = [
        {
            "shader_module_ordinal": pipeline.shader,
            "entry_point": pipeline.entry_point,
            "pipeline_layout_ordinal": layouts.of(
                (tuple(set_layouts.of(s) for s in pipeline.sets), pipeline.push_constant_bytes)
            ),
            "subgroup_size": pipeline.subgroup_size,
        }
        for pipeline in executable.pipelines
    ]
    value = {
        "pipelines": pipelines,
        "descriptor_set_layouts": [
            {"bindings": [_binding(b) for b in s]} for s in set_layouts.known
        ],
        "pipeline_layouts": [
            {
                "descriptor_set_layout_ordinals": sets,
                "push_constant_ranges": [(COMPUTE_STAGE, 0, size)] if size else None,
            }
            for sets, size in layouts.known
        ],
        "shader_modules": [
            {"spirv_code": struct.unpack(f"<{len(code) // 4}I", code)}
            for code in executable.shaders
        ],
    }
    from ireelite.bytecode.flatbuffer_writer import write

    content = write(EXECUTABLE, value, identifier=MAGIC)
    return HEADER.pack(MAGIC, 0, len(content)) + content


class _Ordinals:
    """Distinct values, numbered as they come."""

    def __init__(self) -> None:
        self.known: list[Any] = []

    def of(self, value: Any) -> int:
        if value not in self.known:
            self.known.append(value)
        return self.known.index(value)


def _binding(binding: Vke1Binding) -> dict[str, int]:
    return {
        "binding": binding.binding,
        "descriptor_type": binding.type,
        "descriptor_count": 1,
        "stage_flags": COMPUTE_STAGE,
    }


def decode_vke1(data: bytes | bytearray | memoryview) -> Vke1Executable:
    """Reads an executable, ours or upstream's.

    Raises DATA_LOSS if it is none, UNIMPLEMENTED for pipelines that take their buffers by 64-bit
    address.
    """
    if len(data) < HEADER.size:
        raise _broken(f"{len(data)} bytes are less than the header of an executable")
    magic, version, size = HEADER.unpack_from(data)
    if magic != MAGIC or version != 0:
        raise _broken(
            f"an executable begins with {MAGIC!r} version 0, not {magic!r} version {version}"
        )
    if size > len(data) - HEADER.size:
        raise _broken(
            f"the executable has {size} bytes, but {len(data) - HEADER.size} follow its header"
        )
    content = memoryview(data)[HEADER.size : HEADER.size + size]
    root = read(EXECUTABLE, content, identifier=MAGIC)
    shaders = tuple(
        struct.pack(f"<{len(code)}I", *code)
        for code in (module["spirv_code"] or () for module in root["shader_modules"] or ())
    )
    pipelines = tuple(
        _pipeline(pipeline, root, len(shaders)) for pipeline in root["pipelines"] or ()
    )
    return Vke1Executable(shaders, pipelines)


def _pipeline(pipeline: dict[str, Any], root: dict[str, Any], shaders: int) -> Vke1Pipeline:
    name = pipeline["entry_point"] or ""
    if pipeline["dispatch_abi"] != 0:
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            f"entry point '{name}' takes its buffers by device address; compile it for descriptors",
        )
    if pipeline["shader_module_ordinal"] >= shaders:
        raise _broken(
            f"entry point '{name}' is in shader {pipeline['shader_module_ordinal']} of {shaders}"
        )
    layout = _at(root["pipeline_layouts"], pipeline["pipeline_layout_ordinal"], "pipeline layout")
    sets = tuple(
        tuple(
            _read_binding(b)
            for b in _at(root["descriptor_set_layouts"], o, "set layout")["bindings"] or ()
        )
        for o in layout["descriptor_set_layout_ordinals"] or ()
    )
    push_constants = max(
        (at + size for _, at, size in layout["push_constant_ranges"] or ()), default=0
    )
    return Vke1Pipeline(
        name, pipeline["shader_module_ordinal"], sets, push_constants, pipeline["subgroup_size"]
    )


def _read_binding(binding: dict[str, int]) -> Vke1Binding:
    try:
        return Vke1Binding(binding["binding"], DescriptorType(binding["descriptor_type"]))
    except ValueError as error:
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            f"descriptor type {binding['descriptor_type']} is not a buffer",
        ) from error


def _at(items: Sequence[dict[str, Any]] | None, ordinal: int, what: str) -> dict[str, Any]:
    if ordinal >= len(items or ()):
        raise _broken(f"there is no {what} {ordinal}")
    assert items is not None
    return items[ordinal]


def _broken(why: str) -> StatusError:
    return StatusError(StatusCode.DATA_LOSS, why)
