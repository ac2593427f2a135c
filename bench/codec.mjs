// Decoding and encoding of chunked bodies inside one process; prints its samples as JSON. `node bench/run.mjs --only
// codec` runs it pinned and makes tables of them.
import { measureDecoding } from "./codecs/decode.mjs";
import { loadDecoders } from "./codecs/decoders.mjs";
import { measureEncoding } from "./codecs/encode.mjs";
import { loadEncoders } from "./codecs/encoders.mjs";

const CHUNK_SIZES = [1, 16, 64, 256, 1024, 16_384];

const [rounds = 5, milliseconds = 200] = process.argv.slice(2).map(Number);
const effort = { rounds, milliseconds };
const { decoders, notes: decoderNotes } = await loadDecoders();
const { encoders, notes: encoderNotes } = await loadEncoders();

const decode = CHUNK_SIZES.flatMap((chunkSize) => measureDecoding(decoders, chunkSize, effort));
const encode = CHUNK_SIZES.flatMap((chunkSize) => measureEncoding(encoders, chunkSize, effort));
console.log(JSON.stringify({ decode, encode, notes: [...decoderNotes, ...encoderNotes] }));
