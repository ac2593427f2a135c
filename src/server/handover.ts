import type { Socket } from "node:net";
import { tellApplication } from "../exchange/error-report.ts";
import type { Request } from "../exchange/request.ts";
import { listHas } from "../semantics/lists.ts";
import type { Settings } from "./options.ts";

/** Whether a request without a body asks for another protocol (RFC 9110 section 7.8), and somebody speaks it. */
export function leavesHttp({ headers, httpVersion }: Request, { upgrade }: Settings): boolean {
  if (upgrade === undefined || httpVersion !== "1.1") return false;
  return headers.has("upgrade") && listHas(headers.get("connection"), "upgrade");
}

/** Hands a connection over to whoever speaks the other protocol. @param first octets that came right behind the request */
export async function handOver(
  request: Request,
  socket: Socket,
  first: Buffer,
  { upgrade, onError }: Settings,
): Promise<void> {
  try {
    await upgrade!(request, socket, first);
  } catch (error) {
    tellApplication(error, request, onError);
    socket.destroy();
  }
}
