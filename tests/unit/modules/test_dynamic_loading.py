"""Loading libraries, refusing what cannot be loaded, loading new versions, and unloading."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ireelite.bytecode.module_def import Dependency
from ireelite.modules.dynamic import check_trusted, load_dynamic_module
from ireelite.modules.dynamic.build import build_dynamic_module
from ireelite.status import StatusCode, StatusError
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance
from ireelite.vm.native import NativeModule
from ireelite.vm.refs import Buffer

Build = Callable[..., Path]


@pytest.fixture(scope="session")
def second_everything(build_everything: Build) -> Path:
    """The same module, a generation later."""
    return build_everything("-DGENERATION=2")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the library writes down what is freed."""
    return tmp_path / "log"


def lines(log: Path) -> list[str]:
    """What has been freed, in order."""
    return log.read_text().splitlines() if log.exists() else []


def failure(*arguments: Any, **options: Any) -> StatusError:
    """What loading fails with."""
    with pytest.raises(StatusError) as caught:
        load_dynamic_module(*arguments, **options)
    return caught.value


# -- what is refused


def test_a_missing_file(tmp_path: Path):
    error = failure(tmp_path / "no.so")
    assert error.code == StatusCode.NOT_FOUND
    assert f"failed to open file '{tmp_path / 'no.so'}'" in str(error)
    assert f"loading dynamic module at '{tmp_path / 'no.so'}'" in str(error)


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", b"#!/bin/sh\n", b"ireelite_dynamic_module_abi"]
)
def test_what_is_no_library(tmp_path: Path, data: bytes):
    path = tmp_path / "a.so"
    path.write_bytes(data)
    error = failure(path)
    assert error.code == StatusCode.DATA_LOSS
    assert "is not a shared library" in str(error)


def test_half_a_library(everything: Path, tmp_path: Path):
    data = everything.read_bytes()
    path = tmp_path / "half.so"
    path.write_bytes(data[: len(data) // 3] + b"\0ireelite_dynamic_module_abi\0")
    error = failure(path)
    assert error.code == StatusCode.DATA_LOSS
    assert "is not a shared library for this machine: segment" in str(error)


def test_a_library_that_lacks_another(tmp_path: Path):
    source = tmp_path / "lacking.c"
    source.write_text(
        "#include <ireelite/dynamic_module.h>\nIREELITE_DYNAMIC_MODULE_ABI();\n"
        "void nowhere(void);\nvoid* iree_vm_dynamic_module_create(void) { nowhere(); return 0; }\n"
    )
    error = failure(build_dynamic_module(source, tmp_path / "lacking.so"))
    assert error.code == StatusCode.DATA_LOSS
    assert f"library '{tmp_path / 'lacking.so'}' cannot be loaded: undefined symbol" in str(error)


def test_a_library_for_another_runtime_is_not_even_opened(tmp_path: Path, log: Path):
    """A constructor would run if it were opened, and the function would crash."""
    source = tmp_path / "foreign.c"
    source.write_text(
        "#include <stdio.h>\n#include <stdlib.h>\n"
        f'__attribute__((constructor)) static void opened(void) {{ fclose(fopen("{log}", "w")); }}\n'
        "void* iree_vm_dynamic_module_create(void) { abort(); }\n"
    )
    error = failure(build_dynamic_module(source, tmp_path / "foreign.so"))
    assert error.code == StatusCode.INCOMPATIBLE
    assert "it does not export ireelite_dynamic_module_abi" in str(error)
    assert "build it with the header ireelite/dynamic_module.h" in str(error)
    assert not log.exists()


def test_the_markers_name_alone_is_not_enough(tmp_path: Path):
    source = tmp_path / "named.c"
    source.write_text(
        "#include <stdlib.h>\n"
        'const char* name(void) { return "ireelite_dynamic_module_abi"; }\n'
        "void* iree_vm_dynamic_module_create(void) { abort(); }\n"
    )
    assert failure(build_dynamic_module(source, tmp_path / "a.so")).code == StatusCode.INCOMPATIBLE


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ("{'I','R','E','E','L','I','T','E'}, 0x00020000u, 8", "version 2.0 of the dynamic module"),
        ("{'I','R','E','E','L','I','T','E'}, 0x00000009u, 8", "version 0.9 of the dynamic module"),
        ("{'S','O','M','E','E','L','S','E'}, 0x00010000u, 8", "was not built for this runtime"),
        ("{'I','R','E','E','L','I','T','E'}, 0x00010000u, 4", "has pointers of 4 bytes"),
    ],
)
def test_a_library_of_another_version_is_not_called(tmp_path: Path, marker: str, expected: str):
    source = tmp_path / "other.c"
    source.write_text(
        "#include <ireelite/dynamic_module.h>\n#include <stdlib.h>\n"
        f"const ireelite_dynamic_module_abi_t ireelite_dynamic_module_abi = {{{marker}}};\n"
        "void* iree_vm_dynamic_module_create(void) { abort(); }\n"
    )
    error = failure(build_dynamic_module(source, tmp_path / "other.so"))
    assert error.code == StatusCode.INCOMPATIBLE
    assert expected in str(error)


