"""Kernels as text, run as native code and compared with NumPy."""

import numpy as np
import pytest

from ireelite.status import StatusCode, StatusError

MATMUL = """
  %zero = arith.constant 0.0 : f32
  %sum = scf.for %k = %c0 to %c17 step %c1 iter_args(%acc = %zero) -> (f32) {
    %x = memref.load %a0[%i, %k] : TYPE0
    %y = memref.load %a1[%k, %j] : TYPE1
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %acc, %p : f32
    scf.yield %s : f32
  }
  memref.store %sum, %a2[%i, %j] : TYPE2
"""
ARGMAX = """
  %low = arith.constant 0xFF800000 : f32
  %none = arith.constant 0 : i32
  %best, %at = scf.for %k = %c0 to %c33 step %c1 iter_args(%b = %low, %n = %none) -> (f32, i32) {
    %x = memref.load %a0[%i, %k] : TYPE0
    %more = arith.cmpf ogt, %x, %b : f32
    %position = arith.index_cast %k : index to i32
    %b2 = arith.select %more, %x, %b : f32
    %n2 = arith.select %more, %position, %n : i32
    scf.yield %b2, %n2 : f32, i32
  }
  memref.store %best, %a1[%i] : TYPE1
  memref.store %at, %a2[%i] : TYPE2
"""


def reduction(op, start, extent):
    return f"""
  %start = arith.constant {start} : f32
  %r = scf.for %k = %c0 to %c{extent} step %c1 iter_args(%acc = %start) -> (f32) {{
    %x = memref.load %a0[%i, %k] : TYPE0
    %s = arith.{op} %acc, %x : f32
    scf.yield %s : f32
  }}
  memref.store %r, %a1[%i] : TYPE1
"""


@pytest.fixture
def random():
    return np.random.default_rng(7)


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_multiply(native, random, size):
    a, b = random.standard_normal((2, size), np.float32)
    assert np.array_equal(native.elementwise("arith.mulf $ : f32", a, b), a * b)


def test_a_range_of_workgroups_touches_its_own_elements_only(native, random):
    a, b = random.standard_normal((2, 100), np.float32)
    out = np.full(100, 7, np.float32)
    native.run(
        native.elementwise_text("arith.mulf $ : f32", [a, b, out]), a, b, out, begin=20, end=61
    )
    assert np.array_equal(out[20:61], (a * b)[20:61])
    assert (out[:20] == 7).all() and (out[61:] == 7).all()


def test_broadcast_add_and_relu(native, random):
    a, bias = random.standard_normal((6, 19), np.float32), random.standard_normal(19, np.float32)
    out = np.empty_like(a)
    body = """
      %x = memref.load %a0[%i, %j] : TYPE0
      %y = memref.load %a1[%j] : TYPE1
      %zero = arith.constant 0.0 : f32
      %s = arith.addf %x, %y : f32
      %r = arith.maximumf %s, %zero : f32
      memref.store %r, %a2[%i, %j] : TYPE2
    """
    native.run(native.kernel_text([a, bias, out], out.shape, body), a, bias, out)
    assert np.array_equal(out, np.maximum(a + bias, 0))


def test_matrix_product(native, random):
    a, b = random.standard_normal((5, 17), np.float32), random.standard_normal((17, 11), np.float32)
    out = np.empty((5, 11), np.float32)
    native.run(native.kernel_text([a, b, out], out.shape, MATMUL), a, b, out)
    np.testing.assert_allclose(out, a @ b, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("op", "start", "reduce"),
    [
        ("addf", "0.0", np.sum),
        ("maximumf", "0xFF800000", np.max),
        ("minimumf", "0x7F800000", np.min),
        ("mulf", "1.0", np.prod),
    ],
)
def test_reductions(native, random, op, start, reduce):
    a = random.standard_normal((3, 130), np.float32)
    out = np.empty(3, np.float32)
    native.run(native.kernel_text([a, out], out.shape, reduction(op, start, 130)), a, out)
    np.testing.assert_allclose(out, reduce(a, axis=1), rtol=1e-5)


@pytest.mark.parametrize("op", ["maximumf", "minimumf"])
def test_nan_wins_a_maximum_wherever_it_stands(native, random, op):
    a = random.standard_normal((40, 40), np.float32)
    a[np.arange(39), np.arange(39)] = np.nan
    out = np.empty(40, np.float32)
    native.run(native.kernel_text([a, out], out.shape, reduction(op, "0.0", 40)), a, out)
    assert np.isnan(out[:39]).all() and np.isfinite(out[39])


