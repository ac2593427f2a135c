// HTTP/2 over TLS in several processes: a script that is run again in each of them.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { makeCertificate } from "../../support/certificate.ts";
import { lacks } from "../../support/programs.ts";
import { answerOf } from "./peers.ts";

const DIST = new URL("../../../dist/index.js", import.meta.url);

// Its parent closes it by a line.
const SCRIPT = `
import cluster from "node:cluster";
import { serve, stream } from ${JSON.stringify(DIST.href)};
const tls = JSON.parse(process.env.TLS);
const server = await serve({ host: "127.0.0.1", workers: 2, tls }, ({ httpVersion }) =>
  stream("text/plain", async function* () {
    yield httpVersion + " ";
    await new Promise((resolve) => setTimeout(resolve, 200));
    yield String(process.pid);
  }),
);
if (cluster.isPrimary) {
  console.log(server.url.href);
  process.stdin.once("data", async () => {
    await server.close();
    console.log("closed");
    process.exit(0);
  });
}
`;

test.skipIf(lacks("openssl"))("workers speak it, and finish their streams when they are closed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-http2-workers-"));
  const script = join(folder, "server.mjs");
  writeFileSync(script, SCRIPT);
  const env = { PATH: process.env.PATH, TLS: JSON.stringify(makeCertificate()) };
  const child = spawn(process.execPath, [script], { env, stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const session = connect((await lines.next()).value as string, { rejectUnauthorized: false });
  session.on("error", () => {});
  try {
    const streams = Array.from({ length: 5 }, () => session.request());
    const answers = Promise.all(streams.map(answerOf));
    await new Promise((resolve) => streams[4].once("data", resolve));
    child.stdin.write("close\n");
    const all = await answers;
    for (const answer of all) expect(answer).toMatchObject({ status: 200, complete: true });
    for (const { body } of all) expect(body).toMatch(/^2\.0 \d+$/);
    expect((await lines.next()).value).toBe("closed");
  } finally {
    session.destroy();
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
});