def test_a_library_for_a_version_to_come_says_so_itself(build_everything: Build):
    """One of the same major version is called, since it may do with less."""
    error = failure(build_everything("-DIREELITE_ABI_VERSION=0x00010007u"))
    assert error.code == StatusCode.UNIMPLEMENTED
    assert error.message == (
        "the runtime has version 1.1 of the dynamic module interface; the module needs 1.7"
    )


@pytest.mark.parametrize("mode", ["larger", "short descriptor"])
def test_structs_of_other_minor_versions(everything: Path, log: Path, mode: str):
    module = load_dynamic_module(everything, params={"mode": mode, "log": str(log)})
    box = Context(Instance(), [module]).lookup_function("everything.box")(3)[0]
    del box
    assert ("destroy box 3" in lines(log)) == (mode == "larger")


def test_a_module_that_needs_a_newer_host_says_so(everything: Path):
    error = failure(everything, "create_from_the_future")
    assert str(error).startswith("UNIMPLEMENTED; version 1.1 is too old; loading dynamic module at")


def test_a_missing_function(everything: Path):
    error = failure(everything, "create_nothing")
    assert error.code == StatusCode.NOT_FOUND
    assert "the library exports no function 'create_nothing'" in str(error)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("null", "INTERNAL; the library's module cannot be used: 'iree_vm_dynamic_module_create' "
                 "made no module and gave no error"),
        ("error", "UNAVAILABLE; no luck with error"),
        ("cconv", "INTERNAL; the library's module cannot be used: invalid calling convention '0x_y'"),
        ("twice", "INTERNAL; the library's module cannot be used: it exports 'nothing' twice"),
        ("nameless export", "INTERNAL; the library's module cannot be used: an export has no name"),
        ("exports", "exports at 0x0"),
        ("many exports", "INTERNAL; the library's module cannot be used: it has 18446744073709551615"),
        ("nameless", "INTERNAL; the library's module cannot be used: '' cannot be the name"),
        ("dot", "INTERNAL; the library's module cannot be used: 'every.thing' cannot be the name"),
        ("size", "INTERNAL; the library's module cannot be used: its struct_size is 8"),
        ("version", "INTERNAL; the library's module cannot be used: its abi_version is 2.0"),
        ("call", "INTERNAL; the library's module cannot be used: it has no function `call`"),
    ],
)  # fmt: skip
def test_modules_that_cannot_be_used(everything: Path, log: Path, mode: str, expected: str):
    instance = Instance()
    error = failure(everything, None, {"mode": mode, "log": str(log)}, instance)
    assert expected in str(error)
    assert lines(log)[-1] == "unload 1"
    with pytest.raises(StatusError, match="NOT_FOUND"):
        instance.resolve_type("!everything.box")


def test_what_a_failed_start_leaves_is_destroyed(everything: Path, log: Path):
    error = failure(everything, params={"mode": "leaves an object", "log": str(log)})
    assert error.code == StatusCode.INTERNAL
    assert lines(log) == ["destroy box 0", "unload 1"]


def test_native_code_must_be_trusted(everything: Path):
    error = failure(everything, trusted=False)
    assert error.code == StatusCode.PERMISSION_DENIED
    check_trusted(True)
    with pytest.raises(StatusError, match="PERMISSION_DENIED; a dynamic module is native code"):
        check_trusted(False)


# -- in a context


def test_dependencies(everything: Path):
    class Hal:
        pass

    required = load_dynamic_module(everything, params={"mode": "requires hal"})
    assert required.dependencies == [Dependency("hal", 7)]
    with pytest.raises(StatusError, match="NOT_FOUND; required module 'hal' not available"):
        Context(Instance(), [required])
    old = NativeModule("hal", version=6, state_factory=Hal)
    with pytest.raises(StatusError, match="required module 'hal' version mismatch; have 6"):
        Context(Instance(), [old, required])
    Context(Instance(), [NativeModule("hal", version=7, state_factory=Hal), required])
    wanted = load_dynamic_module(everything, params={"mode": "wants hal"})
    Context(Instance(), [wanted])


