// The credential provider against a scripted machine: what it keeps, when it comes back, what it never covers up.
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { fromTokenVendingMachine, type ProviderOptions } from '../../client/index.ts';
import { refused, scripted, start, vended, type Seen, type Step } from './fixtures.ts';

const minute = 60_000;

interface Trial {
  readonly provider: ReturnType<typeof fromTokenVendingMachine>;
  readonly seen: readonly Seen[];
  readonly slept: readonly number[];
  now: number;
}

function trial(steps: readonly Step[], options: Partial<ProviderOptions> = {}, chance = 0.5): Trial {
  const { fetch, seen } = scripted(...steps);
  const slept: number[] = [];
  const state = { now: start };
  const waiting = {
    sleep: async (milliseconds: number): Promise<void> => void slept.push(milliseconds),
    chance: () => chance,
  };
  const clock = (): number => state.now;
  const provider = fromTokenVendingMachine({
    url: 'https://tvm.example.com/',
    token: 'a.b.c',
    fetch,
    clock,
    waiting,
    ...options,
  });
  return Object.assign(state, { provider, seen, slept });
}

describe('a vend', () => {
  it('gives what the SDK calls an identity', async () => {
    const { provider, seen } = trial([() => vended(start)]);
    expect(await provider()).toEqual({
      accessKeyId: 'ASIA1',
      secretAccessKey: 'secret of ASIA1',
      sessionToken: 'session of ASIA1',
      expiration: new Date(start + 60 * minute),
      accountId: '111122223333',
    });
    expect(seen).toEqual([
      { url: 'https://tvm.example.com/v1/credentials', token: 'Bearer a.b.c', body: {}, redirect: 'error' },
    ]);
  });

  it('asks for the permission set and the duration, the set as one path segment', async () => {
    const { provider, seen } = trial([() => vended(start)], { permissionSet: 'a/b', durationSeconds: 900 });
    await provider();
    expect(seen[0]).toMatchObject({
      url: 'https://tvm.example.com/v1/credentials/a%2Fb',
      body: { durationSeconds: 900 },
    });
  });

  it('takes Token where SessionToken is left out', async () => {
    const { SessionToken: _left, ...document } = (await vended(start).json()) as Record<string, unknown>;
    const { provider } = trial([() => Response.json(document)]);
    expect((await provider()).sessionToken).toBe('session of ASIA1');
  });

  it.each(['AccessKeyId', 'SecretAccessKey', 'Expiration', 'RefreshAfter'])(
    'refuses an answer without %s',
    async (name) => {
      const document = (await vended(start).json()) as Record<string, unknown>;
      const { provider } = trial([() => Response.json({ ...document, [name]: undefined })]);
      await expect(provider()).rejects.toMatchObject({ name: 'VendUnreachableError', status: 200 });
    },
  );

  it.each(['http://tvm.example.com', 'ftp://127.0.0.1/', 'http://127.0.0.1.example.com'])('refuses %s', (url) => {
    expect(() => fromTokenVendingMachine({ url, token: 'x' })).toThrow(TypeError);
  });

  it('tells nothing of a token that no header can hold', async () => {
    const provider = fromTokenVendingMachine({
      url: 'https://tvm.example.com',
      token: 'se\ncret',
      waiting: { sleep: async () => undefined, chance: () => 0 },
    });
    const failure: unknown = await provider().catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ name: 'VendUnreachableError' });
    expect(inspect(failure)).not.toMatch(/cret/);
  });
});

