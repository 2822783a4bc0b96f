import { filter, map } from 'rxjs';
import { detector } from '../../src/detect/detector.ts';
import { attack } from './attack.ts';
import { createChain } from './chain.ts';
import { ToolChainingConfig } from './config.ts';
import { meta } from './meta.ts';

export const toolChaining = detector({
  id: 'tool-chaining',
  version: 1,
  meta,
  config: ToolChainingConfig,
  key: 'agent',
  columns: [
    'event_id',
    'time',
    'kind',
    'tenant',
    'producer',
    'agent_id',
    'agent_instance',
    'session',
    'task',
    'credential',
    'credential_handles',
    'tool_name',
    'tool_class',
    'target',
    'args_values',
    'result_values',
    'request_values',
    'request_classes',
    'scope_tools',
    'scope_targets',
    'outcome',
    'marks',
  ],
  attack,
  detect(config, windows) {
    const chain = createChain(config, windows);
    return (events) =>
      events.pipe(
        map(chain),
        filter((finding) => finding !== undefined),
      );
  },
});
