"""Values as text. The expected forms were printed by upstream's iree-run-module 3.13."""

import math

import pytest

from ireelite import element_types
from ireelite.small_floats import FORMATS
from ireelite.status import StatusCode, StatusError
from ireelite.values import TensorValue, format_scalar, format_tensor, parse_scalar, parse_tensor

ROUND_TRIPS = {
    "4xf32": "4xf32=0 0 0 0",
    "2x3xf32=1,2,3,4,5,6": "2x3xf32=[1 2 3][4 5 6]",
    "2x3xf32=[1 2 3][4 5 6]": "2x3xf32=[1 2 3][4 5 6]",
    "2x3xf32=2.5": "2x3xf32=[2.5 2.5 2.5][2.5 2.5 2.5]",
    "f32=1.2": "f32=1.2",
    "i64=9": "i64=9",
    "f32=[1]": "f32=1",
    "0x3xf32": "0x3xf32=",
    "2x0xf32": "2x0xf32=[][]",
    "1x1x1xf32=3": "1x1x1xf32=[[3]]",
    "2x2x2xi32=1,2,3,4,5,6,7,8": "2x2x2xi32=[[1 2][3 4]][[5 6][7 8]]",
    "4xi1=01,00,01,00": "4xi1=01 00 01 00",
    "4xi8=1,-2,127,200": "4xi8=1 -2 127 -56",
    "2xi16=0x10,010": "2xi16=16 8",
    "2xf32=nan,inf": "2xf32=NAN INF",
    "3xf32=-nan,-inf,1e10": "3xf32=-NAN -INF 1E+10",
    "3xf64=1e10,1e300,0.1": "3xf64=1E+10 1E+300 0.1",
    "3xf16=1,65504,1e6": "3xf16=1 65504 INF",
    "3xbf16=1,3.14159,1e38": "3xbf16=1 3.14062 9.96921E+37",
    "2xcf64=0000803F00000040,0000803F00000040": "2xcf64=0000803F00000040 0000803F00000040",
    "3xf8E4M3FN=1,2.3,448": "3xf8E4M3FN=1 2.25 448",
    "1xf8E4M3FN=465": "1xf8E4M3FN=NAN",
    "1xf8E5M2=61440": "1xf8E5M2=INF",
    "1xf8E5M2FNUZ=-0.0": "1xf8E5M2FNUZ=0",
    "1xf8E4M3FNUZ=0.001": "1xf8E4M3FNUZ=0.000976562",
    "3xf8E8M0FNU=3,5.9,-1": "3xf8E8M0FNU=4 4 5.87747E-39",
    "3x*16=0102,0304,0506": "3x*16=0102 0304 0506",
    "2xi24=010203,040506": "2xi24=010203 040506",
    "xf32=1": "f32=1",
    "4xf32=  1 2 3 4": "4xf32=1 2 3 4",
    " 4x 2xf32": "4x2xf32=[0 0][0 0][0 0][0 0]",
    "3xi32=,1 2,, 3": "3xi32=1 2 3",
    "2xf32=0x1p3,1_0": "2xf32=8 1",
    "1xi32=99999999999": "1xi32=1215752191",
    "1xui64=-1": "1xui64=18446744073709551615",
    "1xf32=1e40": "1xf32=INF",
    "1xf32=4e-45": "1xf32=4.2039E-45",
    "1xf32=-0.0": "1xf32=-0",
    "1xf32=123456789": "1xf32=1.23457E+08",
    "1xf32=0.00001": "1xf32=1E-05",
}


@pytest.mark.parametrize(("text", "printed"), ROUND_TRIPS.items())
def test_read_and_print(text, printed):
    assert format_tensor(parse_tensor(text)) == printed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2xf32=1,2,3", "OUT_OF_RANGE; output data overflow: element_capacity=2 < dst_i=2"),
        ("2x3xf32=1,2", "OUT_OF_RANGE; input data string underflow: dst_i=2 < element_capacity=6"),
        ("4xi1=1,0,1,0", "binary hex element count mismatch: buffer length=1 < expected=2"),
        ("3xx16=0102", "invalid shape specification: '3x'"),
        ("-1xf32=1", "shape[0] invalid value '-1' of '-1'"),
        ("4xf32xf32", "shape[1] invalid value 'f32' of '4xf32'"),
        ("4xfoo=1", "out of range bit count in 'foo'"),
        ("4x4", "unhandled element type prefix in '4'"),
        ("f32", "invalid tensor specification, requires at least a shape/type (`4x2xf32=...`)"),
        ("2xi0=1", "opaque element types cannot be indexed"),
        ("4xf32=a", "invalid f32 value 'a'"),
        ("1xui8=256", "ui8 value '256' out of range"),
        ("1xf32=1e-50", "f32 value '1e-50' out of range"),
        ("99999999999xf64", "RESOURCE_EXHAUSTED"),
    ],
)
def test_errors(text, message):
    with pytest.raises(StatusError) as error:
        parse_tensor(text)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("text", "budget", "printed"),
    [
        ("20xi32=1", 5, "20xi32=1 1 1 1 1..."),
        ("4xi32=1", 4, "4xi32=1 1 1 1"),
        ("4x5xi32=1", 5, "4x5xi32=[1 1 1 1 1][...][...][...]"),
        ("4x5xi32=1", 12, "4x5xi32=[1 1 1 1 1][1 1 1 1 1][1 1...][...]"),
        ("2x2x2xi32=1", 3, "2x2x2xi32=[[1 1][1...]][[...][...]]"),
        ("2x2x2xi32=1", 0, "2x2x2xi32=[[...][...]][[...][...]]"),
    ],
)
def test_element_budget(text, budget, printed):
    assert format_tensor(parse_tensor(text), budget) == printed


