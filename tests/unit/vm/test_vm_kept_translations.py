"""Translations of bytecode that processes before this one made of the same module."""

import numpy as np
import pytest

import ireelite
from ireelite.executables import code_cache
from ireelite.vm import translation, translator
from ireelite.vm.bytecode_module import BytecodeModule

SOURCE = """
func.func @f(%x: tensor<600x600xf32>) -> tensor<600xf32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %0 = stablehlo.tanh %x : tensor<600x600xf32>
  %1 = stablehlo.reduce(%0 init: %zero) applies stablehlo.add across dimensions = [1]
      : (tensor<600x600xf32>, tensor<f32>) -> tensor<600xf32>
  return %1 : tensor<600xf32>
}"""
INPUT = np.linspace(-1, 1, 360_000, dtype=np.float32).reshape(600, 600)


@pytest.fixture(scope="module")
def data():
    return ireelite.compile(SOURCE, targets="vmvx").data


@pytest.fixture
def translated(tmp_path, monkeypatch):
    """The functions that are translated, while translations are kept in a folder of the test's."""
    made = []

    def translate(facts, ordinal, *flags, **options):
        made.append(ordinal)
        return plain(facts, ordinal, *flags, **options)

    plain = translator.translate
    monkeypatch.setattr(translator, "translate", translate)
    monkeypatch.setenv("IREELITE_CACHE", "1")
    monkeypatch.setenv("IREELITE_CACHE_DIR", str(tmp_path / "code"))
    return made


def run(data, **options):
    module = ireelite.load(data, **options)
    return [module.f(INPUT).tobytes() for _ in range(3)]


def test_a_kept_translation_computes_the_same_and_its_loops_are_compiled(data, translated):
    first = run(data)
    count = len(translated)
    assert count > 0
    assert run(data) == first
    assert len(translated) == count


def test_without_the_cache_each_load_translates(data, translated, monkeypatch):
    monkeypatch.setenv("IREELITE_CACHE", "0")
    run(data)
    count = len(translated)
    run(data)
    assert len(translated) == 2 * count > 0


def test_translations_with_limits_and_with_records_are_others(data, translated):
    plain = run(data)
    counts = [len(translated)]
    for options in ({"limits": ireelite.Limits(max_instructions=1 << 40)}, {"record": True}):
        assert run(data, **options) == plain
        counts.append(len(translated))
    assert counts[0] < counts[1]
    assert run(data, limits=ireelite.Limits(max_instructions=1 << 40)) == plain
    assert len(translated) == counts[-1]


def test_damaged_translations_are_made_again(data, translated):
    first = run(data)
    count = len(translated)
    for path in code_cache.entries():
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert run(data) == first
    assert len(translated) == 2 * count


def test_another_translator_translates_again(data, translated, monkeypatch):
    run(data)
    count = len(translated)
    monkeypatch.setattr(translation, "_translator", lambda: "newer")
    run(data)
    assert len(translated) == 2 * count


def test_bytes_that_change_after_the_load_are_not_those_of_the_translation(data, translated):
    changing = bytearray(data)
    module = ireelite.load(changing)
    decoded = BytecodeModule.from_bytes(changing)
    changing[-1] ^= 1
    digest = BytecodeModule.from_bytes(bytes(data)).digest()
    assert digest is not None
    assert decoded.digest() == digest != BytecodeModule.from_bytes(changing).digest()
    assert np.array_equal(module.f(INPUT), ireelite.load(data).f(INPUT))


def test_a_file_has_the_digest_of_its_bytes(data, tmp_path):
    (path := tmp_path / "f.vmfb").write_bytes(data)
    assert BytecodeModule.from_file(path).digest() == BytecodeModule.from_bytes(data).digest()


def test_a_translator_in_no_folder_keeps_nothing(monkeypatch, data):
    def in_an_archive():
        raise NotADirectoryError

    monkeypatch.setattr(translation, "_translator", in_an_archive)
    assert BytecodeModule.from_bytes(data).digest() is None


def test_large_modules_are_not_kept(monkeypatch, data):
    monkeypatch.setattr(translation, "MAX_KEPT_MODULE", len(data) - 1)
    assert BytecodeModule.from_bytes(data).digest() is None
