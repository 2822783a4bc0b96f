import { describe, expect, it } from 'vitest';
import { DetectConfig, prepareDetectors } from './config.ts';
import { FIXTURES } from './fixtures.ts';

const prepare = (detectors: unknown) => prepareDetectors(FIXTURES, DetectConfig.parse({ detectors }).detectors);

describe('configuration of detectors', () => {
  it('runs every detector with its defaults when nothing is said', () => {
    expect(
      prepareDetectors(FIXTURES, DetectConfig.parse(undefined).detectors).map(({ detector, config }) => [
        detector.id,
        config,
      ]),
    ).toEqual([
      ['busy', { errors_max: 2 }],
      ['spread', {}],
      ['stuck', {}],
    ]);
  });

  it('leaves out what is not enabled', () => {
    expect(prepare({ spread: { enabled: false } }).map(({ detector }) => detector.id)).toEqual(['busy', 'stuck']);
  });

  it('names the known ids when an id is unknown', () => {
    expect(() => prepare({ bussy: {} })).toThrow('There is no detector "bussy": expected one of busy, spread, stuck');
    expect(() => prepare(JSON.parse('{"constructor": {}}'))).toThrow('There is no detector "constructor"');
  });

  it('says which option of which detector is wrong', () => {
    expect(() => prepare({ busy: { config: { errors_max: 'many' } } })).toThrow(
      /detector busy cannot be used: errors_max: /,
    );
    expect(() => prepare({ busy: { config: { error_max: 3 } } })).toThrow(/detector busy cannot be used: .*error_max/);
  });

  it('makes the configuration part of the version, however its options are ordered', () => {
    const version = (config: object) => prepare({ busy: { config } })[0]!.version;
    expect(version({})).toBe(version({ errors_max: 2 }));
    expect(version({})).not.toBe(version({ errors_max: 3 }));
    expect(version({})).toMatch(/^1-[0-9a-f]{8}$/);
  });
});
