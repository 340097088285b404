"""How the product of a kernel is computed by calls: which operand is packed, and what it takes.

`mmt4d` multiplies rows with rows: both operands must have their neighbours along the sums. One that
has not, or is computed, is packed: copied to scratch, once for all calls that read it. Sums whose
last loops run along neighbours need no packing: the loops around those call once for each turn, and
accumulate. A product of few rows with a matrix of plain columns takes the columns where they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from math import prod

from xdsl.dialects.builtin import FixedBitwidthType
from xdsl.ir import SSAValue

from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.schedules.linear_places import Terms
from ireelite.lowering.schedules.product import OPEN_EXTENT, Operand, Product, is_one


class Access(Enum):
    """How calls get an operand."""

    IN_PLACE = "in place"
    COLUMNS = "columns in place"
    COPIED = "copied"
    COMPUTED = "computed"


@light_dataclass(frozen=True)
class CallCosts:
    """Nanoseconds, measured in the virtual machine of IREE's runtime."""

    loop_step: float = 18
    """One multiplication in a loop of instructions."""
    product_step: float = 0.8
    """One multiplication of rows in a call."""
    column_step: float = 1.8
    """One multiplication with columns in a call."""
    call: float = 700
    copied: float = 2.5
    """An element that a call copies."""
    computed: float = 60
    """An element that a loop computes and stores."""
    gain: float = 0.7
    """The part of the loops' time that calls may take, at most."""


VMVX_COSTS = CallCosts()
SHORTEST_RUN = 24
"""Neighbours along the sums for which it pays to call several times, and not to pack."""
LARGEST_SCRATCH = 1 << 20
"""Bytes of one packed operand, or of the results of one call that are computed with: what a core's
second cache holds."""
MIN_ROWS = 8
"""Rows of a packed operand, at least."""


@light_dataclass()
class Plan:
    """A product in calls."""

    product: Product
    left: Access
    right: Access
    inner: int
    """How many of the loops that add up, from the innermost on, one call does."""
    direct: bool
    """Whether calls write the kernel's output."""
    left_rows: int | None
    """Rows of the left operand in one call; None for all."""
    right_rows: int | None
    """Rows of the right operand, which are columns of the product."""


def plan_product(product: Product, costs: CallCosts = VMVX_COSTS) -> Plan | None:
    """Returns how to compute a product by calls; None if loops are better."""
    extents = [product.extent(counter) for counter in product.extents]
    if 0 in extents:
        return None
    runs = {id(each): run_of(each, product) for each in (product.left, product.right)}
    inner, all_inner = len(product.sums), len(product.sums)
    for operand in (product.left, product.right):
        if (run := runs[id(operand)]) and run < inner and pays_to_split(product, run):
            inner = run
    left, right = (
        access_of(each, inner, runs[id(each)], product) for each in (product.left, product.right)
    )
    direct = is_direct(product)
    if (
        right is Access.COPIED
        and left is Access.IN_PLACE
        and inner == all_inner
        and are_columns(product.right, product)
        and takes_columns(product, costs)
    ):
        right = Access.COLUMNS
    plan = Plan(product, left, right, inner, direct, None, None)
    plan.right_rows = rows_at_once(product, product.right, right in PACKED)
    plan.left_rows = rows_at_once(product, product.left, left in PACKED)
    if not direct:
        width = plan.right_rows or product.extent(product.right.row)
        most = OPEN_EXTENT if width is None else LARGEST_SCRATCH // (4 * width)
        plan.left_rows = fewer(product.extent(product.left.row), plan.left_rows, most)
    if right is Access.COLUMNS and plan.right_rows is not None:
        return None
    return plan if is_worth_calling(plan, costs) else None


def takes_columns(product: Product, costs: CallCosts) -> bool:
    """Returns whether columns where they are take less time than rows that are copied first."""

    def points(counters: Iterable[SSAValue]) -> float:
        return prod(product.extent(counter) or OPEN_EXTENT for counter in counters)

    copied = points(product.right.needs) * costs.copied + costs.call
    return points(product.extents) * (costs.column_step - costs.product_step) <= copied


PACKED = (Access.COPIED, Access.COMPUTED)


def run_of(operand: Operand, product: Product) -> int:
    """Returns how many of the loops that add up, from the innermost on, go through neighbours one
    by one.
    """
    if operand.place is None or row_stride(operand, product) is None:
        return 0
    length: Terms = {(): 1}
    run = 0
    for loop in reversed(product.sums):
        counter = loop.body.block.args[0]
        if product.places.factor(operand.place, counter) != length:
            break
        run += 1
        extent = product.extent(counter)
        if extent is None or len(length) != 1:
            break
        length = scaled(length, extent)
    return run


def row_stride(operand: Operand, product: Product) -> Terms | None:
    """Returns how far apart an operand's rows are; None if that is not the same everywhere."""
    if operand.place is None:
        return None
    if operand.row is None:
        return {}
    return product.places.factor(operand.place, operand.row)


