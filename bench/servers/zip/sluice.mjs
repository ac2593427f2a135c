import { serve, zip } from "../../../dist/index.js";
import { announce } from "../process.mjs";
import { entriesOf, LARGE_NAME, pieces, readTarget } from "./entries.mjs";

const server = await serve({ port: 0, host: "127.0.0.1" }, ({ target }) => {
  const { path, mib } = readTarget(target);
  const entries =
    path === "/one"
      ? [{ name: LARGE_NAME, source: () => pieces(mib) }]
      : entriesOf(target).map(({ name, content }) => ({ name, source: content }));
  return zip(entries, { store: true });
});
announce(Number(server.url.port));