def test_argmax_takes_the_first_of_equals(native, random):
    a = random.integers(0, 5, (4, 33)).astype(np.float32)
    best, at = np.empty(4, np.float32), np.empty(4, np.int32)
    native.run(native.kernel_text([a, best, at], best.shape, ARGMAX), a, best, at)
    assert np.array_equal(best, a.max(axis=1)) and np.array_equal(at, a.argmax(axis=1))


def test_branches_with_results_and_padding(native, random):
    a = random.standard_normal(10, np.float32)
    out = np.empty(14, np.float32)
    body = """
      %two = arith.constant 2 : index
      %fill = arith.constant 9.0 : f32
      %at = arith.subi %i, %two : index
      %inside = arith.cmpi ult, %at, %c10 : index
      %r = scf.if %inside -> (f32) {
        %x = memref.load %a0[%at] : TYPE0
        scf.yield %x : f32
      } else {
        scf.yield %fill : f32
      }
      memref.store %r, %a1[%i] : TYPE1
    """
    native.run(native.kernel_text([a, out], out.shape, body), a, out)
    assert np.array_equal(out, np.pad(a, 2, constant_values=9))


def test_the_slowest_dimension_with_more_than_one_point_is_the_grid(native, random):
    a = random.standard_normal((1, 6, 5), np.float32)
    out = np.zeros_like(a)
    body = "%x = memref.load %a0[%i, %j, %k] : TYPE0\nmemref.store %x, %a1[%i, %j, %k] : TYPE1"
    text = native.kernel_text([a, out], out.shape, body)
    native.run(text, a, out, begin=2, end=4)
    assert np.array_equal(out[:, 2:4], a[:, 2:4]) and not out[:, :2].any() and not out[:, 4:].any()
    native.run(text, a, out)
    assert np.array_equal(out, a)


def test_one_point(native):
    x, out = np.array([3], np.float32), np.zeros((), np.float32)
    body = "%x = memref.load %a0[%i] : TYPE0\nmemref.store %x, %a1[] : TYPE1"
    native.run(native.kernel_text([x, out], (1,), body), x, out)
    assert out == 3


INTS = np.array([0, 1, -1, 2, 7, -7, 2**31 - 1, -(2**31), 12345, -54321], np.int32)
LEFT, RIGHT = (np.ascontiguousarray(side.ravel()) for side in np.meshgrid(INTS, INTS))


def unsigned(function):
    return lambda a, b: function(a.view(np.uint32), b.view(np.uint32)).view(np.int32)


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        ("addi", np.add),
        ("subi", np.subtract),
        ("muli", np.multiply),
        ("andi", np.bitwise_and),
        ("ori", np.bitwise_or),
        ("xori", np.bitwise_xor),
        ("maxsi", np.maximum),
        ("minsi", np.minimum),
        ("maxui", unsigned(np.maximum)),
        ("minui", unsigned(np.minimum)),
    ],
)
def test_integers(native, op, expected):
    with np.errstate(over="ignore"):
        assert np.array_equal(
            native.elementwise(f"arith.{op} $ : i32", LEFT, RIGHT, dtype="int32"),
            expected(LEFT, RIGHT),
        )


def test_shifts(native):
    amounts = np.arange(LEFT.size, dtype=np.int32) % 32
    for op, expected in (
        ("shli", LEFT << amounts),
        ("shrsi", LEFT >> amounts),
        ("shrui", (LEFT.view(np.uint32) >> amounts.view(np.uint32)).view(np.int32)),
    ):
        assert np.array_equal(
            native.elementwise(f"arith.{op} $ : i32", LEFT, amounts, dtype="int32"), expected
        )


