import { describe, expect, it } from 'vitest';
import { DetectConfig, type Prepared, prepareDetectors } from './config.ts';
import { busy, event, FIXTURES } from './fixtures.ts';

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

describe('options for some tenants and agents', () => {
  const uses = { ...busy, id: 'uses', key: 'credential' as const } as unknown as (typeof FIXTURES)[number];
  const variants = (list: object[], section: object = {}, detectors = FIXTURES) =>
    prepareDetectors(detectors, DetectConfig.parse({ detectors: { busy: { ...section, variants: list } } }).detectors);
  /** Which of the prepared takes an event of this agent, by its errors_max. */
  const taken = (prepared: Prepared[], agent_id: string, tenant = 'acme') =>
    prepared
      .filter(({ detector, takes }) => detector.id === 'busy' && takes?.(event({ agent_id, tenant })))
      .map(({ config }) => (config as { errors_max: number }).errors_max);

  it('hold for whom they are named, the first that fits, and the others for the rest', () => {
    const prepared = variants([
      { agents: ['ci-*'], tenants: ['acme'], config: { errors_max: 5 } },
      { agents: ['ci-1', 'bot'], config: { errors_max: 7 } },
    ]);
    expect(taken(prepared, 'ci-1')).toEqual([5]);
    expect(taken(prepared, 'ci-1', 'other')).toEqual([7]);
    expect(taken(prepared, 'bot')).toEqual([7]);
    expect(taken(prepared, 'person')).toEqual([2]);
  });

  it('are laid over those of the detector, and make another version and another state', () => {
    const [base, variant] = variants([{ agents: ['ci-*'] }], { config: { errors_max: 9 } });
    expect([base!.config, variant!.config]).toEqual([{ errors_max: 9 }, { errors_max: 9 }]);
    expect(variant!.version).toBe(base!.version);
    expect(variant!.name).toMatch(/^busy:[0-9a-f]{8}$/);
  });

  it('can switch the detector off for some, or on for some only', () => {
    const none = variants([{ agents: ['ci-*'], enabled: false }]);
    expect([taken(none, 'ci-1'), taken(none, 'bot')]).toEqual([[], [2]]);
    const only = variants([{ agents: ['ci-*'] }], { enabled: false });
    expect([taken(only, 'ci-1'), taken(only, 'bot')]).toEqual([[2], []]);
  });

  it('are refused with their place', () => {
    expect(() => variants([{}, { config: { errors_max: 'x' } }])).toThrow('an earlier one is for the same');
    expect(() => variants([{ tenants: ['a'], config: { errors_max: 'x' } }])).toThrow('busy (variants.0)');
    const byAgent = { uses: { variants: [{ agents: ['a'] }] } };
    expect(() => prepareDetectors([uses], DetectConfig.parse({ detectors: byAgent }).detectors)).toThrow(
      'detector uses, variants.0: agents: ',
    );
  });
});
