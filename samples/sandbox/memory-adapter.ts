import type { Adapter } from 'oidc-provider';

/** Tokens of one play are some hundreds; past this the oldest are forgotten, as if they had expired. */
const ENTRIES_MAX = 10_000;

/** Storage of the issuer: in memory, bounded, and gone with the process. */
export function createMemoryAdapter(): new (model: string) => Adapter {
  const entries = new Map<string, { payload: object; expires: number }>();

  return class MemoryAdapter implements Adapter {
    readonly model: string;

    constructor(model: string) {
      this.model = model;
    }

    async upsert(id: string, payload: object, expires_in_s: number): Promise<void> {
      const expires = expires_in_s === undefined ? Number.POSITIVE_INFINITY : Date.now() + expires_in_s * 1000;
      entries.set(`${this.model}:${id}`, { payload, expires });
      if (entries.size > ENTRIES_MAX) entries.delete(entries.keys().next().value!);
    }

    async find(id: string): Promise<object | undefined> {
      const entry = entries.get(`${this.model}:${id}`);
      return entry !== undefined && entry.expires > Date.now() ? entry.payload : undefined;
    }

    async destroy(id: string): Promise<void> {
      entries.delete(`${this.model}:${id}`);
    }

    // Client credentials have neither sessions nor grants nor codes.
    async findByUid(): Promise<undefined> {}
    async findByUserCode(): Promise<undefined> {}
    async consume(): Promise<void> {}
    async revokeByGrantId(): Promise<void> {}
  };
}
