"""The `hal` module: every import there is, with its calling convention,
and what the less usual ones do.
"""

import pytest

from ireelite.hal.buffer import BufferView
from ireelite.hal.drivers.local_sync import LocalSyncDevice
from ireelite.hal.executable import LoaderSet
from ireelite.hal.recording import Recording
from ireelite.modules.hal import VERSION, hal_module
from ireelite.records import ExecutionRecorder
from ireelite.status import StatusCode, StatusError
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance
from ireelite.vm.refs import Buffer as VmBuffer

IMPORTS = """
allocator.allocate 0rIiiI_r | allocator.import 0riIiirII_r | allocator.select 0iiICrID_rI
buffer.allocation.preserve 0r_v | buffer.allocation.discard 0r_i | buffer.allocation.is_terminal 0r_i
buffer.assert 0rrrIii_v | buffer.length 0r_I | buffer.load 0rIi_i | buffer.store 0irIi_v
buffer.subspan 0rII_r | buffer_view.assert 0rriiCID_v | buffer_view.buffer 0r_r
buffer_view.create 0rIIiiCID_r | buffer_view.dim 0ri_I | buffer_view.rank 0r_i
buffer_view.element_type 0r_i | buffer_view.encoding_type 0r_i | buffer_view.trace 0rCrD_v
channel.create 0rIIrrii_r | channel.split 0riiI_r | channel.rank_and_count 0r_ii
command_buffer.create 0riiIi_r | command_buffer.finalize 0r_v | command_buffer.begin_debug_group 0rr_v
command_buffer.end_debug_group 0r_v | command_buffer.execution_barrier 0riiI_v
command_buffer.advise_buffer 0rrIIIi_v | command_buffer.fill_buffer 0rrIIiIiI_v
command_buffer.update_buffer 0rrIrIIiI_v | command_buffer.copy_buffer 0riirIrIII_v
command_buffer.collective 0rriiiirrIIIII_v | command_buffer.dispatch 0rrIiiiICiDCiirIID_v
command_buffer.dispatch.indirect 0rrIirIICiDCiirIID_v | device.allocator 0r_r | device.query.i64 0rrr_iI
device.queue.alloca 0rIrrIiiII_r | device.queue.dealloca 0rIrrrI_v | device.queue.fill 0rIrrrIIIiI_v
device.queue.update 0rIrrrIrIII_v | device.queue.copy 0rIrrrIrIII_v | device.queue.read 0rIrrrIrIII_v
device.queue.write 0rIrrrIrIII_v | device.queue.barrier 0rIrrI_v | device.queue.execute 0rIrrrI_v
device.queue.execute.indirect 0rIrrrICrIID_v | device.queue.flush 0rI_v | devices.count 0v_i
devices.get 0i_r | ex.file.from_memory 0rIirIIi_r | executable.create 0rIrrr_r
executable.lookup.function 0rr_I | fence.create 0rI_r | fence.join 0ICrD_r | fence.query 0r_i
fence.signal 0r_v | fence.fail 0ri_v | fence.await 0iICrD_i
"""
"""`hal.imports.mlir` of IREE 3.13, version 7 of the module."""


@pytest.fixture
def device():
    return LocalSyncDevice(LoaderSet([]))


@pytest.fixture(params=[False, True], ids=["silent", "recorded"])
def recording(request):
    return Recording(ExecutionRecorder("local-sync")) if request.param else None


@pytest.fixture
def hal(device, recording):
    """Calls a function of the module: `hal("fence.query", fence)`."""
    context = Context(Instance(), [hal_module([device], recording)])

    def call(name, *arguments):
        results = context.lookup_function(f"hal.{name}")(*arguments)
        return results[0] if len(results) == 1 else results or None

    return call


OWN = {"ex.buffer.read": "0rIrII_v", "ex.device.queue.transfer": "0rrIrrrIrIII_v"}
"""What upstream's module lacks; programs import it as optional."""


