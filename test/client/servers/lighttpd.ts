import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathOf } from "../../support/programs.ts";
import { SCRIPT_NAMES, writeScripts } from "./cgi.ts";
import { freePort, makeFolder, type Peer, type RunningPeer, startProgram, writeContent } from "./peer.ts";

function configuration(folder: string, port: number): string {
  // Its own module for gzip comes in a package of its own.
  const names = [...SCRIPT_NAMES, "text.txt"];
  const scripts = names.map((name) => `"/${name}" => "${folder}/cgi/${name}"`).join(", ");
  return `
server.modules = ("mod_alias", "mod_cgi", "mod_redirect")
server.bind = "127.0.0.1"
server.port = ${port}
server.document-root = "${folder}/files"
server.upload-dirs = ("${folder}")
server.stream-response-body = 1
server.max-keep-alive-idle = 1
mimetype.assign = (".txt" => "text/plain", "" => "application/octet-stream")
url.redirect = ("^/redirect$" => "/1k")
url.redirect-code = 302
alias.url = (${scripts})
$HTTP["url"] =~ "^/(${names.join("|")})$" {
  cgi.assign = ("" => "/bin/sh")
}
`;
}

async function start(): Promise<RunningPeer> {
  const [folder, port] = [makeFolder(), await freePort()];
  mkdirSync(join(folder, "files"));
  writeContent(join(folder, "files"));
  writeScripts(join(folder, "cgi"), join(folder, "files"));
  const file = join(folder, "lighttpd.conf");
  writeFileSync(file, configuration(folder, port));
  return startProgram(pathOf("lighttpd"), ["-D", "-f", file], { port, folder });
}

export const lighttpd: Peer = {
  name: "lighttpd",
  programs: ["lighttpd"],
  features: ["range"],
  cut: "length",
  start,
};
