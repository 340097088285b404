"""Options whose values are of another type than they take: strings for lists, and what is neither."""

import numpy as np
import pytest

import ireelite
from ireelite.status import StatusCode, StatusError

SOURCE = """
func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.tanh %a : tensor<4xf32>
  %1 = stablehlo.negate %0 : tensor<4xf32>
  return %1 : tensor<4xf32>
}"""


@pytest.mark.parametrize("given", ["vmvx", "vmvx,", ["vmvx"], ("vmvx",), {"vmvx"}])
def test_a_name_and_a_list_of_it_are_the_same(given):
    assert ireelite.compile(SOURCE, targets=given).targets == ("vmvx",)


def test_names_are_separated_by_commas():
    program = ireelite.compile(SOURCE, targets="llvm-cpu, vmvx", fusion="rows,elementwise")
    assert program.targets == ("llvm-cpu", "vmvx")
    assert program.options.fusion == {"rows", "elementwise"}


def test_words_for_all_rules_and_for_none():
    dispatches = {
        word: len(ireelite.compile(SOURCE, targets="vmvx", fusion=word).cost())
        for word in ("all", "none")
    }
    assert dispatches == {"all": 1, "none": 2}


def test_a_feed_is_one_name():
    graph = "notebooks/data/digits_mlp.pb"
    data = ireelite.compile(graph, targets="vmvx", outputs="probabilities").data
    assert data == ireelite.compile(graph, targets="vmvx", outputs=["probabilities"]).data


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"targets": 5}, "targets=5: expected a name, or a list of names"),
        ({"targets": [None]}, r"targets=\[None\]: expected a name"),
        ({"fusion": {"rows": True}}, "fusion=.*: expected a name"),
        ({"workgroup_size": 5}, "workgroup_size=5: expected three positive whole numbers"),
        ({"workgroup_size": (1, 2)}, "expected three positive whole numbers"),
        ({"workgroup_size": "4,1,1"}, "expected three positive whole numbers"),
        ({"workgroup_size": (0, 1, 1)}, "expected three positive whole numbers"),
        ({"module_name": 3}, "module_name=3: expected a string"),
        ({"execution_model": None}, "execution_model=None: expected a string"),
        ({"cpu": None}, "cpu=None: expected a string"),
        ({"schedule": 3}, "schedule=3: expected a string"),
        ({"vulkan_target": b"gpu"}, "vulkan_target=b'gpu': expected a string"),
        ({"devices": "a"}, "devices='a': expected a dictionary, as"),
        ({"devices": {"a": 1}}, r"devices\['a'\]=1: expected a string"),
        ({"input_shapes": [1]}, r"input_shapes=\[1\]: expected a dictionary, as"),
        ({"input_shapes": {"f": 4}}, "'@f' gets 4 as the shapes of its arguments"),
        ({"passes": "cse"}, "passes='cse': expected a dictionary, as"),
        ({"passes": {3: []}}, r"passes=\{3: \[\]\}: expected a dictionary, as"),
        ({"passes": {"hlo": "cse"}}, "expected an xDSL ModulePass .* not 'cse'"),
    ],
)
def test_errors_name_the_option_and_what_it_takes(options, message):
    with pytest.raises(StatusError, match=message) as caught:
        ireelite.compile(SOURCE, **options)
    assert caught.value.code is StatusCode.INVALID_ARGUMENT


def test_an_empty_text_is_no_path():
    with pytest.raises(StatusError, match="the source is an empty text"):
        ireelite.compile("")


def test_examples_are_a_tuple_and_a_dictionary():
    from ireelite.importers.jax import _check_arguments

    with pytest.raises(StatusError, match=r"args=ndarray: expected a tuple .* args=\(x,\) for one"):
        _check_arguments(abs, np.ones(4), {})  # pyright: ignore
    with pytest.raises(StatusError, match="kwargs=list: expected a dictionary"):
        _check_arguments(abs, (), [1])  # pyright: ignore


def test_a_record_is_as_long_as_a_number_says():
    program = ireelite.compile(SOURCE, targets="vmvx")
    with pytest.raises(StatusError, match="record='x': expected True, or how many events"):
        ireelite.load(program, record="x")  # pyright: ignore
