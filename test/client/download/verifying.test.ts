import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fetchFile, names, target, tryToFetch } from "./downloads.ts";
import { honest, noise, script } from "./scripted-server.ts";

const CONTENT = noise(100_000);
const base64 = (algorithm: string, content: Uint8Array = CONTENT): string =>
  createHash(algorithm).update(content).digest("base64");
const hex = (algorithm: string): string => createHash(algorithm).update(CONTENT).digest("hex");
const SHA256 = base64("sha256");
const WRONG = base64("sha256", noise(10));

/** A server with these headers beside its own, and trailers. */
function saying(fields: Record<string, string>, trailers?: Record<string, string>, cut?: number) {
  return script((asked) => {
    const answer = honest(CONTENT, asked);
    const chunked = trailers === undefined ? {} : { chunked: true, trailers };
    return {
      ...answer,
      fields: { ...answer.fields, ...fields },
      ...chunked,
      cut: asked.index === 0 ? cut : undefined,
    };
  });
}

describe("a checksum", () => {
  test.each([
    ["sha-256 in hex", `sha-256:${hex("sha256")}`],
    ["sha-256 in hex, upper case", `sha-256:${hex("sha256").toUpperCase()}`],
    ["sha-256 in base64", `sha-256:${SHA256}`],
    ["sha-256 in base64 for URLs", `sha-256:${createHash("sha256").update(CONTENT).digest("base64url")}`],
    ["sha-512", `sha-512:${hex("sha512")}`],
    ["sha-1", `sha-1:${hex("sha1")}`],
    ["md5", `md5:${hex("md5")}`],
  ])("%s", async (_, checksum) => {
    const { url } = await saying({});
    const { result } = await fetchFile(url, { checksum, verify: false });
    const [algorithm] = checksum.split(":");
    expect(result.digest).toEqual({ algorithm, base64: base64(algorithm.replace("-", "")), by: "checksum" });
  });

  test.each([1, 4])("is of the whole, whatever came when: %i connections, cut", async (connections) => {
    const { url } = await saying({}, undefined, 30_000);
    const { result } = await fetchFile(url, { connections, checksum: `sha-256:${SHA256}` });
    expect(result.digest?.base64).toBe(SHA256);
  });

  test("that is another one: the file is put aside", async () => {
    const { url } = await saying({});
    const failure = tryToFetch(url, { checksum: `sha-256:${WRONG}` });
    await expect(failure).rejects.toMatchObject({ code: "ERR_SLUICE_DIGEST_MISMATCH", layer: "digest" });
    expect(names()).toEqual(["file.bin.corrupt"]);
    expect(readFileSync(`${target()}.corrupt`).equals(CONTENT)).toBe(true);
  });

  test.each([
    "",
    "sha-256",
    "sha256:00",
    `sha-256:${hex("sha1")}`,
    `sha-256:${hex("sha256")}0`,
    `sha-256:${hex("sha256").slice(1)}`,
    `crc32:00`,
  ])("that is none, %j, is refused", async (checksum) => {
    const { url, asked } = await saying({});
    await expect(tryToFetch(url, { checksum })).rejects.toMatchObject({ code: "ERR_SLUICE_OPTION" });
    expect(asked).toEqual([]);
  });
});

