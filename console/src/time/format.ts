export type Zone = 'utc' | 'local';

const two = (n: number) => String(n).padStart(2, '0');

function partsOf(at: Date, zone: Zone) {
  return zone === 'utc'
    ? {
        year: at.getUTCFullYear(),
        month: at.getUTCMonth() + 1,
        day: at.getUTCDate(),
        hour: at.getUTCHours(),
        minute: at.getUTCMinutes(),
        second: at.getUTCSeconds(),
        ms: at.getUTCMilliseconds(),
      }
    : {
        year: at.getFullYear(),
        month: at.getMonth() + 1,
        day: at.getDate(),
        hour: at.getHours(),
        minute: at.getMinutes(),
        second: at.getSeconds(),
        ms: at.getMilliseconds(),
      };
}

/** Time of day; Z says that it is UTC. */
export function clock(at: number | string, zone: Zone, with_ms = false): string {
  const { hour, minute, second, ms } = partsOf(new Date(at), zone);
  const fraction = with_ms ? `.${String(ms).padStart(3, '0')}` : '';
  return `${two(hour)}:${two(minute)}:${two(second)}${fraction}${zone === 'utc' ? 'Z' : ''}`;
}

export function day(at: number | string, zone: Zone): string {
  const { year, month, day: date } = partsOf(new Date(at), zone);
  return `${year}-${two(month)}-${two(date)}`;
}

/** Time of day where it is the day of `now`, and the day too where not. */
export function moment(at: number | string, zone: Zone, now: number): string {
  return day(at, zone) === day(now, zone) ? clock(at, zone) : `${day(at, zone)} ${clock(at, zone)}`;
}

/** What an axis says at a place, fine enough for its step. */
export function tick(at: number, step_ms: number, zone: Zone): string {
  const { hour, minute, second, ms, month, day: date } = partsOf(new Date(at), zone);
  if (step_ms >= 86_400_000) return `${two(month)}-${two(date)}`;
  if (step_ms >= 60_000) return `${two(hour)}:${two(minute)}`;
  if (step_ms >= 1000) return `${two(hour)}:${two(minute)}:${two(second)}`;
  return `${two(minute)}:${two(second)}.${String(ms).padStart(3, '0')}`;
}

/** As a time input has it. */
export function inputValue(at: number, zone: Zone): string {
  return `${day(at, zone)}T${clock(at, zone).replace('Z', '')}`;
}

/** 42 ms, 1.3 s, 5 min, 3 h, 2 d. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  const size = Math.abs(ms);
  if (size < 1000) return `${Math.round(ms)} ms`;
  if (size < 60_000) return `${trim(ms / 1000)} s`;
  if (size < 3_600_000) return `${trim(ms / 60_000)} min`;
  if (size < 86_400_000) return `${trim(ms / 3_600_000)} h`;
  return `${trim(ms / 86_400_000)} d`;
}

function trim(value: number): string {
  return Math.abs(value) < 10 ? String(Math.round(value * 10) / 10) : String(Math.round(value));
}

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Epoch ms of `now-24h`, `now` or an ISO 8601 time; undefined for anything else. */
export function resolveTime(text: string, now: number): number | undefined {
  const relative = /^now(?:-(\d{1,6})([smhd]))?$/.exec(text);
  if (relative) return now - Number(relative[1] ?? 0) * (UNITS[relative[2] ?? 's'] ?? 0);
  if (!/^\d{4}-\d\d-\d\dT/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
