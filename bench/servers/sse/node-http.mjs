import { createServer } from "node:http";
import { constants, createBrotliCompress, createGzip } from "node:zlib";
import { announceWithTrades, eventText, onTrade } from "./trades.mjs";

// The parameters are sluice's.
const {
  BROTLI_MODE_TEXT,
  BROTLI_OPERATION_FLUSH,
  BROTLI_PARAM_LGWIN,
  BROTLI_PARAM_MODE,
  BROTLI_PARAM_QUALITY,
} = constants;
const brotli = {
  flush: BROTLI_OPERATION_FLUSH,
  params: { [BROTLI_PARAM_MODE]: BROTLI_MODE_TEXT, [BROTLI_PARAM_QUALITY]: 4, [BROTLI_PARAM_LGWIN]: 19 },
};
const encoders = { gzip: () => createGzip(), br: () => createBrotliCompress(brotli) };

const server = createServer((request, response) => {
  const coding = request.headers["accept-encoding"];
  response.setHeader("Content-Type", "text/event-stream");
  response.setHeader("Cache-Control", "no-cache");
  const encoder = encoders[coding]?.();
  if (encoder !== undefined) {
    response.setHeader("Content-Encoding", coding);
    encoder.pipe(response);
  }
  response.flushHeaders();
  const stop = onTrade((trade) => {
    if (encoder === undefined) {
      response.write(eventText(trade));
      return;
    }
    encoder.write(eventText(trade));
    // Its default, which forgets what was before, makes three times as many bytes.
    encoder.flush(coding === "gzip" ? constants.Z_SYNC_FLUSH : undefined);
  });
  response.on("close", () => {
    stop();
    encoder?.destroy();
  });
});
server.listen(0, "127.0.0.1", () => announceWithTrades(server.address().port));
