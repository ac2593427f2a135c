import { EXIT, type ExitCode } from "./exit-codes.ts";

/** What {@link CommandError} can say beside its message. */
export interface CommandErrorDetails {
  /** Default: usage. */
  readonly exitCode?: ExitCode | undefined;
  /** What to do about it, as a part of a sentence. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** An end of a command that its user can do something about: printed as one line, without a stack. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;

  constructor(message: string, { exitCode = EXIT.usage, hint, cause }: CommandErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
    this.hint = hint;
  }
}
