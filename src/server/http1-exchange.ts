import type { Socket } from "node:net";
import { EndedError, type ErrorCode } from "../errors.ts";
import { Exchange } from "../exchange/exchange.ts";
import type { HttpVersion } from "../exchange/request.ts";
import type { BodyFraming } from "../http1/body-framing.ts";
import type { RequestHead } from "../http1/head.ts";
import type { Sender } from "../http1/sender.ts";
import type { BodyPiece } from "../reply/piece.ts";
import type { Reply } from "../reply/reply.ts";
import type { ReplyHead } from "../reply/sink.ts";
import type { Fields, FieldsInit } from "../semantics/fields.ts";
import { listHas } from "../semantics/lists.ts";
import type { ReceivedTrailers } from "../semantics/trailers.ts";
import type { Outlet } from "../socket/outlet.ts";
import { sendPiece } from "../socket/piece-sender.ts";
import type { Remote } from "../socket/remote.ts";
import { httpDate } from "./current-date.ts";
import type { Settings } from "./options.ts";

/** What an exchange asks of its connection. */
export interface Http1ExchangeHost {
  readonly settings: Settings;
  readonly sender: Sender;
  readonly outlet: Outlet;
  readonly socket: Socket;
  readonly secure: boolean;
  readonly remote: Remote;
  /** Whether the connection may go on after this exchange. */
  readonly mayGoOn: boolean;
  /** The body of the request is wanted: read on. */
  resume(): void;
  /** The answer is complete. */
  answered(): void;
  /** The answer will not be complete: no reader may take it for complete. */
  cut(): void;
  /** Cuts the connection; whoever reads or writes is told the reason. */
  cutOff(code: ErrorCode): void;
}

/** Whether octets of a body follow the head. */
function bringsBody(framing: BodyFraming): boolean {
  return framing.kind === "length" ? framing.length > 0 : framing.kind !== "none";
}

/** One request and its answer on a connection of HTTP/1. */
export class Http1Exchange extends Exchange {
  readonly #host: Http1ExchangeHost;
  readonly #head: RequestHead;
  // Where the head begins in the output, until a piece follows it: up to then it can be taken back.
  #staged: number | undefined;
  #continueDue: boolean;

  constructor(head: RequestHead, framing: BodyFraming, host: Http1ExchangeHost) {
    super(head.method, head.target, host.settings, bringsBody(framing));
    this.#head = head;
    this.#host = host;
    this.#continueDue = head.control.expect !== undefined && head.minor === 1 && this.hasBody;
  }

  override receivedAll(trailers: ReceivedTrailers | undefined): void {
    this.#continueDue = false;
    super.receivedAll(trailers);
  }

  // What the request leans on

  override get headers(): Fields {
    return this.#head.fields;
  }

  override get httpVersion(): HttpVersion {
    return this.#head.minor === 1 ? "1.1" : "1.0";
  }

  override get authority(): string | undefined {
    return this.#head.control.host;
  }

  override get secure(): boolean {
    return this.#host.secure;
  }

  override get remote(): Remote {
    return this.#host.remote;
  }

  override wanted(): void {
    if (this.#continueDue && !this.committed && !this.isOver) this.informational(100, {});
    this.#host.resume();
  }

  override resume(): void {
    this.#host.resume();
  }

  // How the answer leaves

  protected override deliver(reply: Reply): void {
    const { outlet } = this.#host;
    outlet.hold();
    super.deliver(reply);
    outlet.release();
  }

  protected override sendInformational(status: number, fields: Fields): void {
    if (this.#head.minor === 0) return;
    if (status === 100) this.#continueDue = false;
    this.#host.sender.informational(status, fields);
    this.#host.outlet.flush();
  }

  override wantsTrailers(always: boolean): boolean {
    const { minor, control } = this.#head;
    return minor === 1 && (always || listHas(control.te, "trailers"));
  }

  protected override sendHead({ status, reason, headers, size, trailers, date }: ReplyHead): boolean {
    const { sender, outlet } = this.#host;
    const head = this.#head;
    const wanted = trailers.length > 0;
    this.#staged = outlet.total;
    sender.response(
      // Trailers need chunks, also behind a body whose size is known.
      {
        status,
        reason,
        fields: headers,
        size: wanted ? undefined : size,
        trailers: wanted ? trailers : undefined,
      },
      { method: head.method, minor: head.minor, keepAlive: this.#host.mayGoOn && !this.#continueDue },
      date === false ? undefined : httpDate(),
    );
    return sender.wantsBody;
  }

  protected override sendPiece(piece: BodyPiece): number {
    const { sender, outlet } = this.#host;
    const size = sendPiece(sender, outlet, this.backlogBytes, piece);
    this.#staged = undefined;
    return size;
  }

  protected override get hasRoom(): boolean {
    return !this.#host.outlet.full;
  }

  override flush(): void {
    this.#staged = undefined;
    this.#host.outlet.flush();
  }

  protected override whenReady(): Promise<void> {
    return this.#host.outlet.ready();
  }

  protected override whenDrained(): Promise<void> {
    return this.#host.outlet.drained();
  }

  protected override sendEnd(trailers: FieldsInit | undefined): void {
    const { sender } = this.#host;
    sender.end(sender.chunked ? trailers : undefined);
  }

  protected override answered(): void {
    this.#host.answered();
  }

  protected override cut(): void {
    this.#host.cut();
  }

  /**
   * Lets output gather until {@link Http1Exchange.release}: what has been flushed by then needs no flush at the end of the tick. The two do not
   * nest: the first release ends it.
   */
  hold(): void {
    this.#host.outlet.hold();
  }

  release(): void {
    this.#host.outlet.release();
  }

  /** The socket that everything has come by. */
  get socket(): Socket {
    return this.#host.socket;
  }

  /** Ends the connection at once. Whoever reads or writes is told the reason, `onError` is not. */
  cutOff(code: ErrorCode): void {
    this.#host.cutOff(code);
  }

  /**
   * Gives the answer up where it stands: what was written before is sent, and no reader takes it for complete. Whoever reads or writes is
   * told the reason, `onError` is not.
   */
  cutShort(code: ErrorCode): void {
    this.leave(new EndedError(code));
    this.#host.cut();
  }

  protected override takeBack(): boolean {
    const { sender, outlet } = this.#host;
    if (sender.closed) return false;
    if (!sender.inMessage) return true;
    if (this.#staged === undefined || !outlet.rollback(this.#staged)) return false;
    sender.retract();
    return true;
  }
}
