import { describe, expect, test } from "vitest";
import { deferred } from "../../../src/deferred.ts";
import { type Handler, text } from "../../../src/index.ts";
import * as frames from "../../support/http2-frames.ts";
import { data, END_HEADERS, get, headers, NO_ERROR, PROTOCOL_ERROR } from "../../support/http2-frames.ts";
import { startHttp2 } from "./peers.ts";

type Section = readonly (readonly [string, string])[];

/** A request without, or with other, fields of its own. */
const without = (name: string): Section => get("/").filter(([one]) => one !== name);
const instead = (name: string, value: string): Section =>
  get("/").map(([one, old]) => [one, one === name ? value : old]);

const MALFORMED: Readonly<Record<string, Section>> = {
  "a name with an upper-case letter": get("/", [["X-Name", "a"]]),
  connection: get("/", [["connection", "close"]]),
  "keep-alive": get("/", [["keep-alive", "timeout=5"]]),
  "proxy-connection": get("/", [["proxy-connection", "keep-alive"]]),
  "transfer-encoding": get("/", [["transfer-encoding", "chunked"]]),
  upgrade: get("/", [["upgrade", "h2c"]]),
  "te with anything but trailers": get("/", [["te", "gzip"]]),
  "no method": without(":method"),
  "no scheme": without(":scheme"),
  "no path": without(":path"),
  "an empty path": instead(":path", ""),
  "a method twice": [...get("/"), [":method", "GET"]],
  "a path twice": [...get("/"), [":path", "/other"]],
  "an authority twice": [...get("/"), [":authority", "other"]],
  "a status": [...get("/"), [":status", "200"]],
  "an unknown field with a colon": [...get("/"), [":unknown", "a"]],
  "a colon behind the others": [["x", "a"], ...get("/")],
  "an extended CONNECT that was not offered": [...instead(":method", "CONNECT"), [":protocol", "websocket"]],
};

/** What nghttp2 throws away alone. */
const IGNORED: Section = [
  ["x name", "a"],
  ["", "a"],
  ["x-line", "a\nb"],
  ["x-null", "a\0b"],
];

const REFUSED: Readonly<Record<string, Section>> = {
  "a path without a slash": instead(":path", "path"),
  "an absolute target": instead(":path", "http://test/"),
  "a path with a fragment": instead(":path", "/#there"),
  "a path with an octet beyond ASCII": instead(":path", "/\xe4"),
  "an asterisk": instead(":path", "*"),
  "Host that disagrees": get("/", [["host", "other"]]),
  "an authority with a path": instead(":authority", "test/path"),
  "an authority with a user": instead(":authority", "user@test"),
  "an authority that is empty": instead(":authority", ""),
  "no authority": without(":authority"),
};

/** Counts what reaches the handler. */
function counting(): { handler: Handler; seen: string[] } {
  const seen: string[] = [];
  return {
    seen,
    handler: ({ method, target }) => {
      seen.push(`${method} ${target}`);
      return { status: 200, headers: {}, body: null };
    },
  };
}

describe("a request that is malformed is reset, and no handler sees it", () => {
  test.each(Object.entries(MALFORMED))("%s", async (_name, section) => {
    const { handler, seen } = counting();
    const server = await startHttp2(handler);
    const peer = await server.peer();
    peer.send(headers(1, section));
    const end = await peer.until((one) => one.type === frames.RST_STREAM || one.type === frames.GOAWAY);
    expect(frames.errorCode(end)).toBeGreaterThan(NO_ERROR);
    expect(seen).toEqual([]);
    if (end.type === frames.GOAWAY) return;
    // The connection goes on.
    peer.send(headers(3, get("/next")));
    expect(await peer.endOf(3)).toBe("end");
    expect(seen).toEqual(["GET /next"]);
  });
});

test("a field that is none never reaches the handler", async () => {
  const seen: string[] = [];
  const server = await startHttp2((incoming) => {
    for (const [name] of incoming.headers) seen.push(name);
    return text("");
  });
  const peer = await server.peer();
  peer.send(headers(1, get("/", [...IGNORED, ["x-last", "a"]])));
  expect(await peer.endOf(1)).toBe("end");
  expect(seen).toEqual(["x-last"]);
});

