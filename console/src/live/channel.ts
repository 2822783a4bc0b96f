/** What one tab tells the others of the stream that it holds. */
export type LiveMessage =
  | { type: 'status'; status: 'live' | 'reconnecting' }
  | { type: 'reset' }
  | { type: 'item'; kind: 'alert' | 'revocation'; json: string };

const NAME = 'tripline-stream';
const RETRY_MS = 3000;

/**
 * One stream for all tabs of a browser: it allows six connections to a server, and each stream would hold one. The tab
 * that has the lock follows, and tells the others; when it closes, the next one gets the lock.
 */
export function followStream(take: (message: LiveMessage) => void): void {
  // Web Locks exist in a secure context only, which loopback is.
  if (navigator.locks === undefined) {
    openStream(take);
    return;
  }
  const channel = new BroadcastChannel(NAME);
  let status: LiveMessage | undefined;
  channel.onmessage = ({ data }: MessageEvent<LiveMessage | { type: 'hello' }>) => {
    if (data.type !== 'hello') take(data);
    else if (status !== undefined) channel.postMessage(status);
  };
  channel.postMessage({ type: 'hello' });
  void navigator.locks.request(NAME, () => {
    openStream((message) => {
      if (message.type === 'status') status = message;
      take(message);
      channel.postMessage(message);
    });
    return new Promise(() => {});
  });
}

function openStream(take: (message: LiveMessage) => void): void {
  const stream = new EventSource('/api/stream');
  for (const kind of ['alert', 'revocation'] as const)
    stream.addEventListener(kind, ({ data }) => take({ type: 'item', kind, json: String(data) }));
  stream.addEventListener('reset', () => take({ type: 'reset' }));
  stream.onopen = () => take({ type: 'status', status: 'live' });
  stream.onerror = () => {
    take({ type: 'status', status: 'reconnecting' });
    // After an answer other than a stream, the browser does not try again by itself.
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => openStream(take), RETRY_MS);
  };
}
