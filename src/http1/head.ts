import { Fields } from "../semantics/fields.ts";

/** The fields that decide about the connection, as they arrived; several lines of one are joined with `, `. */
export interface ControlFields {
  host: string | undefined;
  hosts: number;
  connection: string | undefined;
  contentLength: string | undefined;
  transferEncoding: string | undefined;
  expect: string | undefined;
  te: string | undefined;
  trailer: string | undefined;
}

/** What requests and responses have in common. */
abstract class Head {
  /** 0 for HTTP/1.0, 1 for HTTP/1.1. */
  readonly minor: 0 | 1;
  /** @internal The fields that decide about the connection, read while parsing. */
  readonly control: Readonly<ControlFields>;
  readonly #section: string;
  #fields: Fields | undefined;

  constructor(minor: 0 | 1, control: ControlFields, section: string) {
    this.minor = minor;
    this.control = control;
    this.#section = section;
  }

  /** All fields; their strings are made when this is first asked for. */
  get fields(): Fields {
    return (this.#fields ??= Fields.fromSection(this.#section));
  }
}

/** The head of a request (RFC 9112 section 3). */
export class RequestHead extends Head {
  readonly method: string;
  /** The request target as it was sent, in any of its four forms. */
  readonly target: string;

  constructor(method: string, target: string, minor: 0 | 1, control: ControlFields, section: string) {
    super(minor, control, section);
    this.method = method;
    this.target = target;
  }
}

/** The head of a response (RFC 9112 section 4). */
export class ResponseHead extends Head {
  readonly status: number;
  /** The reason phrase as it was sent; may be empty, and means nothing. */
  readonly reason: string;

  constructor(status: number, reason: string, minor: 0 | 1, control: ControlFields, section: string) {
    super(minor, control, section);
    this.status = status;
    this.reason = reason;
  }
}