describe("a request that can't be answered as it is asked is a 400, and no handler sees it", () => {
  test.each(Object.entries(REFUSED))("%s", async (_name, section) => {
    const { handler, seen } = counting();
    const server = await startHttp2(handler);
    const peer = await server.peer();
    peer.send(headers(1, section));
    const end = await peer.endOf(1);
    // What nghttp2 has looked at already is reset.
    if (end === "end") expect(frames.statusOf(peer.of(frames.HEADERS, 1)[0])).toBe(400);
    else expect(end).toBe(PROTOCOL_ERROR);
    expect(seen).toEqual([]);
    peer.send(headers(3, get("/next")));
    expect(await peer.endOf(3)).toBe("end");
    expect(seen).toEqual(["GET /next"]);
  });
});

describe("a request that is unusual reaches the handler", () => {
  const connect: Section = [
    [":method", "CONNECT"],
    [":authority", "test:443"],
  ];
  test.each<[string, Section, string]>([
    ["OPTIONS *", get("*", [], "OPTIONS"), "OPTIONS *"],
    ["CONNECT", connect, "CONNECT test:443"],
    ["Host that agrees", get("/", [["host", "test"]]), "GET /"],
    ["Host in the place of :authority", [...without(":authority"), ["host", "test"]], "GET /"],
    ["te: trailers", get("/", [["te", "trailers"]]), "GET /"],
    ["a method of its own", get("/", [], "BREW"), "BREW /"],
  ])("%s", async (_name, section, expected) => {
    const { handler, seen } = counting();
    const server = await startHttp2(handler);
    const peer = await server.peer();
    peer.send(headers(1, section));
    await peer.endOf(1);
    expect(seen).toEqual([expected]);
  });

  test("CONNECT without a port is a 400", async () => {
    const { handler, seen } = counting();
    const server = await startHttp2(handler);
    const peer = await server.peer();
    peer.send(
      headers(1, [
        [":method", "CONNECT"],
        [":authority", "test"],
      ]),
    );
    expect(await peer.endOf(1)).toBe("end");
    expect(frames.statusOf(peer.of(frames.HEADERS, 1)[0])).toBe(400);
    expect(seen).toEqual([]);
  });

  test("cookies that came apart are one field", async () => {
    let cookie: string | undefined;
    const server = await startHttp2((request) => {
      cookie = request.headers.get("cookie");
      return text("");
    });
    const peer = await server.peer();
    peer.send(
      headers(
        1,
        get("/", [
          ["cookie", "a=1"],
          ["cookie", "b=2"],
        ]),
      ),
    );
    await peer.endOf(1);
    expect(cookie).toBe("a=1; b=2");
  });
});

describe("content that is not as long as it was announced", () => {
  test.each([
    ["shorter", "10", "short", true],
    ["longer", "3", "longer", false],
  ])("is a reset where it is %s, and nobody takes it for complete", async (_name, length, content, ends) => {
    const seen: unknown[] = [];
    const begun = deferred<void>();
    const server = await startHttp2(async ({ body }) => {
      begun.resolve();
      try {
        seen.push(await body.text());
      } catch (error) {
        seen.push((error as { code: string }).code);
        throw error;
      }
      return text("");
    });
    const peer = await server.peer();
    peer.send(headers(1, get("/", [["content-length", length]], "POST"), END_HEADERS));
    await begun.promise;
    peer.send(data(1, content, ends ? frames.END_STREAM : 0));
    // From Node 22 on, nghttp2 ends the connection of who sends more than announced, and not the stream alone.
    const end = await peer.until((one) => one.type === frames.RST_STREAM || one.type === frames.GOAWAY);
    if (end.type === frames.RST_STREAM || ends) expect(await peer.endOf(1)).toBe(PROTOCOL_ERROR);
    else expect(await peer.ending()).toBe(frames.INTERNAL_ERROR);
    await expect.poll(() => seen).toEqual(["ERR_SLUICE_READER_LEFT"]);
    expect(peer.of(frames.HEADERS, 1)).toEqual([]);
  });

  test.each([["-1"], ["1, 1"], ["a"], ["99999999999999999999"]])(
    "Content-Length: %s is malformed",
    async (length) => {
      const { handler, seen } = counting();
      const server = await startHttp2(handler);
      const peer = await server.peer();
      peer.send(headers(1, get("/", [["content-length", length]], "POST"), END_HEADERS));
      expect(await peer.endOf(1)).toBe(PROTOCOL_ERROR);
      expect(seen).toEqual([]);
    },
  );
});
