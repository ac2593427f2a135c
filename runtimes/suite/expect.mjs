// What the tests demand, without node:assert: the same files run in a browser and in workerd.

/** Both say the same: values are compared by what they hold, bytes by their octets, keys and members of sets in any order. */
export function equal(found, expected) {
  const [one, other] = [show(found), show(expected)];
  if (one !== other) throw new Error(`expected ${shortened(other)}, found ${shortened(one)}`);
}

export function ok(value, what) {
  if (!value) throw new Error(`expected ${what}`);
}

/** The error that something throws, or rejects with. */
export async function failure(act) {
  let value;
  try {
    value = await (typeof act === "function" ? act() : act);
  } catch (error) {
    return error;
  }
  throw new Error(`expected an error, found ${shortened(show(value))}`);
}

/** The code of the error that something throws, or rejects with. */
export async function codeOf(act) {
  const error = await failure(act);
  if (error?.code === undefined) throw error;
  return error.code;
}

function show(value) {
  return JSON.stringify(value, (_key, part) => {
    if (part === undefined || typeof part === "bigint" || Number.isNaN(part)) return `<${part}>`;
    if (part instanceof Uint8Array) return `<${Array.from(part, (octet) => octet.toString(16)).join(" ")}>`;
    if (part instanceof Set) return [...part].map(show).toSorted(inOrder);
    if (part === null || typeof part !== "object" || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).toSorted(([one], [other]) => inOrder(one, other)));
  });
}

function inOrder(one, other) {
  return one < other ? -1 : 1;
}

function shortened(text) {
  return text.length > 1_000 ? `${text.slice(0, 500)} … ${text.slice(-400)}` : text;
}
