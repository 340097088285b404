"""Upstream's flags that say how its compiler goes about its work. They are taken, so that command
lines work as they are; what they choose between is one thing here, unless the table says otherwise.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

BOOLEANS = ("true", "false")

REASSOCIATE = "--iree-llvmcpu-reassociate-fp-reductions"
"""Whether long sums are made of partial sums, on every target."""
MICROKERNELS = "--iree-vmvx-enable-microkernels"
"""Whether executables for vmvx call functions of the VM module `vmvx`."""

STEERING_FLAGS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "--iree-opt-level": (("O0", "O1", "O2", "O3"), "there is one level, whichever is named"),
    "--iree-dispatch-creation-data-tiling": (BOOLEANS, "no effect: layouts of tensors stay"),
    "--iree-dispatch-creation-fuse-multi-use": (BOOLEANS, "no effect: fusion goes by cost"),
    "--iree-llvmcpu-debug-symbols": (BOOLEANS, "no effect: native code has no symbols"),
    REASSOCIATE: (BOOLEANS, "whether long sums may be made of partial sums (default: true)"),
    MICROKERNELS: (
        BOOLEANS,
        "whether products of matrices for vmvx are calls of the runtime's mmt4d (default: true)",
    ),
}
"""Flag -> its values, and what it does here."""

STEERING_SWITCHES = tuple(
    name for name, (values, _) in STEERING_FLAGS.items() if values == BOOLEANS
)
"""Those that are on when they are given without a value."""


def add_steering_flags(flags: argparse.ArgumentParser) -> None:
    """Adds these flags to a tool's."""
    for name, (values, what) in STEERING_FLAGS.items():
        flags.add_argument(name, choices=values, help=what)
