import { describe } from 'vitest';
import { testLeading } from './contract/leading.ts';
import { testReading } from './contract/reading.ts';
import { testRetention } from './contract/retention.ts';
import { testState } from './contract/state.ts';
import { testSubscribing } from './contract/subscribing.ts';
import { testTicks } from './contract/ticks.ts';
import { type LogTraits, type OpenLogForTest, prepare } from './contract/under-test.ts';
import { testWriting } from './contract/writing.ts';

export type { LogUnderTest, OpenLogForTest } from './contract/under-test.ts';

/** Registers the tests that every implementation of the log passes: what log.ts promises, and no more. */
export function testLog(
  name: string,
  open: OpenLogForTest,
  traits: LogTraits = { dense: true, keepsHouse: true },
): void {
  describe(`log contract: ${name}`, () => {
    const opened = prepare(open);
    describe('writing', () => testWriting(opened, traits));
    describe('reading', () => testReading(opened));
    describe('state', () => testState(opened));
    describe('subscribing', () => testSubscribing(opened, traits));
    describe('leading', () => testLeading(opened));
    describe('ticks', () => testTicks(opened));
    describe.runIf(traits.keepsHouse)('retention', () => testRetention(opened));
  });
}
