import { describe, expect, test } from "vitest";
import { BEHAVIOURS } from "./behaviours.ts";
import type { Host } from "./host.ts";
import { perform } from "./perform.ts";

/** How long a host may take to show that it has a behaviour after all, in milliseconds. */
const PATIENCE = 500;

/** Every behaviour on every one of these hosts: those that they are said not to have must fail, so that what is said stays true. */
export function runOn(hosts: readonly Host[]): void {
  describe.each(hosts)("$name", (host) => {
    test("is said not to have only what there is", () => {
      const names = BEHAVIOURS.map(({ name }) => name);
      expect(Object.keys(host.cannot).filter((name) => !names.includes(name))).toEqual([]);
    });

    for (const behaviour of BEHAVIOURS) {
      const { name, possible = true } = behaviour;
      if (host.cannot[name] === undefined) test.skipIf(!possible)(name, () => perform(behaviour, host));
      else {
        test(`not: ${name}`, async () => {
          await expect(perform(behaviour, host, PATIENCE), "it does it now").rejects.toThrow();
        });
      }
    }
  });
}
