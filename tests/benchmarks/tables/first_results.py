"""From a module in a file to the first result of its function."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from measure import Row, call_seconds, interleaved, process_output, process_seconds, tool

import ireelite
from tables.effort import Effort
from tables.toolchains import BACKENDS, DIGITS, PYTHON, compiled, upstream_function

FIRST_RESULT = {
    "ours": """\
import sys, numpy, ireelite
ireelite.load(sys.argv[1]).digits_mlp(numpy.zeros((16, 64), numpy.float32))
""",
    "upstream": """\
import sys, numpy, iree.runtime
config = iree.runtime.Config("local-sync")
context = iree.runtime.SystemContext(config=config)
context.add_vm_module(iree.runtime.VmModule.mmap(config.vm_instance, sys.argv[1]))
results = context.modules["module"]["digits_mlp"](numpy.zeros((16, 64), numpy.float32))
[result.to_host() for result in results]
""",
}


def first_results(effort: Effort, folder: Path) -> Iterator[Row]:
    """digits_mlp loaded and called once: in a process that has done such a thing before, and in a
    fresh one, imports included, with empty caches and with those that another process left."""
    command = tool("ireelite-compile", "ireelite.tools.compile", PYTHON)
    text = process_output([*command, "--compile-to=hlo", str(DIGITS)])
    image = np.zeros((16, 64), np.float32)
    for backend in BACKENDS:
        ours, theirs = compiled(folder, "digits_mlp", text, backend)

        def our_first(file=ours) -> list[np.ndarray]:
            return list(ireelite.load(file).digits_mlp(image))

        def their_first(file=theirs) -> list[np.ndarray]:
            function = upstream_function(file, "digits_mlp", "local-sync")
            return [result.to_host() for result in function(image)]

        for result, expected in zip(our_first(), their_first(), strict=True):
            np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-5)
        runs = interleaved(
            lambda call=our_first: call_seconds(call, 1),
            lambda call=their_first: call_seconds(call, 1),
            effort.loads,
        )
        yield Row(f"digits_mlp, load and first call, {backend}", "iree.runtime, the same", *runs)
        commands = [
            [str(PYTHON), "-c", FIRST_RESULT[who], str(file)]
            for who, file in (("ours", ours), ("upstream", theirs))
        ]
        for caches, how in ((None, ""), (folder / "caches", ", after another")):
            runs = interleaved(
                partial(process_seconds, commands[0], caches),
                partial(process_seconds, commands[1], caches),
                effort.processes,
            )
            yield Row(f"digits_mlp, fresh process{how}, {backend}", "iree.runtime, the same", *runs)
