import { UsageError } from "./errors.ts";

/** What an option should not be, as an error. */
export function optionError(found: string): UsageError {
  return new UsageError("ERR_SLUICE_OPTION", { found });
}

/**
 * Defaults with the caller's numbers in their places.
 * @throws UsageError `ERR_SLUICE_OPTION` for what is no number, or a negative one, and for names that are no options: a limit that is
 * misspelt would not hold
 */
export function numbers<Numbers extends object>(
  what: string,
  defaults: Numbers,
  given: Partial<Numbers> | undefined,
): Numbers {
  if (given === undefined) return defaults;
  const settled = { ...defaults };
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaults, name))
      throw optionError(`${what}.${name} is none of ${Object.keys(defaults).join(", ")}`);
    if (value === undefined) continue;
    if (typeof value !== "number" || !(value >= 0))
      throw optionError(`${what}.${name}: ${JSON.stringify(value)}`);
    Object.assign(settled, { [name]: value });
  }
  return settled;
}

/** @throws UsageError `ERR_SLUICE_OPTION` for a name that is no option */
export function checkNames(prefix: string, options: object, names: ReadonlySet<string>): void {
  if (typeof options !== "object" || options === null) throw optionError(`${prefix}options are an object`);
  for (const name of Object.keys(options))
    if (!names.has(name)) throw optionError(`${prefix}${name} is no option`);
}
