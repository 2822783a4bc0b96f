/** Epoch ms of an ISO 8601 text with Z or an offset; NaN where it is none. */
export function parseTime(text: string): number {
  const plain = plainTime(text);
  return Number.isNaN(plain) ? Date.parse(text) : plain;
}

const LENGTH = '2026-01-01T00:00:00.000Z'.length;
const DAY_MS = 86_400_000;
let day = -1;
let day_ms = Number.NaN;

/** The same for the form that nearly every text has, `2026-01-28T23:59:59.999Z`, in a fifth of the time; NaN for any other, and for days past the 28th. */
export function plainTime(text: string): number {
  if (text.length !== LENGTH || text.charCodeAt(23) !== 0x5a) return Number.NaN;
  const marks =
    text.charCodeAt(4) === 0x2d &&
    text.charCodeAt(7) === 0x2d &&
    text.charCodeAt(10) === 0x54 &&
    text.charCodeAt(13) === 0x3a &&
    text.charCodeAt(16) === 0x3a &&
    text.charCodeAt(19) === 0x2e;
  const date = two(text, 0) * 1_000_000 + two(text, 2) * 10_000 + two(text, 5) * 100 + two(text, 8);
  const hour = two(text, 11);
  const minute = two(text, 14);
  const second = two(text, 17);
  const ms = two(text, 20) * 10 + digit(text, 22);
  if (!marks || !(hour < 24 && minute < 60 && second < 60 && ms >= 0)) return Number.NaN;
  if (date !== day) {
    day_ms = startOf(date);
    day = date;
  }
  return day_ms + hour * 3_600_000 + minute * 60_000 + second * 1000 + ms;
}

function startOf(date: number): number {
  const month = Math.floor(date / 100) % 100;
  if (!(date >= 0 && month >= 1 && month <= 12 && date % 100 >= 1)) return Number.NaN;
  const first = Date.parse(
    `${String(Math.floor(date / 100))
      .padStart(6, '0')
      .replace(/..$/, '-$&')}-01T00:00:00.000Z`,
  );
  return date % 100 > 28 ? Number.NaN : first + ((date % 100) - 1) * DAY_MS;
}

function two(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1);
}

function digit(text: string, at: number): number {
  const code = text.charCodeAt(at) - 0x30;
  return code >= 0 && code <= 9 ? code : Number.NaN;
}
