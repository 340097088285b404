"""Code of compiled bytecode is on disk for the next process, by the CPU's features."""

import pytest

from ireelite.vm.jit import code
from ireelite.vm.jit.code import kept


@pytest.fixture
def makes(tmp_path, monkeypatch):
    monkeypatch.setenv("IREELITE_CACHE_DIR", str(tmp_path / "code"))
    monkeypatch.delenv("IREELITE_CACHE", raising=False)
    calls: list[str] = []

    def make(text: str) -> bytes:
        return kept(text, lambda: calls.append(text) or b"code")

    make.calls = calls
    return make


def test_code_is_made_once_for_each_text_and_set_of_features(makes, monkeypatch):
    monkeypatch.setattr(code, "feature_key", lambda: "avx2")
    assert makes("a") == makes("a") == makes("b") == b"code"
    assert makes.calls == ["a", "b"]
    monkeypatch.setattr(code, "feature_key", lambda: "avx2 avx512f")
    makes("a")
    assert makes.calls == ["a", "b", "a"]


def test_nothing_is_kept_where_only_llvm_knows_the_cpu(makes, monkeypatch):
    monkeypatch.setattr(code, "feature_key", lambda: None)
    makes("a")
    makes("a")
    assert makes.calls == ["a", "a"]
