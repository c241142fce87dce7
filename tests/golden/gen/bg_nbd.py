"""BG/NBD parameters of two samples, fitted by the Python package `lifetimes`.

    pip install lifetimes==0.11.3
    python3 bg_nbd.py CDNOW_master.txt

Prints the four parameters (time in weeks, as in Fader, Hardie and Lee 2005) and the mean log
likelihood for
1. the 1/10 sample of CDNOW customers that comes with the package (the paper's own: r 0.243,
   alpha 4.414, a 0.793, b 2.426), and
2. all customers of CDNOW_master.txt, purchase days up to 1997-09-30.
The second is the golden value of tests/it/cdnow.rs.
"""

import datetime
import sys

from lifetimes import BetaGeoFitter
from lifetimes.datasets import load_cdnow_summary


def show(name, x, t_x, age):
    fitter = BetaGeoFitter(penalizer_coef=0.0)
    fitter.fit(x, t_x, age)
    p = fitter.params_
    print(name, f"r {p['r']:.5f} alpha {p['alpha']:.5f} a {p['a']:.5f} b {p['b']:.5f}",
          f"mean log likelihood {-fitter._negative_log_likelihood_:.6f}" if hasattr(
              fitter, "_negative_log_likelihood_") else "")


sample = load_cdnow_summary()
show("sample", sample["frequency"], sample["recency"], sample["T"])

import numpy as np

end = datetime.date(1997, 9, 30).toordinal()
days = {}
for line in open(sys.argv[1]):
    customer, date = line.split()[:2]
    if date.isdigit():
        day = datetime.date(int(date[:4]), int(date[4:6]), int(date[6:])).toordinal()
        if day <= end:
            days.setdefault(customer, set()).add(day)
rows = [(len(d) - 1, (max(d) - min(d)) / 7.0, (end - min(d)) / 7.0) for d in days.values()]
x, t_x, age = (np.array(column, dtype=float) for column in zip(*rows))
show("master", x, t_x, age)
