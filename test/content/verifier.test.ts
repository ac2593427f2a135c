import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Digester } from "../../src/content/digester.ts";
import { verify } from "../../src/content/verifier.ts";
import { Fields } from "../../src/semantics/fields.ts";
import { noise } from "./codings-by-zlib.ts";

/** The content of the examples in RFC 9530, and its digests there. */
const HELLO = '{"hello": "world"}\n';
const SHA_256 = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
const SHA_512 =
  "sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:";
const WRONG = "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:";

interface Case {
  body?: Iterable<Uint8Array>;
  headers?: Record<string, string>;
  trailers?: Record<string, string>;
  required?: boolean;
}

async function verified({ body, headers = {}, trailers = {}, required = true }: Case): Promise<string> {
  const pieces = body ?? [Buffer.from(HELLO.slice(0, 5)), Buffer.from(HELLO.slice(5))];
  const source = (async function* () {
    for (const piece of pieces) yield await Promise.resolve(piece);
    return undefined;
  })();
  const seen: Uint8Array[] = [];
  try {
    for await (const piece of verify(
      source,
      Fields.from(headers),
      () => Promise.resolve(Fields.from(trailers)),
      required,
    ))
      seen.push(piece);
  } catch (error) {
    return (error as { code: string }).code;
  }
  expect(Buffer.concat(seen).equals(Buffer.concat([...pieces]))).toBe(true);
  return "right";
}

const MISMATCH = "ERR_SLUICE_DIGEST_MISMATCH";
const MISSING = "ERR_SLUICE_DIGEST_MISSING";
const MALFORMED = "ERR_SLUICE_DIGEST";

describe("a body is checked against", () => {
  test.each<[string, Case, string]>([
    ["a Repr-Digest", { headers: { "Repr-Digest": SHA_256 } }, "right"],
    ["a Content-Digest", { headers: { "Content-Digest": SHA_512 } }, "right"],
    ["a Content-Digest behind it", { trailers: { "Content-Digest": SHA_256 } }, "right"],
    ["a Repr-Digest behind it", { trailers: { "Repr-Digest": SHA_512 } }, "right"],
    ["both algorithms", { headers: { "Repr-Digest": `${SHA_256}, ${SHA_512}` } }, "right"],
    [
      "one in front and one behind",
      { headers: { "Repr-Digest": SHA_256 }, trailers: { "Content-Digest": SHA_512 } },
      "right",
    ],
    [
      "one it doesn't know, and one it does",
      { headers: { "Repr-Digest": `sha=:AAAA:, ${SHA_256}` } },
      "right",
    ],
    ["a wrong one", { headers: { "Repr-Digest": WRONG } }, MISMATCH],
    ["a wrong one behind it", { trailers: { "Repr-Digest": WRONG } }, MISMATCH],
    ["one that is cut", { headers: { "Repr-Digest": "sha-256=:RK/0qy18:" } }, MISMATCH],
    ["an empty one", { headers: { "Repr-Digest": "sha-256=::" } }, MISMATCH],
    [
      "a right one, and a wrong one behind it",
      { headers: { "Repr-Digest": SHA_256 }, trailers: { "Repr-Digest": WRONG } },
      MISMATCH,
    ],
    [
      "a right one, and not one of another algorithm behind it that nothing has announced",
      { headers: { "Repr-Digest": SHA_512 }, trailers: { "Repr-Digest": WRONG } },
      "right",
    ],
    [
      "the same, announced",
      { headers: { "Repr-Digest": SHA_512, Trailer: "Repr-Digest" }, trailers: { "Repr-Digest": WRONG } },
      MISMATCH,
    ],
    [
      "a right one by its algorithm, and a wrong one by its field",
      { headers: { "Repr-Digest": SHA_256, "Content-Digest": WRONG } },
      MISMATCH,
    ],
    ["nothing", {}, MISSING],
    ["nothing, which is fine", { required: false }, "right"],
    [
      "a wrong one, although none is demanded",
      { headers: { "Repr-Digest": WRONG }, required: false },
      MISMATCH,
    ],
    ["one that nobody knows", { headers: { "Repr-Digest": "md5=:AAAA:" } }, MISSING],
    ["an empty field", { headers: { "Repr-Digest": "" } }, MISSING],
    ["no byte sequence", { headers: { "Repr-Digest": "sha-256=5" } }, MALFORMED],
    ["no dictionary", { headers: { "Repr-Digest": "sha-256=:RK/0" } }, MALFORMED],
    [
      "no dictionary, although none is demanded",
      { headers: { "Content-Digest": "?" }, required: false },
      MALFORMED,
    ],
    ["no dictionary behind it", { trailers: { "Content-Digest": "x=:!:" } }, MALFORMED],
    [
      "the old Digest field",
      { headers: { Digest: "sha-256=RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=" } },
      MISSING,
    ],
    [
      "the digest of the whole, where it is a part",
      { headers: { "Content-Range": "bytes 0-18/99", "Repr-Digest": WRONG } },
      MISSING,
    ],
    [
      "its own digest, where it is a part",
      { headers: { "Content-Range": "bytes 0-18/99", "Repr-Digest": WRONG, "Content-Digest": SHA_256 } },
      "right",
    ],
    [
      "one that Has-Digest announces",
      { headers: { "Has-Digest": "sha-512", Trailer: "Repr-Digest" }, trailers: { "Repr-Digest": SHA_512 } },
      "right",
    ],
    [
      "one by another algorithm than Has-Digest announces",
      { headers: { "Has-Digest": "sha-512" }, trailers: { "Repr-Digest": SHA_256 } },
      MISSING,
    ],
    [
      "one behind it, where Has-Digest says nothing that is known",
      { headers: { "Has-Digest": "sha-3" }, trailers: { "Repr-Digest": WRONG } },
      MISMATCH,
    ],
  ])("%s", async (_name, how, outcome) => {
    expect(await verified(how)).toBe(outcome);
  });

  test("no digest of nothing at all", async () => {
    const empty = `sha-256=:${createHash("sha256").digest("base64")}:`;
    expect(await verified({ body: [], headers: { "Repr-Digest": empty } })).toBe("right");
    expect(await verified({ body: [], headers: { "Repr-Digest": SHA_256 } })).toBe(MISMATCH);
  });
});

