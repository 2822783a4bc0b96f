import { setTimeout as delay } from 'node:timers/promises';
import type { Live } from '../live/live.ts';

const LOOK_MS = 800;

/** Plays the person on duty of the sample: takes back what was done about a drill, over the API, as anybody would. */
export function takeBackDrills(live: Live, api: string, isDrill: (agent_id: string) => boolean): () => void {
  return live.listen((item) => {
    if (item.type !== 'revocation' || item.row.state !== 'confirmed' || !isDrill(item.row.agent_id)) return;
    const said = { who: 'd.okafor', why: 'our failover drill, as planned', false_alarm: true };
    const take = async () => {
      await delay(LOOK_MS);
      await fetch(`${api}/api/revocations/${item.row.order_id}/undo`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(said),
      });
    };
    // Where it fails, the outcome says that the drill was not taken back.
    take().catch(() => {});
  });
}
