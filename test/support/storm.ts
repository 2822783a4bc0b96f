/** Four calls that fail in the same way: what retry-storm fires on. Answered when they are durable. */
export async function postStorm(door: string, agent_id: string, credential = `test:${agent_id}`): Promise<number> {
  const events = [0, 1, 2, 3].map((i) => ({
    event_id: `${agent_id}-${i}`,
    time: new Date(Date.now() - 1000 + i * 100).toISOString(),
    kind: 'tool_call',
    agent_id,
    session: agent_id,
    credential,
    credential_handles: { token_id: `id-of-${agent_id}` },
    tool_name: 'query',
    args: {},
    outcome: 'error',
    error_type: 'timeout',
  }));
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${door}/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) });
  return answer.status;
}
