import type { Column } from '../event/field.ts';
import { createFingerprints } from '../event/fingerprint.ts';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { type Admission, createAdmission } from './admission.ts';
import type { IngestConfig } from './config.ts';
import { loadSecret } from './secret.ts';
import { type EventSink, openSink } from './sink.ts';

export interface DoorDeps {
  log: Log;
  config: IngestConfig;
  /** Folder of the secret and the API keys. */
  data_dir: string;
  /** Columns of the credentials topic. */
  credentialColumns: readonly Column[];
  metrics: Metrics;
  /** A consumer group of this process alone, where other doors write to the same log. */
  followers?: string | undefined;
}

/** The door without HTTP: for events that are read in the process itself. */
export interface Door {
  admission: Admission;
  sink: EventSink;
}

export async function openDoor(deps: DoorDeps): Promise<Door> {
  const { data_dir, config, metrics } = deps;
  const secret = await loadSecret(data_dir);
  const fingerprints = createFingerprints(secret);
  return {
    admission: createAdmission({ secret, config, metrics }),
    sink: await openSink({ ...deps, fingerprints }),
  };
}
