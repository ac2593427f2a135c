// What of the options of an archive is the archive's, and what the reply's.

import { describe, expect, test } from "vitest";
import { tar, tarFolder } from "../../../src/files/archives/tar.ts";
import { zip, zipFolder } from "../../../src/files/archives/zip.ts";
import type { Resource } from "../../../src/reply/resource.ts";
import { requestFor } from "../file-fixtures.ts";
import { freshFolder } from "./archive-support.ts";

const ENTRIES = [{ name: "a", source: "a" }];
const REPLY = { headers: { "X-Own": "1" }, status: 203, compress: false, timing: true } as const;
const ZIP = { store: true, level: 9, comment: "c", modified: 0 };
const FOLDER = { symlinks: "store", filter: () => true } as const;

test.each<[string, () => Resource]>([
  ["zip", () => zip(ENTRIES, { ...REPLY, ...ZIP })],
  ["zipFolder", () => zipFolder(freshFolder(), { ...REPLY, ...ZIP, ...FOLDER })],
  ["tar", () => tar(ENTRIES, { ...REPLY, modified: 0 })],
  ["tarFolder", () => tarFolder(freshFolder(), { ...REPLY, ...FOLDER, modified: 0 })],
])("%s gives the reply its own options alone", async (_, make) => {
  const reply = await make().respond(requestFor("/"));
  expect(reply).toMatchObject({ status: 203, compress: false, timing: true });
  const names = ["status", "headers", "body", "compress", "timing"];
  expect(Object.keys(reply).filter((name) => !names.includes(name))).toEqual([]);
});

describe("an option that is none is refused", () => {
  const refused = expect.objectContaining({ name: "UsageError", code: "ERR_SLUICE_OPTION" }) as Error;
  test.each<[string, (options: never) => Resource]>([
    ["zip", (options) => zip(ENTRIES, options)],
    ["zipFolder", (options) => zipFolder("/", options)],
    ["tar", (options) => tar(ENTRIES, options)],
    ["tarFolder", (options) => tarFolder("/", options)],
  ])("%s", (_, make) => {
    expect(() => make({ stroe: true } as never)).toThrow(refused);
    expect(() => make({ stroe: undefined } as never)).toThrow('found "stroe is no option"');
  });

  test("what is one elsewhere, too", () => {
    expect(() => zip(ENTRIES, { filter: () => true } as never)).toThrow(refused);
    expect(() => tar(ENTRIES, { store: true } as never)).toThrow(refused);
    expect(() => tarFolder("/", { level: 1 } as never)).toThrow(refused);
  });

  test("values that make no sense, before anybody asks for the archive", () => {
    for (const make of [zipFolder, tarFolder]) {
      for (const options of [{ symlinks: "follow" }, { filter: "*.txt" }])
        expect(() => make("/", options as never)).toThrow(refused);
      expect(() => make("/", { modified: Number.NaN })).toThrow(
        expect.objectContaining({ code: "ERR_SLUICE_ARCHIVE_ENTRY" }),
      );
    }
    expect(() => zipFolder("/", { level: 10 })).toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_ARCHIVE_ENTRY" }),
    );
  });
});