describe("digests of the server's", () => {
  test.each<[string, Record<string, string>, Record<string, string> | undefined]>([
    ["Repr-Digest", { "Repr-Digest": `sha-256=:${SHA256}:` }, undefined],
    ["Repr-Digest of the whole in every part", { "Repr-Digest": `sha-512=:${base64("sha512")}:` }, undefined],
    ["Repr-Digest in trailers", { Trailer: "Repr-Digest" }, { "Repr-Digest": `sha-256=:${SHA256}:` }],
    ["Repr-Digest in trailers that nobody announced", {}, { "Repr-Digest": `sha-256=:${SHA256}:` }],
    [
      "another algorithm than was announced",
      { Trailer: "Repr-Digest", "Has-Digest": "sha-512" },
      { "Repr-Digest": `sha-256=:${SHA256}:` },
    ],
  ])("%s", async (_, fields, trailers) => {
    const { url } = await saying(fields, trailers);
    const { result } = await fetchFile(url, { connections: 1, verify: "required" });
    expect(result.digest).toMatchObject({ by: "server" });
  });

  test.each<[string, Record<string, string>, Record<string, string> | undefined]>([
    ["Repr-Digest", { "Repr-Digest": `sha-256=:${WRONG}:` }, undefined],
    ["Repr-Digest in trailers", {}, { "Repr-Digest": `sha-256=:${WRONG}:` }],
  ])("%s that is another one: the file is put aside, unless nobody asks", async (_, fields, trailers) => {
    const { url } = await saying(fields, trailers, undefined);
    const failure = tryToFetch(url, { connections: 1 });
    await expect(failure).rejects.toMatchObject({ code: "ERR_SLUICE_DIGEST_MISMATCH", layer: "digest" });
    expect(names()).toEqual(["file.bin.corrupt"]);
    rmSync(`${target()}.corrupt`);
    expect((await fetchFile(url, { verify: false })).result.digest).toBeUndefined();
  });

  test("Content-Digest is of the part: one that is wrong is fetched again", async () => {
    let wrong = 2;
    const { url, asked } = await script((request) => {
      const answer = honest(CONTENT, request);
      const bad = wrong-- > 0;
      const digest = bad ? WRONG : base64("sha256", answer.body);
      const body = bad ? noise(answer.body!.length, 9) : answer.body!;
      return { ...answer, body, fields: { ...answer.fields, "Content-Digest": `sha-256=:${digest}:` } };
    });
    const { content, result } = await fetchFile(url, { connections: 1 });
    expect(content.equals(CONTENT)).toBe(true);
    expect(result.digest).toBeUndefined();
    expect(asked).toHaveLength(3);
  });

  test("Content-Digest that is always wrong ends it", async () => {
    const { url, asked } = await saying({ "Content-Digest": `sha-256=:${WRONG}:` });
    const failure = tryToFetch(url, { connections: 1, attempts: 2 });
    await expect(failure).rejects.toMatchObject({ code: "ERR_SLUICE_DIGEST_MISMATCH" });
    expect(asked).toHaveLength(3);
    expect(names()).toEqual([]);
  });

  test("Content-Digest of a whole response is the file's", async () => {
    const { url } = await script(() => ({
      body: CONTENT,
      fields: { "Content-Digest": `sha-256=:${SHA256}:` },
    }));
    expect((await fetchFile(url)).result.digest).toEqual({
      algorithm: "sha-256",
      base64: SHA256,
      by: "server",
    });
  });

  test("of the part before a cut is the whole's after it", async () => {
    const { url } = await script((request) => {
      const answer = honest(CONTENT, request);
      const fields = {
        ...answer.fields,
        ...(request.index === 0 ? { "Repr-Digest": `sha-256=:${SHA256}:` } : {}),
      };
      return { ...answer, fields, cut: request.index === 0 ? 1000 : undefined };
    });
    expect((await fetchFile(url, { connections: 1 })).result.digest?.base64).toBe(SHA256);
  });

  test("that are another one later mean another file", async () => {
    const { url } = await script((request) => {
      const answer = honest(CONTENT, request);
      const digest = request.index === 0 ? WRONG : SHA256;
      return {
        ...answer,
        fields: { ...answer.fields, "Repr-Digest": `sha-256=:${digest}:` },
        cut: request.index === 0 ? 1000 : undefined,
      };
    });
    const { result } = await fetchFile(url, { connections: 1 });
    expect(result.restarted).toContain("digest");
  });

  test("that are required and not there: what has arrived is kept", async () => {
    const { url, asked } = await saying({});
    const failure = tryToFetch(url, { verify: "required" });
    await expect(failure).rejects.toMatchObject({ code: "ERR_SLUICE_DIGEST_MISSING" });
    expect(asked[0].fields.get("want-repr-digest")).toBe("sha-256=10, sha-512=5");
    expect(names()).toEqual(["file.bin.part", "file.bin.part.journal"]);
    const { result } = await fetchFile(url, { verify: "required", checksum: `sha-256:${SHA256}` });
    expect(result).toMatchObject({ resumed: 99_999, digest: { by: "checksum" } });
  });
});
