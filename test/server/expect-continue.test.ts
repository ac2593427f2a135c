import { describe, expect, test } from "vitest";
import { stream, text } from "../../src/index.ts";
import { request, start } from "../support/servers.ts";

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/** A handler that waits to be told before it reads its body, if it ever does. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

describe.each([
  ["Content-Length", "Content-Length: 5", "hello"],
  ["chunks", "Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"],
])("Expect: 100-continue with %s", (_name, framing, body) => {
  const head = request("POST /", ["Expect: 100-continue", framing]);

  test("gets 100 when the body is first read, and not before", async () => {
    const { opened, open } = gate();
    const server = await start(async (incoming) => {
      await opened;
      return text(await incoming.body.text());
    });
    const client = await server.connect();
    client.write(head);
    await expect.poll(() => server.server.stats.active, { interval: 1 }).toBe(1);
    expect(client.text).toBe("");
    open();
    await client.until((all) => all === CONTINUE);
    client.write(body);
    expect(await client.response("HEAD")).toMatchObject({ status: 100 });
    expect(await client.response()).toMatchObject({ status: 200, body: "hello" });
    client.write(request("/"));
    expect(await client.response()).toMatchObject({ status: 200 });
  });

  test("gets no 100 when the body is not read, and the connection closes", async () => {
    const server = await start(() => text("no, thanks", { status: 403 }));
    const client = await server.connect();
    client.write(head);
    const response = await client.response();
    expect(response).toMatchObject({ status: 403, body: "no, thanks" });
    expect(response.headers.get("connection")).toBe("close");
    // Whether the client sends its body or not: nothing of it is a request.
    client.write(request("/smuggled"));
    expect(await client.ending()).toBe("FIN");
    expect(client.rest).toBe("");
    expect(server.server.stats.requests).toBe(1);
  });

  test("gets no 100 when the answer has begun", async () => {
    const server = await start((incoming) =>
      stream("text/plain", async function* () {
        yield "first ";
        yield* incoming.body;
      }),
    );
    const client = await server.connect();
    client.write(head);
    await client.until("first ");
    client.write(body);
    const response = await client.response();
    expect(response).toMatchObject({ status: 200, body: "first hello", complete: true });
    expect(response.headers.get("connection")).toBe("close");
    expect(await client.ending()).toBe("FIN");
  });

  test("gets no 100 when the body is there already", async () => {
    const server = await start(async (incoming) => text(await incoming.body.text()));
    const client = await server.connect();
    client.write(head + body);
    expect(await client.response()).toMatchObject({ status: 200, body: "hello" });
    client.write(request("/"));
    expect(await client.response()).toMatchObject({ status: 200 });
  });

  test("gets the handler's own 100 once", async () => {
    const server = await start(async (incoming) => {
      incoming.informational(100);
      return text(await incoming.body.text());
    });
    const client = await server.connect();
    client.write(head);
    await client.until((all) => all === CONTINUE);
    client.write(body);
    expect(await client.response("HEAD")).toMatchObject({ status: 100 });
    expect(await client.response()).toMatchObject({ status: 200, body: "hello" });
  });

  test("means nothing in HTTP/1.0, which gets no 100", async () => {
    const server = await start(async (incoming) => text(await incoming.body.text()));
    const client = await server.connect();
    client.write("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    await expect.poll(() => server.server.stats.active, { interval: 1 }).toBe(1);
    expect(client.text).toBe("");
    client.write("hello");
    expect(await client.response()).toMatchObject({ status: 200, body: "hello" });
  });
});

test("an expectation without a body gets no 100, and keeps the connection", async () => {
  const server = await start(async (incoming) => text(`got ${await incoming.body.text()}`));
  const client = await server.connect();
  client.write(
    request("/", ["Expect: 100-Continue"]) + request("POST /", ["Expect: 100-continue", "Content-Length: 0"]),
  );
  expect(await client.response()).toMatchObject({ status: 200, body: "got " });
  const second = await client.response();
  expect(second.body).toBe("got ");
  expect(second.headers.has("connection")).toBe(false);
});

test("asking for the trailers alone does not ask for the body", async () => {
  const server = await start((incoming) => {
    void incoming.body.trailers;
    return text("unread");
  });
  const client = await server.connect();
  client.write(request("POST /", ["Expect: 100-continue", "Content-Length: 5"]));
  expect(await client.response()).toMatchObject({ status: 200, body: "unread" });
  expect(await client.ending()).toBe("FIN");
});
