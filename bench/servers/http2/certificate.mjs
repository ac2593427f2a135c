// A certificate for the servers that are measured over TLS, made by openssl and forgotten with the process.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "sluice-bench-certificate-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

export const keyFile = join(folder, "key.pem");
export const certFile = join(folder, "cert.pem");
execFileSync(
  "openssl",
  [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    "2",
  ].concat(
    ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
    ["-keyout", keyFile, "-out", certFile],
  ),
  { stdio: "ignore" },
);

/** For the options of node's servers. */
export const certificate = () => ({ key: readFileSync(keyFile), cert: readFileSync(certFile) });
