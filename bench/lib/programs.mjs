import { spawnSync } from "node:child_process";

const starts = (program, flag) => spawnSync(program, [flag], { stdio: "ignore" }).error === undefined;

/** Debian puts it where only root looks. */
export const nginxProgram = ["nginx", "/usr/sbin/nginx"].find((program) => starts(program, "-v"));

export const curlMissing = !starts("curl", "--version");
export const nghttpdMissing = !starts("nghttpd", "--version");
export const goMissing = !starts("go", "version");
export const aria2cMissing = !starts("aria2c", "--version");

/** What checks a ZIP archive: the arguments that go before its path. */
export const zipCheck = [
  ["unzip", "-tqq"],
  ["python3", "-m", "zipfile", "-t"],
].find(([program]) => starts(program, program === "unzip" ? "-v" : "--version"));
