import { type ErrorCode } from "../errors.ts";
import type { Watched } from "../socket/deadlines.ts";
import type { ServerTimeouts } from "./options.ts";

/** Milliseconds that one octet of a body buys: 500 octets a second keep a body alive. */
const MILLISECONDS_PER_OCTET = 2;

/** What a clock looks at, and whom it tells. */
export interface ClockHost {
  /** Whether the reader has not taken yet all that it is to take. */
  readonly isOwed: boolean;
  /** Octets that have been taken so far, for telling a slow reader from one that has stopped. */
  readonly octetsTaken: number;
  /** Whether the handler waits for octets of a body. */
  readonly hungry: boolean;
  /** A deadline has passed; without a code there is nobody to be told why. */
  expired(code: ErrorCode | undefined): void;
}

/**
 * The deadlines of one connection of HTTP/1: for a head, for silence between requests, for a body, for a reader, for the goodbye. On HTTP/2 each
 * stream has one of its own, for a body and for a reader.
 */
export class ConnectionClock implements Watched {
  readonly #host: ClockHost;
  readonly #timeouts: ServerTimeouts;
  #deadline = Infinity;
  #code: ErrorCode | undefined;
  // A deadline that begins when the reader has taken the last octet: a slow one gets all of an answer.
  #whenTaken: number | undefined;
  // What is left of the time a body may take: waiting for it spends it, octets add to it.
  #bodyTime = 0;
  #lastCheck = performance.now();
  // When the reader was first seen to take nothing, and how much it had taken then.
  #stalledSince: number | undefined;
  #octetsTaken = 0;

  constructor(timeouts: ServerTimeouts, host: ClockHost) {
    this.#timeouts = timeouts;
    this.#host = host;
  }

  /** Nobody has said anything on this connection yet. */
  awaitFirst(): void {
    this.#set(this.#timeouts.head, undefined);
  }

  /** A head has begun. */
  awaitHead(): void {
    this.#set(this.#timeouts.head, "ERR_SLUICE_HEAD_TIMEOUT");
  }

  /** A head is complete: what follows has no fixed end. */
  awaitNothing(): void {
    this.#deadline = Infinity;
    this.#whenTaken = undefined;
    this.#bodyTime = this.#timeouts.body;
  }

  /** Octets of a body have come. */
  bodyProgress(octets: number): void {
    this.#bodyTime = Math.min(this.#timeouts.body, this.#bodyTime + octets * MILLISECONDS_PER_OCTET);
  }

  /** The next request may come. */
  awaitRequest(): void {
    this.#setWhenTaken(this.#timeouts.idle);
  }

  /** Nothing is awaited but that the peer finishes: with a body that nobody wants, or with its side of the goodbye. */
  awaitPeer(): void {
    this.#setWhenTaken(this.#timeouts.linger || 1);
  }

  check(now: number): void {
    const elapsed = now - this.#lastCheck;
    this.#lastCheck = now;
    if (now >= this.#deadline) {
      this.#deadline = Infinity;
      this.#host.expired(this.#code);
      return;
    }
    if (this.#host.isOwed) {
      this.#checkReader(now);
    } else {
      this.#stalledSince = undefined;
      if (this.#whenTaken !== undefined) this.#set(this.#whenTaken, undefined);
    }
    if (this.#host.hungry && this.#timeouts.body > 0) {
      this.#bodyTime -= elapsed;
      if (this.#bodyTime <= 0) this.#host.expired("ERR_SLUICE_BODY_TIMEOUT");
    }
  }

  /** A reader that takes nothing for too long is given up. */
  #checkReader(now: number): void {
    const { octetsTaken } = this.#host;
    if (this.#stalledSince === undefined || octetsTaken !== this.#octetsTaken) {
      this.#stalledSince = now;
      this.#octetsTaken = octetsTaken;
    } else if (this.#timeouts.write > 0 && now - this.#stalledSince >= this.#timeouts.write) {
      this.#host.expired("ERR_SLUICE_WRITE_TIMEOUT");
    }
  }

  #setWhenTaken(milliseconds: number): void {
    this.#deadline = Infinity;
    this.#whenTaken = milliseconds;
  }

  #set(milliseconds: number, code: ErrorCode | undefined): void {
    this.#whenTaken = undefined;
    this.#deadline = milliseconds === 0 ? Infinity : performance.now() + milliseconds;
    this.#code = code;
  }
}
