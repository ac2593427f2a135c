import { type Html, html } from "sluice";

/**
 * How every page begins, those in the frames of the index too. It is no html template, because formatters close what is open in
 * one, and here the rest may take its time.
 */
export function pageStart(title: string, kind: "index" | "frame" | "frame tail"): Html {
  return html.raw(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="/gate.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
</head>
<body class="${kind}">
`);
}
