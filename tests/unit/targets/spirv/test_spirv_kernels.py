"""Kernels run on a GPU against NumPy: shapes, workgroups, loops, buffers of all types."""

import numpy as np
import pytest

from ireelite.status import StatusError

pytestmark = pytest.mark.webgpu

ADD = "%x = memref.load %a0[PLACE] : T0\n%y = arith.addf %x, %x : f32\nmemref.store %y, %a1[PLACE] : T1"


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("workgroup_size", [None, (8, 8, 1), (4, 4, 4), (1, 1, 1)])
@pytest.mark.parametrize(
    "shape",
    [
        (),
        (1,),
        (7,),
        (64,),
        (65,),
        (1000,),
        (3, 5),
        (70, 3),
        (3, 70),
        (5, 7, 9),
        (2, 3, 4, 5),
        (2, 2, 3, 4, 5),
    ],
    ids=lambda shape: "x".join(map(str, shape)) or "scalar",
)
def test_every_point_of_every_shape(gpu_kernels, shape, workgroup_size):
    a = random(*shape)
    place = ", ".join(f"%i{n}" for n in range(len(shape)))
    body = ADD.replace("PLACE", place)
    _, b = gpu_kernels.run(body, a, np.zeros_like(a), workgroup_size=workgroup_size)
    np.testing.assert_array_equal(b, a + a)


@pytest.mark.parametrize("shape", [(65535 * 64 + 1000,), (70000, 3, 2), (300000, 2, 2)])
def test_more_workgroups_than_one_dimension_has(gpu_kernels, shape):
    a = random(*shape)
    size = (1, 1, 1) if shape[0] == 300000 else None
    result = gpu_kernels.elementwise("arith.negf $ : f32", a, dtype=np.float32, workgroup_size=size)
    np.testing.assert_array_equal(result, -a)


def test_a_transposed_read(gpu_kernels):
    a = random(5, 9)
    body = "%x = memref.load %a0[%i1, %i0] : T0\nmemref.store %x, %a1[%i0, %i1] : T1"
    np.testing.assert_array_equal(gpu_kernels.run(body, a, np.zeros((9, 5), np.float32))[1], a.T)


def test_a_matrix_product(gpu_kernels):
    a, b = random(17, 33), random(33, 9, seed=1)
    body = """
        %zero = arith.constant 0.0 : f32
        %sum = scf.for %k = %c0 to %c33 step %c1 iter_args(%acc = %zero) -> (f32) {
          %x = memref.load %a0[%i0, %k] : T0
          %y = memref.load %a1[%k, %i1] : T1
          %product = arith.mulf %x, %y : f32
          %next = arith.addf %acc, %product : f32
          scf.yield %next : f32
        }
        memref.store %sum, %a2[%i0, %i1] : T2"""
    _, _, c = gpu_kernels.run(body, a, b, np.zeros((17, 9), np.float32))
    np.testing.assert_allclose(c, a @ b, rtol=1e-5, atol=1e-5)


REDUCE = """
    %init = arith.constant INIT : f32
    %best = scf.for %k = %c0 to %c33 step %c1 iter_args(%acc = %init) -> (f32) {
      %x = memref.load %a0[%i0, %k] : T0
      %next = arith.OP %acc, %x : f32
      scf.yield %next : f32
    }
    memref.store %best, %a1[%i0] : T1"""


@pytest.mark.parametrize(
    "init, op, wanted",
    [
        ("0.0", "addf", np.sum),
        ("0xFF800000", "maximumf", np.max),
        ("0x7F800000", "minimumf", np.min),
        ("1.0", "mulf", np.prod),
    ],
)
def test_reductions(gpu_kernels, init, op, wanted):
    a = random(10, 33)
    a[3, 5] = np.nan
    if op != "mulf":
        a[4, :] = -np.inf
    body = REDUCE.replace("INIT", init).replace("OP", op)
    _, result = gpu_kernels.run(body, a, np.zeros(10, np.float32))
    np.testing.assert_allclose(result, wanted(a, axis=1), rtol=1e-5, atol=1e-5)


def test_the_place_of_the_largest(gpu_kernels):
    a = random(10, 33)
    body = """
        %low = arith.constant 0xFF800000 : f32
        %none = arith.constant 0 : i32
        %best, %place = scf.for %k = %c0 to %c33 step %c1 iter_args(%m = %low, %at = %none) -> (f32, i32) {
          %x = memref.load %a0[%i0, %k] : T0
          %here = arith.index_cast %k : index to i32
          %more = arith.cmpf ogt, %x, %m : f32
          %next = arith.select %more, %x, %m : f32
          %next_at = arith.select %more, %here, %at : i32
          scf.yield %next, %next_at : f32, i32
        }
        memref.store %best, %a1[%i0] : T1
        memref.store %place, %a2[%i0] : T2"""
    _, best, place = gpu_kernels.run(body, a, np.zeros(10, np.float32), np.zeros(10, np.int32))
    np.testing.assert_array_equal(best, a.max(axis=1))
    np.testing.assert_array_equal(place, a.argmax(axis=1))


