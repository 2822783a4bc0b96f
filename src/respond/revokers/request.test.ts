import { describe, expect, it } from 'vitest';
import { AddressRefused, isPrivate, type OutgoingRequest, request } from './request.ts';
import { closing, listen, patient, receive } from './testing.ts';

const keep = closing();
const ask = (url: string, more: Partial<OutgoingRequest> = {}) =>
  request({ method: 'GET', url, headers: {}, signal: patient(), allow_private: false, ...more });
const hello = async () => keep(await receive((_, response) => response.end('hello')));

describe('an address', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:10.1.2.3',
    '::FFFF:127.0.0.1',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::a01:203',
    '64:ff9b:1::1',
    '2002:a01:203::1',
    '2001:0:1::1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
  ])('%s is not public', (address) => {
    expect(isPrivate(address)).toBe(true);
  });

  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '223.255.255.255',
    '::ffff:8.8.8.8',
    '2606:4700:4700::1111',
    '2a00:1450:4001::1',
  ])('%s is public', (address) => {
    expect(isPrivate(address)).toBe(false);
  });
});

describe('a request to a private address', () => {
  it.each([
    '127.0.0.1',
    'localhost',
    '0x7f.1',
    '2130706433',
    '0177.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '0',
  ])('is refused before anything is connected: %s', async (host) => {
    const { port, connections } = await hello();
    await expect(ask(`http://${host}:${port}/`)).rejects.toBeInstanceOf(AddressRefused);
    expect(connections()).toBe(0);
  });

  it.each(['10.0.0.1', '169.254.169.254', '[fe80::1]', '[fd00::1]'])('is refused: https://%s', async (host) => {
    await expect(ask(`https://${host}/`)).rejects.toThrow('allow_private would permit it');
  });

  it('is made where the configuration permits it', async () => {
    const { port } = await hello();
    for (const host of ['127.0.0.1', 'localhost'])
      expect(await ask(`http://${host}:${port}/`, { allow_private: true })).toMatchObject({
        status: 200,
        body: 'hello',
      });
  });

  it('does not get a connection that somebody with permission left open', async () => {
    const { port, received } = await hello();
    await ask(`http://localhost:${port}/`, { allow_private: true });
    await expect(ask(`http://localhost:${port}/`)).rejects.toBeInstanceOf(AddressRefused);
    expect(received).toHaveLength(1);
  });
});

describe('a request', () => {
  const allow_private = true;

  it('follows no redirect', async () => {
    const { url, received } = keep(
      await receive((_, response) => response.writeHead(307, { location: '/elsewhere' }).end()),
    );
    expect(await ask(`${url}/here`, { allow_private })).toMatchObject({ status: 307 });
    expect(received.map(({ path }) => path)).toEqual(['/here']);
  });

  it('reads no more of an answer than its limit', async () => {
    const { url } = keep(await receive((_, response) => response.end('x'.repeat(1_000_000))));
    expect((await ask(url, { allow_private })).body).toHaveLength(65_536);
    expect((await ask(url, { allow_private, answer_bytes_max: 10 })).body).toBe('x'.repeat(10));
  });

  it('ends when its signal does, and with the reason when nobody listens', async () => {
    const silent = keep(await receive(() => {}));
    const control = new AbortController();
    const asked = ask(silent.url, { allow_private, signal: control.signal });
    await silent.holds(1);
    control.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });

    const gone = await listen(() => {});
    await gone.close();
    await expect(ask(gone.url, { allow_private })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('fails when the answer breaks off', async () => {
    const { url } = keep(
      await receive((_, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('half', () => response.destroy());
      }),
    );
    await expect(ask(url, { allow_private })).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});
