// nghttp2's own server, in C: it serves files, so the ten pieces are one.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TEN_PIECES } from "../pieces.mjs";
import { announceWrapped, freePort } from "../wrapped.mjs";

const folder = mkdtempSync(join(tmpdir(), "sluice-bench-nghttpd-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, "hello"), "hello");
writeFileSync(join(folder, "chunks"), TEN_PIECES.join(""));

const port = await freePort();
const common = ["-d", folder, "-a", "127.0.0.1"];
if (process.argv.includes("--tls")) {
  const { keyFile, certFile } = await import("./certificate.mjs");
  await announceWrapped(port, "nghttpd", [...common, String(port), keyFile, certFile]);
} else {
  await announceWrapped(port, "nghttpd", [...common, "--no-tls", String(port)]);
}
