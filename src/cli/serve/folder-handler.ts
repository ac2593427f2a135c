import { files, type FilesRequest } from "../../files/folder.ts";
import { bodySize } from "../../reply/body.ts";
import type { Reply } from "../../reply/reply.ts";
import { Fields } from "../../semantics/fields.ts";
import type { Io } from "../io.ts";
import { FolderArchives } from "./folder-archive.ts";
import { Pace } from "./pace.ts";
import { ShapedBody } from "./shaped-body.ts";

/** How a folder is served. */
export interface FolderHandling {
  readonly cors: boolean;
  readonly zip: boolean;
  /** Octets in a second for each connection. */
  readonly throttle: number | undefined;
  /** Octets of every chunk. */
  readonly chunkSize: number | undefined;
}

/** What the handler looks at; requests of one connection have one `remote`. */
export interface FolderHandlerRequest extends FilesRequest {
  readonly remote: object;
}

/**
 * The handler of `sluice serve`.
 * @throws as `files`
 */
export function folderHandler(
  path: string,
  { cors, zip, throttle, chunkSize }: FolderHandling,
  io: Pick<Io, "clock" | "setTimer">,
): (request: FolderHandlerRequest) => Promise<Reply> {
  const answer = files<FolderHandlerRequest>(path, { listing: true });
  const archives = zip ? new FolderArchives(path) : undefined;
  const paces = new WeakMap<object, Pace>();

  function paceOf({ remote }: FolderHandlerRequest): Pace | undefined {
    if (throttle === undefined) return undefined;
    let pace = paces.get(remote);
    if (pace === undefined) paces.set(remote, (pace = new Pace(throttle, () => io.clock())));
    return pace;
  }

  /**
   * Without a coding, so that the octets that are counted are those on the wire. Pieces of one size are chunks of one size, so the
   * whole has no Content-Length then.
   */
  function shaped(reply: Reply, request: FolderHandlerRequest): Reply {
    const { body } = reply;
    // No reply of a folder has a body that is a function: it could not be read from here.
    if ((throttle === undefined && chunkSize === undefined) || body === null || typeof body === "function")
      return reply;
    const headers = Fields.from(reply.headers);
    const size = bodySize(body);
    if (chunkSize !== undefined) headers.delete("Content-Length");
    else if (size !== undefined) headers.set("Content-Length", String(size));
    const source = typeof body === "string" || body instanceof Uint8Array ? [body] : body;
    const shape = { chunkSize, pace: paceOf(request) };
    return { ...reply, headers, compress: false, body: new ShapedBody(source, shape, io) };
  }

  return async (request) => {
    const archive = await archives?.find(request);
    const reply = await (archive?.respond(request) ?? answer(request));
    return shaped(cors ? withCors(reply, request) : reply, request);
  };
}

/** Any page may read it, without credentials: the fields of the CORS protocol (fetch.spec.whatwg.org). */
function withCors(reply: Reply, { method }: FolderHandlerRequest): Reply {
  const headers = Fields.from(reply.headers)
    .set("Access-Control-Allow-Origin", "*")
    .set("Access-Control-Expose-Headers", "*");
  if (method === "OPTIONS")
    headers
      .set("Access-Control-Allow-Methods", "GET, HEAD")
      .set("Access-Control-Allow-Headers", "*")
      .set("Access-Control-Max-Age", "600");
  return { ...reply, headers };
}
