// A certificate that is replaced while the server runs: those who are connected go on, those who come get the new one.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve, text } from "sluice";

const folder = mkdtempSync(join(tmpdir(), "sluice-certificates-"));
process.once("exit", () => rmSync(folder, { recursive: true }));

function certificate(): { key: Buffer; cert: Buffer } {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync("openssl", [...made, "-subj", "/CN=localhost", "-keyout", key, "-out", cert], {
    stdio: "pipe",
  });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

const server = await serve({ host: "127.0.0.1", tls: certificate() }, (request) =>
  text(`HTTP/${request.httpVersion}\n`),
);

process.on("SIGHUP", () => {
  try {
    server.setSecureContext(certificate());
    console.log("a new certificate");
  } catch (error) {
    // The old one stays.
    console.error(error);
  }
});

console.log(`curl -kv ${server.url.href}   (kill -HUP ${process.pid} replaces the certificate)`);
