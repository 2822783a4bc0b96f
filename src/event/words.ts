/** Longer ones are cut, and not remembered. */
export const NAME_CHARS_MAX = 128;

/** Words of a name, lower case: `getHTTPStatus_v2` gives get, http, status, v2. */
export function wordsOf(name: string): string[] {
  return name
    .slice(0, NAME_CHARS_MAX)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

/** Answers a question about names from outside once per name; forgets when it has seen `names_max` of them. */
export function remembered<T>(answer: (name: string) => T, names_max = 10_000): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    let value = known.get(name);
    if (value === undefined) {
      value = answer(name);
      if (known.size >= names_max) known.clear();
      if (name.length <= NAME_CHARS_MAX) known.set(name, value);
    }
    return value;
  };
}
