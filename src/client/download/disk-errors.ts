import { EndedError, type ErrorCode, SluiceError, UsageError } from "../../errors.ts";

const PATH_CODES: Readonly<Record<string, ErrorCode>> = {
  ENOENT: "ERR_SLUICE_DOWNLOAD_FOLDER",
  ENOTDIR: "ERR_SLUICE_DOWNLOAD_FOLDER",
  ENAMETOOLONG: "ERR_SLUICE_DOWNLOAD_FOLDER",
  EACCES: "ERR_SLUICE_DOWNLOAD_FORBIDDEN",
  EPERM: "ERR_SLUICE_DOWNLOAD_FORBIDDEN",
  EROFS: "ERR_SLUICE_DOWNLOAD_FORBIDDEN",
  EISDIR: "ERR_SLUICE_DOWNLOAD_KIND",
  ELOOP: "ERR_SLUICE_DOWNLOAD_KIND",
  ENXIO: "ERR_SLUICE_DOWNLOAD_KIND",
};

const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** Why nothing can be written at a path; what is no error of the path, such as a full disk, as {@link diskFailure} says it. */
export function pathRefusal(error: unknown): unknown {
  const { code = "" } = error as NodeJS.ErrnoException;
  return Object.hasOwn(PATH_CODES, code)
    ? new UsageError(PATH_CODES[code], { cause: error })
    : diskFailure(error);
}

/** Why a file that is open could not be written or read. */
export function diskFailure(error: unknown): unknown {
  if (error instanceof SluiceError) return error;
  const { code = "" } = error as NodeJS.ErrnoException;
  return new EndedError(FULL.has(code) ? "ERR_SLUICE_DISK_FULL" : "ERR_SLUICE_DISK", { cause: error });
}
