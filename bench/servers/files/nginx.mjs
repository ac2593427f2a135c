// nginx with one worker, which is the process that the bench watches.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nginxProgram } from "../../lib/programs.mjs";
import { announceWrapped, freePort } from "../wrapped.mjs";

const root = process.argv.at(-1);

const port = await freePort();
const folder = mkdtempSync(join(tmpdir(), "sluice-bench-nginx-"));
const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
  .map((name) => `${name}_temp_path ${folder}/${name};`)
  .join(" ");
writeFileSync(
  `${folder}/nginx.conf`,
  `${process.getuid() === 0 ? "user root;" : ""}
daemon off;
worker_processes 1;
pid ${folder}/pid;
error_log stderr error;
events { worker_connections 512; }
http {
  ${temporary}
  access_log off;
  sendfile on;
  keepalive_requests 100000000;
  default_type application/octet-stream;
  server {
    listen 127.0.0.1:${port};
    root ${root};
  }
}
`,
);

process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** The worker, which is the only child of what is started. */
function workerOf(pid) {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1"));
}

await announceWrapped(port, nginxProgram, ["-p", folder, "-c", `${folder}/nginx.conf`], workerOf);
