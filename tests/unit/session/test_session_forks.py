"""Loaded modules that are forked, and loaded modules that are closed."""

import threading

import numpy as np
import pytest

import ireelite
from ireelite.modules.python_module import PyModuleInterface
from ireelite.status import StatusCode, StatusError

SOURCE = """
module @counts {
  util.global private mutable @count = 10 : i32
  func.func @next(%by: i32) -> i32 {
    %0 = util.global.load @count : i32
    %1 = arith.addi %0, %by : i32
    util.global.store %1, @count : i32
    return %1 : i32
  }
  func.func @double(%x: tensor<64xf32>) -> tensor<64xf32> {
    %0 = stablehlo.add %x, %x : tensor<64xf32>
    return %0 : tensor<64xf32>
  }
}
"""


@pytest.fixture(scope="module")
def program():
    return ireelite.compile(SOURCE, targets=["vmvx"])


def closing(log):
    interface = PyModuleInterface("closing", lambda interface: log)
    interface.export("__deinit", "0v_v", lambda state: state.append("closed"))
    interface.export("size", "0v_i", lambda state: len(state))
    return interface.create()


def test_a_fork_goes_on_from_the_values_at_hand(program):
    loaded = ireelite.load(program)
    assert loaded.next(1) == 11
    fork = loaded.fork()
    assert [fork.next(1), fork.next(1), loaded.next(5), fork.next(1)] == [12, 13, 16, 14]
    assert list(fork.modules) == ["counts"] and fork.modules["counts"] is fork


def test_a_fork_has_all_that_was_loaded_together(program):
    loaded = ireelite.load(closing([]), program)
    fork = loaded.fork()
    assert fork.modules["closing"].size() == 0
    assert fork.modules["closing"].modules["counts"] is fork
    fork.close()
    assert loaded.modules["closing"].size() == 0, "the fork had a list of its own"


def test_what_cannot_be_copied_cannot_be_forked():
    lock = threading.Lock()
    interface = PyModuleInterface("locked", lambda interface: lock)
    with pytest.raises(StatusError, match="UNIMPLEMENTED; the state of module 'locked'"):
        ireelite.load(interface.create()).fork()


@pytest.mark.parametrize("device", ["local-sync", "local-task"])
def test_each_thread_has_a_fork(program, device):
    loaded = ireelite.load(program, device=device)
    forks = [loaded.fork() for _ in range(4)]
    wrong: list[object] = []

    def work(number, module):
        array = np.full(64, number, np.float32)
        for step in range(200):
            if module.next(1) != 11 + step or module.double(array)[7] != 2 * number:
                wrong.append((number, step))

    threads = [threading.Thread(target=work, args=row) for row in enumerate(forks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong and loaded.next(0) == 10


def test_closing_runs_deinitializers_once(program):
    log: list[str] = []
    with ireelite.load(closing(log), program) as loaded:
        assert loaded.next(1) == 11 and log == []
    assert log == ["closed"]
    loaded.close()
    assert log == ["closed"]


def test_nothing_of_a_closed_module_is_called(program):
    loaded = ireelite.load(program)
    kept = loaded.next
    loaded.close()
    for call in (lambda: kept(1), lambda: loaded.next(1), lambda: kept.debug(1), loaded.fork):
        with pytest.raises(StatusError, match="is closed") as caught:
            call()
        assert caught.value.code == StatusCode.FAILED_PRECONDITION
