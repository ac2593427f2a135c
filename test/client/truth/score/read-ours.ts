import { request } from "../../../../src/client/index.ts";
import { readAll } from "./reader.ts";

await readAll(async () => async (url, method, signal) => {
  const response = await request(url, { method, signal });
  return response.body.bytes();
});
