import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { aria2cMissing, curlMissing, goMissing, nghttpdMissing, nginxProgram } from "./programs.mjs";

const pathOf = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

const node = [process.execPath, "--expose-gc"];
const bun = [pathOf("node_modules/.bin/bun")];
const deno = [pathOf("node_modules/.bin/deno"), "run", "--allow-all", "--no-lock", "--v8-flags=--expose-gc"];

const NOT_INSTALLED = "not installed: npm i in bench/";

/**
 * - `needs`: a path without which it can't be measured, or whether it can; `hint` says what to do about it.
 * - `workloads`, `cases`: where it takes part; everywhere, where they are not given.
 * - `role`: `ours`; `peer`, of which the best is what we compare with; `other`, which runs no JavaScript or is no server.
 */
function peer(
  name,
  { runtime = node, folder = "servers", file = `${name}.mjs`, needs, hint, args = [], role, ...more } = {},
) {
  const command = [...runtime, pathOf(`${folder}/${file}`), ...args];
  const ours = name.startsWith("sluice");
  return {
    name,
    command,
    // Asked for late: the first run builds and installs what it needs.
    isMissing: () => (typeof needs === "string" ? !existsSync(pathOf(needs)) : needs === false),
    hint: hint ?? NOT_INSTALLED,
    role: role ?? (ours ? "ours" : "peer"),
    ...more,
  };
}

const DIST = { needs: "../dist/index.js", hint: "dist/ is missing: npm run build" };
const DIST_NODE_HTTP = { ...DIST, needs: "../dist/adapters/node-http/index.js" };
const DIST_FETCH = { ...DIST, needs: "../dist/adapters/fetch/index.js" };
const modules = (name) => ({ needs: `node_modules/${name}` });
const NGINX = {
  needs: nginxProgram !== undefined,
  hint: "nginx is missing (Debian: apt-get install nginx)",
  role: "other",
};

/** Servers that do what any server does, each in one file. */
const SERVERS = [
  peer("sluice", DIST),
  peer("node-http"),
  peer("fastify", modules("fastify")),
  // The same application on our createServer.
  peer("fastify-sluice", { ...DIST_NODE_HTTP, role: "ours" }),
  peer("express", modules("express")),
  peer("express-sluice", { ...DIST_NODE_HTTP, role: "ours" }),
  peer("hono", modules("@hono/node-server")),
  // The same application on our server, by fromFetch, and on the runtimes' own.
  peer("hono-sluice", { ...DIST_FETCH, role: "ours" }),
  peer("hono-bun", { runtime: bun, ...modules(".bin/bun"), role: "other" }),
  peer("hono-deno", { runtime: deno, ...modules(".bin/deno"), role: "other" }),
  peer("bun", { runtime: bun, ...modules(".bin/bun") }),
  peer("bun-merged", {
    runtime: bun,
    file: "bun.mjs",
    ...modules(".bin/bun"),
    args: ["--merge"],
    workloads: ["chunks", "tiny"],
  }),
  peer("deno", { runtime: deno, ...modules(".bin/deno") }),
  peer("raw-net"),
];

const OF_HONO = { cases: ["identity"], role: "other" };

