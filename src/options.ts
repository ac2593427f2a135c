import { UsageError } from "./errors.ts";

/** What an option should not be, as an error. @param wanted what it should be instead */
export function optionError(found: string, wanted?: string): UsageError {
  return new UsageError("ERR_SLUICE_OPTION", { found, wanted });
}

/** An option that is something else than what is wanted. */
export function wrongOption(name: string, value: unknown, wanted: string): UsageError {
  return optionError(`${name}: ${shown(value)}`, wanted);
}

/** What kind of value it is, as a sentence has it: `a string`, `an object`, `undefined`. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  return `${typeof value === "object" ? "an" : "a"} ${typeof value}`;
}

/** A value, as short as says what is wrong with it. */
export function shown(value: unknown): string {
  if (typeof value === "string") return `'${value}'`;
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  return typeof value === "object" && value !== null ? "an object" : `${value as number}`;
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
  if (typeof given !== "object" || given === null) throw wrongOption(what, given, "an object");
  const settled = { ...defaults };
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaults, name))
      throw optionError(`${what}.${name} is no option`, `one of ${Object.keys(defaults).join(", ")}`);
    if (value === undefined) continue;
    if (typeof value !== "number" || !(value >= 0))
      throw wrongOption(`${what}.${name}`, value, "a number that is not negative");
    Object.assign(settled, { [name]: value });
  }
  return settled;
}

/**
 * @param prefix what stands before the names, such as `limits.`
 * @param elsewhere where options belong that are not taken here, by their names
 * @throws UsageError `ERR_SLUICE_OPTION` for what is no object, and for a name that is no option
 */
export function checkNames(
  prefix: string,
  options: object,
  names: ReadonlySet<string>,
  elsewhere?: ReadonlyMap<string, string>,
): void {
  if (typeof options !== "object" || options === null)
    throw wrongOption(`${prefix}options`, options, "an object");
  // No list of the names is made: helpers of replies come here for each reply.
  for (const name in options)
    if (!names.has(name) && Object.hasOwn(options, name))
      throw optionError(
        `${prefix}${name} is no option`,
        elsewhere?.get(name) ?? `one of ${[...names].join(", ")}`,
      );
}
