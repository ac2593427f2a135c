import { describe, expect, test } from "vitest";
import { answering, listen, ok, type RawServer } from "../support/raw-server.ts";
import { codeOf, open, read, rejection } from "./clients.ts";

const to = (location: string, status = 302) =>
  `HTTP/1.1 ${status} \r\nLocation: ${location}\r\nContent-Length: 3\r\n\r\nmov`;

/** A server that points on once, and then answers. */
const pointing = (location: string, status?: number): Promise<RawServer> =>
  listen((peer) => peer.answer(to(location, status), ok("there")));

/** The second request that a server has got. */
const second = (server: RawServer): string =>
  server.peers
    .map(({ text }) => text)
    .join("")
    .replace(/^[A-Z]+ [^]*?\r\n\r\n(?:body)?/, "");

describe("the method and the body", () => {
  test.each(
    [301, 302, 303, 307, 308].flatMap((status) =>
      ["GET", "HEAD", "POST", "PUT", "DELETE"].map((method) => {
        const get = status === 303 ? method !== "HEAD" : status <= 302 && method === "POST";
        return [status, method, get ? "GET" : method] as const;
      }),
    ),
  )("%i makes %s %s", async (status, method, expected) => {
    const server = await listen(async (peer, index) => {
      await peer.request();
      const head = method === "HEAD" ? to("/there", status).slice(0, -3) : to("/there", status);
      peer.write(index === 0 && peer.text.split(" HTTP/1.1").length === 2 ? head : ok(""));
      await peer.answer(ok(""));
    });
    const hasBody = method === "POST" || method === "PUT";
    const headers = hasBody
      ? { "content-type": "text/plain", "content-language": "en", "x-other": "1" }
      : { "x-other": "1" };
    const response = await open().request(server.url, {
      method,
      headers,
      body: hasBody ? "body" : undefined,
      digest: hasBody ? "sha-256" : undefined,
    });
    await response.body.text();
    expect(response.url.href).toBe(`${server.url}/there`);
    expect(response.redirects.map(String)).toEqual([`${server.url}/`]);
    const request = second(server);
    expect(request).toMatch(new RegExp(`^${expected} /there HTTP/1.1\r\n`));
    expect(request).toContain("x-other: 1\r\n");
    const sends = hasBody && expected === method;
    expect(request.endsWith("\r\n\r\nbody")).toBe(sends);
    expect(/content-(type|language|length|digest)/i.test(request)).toBe(sends);
  });

  test.each([
    ["a string", "body"],
    ["bytes", Buffer.from("body")],
    ["a Blob", new Blob(["body"])],
    ["an array", ["bo", "dy"]],
    ["a function", () => ["bo", "dy"]],
  ])("307 sends %s again", async (_what, body) => {
    const server = await listen(async (peer, index) => {
      const request = await peer.request();
      if (index === 0) {
        peer.write(to("/b", 307));
        peer.write(ok((await peer.request()).body));
      } else {
        peer.write(ok(request.body));
      }
    });
    expect((await read(open().request(server.url, { body }))).text).toBe("body");
  });

  test.each([
    [
      "a generator",
      () =>
        (function* () {
          yield "body";
        })(),
    ],
    ["a web stream", () => new Blob(["body"]).stream()],
  ])("307 cannot send %s again, 303 need not", async (_what, make) => {
    const server = await listen((peer) => peer.answer(to("/b", 307), ok()));
    const error = await rejection(open().request(server.url, { body: make() }));
    expect([error.name, error.code]).toEqual(["ProtocolError", "ERR_SLUICE_REDIRECT"]);
    const other = await pointing("/b", 303);
    expect((await read(open().request(other.url, { body: make() }))).text).toBe("there");
  });
});

describe("the place", () => {
  test.each([
    ["/b?c#d", "/b?c"],
    ["b", "/a/b"],
    ["../b", "/b"],
    ["?c", "/a/x?c"],
    ["", "/a/x?y"],
    ["./", "/a/"],
    ["/b c\t/\xc3\xa4", "/b%20c/%C3%A4"],
  ])("%j of /a/x?y#z is %j", async (location, path) => {
    const server = await pointing(location);
    const response = await open().request(`${server.url}/a/x?y#z`);
    expect([await response.body.text(), response.url.href]).toEqual(["there", server.url + path]);
    expect(server.peers).toHaveLength(1);
  });

  test.each(["ftp://a/", "file:///etc/passwd", "javascript:alert(1)", "http://", "http://a:99999/", "//"])(
    "%s is refused",
    async (location) => {
      const server = await pointing(location);
      expect(await codeOf(open().request(server.url))).toBe("ERR_SLUICE_REDIRECT");
    },
  );

  test("two of them are refused: together they name what neither does", async () => {
    const server = await answering(
      "HTTP/1.1 302 \r\nLocation: /b\r\nLocation: /c\r\nContent-Length: 0\r\n\r\n",
    );
    expect(await codeOf(open().request(server.url))).toBe("ERR_SLUICE_REDIRECT");
  });

  test("a redirect without one, and 300 and 304, are responses", async () => {
    for (const answer of [
      "HTTP/1.1 302 \r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 300 \r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 201 \r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 304 \r\nLocation: /b\r\n\r\n",
    ]) {
      const server = await answering(answer);
      const response = await open().request(server.url);
      expect([String(response.status), response.redirects]).toEqual([answer.slice(9, 12), []]);
    }
  });
});

