/**
 * The store: ClickHouse, the view that people query. It may be slow or away; nothing but the archive and the API waits for it.
 * Two implementations pass one contract suite (src/store/contract.ts).
 */
export interface Block {
  table: string;
  /** Frames of the table's record type, possibly of several versions. Stored as they are. */
  frames: readonly Buffer[];
  /** The same token stores once, however often it is inserted. */
  token: string;
}

export interface Store {
  /**
   * Rows of a SELECT with bound parameters ({name:Type} in the SQL).
   * @throws TriplineError TRIPLINE_STORE_UNAVAILABLE (retriable) or TRIPLINE_STORE_REFUSED
   */
  query<T>(sql: string, params?: Readonly<Record<string, unknown>>): Promise<T[]>;
  insert(block: Block): Promise<void>;
  /** Runs one statement of a migration. */
  command(sql: string): Promise<void>;
  /** Bytes on disk. */
  size(): Promise<number>;
  close(): Promise<void>;
}
