"""A rival that waits for its turn: `worker.py FOLDER`.

Reads one request a line, {"library", "task", "model", "rows", "threads", "out"}, and answers with one
line: {"wall_s", "cpu_s"} of one call, or {"error"}. A request with "out" comes first: it loads the
model and writes the outputs of a call there as f64, and nothing is timed. The request
{"versions": [...]} is answered with the installed versions.
"""

import importlib.metadata
import json
import os
import sys
import time
import warnings
from pathlib import Path

import numpy as np

# Answers go where standard output went; what libraries print goes to standard error.
ANSWERS = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
warnings.filterwarnings("ignore")


def main():
    folder = Path(sys.argv[1])
    rows = np.fromfile(folder / "rows.f32", dtype="<f4").reshape(-1, 24)
    ready = {}
    for line in sys.stdin:
        try:
            answer = serve(json.loads(line), folder, rows, ready)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps(answer), file=ANSWERS, flush=True)


def serve(request, folder, rows, ready):
    if "versions" in request:
        return {name: version(name) for name in request["versions"]}
    key = tuple(request[field] for field in ("library", "task", "model", "rows", "threads"))
    if key not in ready:
        library, task, model, count, threads = key
        import sides

        make = getattr(sides, f"{library}_{task}")
        ready[key] = make(folder, model, np.ascontiguousarray(rows[:count]), threads)
    if "out" in request:
        np.asarray(ready[key](), dtype="<f8").tofile(request["out"])
        return {}
    start, start_cpu = time.perf_counter(), time.process_time()
    ready[key]()
    return {"wall_s": time.perf_counter() - start, "cpu_s": time.process_time() - start_cpu}


def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


if __name__ == "__main__":
    main()
