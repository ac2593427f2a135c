#!/usr/bin/env node
import { processIo } from "./io.ts";
import { main, reportCrash } from "./program.ts";

const args = process.argv.slice(2);
const io = processIo();
process.once("uncaughtException", (error) => process.exit(reportCrash(error, args, io)));
process.exitCode = await main(args, io);
