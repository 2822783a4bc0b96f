/** A kind of part that can be begun from a template. */
export interface Kind {
  /** The list that names every part of this kind. */
  list: string;
  /** Files by path from the root; the first is what tells that the part is there already. */
  files(name: string): Record<string, string>;
  addToList(list: string, name: string): string;
  /** What to do now. */
  next(name: string): string;
}

const camel = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/** Puts an import among the imports and an entry into the exported array, each in order of its text. */
function listed(list: string, statement: string, entry: string): string {
  const lines = list.split('\n');
  const imports = lines.filter((line) => line.startsWith('import '));
  const sorted = [...imports, statement].sort((a, b) => from(a).localeCompare(from(b)));
  const rest = lines.filter((line) => !line.startsWith('import ')).join('\n');
  return `${sorted.join('\n')}\n${withEntry(rest.replace(/^\n*/, '\n'), entry)}`;
}

const from = (statement: string) => statement.replace(/^.* from /, '');

function withEntry(text: string, entry: string): string {
  return text.replace(/= \[([^\]]*)\];/, (_, inner: string) => {
    const entries = inner.split(',').map((item) => item.trim());
    return `= [${[...entries.filter((item) => item !== ''), entry].sort().join(', ')}];`;
  });
}

const detector: Kind = {
  list: 'detectors/index.ts',
  files: (name) => ({
    [`detectors/${name}/index.ts`]: `import { filter, map } from 'rxjs';
import * as z from 'zod';
import { detector } from '../../src/detect/detector.ts';

const config = z.strictObject({
  calls_max: z.int().min(1).default(100).describe('Calls of one agent within the window before it fires'),
  window_ms: z.int().min(1000).default(60_000).describe('Length of the window, event time'),
});

export const ${camel(name)} = detector({
  id: '${name}',
  version: 1,
  meta: {
    title: 'One line that says what it is',
    maturity: 'sandbox',
    severity: 'medium',
    detects: 'What it detects, in two or three sentences.',
    misses: ['What it cannot see'],
    false_positives: ['Honest work that looks like it'],
    triage: ['What an analyst does first'],
    attack: [],
    atlas: [],
    asi: [],
    nhi: [],
  },
  config,
  key: 'agent',
  columns: ['agent_id'],
  detect(options, windows) {
    const calls = windows.slidingCount({ name: 'calls', window_ms: options.window_ms });
    return (events) =>
      events.pipe(
        filter((event) => event.kind === 'tool_call'),
        map((event) => ({ event, count: calls.add(event.agent_id, event.time) })),
        // Exactly at the step over the threshold, so that one story gives one finding.
        filter(({ count }) => count === options.calls_max + 1),
        map(({ event, count }) => ({
          reason: 'too_many_calls',
          subject_kind: 'agent' as const,
          subject: event.agent_id,
          confidence: 0.5,
          summary: \`\${event.agent_id} made \${count} calls within \${options.window_ms / 1000} s.\`,
          event_ids: [event.event_id],
          window_from: event.time - options.window_ms,
          window_to: event.time,
          threshold_name: 'calls_max',
          threshold: options.calls_max,
          observed: count,
        })),
      );
  },
});
`,
    [`detectors/${name}/${name}.test.ts`]: `import { expect, it } from 'vitest';
import { runDetector } from '../../src/detect/testing.ts';
import { ${camel(name)} } from './index.ts';

const call = (i: number) => ({ event_id: \`e\${i}\`, time: 1_000_000 + i, kind: 'tool_call', agent_id: 'a' });
const calls = (count: number) => Array.from({ length: count }, (_, i) => call(i));

it('stays quiet at the threshold', () => {
  expect(runDetector(${camel(name)}, { calls_max: 3 }, calls(3))).toEqual([]);
});

it('fires one event later', () => {
  expect(runDetector(${camel(name)}, { calls_max: 3 }, calls(4)).map((alert) => alert.event_ids)).toEqual([['e3']]);
});
`,
  }),
  addToList: (list, name) => listed(list, `import { ${camel(name)} } from './${name}/index.ts';`, camel(name)),
  next: (name) =>
    `Now: npx biome check --write detectors, npm run generate (its page), npx vitest run detectors/${name}`,
};

const revoker: Kind = {
  list: 'src/respond/revokers/index.ts',
  files: (name) => ({
    [`src/respond/revokers/${name}/index.ts`]: `import * as z from 'zod';
import { type Receiver, revoker } from '../../revoker.ts';

const config = z.strictObject({
  type: z.literal('${name}'),
  url: z.url().describe('Where it is asked'),
});

export const ${camel(name)} = revoker({
  id: '${name}',
  meta: {
    title: 'One line that says what it takes away, and where',
    permissions: ['What it needs there, in the words of that system'],
    proof: 'How the result is proven',
    example: { type: '${name}', url: 'https://receiver.example/' },
  },
  config,
  create(options): Receiver {
    return {
      capabilities: { actions: ['revoke'], targets: ['credential'], handles: [], undo: false },
      check: async () => \`\${options.url} was not tried\`,
      // Say what the receiver did; never reject for it. A request carries order.order_id, so that a repeat is known.
      revoke: async () => ({ status: 'failed', detail: '${name} does nothing yet' }),
    };
  },
});
`,
    [`src/respond/revokers/${name}/${name}.test.ts`]: `import { expect, it } from 'vitest';
import { ${camel(name)} } from './index.ts';

it('has an example that parses', () => {
  expect(${camel(name)}.config.safeParse(${camel(name)}.meta.example).success).toBe(true);
});
`,
  }),
  addToList: (list, name) => listed(list, `import { ${camel(name)} } from './${name}/index.ts';`, camel(name)),
  next: (name) =>
    `Now: run the contract suite in its test (see the webhook revoker), npx vitest run src/respond/revokers/${name}`,
};

const source: Kind = {
  list: 'src/sources/files/formats.ts',
  files: (name) => ({
    [`src/sources/files/${name}.ts`]: `import { type Format, mapped, textOf, timeOf } from './format.ts';

export const ${camel(name)}: Format = {
  id: 'What these records are, for people',
  // Only what no other format has: the first record of a file decides.
  matches: (record) => record.format === '${name}',
  events: (record) => [
    mapped({ kind: 'token_use', time: timeOf(record.time), agent_id: textOf(record.actor), outcome: 'ok' }),
  ],
};
`,
    [`src/sources/files/${name}.test.ts`]: `import { expect, it } from 'vitest';
import { eventsOf, ndjson, readText } from './testing.ts';

it('becomes events', async () => {
  const read = await readText(ndjson({ format: '${name}', time: '2026-01-02T03:04:05Z', actor: 'a' }));
  expect(eventsOf(read)).toMatchObject([{ kind: 'token_use', agent_id: 'a', time: '2026-01-02T03:04:05.000Z' }]);
});
`,
  }),
  // The order of this list means something: formats are tried one after the other, our own events last.
  addToList: (list, name) =>
    list
      .replace(/\n\n/, `\nimport { ${camel(name)} } from './${name}.ts';\n\n`)
      .replace(/ {2}posted,\n/, `  ${camel(name)},\n  posted,\n`),
  next: (name) => `Now: npx biome check --write src/sources, npx vitest run src/sources/files/${name}.test.ts`,
};

export const KINDS: ReadonlyMap<string, Kind> = new Map(Object.entries({ detector, revoker, source }));
