// The credential cache behind the whole function, against an STS that keeps books.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Grant } from '../../core/grant.ts';
import type { MadeCredentials } from '../../core/reuse.ts';
import { createCredentialCache } from '../../lambda/credential-cache.ts';
import { answerXml, stsErrorXml } from './fixtures.ts';
import { slugOf, startMachine, type Running } from './running-machine.ts';
import { openLedger, type Ledger } from './sts-ledger.ts';

let running: Running;
let ledger: Ledger;
let delay = 0;

async function start(change: Readonly<Record<string, unknown>> = {}): Promise<void> {
  running = await startMachine({ cache: { maxEntries: 100 }, ...change });
  ledger = openLedger(
    () => running.clock.now,
    () => delay,
  );
  running.sts.script = ledger.script;
}

beforeEach(async () => {
  delay = 0;
  await start();
});

afterEach(() => running.stop());

interface Got {
  readonly Token: string;
  readonly Tenant: string;
  readonly Subject: string;
  readonly Expiration: string;
  readonly RefreshAfter: string;
}

const ask = (claims: Readonly<Record<string, unknown>> = {}, query: readonly (readonly [string, string])[] = []) =>
  running.vend({ headers: [['authorization', running.token(claims)]], query });

async function vend(...asked: Parameters<typeof ask>): Promise<Got> {
  const result = await ask(...asked);
  expect(result.statusCode).toBe(200);
  return JSON.parse(result.body) as Got;
}

const caches = (): readonly unknown[] => running.records().map(({ cache }) => cache);
const minutes = (count: number): void => void (running.clock.now += count * 60_000);

describe('credentials that were vended before', () => {
  it('are handed out again for the same grant, said to be so in the record and counted', async () => {
    const first = await vend();
    minutes(10);
    const second = await vend();
    expect(second.Token).toBe(first.Token);
    expect([second.Expiration, second.RefreshAfter]).toEqual([first.Expiration, first.RefreshAfter]);
    expect(running.stsCalls()).toBe(1);
    expect(caches()).toEqual(['miss', 'hit']);
    const [miss, hit] = running.records();
    expect(hit?.policy_sha256).toBe(miss?.policy_sha256);
    expect(hit?.session_name).toBe(miss?.session_name);
    expect(hit).not.toHaveProperty('sts_ms');
    expect(running.metrics().at(-1)).toMatchObject({ Vended: 1, CacheHits: 1 });
  });

  it('SEC-CACHE-04 are made anew with less than half an hour left, and always last that long', async () => {
    await vend();
    minutes(31);
    const renewed = await vend();
    expect(running.stsCalls()).toBe(2);
    expect(Date.parse(renewed.Expiration) - running.clock.now).toBeGreaterThanOrEqual(1_800_000);
  });

  it.each([
    ['another tenant', { tenant: 'globex' }, []],
    ['another user', { sub: 'bob' }, []],
    ['another duration', {}, [['durationSeconds', '2000']]],
  ] as const)('are not for %s', async (_, claims, query) => {
    const first = await vend();
    expect((await vend(claims, query)).Token).not.toBe(first.Token);
    expect(caches()).toEqual(['miss', 'miss']);
  });

  it('are not kept where they live too short to be of use', async () => {
    await vend({}, [['durationSeconds', '1800']]);
    await vend({}, [['durationSeconds', '1800']]);
    expect(running.stsCalls()).toBe(2);
  });

  it('SEC-CACHE-06 are behind verification: an expired or forged token gets none of them', async () => {
    await vend();
    const past = Math.floor(running.clock.now / 1000) - 100;
    for (const [claims, slug] of [
      [{ exp: past, iat: past - 10 }, 'token-expired'],
      [{ aud: 'other' }, 'token-invalid'],
      [{ tenant: 'acme*' }, 'tenant-invalid'],
    ] as const) {
      const refused = await ask(claims);
      expect(slugOf(refused)).toBe(slug);
      expect(refused.body).not.toContain('ledger-');
    }
    const forged = await running.vend({ headers: [['authorization', `${running.token().slice(0, -8)}AAAAAAAA`]] });
    expect(slugOf(forged)).toBe('token-invalid');
    expect(running.stsCalls()).toBe(1);
  });

  it('SEC-CACHE-06 are behind authorisation too, and a refusal is kept for nobody', async () => {
    await start({ defaultPermissionSet: 'admin' });
    expect(slugOf(await ask())).toBe('permission-set-denied');
    const admin = await vend({ role: 'admin' });
    expect(slugOf(await ask())).toBe('permission-set-denied');
    expect((await vend({ role: 'admin' })).Token).toBe(admin.Token);
  });

  it('under the cap never outlive the token that asks, and serve one that ends later', async () => {
    await start({ session: { capToTokenExpiry: true } });
    const end = (seconds: number): Readonly<Record<string, unknown>> => ({
      exp: Math.floor(running.clock.now / 1000) + seconds,
    });
    const long = await vend(end(3_500));
    const short = await vend(end(2_500));
    expect(short.Token).not.toBe(long.Token);
    expect(Date.parse(short.Expiration)).toBeLessThanOrEqual(running.clock.now + 2_500_000);
    expect((await vend(end(3_000))).Token, 'ends before this token').toBe(short.Token);
  });
});