@pytest.mark.parametrize(
    ("text", "kind", "printed"),
    [
        ("7", "f", "f32=7"),
        ("123456789", "f", "f32=1.23457e+08"),
        ("1e40", "f", "f32=inf"),
        ("3.5", "i", "i32=3"),
        ("0x10", "i", "i32=16"),
        ("010", "I", "i64=8"),
        ("4294967295", "i", "i32=-1"),
        ("(null)", "F", "f64=0"),
    ],
)
def test_scalars(text, kind, printed):
    assert format_scalar(parse_scalar(text, kind), kind) == printed


@pytest.mark.parametrize(
    ("text", "kind"), [("x", "f"), ("i32=1", "i"), ("9223372036854775808", "I")]
)
def test_bad_scalars(text, kind):
    with pytest.raises(StatusError, match=f"parsing value `{text}` as "):
        parse_scalar(text, kind)


def test_storage_and_metadata():
    value = parse_tensor("&2x3xi16=1")
    assert value.is_storage and value.metadata == "2x3xi16" and len(value.data) == 12
    assert format_tensor(TensorValue((), element_types.from_name("f64"), bytes(8))) == "f64=0"


@pytest.mark.parametrize(
    "format", FORMATS.values(), ids=lambda f: f"{f.exponent_bits}-{f.mantissa_bits}-{f.bias}"
)
def test_every_code_of_a_small_float_survives(format):
    signed = (
        0 if format.exponent_bits + format.mantissa_bits == 8 and format.mantissa_bits == 0 else 1
    )
    for code in range(1 << (format.exponent_bits + format.mantissa_bits + signed)):
        value = format.decode(code)
        if math.isnan(value):
            assert math.isnan(format.decode(format.encode(value)))
        else:
            assert format.encode(value) == code


def test_f16_agrees_with_numpy():
    numpy = pytest.importorskip("numpy")
    f16 = FORMATS[element_types.from_name("f16").kind, 16]
    with numpy.errstate(over="ignore"):
        for value in (1 / 3, 65519.99, 65520.0, 5.9e-8, 2.98e-8, 2.99e-8, 2049.0, 2051.0, -1e-7):
            assert f16.encode(value) == int(numpy.float16(value).view(numpy.uint16))


def test_element_types_of_all_worlds():
    assert (
        element_types.from_name("f32").code
        == 0x21000020
        == element_types.from_numpy("float32").code
    )
    assert element_types.from_mlir("complex<f32>").name == "cf64"
    assert element_types.from_mlir("i1") is element_types.from_numpy("bool")
    assert element_types.from_numpy("int32").name == "i32"
    assert element_types.from_code(0x10000018).name == "i24"
    with pytest.raises(StatusError) as error:
        element_types.from_numpy("datetime64")
    assert error.value.code == StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize(
    ("expected", "actual", "ok"),
    [
        ("i32", "si32", True),
        ("ui32", "i32", True),
        ("i8", "i1", True),
        ("f32", "*32", True),
        ("i64", "*32", True),
        ("f32", "i32", False),
        ("i32", "i64", False),
        ("f32", "bf32", False),
    ],
)
def test_compatibility_is_upstreams(expected, actual, ok):
    assert (
        element_types.compatible(
            element_types.from_name(expected).code, element_types.from_name(actual).code
        )
        is ok
    )


def test_tensors_without_elements_are_short():
    """However many rows they have."""
    f32 = element_types.from_name("f32")
    assert format_tensor(TensorValue((2, 0), f32, b"")) == "2x0xf32=[][]"
    assert format_tensor(TensorValue((1 << 40, 0), f32, b"")) == "1099511627776x0xf32=..."
    assert format_tensor(TensorValue((0, 1 << 40), f32, b"")) == "0x1099511627776xf32="
