/** What a text is about: stems of its words, without those that stand in every text. In the order of the text, at most `stems_max`. */
export function stemsOf(texts: readonly string[], stems_max: number): string[] {
  const found = new Set<string>();
  for (const text of texts) {
    for (const [word] of text.toLowerCase().matchAll(WORD)) {
      if (found.size >= stems_max) return [...found];
      const stem = stemOf(word);
      if (stem.length >= STEM_CHARS_MIN && !COMMON.has(word) && !COMMON.has(stem)) found.add(stem);
    }
  }
  return [...found];
}

const WORD = /\p{L}{3,40}/gu;
const STEM_CHARS_MIN = 3;
/** Longer stems differ in their endings only. */
const STEM_CHARS_MAX = 7;
const ENDING = /(?:ations?|ements?|ments?|ingly|ings?|edly|ers?|ies|ed|es|ly|s|e|y)$/;

function stemOf(word: string): string {
  const bare = word.replace(ENDING, '');
  return (bare.length >= STEM_CHARS_MIN ? bare : word).slice(0, STEM_CHARS_MAX);
}

/** Words that say nothing about the matter: function words, courtesy, and what every request or mail is made of. */
const COMMON: ReadonlySet<string> = new Set(
  `the and for with from that this these those there here your yours you our ours his her its their them they she him who whom which what when
  where why how are was were been being have has had will would shall should can could may might must not but any all each every
  some such than then into onto over under about after before between during through only also just more most very please kindly
  help make sure need want like let get got use using used give given take taken see tell know ask asked via per both out off
  one two three first last next new old com www http https net org html true false null none yes dear hello thanks thank regards best
  today tomorrow yesterday now soon time date day week month year`
    .split(/\s+/)
    .filter((word) => word !== ''),
);
