import { gzipSync } from 'node:zlib';
import { type Dice, FORMS, goodEvent, type HostileRequest, noiseBytes, seeded, TOOL } from './dice.ts';
import { mutated, noise } from './mutated.ts';

/** Stands in hostile events in every place; never on the disk. */
export const TOKEN = `ghp_${'aB3d'.repeat(9)}`;

/** Requests without end, the same for the same seed. Good events are numbered through. */
export function* hostileRequests(seed: number): Generator<HostileRequest> {
  const random = seeded(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  let count = 0;
  const nextId = () => `good-${(++count).toString(16).padStart(11, '0')}`;
  const makers = [lines, lines, array, array, brokenArray, spans, records, mutated, noise];
  for (;;) yield pick(makers)({ random, pick, nextId });
}

/** Events that are none, each on one line. */
const BAD_VALUES: readonly (() => string)[] = [
  () => '7',
  () => '"text"',
  () => 'null',
  () => '[[[]]]',
  () => '{}',
  () => '1e999',
  () => '{"kind":"tool_call","kind":"lifecycle","agent_id":1}',
  () => `{"kind":"tool_call","agent_id":{"a":["${TOKEN}"]},"tool_name":[],"outcome":7}`,
  () => `{"__proto__":{"kind":"tool_call"},"constructor":{"prototype":{"x":"${TOKEN}"}},"toString":1}`,
  () => `{"kind":"token_use","outcome":"ok","token":["${TOKEN}"]}`,
  () => `{"kind":"tool_call","agent_id":"a","tool_name":"t","outcome":"ok","${TOKEN}":"${TOKEN}"}`,
  () => `{"kind":"lifecycle","lifecycle":"${TOKEN}","agent_id":"a"}`,
  () => '{"kind":"__proto__"}',
  () => '{"kind":"tool_call","agent_id":"a","tool_name":"t","outcome":"ok","time":"-000001-01-01T00:00:00Z"}',
  () => '{"kind":"model_usage","agent_id":"a","tokens_in":1e300,"cost_usd":-0}',
  () => '{"kind":"tool_call","agent_id":"","tool_name":"t","outcome":"ok"}',
];
/** Events that are odd, and may be taken. */
const ODD_VALUES: readonly (() => string)[] = [
  () => `{"kind":"tool_call","agent_id":"\\u0000\\ud800","tool_name":"\\udfff","outcome":"ok","args":{"__proto__":1}}`,
  () =>
    `{"kind":"tool_call","agent_id":"a","tool_name":"${TOKEN}","outcome":"ok","attributes":{"__proto__":"${TOKEN}"}}`,
  () =>
    `{"kind":"tool_call","agent_id":"a","tool_name":"t","outcome":"ok","args":${'['.repeat(2000)}${']'.repeat(2000)}}`,
  () => `{"kind":"token_use","token":"${TOKEN}","outcome":"ok","user_agent":"${TOKEN} \\u202e","target":"${TOKEN}"}`,
  () =>
    `{"kind":"tool_call","agent_id":"a","agent_id":"b","tool_name":"t","outcome":"ok","result":"password=${TOKEN}"}`,
  () => `{"kind":"model_usage","agent_id":"a","request":"${'(('.repeat(500)}","time":"9999-12-31T23:59:59Z"}`,
];
/** Not JSON, with brackets and quotes in balance. */
const BROKEN = [
  '{"a":tru}',
  '{a:1}',
  'nul',
  "{'a':1}",
  '{"a":1 "b":2}',
  '[1,,]',
  '\u0000',
  '\ufeff{}',
  'NaN',
  '{"a":0x10}',
];
/** What a line may be besides. */
const CUT = [
  '{',
  '[',
  '"',
  '{"kind":"tool_call',
  `{"kind":"tool_call","args":"${TOKEN}`,
  '\\',
  ']}]}',
  '{"a":[}',
  '[['.repeat(50_000),
];

const bad = ({ pick }: Dice) => pick(pick([BAD_VALUES, BAD_VALUES, ODD_VALUES]))();

function events(
  what: string,
  body: Buffer,
  good: string[],
  { random }: Dice,
  headers: Record<string, string> = {},
): HostileRequest {
  const packed = random() < 0.2;
  const encoding: Record<string, string> = packed ? { 'content-encoding': 'gzip' } : {};
  return {
    what,
    path: '/v1/events',
    headers: { 'content-type': 'application/json', ...encoding, ...headers },
    body: packed ? gzipSync(body) : body,
    good,
  };
}

/** Good lines between bad ones. */
function lines(dice: Dice): HostileRequest {
  const { random, pick, nextId } = dice;
  const good = [nextId(), nextId()];
  const hostile = Buffer.from(random() < 0.5 ? bad(dice) : pick([...BROKEN, ...CUT]));
  const bytes = random() < 0.2 ? noiseBytes(dice, 200).map((byte) => (byte === 0x0a ? 0x20 : byte)) : hostile;
  const body = Buffer.concat(
    [`${goodEvent(good[0]!)}\n`, bytes, `\r\n${goodEvent(good[1]!)}`].map((part) => Buffer.from(part)),
  );
  return events('lines', body, good, dice, { 'content-type': 'application/x-ndjson' });
}

/** Good elements between bad ones. */
function array(dice: Dice): HostileRequest {
  const { random, pick, nextId } = dice;
  const good = [nextId(), nextId()];
  const hostile = random() < 0.7 ? bad(dice) : pick(BROKEN);
  return events('array', Buffer.from(`[${goodEvent(good[0]!)},${hostile},${goodEvent(good[1]!)}]`), good, dice);
}

/** What stands before the place where an array was cut. */
function brokenArray(dice: Dice): HostileRequest {
  const { pick, nextId } = dice;
  const good = [nextId(), nextId()];
  return events('cut array', Buffer.from(`[${goodEvent(good[0]!)}, ${goodEvent(good[1]!)} ,${pick(CUT)}`), good, dice);
}

const HOSTILE_ATTRIBUTES: readonly Record<string, string>[] = [
  { 'tripline.outcome': TOKEN },
  { 'tripline.attributes': `{"__proto__":{"x":"${TOKEN}"}}`, 'tripline.kind': 'constructor' },
  { 'gen_ai.tool.call.arguments': `{"a":"${TOKEN}` },
  { 'gen_ai.tool.call.arguments': '['.repeat(5000), '\u0000': '\ud800', 'error.type': TOKEN },
  { 'tripline.token': TOKEN, 'tripline.credential': TOKEN, __proto__x: 'y' },
];

function spans({ pick, nextId }: Dice): HostileRequest {
  const [type, write] = pick(FORMS);
  const id = nextId();
  const wrong = pick([
    { spanId: 'zz' },
    { spanId: '' },
    { spanId: '00000000000000ff', name: TOKEN, attributes: { ...TOOL, ...pick(HOSTILE_ATTRIBUTES) } },
  ]);
  const body = write([
    { name: 't', ...wrong },
    { spanId: '00000000000000fe', name: 't', attributes: { ...TOOL, 'tripline.event_id': id } },
  ]);
  return { what: 'spans', path: '/v1/traces', headers: { 'content-type': type }, body, good: [id] };
}

function records({ pick, nextId }: Dice): HostileRequest {
  const [type, , write] = pick(FORMS);
  const id = nextId();
  const told = {
    'tripline.kind': 'tool_call',
    'tripline.agent_id': 'a',
    'tripline.tool_name': 't',
    'tripline.outcome': 'ok',
  };
  const body = write([
    { eventName: pick(['', TOKEN, '__proto__', 'claude_code.tool_result']), attributes: pick(HOSTILE_ATTRIBUTES) },
    { eventName: 'x', attributes: { ...told, 'tripline.event_id': id } },
  ]);
  return { what: 'records', path: '/v1/logs', headers: { 'content-type': type }, body, good: [id] };
}
