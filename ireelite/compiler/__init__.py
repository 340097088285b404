"""The names of IREE's Python compiler package over the compiler.

    from ireelite import compiler

    data = compiler.compile_str(text, target_backends=["vmvx"])

What fails is a `CompilerToolError` with the compiler's diagnostics.
"""

from ireelite.compiler import tools
from ireelite.compiler.tools import *  # noqa: F403 - it says itself what that is

__all__ = ["tools"]
__all__ += tools.__all__
