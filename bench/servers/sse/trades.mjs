// Where the events come from: the bench writes an octet to the control port for each. What it costs is the same for all peers.
import { EventEmitter } from "node:events";
import { createServer } from "node:net";
import { announce } from "../process.mjs";

const emitter = new EventEmitter();
emitter.setMaxListeners(0);

function newLink() {
  const link = {};
  link.followed = new Promise((resolve) => (link.follow = resolve));
  return link;
}

let last = newLink();
let count = 0;

function tick() {
  count += 1;
  const trade = {
    number: count,
    symbol: `SYM${(count * 7919) % 500}`,
    price: ((count * 7919) % 100_000) / 100,
    volume: (count * 104_729) % 10_000,
    venue: "XETRA",
    at: 1_795_000_000_000 + count * 1000,
  };
  const link = newLink();
  last.follow({ trade, link });
  last = link;
  emitter.emit("trade", trade);
}

/** For those who are called. Returns what ends it. */
export function onTrade(listener) {
  emitter.on("trade", listener);
  return () => emitter.off("trade", listener);
}

/** For those who ask: every trade from now on. */
export async function* trades() {
  let link = last;
  for (;;) {
    const next = await link.followed;
    yield next.trade;
    link = next.link;
  }
}

/** What those who write events by hand write. */
export const eventText = (trade) => `event: trade\nid: ${trade.number}\ndata: ${JSON.stringify(trade)}\n\n`;

export function announceWithTrades(port) {
  const control = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    socket.on("data", (octets) => {
      for (let index = 0; index < octets.length; index += 1) tick();
    });
  });
  control.listen(0, "127.0.0.1", () => announce(port, { control: control.address().port }));
}
