"""Programs that call the `hal` module with anything: every answer is a status."""

import random

import pytest

from ireelite.bytecode.calling_convention import parse_cconv
from ireelite.hal.buffer import BufferView
from ireelite.hal.command_buffer import BufferRef, CommandBuffer, Copy, Fill, Update
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.linking import open_device
from ireelite.modules.hal import hal_module
from ireelite.status import StatusCode, StatusError
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance
from ireelite.vm.limits import Limits
from ireelite.vm.refs import Buffer, List

NUMBERS = [
    *(0, 0, 1, 2, 4, 8, 64, -1, -2, 1 << 20, 0x21000020, 48, 0xC03, (1 << 31) - 1, -(1 << 31)),
]
LARGE = [(1 << 63) - 1, -(1 << 63), 1 << 40]


def fence():
    return Fence([(Semaphore(), 1)])


def objects(device):
    buffer = device.allocator.allocate(48, 0xC03, 64)
    finished = CommandBuffer(device)
    finished.finalize()
    return [
        *(None, None, device, device.allocator, buffer, buffer.subspan(8, 8), finished),
        *(BufferView(buffer, [4, 4], 0x21000020), CommandBuffer(device, binding_capacity=2)),
        *(fence(), Fence([]), Buffer(b"hal.device.id"), Buffer(b"vmvx-bytecode-fb")),
        *(Buffer(bytearray(16)), List("i32", [1, 2]), List("!vm.opaque", [None, device])),
    ]


@pytest.mark.parametrize("name", ["local-sync", "local-task"])
def test_any_call_with_any_arguments_ends_with_a_status(name, capsys):
    """Also calls with objects that other calls have made."""
    device = open_device(name)
    limits = Limits(deadline=0.05, max_memory=1 << 20)
    context = Context(Instance(), [hal_module([device], None, set())], limits=limits)
    exports = context.states["hal"].exports()
    names = sorted(exports)
    choose = random.Random(2)
    succeeded: set[str] = set()

    def value(kind):
        if kind == "r":
            return choose.choice(known)
        return choose.choice([*NUMBERS, *LARGE] if kind == "I" else NUMBERS)

    def argument(item):
        if item[0] != "C":
            return value(item)
        letters = item[1:-1]
        rows = [tuple(value(letter) for letter in letters) for _ in range(choose.randrange(4))]
        return [row[0] for row in rows] if len(letters) == 1 else rows

    for round in range(6000):
        if round % 50 == 0:
            known = objects(device)
        function = choose.choice(names)
        arguments = [argument(item) for item in parse_cconv(exports[function].cconv).arguments]
        try:
            results = context.lookup_function(f"hal.{function}")(*arguments)
        except StatusError:
            continue
        succeeded.add(function)
        known += [each for each in results if not isinstance(each, (int, float))]
    assert len(succeeded) > 30
    device.wait_idle()
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("name", ["local-sync", "local-task"])
def test_commands_that_do_not_fit(name):
    device = open_device(name)
    buffer = device.allocator.allocate(48, 0xC03, 16)
    whole, half = BufferRef(0, buffer, 0, 16), BufferRef(0, buffer, 0, 8)
    wrong: list[tuple[object, str]] = [
        (Update(whole, b"1234"), "update of 4 bytes to a range of 16 bytes"),
        (Copy(whole, half), "copy of 16 bytes to a range of 8 bytes"),
        (Fill(BufferRef(0, fence(), 0, 4), b"1"), "a buffer is expected, not <hal.fence"),
        (Fill(BufferRef(-1, None, 0, 4), b"1"), "binding table slot -1 out of range"),
    ]
    for command, message in wrong:
        done = fence()
        with pytest.raises(StatusError, match=message):
            device.submit(None, done, [command])
            done.wait(30)
        assert done.failure is not None


@pytest.mark.parametrize("made", ["allocator.allocate", "device.queue.alloca"])
def test_device_memory_counts_until_it_goes(made):
    device = open_device("local-sync")
    limits = Limits(max_memory=10_000)
    context = Context(Instance(), [hal_module([device])], limits=limits)
    allocate = context.lookup_function(f"hal.{made}")

    def make(size):
        if made == "allocator.allocate":
            return allocate(device.allocator, -1, 48, 0xC03, size)
        return allocate(device, -1, None, None, 0, 48, 0xC03, size, 0)

    kept = make(6000)
    with pytest.raises(StatusError, match="a device buffer needs 6000 bytes") as caught:
        make(6000)
    assert caught.value.code == StatusCode.RESOURCE_EXHAUSTED
    del caught, kept
    assert make(6000)[0].byte_length == 6000
    with pytest.raises(StatusError, match="cannot allocate -5 bytes"):
        make(-5)
    assert make(6000)[0].byte_length == 6000


def test_recorded_bytes_count():
    device = open_device("local-sync")
    context = Context(Instance(), [hal_module([device])], limits=Limits(max_memory=10_000))
    record = context.lookup_function("hal.command_buffer.update_buffer")
    commands, source = CommandBuffer(device, binding_capacity=1), Buffer(bytes(4096))
    for _ in range(2):
        record(commands, source, 0, None, 0, 4096, 0, 0)
    with pytest.raises(StatusError, match="a command needs 4096 bytes"):
        record(commands, source, 0, None, 0, 4096, 0, 0)
    other = CommandBuffer(device, binding_capacity=1)
    record(other, source, 0, None, 0, 100, 0, 0)


@pytest.mark.parametrize(
    ("shape", "message"),
    [([1 << 40], "OUT_OF_RANGE"), ([-1, -4], "INVALID_ARGUMENT; a tensor of shape")],
)
def test_views_of_more_than_there_is(shape, message):
    from ireelite.arrays import decode
    from ireelite.tools.run_module import value_of

    view = BufferView(
        open_device("local-sync").allocator.allocate(48, 0xC03, 16), shape, 0x21000020
    )
    with pytest.raises(StatusError, match=message):
        value_of(view, "r")
    with pytest.raises(StatusError, match="INVALID_ARGUMENT; a result cannot be read"):
        decode(view)
