"""The devices of arguments and results, from a module's reflection and the devices given."""

from __future__ import annotations

import pytest

from ireelite.argument_devices import devices_of
from ireelite.hal.drivers.local_sync import LocalSyncDevice
from ireelite.hal.executable import LoaderSet
from ireelite.signature import DEVICES, Argument
from ireelite.status import StatusError

FIRST, SECOND = (LocalSyncDevice(LoaderSet([])) for _ in range(2))
ON_B = Argument("x", "tensor<f32>", (), None, "{iree.abi.affinity = #hal.device.promise<@b>}")
ANYWHERE = Argument("y", "tensor<f32>", ())


def test_affinities_choose_among_the_devices():
    devices, reflection = [FIRST, SECOND], {DEVICES: "a=local,b=local[1]"}
    assert devices_of([ON_B, ANYWHERE], reflection, SECOND, devices) == [SECOND, FIRST]
    assert devices_of([ON_B, ANYWHERE], {}, SECOND, devices) == [SECOND, SECOND]
    named = {"b": SECOND}
    assert devices_of([ON_B, ANYWHERE], {}, FIRST, devices, named) == [SECOND, FIRST]


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        (
            "a=local,b=local[2]",
            r"NOT_FOUND; the module's device 'b' is local\[2\], which needs 3 of 'local\*'; "
            r"2 of the 2 devices given match",
        ),
        ("a=local,b=vulkan", r"'b' is vulkan, which needs 1 of 'vulkan\*'; 0 of the 2 devices"),
    ],
)
def test_a_device_that_is_not_given_is_an_error(kinds: str, message: str):
    with pytest.raises(StatusError, match=message):
        devices_of([ON_B], {DEVICES: kinds}, FIRST, [FIRST, SECOND])