test("a malformed field is refused before anything is read", async () => {
  let read = false;
  const source: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => {
      read = true;
      throw new Error("read");
    },
  };
  const fields = Fields.from({ "Content-Digest": "!" });
  const pieces = verify(source, fields, () => Promise.resolve(new Fields()), true);
  await expect(pieces.next()).rejects.toMatchObject({ code: MALFORMED, status: 400 });
  expect(read).toBe(false);
});

test.each(["sha-256", "sha-512"] as const)("every bit of 4 KiB counts, by %s", async (algorithm) => {
  const body = noise(4096);
  const hash = createHash(algorithm.replace("-", ""));
  const headers = { "Content-Digest": `${algorithm}=:${hash.update(body).digest("base64")}:` };
  expect(await verified({ body: [body], headers })).toBe("right");
  let caught = 0;
  const step = algorithm === "sha-256" ? 1 : 97;
  let flips = 0;
  for (let bit = 0; bit < body.length * 8; bit += step) {
    body[bit >> 3] ^= 1 << (bit & 7);
    flips++;
    if ((await verified({ body: [body], headers })) === MISMATCH) caught++;
    body[bit >> 3] ^= 1 << (bit & 7);
  }
  expect(caught).toBe(flips);
});

test("every octet cut off, added or put elsewhere counts", async () => {
  const headers = { "Repr-Digest": SHA_256 };
  const body = Buffer.from(HELLO);
  for (let at = 0; at < body.length; at++) {
    const without = Buffer.concat([body.subarray(0, at), body.subarray(at + 1)]);
    expect(await verified({ body: [without], headers })).toBe(MISMATCH);
    expect(await verified({ body: [body.subarray(0, at)], headers })).toBe(MISMATCH);
    expect(await verified({ body: [body, body.subarray(at, at + 1)], headers })).toBe(MISMATCH);
  }
});

test("a digester counts text as UTF-8, however it comes", () => {
  for (const [algorithm, name] of [
    ["sha-256", "sha256"],
    ["sha-512", "sha512"],
    ["md5", "md5"],
  ] as const) {
    const digester = new Digester(algorithm);
    digester.update("zw");
    digester.update("ö ");
    digester.update(Buffer.from("🌊"));
    digester.update("");
    expect(digester.base64()).toBe(createHash(name).update("zwö 🌊").digest("base64"));
  }
});
