"""Loader of `vulkan-spirv-fb` for WebGPU devices: one compute pipeline for each entry point."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from ireelite.executables.naga_lint import lint_for_naga
from ireelite.executables.spirv_check import check_ids, check_phis
from ireelite.executables.spirv_decode import SpirvModule, decode_spirv
from ireelite.executables.spirv_encode import encode_spirv
from ireelite.executables.spirv_grammar import ENUMS
from ireelite.executables.spirv_rewrite import rewrite_for_naga
from ireelite.executables.vke1 import DescriptorType, Vke1Executable, Vke1Pipeline, decode_vke1
from ireelite.hal.drivers.webgpu_encoder import GpuExecutable, GpuPipeline
from ireelite.hal.drivers.webgpu_gpu import Gpu
from ireelite.status import StatusCode, StatusError, invalid_argument


class SpirvLoader:
    """Makes the pipelines of SPIR-V executables on one device."""

    formats = ("vulkan-spirv-fb",)
    native = False

    def __init__(self, gpu: Gpu):
        self._gpu = gpu

    def load(self, format: str, data: memoryview, constants: memoryview | None) -> GpuExecutable:
        """Makes all pipelines.

        Raises DATA_LOSS for damaged data, INCOMPATIBLE for a shader that needs what the device has
        not, INVALID_ARGUMENT with the validation error for refused SPIR-V, and UNIMPLEMENTED for
        SPIR-V that would compute wrong numbers and cannot be rewritten.
        """
        if constants is not None and len(constants):
            raise invalid_argument("SPIR-V executables take no executable constants")
        executable = decode_vke1(data)
        shaders: dict[int, Any] = {}
        pipelines: dict[str, GpuPipeline] = {}
        for pipeline in executable.pipelines:
            with _creating(pipeline):
                pipelines[pipeline.entry_point] = self._pipeline(executable, pipeline, shaders)
        return LoadedSpirvExecutable(format, pipelines, executable)

    def try_out(self, format: str, data: memoryview) -> None:
        """Compiles each shader and its pipelines in a child process.

        Raises what `load` raises, and INVALID_ARGUMENT for a shader that crashes its compiler.
        """
        from ireelite.loaders.shader_trial import TriedPipeline, trials_for

        executable = decode_vke1(data)
        trials = trials_for(self._gpu.index, self._gpu.features)
        for pipeline in executable.pipelines:
            with _creating(pipeline):
                sets = tuple(tuple(bindings) for bindings in _sets(pipeline))
                tried = TriedPipeline(pipeline.entry_point, sets, pipeline.push_constant_bytes)
                words = executable.shaders[pipeline.shader]
                trials.check(prepare_shader(words, self._gpu.features), [tried])

    def _pipeline(
        self, executable: Vke1Executable, pipeline: Vke1Pipeline, shaders: dict[int, Any]
    ) -> GpuPipeline:
        sets = _sets(pipeline)
        if pipeline.shader not in shaders:
            words = executable.shaders[pipeline.shader]
            prepared = prepare_shader(words, self._gpu.features)
            shaders[pipeline.shader] = self._gpu.create_shader(prepared)
        made, layouts = self._gpu.create_pipeline(
            shaders[pipeline.shader], pipeline.entry_point, sets, pipeline.push_constant_bytes
        )
        return GpuPipeline(made, layouts, sets, pipeline.push_constant_bytes)


class LoadedSpirvExecutable(GpuExecutable):
    """Compute pipelines and the executable that they were created from."""

    def __init__(self, format: str, pipelines: dict[str, GpuPipeline], executable: Vke1Executable):
        super().__init__(format, pipelines)
        self._executable = executable
        self._written: dict[int, frozenset[int] | None] = {}

    def written_bindings(self, entry_point: int) -> frozenset[int] | None:
        """Returns the bindings that an entry point may write to, derived from the shader on the
        first call; None if they are unknown.
        """
        if entry_point not in self._written:
            # Imported here, since only execution records need it.
            from ireelite.executables.written_bindings import of_spirv

            pipeline = self._executable.pipelines[entry_point]
            words = self._executable.shaders[pipeline.shader]
            self._written[entry_point] = of_spirv(words, pipeline.entry_point, _sets(pipeline))
        return self._written[entry_point]


@contextmanager
def _creating(pipeline: Vke1Pipeline) -> Iterator[None]:
    try:
        yield
    except StatusError as error:
        error.annotate(f"creating pipeline '{pipeline.entry_point}'")
        raise


def _sets(pipeline: Vke1Pipeline) -> list[list[int]]:
    """Returns the binding numbers of each descriptor set. Raises INVALID_ARGUMENT for bindings that
    are not storage buffers.
    """
    for binding in (b for bindings in pipeline.sets for b in bindings):
        if binding.type != DescriptorType.STORAGE_BUFFER:
            raise invalid_argument(f"binding {binding.binding} is not a storage buffer")
    return [[b.binding for b in bindings] for bindings in pipeline.sets]


FEATURES = {
    "Float16": ("shader-f16", "f16"),
    "Float64": ("shader-f64", "f64"),
    "Int64": ("shader-int64", "i64"),
}
"""Capability -> the feature that a device must have for it, and what a shader computes in."""


def check_features(module: SpirvModule, features: Collection[str]) -> None:
    """Raises INCOMPATIBLE for a shader with a capability for which a device has no feature."""
    for instruction in module.instructions:
        if instruction.opcode.name != "OpCapability":
            break
        capability = ENUMS["Capability"].get(int(instruction.operands[0]), "")
        feature, type = FEATURES.get(capability, ("", ""))
        if feature and feature not in features:
            raise StatusError(
                StatusCode.INCOMPATIBLE,
                f"the shader computes in {type} (SPIR-V capability {capability}), for which the "
                f"device lacks the feature {feature}",
            )


def prepare_shader(words: bytes | memoryview, features: Collection[str]) -> bytes | memoryview:
    """Returns a shader as WebGPU's compiler takes it: the same words if that gets them right, else
    others that mean the same. `features` are those of the device.

    Raises DATA_LOSS for malformed words, INCOMPATIBLE for a shader that needs another feature, and
    UNIMPLEMENTED, naming all of it, if a shader has something that no rule is for.
    """
    module = decode_spirv(words)
    check_ids(module)
    check_phis(module)
    try:
        if not lint_for_naga(module):
            check_features(module, features)
            return words
        rewritten = rewrite_for_naga(module)
        findings = lint_for_naga(rewritten)
    except (AssertionError, LookupError, ValueError, RecursionError) as error:
        # Ids that are defined, but not as what their use would have them.
        raise StatusError(
            StatusCode.DATA_LOSS, f"SPIR-V is malformed: {type(error).__name__}: {error}"
        ) from error
    if findings:
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            f"WebGPU cannot run this shader: {'; '.join(map(str, findings))}",
        )
    check_features(rewritten, features)
    return encode_spirv(
        rewritten.instructions, rewritten.bound, rewritten.version, rewritten.generator
    ).data
