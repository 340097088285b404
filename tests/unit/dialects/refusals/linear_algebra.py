"""Examples of what the verifiers of linear algebra refuse.

A text with `«` where the op begins that the error must point at -> the error's words.
"""

from __future__ import annotations

SIGNATURE = (
    "%a: tensor<3x3xf32>, %r: tensor<3x2xf32>, %b: tensor<4x2xf32>, %d: tensor<3x2xf64>, "
    "%v: tensor<3xf32>, %w: tensor<2x3xf32>, "
    "%u: tensor<2xf32>, %z: tensor<2x2xcomplex<f32>>"
)


def one(op: str) -> str:
    return f"func.func @f({SIGNATURE}) {{\n  «%0 = {op}\n  func.return\n}}"


def several(results: str, op: str) -> str:
    return one(op).replace("%0 =", f"{results} =")


def solve(b: str, type: str, form: str = "NO_TRANSPOSE") -> str:
    return one(
        f'"stablehlo.triangular_solve"(%a, {b}) <{{left_side = true, lower = true, transpose_a = '
        f"#stablehlo<transpose {form}>, unit_diagonal = false}}> : (tensor<3x3xf32>, {type}) -> {type}"
    )


REFUSED = {
    "a factor of a matrix that is not square": (
        one("stablehlo.cholesky %r, lower = true : tensor<3x2xf32>"),
        "'stablehlo.cholesky' op takes square matrices, not a tensor<3x2xf32>",
    ),
    "a system of another size": (
        solve("%b", "tensor<4x2xf32>"),
        "'stablehlo.triangular_solve' op can't solve a tensor<3x3xf32> for a tensor<4x2xf32>",
    ),
    "a system of two types": (
        solve("%d", "tensor<3x2xf64>"),
        "'stablehlo.triangular_solve' op takes numbers of one element type",
    ),
    "a transpose that is none": (
        solve("%r", "tensor<3x2xf32>", "TRANSPOSE_INVALID"),
        "'stablehlo.triangular_solve' op takes no transpose TRANSPOSE_INVALID",
    ),
    "a kernel's factor of a matrix that is not square": (
        one("iree_tensor.cholesky %r : (tensor<3x2xf32>) -> tensor<3x2xf32>"),
        "'iree_tensor.cholesky' op takes square matrices, not a tensor<3x2xf32>",
    ),
    "a kernel's factor of another type": (
        one("iree_tensor.cholesky %a : (tensor<3x3xf32>) -> tensor<3x2xf32>"),
        "'iree_tensor.cholesky' op yields (tensor<3x3xf32>), not (tensor<3x2xf32>)",
    ),
    "a kernel's system of another size": (
        one(
            "iree_tensor.triangular_solve %a, %b {unit = false} : (tensor<3x3xf32>, tensor<4x2xf32>) -> tensor<4x2xf32>"
        ),
        "'iree_tensor.triangular_solve' op can't solve a tensor<3x3xf32> for a tensor<4x2xf32>",
    ),
    "a kernel's solution of another type": (
        one(
            "iree_tensor.triangular_solve %a, %r {unit = false} : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<4x2xf32>"
        ),
        "'iree_tensor.triangular_solve' op yields a tensor<3x2xf32>, not a tensor<4x2xf32>",
    ),
    "a kernel's factors of a vector": (
        one("iree_tensor.lu %v : (tensor<3xf32>) -> (tensor<3xf32>, tensor<3xi32>)").replace(
            "%0 =", "%0, %1 ="
        ),
        "'iree_tensor.lu' op takes matrices, not a tensor<3xf32>",
    ),
    "a kernel's factors of another type": (
        one("iree_tensor.lu %r : (tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<3xi32>)").replace(
            "%0 =", "%0, %1 ="
        ),
        "'iree_tensor.lu' op yields (tensor<3x2xf32>, tensor<2xi32>), not "
        "(tensor<3x2xf32>, tensor<3xi32>)",
    ),
    "orthogonal factors of a vector": (
        several(
            "%0, %1, %2",
            "iree_tensor.qr %v {pivoting = false} : (tensor<3xf32>) -> "
            "(tensor<3xf32>, tensor<3xf32>, tensor<3xi32>)",
        ),
        "'iree_tensor.qr' op takes matrices, not a tensor<3xf32>",
    ),
    "orthogonal factors of another type": (
        several(
            "%0, %1, %2",
            "iree_tensor.qr %r {pivoting = false} : (tensor<3x2xf32>) -> "
            "(tensor<3x2xf32>, tensor<3xf32>, tensor<2xi32>)",
        ),
        "'iree_tensor.qr' op yields (tensor<3x2xf32>, tensor<2xf32>, tensor<2xi32>), not "
        "(tensor<3x2xf32>, tensor<3xf32>, tensor<2xi32>)",
    ),
    "a Hessenberg form of another type": (
        several(
            "%0, %1",
            "iree_tensor.hessenberg %a : (tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<3xf32>)",
        ),
        "'iree_tensor.hessenberg' op yields (tensor<3x3xf32>, tensor<2xf32>), not "
        "(tensor<3x3xf32>, tensor<3xf32>)",
    ),
    "reflectors of another length": (
        one(
            "iree_tensor.reflect %a, %v, %b {adjoint = false} : "
            "(tensor<3x3xf32>, tensor<3xf32>, tensor<4x2xf32>) -> tensor<4x2xf32>"
        ),
        "'iree_tensor.reflect' op can't multiply a tensor<4x2xf32> by reflectors of a "
        "tensor<3x3xf32> and a tensor<3xf32>",
    ),
    "a reflection of another type": (
        one(
            "iree_tensor.reflect %a, %v, %r {adjoint = false} : "
            "(tensor<3x3xf32>, tensor<3xf32>, tensor<3x2xf32>) -> tensor<3x3xf32>"
        ),
        "'iree_tensor.reflect' op yields a tensor<3x2xf32>, not a tensor<3x3xf32>",
    ),
    "eigenvalues of another type": (
        several(
            "%0, %1, %2",
            "iree_tensor.eigen %a : (tensor<3x3xf32>) -> "
            "(tensor<2xf32>, tensor<3x3xf32>, tensor<3x3xf32>)",
        ),
        "'iree_tensor.eigen' op yields (tensor<3xf32>, tensor<3x3xf32>, tensor<3x3xf32>), not "
        "(tensor<2xf32>, tensor<3x3xf32>, tensor<3x3xf32>)",
    ),
    "more columns than can be orthogonal": (
        several(
            "%0, %1, %2",
            "iree_tensor.orthogonalize %w : (tensor<2x3xf32>) -> "
            "(tensor<3xf32>, tensor<2x3xf32>, tensor<3x3xf32>)",
        ),
        "'iree_tensor.orthogonalize' op takes matrices with no more columns than rows, not a "
        "tensor<2x3xf32>",
    ),
    "orthogonal columns of another type": (
        several(
            "%0, %1, %2",
            "iree_tensor.orthogonalize %r : (tensor<3x2xf32>) -> "
            "(tensor<3xf32>, tensor<3x2xf32>, tensor<2x2xf32>)",
        ),
        "'iree_tensor.orthogonalize' op yields (tensor<2xf32>, tensor<3x2xf32>, tensor<2x2xf32>), "
        "not (tensor<3xf32>, tensor<3x2xf32>, tensor<2x2xf32>)",
    ),
    "a real triangular form": (
        several(
            "%0, %1, %2",
            "iree_tensor.schur %a, %a : (tensor<3x3xf32>, tensor<3x3xf32>) -> "
            "(tensor<3x3xf32>, tensor<3x3xf32>, tensor<i32>)",
        ),
        "'iree_tensor.schur' op takes complex matrices and a basis of their type, not "
        "tensor<3x3xf32> and tensor<3x3xf32>",
    ),
    "a triangular form of another type": (
        several(
            "%0, %1, %2",
            "iree_tensor.schur %z, %z : "
            "(tensor<2x2xcomplex<f32>>, tensor<2x2xcomplex<f32>>) -> "
            "(tensor<2x2xcomplex<f32>>, tensor<2x2xcomplex<f32>>, tensor<1xi32>)",
        ),
        "'iree_tensor.schur' op yields tensor<2x2xcomplex<f32>>, tensor<2x2xcomplex<f32>>, "
        "tensor<i32>",
    ),
    "eigenvectors of another type": (
        several(
            "%0, %1",
            "iree_tensor.eigenvectors %z, %z : "
            "(tensor<2x2xcomplex<f32>>, tensor<2x2xcomplex<f32>>) -> "
            "(tensor<2x2xcomplex<f32>>, tensor<2x2xf32>)",
        ),
        "'iree_tensor.eigenvectors' op yields two tensor<2x2xcomplex<f32>>",
    ),
    "diagonals of another length": (
        several(
            "%0, %1, %2, %3",
            "iree_tensor.tridiagonal_solve %v, %v, %v, %r : "
            "(tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3x2xf32>) -> "
            "(tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3x2xf32>)",
        ),
        "'iree_tensor.tridiagonal_solve' op can't solve diagonals tensor<3xf32>, tensor<3xf32>, "
        "tensor<3xf32> for a tensor<3x2xf32>",
    ),
    "a solution of diagonals of another type": (
        several(
            "%0, %1, %2, %3",
            "iree_tensor.tridiagonal_solve %u, %v, %u, %r : "
            "(tensor<2xf32>, tensor<3xf32>, tensor<2xf32>, tensor<3x2xf32>) -> "
            "(tensor<2xf32>, tensor<3xf32>, tensor<2xf32>, tensor<2x3xf32>)",
        ),
        "'iree_tensor.tridiagonal_solve' op yields tensors of other types than it takes",
    ),
}
