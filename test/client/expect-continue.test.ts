import { expect, test } from "vitest";
import { type StreamWriter, text } from "../../src/index.ts";
import { listen, ok } from "../support/raw-server.ts";
import { start } from "../support/servers.ts";
import { codeOf, open, read } from "./clients.ts";

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/** A body that says whether anybody has begun it, and whether it was stopped. */
function watchedBody() {
  const state = { begun: false, stopped: false };
  const stream = new ReadableStream<string>(
    {
      pull(controller) {
        state.begun = true;
        controller.enqueue("body");
        controller.close();
      },
      cancel: () => void (state.stopped = true),
    },
    { highWaterMark: 0 },
  );
  return { state, stream };
}

test("the body waits for 100", async () => {
  const { state, stream } = watchedBody();
  const server = await listen(async (peer) => {
    const head = await peer.until("\r\n\r\n");
    expect(head).toContain("\r\nExpect: 100-continue\r\n");
    expect(head.endsWith("\r\n\r\n")).toBe(true);
    expect(state.begun).toBe(false);
    peer.write(CONTINUE);
    const { body } = await peer.request();
    peer.write(ok(body));
  });
  const seen: number[] = [];
  const options = {
    body: stream,
    expectContinue: true,
    onInformational: (status: number) => void seen.push(status),
  };
  expect((await read(open({ timeouts: { continue: 0 } }).request(server.url, options))).text).toBe("body");
  expect(seen).toEqual([100]);
});

test("a body of known size keeps its Content-Length", async () => {
  const server = await listen(async (peer) => {
    await peer.until("Content-Length: 4\r\n");
    peer.write(CONTINUE);
    peer.write(ok((await peer.request()).body));
  });
  for (const body of ["body", Buffer.from("body"), new Blob(["body"])])
    expect((await read(open().request(server.url, { body, expectContinue: true }))).text).toBe("body");
});

test("a function that writes the body is called when it is asked for", async () => {
  let called = false;
  const server = await listen(async (peer) => {
    await peer.until("Expect: 100-continue\r\n");
    await peer.until("\r\n\r\n");
    expect(called).toBe(false);
    peer.write(CONTINUE);
    peer.write(ok((await peer.request()).body));
  });
  const body = async (out: StreamWriter): Promise<void> => {
    called = true;
    await out.write("written");
  };
  const client = open({ timeouts: { continue: 0 } });
  expect((await read(client.request(server.url, { body, expectContinue: true }))).text).toBe("written");
});

test("our own server is asked", async () => {
  const { port } = await start(async ({ body }) => text(await body.text()));
  const client = open({ timeouts: { continue: 0 } });
  for (let count = 0; count < 2; count++)
    expect(
      (await read(client.request(`http://127.0.0.1:${port}`, { body: "body", expectContinue: true }))).text,
    ).toBe("body");
});

test("a server that says nothing gets the body after timeouts.continue", async () => {
  const server = await listen(async (peer) => peer.write(ok((await peer.request()).body)));
  const began = performance.now();
  const options = { body: watchedBody().stream, expectContinue: true, timeouts: { continue: 50 } };
  expect((await read(open().request(server.url, options))).text).toBe("body");
  expect(performance.now() - began).toBeGreaterThan(45);
});

test("another interim response is not the one that is waited for", async () => {
  const { state, stream } = watchedBody();
  const server = await listen(async (peer) => {
    await peer.until("\r\n\r\n");
    peer.write("HTTP/1.1 102 \r\n\r\n");
    await seen;
    expect(state.begun).toBe(false);
    peer.write(CONTINUE);
    peer.write(ok((await peer.request()).body));
  });
  let told!: () => void;
  const seen = new Promise<void>((resolve) => (told = resolve));
  const options = {
    body: stream,
    expectContinue: true,
    onInformational: (status: number) => status === 102 && told(),
  };
  expect((await read(open({ timeouts: { continue: 0 } }).request(server.url, options as never))).text).toBe(
    "body",
  );
});

test.each([
  ["417", "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno"],
  ["413", "HTTP/1.1 413 \r\nContent-Length: 2\r\n\r\nno"],
  ["401 in chunks", "HTTP/1.1 401 \r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n"],
])("%s: the refusal is the response, and the body is never begun", async (_what, answer) => {
  const { state, stream } = watchedBody();
  const server = await listen(async (peer) => {
    await peer.until("\r\n\r\n");
    peer.write(answer);
  });
  const client = open({ timeouts: { continue: 0 } });
  const response = await client.request(server.url, { body: stream, expectContinue: true });
  expect(await response.body.text()).toBe("no");
  // What was announced is not sent, so no other request may follow on this connection.
  await server.peers[0].closed();
  expect(server.peers[0].text).toMatch(/^[^]*\r\n\r\n$/);
  expect(state).toEqual({ begun: false, stopped: true });
});

test("200 without 100 gets the body, since it was announced", async () => {
  const server = await listen(async (peer) => {
    await peer.until("\r\n\r\n");
    peer.write(ok("early"));
    await peer.request();
    await peer.answer(ok("again"));
  });
  const client = open({ timeouts: { continue: 0 } });
  const { stream } = watchedBody();
  expect((await read(client.request(server.url, { body: stream, expectContinue: true }))).text).toBe("early");
  await server.peers[0].until("0\r\n\r\n");
  expect((await read(client.request(server.url))).text).toBe("again");
  expect(server.peers).toHaveLength(1);
});

test("a redirect that comes in its place is followed with the body", async () => {
  const server = await listen(async (peer, index) => {
    const head = await peer.until("\r\n\r\n");
    expect(head).toContain("Expect: 100-continue");
    if (index === 0) peer.write("HTTP/1.1 307 \r\nLocation: /there\r\nContent-Length: 0\r\n\r\n");
    else {
      peer.write(CONTINUE);
      peer.write(ok((await peer.request()).body));
    }
  });
  const client = open({ timeouts: { continue: 0 } });
  expect((await read(client.request(server.url, { body: "body", expectContinue: true }))).text).toBe("body");
  await server.peers[0].closed();
  expect(server.peers[0].text).not.toContain("body");
});

test("a connection that ends while 100 is waited for ends the request", async () => {
  const { state, stream } = watchedBody();
  const server = await listen(async (peer) => {
    await peer.until("\r\n\r\n");
    peer.finish();
  });
  const asked = open({ timeouts: { continue: 0 } }).request(server.url, {
    body: stream,
    expectContinue: true,
  });
  expect(await codeOf(asked)).toBe("ERR_SLUICE_CONNECTION_LOST");
  expect(state).toEqual({ begun: false, stopped: true });
});

test("nothing is expected where there is no body", async () => {
  const server = await listen((peer) => peer.answer(ok()));
  await read(open().request(server.url, { method: "POST", expectContinue: true }));
  expect(server.peers[0].text).not.toMatch(/expect/i);
});
