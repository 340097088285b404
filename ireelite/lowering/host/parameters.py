"""Globals whose initial values are parameters: read when a module is loaded, all of a scope at once."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from xdsl.dialects.builtin import MemRefType, TensorType, i32
from xdsl.ir import Region

from ireelite.dialects import util, vm
from ireelite.dialects.affinity import AFFINITY, device_name
from ireelite.dialects.flow_parameters import NamedParameterAttr
from ireelite.dialects.sequencer.iree_ll_seq import byte_size
from ireelite.lowering.host.conversion import HostConversion
from ireelite.lowering.host.types import LIST
from ireelite.lowering.host.values import store_global
from ireelite.lowering.vm import hal_imports as hal
from ireelite.lowering.vm.buffer_views import buffer_view
from ireelite.lowering.vm.building import number

BUFFER = vm.RefType.to("hal.buffer")


def load_parameters(globals: Sequence[util.GlobalOp], to: HostConversion, region: Region) -> None:
    """Sets globals to the parameters that they name: one load a device and scope, and a wait."""
    groups: dict[tuple[str | None, str], list[util.GlobalOp]] = {}
    for op in globals:
        place = device_name(op.attributes.get(AFFINITY))
        groups.setdefault((place, _parameter(op).scope.data), []).append(op)
    for (place, scope), members in groups.items():
        with to.rewriting(load_parameters, *members), to.b.on(place):
            _load_scope(scope, members, to, region)


def _parameter(op: util.GlobalOp) -> NamedParameterAttr:
    assert isinstance(op.initial_value, NamedParameterAttr)
    return op.initial_value


def _load_scope(
    scope: str, members: Sequence[util.GlobalOp], to: HostConversion, region: Region
) -> None:
    b = to.b
    table, names, spans = bytearray(), bytearray(), bytearray()
    sizes: list[int] = []
    for op in members:
        key = _parameter(op).key.data.encode()
        table += struct.pack("<II", len(names), len(key))
        names += key
        sizes.append(_size(op))
        spans += struct.pack("<QQQ", 0, 0, sizes[-1])
    device, affinity, zero = b.device(), b.i64(hal.ANY_AFFINITY), b.i64(0)
    (loaded,) = b.call("hal.fence.create", device, zero)
    where = b.contents(scope.encode()) if scope else b.null("vm.buffer")
    memory, usage = b.i32(hal.DEVICE_LOCAL), b.i32(hal.TRANSFER_AND_STORAGE)
    tables = [b.contents(bytes(part)) for part in (table, names, spans)]
    now = b.null("hal.fence")
    (buffers,) = b.call(
        "io_parameters.load", device, affinity, now, loaded, where, affinity, memory, usage, *tables
    )
    assert buffers.type == LIST
    b.await_fence(loaded, region)
    for index, (op, size) in enumerate(zip(members, sizes, strict=True)):
        type = _parameter(op).type
        assert isinstance(type, TensorType)
        buffer = b.value("list.get.ref", [buffers, number(to, index, i32)], BUFFER)
        dims = [b.i64(extent) for extent in type.get_shape()]
        store_global(to, op.sym_name.data, buffer_view(b, buffer, b.i64(size), type, dims))


def _size(op: util.GlobalOp) -> int:
    """Bytes of a parameter, as a file has them."""
    type = _parameter(op).type
    assert isinstance(type, TensorType)
    return byte_size(MemRefType(type.element_type, type.get_shape()))
