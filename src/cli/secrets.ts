/** Fields whose values are nobody else's business: what is shown ends up in logs. Those that only look like it are among them. */
const SECRET = /^(?:(?:proxy-)?authorization|cookie|set-cookie|.*(?:key|token|secret|password).*)$/i;

/** Whether the value of a field is not to be shown. */
export function isSecretField(name: string): boolean {
  return SECRET.test(name);
}