def pays_to_split(product: Product, run: int) -> bool:
    """Returns whether calls for the innermost loops alone are long enough, and happen at least
    once.
    """
    counters = product.counters
    around = [product.extent(counter) for counter in counters[:-run]]
    within = [product.extent(counter) or OPEN_EXTENT for counter in counters[-run:]]
    return None not in around and prod(within) >= SHORTEST_RUN


def access_of(operand: Operand, inner: int, run: int, product: Product) -> Access:
    """Returns how calls that do the innermost loops get an operand."""
    if run >= inner:
        return Access.IN_PLACE
    if operand.place is None or row_stride(operand, product) is None:
        return Access.COMPUTED
    factors = (product.places.factor(operand.place, counter) for counter in product.counters)
    return Access.COMPUTED if None in factors else Access.COPIED


def longest_run(operand: Operand, product: Product) -> tuple[int, int]:
    """Returns the loops that add up, from the first to behind the last, which go through an operand
    in equal steps; the longest such run, and of equals the innermost.
    """
    counters, runs = product.counters, [(0, 1)]
    assert operand.place is not None
    steps = [product.places.factor(operand.place, counter) for counter in counters]
    for number in range(1, len(counters)):
        extent, step = product.extent(counters[number]), steps[number]
        grown = None if step is None or extent is None else scaled(step, extent)
        if grown is not None and steps[number - 1] == grown:
            runs[-1] = (runs[-1][0], number + 1)
        else:
            runs.append((number, number + 1))

    def length(run: tuple[int, int]) -> tuple[int, int]:
        extents = (product.extent(counter) or OPEN_EXTENT for counter in counters[slice(*run)])
        return prod(extents), run[0]

    return max(runs, key=length)


def scaled(terms: Terms, factor: int) -> Terms:
    """Returns a polynomial, so many times."""
    return {values: number * factor for values, number in terms.items()}


def are_columns(operand: Operand, product: Product) -> bool:
    """Returns whether an operand is a matrix whose rows are the sums' points, one after the other."""
    if (
        operand.place is None
        or operand.row is None
        or (width := product.extent(operand.row)) is None
    ):
        return False
    if not is_one(row_stride(operand, product)):
        return False
    length = width
    for counter in reversed(product.counters):
        if product.places.factor(operand.place, counter) != {(): length}:
            return False
        if (extent := product.extent(counter)) is None:
            return counter is product.counters[0]
        length *= extent
    return True


def is_direct(product: Product) -> bool:
    """Returns whether the kernel stores the sums as they are, in rows of neighbours."""
    store = product.stores[0]
    if len(product.stores) > 1 or store.value is not product.result:
        return False
    place = product.places.flat(store.memref, store.indices)
    columns, rows = product.right.row, product.left.row
    if columns is not None and not is_one(product.places.factor(place, columns)):
        return False
    return rows is None or product.places.factor(place, rows) is not None


def rows_at_once(product: Product, operand: Operand, packed: bool) -> int | None:
    """Returns how many rows of a packed operand fit in scratch; None for all."""
    if not packed:
        return None
    element = operand.value.type
    size = element.bitwidth // 8 if isinstance(element, FixedBitwidthType) else 4
    length = prod(product.extent(counter) or OPEN_EXTENT for counter in product.counters)
    return fewer(product.extent(operand.row), None, LARGEST_SCRATCH // (size * length))


def fewer(extent: int | None, known: int | None, most: int | None) -> int | None:
    """Returns the least of these numbers of rows; None for all rows."""
    bounds = [bound for bound in (known, most) if bound is not None]
    if not bounds:
        return None
    least = max(min(bounds), MIN_ROWS)
    return None if extent is not None and extent <= least else least


def is_worth_calling(plan: Plan, costs: CallCosts) -> bool:
    """Returns whether calls take less time than loops."""
    product = plan.product

    def points(counters: list[SSAValue] | frozenset[SSAValue]) -> float:
        return prod(product.extent(counter) or OPEN_EXTENT for counter in counters)

    everywhere = points(list(product.extents))
    step = costs.column_step if plan.right is Access.COLUMNS else costs.product_step
    calls = points(product.batches) * points(product.counters[: -plan.inner])
    time = everywhere * step + calls * costs.call
    for operand, access in ((product.left, plan.left), (product.right, plan.right)):
        if access in PACKED:
            elements = points(operand.needs)
            each = costs.copied if access is Access.COPIED else costs.computed
            longest = max(product.extent(counter) or OPEN_EXTENT for counter in product.counters)
            copies = elements / longest / points([operand.row] if operand.row else [])
            time += elements * each + copies * costs.call
    results = points(list(product.loop.body.block.args))
    if not plan.direct:
        time += results * costs.loop_step
    return time <= costs.gain * everywhere * costs.loop_step
