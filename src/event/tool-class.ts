import { TOOL_CLASSES, type ToolClass } from './event.ts';
import {
  DISCLOSING_VERBS,
  HOMONYM_VERBS,
  KEY_WORDS,
  NOUN_CLASS,
  SECRET_NOUNS,
  SESSION_WORDS,
  VAGUE_NOUNS,
  VERB_CLASS,
} from './tool-words.ts';
import { remembered, wordsOf } from './words.ts';

/**
 * What a tool does, from the words of its name: the first plain verb says whether it reads or acts,
 * nouns of a fixed priority say what an action is about. `other` where no word is known.
 * A name is chosen by whoever made the tool: a producer that knows better sends `tool_class`.
 */
export const toolClass: (name: string) => ToolClass = remembered((name) =>
  // Versions stick to words: AddPermission20150331v2.
  classOf(wordsOf(name).map((word) => word.replace(/\d.*$/, ''))),
);

/** Nouns that turn an action of one class into another, most telling first. */
const TURNS: readonly (readonly [to: ToolClass, from: ReadonlySet<ToolClass>])[] = [
  ['pay', new Set(['write', 'send', 'share', 'execute'])],
  ['identity', new Set(['write', 'delete'])],
  ['share', new Set(['write', 'delete'])],
  ['send', new Set(['write'])],
  ['execute', new Set(['write', 'send'])],
];
const NOUN_ORDER: readonly ToolClass[] = ['pay', 'identity', 'secret_read', 'share', 'send', 'execute', 'read'];

function classOf(words: readonly string[]): ToolClass {
  const verb = verbOf(words);
  if (verb !== undefined && SESSION_WORDS.has(verb)) return 'other';
  const nouns = new Set(words.filter((word) => word !== verb).map((word) => NOUN_CLASS.get(word)));
  if (hasKey(words)) nouns.add('identity');
  if (verb === undefined)
    return hasSecret(words) ? 'secret_read' : (NOUN_ORDER.find((name) => nouns.has(name)) ?? 'other');
  const action = VERB_CLASS.get(verb)!;
  if (action === 'read') return DISCLOSING_VERBS.has(verb) && hasSecret(words) ? 'secret_read' : 'read';
  return TURNS.find(([to, from]) => nouns.has(to) && from.has(action))?.[0] ?? action;
}

function verbOf(words: readonly string[]): string | undefined {
  const verbs = words.filter((word) => VERB_CLASS.has(word) || SESSION_WORDS.has(word));
  return verbs.find((word) => !NOUN_CLASS.has(word) && !HOMONYM_VERBS.has(word)) ?? verbs[0];
}

function hasKey(words: readonly string[]): boolean {
  return words.some((word, i) => /^(?:key|token)s?$/.test(word) && i > 0 && KEY_WORDS.has(words[i - 1]!));
}

function hasSecret(words: readonly string[]): boolean {
  return words.some((word) => SECRET_NOUNS.has(word)) || hasKey(words);
}

const REQUEST_CHARS_MAX = 65_536;
const QUESTION = new Set(['what', 'which', 'who', 'when', 'where', 'how', 'why', 'whether']);

/** Tool classes that a user's request names, in the order of TOOL_CLASSES. Past tense is no authority and does not count. */
export function requestClasses(request: string): ToolClass[] {
  const words = request
    .slice(0, REQUEST_CHARS_MAX)
    .toLowerCase()
    .split(/[^\p{L}\d]+/u);
  const named = new Set<ToolClass>();
  for (const [i, word] of words.entries()) {
    if (QUESTION.has(word)) named.add('read');
    // "in order to" orders nothing.
    if (word === 'order' && words[i - 1] === 'in') continue;
    for (const form of formsOf(word)) {
      const verb = VERB_CLASS.get(form);
      const noun = VAGUE_NOUNS.has(form) ? undefined : NOUN_CLASS.get(form);
      if (verb !== undefined) named.add(verb);
      if (noun !== undefined) named.add(noun);
    }
  }
  if (hasSecret(words)) named.add('secret_read');
  if (handsOver(words)) named.add('other');
  return TOOL_CLASSES.filter((name) => named.has(name));
}

/** Who may say what is to be done instead of the user, and what such a saying is called. */
const OTHERS = new Set('his her their its he she they it s the those these'.split(' '));
const SAYINGS = new Set(
  'request requests instruction instructions task tasks demand demands wish wishes ask asks asked wants says said writes tells requested advice suggestion suggestions'.split(
    ' ',
  ),
);
const DOINGS = new Set(
  'do follow fulfill fulfil achieve complete finish perform address handle meet satisfy execute obey implement carry act'.split(
    ' ',
  ),
);

/**
 * Whether the request leaves to something else what is to be done: "fulfill her request", "complete the tasks he asks for".
 * A doing, and soon after it somebody else's saying.
 */
function handsOver(words: readonly string[]): boolean {
  return words.some((word, at) => {
    if (!DOINGS.has(word)) return false;
    const next = words.slice(at + 1, at + 1 + HAND_OVER_WORDS);
    return next.some((other, i) => SAYINGS.has(other) && (i === 0 || OTHERS.has(next[i - 1]!) || OTHERS.has(next[0]!)));
  });
}

const HAND_OVER_WORDS = 5;

/** A word and what it may be the plural or the -ing form of. */
function formsOf(word: string): string[] {
  if (word.endsWith('ing')) {
    const stem = word.slice(0, -3);
    return [word, stem, `${stem}e`, stem.replace(/(.)\1$/, '$1')];
  }
  if (word.endsWith('es')) return [word, word.slice(0, -1), word.slice(0, -2)];
  return word.endsWith('s') ? [word, word.slice(0, -1)] : [word];
}
