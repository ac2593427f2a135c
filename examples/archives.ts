// Archives that nobody has made before they are asked for.
import { serve, tar, zip, zipFolder } from "sluice";

/** Its entries come one by one, of sizes that nobody knows. */
const report = () =>
  zip(
    (async function* () {
      for (const year of [2024, 2025, 2026]) yield { name: `levels/${year}.csv`, source: () => levels(year) };
    })(),
  );

async function* levels(year: number) {
  for (let day = 1; day <= 365; day++) yield `${year},${day},${(2 + Math.sin(day / 58)).toFixed(2)}\n`;
}

const server = await serve({ host: "127.0.0.1" }, ({ path }) => {
  if (path === "/report.zip") return report();
  if (path === "/docs.tar") return tar([{ name: "README", source: "Read me first.\n" }]);
  // Stored, not compressed: its size is known, any range of it can be asked for, and a download can go on where it was cut.
  return zipFolder("docs", { store: true });
});

console.log(`curl -o report.zip ${server.url.href}report.zip`);
console.log(`curl ${server.url.href}docs.tar | tar -xO`);
console.log(`curl -o docs.zip -C - ${server.url.href}docs.zip`);
