import type { Item } from '../item.ts';
import { claudeCode } from './claude-code.ts';
import { codex } from './codex.ts';
import { copilotChat } from './copilot-chat.ts';
import type { Emitter, LogMapper } from './emitter.ts';
import { geminiCli } from './gemini-cli.ts';
import { standard } from './standard.ts';

const EMITTERS: readonly Emitter[] = [claudeCode, codex, geminiCli, copilotChat, standard];

/** What a log record tells, by the emitter that knows its event name. */
export function logDraft(log: Item): ReturnType<LogMapper> {
  for (const emitter of EMITTERS) {
    const name = emitter.nameOf(log);
    if (name !== undefined) return emitter.events.get(name)?.(log);
  }
  return undefined;
}
