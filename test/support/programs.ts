// Programs that some tests need and that npm can't install.
//
//   describe.skipIf(lacks("curl"))("curl", () => { ... spawn(pathOf("curl"), ...) ... });

import { accessSync, constants, mkdirSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

export type Program =
  | "7z"
  | "apache2"
  | "bsdtar"
  | "chromium"
  | "curl"
  | "ffmpeg"
  | "fish"
  | "go"
  | "h2load"
  | "haproxy"
  | "lighttpd"
  | "nats-server"
  | "nghttpd"
  | "nghttp"
  | "nginx"
  | "openssl"
  | "python3"
  | "redis-server"
  | "unzip"
  | "zsh";

/** Debian's packages have the same names but for these. */
const PACKAGES: { readonly [program in Program]?: string } = {
  "7z": "p7zip-full",
  bsdtar: "libarchive-tools",
  go: "golang-go",
  h2load: "nghttp2-client",
  nghttp: "nghttp2-client",
  nghttpd: "nghttp2-server",
};

/** Debian keeps servers here, and not every user has these folders on the PATH. */
const SERVER_FOLDERS = ["/usr/local/sbin", "/usr/sbin"];

/**
 * True when one of the programs is missing, so that its tests are skipped; `npm test` then says how to get it.
 * Where CI is set nothing may be skipped unseen: there a missing program throws, and the test file fails.
 */
export function lacks(...programs: Program[]): boolean {
  const missing = programs.filter((program) => find(program) === undefined);
  if (missing.length === 0) return false;
  if (isOn(process.env["CI"])) throw new Error(missing.map(advice).join("; "));
  for (const program of missing) report(program);
  return true;
}

/** The path to start a program by. */
export function pathOf(program: Program): string {
  const path = find(program);
  if (path === undefined) throw new Error(advice(program));
  return path;
}

function find(program: Program): string | undefined {
  const path = process.env["PATH"] ?? "";
  return [...path.split(delimiter), ...SERVER_FOLDERS]
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, program))
    .find(isExecutable);
}

function advice(program: Program): string {
  return `${program} is missing: apt-get install ${packageOf(program)}`;
}

function packageOf(program: Program): string {
  return PACKAGES[program] ?? program;
}

/** Every test file runs in a process of its own, so the run's folder is where they agree on one line each. */
function report(program: Program): void {
  const run = process.env["SLUICE_TEST_RUN"];
  if (run === undefined) {
    console.warn(advice(program));
    return;
  }
  mkdirSync(join(run, "missing"), { recursive: true });
  writeFileSync(join(run, "missing", packageOf(program)), "");
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isOn(flag: string | undefined): boolean {
  return flag !== undefined && flag !== "" && flag !== "false" && flag !== "0";
}
