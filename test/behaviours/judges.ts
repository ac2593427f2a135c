// Readers of all kinds that say whether an answer is complete. None of them may be fooled.

import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { Agent, fetch } from "undici";
import { Client } from "../../src/client/index.ts";
import { lacks, pathOf } from "../support/programs.ts";
import { run } from "../support/run.ts";
import { readResponse } from "../support/wire-response.ts";
import { Answer } from "./answer.ts";
import type { Fetch, Where } from "./host.ts";
import { Http1Reader } from "./transports/http1.ts";
import { Http2Reader } from "./transports/http2.ts";
import { InProcessReader } from "./transports/in-process.ts";

export interface Judge {
  readonly name: string;
  /** Reads the answer to GET of a target, with these fields. */
  readonly verdict: (target: string, fields: Readonly<Record<string, string>>) => Promise<"complete" | "cut">;
}

type Verdict = (where: Where, target: string, fields: Readonly<Record<string, string>>) => Promise<boolean>;

const EVERYWHERE: Readonly<Record<string, Verdict>> = {
  // By the framing alone, which nothing undoes or forgives.
  frames: async (where, target, fields) => {
    const reader = where.version === "1.1" ? new Http1Reader(where) : new Http2Reader(where);
    try {
      return (await new Answer(reader.ask({ target, fields })).whole()).ending === "complete";
    } finally {
      await reader.close();
    }
  },
  "our client": async (where, target, fields) => {
    const http2 = where.version === "2" && (where.ca === undefined ? "cleartext" : true);
    await using client = new Client({ proxy: false, http2, tls: { ca: where.ca } });
    const response = await client.request(new URL(target, where.url), { headers: { ...fields } });
    return await settles(response.body.bytes());
  },
  fetch: async (where, target, fields) => {
    const agent = new Agent({ connect: { ca: where.ca }, allowH2: where.version === "2" });
    try {
      const response = await fetch(new URL(target, where.url), { headers: { ...fields }, dispatcher: agent });
      return await settles(response.arrayBuffer());
    } finally {
      await agent.destroy();
    }
  },
};

const CURL: Verdict = async (where, target, fields) => {
  const version = where.version === "1.1" ? "--http1.1" : where.ca ? "--http2" : "--http2-prior-knowledge";
  const lines = Object.entries(fields).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const { status } = await run(pathOf("curl"), ["-sSk", version, ...lines, new URL(target, where.url).href]);
  return status === 0;
};

/** The octets on a socket: of a chunked body, whether the last chunk is there. */
const RAW: Verdict = (where, target, fields) => {
  const socket = connected(where);
  const { host } = new URL(where.url);
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${lines.join("")}\r\n`);
  let text = "";
  return new Promise((resolve, reject) => {
    const judge = (ended: boolean): void => {
      const read = text === "" && !ended ? undefined : readResponse(text, "GET", ended);
      if (read === undefined) return;
      resolve(read.response.complete);
      socket.destroy();
    };
    socket.on("data", (octets) => {
      text += octets.toString("latin1");
      judge(false);
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      try {
        judge(true);
      } catch (error) {
        reject(error);
      }
    });
  });
};

/** By HTTP/1.0, where the end of the connection is the end of the body: only a reset says that it was cut. */
export function endingOfHttp10(where: Where, target: string): Promise<"complete" | "cut"> {
  const socket = connected(where);
  socket.write(`GET ${target} HTTP/1.0\r\n\r\n`);
  socket.resume();
  return new Promise((resolve) => {
    socket.on("end", () => resolve("complete"));
    socket.on("error", () => resolve("cut"));
    socket.on("close", () => resolve("cut"));
  });
}

export function judgesOf(reach: Where | Fetch): readonly Judge[] {
  if (typeof reach === "function") return [{ name: "a web Response", verdict: judgedBy(reach) }];
  const verdicts: Record<string, Verdict> = { ...EVERYWHERE };
  // It learns of HTTP/2 by ALPN alone.
  if (reach.version === "2" && reach.ca === undefined) delete verdicts["fetch"];
  if (reach.version === "1.1") verdicts["a socket"] = RAW;
  if (!lacks("curl")) verdicts["curl"] = CURL;
  return Object.entries(verdicts).map(([name, verdict]) => ({
    name,
    verdict: async (target, fields) => ((await verdict(reach, target, fields)) ? "complete" : "cut"),
  }));
}

function judgedBy(app: Fetch): Judge["verdict"] {
  return async (target, fields) =>
    (await new Answer(new InProcessReader(app).ask({ target, fields })).whole()).ending;
}

function connected(where: Where): Socket {
  const { hostname, port } = new URL(where.url);
  const to = { host: hostname, port: Number(port) };
  return where.ca === undefined ? connect(to) : connectTls({ ...to, ca: where.ca });
}

async function settles(reading: Promise<unknown>): Promise<boolean> {
  try {
    await reading;
    return true;
  } catch {
    return false;
  }
}
