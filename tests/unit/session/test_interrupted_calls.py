"""Interrupts at every line of the queue of calls: the next calls, of either kind, are right."""

import faulthandler
import linecache
import sys

import numpy as np
import pytest

import ireelite
from ireelite import call_queue

PROGRAM = """
func.func @double(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.add %x, %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}
"""
X = np.arange(4, dtype=np.float32)


class InterruptedAt:
    """Interrupts this thread before the n-th line that it runs of the queue."""

    def __init__(self, line):
        self.left = line

    def __call__(self, frame, event, argument):
        if frame.f_code.co_filename != call_queue.__file__:
            return None
        # Nothing comes between a `try:` and the line after it, nor between the end of a `with` and
        # the release of its lock; a trace function alone could.
        source = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
        if event == "line" and not source.strip().startswith(("try:", "with ")):
            self.left -= 1
            if self.left == 0:
                sys.settrace(None)
                raise KeyboardInterrupt
        return self


@pytest.mark.parametrize("kind", ["call", "async_"])
def test_calls_go_on_after_an_interrupt_at_any_line(kind):
    module = ireelite.load(ireelite.compile(PROGRAM, targets=["vmvx"]))
    begin = module.double if kind == "call" else module.double.async_
    faulthandler.dump_traceback_later(60, exit=True)
    line = interrupted = 0
    while True:
        line += 1
        module.double.async_(X).result()
        at = InterruptedAt(line)
        try:
            sys.settrace(at)
            begin(X)
        except KeyboardInterrupt:
            interrupted += 1
        finally:
            sys.settrace(None)
        assert module.double.async_(X).result(20).tolist() == [0, 2, 4, 6]
        assert module.double(X).tolist() == [0, 2, 4, 6]
        if at.left > 0:
            break
    faulthandler.cancel_dump_traceback_later()
    assert interrupted == line - 1 > 5
