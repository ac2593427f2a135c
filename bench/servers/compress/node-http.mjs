// node:zlib's own streams, piped, with the parameters that sluice has.
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as zlib from "node:zlib";
import { announce } from "../process.mjs";
import { mibOf, textPieces } from "./text.mjs";

const { BROTLI_MODE_TEXT, BROTLI_PARAM_LGWIN, BROTLI_PARAM_MODE, BROTLI_PARAM_QUALITY, ZSTD_c_windowLog } =
  zlib.constants;
const chunkSize = 64 * 1024;
const brotli = { [BROTLI_PARAM_MODE]: BROTLI_MODE_TEXT, [BROTLI_PARAM_QUALITY]: 4, [BROTLI_PARAM_LGWIN]: 19 };
const encoders = {
  gzip: () => zlib.createGzip({ chunkSize }),
  br: () => zlib.createBrotliCompress({ chunkSize, params: brotli }),
  zstd: () => zlib.createZstdCompress({ chunkSize, params: { [ZSTD_c_windowLog]: 21 } }),
};

const server = createServer((request, response) => {
  const coding = request.headers["accept-encoding"];
  response.writeHead(200, { "content-type": "text/plain", "content-encoding": coding });
  pipeline(Readable.from(textPieces(mibOf(request.url))), encoders[coding](), response).catch((error) =>
    response.destroy(error),
  );
});
server.listen(0, "127.0.0.1", () => announce(server.address().port));
