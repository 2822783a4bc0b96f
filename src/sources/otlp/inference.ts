import { commonFields, type Draft } from './common.ts';
import type { Item } from './item.ts';
import { outcomeOf } from './outcome.ts';
import { asNumber, findNumber, findText } from './read.ts';
import { requestOf } from './request.ts';

/** Model tokens spent by one model call. Never made of an agent's span: that repeats the sum of its calls. */
export function modelUsage(item: Item): Draft {
  return {
    ...commonFields(item),
    kind: 'model_usage',
    model: findText(item, 'model'),
    tokens_in: whole(findNumber(item, 'tokens_in')),
    tokens_out: whole(findNumber(item, 'tokens_out')),
    cost_usd: costOf(item),
    // Agent spans end last, so the conversation reaches detectors in time only here.
    request: requestOf(item),
    ...outcomeOf(item),
  };
}

function costOf(item: Item): number | undefined {
  const total = findNumber(item, 'cost_usd');
  if (total !== undefined) return total;
  const input = asNumber(item.attributes.get('gen_ai.usage.input_cost'));
  const output = asNumber(item.attributes.get('gen_ai.usage.output_cost'));
  return input === undefined && output === undefined ? undefined : (input ?? 0) + (output ?? 0);
}

export function whole(tokens: number | undefined): number | undefined {
  return tokens === undefined ? undefined : Math.round(tokens);
}