def test_all_imports_are_there():
    expected = dict(row.split() for line in IMPORTS.strip().splitlines() for row in line.split("|"))
    assert len(expected) == 58
    module = hal_module([])
    exports = Context(Instance(), [module]).states["hal"].exports()
    assert {name: export.cconv for name, export in exports.items()} == expected | OWN
    assert (module.name, module.version) == ("hal", VERSION) == ("hal", 7)


def test_bytes_of_a_buffer_are_read_at_once(hal, device):
    buffer = device.allocator.upload(48, 0x30C03, bytes(range(8)))
    target = VmBuffer(bytearray(6))
    hal("ex.buffer.read", buffer, 2, target, 1, 4)
    assert bytes(target.data) == bytes([0, 2, 3, 4, 5, 0])
    for arguments in ((buffer, 6, target, 0, 4), (buffer, 0, target, 4, 4)):
        with pytest.raises(StatusError, match="OUT_OF_RANGE"):
            hal("ex.buffer.read", *arguments)
    with pytest.raises(StatusError, match="PERMISSION_DENIED"):
        hal("ex.buffer.read", buffer, 0, VmBuffer(b"constant"), 0, 4)


def test_devices(hal, device):
    assert hal("devices.count") == 1
    assert hal("devices.get", 0) is device and hal("devices.get", 1) is None
    text = [VmBuffer(t) for t in (b"hal.device.id", b"local*", b"cuda*", b"nonsense")]
    assert hal("device.query.i64", device, text[0], text[1]) == (1, 1)
    assert hal("device.query.i64", device, text[0], text[2]) == (1, 0)
    assert hal("device.query.i64", device, text[3], text[2]) == (0, 0)
    assert hal("allocator.select", 0, 0, 0, [(device, -1)]) == (device, -1)


def test_buffers(hal, device):
    allocator = hal("device.allocator", device)
    buffer = hal("allocator.allocate", allocator, -1, 48, 3075, 16)
    hal("buffer.store", 0x1FF, buffer, 4, 1)
    hal("buffer.store", -2, buffer, 8, 4)
    assert [hal("buffer.load", buffer, 4, n) for n in (1, 2, 4)] == [0xFF] * 3
    assert hal("buffer.load", buffer, 8, 4) == -2 and hal("buffer.load", buffer, 8, 2) == 0xFFFE
    with pytest.raises(StatusError, match="length 3 is not 1, 2 or 4"):
        hal("buffer.load", buffer, 0, 3)
    part = hal("buffer.subspan", buffer, 8, 4)
    assert hal("buffer.length", part) == 4 and hal("buffer.load", part, 0, 4) == -2
    hal("buffer.allocation.preserve", part)
    assert hal("buffer.allocation.is_terminal", buffer) == 0
    assert [hal("buffer.allocation.discard", buffer) for _ in range(2)] == [0, 1]
    constant = hal(
        "allocator.import", allocator, 1, -1, 16, 3, VmBuffer(b"abcdefgh", mutable=False), 2, -1
    )
    assert bytes(constant.read()) == b"cdefgh"
    with pytest.raises(StatusError, match="OUT_OF_RANGE; range"):
        hal("allocator.import", allocator, 1, -1, 16, 3, VmBuffer(b"abc"), 2, 2)


def test_buffer_assertions(hal, device):
    other = LocalSyncDevice(LoaderSet([])).allocator
    buffer = device.allocator.allocate(48, 3, 16)
    name = VmBuffer(b"tensor")
    hal("buffer.assert", buffer, name, device.allocator, 16, 16, 3)
    hal("buffer.assert", buffer, name, other, 16, 16, 3)  # CPU devices share memory
    other.alignment = 1 << 40
    for arguments, message in (
        ((other, 16, 16, 3), "tensor buffer was allocated on another device"),
        (
            (device.allocator, 17, 16, 3),
            "tensor buffer byte length 16 less than expected minimum 17",
        ),
        ((device.allocator, 16, 2, 3), "tensor buffer memory type is not compatible"),
        ((device.allocator, 16, 16, 3075), "tensor buffer usage is not compatible"),
    ):
        with pytest.raises(StatusError, match=message):
            hal("buffer.assert", buffer, name, *arguments)


