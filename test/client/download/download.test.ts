import { describe, expect, test } from "vitest";
import { fetchFile, target } from "./downloads.ts";
import { honest, noise, script, sha256 } from "./scripted-server.ts";

const CONTENT = noise(100_000);

describe("a download", () => {
  test("is one request where one connection is enough", async () => {
    const { url, asked } = await script((request) => honest(CONTENT, request));
    const { content, result } = await fetchFile(url, { connections: 1 });
    expect(content.equals(CONTENT)).toBe(true);
    expect(result).toEqual({
      path: target(),
      size: 100_000,
      connections: 1,
      resumed: 0,
      restarted: undefined,
      digest: undefined,
      etag: '"v1"',
      coding: undefined,
    });
    expect(asked).toHaveLength(1);
    expect(Object.fromEntries(asked[0].fields)).toMatchObject({
      range: "bytes=0-",
      "accept-encoding": "identity",
    });
    expect(asked[0].fields.has("if-range")).toBe(false);
  });

  test("goes on where the response was cut", async () => {
    const { url, asked } = await script((request) => ({ ...honest(CONTENT, request), cut: 30_000 }));
    const { content, result } = await fetchFile(url, { connections: 1 });
    expect(sha256(content)).toBe(sha256(CONTENT));
    expect(result.restarted).toBeUndefined();
    expect(asked.map(({ fields }) => [fields.get("range"), fields.get("if-range")])).toEqual([
      ["bytes=0-", undefined],
      ["bytes=30000-99999", '"v1"'],
      ["bytes=60000-99999", '"v1"'],
      ["bytes=90000-99999", '"v1"'],
    ]);
  });
});
