import { expect, test } from "vitest";
import { targetParts } from "../../src/http1/request-target.ts";

test.each<[string, string, ReturnType<typeof targetParts>]>([
  ["GET", "/", { scheme: undefined, authority: undefined, path: "/", query: "" }],
  ["GET", "/a/b?c=d?e", { scheme: undefined, authority: undefined, path: "/a/b", query: "c=d?e" }],
  ["GET", "/?", { scheme: undefined, authority: undefined, path: "/", query: "" }],
  ["GET", "/%2e%2e/a", { scheme: undefined, authority: undefined, path: "/%2e%2e/a", query: "" }],
  ["GET", "//b/c", { scheme: undefined, authority: undefined, path: "//b/c", query: "" }],
  ["GET", "/http://b/", { scheme: undefined, authority: undefined, path: "/http://b/", query: "" }],
  ["GET", "http://b", { scheme: "http", authority: "b", path: "/", query: "" }],
  ["GET", "http://b:80/c?d", { scheme: "http", authority: "b:80", path: "/c", query: "d" }],
  ["GET", "HTTPS://b?d/e", { scheme: "https", authority: "b", path: "/", query: "d/e" }],
  ["GET", "http://[::1]:80//", { scheme: "http", authority: "[::1]:80", path: "//", query: "" }],
  ["OPTIONS", "*", { scheme: undefined, authority: undefined, path: "*", query: "" }],
  ["OPTIONS", "http://b", { scheme: "http", authority: "b", path: "/", query: "" }],
  ["CONNECT", "b:443", { scheme: undefined, authority: "b:443", path: "", query: "" }],
])("%s %s", (method, target, parts) => {
  expect(targetParts(method, target)).toEqual(parts);
});
