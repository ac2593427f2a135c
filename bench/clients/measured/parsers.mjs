// What is put behind a client that has no parser of its own: the fastest of what is usual.
import { StringDecoder } from "node:string_decoder";
import { createParser } from "eventsource-parser";

/** Takes a body's bytes and hands on the data of each event. */
export function eventReader(onEvent) {
  const decoder = new StringDecoder();
  const parser = createParser({ onEvent: ({ data }) => onEvent(data) });
  return (bytes) => parser.feed(decoder.write(bytes));
}

/** Takes a body's bytes and hands on the value of each line. */
export function rowReader(onRow) {
  const decoder = new StringDecoder();
  let rest = "";
  return (bytes) => {
    const lines = (rest + decoder.write(bytes)).split("\n");
    rest = lines.pop();
    for (const line of lines) onRow(JSON.parse(line));
  };
}
