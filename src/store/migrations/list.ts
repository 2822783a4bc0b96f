import { presentSql } from '../../act/present.ts';
import type { StoreConfig } from '../config.ts';
import { createTable, onCluster, TABLES } from './tables.ts';

export interface Migration {
  /** From 1, without holes, never reused. */
  version: number;
  name: string;
  /** Statements that do no harm when they run again: a crash can come between them and the note that they ran. */
  statements(config: StoreConfig): string[];
}

/** In order. New columns need no migration: they are added by themselves. */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: 'tables of events, alerts, revocations, rejects and coverage gaps',
    statements: (config) => TABLES.flatMap((table) => createTable(table, config)),
  },
  {
    version: 2,
    name: 'table of the links of the hash chains',
    statements: (config) =>
      TABLES.filter(({ type }) => type.name === 'links').flatMap((table) => createTable(table, config)),
  },
  {
    version: 3,
    name: 'table of what people did, and the present state of alerts',
    statements: (config) => [
      ...TABLES.filter(({ type }) => type.name === 'audit').flatMap((table) => createTable(table, config)),
      `CREATE VIEW IF NOT EXISTS alert_states${onCluster(config)} AS ${presentSql('audit')}`,
    ],
  },
];