def test_types_are_known_where_the_module_is_used(everything: Path):
    mine, other = Instance(), Instance()
    module = load_dynamic_module(everything, instance=mine)
    assert mine.resolve_type("!everything.box") == "everything.box"
    context = Context(other, [module])
    assert other.resolve_type("!everything.box") == "everything.box"
    del context, module
    gc.collect()
    for instance in (mine, other):
        with pytest.raises(StatusError, match="NOT_FOUND"):
            instance.resolve_type("!everything.box")


# -- unloading


def test_everything_is_freed_in_order(everything: Path, log: Path):
    module = load_dynamic_module(everything, params={"log": str(log)})
    context = Context(Instance(), [module])
    box = context.lookup_function("everything.box")(7)[0]
    context.lookup_function("everything.count")(3)
    del module
    gc.collect()
    assert lines(log) == []
    context.close()
    del context
    gc.collect()
    assert lines(log) == ["free state 3"]
    del box
    assert lines(log) == ["free state 3", "destroy box 7", "destroy module 1", "unload 1"]


def test_a_function_keeps_its_library(everything: Path, log: Path):
    module = load_dynamic_module(everything, params={"log": str(log)})
    count = Context(Instance(), [module]).lookup_function("everything.count")
    del module
    gc.collect()
    assert count(1) == (1,)
    del count
    gc.collect()
    assert lines(log)[-1] == "unload 1"


def test_an_object_that_a_state_keeps_dies_with_it(everything: Path, log: Path):
    module = load_dynamic_module(everything, params={"log": str(log)})
    context = Context(Instance(), [module])
    context.lookup_function("everything.keep")(context.lookup_function("everything.box")(5)[0])
    del module, context
    gc.collect()
    assert lines(log) == ["free state 0", "destroy box 5", "destroy module 1", "unload 1"]


def test_an_object_dies_outside_of_the_library(everything: Path, log: Path):
    """The last reference goes while the library is at work: `destroy` waits until it is done."""
    module = load_dynamic_module(everything, params={"log": str(log)})
    context = Context(Instance(), [module])
    call = {name: context.lookup_function(f"everything.{name}") for name in ("box", "keep")}
    call["keep"](call["box"](1)[0])
    call["keep"](call["box"](2)[0])
    assert lines(log) == ["destroy box 1"]
    call["keep"](None)
    assert lines(log) == ["destroy box 1", "destroy box 2"]


def test_an_object_in_a_cycle_is_freed_before_its_library(everything: Path, log: Path):
    from ireelite.vm.refs import List

    module = load_dynamic_module(everything, params={"log": str(log)})
    cycle = List()
    context = Context(Instance(), [module])
    cycle.items += [cycle, context.lookup_function("everything.box")(9)[0], context, module]
    del module, context, cycle
    gc.collect()
    gc.collect()
    assert sorted(lines(log)[:2]) == ["destroy box 9", "free state 0"]
    assert lines(log)[2:] == ["destroy module 1", "unload 1"]


def test_a_context_that_is_garbage_is_finished_before_its_states_are_freed(
    everything: Path, log: Path
):
    module = load_dynamic_module(everything, params={"log": str(log), "mode": "deinit"})
    context = Context(Instance(), [module])
    context.lookup_function("everything.count")(3)
    cycle: list[Any] = [context, context.states["everything"], module]
    cycle.append(cycle)
    del module, context, cycle
    gc.collect()
    assert lines(log) == ["finish 3", "free state 3", "destroy module 1", "unload 1"]


def test_garbage_may_use_other_garbage(everything: Path, log: Path):
    class Node:
        """Calls the library when it dies, with an object that dies at the same time."""

        def __init__(self, unbox: Any, box: Any):
            self.unbox, self.box, self.cycle = unbox, box, self

        def __del__(self) -> None:
            seen.append(self.unbox(self.box))

    seen: list[Any] = []
    module = load_dynamic_module(everything, params={"log": str(log)})
    context = Context(Instance(), [module])
    function = context.lookup_function
    Node(function("everything.unbox"), function("everything.box")(9)[0])
    del module, context, function
    gc.collect()
    assert seen == [(9,)]
    assert sorted(lines(log)[:2]) == ["destroy box 9", "free state 0"]
    assert lines(log)[2:] == ["destroy module 1", "unload 1"]


def test_a_state_that_is_gone_is_not_used(everything: Path):
    module = load_dynamic_module(everything)
    context = Context(Instance(), [module])
    state: Any = context.states["everything"]
    state.native.free()
    with pytest.raises(StatusError, match=r"the state that everything\.count works on is gone"):
        context.lookup_function("everything.count")(1)


