/** Blocks of addresses that exist in the sandbox's world, from the ranges kept for documentation (RFC 5737, RFC 5398). */
const NETWORKS: readonly { prefix: string; asn: number; country: string }[] = [
  { prefix: '198.51.100.', asn: 64500, country: 'NL' },
  { prefix: '203.0.113.', asn: 64510, country: 'BR' },
  { prefix: '192.0.2.', asn: 64497, country: 'SG' },
];

/** What a gateway knows about a source address. Private addresses belong to nobody. */
export function networkOf(address: string): { source_asn?: number; source_country?: string } {
  const found = NETWORKS.find(({ prefix }) => address.startsWith(prefix));
  return found === undefined ? {} : { source_asn: found.asn, source_country: found.country };
}
