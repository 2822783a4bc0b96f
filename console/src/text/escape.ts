export interface Piece {
  text: string;
  /** A character that would not be seen, or would change how others are seen; `text` is its escape. */
  escaped: boolean;
}

/**
 * Control characters, direction overrides, zero-width and other characters without a glyph. Variation selectors and tags
 * hide text as well.
 */
const UNSEEN = new RegExp(
  [
    '[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u115f\\u1160\\u17b4\\u17b5]',
    '\\u034f|[\\u180b-\\u180f]|[\\u200b-\\u200f]|[\\u2028-\\u202e]|[\\u2060-\\u206f]|\\u3164',
    '[\\ufe00-\\ufe0f]|\\ufeff|\\uffa0|[\\ufff0-\\ufffb]|[\\ud800-\\udfff]|[\\u{e0000}-\\u{e0fff}]',
  ].join('|'),
  'gu',
);

export function escapeOf(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `\\u{${hex}}`;
}

/** Text of others, cut where it has something that must not be drawn as it is. */
export function pieces(text: string): Piece[] {
  const cut: Piece[] = [];
  let end = 0;
  for (const { 0: character, index } of text.matchAll(UNSEEN)) {
    if (index > end) cut.push({ text: text.slice(end, index), escaped: false });
    cut.push({ text: escapeOf(character), escaped: true });
    end = index + character.length;
  }
  if (end < text.length) cut.push({ text: text.slice(end), escaped: false });
  return cut;
}

/** The same as one text, for titles and accessible names. */
export function plain(text: string): string {
  return text.replace(UNSEEN, escapeOf);
}

/** A word of a list that the API knows, such as a state; others may stand there all the same. */
export function words(text: string): string {
  return plain(text).replaceAll('_', ' ');
}

/** As `plain`, and not longer than `chars_max`. */
export function brief(text: string, chars_max: number): string {
  const shown = plain(text);
  return shown.length <= chars_max ? shown : `${shown.slice(0, chars_max - 1)}…`;
}

/** As `brief`, but the end is kept too: ids often differ only there. */
export function middle(text: string, chars_max: number): string {
  const shown = plain(text);
  if (shown.length <= chars_max) return shown;
  const end = Math.floor((chars_max - 1) / 3);
  return `${shown.slice(0, chars_max - 1 - end)}…${shown.slice(-end)}`;
}
