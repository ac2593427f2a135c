// A client that sends exactly the octets it is given, and says exactly what came back.

import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { ok } from "./expect.mjs";
import { until } from "./waiting.mjs";

export class RawClient {
  /** Everything that has arrived, one character an octet. */
  text = "";
  /** Whether the server has ended the connection, in order or not. */
  ended = false;
  #consumed = 0;

  /** @param {{ tls?: boolean, paused?: boolean }} [options] `paused` takes nothing until {@link RawClient.resume} */
  static async connect(port, { tls = false, paused = false } = {}) {
    const target = { port, host: "127.0.0.1" };
    const socket = tls ? connectTls({ ...target, rejectUnauthorized: false }) : connect(target);
    const client = new RawClient(socket, paused);
    await new Promise((resolve, reject) => {
      socket.once(tls ? "secureConnect" : "connect", resolve);
      socket.once("error", reject);
    });
    return client;
  }

  constructor(socket, paused) {
    this.socket = socket;
    socket.on("error", () => (this.ended = true));
    socket.on("close", () => (this.ended = true));
    socket.on("end", () => (this.ended = true));
    if (paused) socket.pause();
    else this.resume();
  }

  resume() {
    this.socket.on("data", (piece) => (this.text += piece.toString("latin1")));
    this.socket.resume();
  }

  /** Sends octets: text stands for one octet a character. */
  write(octets) {
    this.socket.write(octets, "latin1");
    return this;
  }

  /** A request for this target, with these field lines. */
  get(target, ...lines) {
    return this.write([`GET ${target} HTTP/1.1`, "Host: test", ...lines, "", ""].join("\r\n"));
  }

  destroy() {
    this.socket.destroy();
  }

  /** Waits for something to hold for what has arrived. */
  async until(holds) {
    const test = typeof holds === "string" ? () => this.text.includes(holds) : () => holds(this.text);
    await until(
      () => test() || this.ended,
      () => `${holds}; so far: ${JSON.stringify(this.text.slice(-500))}`,
    );
    ok(test(), `${holds} before the end of ${JSON.stringify(this.text.slice(-500))}`);
  }

  /** Everything up to the end of the connection. */
  async whole() {
    await until(
      () => this.ended,
      () => `the end; so far: ${JSON.stringify(this.text.slice(-500))}`,
    );
    return this.text;
  }

  /** What there is of the next response; undefined while its head is not whole. */
  get partial() {
    return readResponse(this.text.slice(this.#consumed), "GET");
  }

  /** The next response; one whose body is not `complete` where the connection ends first. */
  async response(method = "GET") {
    const read = () => readResponse(this.text.slice(this.#consumed), method);
    await until(
      () => read()?.complete === true || this.ended,
      () => `a response; so far: ${JSON.stringify(this.text.slice(-500))}`,
    );
    const response = read();
    ok(response !== undefined, "a head");
    this.#consumed += response.length;
    return response;
  }
}

/** The response at the beginning of this text, as far as it goes; undefined while its head is not whole. */
function readResponse(text, method) {
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const [start, ...lines] = text.slice(0, end).split("\r\n");
  const status = Number(start.split(" ")[1]);
  const headers = fieldsOf(lines);
  const found = readBody(text.slice(end + 4), status, method, headers);
  return { status, headers, ...found, length: end + 4 + found.length };
}

function readBody(text, status, method, headers) {
  if (method === "HEAD" || status < 200 || status === 204 || status === 304)
    return { body: "", length: 0, complete: true };
  const size = headers["content-length"];
  if (size !== undefined) {
    const body = text.slice(0, Number(size));
    return { body, length: body.length, complete: body.length === Number(size) };
  }
  if (headers["transfer-encoding"] === undefined) return { body: text, length: text.length, complete: false };
  return readChunks(text);
}

function readChunks(text) {
  const chunks = [];
  const cut = () => ({ body: chunks.join(""), chunks, length: text.length, complete: false });
  let at = 0;
  for (;;) {
    const line = text.indexOf("\r\n", at);
    if (line === -1) return cut();
    const size = Number.parseInt(text.slice(at, line), 16);
    at = line + 2;
    if (size === 0) break;
    if (text.length < at + size + 2) return cut();
    chunks.push(text.slice(at, at + size));
    at += size + 2;
  }
  const lines = [];
  for (;;) {
    const line = text.indexOf("\r\n", at);
    if (line === -1) return cut();
    const field = text.slice(at, line);
    at = line + 2;
    if (field === "")
      return { body: chunks.join(""), chunks, trailers: fieldsOf(lines), length: at, complete: true };
    lines.push(field);
  }
}

function fieldsOf(lines) {
  return Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  );
}
