/** The other end of a connection: its address and port. */
export interface Remote {
  readonly address: string;
  readonly port: number;
}

/** What a socket knows of its other end. One that is closed may know nothing of it any more. */
interface ConnectedSocket {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/** The other end of a socket; an empty address and port 0 where it doesn't know. */
export function remoteOf({ remoteAddress = "", remotePort = 0 }: ConnectedSocket): Remote {
  return { address: remoteAddress, port: remotePort };
}
