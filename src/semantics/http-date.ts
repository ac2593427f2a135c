import { UsageError } from "../errors.ts";

// The years that four digits can say: 0000-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z.
const FIRST = -62_167_219_200_000;
const LAST = 253_402_300_799_999;

/**
 * A time as IMF-fixdate, e.g. `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7).
 * @param milliseconds since 1970, rounded down to whole seconds
 * @throws UsageError `ERR_SLUICE_DATE` for what is no time in the years 0 to 9999
 */
export function formatHttpDate(milliseconds: number): string {
  if (!(milliseconds >= FIRST && milliseconds <= LAST)) {
    throw new UsageError("ERR_SLUICE_DATE", { found: String(milliseconds) });
  }
  return new Date(Math.floor(milliseconds / 1000) * 1000).toUTCString();
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTH = `(?<month>${MONTHS.join("|")})`;
const DAY_NAME = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const DAY_NAME_L = "(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)";
const TIME_OF_DAY = "(?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})";

// IMF-fixdate  = day-name "," SP 2DIGIT SP month SP 4DIGIT SP time-of-day SP GMT
const IMF_FIXDATE = new RegExp(
  `^${DAY_NAME}, (?<day>[0-9]{2}) ${MONTH} (?<year>[0-9]{4}) ${TIME_OF_DAY} GMT$`,
);
// rfc850-date  = day-name-l "," SP 2DIGIT "-" month "-" 2DIGIT SP time-of-day SP GMT
const RFC850_DATE = new RegExp(
  `^${DAY_NAME_L}, (?<day>[0-9]{2})-${MONTH}-(?<year>[0-9]{2}) ${TIME_OF_DAY} GMT$`,
);
// asctime-date = day-name SP month SP ( 2DIGIT / ( SP 1DIGIT )) SP time-of-day SP 4DIGIT
const ASCTIME_DATE = new RegExp(
  `^${DAY_NAME} ${MONTH} (?<day>[0-9]{2}| [0-9]) ${TIME_OF_DAY} (?<year>[0-9]{4})$`,
);

/**
 * The time that an HTTP-date says, in milliseconds since 1970; undefined for everything else (RFC 9110 section 5.6.7).
 *
 * All three forms are read, as the RFC demands: IMF-fixdate and the obsolete ones of RFC 850 and of asctime. The grammar is
 * case-sensitive. The date must exist; the name of the day is not compared with it, since it adds nothing. A leap second, 60,
 * is the first second of the next minute.
 */
export function parseHttpDate(text: string): number | undefined {
  const match = IMF_FIXDATE.exec(text) ?? RFC850_DATE.exec(text) ?? ASCTIME_DATE.exec(text);
  if (match === null) return undefined;
  const { year, month, day, hour, minute, second } = match.groups!;
  const [hours, minutes, seconds] = [Number(hour), Number(minute), Number(second)];
  if (hours > 23 || minutes > 59 || seconds > 60) return undefined;

  const read = (fullYear: number): number | undefined => {
    const date = new Date(0);
    // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
    date.setUTCFullYear(fullYear, MONTHS.indexOf(month), Number(day));
    if (date.getUTCDate() !== Number(day)) return undefined;
    const time = date.setUTCHours(hours, minutes, seconds);
    return time <= LAST ? time : undefined;
  };
  if (year.length === 4) return read(Number(year));

  // "MUST interpret a timestamp that appears to be more than 50 years in the future as representing the most recent year in the past
  // that had the same last two digits."
  const limit = new Date();
  const fullYear = Math.floor(limit.getUTCFullYear() / 100) * 100 + Number(year);
  limit.setUTCFullYear(limit.getUTCFullYear() + 50);
  const time = read(fullYear);
  return time !== undefined && time > limit.getTime() ? read(fullYear - 100) : time;
}
