import { expect, test } from "vitest";
import { targetParts } from "../../src/http1/request-target.ts";

test.each<[string, string, ReturnType<typeof targetParts>]>([
  ["GET", "/", { authority: undefined, path: "/", query: "" }],
  ["GET", "/a/b?c=d?e", { authority: undefined, path: "/a/b", query: "c=d?e" }],
  ["GET", "/?", { authority: undefined, path: "/", query: "" }],
  ["GET", "/%2e%2e/a", { authority: undefined, path: "/%2e%2e/a", query: "" }],
  ["GET", "//b/c", { authority: undefined, path: "//b/c", query: "" }],
  ["GET", "/http://b/", { authority: undefined, path: "/http://b/", query: "" }],
  ["GET", "http://b", { authority: "b", path: "/", query: "" }],
  ["GET", "http://b:80/c?d", { authority: "b:80", path: "/c", query: "d" }],
  ["GET", "HTTPS://b?d/e", { authority: "b", path: "/", query: "d/e" }],
  ["GET", "http://[::1]:80//", { authority: "[::1]:80", path: "//", query: "" }],
  ["OPTIONS", "*", { authority: undefined, path: "*", query: "" }],
  ["OPTIONS", "http://b", { authority: "b", path: "/", query: "" }],
  ["CONNECT", "b:443", { authority: "b:443", path: "", query: "" }],
])("%s %s", (method, target, parts) => {
  expect(targetParts(method, target)).toEqual(parts);
});
