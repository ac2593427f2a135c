// Which of the runtimes this is, by the name that it has in cannot.mjs and in docs/runtimes.md.

const { Bun, Deno, navigator, process } = globalThis;

export const host = name();

function name() {
  // Both call themselves a version of Node, too.
  if (Bun !== undefined) return "Bun";
  if (Deno !== undefined) return "Deno";
  if (navigator?.userAgent === "Cloudflare-Workers") return "workerd";
  if (process?.versions?.node !== undefined) return `Node ${process.versions.node.split(".")[0]}`;
  return "Chromium";
}
