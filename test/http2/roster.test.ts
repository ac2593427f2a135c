import { expect, test } from "vitest";
import { Roster } from "../../src/http2/roster.ts";

const member = (name: string) => ({ name, place: -1 });

test("whoever leaves, the others stay, each in a place of its own", () => {
  const roster = new Roster<ReturnType<typeof member>>();
  const [a, b, c, d] = ["a", "b", "c", "d"].map(member);
  for (const each of [a, b, c, d]) roster.add(each);
  roster.delete(b);
  roster.delete(d);
  roster.add(b);
  roster.delete(a);
  expect(roster.size).toBe(2);
  expect(new Set(roster.all())).toEqual(new Set([b, c]));
  for (const each of roster.all()) expect(roster.all()[each.place]).toBe(each);
  roster.delete(a);
  expect(roster.size).toBe(2);
  roster.delete(c);
  roster.delete(b);
  expect([roster.size, roster.all()]).toEqual([0, []]);
});

test("those who leave while all are asked don't keep anybody from being asked", () => {
  const roster = new Roster<ReturnType<typeof member>>();
  for (const name of "abcde") roster.add(member(name));
  const asked: string[] = [];
  for (const each of roster.all()) {
    asked.push(each.name);
    roster.delete(each);
  }
  expect(asked.toSorted().join("")).toBe("abcde");
});
