"""Programs as JAX lowers them, today's JAX and an old one, on every target, against JAX's results.

`tests/e2e/jax_programs/corpus.py` runs all of them; here are representative ones.
"""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

PATH = Path(__file__).parent / "jax_programs" / "corpus.py"
SPECIFICATION = spec_from_file_location("jax_programs_corpus", PATH)
assert SPECIFICATION is not None and SPECIFICATION.loader is not None
corpus = module_from_spec(SPECIFICATION)
sys.modules[SPECIFICATION.name] = corpus  # dataclasses look for their module there
SPECIFICATION.loader.exec_module(corpus)

REPRESENTATIVE = {
    "0.10.2": (
        *("transformer_block", "lstm", "sgd_step", "max_pool_gradient", "game_of_life", "switch"),
        *("sort_rows", "scatter_forms", "gathers", "random_normal", "complex_arithmetic"),
        *("bfloat16_layer", "histogram", "approximately_largest"),
    ),
    "0.4.13": (
        *("adam_step", "batch_norm", "power_iteration", "sort_by_two_keys", "segments"),
        *("dynamic_slices", "float16_layer", "fft_2d"),
    ),
}
"""Version of JAX -> programs."""

TARGETS = ["vmvx", "llvm-cpu", pytest.param("vulkan-spirv", marks=pytest.mark.webgpu)]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("version", "name"),
    [(version, name) for version, names in REPRESENTATIVE.items() for name in names],
)
def test_a_program_gives_the_results_of_jax(version: str, name: str, target: str) -> None:
    (case,) = [case for case in corpus.cases([version]) if case.name == name]
    case.check(target)


def test_the_corpus_names_the_files_that_it_has() -> None:
    listed = {case.path for case in corpus.cases()}
    assert listed == set(PATH.parent.glob("texts-*/*.mlir"))
    assert len({case.name for case in corpus.cases()}) >= 60


def test_results_that_are_not_those_of_jax_are_found() -> None:
    (case,) = [case for case in corpus.cases(["0.10.2"]) if case.name == "unused_arguments"]
    (expected,) = case.expected
    object.__setattr__(case, "run", lambda target: (expected + 1e-2,))
    with pytest.raises(AssertionError, match="result 0"):
        case.check("vmvx")
