import type { PGlite } from "@electric-sql/pglite";

/** One row of the report. */
export interface Reading extends Record<string, unknown> {
  readonly id: number;
  readonly taken: Date;
  readonly station: string;
  readonly level_m: number;
  readonly flow_m3s: number;
}

/** How many rows the table has. */
export const READINGS = 5000;

/** A year or so of five stations; the level has its tides, the flow follows the level. */
const SEED = `
  CREATE TABLE readings (
    id integer PRIMARY KEY,
    taken timestamptz NOT NULL,
    station text NOT NULL,
    level_m float8 NOT NULL,
    flow_m3s float8 NOT NULL
  );
  INSERT INTO readings
  SELECT
    n,
    timestamptz '2026-01-01 00:00Z' + n * interval '105 minutes',
    (ARRAY['Upper basin', 'Weir', 'Old mill', 'Ferry', 'Port Sluice'])[1 + n % 5],
    round((2 + sin(n / 7.0) + 0.4 * sin(n / 61.0))::numeric, 2),
    round((40 + 12 * sin(n / 7.0 - 0.6))::numeric, 1)
  FROM generate_series(1, ${READINGS}) AS n;
  ANALYZE readings;
`;

let opened: Promise<PGlite> | undefined;
let cursors = 0;

/**
 * A real Postgres inside of this process, made and filled when it is asked for first. It has one session, so the cursors of all readers
 * live side by side in one transaction, which only reads and never ends.
 */
function database(): Promise<PGlite> {
  opened ??= (async () => {
    const { PGlite } = await import("@electric-sql/pglite");
    const made = await PGlite.create();
    await made.exec(`${SEED} BEGIN READ ONLY;`);
    return made;
  })();
  // It is tried again where it failed.
  opened.catch(() => (opened = undefined));
  return opened;
}

/**
 * Rows of a cursor, fetched in batches. Postgres computes what is fetched and nothing beyond it, so it works as fast as the reader
 * reads; the cursor is closed when the reader is done, or leaves.
 * @param rows how many; the table is read over and over where it has fewer
 * @param onBatch is told how many rows have been fetched so far, and can hold up the next batch
 */
export async function* readings(
  rows: number,
  batch: number,
  onBatch: (fetched: number) => void | Promise<void>,
): AsyncGenerator<Reading, void> {
  const sql = await database();
  const cursor = `report_${++cursors}`;
  await sql.query(
    `DECLARE ${cursor} NO SCROLL CURSOR FOR
       SELECT readings.* FROM generate_series(1, ${Math.ceil(rows / READINGS)}) AS again CROSS JOIN readings`,
  );
  try {
    let fetched = 0;
    while (fetched < rows) {
      const found = await sql.query<Reading>(`FETCH ${Math.min(batch, rows - fetched)} FROM ${cursor}`);
      if (found.rows.length === 0) return;
      fetched += found.rows.length;
      yield* found.rows;
      await onBatch(fetched);
    }
  } finally {
    await sql.query(`CLOSE ${cursor}`);
  }
}
