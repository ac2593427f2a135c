// A bare fetch-style function on this server: any framework that has one runs like this.
import { serve } from "sluice";
import { fromFetch } from "sluice/fetch";

async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (request.method === "POST") return Response.json({ length: (await request.text()).length });
  if (pathname === "/") return new Response("POST something\n");
  return new Response("There is nothing\n", { status: 404 });
}

const server = await serve({ host: "127.0.0.1" }, fromFetch(answer));

console.log(`curl -d water ${server.url.href}`);
