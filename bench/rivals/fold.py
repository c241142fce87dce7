"""Three features a contact by SQL in DuckDB, over a table that is in its own format already.

Arguments: folder with flat.csv and now.csv, the file of the query, number of turns, file for the
result. Prints the least CPU seconds of a turn (one thread) as JSON.
"""

import json
import sys
import time
from pathlib import Path

import duckdb

folder, query, turns, out = Path(sys.argv[1]), Path(sys.argv[2]).read_text(), int(sys.argv[3]), sys.argv[4]
db = duckdb.connect(str(folder / "rival.duckdb"))
db.execute("SET threads = 1")
db.execute(
    f"CREATE OR REPLACE TABLE flat AS SELECT * FROM read_csv('{folder}/flat.csv') ORDER BY contact, ms, seq"
)
db.execute(f"CREATE OR REPLACE TABLE now AS SELECT * FROM read_csv('{folder}/now.csv')")
db.execute("CHECKPOINT")
best = float("inf")
for _ in range(turns):
    start = time.process_time()
    rows = db.execute(query).fetchall()
    best = min(best, time.process_time() - start)
with open(out, "w") as file:
    for row in rows:
        file.write(",".join(str(int(value)) for value in row) + "\n")
print(json.dumps({"cpu_s": best, "version": duckdb.__version__}))
