"""Both engines, for every test that asks for one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from ireelite.bytecode.encode import encode_module
from ireelite.bytecode.module_def import ModuleDef
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance


@pytest.fixture(params=["translate", "interpret"])
def load(request) -> Callable[..., Context]:
    """Links a module, through its bytes, behind others in a context of one of the engines."""

    def make(module: ModuleDef, before: Iterable[Any] = (), recorder: Any = None) -> Context:
        loaded = BytecodeModule.from_bytes(encode_module(module).data)
        return Context(Instance(), [*before, loaded], recorder=recorder, engine=request.param)

    return make
