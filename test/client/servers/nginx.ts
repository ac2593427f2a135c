import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathOf } from "../../support/programs.ts";
import { startNodeHttp } from "./node-http.ts";
import { freePort, makeFolder, type Peer, type RunningPeer, startProgram, writeContent } from "./peer.ts";

/** What nginx itself has no way to make comes from a server behind it. */
function configuration(folder: string, port: number, behind: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
    .join("\n");
  const onward = `proxy_pass http://127.0.0.1:${behind}; proxy_http_version 1.1; proxy_buffering off;`;
  const user = process.getuid?.() === 0 ? "user root;" : "";
  return `
    daemon off; master_process off; pid ${folder}/pid; error_log stderr error; ${user}
    events { worker_connections 64; }
    http {
      access_log off; default_type application/octet-stream; types { text/plain txt; } ${temporary}
      gzip on; gzip_types text/plain; gzip_min_length 1; gzip_http_version 1.1;
      server {
        listen 127.0.0.1:${port};
        root ${folder}/files; client_max_body_size 0;
        location = /empty { return 204; }
        location = /redirect { return 302 /1k; }
        location = /close { chunked_transfer_encoding off; ${onward.replace(";", "/chunks;")} }
        location = /trailers { add_trailer X-Rows 10; ${onward.replace(";", "/chunks;")} }
        location ~ ^/(chunks|echo|cut)$ { ${onward} }
      }
    }`;
}

async function start(): Promise<RunningPeer> {
  const [folder, port, behind] = [makeFolder(), await freePort(), await startNodeHttp()];
  mkdirSync(join(folder, "files"));
  writeContent(join(folder, "files"));
  const file = join(folder, "nginx.conf");
  writeFileSync(file, configuration(folder, port, behind.port));
  return startProgram(pathOf("nginx"), ["-p", folder, "-e", "stderr", "-c", file], {
    port,
    folder,
    also: behind.stop,
  });
}

export const nginx: Peer = {
  name: "nginx",
  programs: ["nginx"],
  features: ["range", "close", "trailers"],
  cut: "chunked",
  start,
};
