"""Results larger than the last cache are stored past the caches.

A store reads the line that it writes to, unless it is non-temporal and writes all of it. So a kernel
that only computes elements at their places runs in tiles of whole lines where its result is large:

    scf.parallel (%tile) to (n / 64) {
      scf.parallel (%l) to (64) {mapping = ["lanes"]} {
        ... ; store %0, %result[%tile * 64 + %l] {nontemporal = true} } }

Smaller results stay in the cache for what reads them. Such stores need addresses of whole lines: a
target stores as usual where the buffer begins elsewhere.
"""

from __future__ import annotations
