"""The values of a program's ops on a device: the program is compiled once more, with the results of
all ops of its function as results of the function.
"""

from __future__ import annotations

from typing import Any

from ireelite.interrupts import interruptible
from ireelite.status import invalid_argument


@interruptible("workbench.device_values")
def device_values(
    program: Any, *arguments: Any, device: str = "local-sync", function: str | None = None
) -> dict[str, Any]:
    """Runs a program's `function` (by default the first) on a device, with `arguments`. Returns the
    values of its ops as arrays, by identity at stage `hlo`, as `hlo/2`; ops inside regions have none.

    That each value is a result decides which ops share a dispatch; so does the rounding of sums.
    Raises what compiling, loading and calling raise.

    Example:
        values = workbench.device_values(program, x, device="webgpu")
        workbench.IRView(program, values=values)
    """
    import ireelite

    text, name, identities = _with_all_results(program, function)
    module = ireelite.load(ireelite.compile(text, progress=False), device=device)
    results = getattr(module, name)(*arguments)
    found = results if isinstance(results, tuple) else (results,)
    return dict(zip(identities, found[len(found) - len(identities) :], strict=True))


def _with_all_results(program: Any, function: str | None) -> tuple[str, str, list[str]]:
    """Returns the program's text with more results, the function's name, and the ops of these
    results.
    """
    from xdsl.dialects import builtin, func

    from ireelite.reference.interpret import function_of
    from ireelite.syntax.parser import parse_module
    from ireelite.syntax.printer import print_module, print_spans

    module = parse_module(program.ir("hlo", elide=False))
    called = function_of(module, function)
    identities = {op: f"hlo/{n}" for n, op in enumerate(print_spans(module).ops)}
    block = called.body.block
    end = block.last_op
    if not isinstance(end, func.ReturnOp):
        raise invalid_argument(f"function '{called.sym_name.data}' ends with no 'func.return'")
    more = [
        (identities[op], op.results[0])
        for op in block.ops
        if op in identities and op.results and isinstance(op.results[0].type, builtin.TensorType)
    ]
    values = [*end.operands, *(value for _, value in more)]
    block.insert_op_before(func.ReturnOp(*values), end)
    block.erase_op(end)
    called.properties["function_type"] = builtin.FunctionType.from_lists(
        [argument.type for argument in block.args], [value.type for value in values]
    )
    called.properties.pop("res_attrs", None)
    return print_module(module), called.sym_name.data, [identity for identity, _ in more]
