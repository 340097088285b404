"""Dense constants: every spelling, splats that stay splats, and resources behind the ops."""

import pytest
from xdsl.dialects.builtin import BytesAttr, DenseIntOrFPElementsAttr, TensorType, f32

import ireelite
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.elements import (
    MAX_REPEATED_BYTES,
    element_bytes,
    element_count,
    is_compressed,
    make_splat,
    splat,
    splat_of,
)
from ireelite.syntax.parser import parse_module
from ireelite.syntax.printer import print_module


def program(constant: str, end: str = "") -> str:
    return f"func.func @f() {{\n  %0 = stablehlo.constant {constant}\n  return\n}}{end}"


def read(constant: str, end: str = "") -> DenseIntOrFPElementsAttr:
    module = parse_module(program(constant, end), "a.mlir")
    (op,) = (op for op in module.walk() if op.name == "stablehlo.constant")
    value = op.properties["value"]
    assert isinstance(value, DenseIntOrFPElementsAttr)
    assert print_module(parse_module(print_module(module))) == print_module(module)
    return value


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("dense<[1, -1]> : tensor<2xi8>", "01ff"),
        ("dense<[[1], [2]]> : tensor<2x1xi16>", "01000200"),
        ("dense<1> : tensor<2xi16>", "01000100"),
        ("dense<[true, false]> : tensor<2xi1>", "ff00"),
        ('dense<"0x05"> : tensor<10xi1>', "ff" * 10),
        ('dense<"0x0502"> : tensor<10xi1>', "ff00ff000000000000ff"),
        ("dense<0xFF800000> : tensor<f32>", "000080ff"),
        ('dense<"0x0000803F"> : tensor<2xf32>', "0000803f" * 2),
        ('dense<"0x0000803F00000040"> : tensor<2xf32>', "0000803f00000040"),
        ("dense<(1.0, 2.0)> : tensor<2xcomplex<f32>>", "0000803f00000040" * 2),
        ("dense<> : tensor<0xf32>", ""),
        ("dense<1.0> : tensor<0xf32>", ""),
        ("dense<[]> : tensor<0xf32>", ""),
    ],
)
def test_every_spelling_of_a_constant(text, data):
    assert element_bytes(read(text)).hex() == data


RESOURCES = """

{-#
  dialect_resources: {
    builtin: {
      w: "0x040000000000803F00000040",
      "a key": "0x04000000010203",
      one: "0x0400000007000000"
    },
    other: {w: "0x"}
  },
  external_resources: {
    mlir_reproducer: {pipeline: "builtin.module()", disable_threading: true, verify_each: [1, 2]}
  }
#-}
"""


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("dense_resource<w> : tensor<2xf32>", "0000803f00000040"),
        ('dense_resource<"a key"> : tensor<3xi8>', "010203"),
        ("dense_resource<one> : tensor<1xi32>", "07000000"),
    ],
)
def test_resources_are_read_from_behind_the_ops(text, data):
    assert element_bytes(read(text, RESOURCES)).hex() == data


