import { isSecretField } from "../secrets.ts";
import type { GetPlan } from "./plan.ts";

const HIDDEN = "...";

/** The command line that goes on with a download, for a POSIX shell. Secrets in it are `...`. */
export function resumeCommand({ url, options }: GetPlan, path: string): string {
  const words = ["sluice", "get", "-c"];
  if (options.force) words.push("--force");
  // A name that begins with a dash is no option.
  words.push("-o", path.startsWith("-") ? `./${path}` : path);
  const { connections, checksum, header, cacert, proxy, timeout, retry } = options;
  if (connections !== undefined) words.push("-x", String(connections));
  if (checksum !== undefined) words.push("--checksum", checksum);
  for (const [name, value] of header) words.push("-H", `${name}: ${isSecretField(name) ? HIDDEN : value}`);
  if (options["no-redirect"]) words.push("--no-redirect");
  if (options["no-decode"]) words.push("--no-decode");
  for (const flag of ["http1.1", "http2-prior-knowledge"] as const)
    if (options[flag]) words.push(`--${flag}`);
  if (options.insecure) words.push("-k");
  if (cacert !== undefined) words.push("--cacert", cacert);
  if (proxy !== undefined) words.push("--proxy", proxy === false ? "none" : withoutPassword(proxy));
  if (timeout !== undefined) words.push("--timeout", timeout === 0 ? "0" : `${timeout}ms`);
  if (retry !== undefined) words.push("--retry", String(retry));
  return [...words, withoutPassword(url.href)].map(quoted).join(" ");
}

function withoutPassword(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^/?#@]*@/i, `$1${HIDDEN}@`);
}

function quoted(word: string): string {
  return /^[\w@%+=:,./~-]+$/.test(word) && !word.startsWith("~")
    ? word
    : `'${word.replaceAll("'", "'\\''")}'`;
}
