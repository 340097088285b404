"""LLVM IR text to object code, through llvmlite; used when a module is compiled, and when one is
loaded on another CPU than it was compiled for.

llvmlite is imported when the first object is made. Objects call nothing: what a CPU has no
instruction for is computed by others (`missing_instructions`).
"""

from __future__ import annotations

import platform
import sys
from functools import cache
from typing import Any

from ireelite.executables.code_cache import cached
from ireelite.executables.elf_object import undefined_symbols
from ireelite.executables.half_conversions import HALF_CONVERSIONS
from ireelite.executables.missing_instructions import define_roundings
from ireelite.executables.pair_products import NAME as PAIR_PRODUCTS
from ireelite.executables.pair_products import QUADS, define_pairs
from ireelite.light_dataclass import light_dataclass
from ireelite.status import StatusCode, StatusError, near_names, not_found


@light_dataclass(frozen=True)
class Machine:
    """What code is generated for."""

    triple: str
    cpu: str
    features: str


@cache
def llvm() -> Any:
    """Returns llvmlite's binding with this machine's target. Raises UNAVAILABLE if it is not
    installed.
    """
    try:
        from llvmlite import binding
    except ImportError as error:
        raise StatusError(
            StatusCode.UNAVAILABLE, "native code needs the package 'llvmlite': pip install llvmlite"
        ) from error
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    return binding


@cache
def host_machine() -> Machine:
    """This machine."""
    binding = llvm()
    features = binding.get_host_cpu_features()
    listed = ",".join(sorted(("+" if has else "-") + name for name, has in features.items()))
    return Machine(binding.get_process_triple(), binding.get_host_cpu_name(), listed)


CPUS = ("host", "generic")
"""Names of CPUs that code can be made for: this one, or any of its architecture."""


def machine_of(cpu: str) -> Machine:
    """This machine, or with `generic` one that has nothing but what its architecture guarantees; on
    x86 that is x86-64-v2. Raises NOT_FOUND for another name.
    """
    host = host_machine()
    if cpu == "host":
        return host
    if cpu != "generic":
        raise not_found(f"no CPU '{cpu}'{near_names(cpu, list(CPUS))}")
    return Machine(host.triple, "x86-64-v2" if "x86_64" in host.triple else "generic", "")


@cache
def target_machine(machine: Machine, level: int = 3) -> Any:
    """Returns LLVM's code generator for a machine, at an optimization level from 0 to 3, for
    position-independent code, which can be loaded anywhere.
    """
    target = llvm().Target.from_triple(machine.triple)
    return target.create_target_machine(
        cpu=machine.cpu, features=machine.features, opt=level, reloc="pic", codemodel="small"
    )


def features_of(machine: Machine) -> list[str]:
    """Returns the names of the features that a machine has."""
    named = [name[1:] for name in machine.features.split(",") if name.startswith("+")]
    return [*named, "sse2"] if machine.triple.startswith("x86_64") else named


def has_fused_multiply_add(machine: Machine) -> bool:
    """Returns whether `llvm.fma` is an instruction; where it is not it would be a call of libm."""
    return not machine.triple.startswith("x86_64") or "+fma" in machine.features.split(",")


def converts_halves(machine: Machine) -> bool:
    """Returns whether a machine has instructions between `half` and `float`; where it has not they
    are functions that the module brings.
    """
    is_arm = machine.triple.startswith(("aarch64", "arm64"))
    return is_arm or "+f16c" in machine.features.split(",")


def has_rounding(machine: Machine) -> bool:
    """Returns whether rounding to an integer is an instruction: on x86, from SSE4.1 on."""
    listed = machine.features.split(",")
    return not machine.triple.startswith("x86_64") or (
        machine.cpu != BASE_CPU if not machine.features else "+sse4.1" in listed
    )


BASE_CPU = "x86-64"
"""The x86 CPU with nothing but SSE2."""


def has_elf_objects(machine: Machine) -> bool:
    """Returns whether a machine's object files are ELF, whose line tables this project reads."""
    return not any(system in machine.triple for system in ("darwin", "macosx", "windows"))


def compile_ir(llvm_ir: str, machine: Machine | None = None) -> bytes:
    """Optimises a module and returns its object code; equal input gives equal bytes.

    Raises INVALID_ARGUMENT if the text is not LLVM IR, INTERNAL if the code needs a function from
    elsewhere.
    """
    machine = machine or host_machine()
    version = ".".join(map(str, llvm().llvm_version_info))
    parts = (version, machine.triple, machine.cpu, machine.features, llvm_ir)
    return cached(parts, lambda: _emitted(*optimize(llvm_ir, machine)))


def generate_code(llvm_ir: str) -> bytes:
    """Generates object code, for any CPU of this machine's architecture, of a module as it is: none
    of LLVM's passes, which take most of the time, is run. LLVM is not loaded if the code is in the
    cache.

    Raises as `compile_ir` does.
    """

    def make() -> bytes:
        return _emitted(*_parsed(llvm_ir, machine_of("generic"), 1))

    return cached((sys.platform, platform.machine(), llvm_ir), make)


def _emitted(module: Any, generator: Any) -> bytes:
    object_code: bytes = generator.emit_object(module)
    if missing := undefined_symbols(object_code):
        raise StatusError(
            StatusCode.INTERNAL, f"native code needs symbols it has not: {', '.join(missing)}"
        )
    return object_code


def disassemble(llvm_ir: str, machine: Machine | None = None) -> str:
    """Returns the assembly of the optimised module, for people."""
    optimized, generator = optimize(llvm_ir, machine or host_machine())
    return generator.emit_assembly(optimized)


def optimize(llvm_ir: str, machine: Machine) -> tuple[Any, Any]:
    """Returns the module after LLVM's passes, and the code generator for it."""
    binding = llvm()
    module, generator = _parsed(llvm_ir, machine, 3)
    tuning = binding.create_pipeline_tuning_options(speed_level=3)
    tuning.loop_vectorization = True
    tuning.slp_vectorization = True
    builder = binding.create_pass_builder(generator, tuning)
    builder.getModulePassManager().run(module, builder)
    return module, generator


def _parsed(llvm_ir: str, machine: Machine, level: int) -> tuple[Any, Any]:
    binding = llvm()
    if not has_rounding(machine):
        llvm_ir = define_roundings(llvm_ir)
    if not has_fused_multiply_add(machine):
        llvm_ir = llvm_ir.replace("@llvm.fma.", "@llvm.fmuladd.")
    if " half" in llvm_ir and not converts_halves(machine):
        llvm_ir += HALF_CONVERSIONS
    if PAIR_PRODUCTS in llvm_ir or QUADS in llvm_ir:
        llvm_ir = define_pairs(llvm_ir, features_of(machine))
    generator = target_machine(machine, level)
    try:
        module = binding.parse_assembly(llvm_ir)
        module.verify()
    except RuntimeError as error:
        raise StatusError(StatusCode.INVALID_ARGUMENT, f"not valid LLVM IR: {error}") from error
    module.triple = machine.triple
    module.data_layout = str(generator.target_data)
    return module, generator
