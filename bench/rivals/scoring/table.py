"""A table like those that chats give: counts, rates, recencies and money, some of them missing."""

import numpy as np

FEATURES = 24


def make(rows, seed):
    """Rows as f32 and a binary target, about a third of it 1."""
    rng = np.random.default_rng(seed)
    activity = rng.gamma(1.5, 1.0, rows)
    columns = []
    for scale in (2, 5, 12, 30, 1, 3):  # counts of messages
        columns.append(rng.poisson(scale * activity))
    for weight in (2, 5, 10, 20):  # rates, undefined where nothing was counted
        seen = rng.poisson(weight * activity)
        with np.errstate(invalid="ignore", divide="ignore"):
            columns.append(rng.binomial(seen, rng.beta(2, 3, rows)) / np.where(seen > 0, seen, np.nan))
    for days in (3, 10, 30, 90):  # days since something happened, missing where it never did
        since = rng.exponential(days, rows) / (0.3 + activity)
        columns.append(np.where(rng.random(rows) < 0.1, np.nan, since))
    for spread in (0.5, 1.0, 1.5):  # money
        columns.append(np.where(rng.random(rows) < 0.2, np.nan, rng.lognormal(3, spread, rows)))
    for _ in range(4):  # mean sentiments
        columns.append(np.where(rng.random(rows) < 0.05, np.nan, rng.normal(0, 0.3, rows)))
    columns.append(rng.integers(0, 24, rows))  # hour
    columns.append(rng.integers(0, 7, rows))  # day of week
    columns.append(rng.integers(0, 2, rows))  # flag
    x = np.column_stack(columns).astype("f4")
    assert x.shape[1] == FEATURES
    z = np.nan_to_num(x.astype("f8"))
    margin = (
        0.4 * np.log1p(z[:, 2])
        + 2.0 * (z[:, 7] - 0.4)
        - 0.6 * np.log1p(z[:, 11])
        + 1.5 * z[:, 17] * (z[:, 8] > 0.3)
        + 0.3 * np.log1p(z[:, 14]) * (z[:, 10] < 2)
        + 0.5 * np.sin(z[:, 21] / 24 * 2 * np.pi)
        - 0.8 * z[:, 23] * (z[:, 4] > 1)
    )
    chance = 1 / (1 + np.exp(-1.5 * (margin - np.quantile(margin, 0.65))))
    return x, (rng.random(rows) < chance).astype("f8")
