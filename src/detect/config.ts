import * as z from 'zod';
import { TriplineError } from '../errors.ts';
import type { AgentEvent } from '../event/event.ts';
import { BlindSpotConfig } from './blind-spot.ts';
import { digestOf } from './canonical.ts';
import type { Detector } from './detector.ts';
import { checkVariants, chooser, nameOf, VariantConfig } from './variants.ts';

const ms = (min = 1) => z.int().min(min).max(Number.MAX_SAFE_INTEGER);
const count = z.int().min(1);

export const DetectConfig = z
  .strictObject({
    lateness_max_ms: ms(0)
      .default(600_000)
      .describe("How far an event may lie behind its producer's newest event before detectors no longer see it"),
    skew_max_ms: ms(0)
      .default(60_000)
      .describe("How far an event may lie ahead of the log's clock before it is clamped; not less than at the door"),
    keys_max: count.default(100_000).describe('Keys that an operator of a detector holds at most, on each partition'),
    producers_max: count.default(10_000).describe('Producers whose newest event time is known, on each partition'),
    live_evictions_max: count
      .default(1_000)
      .describe('Keys that an operator may evict per minute while they still matter, before that is an alert'),
    under_alert_ms: ms()
      .default(86_400_000)
      .describe('How long after an alert on a session detectors that learn from behaviour do not learn from it'),
    blind_spot: BlindSpotConfig.describe('When a producer that fell silent is a finding'),
    snapshot_ms: ms().default(2_000).describe('How often changed state is written to the log'),
    snapshot_events: count
      .default(10_000)
      .describe('Events after which changed state is written to the log in any case'),
    slice_ms: ms().default(5).describe('How long frames are handled in one go before other work gets a turn'),
    failing_ms: ms().default(900_000).describe('How long health stays red after a detector threw'),
    detectors: z
      .record(
        z.string(),
        z.strictObject({
          enabled: z.boolean().default(true).describe('Whether it runs'),
          config: z.unknown().optional().describe("The detector's own options"),
          variants: z
            .array(VariantConfig)
            .max(100)
            .default([])
            .describe('Other options for some tenants or agents; the first that fits an event holds'),
        }),
      )
      .default({})
      .describe('By detector id; a change takes effect while Tripline runs'),
  })
  .prefault({});
export type DetectConfig = z.output<typeof DetectConfig>;

/** A detector with one parsed configuration. */
export interface Prepared {
  detector: Detector;
  config: unknown;
  /** Version of the detector and its configuration: part of every alert id and of the name of its state. */
  version: string;
  /** The detector's id, and whom it is for where that is not everybody: names its state. */
  name: string;
  /** Which events it is for; all where absent. */
  takes?: (event: AgentEvent) => boolean;
}

/**
 * The enabled detectors with their configurations: one for each variant, and one for what no variant takes.
 * @throws TriplineError TRIPLINE_CONFIG_INVALID for an unknown id or an option that its detector refuses
 */
export function prepareDetectors(detectors: readonly Detector[], sections: DetectConfig['detectors']): Prepared[] {
  const byId = new Map(Object.entries(sections));
  const known = new Set(detectors.map((detector) => detector.id));
  for (const id of byId.keys()) {
    if (known.has(id)) continue;
    throw invalid(`There is no detector ${JSON.stringify(id)}: expected one of ${[...known].join(', ')}`);
  }
  return detectors.flatMap((detector) => prepareAll(detector, byId.get(detector.id)));
}

type Section = DetectConfig['detectors'][string];

function prepareAll(detector: Detector, section: Section | undefined): Prepared[] {
  const { enabled = true, config = {}, variants = [] } = section ?? {};
  if (variants.length === 0) return enabled ? [prepare(detector, config)] : [];
  checkVariants(detector, variants);
  const choose = chooser(variants);
  const base = enabled ? [{ ...prepare(detector, config), takes: (event: AgentEvent) => choose(event) === -1 }] : [];
  const others = variants.map((variant, i) => ({
    ...prepare(detector, { ...(config as object), ...variant.config }, `variants.${i}`),
    name: nameOf(detector.id, variant),
    takes: (event: AgentEvent) => choose(event) === i,
  }));
  return [...base, ...others.filter((_, i) => variants[i]!.enabled)];
}

/** @throws TriplineError TRIPLINE_CONFIG_INVALID */
export function prepare(detector: Detector, input: unknown, where = ''): Prepared {
  const parsed = detector.config.safeParse(input);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'options'}: ${issue.message}`);
    const at = where && ` (${where})`;
    throw invalid(`The configuration of detector ${detector.id}${at} cannot be used: ${lines.join('; ')}`);
  }
  const version = `${detector.version}-${digestOf(parsed.data, 8)}`;
  return { detector, config: parsed.data, version, name: detector.id };
}

function invalid(message: string): TriplineError {
  return new TriplineError('TRIPLINE_CONFIG_INVALID', message);
}
