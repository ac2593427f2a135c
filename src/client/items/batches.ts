/** The items that have arrived together, one at least. */
export type Batches<T> = AsyncGenerator<T[], undefined>;

/** What makes items of octets, and hands them over one by one. */
export interface ItemParser {
  push(octets: Uint8Array): void;
  /** Says that nothing will follow. */
  end(): void;
}

/**
 * The items in a body, piece by piece. What was whole before an error comes before the error.
 * @param open makes a parser that hands its items to the function it is given
 */
export async function* batchesOf<T>(
  body: AsyncIterable<Uint8Array>,
  open: (take: (item: T) => void) => ItemParser,
): Batches<T> {
  let items: T[] = [];
  let failure: { readonly error: unknown } | undefined;
  const parser = open((item) => items.push(item));
  const parse = (step: () => void): boolean => {
    try {
      step();
    } catch (error) {
      failure = { error };
    }
    return items.length > 0;
  };

  for await (const piece of body) {
    if (parse(() => parser.push(piece))) {
      yield items;
      items = [];
    }
    if (failure !== undefined) throw failure.error;
  }
  if (parse(() => parser.end())) yield items;
  if (failure !== undefined) throw failure.error;
  return undefined;
}