def test_buffer_views(hal, device, capsys):
    buffer = device.allocator.allocate(48, 3, 32)
    buffer.write(8, bytes([1, 0, 0, 0, 2, 0, 0, 0]))
    view = hal("buffer_view.create", buffer, 8, 8, 0x10000020, 1, [2, 1])
    assert isinstance(view, BufferView) and hal("buffer_view.buffer", view).byte_offset == 8
    assert [hal("buffer_view.dim", view, n) for n in (0, 1)] == [2, 1]
    assert hal("buffer_view.rank", view) == 2 and hal("buffer_view.encoding_type", view) == 1
    assert hal("buffer_view.element_type", view) == 0x10000020
    with pytest.raises(StatusError, match="dimension 2 out of range; view has rank 2"):
        hal("buffer_view.dim", view, 2)
    hal("buffer_view.trace", VmBuffer(b"here"), [view, view])
    assert capsys.readouterr().err == "=== here ===\n2x1xi32=[1][2]\n2x1xi32=[1][2]\n"
    hal("buffer_view.assert", view, VmBuffer(b"x"), 0x12000020, 1, [2, -1])
    with pytest.raises(StatusError, match="x encoding mismatch"):
        hal("buffer_view.assert", view, VmBuffer(b"x"), 0x10000020, 0, [2, 1])


def test_wrong_references(hal, device):
    with pytest.raises(StatusError, match="INVALID_ARGUMENT; ref is null"):
        hal("buffer_view.buffer", None)
    with pytest.raises(
        StatusError, match=r"ref type mismatch; expected hal.buffer but have hal.device"
    ):
        hal("buffer.length", device)


def test_fences(hal, device, recording):
    one, two = (hal("fence.create", device, 0) for _ in range(2))
    both = hal("fence.join", 0, [one, None, two])
    assert hal("fence.join", 0, [None]) is None
    assert hal("fence.query", both) == StatusCode.DEFERRED and hal("fence.query", None) == 0
    assert hal("fence.await", 1, 0, [both]) == StatusCode.DEADLINE_EXCEEDED
    hal("fence.signal", one)
    hal("fence.signal", None)
    assert hal("fence.await", -1, 0, [one, None]) == 0
    hal("fence.fail", two, int(StatusCode.CANCELLED))
    assert hal("fence.query", both) == StatusCode.CANCELLED
    with pytest.raises(StatusError, match="CANCELLED; fence failed by the program"):
        hal("fence.await", -1, 0, [both])
    with pytest.raises(StatusError, match="99 is not a status code"):
        hal("fence.fail", one, 99)
    if recording is not None:
        assert recording.recorder.record.summary() == (
            "#0 host: wait semaphore=s1 s2 value=1 1 status=DEADLINE_EXCEEDED\n"
            "#1 host: signal semaphore=s1 value=1\n"
            "#2 host: wait semaphore=s1 value=1 after #1\n"
            "#3 host: fail semaphore=s2 status=CANCELLED\n"
            "#4 host: wait semaphore=s1 s2 value=1 1 status=CANCELLED after #1 #3"
        )


