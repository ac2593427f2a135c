import type { OptionSpec } from "../command.ts";
import { filePath, type ValueReader } from "../value-readers.ts";
import {
  type BodyOrigin,
  bodyOrigin,
  type HeaderLine,
  headerLine,
  proxyUrl,
  requestMethod,
} from "./value-readers.ts";

/** An option with a value. */
interface Valued<T> extends OptionSpec<T> {
  readonly value: ValueReader<T>;
}

/** What is sent. */
export const REQUEST_OPTIONS: {
  readonly request: Valued<string>;
  readonly header: Valued<HeaderLine> & { readonly multiple: true };
  readonly data: Valued<BodyOrigin>;
} = {
  request: { short: "X", value: requestMethod, help: "Use this method" },
  header: {
    short: "H",
    value: headerLine,
    multiple: true,
    help: "Send this header; can be given several times",
  },
  data: { short: "d", value: bodyOrigin, help: "Send text, @file, or - for stdin as the body" },
};

/** By which way, and whom to trust. */
export const CONNECTION_OPTIONS: {
  readonly insecure: Omit<OptionSpec, "value">;
  readonly cacert: Valued<string>;
  readonly proxy: Valued<string | false>;
} = {
  insecure: { short: "k", help: "Trust any certificate" },
  cacert: { value: filePath, help: "Trust the authorities in this file (PEM), and no others" },
  proxy: { value: proxyUrl, help: "Go through this proxy, or none, whatever the environment says" },
};
