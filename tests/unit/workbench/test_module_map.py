"""The map of modules: what is resolved to what, globals in each context, and where a file's bytes
go; for modules by this compiler and by upstream's.
"""

from __future__ import annotations

import json
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

import ireelite
import workbench
from ireelite.status import StatusError
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance
from workbench.model.module_map import ModuleBox, format_of, module_map
from workbench.render.svg_modules import draw_modules
from workbench.render.text_structures import module_text

SOURCE = """module @counted {
  util.global private mutable @count = dense<0> : tensor<i32>
  func.func @next(%step: tensor<i32>) -> tensor<i32> {
    %old = util.global.load @count : tensor<i32>
    %new = stablehlo.add %old, %step : tensor<i32>
    util.global.store %new, @count : tensor<i32>
    return %new : tensor<i32>
  }
}
"""
UPSTREAM = """module @up {
  util.global private mutable @turns = 5 : i32
  func.func @turn() -> i32 {
    %0 = util.global.load @turns : i32
    %1 = arith.addi %0, %0 : i32
    util.global.store %1, @turns : i32
    return %1 : i32
  }
}
"""


@pytest.fixture(scope="module")
def program() -> ireelite.Program:
    return ireelite.compile(SOURCE, targets=["vmvx"], record=True)


def last(model: object) -> ModuleBox:
    return model.modules[-1]  # pyright: ignore[reportAttributeAccessIssue]


def test_imports_are_resolved_to_the_exports_of_modules_before(program: ireelite.Program):
    with ireelite.load(program) as module:
        model = module_map([module], program)
    assert [box.name for box in model.modules] == ["hal", "counted"]
    hal, own = model.modules
    assert own.dependencies == ["hal from version 7"] and own.imports
    for row in own.imports:
        assert row.state == "resolved" and model.modules[row.module] is hal
        export = next(e for e in hal.exports if f"hal.{e.name}" == row.name)
        assert export.users == ["counted"] and export.signature == row.signature
    used = [export.name for export in hal.exports if export.users]
    assert used == [row.name.removeprefix("hal.") for row in own.imports]
    assert [row.name for row in hal.used_exports] == used
    assert "next" in [row.name for row in own.used_exports]


def test_globals_of_several_contexts_stand_side_by_side(program: ireelite.Program):
    with ireelite.load(program) as module, module.fork() as other:
        module.next(np.int32(5))
        model = module_map([module, other], program)
        with pytest.raises(StatusError, match="the same modules in the same order"):
            module_map([module, Context(Instance())])
    rows = {row.name: row for row in last(model).globals}
    assert rows["count"].type.startswith("!hal.buffer") and "__device" in rows
    assert rows["count"].values == ("i32=5", "i32=0")
    assert all(len(row.values) == 2 for row in rows.values())
    assert all(set(row.values) != {"null"} for box in model.modules for row in box.globals)


def test_the_parts_are_the_whole_file(program: ireelite.Program):
    box = last(module_map([program]))
    assert box.size == len(program.data)
    code = {part.name: part.bytes for part in box.parts if part.group == "bytecode"}
    assert code["next"] > 0 and "__init" in code
    executables = [part for part in box.parts if part.group == "executables"]
    assert executables and all("VMVX" in part.detail for part in executables)
    assert all("_dispatch_0" in point for part in executables for point in part.entry_points)
    sizes = [part.bytes for part in box.parts[:-1]]
    assert sizes == sorted(sizes, reverse=True) and box.parts[-1].bytes > 0


def test_a_module_of_upstream_is_shown_with_its_globals(tmp_path: Path):
    file, source = tmp_path / "up.vmfb", tmp_path / "up.mlir"
    source.write_text(UPSTREAM)
    command = ["iree-compile", "--iree-hal-target-backends=vmvx", str(source), "-o", str(file)]
    subprocess.run(command, check=True, capture_output=True)
    box = last(module_map([str(file)]))
    assert box.size == file.stat().st_size and "turn" in [row.name for row in box.exports]
    with ireelite.load(file) as module, module.fork() as other:
        assert module.turn() == 10
        model = module_map([module, other])
    numbers = [row for row in last(model).globals if row.type == "i32"]
    assert [row.values for row in numbers] == [("10", "5")]
    assert "10 | 5" in module_text(model)


def test_code_is_known_by_its_first_bytes():
    assert format_of(b"\x7fELF\x02\x01") == "ELF, a shared object"
    assert format_of(b"\0\0\0\0\0\0\0\0VKE1") == "SPIR-V for Vulkan and WebGPU"
    assert format_of(b"words") == ""


def test_other_sources_are_refused(tmp_path: Path):
    with pytest.raises(StatusError, match=r"loaded modules, contexts, a program or a \.vmfb file"):
        workbench.ModuleMap(3)
    with pytest.raises(StatusError, match="failed to open file"):
        workbench.ModuleMap(str(tmp_path / "none.vmfb"))
    with pytest.raises(StatusError, match="DATA_LOSS"):
        workbench.ModuleMap(b"nothing of the kind, and long enough to be read")


def test_the_view_draws_a_line_for_each_import(program: ireelite.Program):
    with ireelite.load(program) as module:
        view = workbench.ModuleMap(module, program=program)
    state = json.loads(view.to_json())
    assert state["kind"] == "modules" and state["seeds"]
    root = ET.fromstring(draw_modules(view.model).document(view.label()))
    links = [node for node in root.iter() if (node.get("class") or "").startswith("link")]
    assert len(links) == len(view.model.modules[-1].imports)
    assert len(view._esm.encode()) < 60_000 and "default-src 'none'" in view.to_html()
