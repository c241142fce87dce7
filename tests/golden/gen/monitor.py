"""Golden values of `train::monitor` (drift and expected performance) and of `train::chi_square`.

    pip install numpy scipy scikit-learn
    python3 monitor.py

The values are written into the unit tests of the modules named in the output.
"""

import numpy as np
import scipy
from scipy.stats import chi2
from sklearn.metrics import auc

print("scipy", scipy.__version__)
print("chi_square: quantiles", [float(v) for v in chi2.isf([0.05, 0.01, 0.001, 0.01 / 32], [1, 4, 9, 9])])
print("chi_square: tails", [float(v) for v in chi2.sf([3.2, 20.0], [3, 9])])

# Half a row is added to each bin; 1000 rows of 400 contacts count as 400.
n, m = 400.0, 200.0
before = np.array([500, 300, 150, 50]) * n / 1000
after = np.array([80.0, 60, 50, 10])
p = (before + 0.5) / (n + 0.5 * 4)
q = (after + 0.5) / (m + 0.5 * 4)
psi = float(np.sum((q - p) * np.log(q / p)))
spread = 1 / n + 1 / m
print("monitor::shift", psi, spread * chi2.isf(0.01, 3), chi2.sf(psi / spread, 3))

p = np.array([0.05, 0.2, 0.2, 0.5, 0.9, 0.97])
log_loss = np.mean(-p * np.log(p) - (1 - p) * np.log(1 - p))
half = 1.959963984540054 * np.sqrt(np.sum(p * (1 - p) * np.log(p / (1 - p)) ** 2)) / len(p)
thresholds = np.unique(p)[::-1]
tpr = [0.0] + [p[p >= t].sum() / p.sum() for t in thresholds]
fpr = [0.0] + [(1 - p[p >= t]).sum() / (1 - p).sum() for t in thresholds]
print(
    "monitor::expected",
    [
        float(v)
        for v in (
            p.mean(),
            log_loss,
            log_loss + half,
            np.mean(p * (1 - p)),
            np.mean(np.where(p >= 0.5, p, 1 - p)),
            auc(fpr, tpr),
        )
    ],
)
