import { gzipSync } from 'node:zlib';
import { type Dice, FORMS, goodEvent, type HostileRequest, noiseBytes, TOOL } from './dice.ts';

/** A request that was good, with bytes changed, lost, repeated and put in. */
export function mutated(dice: Dice): HostileRequest {
  const { random, pick } = dice;
  const plain = `[${goodEvent('mutated-1')},${goodEvent('mutated-2')}]`;
  const [type, writeSpans, writeRecords] = pick(FORMS);
  const tool = {
    spanId: '00000000000000fd',
    name: 't',
    attributes: { ...TOOL, 'gen_ai.tool.call.arguments': '{"a":[1]}' },
  };
  const [path, content, body] = pick<readonly [string, string, Buffer]>([
    ['/v1/events', 'application/json', Buffer.from(plain)],
    ['/v1/events', 'application/json', gzipSync(plain)],
    ['/v1/traces', type, writeSpans([tool, tool])],
    [
      '/v1/logs',
      type,
      writeRecords([{ eventName: 'claude_code.tool_result', attributes: { tool_name: 'Bash', success: 'true' } }]),
    ],
  ]);
  const packed = body[0] === 0x1f && body[1] === 0x8b;
  let bytes = body;
  for (let times = 1 + Math.floor(random() * 4); times > 0; times--) bytes = mutate(bytes, dice);
  const headers: Record<string, string> = { 'content-type': content };
  if (packed) headers['content-encoding'] = 'gzip';
  return { what: 'mutated', path, headers, body: bytes, good: [] };
}

function mutate(bytes: Buffer, dice: Dice): Buffer {
  const { random, pick } = dice;
  const at = Math.floor(random() * bytes.length);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  const more = [
    () => Buffer.concat([before, after.subarray(1 + Math.floor(random() * 8))]),
    () => Buffer.concat([before, noiseBytes(dice, 8), after]),
    () => Buffer.concat([before, noiseBytes(dice, 1), after.subarray(1)]),
    () => Buffer.concat([before, after.subarray(0, 30), after]),
    () => before,
  ];
  return pick(more)();
}

export function noise(dice: Dice): HostileRequest {
  const { pick, random } = dice;
  const headers: Record<string, string> = {
    'content-type': pick(['application/json', 'application/x-protobuf', 'application/x-ndjson', 'text/plain']),
  };
  if (random() < 0.2) headers['content-encoding'] = pick(['gzip', 'identity', 'br']);
  return {
    what: 'noise',
    path: pick(['/v1/events', '/v1/traces', '/v1/logs']),
    headers,
    body: noiseBytes(dice, 400),
    good: [],
  };
}
