"""Programs that our compiler makes, under upstream's runtime, with the same checks.

Upstream's Python runtime has no `check` module, so each test function returns what it would check,
and the checks are made here, by the reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from cases import (
    FAILED,
    PASSED,
    REFUSED,
    Case,
    Refusal,
    Run,
    compile_text,
    first_line,
    program_of,
    tests_of,
)
from suites import UPSTREAM_RUNTIME
from xdsl.dialects import func
from xdsl.dialects.builtin import FunctionType, ModuleOp, TensorType
from xdsl.ir import Operation

from ireelite.dialects import check
from ireelite.reference.machine import Frame, Machine, references
from ireelite.reference.numbers import bit_width, dtype_of, from_storage, is_packed
from ireelite.syntax.printer import print_module

TESTS = (
    check.CheckOp,
    check.ProbeOp,
)
"""What tests values, or keeps them for a test."""


def run_under_upstream(column: str, flags: Sequence[str]) -> Run:
    """Runs the test functions of a text under upstream's runtime."""
    target, driver = UPSTREAM_RUNTIME[column]

    def run(text: str) -> Iterator[Case]:
        module = program_of(text, flags)
        names = tests_of(module)
        checks = {name: returned_instead(module, name) for name in names}
        data = compile_text(print_module(module), target, flags)
        functions = loaded(data, driver)
        for name in names:
            yield judged(name, checks[name], functions)

    return run


def returned_instead(module: ModuleOp, name: str) -> list[Operation] | None:
    """Lets a function return the operands of its checks and probes; these, which are removed. A
    function without checks stays as it is. None for one that checks in the middle of control flow.
    Upstream's runtime has no probes: those of loops, and the checks of them, are left out.
    """
    (function,) = (
        op for op in module.ops if isinstance(op, func.FuncOp) and op.sym_name.data == name
    )
    found = [op for op in function.walk() if op.name.startswith("check.")]
    if not found:
        return []
    last = function.body.blocks[-1]
    assert last is not None
    end = last.last_op
    assert isinstance(end, func.ReturnOp)
    if any(op.parent is not last for op in found):
        return None
    found = [op for op in function.walk() if isinstance(op, TESTS)]
    for op in [op for op in found if isinstance(op, check.ProbeOp)]:
        op.result.replace_all_uses_with(op.operand)
    inner = {
        o.probe_id.data for o in found if isinstance(o, check.ProbeOp) and o.parent is not last
    }
    for op in list(found):
        if isinstance(op, check.ProbeOp | check.ExpectSerializedEqOp) and op.probe_id.data in inner:
            found.remove(op)
            op.detach()
    operands = [value for op in found for value in op.operands]
    end.operands = operands
    function.function_type = FunctionType.from_lists([], [v.type for v in operands])
    for op in found:
        op.detach()
    return found


def loaded(data: bytes, driver: str) -> Any:
    """A module's functions in upstream's runtime. Raises Refusal if it does not load."""
    import iree.runtime as runtime

    try:
        context = runtime.SystemContext(config=runtime.Config(driver))
        context.add_vm_module(runtime.VmModule.copy_buffer(context.instance, data))
    except Exception as error:
        raise Refusal(f"upstream: {first_line(error)}") from error
    return context


def judged(name: str, checks: Sequence[Operation] | None, context: Any) -> Case:
    """Calls a function and makes its checks on what it returns."""
    import iree.runtime as runtime

    if checks is None:
        return Case(name, REFUSED, "checks in the middle of control flow")
    machine = Machine(ModuleOp([]))
    try:
        function = context.modules.module.vm_module.lookup_function(name)
        count = sum(len(op.operands) for op in checks)
        outputs = runtime.VmVariantList(count)
        context.vm_context.invoke(function, runtime.VmVariantList(0), outputs)
        number, device = 0, context.config.device
        for op in checks:
            operands = []
            for value in op.operands:
                operands.append(array_of(outputs, number, value.type, device))
                number += 1
            references()[op.name](op, Frame(machine), *operands)
    except Exception as error:
        return Case(name, FAILED, f"upstream: {first_line(error)}", machine.checks)
    reason = " ".join(machine.failures[0][1].split())[:260] if machine.failures else ""
    return Case(name, FAILED if reason else PASSED, reason, machine.checks)


def array_of(outputs: Any, number: int, type: Any, device: Any) -> np.ndarray[Any, Any]:
    """A result of a call as an array of its type."""
    import iree.runtime as runtime

    if not isinstance(type, TensorType):
        return np.asarray(outputs.get_variant(number)).astype(dtype_of(type))
    view = outputs.get_as_object(number, runtime.HalBufferView)
    dtype, shape = dtype_of(type), tuple(view.shape)
    count = int(np.prod(shape, dtype=np.int64))
    size = -(-count * bit_width(dtype) // 8) if is_packed(dtype) else count * dtype.itemsize
    if not size:
        return np.zeros(shape, dtype)
    return from_storage(bytes_of(view.get_buffer(), device)[:size], dtype, shape).copy()


def bytes_of(buffer: Any, device: Any) -> bytes:
    """A copy of a buffer of a device in host memory."""
    import iree.runtime as runtime

    memory = int(runtime.MemoryType.HOST_LOCAL | runtime.MemoryType.DEVICE_VISIBLE)
    usage = int(runtime.BufferUsage.TRANSFER_TARGET | runtime.BufferUsage.MAPPING_SCOPED)
    size = buffer.byte_length()
    staging = device.allocator.allocate_buffer(memory, usage, size)
    semaphore = device.create_semaphore(0)
    ready, done = (runtime.HalFence.create_at(semaphore, at) for at in (0, 1))
    device.queue_copy(buffer, staging, wait_semaphores=ready, signal_semaphores=done)
    done.wait()
    return staging.map().asarray([size], np.dtype(np.uint8)).tobytes()
