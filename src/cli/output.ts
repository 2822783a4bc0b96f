import { pino } from 'pino';
import { TriplineError } from '../errors.ts';

/** As it should be, not so, cannot be done as asked. */
export const EXIT_OK = 0;
export const EXIT_NOT_GOOD = 1;
export const EXIT_USAGE = 2;

export function print(line = ''): void {
  console.log(line);
}

/** The one object of a command that a script reads. */
export function printJson(value: unknown): void {
  console.log(JSON.stringify(value));
}

/** Logs go to standard error, so that standard output is what was asked for. */
export function createLogger(level: string) {
  return pino({ level }, pino.destination({ dest: 2, sync: true }));
}

/** An operating error is one clear sentence; anything else is a mistake of ours and shows where. */
export function failWith(error: unknown): void {
  if (error instanceof TriplineError) console.error(oneLine(error.message));
  else console.error(error);
  process.exitCode = error instanceof TriplineError ? EXIT_USAGE : 70;
}

/** What a parser says may go over several lines. */
export function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ');
}
