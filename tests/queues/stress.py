"""Runs many invocations at once on one device: `python tests/queues/stress.py --device=local-task`.

Eight threads call one program with fences, each in its own context, and keep several calls in
flight: each call waits on the device for the previous one. Every result must be right, and no
submission or wait may be left.
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import resource
import sys
import threading
import time
from typing import Any

import numpy as np

import ireelite
from ireelite.arrays import decode
from ireelite.hal import deadlock
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.program import Program

THREADS = 8
CHAIN = 10
"""Number of calls that follow one another without waiting on the host."""
TEXT = """
func.func @step(%x: tensor<16xi32>) -> tensor<16xi32> {
  %one = stablehlo.constant dense<1> : tensor<16xi32>
  %0 = stablehlo.add %x, %one : tensor<16xi32>
  return %0 : tensor<16xi32>
}
"""


def compiled() -> Program:
    """Compiles the program for all devices."""
    return ireelite.compile(
        TEXT, targets=["vmvx", "vulkan-spirv"], execution_model="async-external"
    )


def stress(program: Program, device: str, invocations: int) -> int:
    """Runs at least `invocations` invocations, and at least one chain in each thread; returns how
    many. Raises AssertionError for a wrong result and for submissions or waits that are left.
    """
    modules = [ireelite.load(program, device=device) for _ in range(THREADS)]
    chains = max(1, -(-invocations // (THREADS * CHAIN)))
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(chains):
                _chain(modules[number], 1000 * number + turn)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    modules[0].device.wait_idle()
    modules.clear()
    gc.collect()
    left = [str(party) for ref in list(deadlock.parties.values()) if (party := ref()) is not None]
    assert not left, f"not over: {left[:5]}"
    assert not deadlock.host_waits
    return chains * CHAIN * THREADS


def _chain(module: Any, first: int) -> None:
    step = module.step
    function, value = step._function, step._encode[0](np.full(16, first, np.int32))
    timeline, wait = Semaphore(), None
    for turn in range(CHAIN):
        signal = Fence([(timeline, turn + 1)])
        (value,) = function(value, wait, signal)
        wait = signal
    assert wait is not None and wait.wait(120), "a chain takes more than two minutes"
    np.testing.assert_array_equal(np.asarray(decode(value)), np.full(16, first + CHAIN, np.int32))


def main() -> int:
    """Stresses each device, and prints the time and the growth of memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", action="append")
    parser.add_argument("--invocations", type=int, default=50_000)
    flags = parser.parse_args()
    faulthandler.dump_traceback_later(1800, exit=True)
    program = compiled()
    for device in flags.device or ["local-sync", "local-task", "webgpu"]:
        begin = time.monotonic()
        # The first half also allocates what is made only once, such as code for hot loops.
        count = stress(program, device, flags.invocations // 2)
        before = _megabytes()
        count += stress(program, device, flags.invocations - count)
        seconds, grown = time.monotonic() - begin, _megabytes() - before
        print(
            f"{device}: {count} invocations in {seconds:.0f} s, {grown:.0f} MB more in the second half",
            flush=True,
        )
        assert grown < 16, "memory grows"
    return 0


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
