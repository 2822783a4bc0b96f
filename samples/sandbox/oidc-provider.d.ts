/** The part of oidc-provider 8 that the sandbox uses; the package brings no types. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  export interface IssuedToken {
    readonly clientId: string;
    readonly extra?: Record<string, unknown>;
  }
  export interface Context {
    body: unknown;
    oidc?: { route?: string; entities: { ClientCredentials?: IssuedToken } };
  }
  export interface Adapter {
    upsert(id: string, payload: object, expires_in_s: number): Promise<void>;
    find(id: string): Promise<object | undefined>;
    findByUserCode(code: string): Promise<object | undefined>;
    findByUid(uid: string): Promise<object | undefined>;
    consume(id: string): Promise<void>;
    destroy(id: string): Promise<void>;
    revokeByGrantId(grant: string): Promise<void>;
  }
  export default class Provider {
    constructor(issuer: string, configuration: object);
    callback(): RequestListener;
    use(middleware: (ctx: Context, next: () => Promise<void>) => Promise<void>): void;
    on(event: string, listener: (...details: unknown[]) => void): void;
  }
}
