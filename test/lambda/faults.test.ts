// When what we depend on fails: one deadline for all of it, tries that end, refusals that are ours, and nothing half-done.
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { shapes } from './event-shapes.ts';
import { answerJson, answerXml, assumeRoleXml, ecKey, startPeer, stsErrorXml } from './fixtures.ts';
import { slugOf, startMachine, type Running } from './running-machine.ts';

let running: Running;

beforeEach(async () => {
  running = await startMachine();
});

afterEach(() => running.stop());

const credentialShaped = /ASIA|SecretAccessKey|SessionToken|vectorSecret|vectorToken/;

/** Everything a refusal of the handler must be. */
async function expectRefusal(result: ReturnType<Running['vend']>, status: number, slug: string): Promise<void> {
  const got = await result;
  expect([got.statusCode, slugOf(got)]).toEqual([status, slug]);
  expect(got.body).not.toMatch(credentialShaped);
  expect(running.records().at(-1)).toMatchObject({ event: 'credentials.refused', code: slug });
  if (status === 503) expect(got.headers?.['Retry-After']).toMatch(/^\d+$/);
}

describe('STS', () => {
  it('SEC-FLT-01 throttles twice: vended at the third try, counted twice, within the deadline', async () => {
    const good = running.sts.script;
    running.sts.script = (request, response, body) =>
      running.stsCalls() < 3
        ? answerXml(response, stsErrorXml('Throttling', 'Rate exceeded'), 400)
        : good(request, response, body);
    expect((await running.vend()).statusCode).toBe(200);
    expect(running.stsCalls()).toBe(3);
    expect(running.metrics().at(-1)).toMatchObject({ Vended: 1, StsThrottled: 2 });
    await running.vend();
    expect(running.metrics().at(-1), 'counted for one request only').not.toHaveProperty('StsThrottled');
  });

  it.each([500, 503])('SEC-FLT-02 answers %i always: 503 within five seconds', async (status) => {
    running.sts.script = (_, response) => answerXml(response, stsErrorXml('InternalFailure'), status);
    const startedAt = performance.now();
    await expectRefusal(running.vend(), 503, 'sts-unavailable');
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(running.stsCalls()).toBe(3);
  });

  it('hangs: 503 before the function is ended', async () => {
    running.sts.script = () => undefined;
    const startedAt = performance.now();
    await expectRefusal(running.vend({}, 1_500), 503, 'sts-unavailable');
    expect(performance.now() - startedAt).toBeLessThan(2_500);
    expect(running.stsCalls()).toBe(1);
  });

  it.each(['AccessDenied', 'MalformedPolicyDocument', 'RegionDisabledException'])(
    'SEC-FLT-05 denies with %s: the operator is told, not the caller, and nothing is tried again',
    async (code) => {
      const words = 'User: arn:aws:sts::111122223333:assumed-role/tvm is not authorized';
      running.sts.script = (_, response) => answerXml(response, stsErrorXml(code, words), 403);
      await expectRefusal(running.vend(), 500, 'misconfigured');
      expect(running.stsCalls()).toBe(1);
      expect(running.records()[0]?.detail).toContain('is not authorized');
      expect((await running.vend()).body).not.toMatch(/arn:|111122223333|not authorized/);
      expect(running.metrics()[0]).toMatchObject({ Refused: 1, code: 'misconfigured' });
    },
  );

  it('SEC-STS-02 finds the packed policy too large: 500, once, with its size as a metric and no word of the tenant', async () => {
    const words = 'Packed policy consumes 137% of allotted space, please use smaller policy.';
    running.sts.script = (_, response) => answerXml(response, stsErrorXml('PackedPolicyTooLarge', words), 400);
    await expectRefusal(running.vend(), 500, 'policy-too-large');
    expect(running.stsCalls()).toBe(1);
    expect(running.metrics()[0]).toMatchObject({ PackedPolicySize: 137, code: 'policy-too-large' });
    expect((await running.vend()).body).not.toContain('acme');
  });

  it('SEC-FLT-09 refuses the signature for its time, twice: 503', async () => {
    running.sts.script = (_, response) => {
      response.setHeader('date', new Date(Date.now() + 3_600_000).toUTCString());
      answerXml(response, stsErrorXml('SignatureDoesNotMatch', 'Signature expired'), 403);
    };
    await expectRefusal(running.vend(), 503, 'sts-unavailable');
    expect(running.stsCalls()).toBe(2);
  });

  it.each<[string, (body: string) => string]>([
    ['HTML', () => '<html><body>sign in</body></html>'],
    ['half a document', (body) => assumeRoleXml(body).slice(0, 400)],
    ['no session token', (body) => assumeRoleXml(body, { drop: 'SessionToken' })],
    ['another XML', () => '<ListBucketResult/>'],
    ['the session of somebody else', (body) => assumeRoleXml(body).replace('/acme@alice<', '/globex@gina<')],
    ['credentials of last year', (body) => assumeRoleXml(body, { expiration: '2025-01-01T00:00:00Z' })],
  ])('answers with %s: 502, and never a part of it', async (_, xml) => {
    running.sts.script = (_request, response, body) => answerXml(response, xml(body));
    await expectRefusal(running.vend(), 502, 'upstream-invalid');
  });

  it('breaks off half-way: 503, and never a part of it', async () => {
    running.sts.script = (_, response, body) => {
      response.writeHead(200, { 'content-type': 'text/xml', 'content-length': 5_000 });
      response.write(assumeRoleXml(body), () => response.destroy());
    };
    await expectRefusal(running.vend(), 503, 'sts-unavailable');
  });

  it("says the function's own credentials are over: reads them again, once", async () => {
    const good = running.sts.script;
    running.sts.script = (request, response, body) => {
      if (request.headers.authorization?.includes('AKIDTHAWED') === true) return good(request, response, body);
      running.environment['AWS_ACCESS_KEY_ID'] = 'AKIDTHAWED';
      return answerXml(response, stsErrorXml('ExpiredToken'), 403);
    };
    expect((await running.vend()).statusCode).toBe(200);
    expect(running.stsCalls()).toBe(2);
  });
});