describe('many at once', () => {
  it('SEC-CACHE-01 two tenants, 500 requests: every answer is of its own tenant by the books of STS', async () => {
    delay = 20;
    const asked = Array.from({ length: 500 }, (_, index) => (index % 2 === 0 ? 'acme' : 'globex'));
    const got = await Promise.all(asked.map((tenant) => vend({ tenant })));
    got.forEach(({ Token: token, Tenant: tenant }, index) => {
      expect(tenant).toBe(asked[index]);
      expect(ledger.entries.get(token)?.tenant).toBe(asked[index]);
      expect(ledger.entries.get(token)?.policy).toContain(`/${asked[index]!}/*`);
    });
    expect(running.stsCalls()).toBe(2);
  });

  it('SEC-CONC-01 200 equal requests into a cold environment: one call, one credential for all', async () => {
    delay = 50;
    const got = await Promise.all(Array.from({ length: 200 }, () => vend()));
    expect(new Set(got.map(({ Token: token }) => token)).size).toBe(1);
    expect(running.stsCalls()).toBe(1);
    expect(caches().filter((cache) => cache === 'miss')).toHaveLength(1);
  });

  it('SEC-CONC-02 share the failure of the one that asks, once; the next request asks again', async () => {
    const good = running.sts.script;
    running.sts.script = async (_, response) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      answerXml(response, stsErrorXml('AccessDenied'), 403);
    };
    await running.vend({ headers: [['authorization', running.token({ sub: 'warm' })]] });
    const before = running.stsCalls();
    const refused = await Promise.all(Array.from({ length: 20 }, () => ask()));
    expect(new Set(refused.map(slugOf))).toEqual(new Set(['misconfigured']));
    expect(running.stsCalls() - before).toBe(1);
    running.sts.script = good;
    await vend();
  });
});

