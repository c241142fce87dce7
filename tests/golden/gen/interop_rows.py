"""Rows and files that the generators of tests/golden/interop share. Needs numpy."""

import json

import numpy as np

EDGES = [0.0, -0.0, 3e38, -3e38, 1e-36, -1e-36, 1e-35, -1e-35, 1e-40]


def table(rng, rows, columns, missing=0.15):
    """Numbers of f32, some 0, some missing."""
    x = rng.normal(size=(rows, columns)).astype(np.float32)
    x[rng.random(x.shape) < 0.1] = 0.0
    x[rng.random(x.shape) < missing] = np.nan
    return x


def probes(x, thresholds, nan=True, edges=EDGES, plain=16):
    """Rows to score: plain ones, all missing, edges, and the thresholds `(feature, t)` with one
    step of f32 beside each."""
    rows = [row.copy() for row in x[:plain]]
    if nan:
        rows.append(np.full(x.shape[1], np.nan, np.float32))
    rows += [np.full(x.shape[1], edge, np.float32) for edge in edges]
    for at, (feature, t) in enumerate(thresholds):
        t = np.float32(t)
        for value in (t, np.nextafter(t, np.float32(np.inf)), np.nextafter(t, np.float32(-np.inf))):
            row = x[at % plain].copy()
            row[feature] = value
            rows.append(row)
    rows = np.array(rows, np.float32)
    return rows if nan else np.nan_to_num(rows, nan=0.5)


def wide(rng, rows, columns):
    """Numbers of f64, most of which are no f32."""
    return rng.normal(size=(rows, columns)) * 100


def ties(x, thresholds, plain=16):
    """Rows of f64 to score: plain ones, and the thresholds `(feature, t)` themselves with the f64
    below each. What is above t without an f32 between counts as t with us, and is no row here."""
    rows = [row.copy() for row in x[:plain]]
    for at, (feature, t) in enumerate(thresholds):
        for value in (t, np.nextafter(t, -np.inf)):
            row = x[at % plain].copy()
            row[feature] = value
            rows.append(row)
    return np.array(rows)


def exact(value):
    """Lists of numbers that keep every bit; what JSON cannot hold becomes a text."""
    if isinstance(value, (list, tuple, np.ndarray)):
        return [exact(v) for v in value]
    value = float(value)
    if value != value or value in (np.inf, -np.inf):
        return str(value)
    return "-0.0" if value == 0 and np.signbit(value) else value


def write(folder, name, source, command, **arrays):
    """Writes NAME.case.json."""
    case = {"source": source, "command": command}
    case |= {key: exact(value) for key, value in arrays.items() if value is not None}
    text = json.dumps(case, separators=(",", ":"))
    (folder / f"{name}.case.json").write_text(text + "\n")
