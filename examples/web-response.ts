// A handler may return a web Response, here one whose body passes through a web stream.
import { serve } from "sluice";

const server = await serve({ host: "127.0.0.1" }, () => {
  const numbers = new ReadableStream<string>({
    start(controller) {
      for (let number = 1; number <= 1000; number++) controller.enqueue(`${number}\n`);
      controller.close();
    },
  });
  const zipped = numbers.pipeThrough(new TextEncoderStream()).pipeThrough(new CompressionStream("gzip"));
  return new Response(zipped, { headers: { "Content-Type": "text/plain", "Content-Encoding": "gzip" } });
});

console.log(`curl --compressed ${server.url.href}`);
