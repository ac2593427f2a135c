import { html, page, serve, slot } from "../../../dist/index.js";
import { announce } from "../process.mjs";
import { requestSlots } from "./slots.mjs";

const row = ({ id, name, price }) =>
  html`<li class="row" id="${`row-${id}`}"><b>${name}</b> costs <i>${price}</i></li>`;

const list = ({ title, rows }) => html`<div class="list"><h2>${title}</h2><ul>${rows.map(row)}</ul></div>`;

const PLACEHOLDER = html`<p>Loading…</p>`;
const section = (wait) => html`<section>${slot(wait.then(list), { placeholder: PLACEHOLDER })}</section>`;

const shell = (slots) =>
  html`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title></head><body><h1>Departments</h1><main>${slots.map(section)}</main></body></html>`;

const server = await serve({ port: 0, host: "127.0.0.1" }, () => page(shell(requestSlots())));
announce(Number(server.url.port));
