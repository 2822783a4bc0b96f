import { EVENT } from '../../src/event/event.ts';
import { encodeFrame, Frame, rowsOf } from '../../src/event/frame/index.ts';
import { createDoor, textsOf } from '../door.ts';
import { jsonParse, measure, type Row } from '../measure.ts';

const EVENTS = 100_000;
const READ = [
  'agent_id',
  'session',
  'credential',
  'tool_name',
  'tool_class',
  'target',
  'outcome',
  'source_ip',
  'kind',
  'tenant',
] as const;

/** Frames written and read, of a thousand, two hundred and ten events. */
export async function frame(): Promise<Row[]> {
  const texts = textsOf({ events: EVENTS });
  const events = createDoor().admit(texts, 0, texts.length);
  const subjects = [1000, 200, 10].flatMap((size) => {
    const write = () =>
      Array.from({ length: Math.ceil(EVENTS / size) }, (_, i) =>
        encodeFrame(EVENT.columns, events.slice(i * size, (i + 1) * size)),
      );
    const frames = write();
    return [
      { name: `write frames of ${size}`, events: EVENTS, run: () => void write() },
      {
        name: `read ${READ.length} columns and the time, frames of ${size}`,
        events: EVENTS,
        run() {
          let characters = 0;
          for (const bytes of frames) {
            const rows = rowsOf(EVENT, Frame.decode(bytes));
            for (let i = 0; i < rows.length; i++) {
              const row = rows.seek(i);
              for (const name of READ) characters += row[name].length;
              characters += row.time;
            }
          }
          if (characters === 0) throw new Error('Nothing was read');
        },
      },
    ];
  });
  return measure(jsonParse(texts), subjects);
}
