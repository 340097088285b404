"""Forks of processes that compute in several threads, and devices that are lost, by a fork or by
their driver. Each test has a process of its own."""

import subprocess
import sys
from functools import partial

import pytest

import ireelite

TEXT = """func.func @f(%x: tensor<600xf32>) -> tensor<600xf32> {
  %0 = stablehlo.exponential %x : tensor<600xf32>
  %1 = stablehlo.add %0, %x : tensor<600xf32>
  return %1 : tensor<600xf32>
}"""

PRELUDE = """
import os, signal, sys, threading, time
import numpy as np
import ireelite
from ireelite.status import StatusError

ONES = np.ones(600, np.float32)

def child(work):
    "Forks. The new process runs `work`, and is ended by a signal after 30 seconds."
    if (pid := os.fork()) == 0:
        signal.alarm(30)
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return pid

def ended(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Runs a program, with the path of a module in `MODULE`; what it prints."""
    path = tmp_path_factory.mktemp("forks") / "f.vmfb"
    ireelite.compile(TEXT, targets=["vmvx", "vulkan-spirv"]).save(path)
    return partial(run_program, f"MODULE = {str(path)!r}\n")


def run_program(module, program):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PRELUDE + module + program],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


@pytest.mark.parametrize("device", ["local-sync", "local-task"])
def test_children_compute_whatever_the_threads_were_at(run, device):
    """From the first call on, which imports and compiles, and from two threads at once."""
    text = run(f"""
modules = [ireelite.load(MODULE, device="{device}") for _ in range(3)]
stop = threading.Event()

def load(module):
    while not stop.is_set():
        module.f(ONES)

def work():
    for module in modules[:1]:
        assert abs(module.f(ONES)[0] - 3.7182817) < 1e-5
    assert ireelite.load(MODULE, device="{device}").f(ONES).shape == (600,)

codes = []
def fork():
    for _ in range(4):
        codes.append(ended(child(work)))

threads = [threading.Thread(target=load, args=[m]) for m in modules[1:]]
forks = [threading.Thread(target=fork) for _ in range(2)]
for thread in threads + forks:
    thread.start()
for thread in forks:
    thread.join(100)
stop.set()
for thread in threads:
    thread.join(100)
print(codes, modules[0].f(ONES).shape)
""")
    assert text == f"{[0] * 8} (600,)\n"


def test_a_fork_in_the_middle_of_a_submission_of_another_thread(run):
    """What that thread ran fails in the new process: it has no thread for it."""
    text = run("""
from ireelite.hal.command_buffer import Dispatch
from ireelite.hal.drivers.local_sync import LocalSyncDevice
from ireelite.hal.executable import HostExecutable, LoaderSet
from ireelite.hal.semaphore import Fence, Semaphore

begun, go_on = threading.Event(), threading.Event()

class Slow(HostExecutable):
    def prepare(self, entry_point, workgroups, constants, pool=None):
        def run(bindings):
            begun.set()
            go_on.wait(30)
        return run

def fence():
    return Fence([(Semaphore(), 1)])

device = LocalSyncDevice(LoaderSet([]))
start, slow, behind, other, last = (fence() for _ in range(5))
device.submit(start, slow, [Dispatch(Slow("test", ["f"]), 0, (1, 1, 1), (), ())])
device.submit(slow, behind, [])
device.submit(other, last, [])
thread = threading.Thread(target=start.signal)
thread.start()
begun.wait(30)

def work():
    for failed in (slow, behind):
        try:
            failed.wait(20)
            raise AssertionError("reached")
        except StatusError as error:
            assert "ABORTED; the process was forked while another thread" in str(error), error
    other.signal()
    assert last.wait(20)

code = ended(child(work))
go_on.set()
print(code, slow.wait(30), behind.wait(30), last.query().name)
""")
    assert text == "0 True True DEFERRED\n"


@pytest.mark.parametrize("order", [1, -1])
def test_work_goes_on_in_a_child_when_all_that_it_may_use_is_renewed(run, order):
    """Whichever object the child renews first: also one that another thread registers meanwhile."""
    text = run(f"""
from ireelite import forking
from ireelite.hal.drivers.work_queue import WorkQueue

class Slowly:
    renewed_in = 0
    def hold(self):
        if self is slowly:
            thread = threading.Thread(target=forking.take_part, args=[joining])
            thread.start()
            thread.join()
        else:
            queue.call(lambda: seen.append((slowly.renewed_in, joining.renewed_in)))
    def let_go(self): pass
    def begin_anew(self):
        time.sleep(0.2)
        self.renewed_in = os.getpid()
        return []

class Listed(list):
    add = list.append

queue, slowly, joining = WorkQueue("queue"), Slowly(), Slowly()
forking._threads = Listed([queue, slowly][::{order}])
queue.call(lambda: None)
queue.drain()
seen = []

def work():
    queue.drain()
    assert seen == [(os.getpid(), os.getpid())], seen

print(ended(child(work)))
""")
    assert text == "0\n"


@pytest.mark.webgpu
def test_webgpu_in_a_child_fails_with_what_to_do(run):
    text = run("""
module = ireelite.load(MODULE, device="webgpu")
module.f(ONES)

def tell(act):
    try:
        act()
        print("no error")
    except StatusError as error:
        print(str(error)[:100])

def work():
    tell(lambda: module.f(ONES))
    tell(lambda: ireelite.load(MODULE, device="webgpu").f(ONES))
    sys.stdout.flush()

print([ended(child(work)) for _ in range(2)], flush=True)
if os.fork() == 0:
    signal.alarm(30)
    sys.exit(5)  # with everything that an interpreter's end releases
print(os.waitstatus_to_exitcode(os.wait()[1]), module.f(ONES).shape)
""")
    lines = text.splitlines()
    assert lines[4:] == ["[0, 0]", "5 (600,)"]
    for line in lines[:4]:
        assert line.startswith("UNAVAILABLE; WebGPU cannot be used in a process that was forked")


@pytest.mark.webgpu
def test_a_lost_device_is_unavailable_and_the_next_load_makes_another(run):
    text = run("""
module = ireelite.load(MODULE, device="webgpu")
result = module.f(ONES)
gpu = module.device.gpu
import wgpu.backends.wgpu_native._api as api
api.logger.setLevel("CRITICAL")
gpu._lib.wgpuDeviceDestroy(gpu.device._internal)
for act in (
    lambda: module.f(ONES),
    lambda: module.device.allocator.allocate(48, 0xC03, 4096),
    lambda: gpu.create_shader(b""),
):
    try:
        act()
    except StatusError as error:
        print(str(error)[:30])
again = ireelite.load(MODULE, device="webgpu")
print(again.device is not module.device, module.device.lost is not None, again.f(ONES).shape)
""")
    lines = text.splitlines()
    assert lines == ["UNAVAILABLE; the WebGPU device"] * 3 + ["True True (600,)"]
