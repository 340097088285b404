"""LLVM IR of a region to a function in this process."""

from __future__ import annotations

import ctypes
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ireelite.executables.code_cache import cached
from ireelite.executables.host_cpu import feature_key
from ireelite.forking import short_lock
from ireelite.status import StatusCode, StatusError
from ireelite.vm.jit.emit import NAME, RegionCode

_SIGNATURE = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)
_KIND = "bytecode 1"
"""Part of the key of code on disk; changes when other code is made of the same LLVM IR."""
_lock = short_lock()
"""Held while LLVM works, whose Python binding has one lock of its own."""


@dataclass(frozen=True)
class CompiledRegion:
    """A region's function, and what keeps its code alive."""

    code: RegionCode
    address: int
    call: Callable[[Any, Any], int]
    tracker: Any


def compile_code(code: RegionCode) -> CompiledRegion | None:
    """Returns the function of a region; None if LLVM is not there or the code needs what this
    machine has no instruction for.
    """
    linked = link_or_none(lambda: kept(code.text, lambda: _object_code(code.text)), [NAME])
    if linked is None:
        return None
    tracker, (address,) = linked
    return CompiledRegion(code, address, _SIGNATURE(address), tracker)


def link_or_none(make: Callable[[], bytes], names: Sequence[str]) -> tuple[Any, list[int]] | None:
    """Functions of object code in this process: what keeps their code alive, and their addresses.
    None if LLVM is not there or the code needs what this machine has no instruction for."""
    from ireelite.executables.native_link import link  # late: many programs end before that

    with _lock:
        try:
            return link(make(), names)
        except StatusError as error:
            if error.code in (StatusCode.UNAVAILABLE, StatusCode.INTERNAL):
                return None
            raise


def kept(text: str, make: Callable[[], bytes]) -> bytes:
    """Returns the object code that `make` gives for LLVM IR, from the disk if an earlier process
    made it on such a CPU; LLVM is not imported then.
    """
    features = feature_key()
    if features is None:
        return make()
    return cached((_KIND, sys.platform, platform.machine(), features, text), make)


def _object_code(text: str) -> bytes:
    from ireelite.executables.elf_object import undefined_symbols
    from ireelite.executables.native_object import (
        has_elf_objects,
        host_machine,
        llvm,
        target_machine,
    )

    binding = llvm()
    machine = host_machine()
    generator = target_machine(machine)
    module = binding.parse_assembly(text)
    module.triple = machine.triple
    module.data_layout = str(generator.target_data)
    tuning = binding.create_pipeline_tuning_options(speed_level=2)
    tuning.loop_vectorization = True
    tuning.slp_vectorization = False
    builder = binding.create_pass_builder(generator, tuning)
    builder.getModulePassManager().run(module, builder)
    made: bytes = generator.emit_object(module)
    if has_elf_objects(machine) and undefined_symbols(made):
        raise StatusError(StatusCode.INTERNAL, "compiled bytecode calls functions of a library")
    return made