def test_queue_operations(hal, device, recording):
    host = bytearray(8)
    start, end = hal("fence.create", device, 0), hal("fence.create", device, 0)
    steps = [start, *(hal("fence.create", device, 0) for _ in range(6)), end]
    a = hal("device.queue.alloca", device, -1, start, steps[1], 0, 48, 3075, 8, 0)
    b = device.allocator.allocate(48, 3075, 8)
    hal("device.queue.fill", device, -1, steps[1], steps[2], a, 0, -1, 0x0201, 2, 0)
    hal("device.queue.update", device, -1, steps[2], steps[3], VmBuffer(b"__xy"), 2, a, 4, 2, 0)
    hal("device.queue.copy", device, -1, steps[3], steps[4], a, 2, b, 0, 6, 0)
    file = hal("ex.file.from_memory", device, -1, 3, VmBuffer(host), 0, 8, 0)
    hal("device.queue.write", device, -1, steps[4], steps[5], b, 0, file, 1, 6, 0)
    hal("device.queue.read", device, -1, steps[5], steps[6], file, 0, b, 4, 4, 0)
    hal("device.queue.dealloca", device, -1, steps[6], end, a, 0)
    hal("device.queue.barrier", device, -1, end, None, 0)
    hal("device.queue.flush", device, -1)
    assert hal("fence.query", end) == StatusCode.DEFERRED
    hal("fence.signal", start)
    assert hal("fence.await", -1, 0, [end]) == 0
    assert bytes(host) == b"\0\x01\x02xy\x01\x02\0"
    assert bytes(b.read()) == b"\x01\x02xy\0\x01\x02x"
    with pytest.raises(StatusError, match="OUT_OF_RANGE; file range"):
        hal("device.queue.read", device, -1, None, None, file, 6, b, 0, 4, 0)
    if recording is not None:
        kinds = [event.kind for event in recording.recorder.record.in_dependency_order()]
        assert kinds.count("transfer") == 5 and kinds.count("alloc") == kinds.count("free") == 1


def test_command_buffers(hal, device):
    buffer = device.allocator.allocate(48, 3075, 8)
    commands = hal("command_buffer.create", device, 0, 3, -1, 1)
    hal("command_buffer.begin_debug_group", commands, VmBuffer(b"group"))
    hal("command_buffer.fill_buffer", commands, None, 0, 4, 0, 7, 1, 0)
    hal("command_buffer.execution_barrier", commands, 28, 13, 0)
    hal("command_buffer.update_buffer", commands, VmBuffer(b"abcd"), 1, None, 4, 2, 0, 0)
    hal("command_buffer.copy_buffer", commands, 0, 0, None, 4, buffer, 6, 2, 0)
    hal("command_buffer.advise_buffer", commands, buffer, 0, 0, 0, 0)
    hal("command_buffer.end_debug_group", commands)
    hal("command_buffer.finalize", commands)
    hal("device.queue.execute.indirect", device, -1, None, None, commands, 0, [(buffer, 0, 8)])
    assert bytes(buffer.read()) == b"\x07\x07\x07\x07bcbc"
    empty = hal("command_buffer.create", device, 0, 3, -1, 0)
    hal("command_buffer.finalize", empty)
    hal("device.queue.execute", device, -1, None, None, empty, 0)
    large = VmBuffer(bytes(65540))
    with pytest.raises(StatusError, match="exceeds the maximum"):
        hal("command_buffer.update_buffer", commands, large, 0, buffer, 0, 65540, 0, 0)


def test_an_interrupt_of_a_queue_operation_fails_its_fence(hal, device, monkeypatch):
    """An interrupt while a queue operation checks its arguments fails its signal fence: the device, which
    would signal it, never gets the work.
    """
    buffer, done = device.allocator.allocate(48, 3075, 8), hal("fence.create", device, 0)

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(type(buffer), "resolve", interrupt)
    with pytest.raises(KeyboardInterrupt):
        hal("device.queue.fill", device, -1, None, done, buffer, 0, 8, 1, 1, 0)
    assert hal("fence.query", done) == StatusCode.CANCELLED


def test_collectives_have_one_rank(hal, device):
    channel = hal("channel.create", device, -1, 0, None, None, 0, 1)
    assert hal("channel.rank_and_count", channel) == (0, 1)
    assert hal("channel.split", channel, 0, 0, 0) is channel
    with pytest.raises(StatusError, match="UNIMPLEMENTED; collective operations"):
        hal("channel.create", device, -1, 0, None, None, 0, 2)
    commands = hal("command_buffer.create", device, 0, 3, -1, 0)
    with pytest.raises(StatusError, match="UNIMPLEMENTED; collective operations"):
        hal("command_buffer.collective", commands, channel, 0, 0, 0, 0, None, None, 0, 0, 0, 0, 0)
