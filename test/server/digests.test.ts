import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { type Handler, stream, text } from "../../src/index.ts";
import { octets } from "../content/codings-by-zlib.ts";
import { request, start } from "../support/servers.ts";

/** The content of the examples in RFC 9530, and its digest there. */
const HELLO = '{"hello": "world"}\n';
const SHA_256 = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
const WRONG = "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:";

const digestOf = (bytes: string | Uint8Array): string =>
  `sha-256=:${createHash("sha256").update(bytes).digest("base64")}:`;
const echo: Handler = async ({ body, path }) =>
  text(await body.verified({ optional: path === "/optional" }).text());

const known = (body: string, ...fields: string[]): string =>
  request("POST /", [`Content-Length: ${body.length}`, ...fields], body);
const chunked = (trailers: string, ...fields: string[]): string =>
  request("POST /", ["Transfer-Encoding: chunked", ...fields], `13\r\n${HELLO}\r\n0\r\n${trailers}\r\n`);

test.each<[string, string, number, string]>([
  ["a digest in front", known(HELLO, `Repr-Digest: ${SHA_256}`), 200, HELLO],
  ["a digest behind", chunked(`Content-Digest: ${SHA_256}\r\n`, "Trailer: Content-Digest"), 200, HELLO],
  ["a digest behind that is not announced", chunked(`Content-Digest: ${SHA_256}\r\n`), 200, HELLO],
  ["both", chunked(`Content-Digest: ${SHA_256}\r\n`, `Repr-Digest: ${SHA_256}`), 200, HELLO],
  ["another body", known("what", `Repr-Digest: ${SHA_256}`), 400, "ERR_SLUICE_DIGEST_MISMATCH"],
  ["a wrong digest behind", chunked(`Repr-Digest: ${WRONG}\r\n`), 400, "ERR_SLUICE_DIGEST_MISMATCH"],
  ["no digest", known(HELLO), 400, "ERR_SLUICE_DIGEST_MISSING"],
  ["no digest, which is fine", known(HELLO).replace("POST /", "POST /optional"), 200, HELLO],
  [
    "a wrong digest, where none would be fine",
    known(HELLO, `Repr-Digest: ${WRONG}`).replace("POST /", "POST /optional"),
    400,
    "ERR_SLUICE_DIGEST_MISMATCH",
  ],
  ["a field that is none", known(HELLO, "Repr-Digest: sha-256=RK"), 400, "ERR_SLUICE_DIGEST:"],
])("%s", async (_name, octetsSent, status, said) => {
  const server = await start(echo);
  const client = await server.connect();
  client.write(octetsSent);
  const response = await client.response();
  expect(response.status).toBe(status);
  expect(response.body).toContain(said);
});

test("verified, and then decoded: the digest is that of the coded octets", async () => {
  const server = await start(async ({ body }) => text(await body.verified().decoded().text()));
  const coded = gzipSync(HELLO);
  for (const [digest, status] of [
    [digestOf(coded), 200],
    [digestOf(HELLO), 400],
  ] as const) {
    const client = await server.connect();
    client
      .write(
        request("POST /", [
          `Content-Length: ${coded.length}`,
          "Content-Encoding: gzip",
          `Repr-Digest: ${digest}`,
        ]),
      )
      .write(coded);
    const response = await client.response();
    expect(response.status).toBe(status);
    expect(response.body).toContain(status === 200 ? HELLO : "ERR_SLUICE_DIGEST_MISMATCH");
  }
});

test("a handler can catch it", async () => {
  const server = await start(async ({ body }) =>
    text(
      await body
        .verified()
        .text()
        .catch((error: unknown) => (error as { code: string }).code),
    ),
  );
  const client = await server.connect();
  client.write(known(HELLO, `Content-Digest: ${WRONG}`));
  expect(await client.response()).toMatchObject({ status: 200, body: "ERR_SLUICE_DIGEST_MISMATCH" });
});

test("digests of a stream are trailers, for those who take them alone", async () => {
  const server = await start(() =>
    stream("application/json", HELLO.split(""), { digest: "sha-256", timing: true, contentMd5: true }),
  );
  const client = await server.connect();
  client.write(request("/", ["TE: trailers", "Accept-Encoding: gzip"]));
  const { trailers, headers, body } = await client.response();
  expect(headers.get("trailer")!.split(/, ?/).toSorted()).toEqual([
    "Content-Digest",
    "Content-MD5",
    "Repr-Digest",
    "Server-Timing",
  ]);
  expect([trailers.get("repr-digest"), headers.get("has-digest")]).toEqual([
    digestOf(octets(body)),
    "sha-256",
  ]);
  expect(trailers.get("content-md5")).toBe(createHash("md5").update(octets(body)).digest("base64"));
  expect(trailers.get("server-timing")).toMatch(/^first;dur=[\d.]+, total;dur=[\d.]+$/);
  client.write(request("/"));
  const plain = await client.response();
  expect([
    plain.body,
    plain.trailers.size,
    plain.headers.has("trailer"),
    plain.headers.has("has-digest"),
  ]).toEqual([HELLO, 0, false, false]);
});

test("what one server sends another one verifies", async () => {
  const server = await start((incoming) =>
    incoming.method === "POST" ? echo(incoming) : text(HELLO, { digest: "sha-512" }),
  );
  const client = await server.connect();
  client.write(request("/"));
  const { headers, body } = await client.response();
  client.write(known(body, `Repr-Digest: ${headers.get("repr-digest")}`));
  expect(await client.response()).toMatchObject({ status: 200, body: HELLO });
});
