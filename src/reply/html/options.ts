import { UsageError } from "../../errors.ts";
import { checkNames } from "../../options.ts";

/** Options are an object, and have no other names. @throws UsageError `ERR_SLUICE_OPTION` */
export function checkOptions(
  helper: string,
  options: object,
  names: ReadonlySet<string>,
  elsewhere?: ReadonlyMap<string, string>,
): void {
  if (typeof options !== "object" || options === null)
    throw new UsageError("ERR_SLUICE_OPTION", { found: `${String(options)} as the options of ${helper}` });
  checkNames("", options, names, elsewhere);
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
