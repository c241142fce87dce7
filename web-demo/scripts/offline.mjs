// Makes `dist-offline/offline.html`: one page with script, styles, modules and models inside, whose policy lets
// it open no connection at all (`connect-src 'none'`). Run after `vite build --mode offline`.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const built = join(root, "dist-offline");

/** The one asset with an ending. */
function asset(ending) {
  const found = readdirSync(join(built, "assets")).filter((name) => name.endsWith(ending));
  if (found.length !== 1) throw new Error(`one ${ending} file expected in ${built}: ${found}`);
  return readFileSync(join(built, "assets", found[0]), "utf8");
}

/** The source of a policy that allows exactly this text. */
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

// The end of the element must not stand inside a script; `<\/` is the same in its strings.
const script = asset(".js").replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
const style = asset(".css");
const icon = `data:image/svg+xml;base64,${readFileSync(join(root, "public/icon.svg")).toString("base64")}`;
const policy = [
  "default-src 'none'",
  `script-src ${hash(script)} 'wasm-unsafe-eval'`,
  `style-src ${hash(style)}`,
  "img-src data:",
  "connect-src 'none'",
  // The thread of trainings, made from what is inside; it is held to the same policy.
  "worker-src blob:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="${icon}">
<title>chatsignal</title>
<style>${style}</style>
</head>
<body>
<div id="app"></div>
<script type="module">${script}</script>
</body>
</html>
`;
writeFileSync(join(built, "offline.html"), page);
rmSync(join(built, "assets"), { recursive: true });
rmSync(join(built, "index.html"));
