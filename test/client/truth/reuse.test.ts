// A server may close a connection at any time after a response, without a word before. That costs nobody a response.

import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Client } from "../../../src/client/index.ts";

const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const ROUNDS = 8;
const AT_A_TIME = 16;

const sockets = new Set<Socket>();
/** Answers the first request on each connection, and closes at the second one. */
const server = createServer((socket) => {
  sockets.add(socket.on("error", () => {}));
  socket.once("data", () => {
    socket.write(ANSWER);
    socket.once("data", () => socket.end());
  });
});

beforeAll(async () => {
  server.listen({ port: 0, host: "127.0.0.1", backlog: 511 });
  await once(server, "listening");
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

test("what is lost on a used connection is asked for again on a fresh one", async () => {
  const { port } = server.address() as { port: number };
  const client = new Client();
  const answers: string[] = [];
  const ask = async (): Promise<void> => {
    for (let round = 0; round < ROUNDS; round++) {
      const { body } = await client.request(`http://127.0.0.1:${port}/`);
      answers.push(await body.text());
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, ask));
  await client.close();
  expect(answers).toEqual(Array<string>(ROUNDS * AT_A_TIME).fill("ok"));
});
