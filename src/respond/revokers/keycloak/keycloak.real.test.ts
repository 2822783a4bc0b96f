import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patient } from '../testing.ts';
import { keycloak } from './index.ts';
import { makeRealm, orderAbout, type Realm } from './testing.ts';

/** Against a running Keycloak: TRIPLINE_KEYCLOAK is its address, TRIPLINE_KEYCLOAK_ADMIN its administrator as name:password. */
const url = process.env.TRIPLINE_KEYCLOAK;
const [username = 'admin', password = 'admin'] = (process.env.TRIPLINE_KEYCLOAK_ADMIN ?? '').split(':');

describe.skipIf(url === undefined)('keycloak, a real one', () => {
  let realm: Realm;
  beforeAll(async () => {
    realm = await makeRealm(url!, { username: username || 'admin', password });
    process.env.REAL_KEYCLOAK_SECRET = realm.client_secret;
  });
  afterAll(() => realm.remove());
  const open = (way: string) =>
    keycloak.create(
      keycloak.config.parse({
        type: 'keycloak',
        url,
        realm: realm.realm,
        way,
        client_id: realm.client_id,
        client_secret: { env: 'REAL_KEYCLOAK_SECRET' },
        allow_private: true,
      }),
      'sso',
    );

  it('disables a client, so that it gets no token, and enables it again', async () => {
    const secret = await realm.client('agent-1');
    expect((await realm.grant('agent-1', secret)).token).toBeDefined();
    const order = orderAbout({ client_id: 'agent-1', iss: `${url}/realms/${realm.realm}` });
    const receiver = open('client');
    expect(await receiver.check(patient())).toContain('lets tripline in');
    for (const attempt of [1, 2])
      expect(await receiver.revoke({ ...order, attempt }, patient())).toMatchObject({
        status: 'accepted',
        proof: '{"client_id":"agent-1","enabled":false}',
      });
    expect(await realm.isEnabled('agent-1')).toBe(false);
    expect((await realm.grant('agent-1', secret)).error).toBe('invalid_client');
    expect(await receiver.undo!(order, patient())).toMatchObject({ status: 'accepted' });
    expect((await realm.grant('agent-1', secret)).token).toBeDefined();
  });

  it('logs a session out, so that it renews nothing, and finds it gone the second time', async () => {
    const { sid, refresh_token } = await realm.login();
    const other = await realm.login();
    const receiver = open('session');
    expect(await receiver.check(patient())).toContain('lets tripline in');
    const order = orderAbout({ sid });
    expect(await receiver.revoke(order, patient())).toMatchObject({ status: 'accepted', http_status: 204 });
    expect(await receiver.revoke(order, patient())).toMatchObject({ status: 'accepted', http_status: 404 });
    expect(await realm.lives(refresh_token)).toBe(false);
    expect(await realm.lives(other.refresh_token)).toBe(true);
  });

  it('touches nothing for a token of another issuer', async () => {
    const secret = await realm.client('agent-2');
    const order = orderAbout({ client_id: 'agent-2', iss: 'https://elsewhere.example/realms/x' });
    expect(await open('client').revoke(order, patient())).toMatchObject({ status: 'failed' });
    expect((await realm.grant('agent-2', secret)).token).toBeDefined();
  });
});
