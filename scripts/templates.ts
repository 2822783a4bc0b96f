/** A kind of part that can be begun from a template. */
export interface Kind {
  /** The list that names every part of this kind. */
  list: string;
  /** Files by path from the root; the first is what tells that the part is there already. */
  files(name: string): Record<string, string>;
  addToList(list: string, name: string): string;
  /** A page that all parts of this kind share, and what to add at its end. */
  page?: { path: string; section(name: string): string };
  /** What to do now. */
  next(name: string): string;
}

const camel = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

const dashed = (identifier: string) => identifier.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Puts an import before the others (the formatter sorts them) and an entry into the exported array. */
function listed(
  list: string,
  name: string,
  from: string,
  place: (entries: string[], entry: string) => string[],
): string {
  const text = list.replace(/= \[([^\]]*)\];/, (_, inner: string) => {
    const entries = inner.split(',').map((item) => item.trim());
    return `= [${place(
      entries.filter((item) => item !== ''),
      camel(name),
    ).join(', ')}];`;
  });
  return `import { ${camel(name)} } from '${from}';\n${text}`;
}

/** In order of the folders' names. */
const inOrder = (entries: string[], entry: string) => [...entries, entry].map(dashed).sort().map(camel);

/** Formats are tried one after the other, and our own events match the most. */
const beforeLast = (entries: string[], entry: string) => [...entries.slice(0, -1), entry, ...entries.slice(-1)];

const detector: Kind = {
  list: 'detectors/index.ts',
  files: (name) => ({
    [`detectors/${name}/index.ts`]: `import { filter, map } from 'rxjs';
import * as z from 'zod';
import { detector } from '../../src/detect/detector.ts';
import { attack } from './attack.ts';

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
    // Valid Accounts: replace it; detectors/taxonomy.ts has the ids.
    attack: ['T1078'],
    atlas: [],
    asi: [],
    nhi: [],
    safe_mcp: [],
  },
  config,
  key: 'agent',
  columns: ['agent_id'],
  attack,
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
    [`detectors/${name}/attack.ts`]: `import type { Attack } from '../../src/detect/attack.ts';

/** One call too many. */
export const attack: Attack<{ calls_max: number }> = ({ id, config }) =>
  Array.from({ length: config.calls_max + 1 }, (_, i) => ({
    before_ms: config.calls_max - i,
    kind: 'tool_call',
    agent_id: \`\${id}-agent\`,
    tool_name: 'fetch',
    outcome: 'ok',
  }));
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
  addToList: (list, name) => listed(list, name, `./${name}/index.ts`, inOrder),
  next: () => `Now: write detect, fill in meta, npm run generate, npx vitest run detectors`,
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
    tested: 'recorded',
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
    [`src/respond/revokers/${name}/README.md`]: `# ${name}

What it takes away and where, what it needs there, how soon that works, and how it is undone.
`,
    [`src/respond/revokers/${name}/${name}.test.ts`]: `import { expect, it } from 'vitest';
import { ${camel(name)} } from './index.ts';

it('has an example that parses', () => {
  expect(${camel(name)}.config.safeParse(${camel(name)}.meta.example).success).toBe(true);
});
`,
  }),
  addToList: (list, name) => listed(list, name, `./${name}/index.ts`, inOrder),
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
  addToList: (list, name) => listed(list, name, `./${name}.ts`, beforeLast),
  page: {
    path: 'docs/sources.md',
    section: (name) => `\n## ${name}\n\nHow a record becomes an event, and what is ignored and why.\n`,
  },
  next: (name) => `Now: map a real record in its test, npx vitest run src/sources/files/${name}.test.ts`,
};

/** Words of the language, and names that the templates use. */
export const RESERVED: ReadonlySet<string> = new Set(
  `await break case catch class const continue debugger default delete do else enum export extends false finally for function if
  implements import in instanceof interface let new null package private protected public return static super switch this throw
  true try typeof var void while with yield arguments eval undefined
  calls config detector event filter it expect map mapped options posted read receiver revoker windows z`.split(/\s+/),
);

export const KINDS: ReadonlyMap<string, Kind> = new Map(Object.entries({ detector, revoker, source }));
