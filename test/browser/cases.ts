// What must hold in a real browser, one sentence each. A case gets a page of the listed origin, one of another origin, and a way to
// call the functions of page.ts in either.
import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import type { Servers } from './servers.ts';

/** What came of a call in the page. */
export interface Outcome {
  readonly value?: unknown;
  readonly error?: Readonly<Record<string, unknown>>;
}

export interface Trial extends Servers {
  /** Calls a function of page.ts in the page whose origin is listed, or in the other one. */
  readonly call: (name: string, ...args: readonly unknown[]) => Promise<Outcome>;
  readonly callForeign: (name: string, ...args: readonly unknown[]) => Promise<Outcome>;
  readonly token: (tenant: string, expiresIn?: number) => Promise<string>;
  /** Methods and addresses of all requests of the listed page, preflights as well. */
  readonly requests: readonly {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
  }[];
  /** What the listed page has stored. */
  readonly stored: () => Promise<unknown>;
}

const sort = (index: string): string => index;
const answerOf = ({
  value,
}: Outcome): { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string } =>
  value as ReturnType<typeof answerOf>;

export const cases: readonly (readonly [name: string, run: (trial: Trial) => Promise<void>])[] = [
  [
    "a page of a listed origin reads its own tenant's object and item, on one vend",
    async ({ call, token, vends }) => {
      const before = vends();
      const acme = await token('acme');
      deepEqual(await call('read', acme, 'acme/hello.txt'), { value: 'hello from acme\n' });
      deepEqual(await call('readItem', acme, 'acme', sort('hello')), { value: 'acme' });
      equal(vends() - before, 1);
    },
  ],
  [
    "it writes its own tenant's objects",
    async ({ call, token }) => {
      deepEqual(await call('write', await token('acme'), 'acme/from-browser.txt', 'written in a browser'), {
        value: 'written in a browser',
      });
    },
  ],
  [
    "it is denied another tenant's object, item and writes, and can read why",
    async ({ call, token }) => {
      const acme = await token('acme');
      equal((await call('read', acme, 'globex/hello.txt')).error?.['name'], 'AccessDenied');
      equal((await call('write', acme, 'globex/from-browser.txt', 'x')).error?.['name'], 'AccessDenied');
      equal((await call('readItem', acme, 'globex', sort('hello'))).error?.['name'], 'AccessDeniedException');
    },
  ],
  [
    'two tenants in one page each read their own and nothing of the other',
    async ({ call, token }) => {
      const [acme, globex] = [await token('acme'), await token('globex')];
      for (const [own, other, one] of [
        ['acme', 'globex', acme],
        ['globex', 'acme', globex],
      ] as const) {
        deepEqual(await call('readShared', one, `${own}/hello.txt`), { value: `hello from ${own}\n` });
        equal((await call('readShared', one, `${other}/hello.txt`)).error?.['name'], 'AccessDenied');
      }
    },
  ],
  [
    'credentials are renewed at RefreshAfter and not before, and when asked to',
    async ({ call, token, vends }) => {
      const acme = await token('acme');
      const first = (await call('vend', acme)).value as { readonly accessKeyId: string; readonly seconds: number };
      ok(first.seconds > 3500 && first.seconds <= 3600);
      const before = vends();
      await call('moveClock', 44 * 60_000);
      deepEqual(((await call('vend', acme)).value as typeof first).accessKeyId, first.accessKeyId);
      equal(vends() - before, 0);
      await call('moveClock', 46 * 60_000);
      notEqual(((await call('vend', acme)).value as typeof first).accessKeyId, first.accessKeyId);
      await call('moveClock', 0);
      await call('vend', acme, true);
      equal(vends() - before, 2);
    },
  ],
  [
    'a refusal can be read across origins: code, words, request id and the time of the machine',
    async ({ call, token }) => {
      const { error = {} } = await call('vend', await token('acme', -300));
      deepEqual([error['name'], error['code'], error['status']], ['VendRefusedError', 'token-expired', 401]);
      match(String(error['requestId']), /\S{8}/);
      ok(Math.abs(Number(error['serverTime']) - Date.now()) < 10_000);
    },
  ],
  [
    'an outage can be read across origins with its Retry-After, by the library and by the page itself',
    async ({ call, token, brokenMachine }) => {
      const acme = await token('acme');
      const init = {
        method: 'POST',
        headers: { Authorization: `Bearer ${acme}`, 'Content-Type': 'application/json' },
        body: '{}',
      };
      const { status, headers, body } = answerOf(await call('fetch', `${brokenMachine}/v1/credentials`, init));
      equal(status, 503);
      match(body, /"Code":"IDPCommunicationError"/);
      ok(Number(headers['retry-after']) > 0);
      match(headers['x-request-id'] ?? '', /\S/);
      const { error = {} } = await call('vendAt', brokenMachine, acme);
      deepEqual([error['code'], error['status']], ['issuer-unavailable', 503]);
      ok(Number(error['retryAfterSeconds']) > 0);
    },
  ],
  [
    'a preflight goes before the vend and before each kind of call to AWS',
    async ({ requests, local }) => {
      const preflights = requests.filter(({ method }) => method === 'OPTIONS');
      for (const origin of [local.url, local.aws])
        ok(
          preflights.some(({ url }) => url.startsWith(origin)),
          `no preflight to ${origin}`,
        );
    },
  ],
  [
    'no token and no credential is in an address, a cookie or a storage of the page',
    async ({ requests, stored }) => {
      ok(requests.length > 10);
      for (const { url } of requests) ok(!/eyJ|X-Amz-Security-Token/i.test(url), url);
      deepEqual(await stored(), { cookie: '', local: 0, session: 0, databases: 0 });
    },
  ],
  [
    'a page of another origin gets no credentials, no reason and no vend',
    async ({ callForeign, token, vends }) => {
      const before = vends();
      const { error = {} } = await callForeign('vend', await token('acme'));
      deepEqual([error['name'], error['code']], ['VendUnreachableError', undefined]);
      equal(vends() - before, 0);
    },
  ],
  [
    'a hostile page cannot read the discovery document, take a token of the local issuer or call AWS',
    async ({ callForeign, call, token, local, vends }) => {
      const before = vends();
      const blocked = async (url: string, init: RequestInit = {}): Promise<void> =>
        equal((await callForeign('fetch', url, init)).error?.['name'], 'TypeError', url);
      await blocked(`${local.url}/healthz`);
      await blocked(`${local.url}/.well-known/tvm-local`);
      // A simple request needs no preflight: it is sent, and refused there.
      await blocked(`${local.url}/oidc/token`, { method: 'POST', body: '{"tenant":"acme"}' });
      await blocked(`${local.aws}/`);
      equal((await callForeign('read', await token('acme'), 'acme/hello.txt')).value, undefined);
      equal(vends() - before, 0);
      // The same question from the listed page is answered: what blocks is the origin.
      equal(answerOf(await call('fetch', `${local.url}/healthz`)).status, 200);
    },
  ],
  [
    'a hostile page that asks without CORS sees an empty answer',
    async ({ callForeign, local }) => {
      const outcome = await callForeign('fetch', `${local.url}/healthz`, { mode: 'no-cors' });
      const { status, headers, body } = answerOf(outcome);
      deepEqual([status, headers, body], [0, {}, '']);
    },
  ],
];
