import { setTimeout as delay } from 'node:timers/promises';

/** Runs in a process of its own, so that making the load does not hold up what is measured. */
interface LoadOptions {
  url: string;
  events_per_second: number;
  seconds: number;
  agents: number;
  /** Agents that fail at the same call again and again, one after the other. */
  storms: number;
}

const { url, events_per_second, seconds, agents, storms } = JSON.parse(process.argv[2]!) as LoadOptions;
const TICK_MS = 20;
const LOOP_CALLS = 14;

const total = events_per_second * seconds;
const stormEvery = Math.floor(total / (storms * LOOP_CALLS));
const started = performance.now();
let made = 0;
let storming = 0;
let failed = 0;
const flights = new Set<Promise<void>>();

while (made < total) {
  const due = Math.min(total, Math.floor(((performance.now() - started) / 1000) * events_per_second));
  const batch = Array.from({ length: due - made }, () => next());
  if (batch.length > 0) send(batch);
  await delay(TICK_MS);
}
await Promise.all(flights);
process.send?.({ sent: made, failed });

function next() {
  made += 1;
  const storm = made % stormEvery === 0 && storming < storms * LOOP_CALLS;
  const agent = storm
    ? `looping-${Math.floor(storming++ / LOOP_CALLS)}`
    : `agent-${Math.floor(Math.random() * agents)}`;
  return {
    kind: 'tool_call',
    event_id: `bench-${made}`,
    agent_id: agent,
    session: `${agent}-session`,
    credential: `token-id:${agent}`,
    credential_handles: { token_id: agent },
    tool_name: 'get_record',
    tool_server: 'crm',
    target: `crm/records/${storm ? 7 : made % 3000}`,
    args: { id: storm ? 7 : made, fields: ['name', 'owner', 'renewal'] },
    result: storm ? 'no such record' : { id: made, owner: `user-${made % 500}`, renewal: '2027-01-31' },
    outcome: storm ? 'error' : 'ok',
    source_ip: '198.51.100.7',
    user_agent: 'agent-sdk/4.2',
  };
}

function send(batch: readonly object[]): void {
  const flight: Promise<void> = fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(batch),
  })
    .then(async (response) => {
      await response.arrayBuffer();
      if (response.status !== 202) failed += batch.length;
    })
    .catch(() => {
      failed += batch.length;
    })
    .finally(() => flights.delete(flight));
  flights.add(flight);
}
