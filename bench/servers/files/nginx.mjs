// Starts nginx with one worker, tells the bench the worker's process, and ends nginx with itself.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nginxProgram } from "../../lib/programs.mjs";
import { announce } from "../process.mjs";

const root = process.argv.at(-1);
const ATTEMPTS = 200;

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

async function answers(port) {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

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

const nginx = spawn(nginxProgram, ["-p", folder, "-c", `${folder}/nginx.conf`], {
  stdio: ["ignore", "ignore", "inherit"],
});
process.on("exit", () => {
  nginx.kill();
  rmSync(folder, { recursive: true, force: true });
});
nginx.on("exit", () => process.exit(1));

function workers() {
  return readFileSync(`/proc/${nginx.pid}/task/${nginx.pid}/children`, "latin1").trim();
}

for (let attempt = 0; attempt < ATTEMPTS && !(workers() !== "" && (await answers(port))); attempt += 1) {
  await sleep(25);
}
announce(port, { pid: Number(workers()) });
