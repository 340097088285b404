"""The flags of `ireelite-compile` that choose schedules of kernels."""

from __future__ import annotations

import argparse


def add_schedule_flags(flags: argparse.ArgumentParser) -> None:
    """Adds these flags to a tool's."""
    # Imported with the first command line, as they import xDSL: the tool turns collections off
    # before that.
    from ireelite.lowering.schedules.shader_schedules import SHADER_SCHEDULES
    from ireelite.lowering.schedules.tiles import PLAIN, REGISTER_FILES

    flags.add_argument(
        "--schedule",
        metavar="NAME",
        help=f"the registers that tiles of native kernels fill: {', '.join(REGISTER_FILES)} (default: "
        f"those of the CPU), or {PLAIN} for loops without tiles",
    )
    flags.add_argument(
        "--iree-vulkan-target",
        metavar="NAME",
        help=f"devices that shaders are fast on: {', '.join(SHADER_SCHEDULES)} (default: this machine's)",
    )
