import { createDoor, textsOf } from '../door.ts';
import { jsonParse, measure, type Row } from '../measure.ts';

const EVENTS = 100_000;

/** Texts to frames: parse, validate, redact, fingerprint, frame. */
export async function door(): Promise<Row[]> {
  const texts = textsOf({ events: EVENTS });
  const bytes = texts.reduce((sum, text) => sum + text.length, 0);
  let frames = 0;
  return measure(jsonParse(texts), [
    {
      name: 'door: parse, validate, redact, frame',
      events: EVENTS,
      run() {
        frames = 0;
        createDoor().through(texts, (appends) => {
          for (const { frame } of appends) frames += frame.length;
        });
      },
      more: () => ({
        json_bytes_per_event: Math.round(bytes / EVENTS),
        frame_bytes_per_event: Math.round(frames / EVENTS),
      }),
    },
  ]);
}
