import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Fields } from "../../src/semantics/fields.ts";

/** What is done to fields, and to web headers in the same way. */
type Step =
  | { readonly kind: "append" | "set"; readonly name: string; readonly value: string }
  | { readonly kind: "delete"; readonly name: string };

// Few names in several spellings, so that steps meet.
const name = fc.constantFrom("a", "A", "b-c", "B-C", "b_c", "Set-Cookie", "__proto__");
// Web headers take the white space around a value away at once, fields when they are read from the wire.
const value = fc
  .string({ unit: fc.constantFrom("a", "b", ",", " ", "\t", ":", "\xe9", "\xff") })
  .map((text) => text.replace(/^[ \t]+|[ \t]+$/g, ""));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom("append" as const, "set" as const), name, value }),
  fc.record({ kind: fc.constant("delete" as const), name }),
);

test("fields say what web headers say after the same steps", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const fields = new Fields();
      const headers = new Headers();
      for (const each of steps) {
        if (each.kind === "delete") {
          fields.delete(each.name);
          headers.delete(each.name);
        } else {
          fields[each.kind](each.name, each.value);
          headers[each.kind](each.name, each.value);
        }
      }
      for (const asked of ["A", "b-C", "b_c", "set-cookie", "__PROTO__", "none"]) {
        expect(fields.get(asked)).toBe(headers.get(asked) ?? undefined);
        expect(fields.has(asked)).toBe(headers.has(asked));
      }
      expect(fields.getAll("set-cookie")).toEqual(headers.getSetCookie());
      expect([...new Headers([...fields])]).toEqual([...headers]);
    }),
  );
});
