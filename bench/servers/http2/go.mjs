// Go's net/http, which flushes each piece; over TLS alone, since Debian's version has HTTP/2 nowhere else.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { certFile, keyFile } from "./certificate.mjs";
import { announceWrapped, freePort } from "../wrapped.mjs";

const folder = mkdtempSync(join(tmpdir(), "sluice-bench-go-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const program = join(folder, "server");
execFileSync("go", ["build", "-o", program, fileURLToPath(new URL("go.go", import.meta.url))], {
  env: { ...process.env, GO111MODULE: "off", GOFLAGS: "" },
  stdio: ["ignore", "ignore", "inherit"],
});

const port = await freePort();
await announceWrapped(port, program, [`127.0.0.1:${port}`, certFile, keyFile]);
