import { readAll, READERS } from "./reader.ts";

await readAll(READERS[process.argv[2]]);
