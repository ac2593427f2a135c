/** The names of the error codes, each at the place of its number (RFC 9113 section 7). */
export const CODE_NAMES = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
] as const;

/** Why a stream is reset, or a connection ended (RFC 9113 section 7). */
export const CODES: Readonly<Record<(typeof CODE_NAMES)[number], number>> = Object.fromEntries(
  CODE_NAMES.map((name, code) => [name, code]),
) as Record<(typeof CODE_NAMES)[number], number>;

/** A flag of HEADERS and DATA: nothing of the message follows (RFC 9113 section 6.2). */
export const END_STREAM = 0x1;
