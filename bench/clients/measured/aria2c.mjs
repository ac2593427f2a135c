import { basename, dirname } from "node:path";
import { takeOrders } from "./orders.mjs";
import { runProgram } from "./program.mjs";

// Room is not reserved in advance, which is in its favour where the file is in memory.
const SETTINGS = ["--quiet", "--file-allocation=none", "--allow-overwrite=true", "--min-split-size=1M"];

takeOrders({
  async download(url, path, connections) {
    const { cpuSeconds } = await runProgram([
      "aria2c",
      ...SETTINGS,
      `-x${connections}`,
      `-s${connections}`,
      `--dir=${dirname(path)}`,
      `--out=${basename(path)}`,
      url,
    ]);
    return { cpuSeconds };
  },
});
