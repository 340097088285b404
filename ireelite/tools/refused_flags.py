"""Upstream's flags that these tools do not have:
recognised, and refused by name with what to use instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ireelite.status import StatusCode, StatusError

COMPILE_FLAGS: dict[str, str] = {
    "--compile-mode": "only whole modules are compiled; use --compile-to=STAGE to stop early",
    "--output-format": "use --compile-to=vm for the text of the module; its bytes are the default",
    "--iree-hal-dump-executable-sources-to": "use --compile-to=ll-seq or --compile-to=kernels",
    "--iree-hal-dump-executable-configurations-to": "use --compile-to=kernels",
    "--iree-hal-dump-executable-intermediates-to": "use --compile-to=executables",
    "--iree-hal-dump-executable-binaries-to": "the module file is a ZIP archive of its executables: unzip -l",
    "--iree-hal-dump-executable-benchmarks-to": "there is no equivalent",
    "--iree-hal-dump-executable-files-to": "use --compile-to=executables",
    "--iree-llvmcpu-target-cpu-features": "use --iree-llvmcpu-target-cpu=host or =generic",
    "--iree-llvmcpu-target-triple": "native code is made for the CPU that compiles it",
    "--iree-vm-bytecode-module-output-format": "use --compile-to=vm for text",
    "--iree-vm-bytecode-source-listing": "use --compile-to=vm",
    "--iree-vm-target-index-bits": "indices have 64 bits in the virtual machine",
    "--mlir-print-ir-after-all": "use ireelite-opt, or --record for every stage and rewrite",
    "--mlir-timing": "use --print-passes",
}


def refuse_known_flags(tool: str, arguments: Sequence[str], flags: Mapping[str, str]) -> None:
    """Raises UNIMPLEMENTED for the first argument that is one of `flags`."""
    for argument in arguments:
        name = argument.partition("=")[0]
        if name in flags:
            raise StatusError(
                StatusCode.UNIMPLEMENTED,
                f"{tool} has no {name}, which iree-{tool.partition('-')[2]} has: {flags[name]}",
            )
