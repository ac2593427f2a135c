import fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import { describe, expect, test } from "vitest";
import { fastifySluice, type FastifySluiceReply } from "../../../src/adapters/node-http/index.ts";
import { type Answer, type Handler, stream, text } from "../../../src/index.ts";
import { request } from "../../support/servers.ts";
import { listening, type NodeServer, takeErrors } from "./node-servers.ts";

/** As an application has it that has declared it for all of its replies. */
const sluice = (reply: FastifyReply, answer: Answer | Promise<Answer> | Handler): FastifyReply =>
  (reply as FastifyReply & FastifySluiceReply).sluice(answer);

async function onFastify(prepare: (app: FastifyInstance) => void): Promise<NodeServer> {
  const errors: unknown[] = [];
  const app = fastify();
  app.register(fastifySluice, { onError: (error: unknown) => void errors.push(error) });
  prepare(app);
  await app.ready();
  return listening(app.server, errors);
}

describe("Fastify", () => {
  test("has replies with what was set on its own", async () => {
    const seen: number[] = [];
    const server = await onFastify((app) => {
      app.addHook("onResponse", (_, reply, done) => {
        seen.push(reply.statusCode);
        done();
      });
      app.get("/", (_, reply) => {
        reply.code(201).header("X-App", "1").header("Set-Cookie", "a=1");
        return sluice(reply, text("Hello", { headers: { "Set-Cookie": "b=2" } }));
      });
      app.get("/async", async (_, reply) =>
        sluice(reply, Promise.resolve(stream("text/plain", ["one ", "two"]))),
      );
    });
    const client = await server.connect();
    client.write(request("/") + request("/async"));
    const first = await client.response();
    expect(first).toMatchObject({ status: 201, body: "Hello" });
    expect(first.headers.get("x-app")).toBe("1");
    expect(first.headers.get("set-cookie")).toBe("a=1, b=2");
    expect((await client.response()).chunks).toEqual(["one ", "two"]);
    await expect.poll(() => seen, { interval: 2 }).toEqual([201, 200]);
  });

  test("a plugin's routes have them, too, and its injected requests are answered", async () => {
    const app = fastify();
    app.register(fastifySluice);
    app.register((inner, _, done) => {
      inner.get("/", (__, reply) => sluice(reply, stream("text/plain", ["one ", "two"])));
      done();
    });
    const response = await app.inject("/");
    expect(response.statusCode).toBe(200);
    expect(response.body).toBe("one two");
    expect(response.headers["content-type"]).toBe("text/plain; charset=utf-8");
    await app.close();
  });

  test("a body that fails is cut, and onError told", async () => {
    const server = await onFastify((app) => {
      app.get("/", (_, reply) =>
        sluice(
          reply,
          stream("text/plain", function* () {
            yield "first";
            throw new Error("meant");
          }),
        ),
      );
    });
    const client = await server.connect();
    expect(await client.write(request("/")).response()).toMatchObject({ body: "first", complete: false });
    expect(await takeErrors(server)).toMatchObject([{ message: "meant" }]);
  });

  test("logs what goes wrong where there is no onError", async () => {
    const lines: string[] = [];
    const app = fastify({ logger: { level: "error", stream: { write: (line) => void lines.push(line) } } });
    app.register(fastifySluice);
    app.get("/", (_, reply) => sluice(reply, () => Promise.reject(new Error("meant"))));
    expect((await app.inject("/")).statusCode).toBe(500);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0])).toMatchObject({ err: { message: "meant" }, req: { url: "/" } });
    await app.close();
  });

  test("a handler that is given gets Sluice's request", async () => {
    const server = await onFastify((app) => {
      app.get("/here", (_, reply) => sluice(reply, (incoming) => text(incoming.path)));
    });
    const client = await server.connect();
    expect((await client.write(request("/here")).response()).body).toBe("/here");
  });

  test("a body that no parser reads arrives as it is sent", async () => {
    const server = await onFastify((app) => {
      app.addContentTypeParser("application/octet-stream", (_, __, done) => done(null));
      app.post("/", (_, reply) => sluice(reply, async ({ body }) => text(await body.text())));
    });
    const client = await server.connect();
    client.write(request("POST /", ["Content-Type: application/octet-stream", "Content-Length: 5"], "water"));
    expect((await client.response()).body).toBe("water");
    client.write(request("POST /", ["Content-Type: application/json", "Content-Length: 2"], "{}"));
    expect((await client.response()).status).toBe(500);
    expect(await takeErrors(server)).toMatchObject([{ code: "ERR_SLUICE_BODY_USED" }]);
  });
});
