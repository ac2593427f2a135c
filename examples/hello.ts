// The smallest server: a reply is a value.
import { serve, text } from "sluice";

const server = await serve({ host: "127.0.0.1" }, () => text("Hello\n"));

console.log(`curl ${server.url.href}`);
