/** The elements of a comma-separated field value, trimmed; empty ones are kept (RFC 9110 section 5.6.1). */
export function listElements(value: string): string[] {
  return value.split(",").map((element) => element.replace(/^[\t ]+|[\t ]+$/g, ""));
}

/** Whether a list has a member, in any case, its parameters aside: `Connection`, `TE`, `Expect`. */
export function listHas(value: string | undefined, member: string): boolean {
  if (value === undefined) return false;
  if (value.length === member.length) return value.toLowerCase() === member;
  return listElements(value).some((element) => element.split(";")[0].trimEnd().toLowerCase() === member);
}