describe('the deadline', () => {
  it('SEC-FLT-10 with 300 ms left refuses at once and begins nothing, with keys and without', async () => {
    const cold = performance.now();
    await expectRefusal(running.vend({}, 300), 503, 'issuer-unavailable');
    expect(performance.now() - cold).toBeLessThan(2_000);
    expect(running.issuer.requests.size).toBe(0);

    await running.vend();
    const before = running.stsCalls();
    const warm = performance.now();
    await expectRefusal(running.vend({}, 300), 503, 'sts-unavailable');
    expect(performance.now() - warm).toBeLessThan(2_000);
    expect(running.stsCalls()).toBe(before);
  });

  it('is not the share of a slow issuer alone: keys get half of it', async () => {
    running.issuer.script = () => undefined;
    const startedAt = performance.now();
    await expectRefusal(running.vend({}, 1_500), 503, 'issuer-unavailable');
    expect(performance.now() - startedAt).toBeLessThan(2_500);
    expect(running.stsCalls()).toBe(0);
  });

  it('leaves a slow fetch to those who come after', async () => {
    const good = running.issuer.script;
    running.issuer.script = async (request, response, body) => {
      await new Promise((resolve) => setTimeout(resolve, 700));
      await good(request, response, body);
    };
    await expectRefusal(running.vend({}, 900), 503, 'issuer-unavailable');
    expect((await running.vend()).statusCode).toBe(200);
    expect(running.issuer.requests.get('/jwks')).toBe(1);
  });
});

