import { trimOws } from "../bytes/grammar.ts";
import { quotedListElements } from "./lists.ts";
import { parseParameters, type Parameter } from "./parameters.ts";

/** An element of a list of preferences: `br;q=0.5` in Accept-Encoding, `text/*;level=1` in Accept. */
export interface Weighted {
  /** What stands before the parameters, in lower case and not checked further; never empty. */
  readonly name: string;
  /** The parameters other than the weight. */
  readonly parameters: readonly Parameter[];
  /** 0, which means not acceptable, to 1, which is also the default. */
  readonly weight: number;
}

// weight = OWS ";" OWS "q=" qvalue
// qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )
const QVALUE = /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/;

const NONE: readonly Parameter[] = [];

/**
 * The elements of a list of preferences in order (RFC 9110 section 12.4). Names, and the `q`, are read in any case, and the weight in
 * any place among the parameters (section 12.5.1). An element that breaks the grammar, has a weight that is none, or two of
 * them, is passed over: the rest still says what the peer likes.
 */
export function weightedElements(value: string): Weighted[] {
  const elements: Weighted[] = [];
  for (const element of quotedListElements(value)) {
    const weighted = readElement(element);
    if (weighted !== undefined) elements.push(weighted);
  }
  return elements;
}

function readElement(element: string): Weighted | undefined {
  const semicolon = element.indexOf(";");
  if (semicolon === -1) {
    return element === "" ? undefined : { name: element.toLowerCase(), parameters: NONE, weight: 1 };
  }
  const name = trimOws(element, 0, semicolon).toLowerCase();
  const all = parseParameters(element, semicolon);
  if (name === "" || all === undefined) return undefined;
  const weights = all.filter((parameter) => parameter.name === "q");
  if (weights.length === 0) return { name, parameters: all, weight: 1 };
  const [{ value, quoted }] = weights;
  if (weights.length > 1 || quoted || !QVALUE.test(value)) return undefined;
  const parameters = all.length === 1 ? NONE : all.filter((parameter) => parameter.name !== "q");
  return { name, parameters, weight: Number(value) };
}
