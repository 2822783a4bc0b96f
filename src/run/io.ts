import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';

/** What a run is given: its configuration, and where its words go. */
export interface RunOptions {
  config: Config;
  logger: Logger;
  /** For people; silent when a script reads. */
  print(line?: string): void;
  /** For scripts; silent when people read. */
  printJson(value: unknown): void;
  colour: boolean;
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      process.once('SIGINT', () => process.exit(130));
      resolve();
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  });
}