def test_loops_in_loops_and_choices_in_them(gpu_kernels):
    a = random(6, 5, 7)
    body = """
        %zero = arith.constant 0.0 : f32
        %sum = scf.for %j = %c0 to %c5 step %c1 iter_args(%outer = %zero) -> (f32) {
          %row = scf.for %k = %c0 to %c7 step %c1 iter_args(%acc = %outer) -> (f32) {
            %x = memref.load %a0[%i0, %j, %k] : T0
            %positive = arith.cmpf ogt, %x, %zero : f32
            %value = scf.if %positive -> (f32) {
              %e = math.exp %x : f32
              %small = arith.cmpf olt, %e, %x : f32
              %inner = scf.if %small -> (f32) { scf.yield %zero : f32 } else { scf.yield %e : f32 }
              scf.yield %inner : f32
            } else {
              scf.yield %x : f32
            }
            %next = arith.addf %acc, %value : f32
            scf.if %positive { memref.store %x, %a2[%i0] : T2 }
            scf.yield %next : f32
          }
          scf.yield %row : f32
        }
        memref.store %sum, %a1[%i0] : T1"""
    _, sums, last = gpu_kernels.run(
        body, a, np.zeros(6, np.float32), np.zeros(6, np.float32), shape=(6,)
    )
    np.testing.assert_allclose(sums, np.where(a > 0, np.exp(a), a).sum((1, 2)), rtol=1e-5)
    np.testing.assert_array_equal(last, [row[row > 0][-1] for row in a.reshape(6, -1)])


def test_bytes_next_to_each_other_are_written_by_different_invocations(gpu_kernels):
    a = np.arange(-100, 103, dtype=np.int8)
    np.testing.assert_array_equal(
        gpu_kernels.elementwise(
            "arith.addi $, $ : i8".replace("$, $", "%x0, %x0"), a, dtype=np.int8
        ),
        a + a,
    )


def test_truth_values_are_bytes_in_memory(gpu_kernels):
    random_bits = np.random.default_rng(3).integers(0, 2, size=(2, 33, 7)).astype(bool)
    a, b = random_bits
    for op, wanted in [
        ("arith.xori $ : i1", a ^ b),
        ("arith.andi $ : i1", a & b),
        ("arith.ori $ : i1", a | b),
        ("arith.addi $ : i1", a ^ b),
        ("arith.cmpi ult, $ : i1", a < b),
        ("arith.cmpi slt, $ : i1", b < a),
        ("arith.cmpi eq, $ : i1", a == b),
        ("arith.maxsi $ : i1", a & b),
        ("arith.maxui $ : i1", a | b),
    ]:
        np.testing.assert_array_equal(
            gpu_kernels.elementwise(op, a, b, dtype=bool), wanted, err_msg=op
        )


def test_i64_in_memory(gpu_kernels):
    body = """
        %place = arith.index_cast %i0 : index to i64
        %far = arith.constant 5000000000 : i64
        %sum = arith.addi %place, %far : i64
        memref.store %sum, %a0[%i0] : T0"""
    (result,) = gpu_kernels.run(body, np.zeros(10, np.int64))
    np.testing.assert_array_equal(result, np.arange(10) + 5000000000)


SUM_OF_TWO = """
    %zero = arith.constant 0 : i32
    %sum = scf.for %j = %c0 to %cROWS step %c1 iter_args(%outer = %zero) -> (i32) {
      %row = scf.for %k = %c0 to %cCOLUMNS step %c1 iter_args(%acc = %outer) -> (i32) {
        %x = memref.load %a0[%j, %k] : T0
        %next = arith.addi %acc, %x : i32
        scf.yield %next : i32
      }
      scf.yield %row : i32
    }
    memref.store %sum, %a1[%i0] : T1"""


@pytest.mark.parametrize(
    "rows, columns", [(1, 100003), (100003, 1), (517, 521), (100000, 3), (3, 100000), (250, 2)]
)
def test_loops_longer_than_a_driver_allows(gpu_kernels, rows, columns):
    a = np.random.default_rng(8).integers(-9, 9, size=(rows, columns)).astype(np.int32)
    body = SUM_OF_TWO.replace("ROWS", str(rows)).replace("COLUMNS", str(columns))
    _, result = gpu_kernels.run(body, a, np.zeros(1, np.int32))
    assert result[0] == a.sum()


def test_a_loop_that_no_driver_finishes(shaders):
    body = SUM_OF_TWO.replace("ROWS", "100000").replace("COLUMNS", "100000")
    buffers = np.broadcast_to(np.int32(0), (100000, 100000)), np.zeros(1, np.int32)
    with pytest.raises(
        StatusError,
        match=r"RESOURCE_EXHAUSTED; .*: one invocation of 'kernel' goes around its loops",
    ):
        shaders.lower(shaders.kernel_text(buffers, (1,), body))
