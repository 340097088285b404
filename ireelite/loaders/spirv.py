"""Loader of `vulkan-spirv-fb` for WebGPU devices: one compute pipeline for each entry point."""

from __future__ import annotations

from typing import Any

from ireelite.executables.naga_lint import lint_for_naga
from ireelite.executables.spirv_check import check_ids
from ireelite.executables.spirv_decode import decode_spirv
from ireelite.executables.spirv_encode import encode_spirv
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

        Raises DATA_LOSS for damaged data, INVALID_ARGUMENT with the validation error for refused
        SPIR-V, and UNIMPLEMENTED for SPIR-V that would compute wrong numbers and cannot be
        rewritten.
        """
        if constants is not None and len(constants):
            raise invalid_argument("SPIR-V executables take no executable constants")
        executable = decode_vke1(data)
        shaders: dict[int, Any] = {}
        pipelines: dict[str, GpuPipeline] = {}
        for pipeline in executable.pipelines:
            try:
                pipelines[pipeline.entry_point] = self._pipeline(executable, pipeline, shaders)
            except StatusError as error:
                error.annotate(f"creating pipeline '{pipeline.entry_point}'")
                raise
        return GpuExecutable(format, pipelines)

    def _pipeline(
        self, executable: Vke1Executable, pipeline: Vke1Pipeline, shaders: dict[int, Any]
    ) -> GpuPipeline:
        for binding in (b for bindings in pipeline.sets for b in bindings):
            if binding.type != DescriptorType.STORAGE_BUFFER:
                raise invalid_argument(f"binding {binding.binding} is not a storage buffer")
        if pipeline.shader not in shaders:
            words = executable.shaders[pipeline.shader]
            shaders[pipeline.shader] = self._gpu.create_shader(prepare_shader(words))
        sets = [[b.binding for b in bindings] for bindings in pipeline.sets]
        made, layouts = self._gpu.create_pipeline(
            shaders[pipeline.shader], pipeline.entry_point, sets, pipeline.push_constant_bytes
        )
        return GpuPipeline(made, layouts, sets, pipeline.push_constant_bytes)


def prepare_shader(words: bytes | memoryview) -> bytes | memoryview:
    """A shader as WebGPU's compiler takes it: the same words if that gets them right, else others
    that mean the same.

    Raises DATA_LOSS for malformed words, and UNIMPLEMENTED, naming all of it, if a shader has
    something that no rule is for.
    """
    module = decode_spirv(words)
    check_ids(module)
    try:
        if not lint_for_naga(module):
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
    return encode_spirv(
        rewritten.instructions, rewritten.bound, rewritten.version, rewritten.generator
    ).data
