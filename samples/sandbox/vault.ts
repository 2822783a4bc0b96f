import { randomBytes } from 'node:crypto';

export interface VaultEntry {
  version: number;
  value: string;
}

/** Secrets in the shapes that real ones have, new at every start, so that a search for them in what Tripline keeps means something. */
export function createVault(): Map<string, VaultEntry> {
  const values: Record<string, string> = {
    'registry/deploy': `ghp_${alphanumeric(36)}`,
    'payments/api': `sk_live_${alphanumeric(24)}`,
    'backup/storage': `AKIA${alphanumeric(16).toUpperCase()}`,
    'warehouse/reader': alphanumeric(28),
    'mail/relay': alphanumeric(22),
    'crm/sync': `xoxb-${digits(12)}-${digits(12)}-${alphanumeric(24)}`,
  };
  return new Map(Object.entries(values).map(([name, value]) => [name, { version: 3, value }]));
}

function alphanumeric(length: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567abcdefghijklmnopqrstuvwxyz';
  return Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join('');
}

function digits(length: number): string {
  return Array.from(randomBytes(length), (byte) => byte % 10).join('');
}
