import type { Severity } from '../../src/alert/alert.ts';
import type { AgentEvent, ToolClass } from '../../src/event/event.ts';

const OUT: ReadonlySet<string> = new Set<ToolClass>(['send', 'share', 'pay']);
/** Tools that hand out secrets, or take them to open a door; and those that keep them, whose names say so. */
const TRADE: ReadonlySet<string> = new Set<ToolClass>(['secret_read', 'identity']);

const KEEPER = /secret|credential|password|passwd|vault/i;

export interface Gravity {
  severity: Severity;
  confidence: number;
  /** Between who and with which tool. */
  words: string;
}

/**
 * How bad it is that a secret stood there; undefined where it belongs. What only the name of a field calls a secret may be
 * the name of one, so it is told a step lower.
 */
export function gravityOf(event: Place): Gravity | undefined {
  const gravity = asSecret(event);
  if (gravity === undefined || !event.marks.includes('exposed_by_name')) return gravity;
  return { ...gravity, severity: gravity.severity === 'high' ? 'medium' : 'low', confidence: gravity.confidence / 2 };
}

type Place = Pick<AgentEvent, 'marks' | 'tool_class' | 'tool_name'>;

function asSecret({ marks, tool_class, tool_name }: Place): Gravity | undefined {
  const isTrade = TRADE.has(tool_class) || KEEPER.test(tool_name);
  if (marks.includes('exposed_in_args')) {
    if (OUT.has(tool_class)) return { severity: 'high', confidence: 0.9, words: 'sent a secret away with' };
    if (isTrade) return undefined;
    if (tool_class === 'write') return { severity: 'medium', confidence: 0.8, words: 'wrote a secret with' };
    return { severity: 'low', confidence: 0.6, words: 'passed a secret in the arguments of' };
  }
  if (isTrade) return undefined;
  if (marks.includes('exposed_in_result'))
    return { severity: 'medium', confidence: 0.8, words: 'was shown a secret by' };
  return { severity: 'medium', confidence: 0.7, words: 'named a secret in the description of' };
}
