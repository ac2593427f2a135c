import { UsageError } from "../../errors.ts";

/** Options are an object. @throws UsageError `ERR_SLUICE_OPTION` */
export function checkOptions(helper: string, options: unknown): void {
  if (typeof options === "object" && options !== null) return;
  throw new UsageError("ERR_SLUICE_OPTION", { found: `${String(options)} as the options of ${helper}` });
}

/** @throws UsageError `ERR_SLUICE_OPTION` */
export function checkType(
  name: string,
  value: unknown,
  type: "boolean" | "string" | "function" | "object",
): void {
  if (typeof value === type) return;
  throw new UsageError("ERR_SLUICE_OPTION", { found: `${name} of the type ${typeof value}, not ${type}` });
}
