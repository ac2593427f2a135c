import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathOf } from "../../support/programs.ts";
import { SCRIPT_NAMES, writeScripts } from "./cgi.ts";
import { startNodeHttp } from "./node-http.ts";
import { freePort, makeFolder, type Peer, type RunningPeer, startProgram, writeContent } from "./peer.ts";

const MODULES = "/usr/lib/apache2/modules";

const NAMES = "mpm_event authz_core mime filter deflate alias cgid setenvif bucketeer proxy proxy_http".split(
  " ",
);

function configuration(folder: string, port: number, behind: number): string {
  const modules = NAMES.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join("\n");
  const scripts = SCRIPT_NAMES.filter((name) => name !== "cut")
    .map((name) => `ScriptAlias /${name} ${folder}/cgi/${name}`)
    .join("\n");
  // A script that dies it takes for one that is done; a server behind it that dies, not.
  const onward = `ProxyPass /cut http://127.0.0.1:${behind}/cut`;
  // It does not serve as root.
  const user = process.getuid?.() === 0 ? "User nobody\nGroup nogroup" : "";
  return `
${modules}
${user}
ServerName localhost
ServerRoot ${folder}
Listen 127.0.0.1:${port}
PidFile ${folder}/pid
Mutex file:${folder} default
DefaultRuntimeDir ${folder}
ScriptSock ${folder}/cgid
ErrorLog ${folder}/error.log
LogLevel error
StartServers 1
KeepAlive On
EnableSendfile On
DocumentRoot ${folder}/files
TypesConfig /dev/null
AddType text/plain .txt
AddOutputFilterByType DEFLATE text/plain
Redirect 302 /redirect /1k
${scripts}
${onward}
SetEnvIf Request_URI ^/(chunks|close)$ FLUSH
<LocationMatch "^/(chunks|close)$">
SetOutputFilter BUCKETEER
</LocationMatch>
SetEnvIf Request_URI ^/cut$ no-gzip
SetEnvIf Request_URI ^/close$ downgrade-1.0 force-response-1.0 nokeepalive
`;
}

async function start(): Promise<RunningPeer> {
  const [folder, port, behind] = [makeFolder(), await freePort(), await startNodeHttp()];
  mkdirSync(join(folder, "files"));
  writeContent(join(folder, "files"));
  writeScripts(join(folder, "cgi"), join(folder, "files"));
  const file = join(folder, "apache.conf");
  writeFileSync(file, configuration(folder, port, behind.port));
  return startProgram(pathOf("apache2"), ["-DFOREGROUND", "-d", folder, "-f", file], {
    port,
    folder,
    also: behind.stop,
  });
}

export const apache: Peer = {
  name: "Apache httpd",
  programs: ["apache2"],
  features: ["range", "close"],
  cut: "chunked",
  start,
};
