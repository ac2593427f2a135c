import type * as NodeHttp2 from "node:http2";
import { builtin } from "../builtins.ts";

/** node:http2, loaded when it is first asked for: whoever speaks HTTP/1 alone starts without it. */
export function nodeHttp2(): typeof NodeHttp2 {
  return builtin("node:http2")!;
}