def test_without_destroy(everything: Path, log: Path):
    load_dynamic_module(everything, params={"log": str(log), "mode": "no destroy"})
    gc.collect()
    assert lines(log) == ["unload 1"]


def test_leaked_references_keep_nothing_but_what_they_are_for(everything: Path, log: Path):
    module = load_dynamic_module(everything, params={"log": str(log)})
    context = Context(Instance(), [module])
    lost = Buffer(b"lost")
    context.lookup_function("everything.leak")(lost, 1000)
    del module, context
    gc.collect()
    assert lines(log)[-1] == "unload 1"
    assert sys.getrefcount(lost) == 2


def test_libraries_do_not_pile_up(everything: Path):
    maps = Path("/proc/self/maps")  # Linux shows there what is loaded

    def loaded() -> int:
        return maps.read_text().count("ireelite-shared-object") if maps.exists() else 0

    def files() -> int:
        return len(os.listdir("/dev/fd"))

    gc.collect()
    before = loaded(), files()
    for _ in range(5):
        module = load_dynamic_module(everything)
        Context(Instance(), [module]).lookup_function("everything.box")(1)
        assert loaded() > before[0] or not maps.exists()
        del module
        gc.collect()
    assert (loaded(), files()) == before


def test_what_is_alive_at_the_end_of_the_process_is_freed(everything: Path, log: Path):
    program = f"""
        from ireelite.modules.dynamic import load_dynamic_module
        from ireelite.vm.context import Context
        from ireelite.vm.instance import Instance

        module = load_dynamic_module({str(everything)!r}, params={{"log": {str(log)!r}}})
        context = Context(Instance(), [module])
        box = context.lookup_function("everything.box")(4)[0]
        context.lookup_function("everything.keep")(context.lookup_function("everything.box")(5)[0])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    freed = lines(log)
    assert sorted(freed[:-2]) == ["destroy box 4", "destroy box 5", "free state 0"]
    assert freed[-2:] == ["destroy module 1", "unload 1"]


# -- loading again


@pytest.mark.parametrize("how", ["overwritten in place", "replaced"])
def test_a_new_version_while_the_old_one_lives(
    everything: Path, second_everything: Path, tmp_path: Path, log: Path, how: str
):
    path = tmp_path / "lib.so"
    shutil.copy(everything, path)
    instance = Instance()
    params = {"log": str(log)}

    def call(context: Context, name: str, *arguments: Any) -> Any:
        return context.lookup_function(f"everything.{name}")(*arguments)[0]

    old = Context(instance, [load_dynamic_module(path, None, params, instance)])
    old_box = call(old, "box", 1)
    call(old, "count", 10)
    if how == "replaced":
        shutil.copy(second_everything, tmp_path / "new")
        (tmp_path / "new").replace(path)
    else:
        inode = path.stat().st_ino
        path.write_bytes(second_everything.read_bytes())
        assert path.stat().st_ino == inode
    new = Context(instance, [load_dynamic_module(path, None, params, instance)])

    assert (call(old, "generation"), call(new, "generation")) == (1, 2)
    assert (call(old, "count", 1), call(new, "count", 1)) == (11, 1)
    new_box = call(new, "box", 2)
    assert (call(old, "unbox", old_box), call(new, "unbox", new_box)) == (1, 2)
    with pytest.raises(StatusError, match="of another load of the library"):
        call(new, "unbox", old_box)
    assert instance.lookup_type("everything.box").type is type(new_box)

    del old
    gc.collect()
    assert lines(log) == ["free state 11"]
    assert call(new, "unbox", new_box) == 2
    del old_box
    assert lines(log)[1:] == ["destroy box 1", "destroy module 1", "unload 1"]
    assert instance.lookup_type("everything.box").type is type(new_box)
    assert call(new, "unbox", new_box) == 2
    del new, new_box
    gc.collect()
    assert lines(log)[-1] == "unload 2"
    with pytest.raises(StatusError, match="NOT_FOUND"):
        instance.lookup_type("everything.box")


def test_a_file_may_be_removed(everything: Path, tmp_path: Path):
    path = tmp_path / "lib.so"
    shutil.copy(everything, path)
    module = load_dynamic_module(path)
    path.unlink()
    assert Context(Instance(), [module]).lookup_function("everything.generation")() == (1,)


def test_each_load_has_its_own_globals(everything: Path):
    one = load_dynamic_module(everything, params={"greeting": "one"})
    two = load_dynamic_module(everything, params={"greeting": "two"})
    greetings = [
        bytes(Context(Instance(), [module]).lookup_function("everything.greet")()[0].data)
        for module in (one, two)
    ]
    assert greetings == [b"one", b"two"]
