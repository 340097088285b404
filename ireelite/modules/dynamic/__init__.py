"""Dynamic modules: VM modules in shared libraries, made against `ireelite/dynamic_module.h`.

`abi` has the header's structures, `library` a file that is loaded, `host` and `values` what a
library may call, `calls` how it is called, `module` the module that comes of it, and `build` the
way from a source file to a library.
"""

from ireelite.modules.dynamic.module import (
    DEFAULT_ENTRY_POINT,
    DynamicModule,
    DynamicState,
    check_trusted,
    load_dynamic_module,
)

__all__ = [
    "DEFAULT_ENTRY_POINT",
    "DynamicModule",
    "DynamicState",
    "check_trusted",
    "load_dynamic_module",
]