describe('keeping', () => {
  it('keeps credentials until RefreshAfter and not a moment longer', async () => {
    const at = trial([() => vended(start), () => vended(start + 45 * minute, 'ASIA2')]);
    await at.provider();
    at.now = start + 45 * minute - 1;
    expect((await at.provider()).accessKeyId).toBe('ASIA1');
    at.now = start + 45 * minute;
    expect((await at.provider()).accessKeyId).toBe('ASIA2');
    expect(at.seen).toHaveLength(2);
  });

  it('vends once for all who wait, and again when asked to', async () => {
    const at = trial([() => vended(start), () => vended(start, 'ASIA2')]);
    const all = await Promise.all(Array.from({ length: 20 }, () => at.provider()));
    expect(new Set(all.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['ASIA1']));
    expect(at.seen).toHaveLength(1);
    expect((await at.provider({ forceRefresh: true })).accessKeyId).toBe('ASIA2');
  });

  it('lets all who wait hear a failure once, and starts anew after it', async () => {
    const at = trial([() => refused('tenant-invalid', 403), () => vended(start)]);
    const both = await Promise.allSettled([at.provider(), at.provider()]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(at.seen).toHaveLength(1);
    expect((await at.provider()).accessKeyId).toBe('ASIA1');
  });

  it('lives through an outage on credentials that still live, leaving the machine alone for a while', async () => {
    const at = trial([() => vended(start), () => refused('sts-unavailable', 503)]);
    await at.provider();
    at.now = start + 50 * minute;
    expect((await at.provider()).accessKeyId).toBe('ASIA1');
    expect(at.seen).toHaveLength(4);
    at.now += 14_000;
    await at.provider();
    expect(at.seen).toHaveLength(4);
    at.now += 1_000;
    await at.provider();
    expect(at.seen).toHaveLength(7);
    at.now = start + 59.5 * minute;
    await expect(at.provider()).rejects.toMatchObject({ code: 'sts-unavailable' });
  });

  it.each([
    ['tenant-disabled', 403],
    ['token-invalid', 401],
    ['permission-set-denied', 403],
    ['misconfigured', 500],
  ])('covers no %s up with older credentials', async (code, status) => {
    const at = trial([() => vended(start), () => refused(code, status)]);
    await at.provider();
    at.now = start + 46 * minute;
    await expect(at.provider()).rejects.toMatchObject({ code, status, requestId: 'r-1' });
    expect(at.seen).toHaveLength(2);
  });
});

describe('trying again', () => {
  it.each([
    ['internal', 500],
    ['upstream-invalid', 502],
    ['issuer-unavailable', 503],
    ['sts-unavailable', 503],
    ['rate-limited', 429],
  ])('tries %s three times, spread out', async (code, status) => {
    const at = trial([() => refused(code, status)]);
    await expect(at.provider()).rejects.toMatchObject({ code });
    expect(at.seen).toHaveLength(3);
    expect(at.slept).toEqual([200, 400]);
  });

  it.each<[string, Step]>([
    ['no answer', () => Promise.reject(new TypeError('fetch failed'))],
    ['a gateway’s 503 in HTML', () => new Response('<html>', { status: 503 })],
    ['a gateway’s own 429', () => Response.json({ message: 'Too Many Requests' }, { status: 429 })],
  ])('gets over %s', async (_, step) => {
    const at = trial([step, () => vended(start)]);
    expect((await at.provider()).accessKeyId).toBe('ASIA1');
  });

  it.each<[string, Step]>([
    ['misconfigured', () => refused('misconfigured', 500)],
    ['policy-too-large', () => refused('policy-too-large', 500)],
    ['request-invalid', () => refused('request-invalid', 400)],
    ['a firewall’s 403', () => Response.json({ message: 'Forbidden' }, { status: 403 })],
    ['a login page', () => new Response('<html>', { status: 200 })],
    ['a retry that is asked for in an hour', () => refused('rate-limited', 429, { 'retry-after': '3600' })],
  ])('does not try %s again', async (_, step) => {
    const at = trial([step, () => vended(start)]);
    await expect(at.provider()).rejects.toThrow();
    expect(at.seen).toHaveLength(1);
  });

  it.each([
    [0, 2_000],
    [0.5, 2_250],
    [1, 2_500],
  ])('never comes back sooner than Retry-After (chance %d: %d ms)', async (chance, expected) => {
    const at = trial([() => refused('rate-limited', 429, { 'retry-after': '2' }), () => vended(start)], {}, chance);
    await at.provider();
    expect(at.slept).toEqual([expected]);
  });
});

describe('the token', () => {
  it('is read anew for every vend, and trimmed', async () => {
    let count = 0;
    const token = async (): Promise<string> => `token-${(count += 1)}\n`;
    const at = trial([() => vended(start), () => vended(start, 'ASIA2')], { token });
    await at.provider();
    await at.provider({ forceRefresh: true });
    expect(at.seen.map((one) => one.token)).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  it.each(['token-expired', 'token-expires-too-soon'])('is read once more after %s', async (code) => {
    const tokens = ['old', 'new', 'newer'];
    const at = trial([() => refused(code, 401), () => vended(start)], { token: () => tokens.shift()! });
    expect((await at.provider()).accessKeyId).toBe('ASIA1');
    expect(at.seen.map((one) => one.token)).toEqual(['Bearer old', 'Bearer new']);
  });

  it('is not sent again where it is the same, nor a third time', async () => {
    const same = trial([() => refused('token-expired', 401)]);
    await expect(same.provider()).rejects.toMatchObject({ code: 'token-expired' });
    expect(same.seen).toHaveLength(1);
    let count = 0;
    const fresh = trial([() => refused('token-expired', 401)], { token: () => `token-${(count += 1)}` });
    await expect(fresh.provider()).rejects.toMatchObject({ code: 'token-expired' });
    expect(fresh.seen).toHaveLength(2);
  });

  it('is not asked for again after any other refusal', async () => {
    let count = 0;
    const at = trial([() => refused('token-invalid', 401)], { token: () => `token-${(count += 1)}` });
    await expect(at.provider()).rejects.toMatchObject({ code: 'token-invalid' });
    expect(count).toBe(1);
  });

  it('that cannot be had is the application’s own error', async () => {
    const at = trial([() => vended(start)], { token: () => Promise.reject(new RangeError('logged out')) });
    await expect(at.provider()).rejects.toThrow(RangeError);
    expect(at.seen).toHaveLength(0);
  });
});

describe('a clock that is off', () => {
  const hour = 60 * minute;

  it.each([2 * hour, -2 * hour, 40_000, -40_000])('by %d ms: judges by the machine’s Date', async (skew) => {
    const answer = (at: number, id: string): Response => vended(at, id, 3600, { date: new Date(at).toUTCString() });
    const at = trial([() => answer(start + skew, 'ASIA1'), () => answer(start + 45 * minute + skew, 'ASIA2')]);
    // By our clock, because the SDK compares with ours.
    expect((await at.provider()).expiration).toEqual(new Date(start + hour));
    at.now = start + 45 * minute - 1;
    expect((await at.provider()).accessKeyId).toBe('ASIA1');
    at.now = start + 45 * minute;
    expect((await at.provider()).accessKeyId).toBe('ASIA2');
  });

  it('takes the time of a refusal where no Date is shown', async () => {
    const at = trial([() => refused('sts-unavailable', 503, {}, start + hour), () => vended(start + hour)]);
    expect((await at.provider()).expiration).toEqual(new Date(start + hour));
  });

  it('does not vend for every call where nothing tells the time and fresh credentials look due', async () => {
    const at = trial([() => vended(start - 2 * hour)]);
    await at.provider();
    await at.provider();
    expect(at.seen).toHaveLength(1);
    at.now = start + 45 * minute;
    await at.provider();
    expect(at.seen).toHaveLength(2);
  });

  it('leaves an expiration alone where the clocks agree', async () => {
    const at = trial([() => vended(start, 'ASIA1', 3600, { date: new Date(start - 5_000).toUTCString() })]);
    expect((await at.provider()).expiration).toEqual(new Date(start + hour));
  });
});