def test_division_truncates_and_never_traps(native):
    a, b = LEFT.astype(np.int64), RIGHT.astype(np.int64)
    divisor = np.where(b == 0, 1, b)
    quotient = np.where(b == 0, -1, np.trunc(a / divisor).astype(np.int64)).astype(np.int32)
    rest = np.where(b == 0, a, np.fmod(a, divisor)).astype(np.int32)
    assert np.array_equal(
        native.elementwise("arith.divsi $ : i32", LEFT, RIGHT, dtype="int32"), quotient
    )
    assert np.array_equal(
        native.elementwise("arith.remsi $ : i32", LEFT, RIGHT, dtype="int32"), rest
    )
    a, b = LEFT.view(np.uint32), RIGHT.view(np.uint32)
    divisor = np.where(b == 0, 1, b)
    quotient = np.where(b == 0, np.uint32(0xFFFFFFFF), a // divisor).view(np.int32)
    rest = np.where(b == 0, a, a % divisor).view(np.int32)
    assert np.array_equal(
        native.elementwise("arith.divui $ : i32", LEFT, RIGHT, dtype="int32"), quotient
    )
    assert np.array_equal(
        native.elementwise("arith.remui $ : i32", LEFT, RIGHT, dtype="int32"), rest
    )


@pytest.mark.parametrize(
    ("op", "values", "dtype", "expected"),
    [
        ("arith.sitofp $ : i32 to f32", INTS, "float32", INTS.astype(np.float32)),
        ("arith.uitofp $ : i32 to f32", INTS, "float32", INTS.view(np.uint32).astype(np.float32)),
        ("arith.extsi $ : i32 to i64", INTS, "int64", INTS.astype(np.int64)),
        ("arith.extui $ : i32 to i64", INTS, "int64", INTS.view(np.uint32).astype(np.int64)),
        ("arith.trunci $ : i32 to i8", INTS, "int8", INTS.astype(np.int8)),
        ("arith.bitcast $ : i32 to f32", INTS, "float32", INTS.view(np.float32)),
    ],
)
def test_casts(native, op, values, dtype, expected):
    assert native.elementwise(op, values, dtype=dtype).tobytes() == expected.tobytes()


def test_floats_out_of_range_become_the_nearest_integer(native):
    values = np.array([1.9, -1.9, 3e9, -3e9, np.inf, -np.inf, np.nan], np.float32)
    signed = native.elementwise("arith.fptosi $ : f32 to i32", values, dtype="int32")
    assert signed.tolist() == [1, -1, 2**31 - 1, -(2**31), 2**31 - 1, -(2**31), 0]
    unsigned = native.elementwise("arith.fptoui $ : f32 to i32", values, dtype="int32").view(
        np.uint32
    )
    assert unsigned.tolist() == [1, 0, 3_000_000_000, 0, 2**32 - 1, 0, 0]


def test_booleans_are_bytes_in_memory(native):
    a = np.array([1, 2, np.nan, 4], np.float32)
    b = np.array([2, 2, 2, 2], np.float32)
    less = native.elementwise("arith.cmpf olt, $ : f32", a, b, dtype="bool")
    assert less.view(np.uint8).tolist() == [1, 0, 0, 0]
    flipped = native.elementwise(
        "arith.xori $ : i1", less, np.array([1, 1, 0, 0], bool), dtype="bool"
    )
    assert flipped.tolist() == [False, True, False, False]


@pytest.mark.parametrize("predicate", "eq ne slt sle sgt sge ult ule ugt uge".split())
def test_integer_comparisons(native, predicate):
    names = {"eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater"}
    function = getattr(np, {**names, "ge": "greater_equal"}[predicate[-2:]])
    sides = [side.view(np.uint32) if predicate[0] == "u" else side for side in (LEFT, RIGHT)]
    got = native.elementwise(f"arith.cmpi {predicate}, $ : i32", LEFT, RIGHT, dtype="bool")
    assert np.array_equal(got, function(*sides))


def test_unknown_ops_are_named(native):
    x = np.zeros(4, np.float32)
    with pytest.raises(
        StatusError, match=r"no rule lowers 'math.copysign' to the llvm dialect"
    ) as error:
        native.elementwise("math.copysign $ : f32", x, x)
    assert error.value.code == StatusCode.UNIMPLEMENTED


STREAMING = """func.func @kernel(%a: memref<64xf32>, %b: memref<64xf32>) attributes {iree.executable.export, iree.executable.workload = dense<[1, 1, 1]> : tensor<3xi32>, iree.ordinal = 0 : i32} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  "scf.parallel"(%c0, %c1, %c1) <{operandSegmentSizes = array<i32: 1, 1, 1, 0>}> ({
  ^bb0(%i: index):
    "scf.parallel"(%c0, %c64, %c1) <{operandSegmentSizes = array<i32: 1, 1, 1, 0>}> ({
    ^bb1(%l: index):
      %x = memref.load %a[%l] : memref<64xf32>
      memref.store %x, %b[%l] {nontemporal = true} : memref<64xf32>
      scf.reduce
    }) {mapping = ["lanes"]} : (index, index, index) -> ()
    scf.reduce
  }) {mapping = ["workgroup"]} : (index, index, index) -> ()
  func.return
}"""


def test_stores_past_the_caches_take_any_address(native, random):
    source, memory = random.standard_normal(64, np.float32), np.zeros(96, np.float32)
    first = -memory.ctypes.data % 64 // 4
    for begin in (first, first + 1):
        memory[:] = 0
        native.run(STREAMING, source, memory[begin : begin + 64])
        np.testing.assert_array_equal(memory[begin : begin + 64], source)
        assert not memory[:begin].any() and not memory[begin + 64 :].any()
