import { ProtocolError } from "../../errors.ts";
import type { FaultRow, VerdictRow } from "../../inspect/rows.ts";
import { EXIT, type ExitCode, exitCodeOf } from "../exit-codes.ts";

/** Why this side stopped before the end. */
export type LeaveReason = "signal" | "max-time" | "max-chunks" | "client left" | "output closed";

/** What a verdict begins with then. */
export const LEAVE_WORDS: Readonly<Record<LeaveReason, string>> = {
  signal: "Interrupted by you",
  "max-time": "Stopped by --max-time",
  "max-chunks": "Stopped by --max-chunks",
  "client left": "The client left",
  "output closed": "Left",
};

/**
 * The exit code of an inspection: of what was wrong with the response, where something was; else of why it was left. The status of a
 * response is no matter: a 404 that arrives whole is a whole response.
 */
export function exitCodeOfVerdict(
  { outcome }: VerdictRow,
  fault: FaultRow | undefined,
  reason: LeaveReason | undefined,
): ExitCode {
  if (fault !== undefined) return exitCodeOf(new ProtocolError(fault.code));
  if (outcome === "complete") return EXIT.ok;
  switch (reason) {
    case "signal":
      return EXIT.interrupted;
    case "max-time":
    case "max-chunks":
    case "output closed":
      return EXIT.ok;
    default: // The client of a proxy has left, or nothing came for too long.
      return EXIT.network;
  }
}
