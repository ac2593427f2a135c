import type { Request } from "sluice";

/** A whole number from the query, kept within its bounds; what is no number counts as not given. */
export function boundedNumber(
  request: Request,
  name: string,
  { min, max, otherwise }: { readonly min: number; readonly max: number; readonly otherwise: number },
): number {
  const given = request.query.get(name);
  if (given === null || !/^\d+$/.test(given)) return otherwise;
  return Math.min(Math.max(Number(given), min), max);
}
