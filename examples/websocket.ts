// WebSocket by ws, on the port that also answers HTTP.
import { serve, text } from "sluice";
import { incomingOf } from "sluice/node-http";
import { WebSocketServer } from "ws";

const sockets = new WebSocketServer({ noServer: true });

const server = await serve(
  {
    host: "127.0.0.1",
    upgrade(request, socket, first) {
      // ws wants a request of node:http.
      sockets.handleUpgrade(incomingOf(request, socket), socket, first, (chat) => {
        chat.send(`You are at ${request.path}`);
        chat.on("message", (message: Buffer) => chat.send(`You said ${message.toString()}`));
      });
    },
  },
  () => text("Speak WebSocket to me\n"),
);

console.log(`curl ${server.url.href}`);
console.log(`npx wscat -c ${server.url.href.replace("http", "ws")}chat`);
