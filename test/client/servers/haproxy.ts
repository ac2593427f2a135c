import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathOf } from "../../support/programs.ts";
import { startNodeHttp } from "./node-http.ts";
import { freePort, makeFolder, type Peer, type RunningPeer, startProgram } from "./peer.ts";

function configuration(port: number, behind: number): string {
  return `
defaults
  mode http
  timeout connect 5s
  timeout client 20s
  timeout server 20s
frontend front
  bind 127.0.0.1:${port}
  http-request return status 204 if { path /empty }
  http-request redirect location /1k code 302 if { path /redirect }
  default_backend behind
  compression algo gzip
  compression type text/plain
  compression offload
backend behind
  compression algo gzip
  compression type text/plain
  compression offload
  server node 127.0.0.1:${behind}
`;
}

async function start(): Promise<RunningPeer> {
  const [folder, port, behind] = [makeFolder(), await freePort(), await startNodeHttp()];
  const file = join(folder, "haproxy.cfg");
  writeFileSync(file, configuration(port, behind.port));
  return startProgram(pathOf("haproxy"), ["-db", "-f", file], { port, folder, also: behind.stop });
}

export const haproxy: Peer = {
  name: "HAProxy",
  programs: ["haproxy"],
  features: ["close", "trailers", "request trailers"],
  cut: "chunked",
  start,
};
