"""Reference types that modules add to an instance."""

from __future__ import annotations

import pytest

from ireelite.status import StatusCode, StatusError
from ireelite.vm.instance import Instance


class Text:
    """A type of this file's."""

    vm_type = "custom.text"


def other_text(origin: str) -> type:
    """Another class for the same name."""
    return type("Text", (), {"vm_type": "custom.text", "vm_type_origin": origin})


def test_a_class_is_found_by_its_name_until_it_is_unregistered():
    instance = Instance()
    with pytest.raises(
        StatusError, match=r"NOT_FOUND; no type registered with name '!custom.text'"
    ):
        instance.resolve_type("!custom.text")
    assert instance.register_type(Text).type is Text
    assert instance.lookup_type("custom.text").type is Text
    assert instance.resolve_type("!custom.text") == "custom.text"
    assert instance.resolve_type("!vm.list<!custom.text>") == "vm.list"
    instance.unregister_type(Text)
    with pytest.raises(StatusError, match="NOT_FOUND"):
        instance.lookup_type("custom.text")
    with pytest.raises(StatusError, match="NOT_FOUND"):
        instance.unregister_type(Text)


def test_registering_the_same_class_again_is_counted():
    instance = Instance()
    instance.register_type(Text)
    instance.register_type(Text)
    instance.unregister_type(Text)
    assert instance.resolve_type("!custom.text") == "custom.text"
    instance.unregister_type(Text)
    with pytest.raises(StatusError, match="NOT_FOUND"):
        instance.resolve_type("!custom.text")


def test_a_name_belongs_to_one_origin():
    instance = Instance()
    instance.register_type(other_text("library a"))
    with pytest.raises(StatusError) as caught:
        instance.register_type(other_text("library b"))
    assert caught.value.code == StatusCode.ALREADY_EXISTS
    assert "already registered by library a" in str(caught.value)


def test_a_newer_version_of_an_origin_counts_until_it_goes():
    instance = Instance()
    old, new = other_text("library"), other_text("library")
    instance.register_type(old)
    instance.register_type(new)
    assert instance.lookup_type("custom.text").type is new
    instance.unregister_type(new)
    assert instance.lookup_type("custom.text").type is old
    instance.register_type(new)
    instance.unregister_type(old)
    assert instance.lookup_type("custom.text").type is new


def test_two_instances_do_not_share_types():
    Instance().register_type(Text)
    with pytest.raises(StatusError, match="NOT_FOUND"):
        Instance().lookup_type("custom.text")


@pytest.mark.parametrize("name", ["", "string", "!custom.string", "custom.", "custom string", ".a"])
def test_what_is_no_name_is_refused(name: str):
    with pytest.raises(StatusError, match="INVALID_ARGUMENT"):
        Instance().register_type(name)


def test_the_runtimes_types_are_its_own():
    instance = Instance()
    with pytest.raises(
        StatusError, match=r"ALREADY_EXISTS; type 'hal\.fence' belongs to the runtime"
    ):
        instance.register_type("hal.fence")
    assert instance.lookup_type("hal.fence").type is None
    with pytest.raises(StatusError, match=r"did you mean 'hal\.fence'"):
        instance.lookup_type("hal.fense")


def test_a_class_without_a_type_is_refused():
    with pytest.raises(StatusError, match="class int has no vm_type"):
        Instance().register_type(int)
