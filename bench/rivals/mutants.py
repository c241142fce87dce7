"""Loads damaged model files with the library that they were written by, each in a process of its own.

Usage: mutants.py xgboost|lightgbm LIST. The list names a file and the number of features of the model
that it comes from on each line. Prints one JSON object: the version, and for each file in order what
happened: read, refused (by an exception), not_finite (a prediction), crash (the process ended by a
signal), hang (more than SECONDS) or out_of_memory (more than MEMORY bytes).
"""

import json
import os
import resource
import signal
import sys

import numpy as np

SECONDS = 10
MEMORY = 4 << 30
READ, REFUSED, NOT_FINITE, OUT_OF_MEMORY = 0, 10, 11, 12
WORDS = {READ: "read", REFUSED: "refused", NOT_FINITE: "not_finite", OUT_OF_MEMORY: "out_of_memory"}


def rows(features):
    return np.array([[value] * features for value in (np.nan, 0.0, -1.5, 2.0)], dtype=np.float32)


def xgboost(library, path, features):
    booster = library.Booster({"nthread": 1})
    booster.load_model(path)
    return booster.predict(library.DMatrix(rows(features), nthread=1), validate_features=False)


def lightgbm(library, path, features):
    return library.Booster(model_file=path).predict(rows(features), num_threads=1)


def child(load, library, path, features):
    """Never returns: the exit status is what happened."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(SECONDS)
    try:
        status = READ if np.isfinite(load(library, path, features)).all() else NOT_FINITE
    except MemoryError:
        status = OUT_OF_MEMORY
    except Exception as error:  # any exception is a refusal, but for one about memory
        status = OUT_OF_MEMORY if "bad_alloc" in str(error) else REFUSED
    os._exit(status)


def outcome(status):
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return "hang" if number == signal.SIGALRM else "crash"
    return WORDS.get(os.WEXITSTATUS(status), "crash")


def main():
    name, listing = sys.argv[1:]
    load = {"xgboost": xgboost, "lightgbm": lightgbm}[name]
    library = __import__(name)
    outcomes = []
    with open(listing, encoding="utf-8") as lines:
        for line in lines:
            path, features = line.rsplit(maxsplit=1)
            pid = os.fork()
            if pid == 0:
                child(load, library, path, int(features))
            outcomes.append(outcome(os.waitpid(pid, 0)[1]))
    print(json.dumps({"version": library.__version__, "outcomes": outcomes}))


if __name__ == "__main__":
    main()
