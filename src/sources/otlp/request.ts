import type { Attributes, Item, Value } from './item.ts';
import { asStructure, asText, member } from './read.ts';

/** What the door accepts as the text of a request. */
const REQUEST_CHARS_MAX = 65_536;
/** Attributes that hold the conversation so far as a list of messages. */
const MESSAGES = ['gen_ai.input.messages', 'ai.prompt.messages', 'ai.prompt', 'pydantic_ai.all_messages'];
/** Messages flattened into numbered attributes: OpenLLMetry and OpenInference. */
const NUMBERED = [
  { role: /^gen_ai\.prompt\.\d+\.role$/, content: 'content' },
  { role: /^llm\.input_messages\.\d+\.message\.role$/, content: 'content' },
];
const PLAIN = ['user_prompt', 'prompt'];
/** What emitters write in place of a prompt that they keep to themselves. */
const REDACTED = /^\W?redacted\W?$/i;

/**
 * What the user asked for, from whatever an inference or agent record repeats of the conversation.
 * Detectors compare later calls with it; the door keeps its salient values and drops the text.
 */
export function requestOf(item: Item): string | undefined {
  const texts = [...plainOf(item.attributes), ...messagesOf(item), ...numberedOf(item.attributes), ...eventsOf(item)];
  const request = texts.filter((text) => text.trim() !== '' && !REDACTED.test(text)).join('\n');
  // The newest turn stands last: it is the one to keep.
  return request === '' ? undefined : request.slice(-REQUEST_CHARS_MAX);
}

function plainOf(attributes: Attributes): string[] {
  for (const name of PLAIN) {
    const text = asText(attributes.get(name));
    if (text !== undefined) return [text];
  }
  return [];
}

function messagesOf(item: Item): string[] {
  for (const name of MESSAGES) {
    const value = item.attributes.get(name);
    if (value === undefined || value === null) continue;
    const structure = asStructure(value);
    const messages = Array.isArray(structure) ? structure : member(structure, 'messages');
    if (Array.isArray(messages)) return messages.flatMap(userText);
    const prompt = member(structure, 'prompt');
    if (typeof prompt === 'string') return [prompt];
  }
  return [];
}

function userText(message: unknown): string[] {
  return member(message, 'role') === 'user' ? contentText(member(message, 'parts') ?? member(message, 'content')) : [];
}

/** Texts of a message. Tool results travel under the user's role in some APIs: they are not his words. */
function contentText(content: unknown): string[] {
  if (typeof content === 'string') return [content];
  if (!Array.isArray(content)) return [];
  return content.flatMap((part) => {
    const type = member(part, 'type');
    if (type !== undefined && type !== 'text') return [];
    const text = member(part, 'content') ?? member(part, 'text');
    return typeof text === 'string' ? [text] : [];
  });
}

function numberedOf(attributes: Attributes): string[] {
  const texts: string[] = [];
  for (const [name, value] of attributes) {
    if (value !== 'user') continue;
    for (const { role, content } of NUMBERED) {
      if (!role.test(name)) continue;
      const text = asText(attributes.get(name.replace(/role$/, content)));
      if (text !== undefined) texts.push(text);
    }
  }
  return texts;
}

/** Messages as span events: conventions up to 1.36, still the default of Strands. */
function eventsOf(item: Item): string[] {
  return item.events
    .filter((event) => event.name === 'gen_ai.user.message')
    .flatMap((event) => eventText(event.attributes));
}

function eventText(attributes: Attributes): string[] {
  const content: Value | undefined = attributes.get('content');
  if (content === undefined) return [];
  const structure = asStructure(content);
  if (typeof structure === 'string') return [structure];
  // Strands writes [{"text": "..."}], and tool results as [{"toolResult": ...}].
  return contentText(structure);
}
