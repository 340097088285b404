"""The routines of LAPACK and BLAS that JAX calls on CPUs, and the names of the calls.

`TARGETS` has their rules. A name has the kind of its numbers: `s` and `d` are floats of 32 and 64 bits,
`c` and `z` complex numbers of two such floats.
"""

from __future__ import annotations

from functools import partial

from ireelite.lowering.frontend.hlo.lapack import orthogonal, spectra, systems
from ireelite.lowering.frontend.hlo.lapack.call import Routine, expand_call
from ireelite.lowering.rewriting.replacing import InPlaceRule

REAL, COMPLEX, ALL = "sd", "cz", "sdcz"

FACTOR = Routine(
    systems.factor_positive_definite, 1, ("a", "info"), ("lower", "batch", "n"), ("a", "info")
)
SOLVE = Routine(
    systems.solve_triangular,
    2,
    ("b",),
    ("left", "lower", "form", "unit", "m", "n", "batch", "alpha"),
    ("b",),
    ("alpha",),
)
ELIMINATE = Routine(
    systems.factor,
    1,
    ("a", "pivots", "info"),
    ("batch", "m", "n"),
    ("a", "pivots", "info"),
)
FACTOR_ORTHOGONAL = Routine(
    orthogonal.factor_orthogonal,
    1,
    ("a", "taus"),
    ("batch", "m", "n", "lwork"),
    ("a", "taus", "info"),
)
FACTOR_IN_ORDER = Routine(orthogonal.factor_in_order, 2, ("a", "order", "taus"))
REFLECT = Routine(
    orthogonal.product_of_reflectors,
    2,
    ("a",),
    ("batch", "m", "n", "k", "lwork"),
    ("a", "info"),
)
MULTIPLY = Routine(orthogonal.multiply_by_reflectors, 3, ("c",))
HESSENBERG = Routine(
    orthogonal.reduce_to_hessenberg,
    1,
    ("a", "taus", "info"),
    ("n", "low", "high", "lda", "batch", "lwork"),
    ("a", "taus", "info"),
)
TRIDIAGONAL = Routine(
    orthogonal.reduce_to_tridiagonal,
    1,
    ("a", "diagonal", "beside", "taus", "info"),
    ("n", "lower", "lda", "batch", "lwork"),
    ("a", "diagonal", "beside", "taus", "info"),
)
EIGENVALUES = Routine(
    spectra.hermitian_eigenvalues,
    1,
    ("a", "values", "info"),
    ("lower", "batch", "n"),
    ("a", "values", "info"),
)
SINGULAR_VALUES = Routine(
    spectra.singular_values,
    1,
    ("a", "values", "u", "vt", "info"),
    ("full_matrices", "compute_uv", "batch", "m", "n", "lwork"),
    ("a", "values", "u", "vt", "info"),
)

SOLVE_TRIDIAGONAL = Routine(
    systems.solve_tridiagonal, 4, ("below", "diagonal", "above", "b", "info")
)
SCHUR_FORM = Routine(
    spectra.schur_form,
    1,
    ("a", "vectors", "values", "sorted", "info"),
    ("batch", "n", "jobvs", "sort"),
    ("a", "workspace", "values", "vectors", "sorted", "info"),
)
REAL_SCHUR_FORM = Routine(
    spectra.schur_form,
    1,
    ("a", "vectors", "real", "imaginary", "sorted", "info"),
    ("batch", "n", "jobvs", "sort"),
    ("a", "real", "imaginary", "vectors", "sorted", "info"),
)
GENERAL_EIGENVALUES = Routine(
    spectra.eigenvalues,
    1,
    ("values", "left", "right", "info"),
    ("batch", "n", "compute_left", "compute_right"),
    ("workspace", "workspace", "values", "left", "right", "info"),
)
REAL_GENERAL_EIGENVALUES = Routine(
    spectra.eigenvalues,
    1,
    ("real", "imaginary", "left", "right", "info"),
    ("batch", "n", "compute_left", "compute_right"),
    ("workspace", "workspace", "workspace", "real", "imaginary", "left", "right", "info"),
)

ROUTINES: dict[tuple[str, str], Routine] = {
    ("potrf", ALL): FACTOR,
    ("trsm", ALL): SOLVE,
    ("getrf", ALL): ELIMINATE,
    ("geqrf", ALL): FACTOR_ORTHOGONAL,
    ("geqp3", ALL): FACTOR_IN_ORDER,
    ("orgqr", REAL): REFLECT,
    ("ungqr", COMPLEX): REFLECT,
    ("ormqr", REAL): MULTIPLY,
    ("unmqr", COMPLEX): MULTIPLY,
    ("gehrd", ALL): HESSENBERG,
    ("sytrd", REAL): TRIDIAGONAL,
    ("hetrd", COMPLEX): TRIDIAGONAL,
    ("syevd", REAL): EIGENVALUES,
    ("heevd", COMPLEX): EIGENVALUES,
    ("gesdd", ALL): SINGULAR_VALUES,
    ("gtsv", ALL): SOLVE_TRIDIAGONAL,
    ("gees", COMPLEX): SCHUR_FORM,
    ("gees", REAL): REAL_SCHUR_FORM,
    ("geev", COMPLEX): GENERAL_EIGENVALUES,
    ("geev", REAL): REAL_GENERAL_EIGENVALUES,
}
"""Name of a routine, and its kinds -> how it is called."""


def targets() -> dict[str, InPlaceRule]:
    """Returns the rules of calls of today's form and of the older one."""
    rules: dict[str, InPlaceRule] = {}
    for (name, kinds), routine in ROUTINES.items():
        for kind in kinds:
            rules[f"lapack_{kind}{name}_ffi"] = partial(expand_call, routine, False)
            if routine.numbers:
                library = "blas" if name == "trsm" else "lapack"
                rules[f"{library}_{kind}{name}"] = partial(expand_call, routine, True)
    return rules


TARGETS = {
    **targets(),
    "ProductOfElementaryHouseholderReflectors": partial(expand_call, REFLECT, False),
    "Qr": partial(expand_call, FACTOR_ORTHOGONAL, False),
}
"""Target's name -> its rule."""
