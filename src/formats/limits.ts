import { UsageError } from "../errors.ts";

/** Characters or octets of one item where nothing else is said: 1 MiB. */
export const ITEM_LIMIT: number = 1_048_576;

/**
 * Limits with the defaults in the places of those not given, or given as undefined: a limit is never off by accident.
 * @throws UsageError `ERR_SLUICE_OPTION` for what is no number, or a negative one
 */
export function formatLimits<Limits extends { readonly [Name in keyof Limits]: number }>(
  defaults: Limits,
  given: { readonly [Name in keyof Limits]?: number | undefined },
): Limits {
  const limits = { ...defaults };
  for (const name of Object.keys(defaults) as (keyof Limits & string)[]) {
    const value: number = given[name] ?? defaults[name];
    if (!(typeof value === "number" && value >= 0)) {
      throw new UsageError("ERR_SLUICE_OPTION", { found: `${name}: ${String(value)}` });
    }
    Object.assign(limits, { [name]: value });
  }
  return limits;
}