ELIDED = "the elements of this constant were left out when the text was printed; print it without eliding constants"


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        ("dense_resource<«__elided__> : tensor<4xf32>", ELIDED),
        ("dense<«...> : tensor<4xf32>", ELIDED),
        ("dense_resource<«v> : tensor<4xf32>", "there is no resource 'v' in this text"),
        ("dense_resource<«w> : tensor<4xf32>", "a tensor<4xf32> has 16 bytes, not 8"),
        ('dense<«"0x00"> : tensor<4xf32>', "a tensor<4xf32> has 16 bytes, not 1"),
        ('dense<«"0xzz"> : tensor<4xf32>', "expected bytes in hexadecimal digits behind 0x"),
        ('dense<«"00"> : tensor<4xi8>', "expected bytes in hexadecimal digits behind 0x"),
        ("dense<[1, «300]> : tensor<2xi8>", "Integer value 300 is out of range for type i8 which supports values in "
         "the range [-128, 256)"),
        ("dense<«0x1FFFFFFFF> : tensor<4xf32>", "0x1FFFFFFFF has more bits than f32"),
        ("dense<«1.0> : tensor<4xi32>", "Expected integer value"),
        ("dense<«1.0> : tensor<4xcomplex<f32>>", "1.0 is no element of type complex<f32>"),
        ("dense<«(1.0, 2.0)> : tensor<4xf32>", "(1.0, 2.0) is no element of type f32"),
        ("dense<«[1, 2]> : tensor<3xi32>", "a tensor<3xi32> has another shape than these elements: [2]"),
        ("dense<«> : tensor<3xi32>", "a tensor<3xi32> has another shape than these elements: [0]"),
        ("dense<1> : «tensor<?xi32>", "a constant has a static shape, not tensor<?xi32>"),
        ("dense<1> : «i32", "a constant is a tensor, a vector or a buffer, not i32"),
        ("dense<1> : «tensor<4xnone>", "elements of type none are no numbers"),
    ],
)  # fmt: skip
def test_a_broken_constant_is_refused_at_its_place(marked, message):
    column = len("  %0 = stablehlo.constant ") + marked.index("«") + 1
    with pytest.raises(StatusError) as caught:
        parse_module(program(marked.replace("«", ""), RESOURCES), "a.mlir")
    assert caught.value.message.splitlines()[0] == f"a.mlir:2:{column}: {message}"


# -- splats ------------------------------------------------------------------------------------------


def test_a_large_splat_keeps_one_element():
    constant = read("dense<1.5> : tensor<1000000000x1000xf32>")
    assert constant.data.data == bytes.fromhex("0000c03f")
    assert is_compressed(constant) and element_count(constant) == 10**12
    one = splat_of(constant)
    assert one is not None and one.get_values() == (1.5,)
    assert constant == splat(constant.type, 1.5)
    with pytest.raises(StatusError, match="a module stores 2147483647 bytes of one") as caught:
        element_bytes(constant)
    assert caught.value.code is StatusCode.RESOURCE_EXHAUSTED


def test_a_splat_has_all_its_bytes_when_they_are_asked_for():
    type = TensorType(f32, [MAX_REPEATED_BYTES])
    constant = splat(type, 2.0)
    assert is_compressed(constant)
    assert element_bytes(constant) == bytes.fromhex("00000040") * MAX_REPEATED_BYTES
    assert not is_compressed(make_splat(TensorType(f32, [2]), bytes(4)))
    assert splat_of(DenseIntOrFPElementsAttr(TensorType(f32, [0]), BytesAttr(b""))) is None


def test_large_splats_are_filled_where_they_are_needed():
    module = ireelite.compile(
        """func.func @main(%a: tensor<4xf32>) -> (tensor<1000xf32>, tensor<4xf32>, tensor<3000xi8>) {
          %c = stablehlo.constant dense<1.5> : tensor<1000xf32>
          %w = stablehlo.constant dense<2.0> : tensor<1000000000xf32>
          %i = stablehlo.constant dense<7> : tensor<3000xi8>
          %s = stablehlo.slice %w [8:12] : (tensor<1000000000xf32>) -> tensor<4xf32>
          %r = stablehlo.add %a, %s : tensor<4xf32>
          return %c, %r, %i : tensor<1000xf32>, tensor<4xf32>, tensor<3000xi8>
        }""",
        targets=["vmvx"],
    )
    assert len(module.data) < 20_000
    filled, sums, bytes_ = ireelite.load(module).main([1.0, 2.0, 3.0, 4.0])
    assert set(filled.tolist()) == {1.5} and len(filled) == 1000
    assert sums.tolist() == [3.0, 4.0, 5.0, 6.0]
    assert set(bytes_.tolist()) == {7} and len(bytes_) == 3000
