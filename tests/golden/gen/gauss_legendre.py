"""Writes core/src/explain/quadrature_table.rs: Gauss-Legendre points and weights on [0, 1].

Command: python3 tests/golden/gen/gauss_legendre.py > core/src/explain/quadrature_table.rs
Newton's method on the Legendre recurrence with 60 decimal digits; no dependency.
"""

from decimal import Decimal, getcontext
from math import cos, pi

getcontext().prec = 60


def legendre(n, x):
    """P_n(x) and its derivative."""
    before, now = Decimal(1), x
    for k in range(2, n + 1):
        before, now = now, ((2 * k - 1) * x * now - (k - 1) * before) / k
    return now, n * (x * now - before) / (x * x - 1)


def rule(n):
    """Points and weights on [0, 1], rising."""
    out = []
    for i in range(1, n + 1):
        x = Decimal(cos(pi * (i - 0.25) / (n + 0.5)))
        for _ in range(8):
            p, d = legendre(n, x)
            x -= p / d
        _, d = legendre(n, x)
        out.append(((1 - x) / 2, 1 / ((1 - x * x) * d * d)))
    return out


print("//! Gauss-Legendre points and weights on `[0, 1]`, made by tests/golden/gen/gauss_legendre.py.")
for n in (3, 4, 8, 32):
    points = rule(n)
    print(f"\n/// Points (`t`) and weights of the rule with {n} points.")
    print(f"pub(super) const RULE_{n}: [(f64, f64); {n}] = [")
    for t, w in points:
        print(f"    ({float(t)!r}, {float(w)!r}),")
    print("];")
