"""The schedule of shaders by the drivers and devices of a machine."""

import pytest

from ireelite.targets.spirv import machine


@pytest.fixture(autouse=True)
def fresh():
    machine.schedule_of_machine.cache_clear()
    yield
    machine.schedule_of_machine.cache_clear()


@pytest.mark.parametrize(
    ("drivers", "has_gpu", "expected"),
    [
        ([], True, "portable"),
        (["lvp_icd.x86_64.json"], False, "lavapipe"),
        (["lvp_icd.x86_64.json"], True, "lavapipe"),
        (["lvp_icd.x86_64.json", "radeon_icd.x86_64.json"], False, "lavapipe"),
        (["lvp_icd.x86_64.json", "radeon_icd.x86_64.json"], True, "gpu"),
        (["nvidia_icd.json"], False, "portable"),
    ],
)
def test_a_machine_has_the_schedule_of_its_devices(
    tmp_path, monkeypatch, drivers, has_gpu, expected
):
    for name in machine.DRIVER_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name in drivers:
        (tmp_path / name).write_text("{}")
    if has_gpu:
        (tmp_path / "renderD128").write_text("")
    monkeypatch.setattr(machine, "DRIVERS", (f"{tmp_path}/*.json",))
    monkeypatch.setattr(machine, "GPU_NODES", (f"{tmp_path}/renderD*",))
    assert machine.schedule_of_machine() == expected
    machine.schedule_of_machine.cache_clear()
    monkeypatch.setenv("VK_DRIVER_FILES", "/a/lvp_icd.json")
    assert machine.schedule_of_machine() == "lavapipe"
