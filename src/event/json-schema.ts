import * as z from 'zod';
import { PostedEvent } from './event.ts';

export interface EventJsonSchema {
  $schema: string;
  $id: string;
  title: string;
  description: string;
  type: 'object';
  discriminator: { propertyName: 'kind' };
  oneOf: object[];
}

/** JSON Schema (draft 2020-12) of one posted event. Lengths count code points. */
export function eventJsonSchema(): EventJsonSchema {
  const { $schema, oneOf } = z.toJSONSchema(PostedEvent, { io: 'input' }) as { $schema: string; oneOf: object[] };
  return {
    $schema,
    $id: 'https://tripline.dev/schema/agent-event.json',
    title: 'AgentEvent',
    description:
      'One event as it is posted to /v1/events. Needs agent_id, credential or token; token_use needs credential or token.',
    type: 'object',
    // Not a keyword of JSON Schema: validators that know it look at one branch instead of four.
    discriminator: { propertyName: 'kind' },
    oneOf,
  };
}

/** Text of schema/agent-event.json. */
export function eventJsonSchemaText(): string {
  return `${JSON.stringify(eventJsonSchema(), null, 2)}\n`;
}
