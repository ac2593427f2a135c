import { STATUS_CODES } from "node:http";
import { headersOf } from "../../http2/fields.ts";
import type { Fields } from "../../semantics/fields.ts";
import type { NodeResponse } from "./host.ts";

/** Sends an interim response, as far as the host can: one that imitates node:http may know no others than 100 and 103. */
export function sendInterim(response: NodeResponse, status: number, fields: Fields): void {
  const { stream, _writeRaw: writeRaw } = response;
  if (stream !== undefined) {
    if (!stream.closed) stream.additionalHeaders({ ...headersOf(fields), ":status": status });
  } else if (status === 100) {
    response.writeContinue();
  } else if (writeRaw !== undefined) {
    // What writeEarlyHints does, which is stricter about Link than the RFC.
    const lines = [...fields].map(([name, value]) => `${name}: ${value}\r\n`).join("");
    writeRaw.call(response, `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines}\r\n`, "latin1");
  } else if (status === 103) {
    response.writeEarlyHints(headersOf(fields) as Record<string, string | string[]>);
  }
}
