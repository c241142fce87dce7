// Writes the types of the service's wire format from the description that the tests keep
// (OpenAPI 3.1), so that the page and the service cannot drift apart.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import openapiTS, { astToString } from "openapi-typescript";

const here = import.meta.dirname;
const snapshot = join(
  here,
  "../../tests/it/service/snapshots/it__service__openapi__the_description_is_the_one_that_is_kept.snap",
);
const target = join(here, "../src/lib/workspace/api.generated.d.ts");

// A snapshot file begins with a header between two lines of dashes.
const [, , document] = readFileSync(snapshot, "utf8").split(/^---\n/m);
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, astToString(await openapiTS(document)));
