// What puts load on a server of HTTP/2: h2load, and a client for checking that the replies are right.
import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:http2";
import { promisify } from "node:util";
import { onLoadCpu } from "./pinning.mjs";

const CONNECTIONS = 8;
const STREAMS = 10;

export const h2loadMissing = spawnSync("h2load", ["--version"]).error !== undefined;

const urlOf = (port, path, secure) => `${secure ? "https" : "http"}://127.0.0.1:${port}${path}`;

/** As many requests as can be answered. Fails where one of them is not answered with 200. */
export async function runH2load(port, path, secure, seconds) {
  const settings = ["-t1", `-c${CONNECTIONS}`, `-m${STREAMS}`, "-D", String(seconds)];
  const [file, ...args] = onLoadCpu(["h2load", ...settings, urlOf(port, path, secure)]);
  const { stdout } = await promisify(execFile)(file, args);
  const [, total, done, good, failed] =
    /requests: (\d+) total, \d+ started, (\d+) done, (\d+) succeeded, (\d+) failed/
      .exec(stdout)
      ?.map(Number) ?? [];
  if (!(done > 0) || good !== done || failed > 0)
    throw new Error(`${good} good replies of ${done}, ${failed} failed, ${total} in all`);
  return { units: done, seconds };
}

/** One reply, as a client of node:http2 gets it. */
export async function readByHttp2(port, path, secure) {
  const session = connect(urlOf(port, "/", secure), { rejectUnauthorized: false });
  try {
    const stream = session.request({ ":path": path });
    const [headers] = await once(stream, "response");
    let body = "";
    for await (const piece of stream.setEncoding("utf8")) body += piece;
    return { status: headers[":status"], body };
  } finally {
    session.destroy();
  }
}
