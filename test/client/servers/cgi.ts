// What servers of files can't make, as scripts for the Common Gateway Interface.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LINES } from "./content.ts";

const plain = "printf 'Content-Type: text/plain\\r\\n\\r\\n'";
// Where FLUSH is set, each line is followed by the octet that tells Apache's bucketeer to flush.
const lines = [
  'flush() { [ -z "$FLUSH" ] || printf "\\006"; }',
  ...LINES.map((line) => `printf '%s\\n' '${line.trim()}'; flush`),
].join("\n");

const SCRIPTS: Readonly<Record<string, string>> = {
  // A server that sees the end before it has begun to answer knows the length, and says it.
  chunks: `${plain}\n${lines}\nsleep 0.5`,
  close: `${plain}\n${lines}`,
  cut: `printf 'Content-Type: text/plain\\r\\nContent-Length: 1000\\r\\n\\r\\n'\n${lines}`,
  empty: "printf 'Status: 204 No Content\\r\\n\\r\\n'",
  echo: [
    "printf 'Content-Type: application/octet-stream\\r\\n'",
    `printf 'X-Upload-Framing: %s\\r\\n\\r\\n' "\${HTTP_TRANSFER_ENCODING:-length}"`,
    // A server that still writes the input does not read the output.
    'upload=$(mktemp); trap "rm -f $upload" EXIT',
    // Not every server ends the input; those that don't say how long it is.
    `if [ -n "$CONTENT_LENGTH" ]; then head -c "$CONTENT_LENGTH"; else cat; fi >"$upload"; cat "$upload"`,
  ].join("\n"),
};

/** The names of the scripts that every such server needs, each for the path that is called like it. */
export const SCRIPT_NAMES: readonly string[] = Object.keys(SCRIPTS);

/** @param files where the texts are that a script serves */
export function writeScripts(folder: string, files: string): void {
  mkdirSync(folder);
  const text = join(files, "text.txt");
  const coded = [
    "printf 'Content-Type: text/plain\\r\\n'",
    'case "$HTTP_ACCEPT_ENCODING" in',
    `*gzip*) printf 'Content-Encoding: gzip\\r\\n\\r\\n'; gzip -c ${text};;`,
    `*) printf '\\r\\n'; cat ${text};;`,
    "esac",
  ].join("\n");
  for (const [name, script] of Object.entries({ ...SCRIPTS, "text.txt": coded }))
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}