describe('renewal ahead of need', () => {
  it('is done by a request, while others still get the old ones', async () => {
    const old = await vend();
    minutes(26);
    delay = 200;
    const [renewing, meanwhile] = await Promise.all([vend(), vend()]);
    expect(renewing.Token).not.toBe(old.Token);
    expect(meanwhile.Token).toBe(old.Token);
    expect((await vend()).Token).toBe(renewing.Token);
    expect(running.stsCalls()).toBe(2);
  });

  it('that STS cannot serve is bridged by the old ones, and not tried again for ten seconds', async () => {
    const old = await vend();
    minutes(26);
    running.sts.script = (_, response) => answerXml(response, stsErrorXml('ServiceUnavailable'), 503);
    expect((await vend()).Token).toBe(old.Token);
    const calls = running.stsCalls();
    expect((await vend()).Token).toBe(old.Token);
    expect(running.stsCalls()).toBe(calls);
    running.clock.now += 10_000;
    running.sts.script = ledger.script;
    expect((await vend()).Token).not.toBe(old.Token);
  });

  it('that STS leaves hanging is bridged within the time that SDKs wait', async () => {
    const old = await vend();
    minutes(26);
    running.sts.script = () => undefined;
    const startedAt = performance.now();
    expect((await vend()).Token).toBe(old.Token);
    expect(performance.now() - startedAt).toBeLessThan(2_500);
    expect(running.stsCalls()).toBe(2);
  });

  it('that is denied is not bridged: it may be how an operator stops this tenant', async () => {
    await vend();
    minutes(26);
    running.sts.script = (_, response) => answerXml(response, stsErrorXml('AccessDenied'), 403);
    expect(slugOf(await ask())).toBe('misconfigured');
    expect(slugOf(await ask())).toBe('misconfigured');
  });

  it('never reaches below half an hour: then an outage is an outage', async () => {
    await vend();
    minutes(31);
    running.sts.script = (_, response) => answerXml(response, stsErrorXml('ServiceUnavailable'), 503);
    expect(slugOf(await ask())).toBe('sts-unavailable');
  });
});

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('the bound', () => {
  const signal = new AbortController().signal;
  const grant = (subject: string): Grant =>
    ({
      permissionSetName: 'documents',
      permissionSet: {},
      issuer: { name: 'i', issuer: 'https://i' },
      tenant: 't',
      subject,
      durationSeconds: 3_600,
      askedSeconds: 3_600,
      parameters: {},
      tags: {},
    }) as unknown as Grant;
  const made = (subject: string): MadeCredentials =>
    ({ role: { expiration: 3_600, sessionToken: `${subject}-${'x'.repeat(1_000)}` } }) as unknown as MadeCredentials;

  it('SEC-CONC-04 holds for 100,000 subjects: the oldest go, and memory stays flat', async () => {
    const cache = createCredentialCache({ maxEntries: 1_000 });
    const fill = async (from: number, to: number): Promise<void> => {
      for (let index = from; index < to; index += 1) {
        const subject = `user-${index}`;
        await cache({ grant: grant(subject), now: 0, make: async () => made(subject), signal });
      }
    };
    const heldBytes = (): number => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    await fill(0, 20_000);
    const before = heldBytes();
    await fill(20_000, 100_000);
    // 80,000 entries of 1 KB each, kept, would be 80 MB.
    expect(heldBytes() - before).toBeLessThan(10 * 1024 * 1024);
    const isHit = async (subject: string): Promise<boolean> =>
      (await cache({ grant: grant(subject), now: 0, make: async () => made(subject), signal })).isHit;
    expect(await isHit('user-99999')).toBe(true);
    expect(await isHit('user-0')).toBe(false);
  });

  it('SEC-CONC-04 drops what was used longest ago, and no call that is under way', async () => {
    const cache = createCredentialCache({ maxEntries: 2 });
    const get = (subject: string, make = async () => made(subject)) =>
      cache({ grant: grant(subject), now: 0, make, signal });
    let land = (): void => undefined;
    const landing = new Promise<void>((resolve) => (land = resolve));
    const slow = get('slow', async () => {
      await landing;
      return made('slow');
    });
    await get('a');
    await get('b');
    await get('a');
    await get('c');
    expect([(await get('a')).isHit, (await get('c')).isHit]).toEqual([true, true]);
    const follower = get('slow', async () => {
      throw new TypeError('asked a second time');
    });
    land();
    expect([(await slow).isHit, (await follower).isHit]).toEqual([false, true]);
  });

  it('lets a follower go when its own time is over', async () => {
    const cache = createCredentialCache({ maxEntries: 2 });
    const never = new Promise<MadeCredentials>(() => undefined);
    void cache({ grant: grant('a'), now: 0, make: () => never, signal });
    const follower = cache({ grant: grant('a'), now: 0, make: () => never, signal: AbortSignal.abort() });
    await expect(follower).rejects.toMatchObject({ code: 'sts-unavailable' });
  });
});