describe('issuers', () => {
  it('SEC-JWKS-06 down with known keys: vended, and the failure counted', async () => {
    await running.vend();
    running.issuer.script = (_, response) => answerJson(response, {}, 500);
    running.clock.now += 11 * 60_000;
    expect((await running.vend()).statusCode).toBe(200);
    expect(running.metrics().at(-1)).toMatchObject({ Vended: 1, JwksFailures: 1 });
  });

  it('SEC-JWKS-07 down without keys: 503 for everyone, asked at most twice in ten seconds', async () => {
    running.issuer.script = (_, response) => answerJson(response, {}, 500);
    for (let index = 0; index < 50; index += 1) await expectRefusal(running.vend(), 503, 'issuer-unavailable');
    expect(running.issuer.requests.get('/.well-known/openid-configuration')).toBe(2);
    const failures = running.metrics().map(({ JwksFailures: count }) => Number(count ?? 0));
    expect(failures.reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  it('SEC-JWKS-08 dripping: 503 within three seconds', async () => {
    running.issuer.script = (_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 100);
      response.on('close', () => clearInterval(drip));
    };
    const startedAt = performance.now();
    await expectRefusal(running.vend(), 503, 'issuer-unavailable');
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('SEC-JWKS-04 under a flood of unknown key ids: all 401, two fetches, and good tokens go on', async () => {
    await running.vend();
    for (let index = 0; index < 200; index += 1) {
      const headers = [['authorization', running.token({}, { kid: `junk-${index}` })]] as const;
      expect((await running.vend({ headers })).statusCode).toBe(401);
    }
    expect(running.issuer.requests.get('/jwks')).toBeLessThanOrEqual(2);
    expect((await running.vend()).statusCode).toBe(200);
  });

  it('SEC-CONC-02 fail once for all who wait, and the next request asks again', async () => {
    const good = running.issuer.script;
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    running.issuer.script = async (_, response) => {
      await held;
      answerJson(response, {}, 500);
    };
    const waiting = Array.from({ length: 20 }, () => running.vend());
    await expect.poll(() => running.issuer.requests.size).toBe(1);
    release();
    const results = await Promise.all(waiting);
    expect(new Set(results.map((result) => slugOf(result)))).toEqual(new Set(['issuer-unavailable']));
    expect([...running.issuer.requests.values()]).toEqual([1]);
    running.issuer.script = good;
    expect((await running.vend()).statusCode).toBe(200);
  });

  it('do not fall with one another', async () => {
    const dead = await startPeer((request) => void request.socket.destroy());
    const other = {
      name: 'dead',
      issuer: dead.url,
      audiences: ['tvm'],
      tenant: { claim: 'tenant' },
      tenants: ['globex'],
    };
    const two = await startMachine({
      issuers: [
        {
          name: 'peer',
          issuer: running.issuer.url,
          audiences: ['tvm'],
          algorithms: ['ES256'],
          tenant: { claim: 'tenant' },
          tenants: ['acme'],
        },
        { ...other, algorithms: ['ES256'] },
      ],
    });
    const vend = (token: string): ReturnType<Running['vend']> => two.vend({ headers: [['authorization', token]] });
    expect(slugOf(await vend(running.token({ iss: dead.url, tenant: 'globex' })))).toBe('issuer-unavailable');
    expect((await vend(running.token())).statusCode).toBe(200);
    await Promise.all([dead.stop(), two.stop()]);
  });
});

describe('after a thaw of hours', () => {
  it('serves nothing that is over: tokens are held against the new time and keys are fetched again', async () => {
    const old = running.token();
    expect((await running.vend({ headers: [['authorization', old]] })).statusCode).toBe(200);
    running.clock.now += 5 * 3_600_000;
    expect(slugOf(await running.vend({ headers: [['authorization', old]] }))).toBe('token-expired');
    // STS lives in the present of the machine, not in ours.
    const later = new Date(running.clock.now + 900_000).toISOString();
    running.sts.script = (_, response, body) => answerXml(response, assumeRoleXml(body, { expiration: later }));
    expect((await running.vend()).statusCode).toBe(200);
    expect(running.issuer.requests.get('/jwks')).toBe(2);
  });

  it('trusts no key that was removed meanwhile, nor any key while the issuer is down', async () => {
    await running.vend();
    running.clock.now += 5 * 3_600_000;
    const good = running.issuer.script;
    running.issuer.script = (_, response) => answerJson(response, {}, 500);
    await expectRefusal(running.vend(), 503, 'issuer-unavailable');
    running.issuer.script = (request, response, body) =>
      request.url === '/jwks' ? answerJson(response, { keys: [ecKey('key-2').jwk] }) : good(request, response, body);
    running.clock.now += 10_000;
    await expectRefusal(running.vend(), 401, 'token-invalid');
  });
});

describe('the audit log', () => {
  it('SEC-RESP-06 down: nothing is vended, whichever line fails, and the process lives on', async () => {
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new TypeError('disk full')) });
    const machine = await startMachine({}, { log: broken });
    for (let index = 0; index < 2; index += 1) {
      const result = await machine.invoke(
        shapes['ALB, many values']({
          method: 'GET',
          path: '/v1/credentials',
          headers: [['authorization', machine.token()]],
        }),
      );
      expect([result.statusCode, slugOf(result), result.statusDescription]).toEqual([
        500,
        'internal',
        '500 Internal Server Error',
      ]);
      expect(result.body).not.toMatch(/ASIA|vectorSecret|vectorToken|disk full/);
    }
    await machine.stop();
  });
});
