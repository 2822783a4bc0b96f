import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadReceivers } from '../index.ts';
import { orderOf, patient } from '../testing.ts';

const dir = mkdtempSync(join(tmpdir(), 'tripline-tls-'));
const file = (name: string) => join(dir, name);
const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });

/** A certificate that signs itself. */
function certify(name: string, common_name: string): void {
  const subject = ['-subj', `/CN=${common_name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  const keys = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...keys,
    '-keyout',
    file(`${name}.key`),
    '-out',
    file(`${name}.pem`),
    '-days',
    '2',
    ...subject,
  );
}

let server: Server;
let url: string;
const seen: string[] = [];
beforeAll(async () => {
  process.env.TLS_SECRET = `whsec_${Buffer.from('a secret of the test with tls 32').toString('base64')}`;
  certify('server', 'idp');
  certify('client', 'tripline');
  const options = {
    key: readFileSync(file('server.key')),
    cert: readFileSync(file('server.pem')),
    ca: readFileSync(file('client.pem')),
    requestCert: true,
    // Somebody without one is let in, and noted.
    rejectUnauthorized: false,
  };
  server = createServer(options, (request, response) => {
    request.resume();
    seen.push(String((request.socket as TLSSocket).getPeerCertificate().subject?.CN ?? 'nobody'));
    response.end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(dir, { recursive: true });
});

function open(more: object) {
  const section = { type: 'webhook', url, secrets: [{ env: 'TLS_SECRET' }], allow_private: true, ...more };
  return loadReceivers({ idp: section }).get('idp')!;
}

describe('a receiver with certificates of its own', () => {
  it('is believed by the certificates that are configured, and not without', async () => {
    expect(await open({}).revoke(orderOf(), patient())).toMatchObject({ status: 'retry' });
    expect(seen).toEqual([]);
    const ca_file = file('server.pem');
    expect(await open({ ca_file }).revoke(orderOf(), patient())).toMatchObject({ status: 'accepted' });
    const mutual = { ca_file, client_cert_file: file('client.pem'), client_key_file: file('client.key') };
    expect(await open(mutual).revoke(orderOf(), patient())).toMatchObject({ status: 'accepted' });
    expect(seen).toEqual(['nobody', 'tripline']);
  });

  it('is refused with a file that is not there, or half of a pair', () => {
    expect(() => open({ ca_file: file('none') })).toThrow(`The certificates ${file('none')} cannot be read`);
    expect(() => open({ client_cert_file: file('client.pem') })).toThrow('expected both or neither');
  });
});
