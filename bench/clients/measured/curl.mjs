import { takeOrders } from "./orders.mjs";
import { runProgram } from "./program.mjs";

// Its own wall time is that of the transfer, without the start of a program.
const REPORT = "took %{time_total} %{size_download}";
const CURL = ["curl", "--silent", "--show-error", "--fail", "--max-time", "600", "--compressed"];

async function transfer(url, path) {
  let output = "";
  const { cpuSeconds } = await runProgram(
    [...CURL, "-w", REPORT, "-o", path, url],
    (text) => (output += text),
  );
  const [, seconds, payload] = /^took ([\d.]+) (\d+)$/.exec(output);
  return { cpuSeconds, seconds: Number(seconds), payload: Number(payload) };
}

takeOrders({
  async drain(url, onPiece, shown) {
    if (!shown) return transfer(url, "/dev/null");
    return runProgram([...CURL, url], onPiece);
  },
  download: (url, path) => transfer(url, path),
});
