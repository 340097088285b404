"""What this machine's Vulkan devices are, as far as files say it: no driver is loaded."""

from __future__ import annotations

import os
from functools import cache
from glob import glob

GPU_NODES = ("/dev/dri/renderD*", "/dev/nvidia[0-9]*")
"""Device files of GPUs that can compute."""
DRIVERS = ("/usr/share/vulkan/icd.d/*.json", "/etc/vulkan/icd.d/*.json")
"""Where Vulkan's loader finds the descriptions of drivers."""
DRIVER_VARIABLES = ("VK_DRIVER_FILES", "VK_ICD_FILENAMES")
"""Environment variables that name the descriptions instead."""
SOFTWARE = "lvp_icd"
"""The description of Mesa's software driver."""


@cache
def schedule_of_machine() -> str:
    """Returns the name of the schedule for shaders that run here; `portable` without a Vulkan
    driver.
    """
    named = next((os.environ[name] for name in DRIVER_VARIABLES if os.environ.get(name)), None)
    found = [path for pattern in DRIVERS for path in glob(pattern)]
    drivers = found if named is None else named.split(os.pathsep)
    software = [SOFTWARE in os.path.basename(path) for path in drivers]
    if drivers and not all(software) and any(map(glob, GPU_NODES)):
        return "gpu"
    return "lavapipe" if any(software) else "portable"
