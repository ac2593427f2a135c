/**
 * Does what `<template for>` does, in browsers that don't. No feature is asked for: where the browser has applied a patch, its template
 * is not in the document, so nothing is ever applied twice.
 *
 * The markers are comments to these browsers (or, in some, processing instructions). A template is complete once something follows
 * it, so the page puts a line end behind each.
 */
export const PATCH_SCRIPT: string =
  "(d=>new MutationObserver((_,o)=>{" +
  'd.readyState<"l"&&o.disconnect();' +
  'for(let t of d.querySelectorAll("template[for]")){' +
  "let w=d.createTreeWalker(d,192),r=new Range,m,n;" +
  "while(n=w.nextNode())" +
  'n.data.endsWith(`="${t.getAttribute("for")}"`)&&(r.setEndAfter(n),m||r.setStartBefore(m=n));' +
  "m&&t.nextSibling&&(t.remove(),r.deleteContents(),r.insertNode(t.content))" +
  "}}).observe(d,{childList:1,subtree:1}))(document)";

/** The script as a Content-Security-Policy's `script-src` names it, for those who use hashes and no nonces. */
export const PATCH_SCRIPT_HASH: string = "sha256-9URYhBbL/dFuP2s4lIx/V/AhrnyJtG0J1A0YIYrEY8Q=";