/** Who does what one kind of reply needs: a folder of servers for each. */
const REPLIES = {
  files: [
    peer("sluice", { file: "files/sluice.mjs", ...DIST }),
    peer("sluice-file", { file: "files/sluice.mjs", args: ["--file"], ...DIST }),
    peer("express", { file: "files/express.mjs", ...modules("express") }),
    peer("fastify", { file: "files/fastify.mjs", ...modules("@fastify/static") }),
    peer("hono", { file: "files/hono.mjs", ...modules("@hono/node-server") }),
    peer("nginx", { file: "files/nginx.mjs", ...NGINX }),
  ],
  sse: [
    peer("sluice", { file: "sse/sluice.mjs", ...DIST }),
    peer("express", { file: "sse/express.mjs", ...modules("compression") }),
    peer("better-sse", { file: "sse/better-sse.mjs", ...modules("better-sse"), cases: ["identity"] }),
    peer("node-http", { file: "sse/node-http.mjs" }),
    // Hono's own streams on each server; it has no compression that flushes, and Bun no head before the first event. "reply" is ours in the same route.
    peer("hono", { file: "sse/hono.mjs", ...modules("@hono/node-server"), ...OF_HONO }),
    peer("hono-sluice", { file: "sse/hono-sluice.mjs", ...DIST_FETCH, ...OF_HONO }),
    peer("hono-sluice-reply", { file: "sse/hono-sluice.mjs", args: ["--reply"], ...DIST_FETCH, ...OF_HONO }),
    peer("hono-deno", { runtime: deno, file: "sse/hono-deno.mjs", ...modules(".bin/deno"), ...OF_HONO }),
  ],
  ndjson: [
    peer("sluice", { file: "ndjson/sluice.mjs", ...DIST }),
    peer("node-http", { file: "ndjson/node-http.mjs" }),
    peer("fastify", { file: "ndjson/fastify.mjs", ...modules("fastify") }),
    peer("gathered", { file: "ndjson/node-http.mjs", args: ["--gather"], role: "other" }),
  ],
  zip: [
    peer("sluice", { file: "zip/sluice.mjs", ...DIST }),
    peer("yazl", { file: "zip/yazl.mjs", ...modules("yazl") }),
    peer("zip-stream", { file: "zip/zip-stream.mjs", ...modules("zip-stream") }),
    peer("client-zip", { file: "zip/client-zip.mjs", ...modules("client-zip") }),
  ],
  page: [
    peer("sluice", { file: "page/sluice.mjs", ...DIST }),
    peer("react", { file: "page/react.mjs", ...modules("react-dom") }),
  ],
  compress: [
    peer("sluice", { file: "compress/sluice.mjs", ...DIST }),
    peer("node-zlib", { file: "compress/node-http.mjs" }),
    peer("express", { file: "compress/express.mjs", ...modules("compression") }),
    peer("fastify", { file: "compress/fastify.mjs", ...modules("@fastify/compress") }),
  ],
  digest: [
    peer("sluice", { file: "digest/sluice.mjs", args: ["--digest"], ...DIST }),
    peer("sluice-without", { file: "digest/sluice.mjs", ...DIST }),
    peer("hash", { file: "digest/hash.mjs", role: "other" }),
  ],
};

/** Servers of HTTP/2. */
const HTTP2 = [
  peer("sluice", { file: "http2/sluice.mjs", ...DIST }),
  peer("node-http2", { file: "http2/node-http2.mjs" }),
  peer("nghttpd", {
    file: "http2/nghttpd.mjs",
    needs: !nghttpdMissing,
    hint: "nghttpd is missing (Debian: apt-get install nghttp2-server)",
    role: "other",
  }),
  peer("go", {
    file: "http2/go.mjs",
    needs: !goMissing,
    hint: "go is missing (Debian: apt-get install golang-go)",
    role: "other",
    cases: ["chunks-tls"],
  }),
];

const client = (name, more) => peer(name, { folder: "clients/measured", ...more });

const DIST_CLIENT = { needs: "../dist/client/index.js", hint: "dist/client is missing: npm run build" };
const CURL = client("curl", {
  needs: !curlMissing,
  hint: "curl is missing (Debian: apt-get install curl)",
  role: "other",
});
const ARIA2C = client("aria2c", {
  needs: !aria2cMissing,
  hint: "aria2c is missing (Debian: apt-get install aria2)",
  role: "other",
});
/** Clients inside a program. They are measured while the neutral server puts load on them. */
const IN_NODE = [
  client("sluice", DIST_CLIENT),
  client("undici", modules("undici")),
  client("fetch"),
  client("node-http"),
  client("got", modules("got")),
];

/** Who takes part in which kind of measurement of clients. */
const CLIENTS = {
  get: [...IN_NODE, client("undici-pool", { file: "undici.mjs", args: ["--pool"], ...modules("undici") })],
  down: [...IN_NODE, CURL],
  gzip: [...IN_NODE, CURL],
  up: IN_NODE,
  events: IN_NODE,
  rows: IN_NODE,
  download: [client("sluice", DIST_CLIENT), ARIA2C, CURL],
};

const BY_WORKLOAD = { ...REPLIES, ...CLIENTS, http2: HTTP2 };
const ALL = [...SERVERS, ...Object.values(BY_WORKLOAD).flat()];

/** What all clients are measured with, and nobody's server. */
export const NEUTRAL_SERVER = peer("neutral", { file: "neutral/server.mjs" });

/** The peers to measure, and a line for each one that is not here. */
export function choosePeers(names, workload) {
  const unknown = names?.filter((name) => !ALL.some((each) => each.name === name)) ?? [];
  if (unknown.length > 0) throw new Error(`unknown peer: ${unknown.join(", ")}`);
  const wanted = (BY_WORKLOAD[workload] ?? SERVERS).filter(
    ({ name, workloads }) => (names?.includes(name) ?? true) && (workloads?.includes(workload) ?? true),
  );
  return {
    peers: wanted.filter(({ isMissing }) => !isMissing()),
    notes: wanted
      .filter(({ isMissing }) => isMissing())
      .map(({ name, hint }) => `left out: ${name} (${hint})`),
  };
}
