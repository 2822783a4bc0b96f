import type { AgentEvent } from './event.ts';

/**
 * Secrets that stood in an event, each as a lifecycle event of its own about that credential: `credential_exposed`, with the id,
 * place and maker of the event. They go to the credentials topic only, so that who uses the secret later is judged beside it.
 */
export function exposuresOf(event: AgentEvent): AgentEvent[] {
  if (!event.marks.includes('secret_exposure')) return [];
  const found = event.attributes.secret_fingerprint ?? '';
  return found
    .split(',')
    .filter((credential) => credential !== '')
    .map((credential) => ({
      ...event,
      kind: 'lifecycle' as const,
      lifecycle: 'credential_exposed' as const,
      credential,
      credential_handles: {},
    }));
}

/** What the credentials topic holds of events: those that name a credential, and exposures. */
export function credentialEvents(events: readonly AgentEvent[]): AgentEvent[] {
  const found: AgentEvent[] = [];
  for (const event of events) {
    if (event.marks.length > 0) found.push(...exposuresOf(event));
    if (event.credential !== '') found.push(event);
  }
  return found;
}
