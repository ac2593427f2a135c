export function* rows(count) {
  for (let id = 1; id <= count; id += 1) {
    yield { id, name: `customer ${id}`, city: "Lübeck", score: (id % 1000) / 10, active: id % 3 !== 0 };
  }
}

export async function* asyncRows(count) {
  for (const row of rows(count)) yield row;
}

/** The path names the kind of the source, and its query the number of rows. */
export function sourceOf(target) {
  const [path, query] = target.split("?");
  const count = Number(new URLSearchParams(query).get("rows"));
  return path === "/async" ? asyncRows(count) : rows(count);
}