describe("credentials", () => {
  const headers = {
    Authorization: "Bearer secret",
    Cookie: "secret=1",
    "Proxy-Authorization": "Basic secret",
    Host: "secret.test",
    "X-Other": "1",
  };

  test("stay where they are meant for, and stay away from everywhere else", async () => {
    const elsewhere = await listen((peer) => peer.answer(to("/c"), ok()));
    const server = await listen((peer) => peer.answer(to("/b"), to(`${elsewhere.url}/`)));
    await read(open().request(server.url, { headers }));
    expect(server.peers[0].text.match(/secret/g)).toHaveLength(8);
    expect(elsewhere.peers[0].text).not.toMatch(/secret|authorization|cookie/i);
    expect(elsewhere.peers[0].text.match(/X-Other: 1/g)).toHaveLength(2);
    expect(elsewhere.peers[0].text).toContain(`Host: 127.0.0.1:${elsewhere.port}\r\n`);
  });

  test("do not come back with the way back", async () => {
    let back = "";
    const elsewhere = await listen((peer) => peer.answer(to(back)));
    const server = await listen((peer, index) =>
      index === 0 ? peer.answer(to(elsewhere.url), ok()) : peer.answer(ok()),
    );
    back = `${server.url}/back`;
    await read(open().request(server.url, { headers }));
    expect(second(server)).not.toMatch(/secret/);
  });

  test("another port or name is another origin", async () => {
    const server = await listen((peer) => peer.answer(ok()));
    const from = await pointing(`http://localhost:${server.port}/`);
    await read(open().request(from.url, { headers }));
    expect(server.peers[0].text).not.toMatch(/secret/);
  });

  test("of the URL go with it to the same origin, and not to another", async () => {
    const elsewhere = await answering(ok());
    const server = await listen((peer) => peer.answer(to("/b"), to(elsewhere.url)));
    const response = await open().request(`http://me:secret@127.0.0.1:${server.port}/`);
    expect(server.peers[0].text.match(/Authorization: Basic/g)).toHaveLength(2);
    expect(elsewhere.peers[0].text).not.toMatch(/authorization/i);
    expect(response.redirects.map(String).join()).not.toContain("secret");
  });

  test("in the Location itself are used", async () => {
    const server = await listen((peer) => peer.answer(ok()));
    const from = await pointing(`http://me:secret@127.0.0.1:${server.port}/`);
    const response = await open().request(from.url);
    expect(server.peers[0].text).toContain(
      `Authorization: Basic ${Buffer.from("me:secret").toString("base64")}`,
    );
    expect(response.url.href).toBe(`${server.url}/`);
  });

  test("in a Location that is refused are not told", async () => {
    const server = await pointing("ftp://me:secret@host/");
    expect((await rejection(open().request(server.url))).message).not.toContain("secret");
  });
});

describe("limits", () => {
  test("a loop is stopped after ten, and its connection can go on", async () => {
    const server = await answering(to("/"));
    const error = await rejection(open().request(server.url));
    expect([error.name, error.code]).toEqual(["ProtocolError", "ERR_SLUICE_TOO_MANY_REDIRECTS"]);
    expect(server.peers).toHaveLength(1);
    expect(server.peers[0].text.match(/GET /g)).toHaveLength(11);
  });

  test.each([
    [2, "there"],
    [1, "ERR_SLUICE_TOO_MANY_REDIRECTS"],
    [0, "ERR_SLUICE_TOO_MANY_REDIRECTS"],
  ])("two of them with a limit of %i: %s", async (redirects, expected) => {
    const server = await listen((peer) => peer.answer(to("/b"), to("/c"), ok("there")));
    const reading = read(open().request(server.url, { limits: { redirects } }));
    if (expected === "there") expect((await reading).text).toBe("there");
    else expect(await codeOf(reading)).toBe(expected);
  });

  test("an endless body of a redirect is not waited for", async () => {
    const server = await listen(async (peer, index) => {
      await peer.request();
      peer.write(index === 0 ? "HTTP/1.1 302 \r\nLocation: /b\r\n\r\nendless" : ok("there"));
    });
    expect((await read(open().request(server.url))).text).toBe("there");
    await server.peers[0].closed();
  });
});

describe("the option", () => {
  test("manual: the redirect is the response", async () => {
    const server = await answering(to("/b"));
    const response = await open().request(server.url, { redirect: "manual" });
    expect([response.status, response.headers.get("location"), await response.body.text()]).toEqual([
      302,
      "/b",
      "mov",
    ]);
    expect(response.url.href).toBe(`${server.url}/`);
  });

  test("error: it is an error", async () => {
    const server = await answering(to("/b"));
    expect(await codeOf(open().request(server.url, { redirect: "error" }))).toBe("ERR_SLUICE_REDIRECT");
    expect(server.peers[0].text.match(/GET /g)).toHaveLength(1);
  });
});

test("a signal ends whatever request is under way", async () => {
  const controller = new AbortController();
  const server = await listen(async (peer) => {
    await peer.answer(to("/b"));
    await peer.request();
    controller.abort();
  });
  expect(await codeOf(open().request(server.url, { signal: controller.signal }))).toBe("ERR_SLUICE_ABORTED");
});
