// When STS is asked again, and where: the second Region, renewed credentials, corrected clocks, frozen connections.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AssumeRole } from '../../../core/ports.ts';
import { createAssumeRole } from '../../../lambda/sts/assume-role.ts';
import { answerXml, assumeRoleInput as input, assumeRoleXml, startPeer, stsErrorXml, type Peer } from '../fixtures.ts';
import { connections } from './connections.ts';

describe.each(connections)('over the %s connection', (_connection, open) => {
  let sts: Peer;

  beforeEach(async () => {
    sts = await startPeer((_, response, body) => answerXml(response, assumeRoleXml(body)));
  });

  afterEach(() => sts.stop());

  function assume(): Promise<unknown> {
    const port = createAssumeRole({
      open,
      region: 'us-east-1',
      endpoint: sts.url,
      credentials: () => ({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }),
      clock: () => Date.now(),
    }).assumeRole;
    return port(input, AbortSignal.timeout(10_000));
  }

  const attempts = (): number => sts.requests.get('/') ?? 0;

  describe('a second Region', () => {
    let second: Peer;
    let clock = 0;
    const observed: string[] = [];

    beforeEach(async () => {
      clock = 1_800_000_000_000;
      observed.length = 0;
      second = await startPeer((request, response, body) => {
        // The Region of the signature is that of the endpoint, or STS would refuse it.
        observed.push(/Credential=\w+\/\d+\/([\w-]+)\/sts/.exec(request.headers.authorization ?? '')?.[1] ?? '');
        answerXml(response, assumeRoleXml(body));
      });
    });

    afterEach(() => second.stop());

    const port = (endpoint: string): AssumeRole =>
      createAssumeRole({
        open,
        region: 'us-east-1',
        endpoint,
        fallback: { region: 'eu-west-1', endpoint: second.url },
        credentials: () => ({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }),
        clock: () => clock,
      }).assumeRole;
    const ask = (assumeRole: AssumeRole): Promise<unknown> => assumeRole(input, AbortSignal.timeout(10_000));

    it('SEC-FLT-07 is asked where the first refuses connections, signed for itself', async () => {
      await expect(ask(port('http://127.0.0.1:1'))).resolves.toMatchObject({ accessKeyId: 'ASIAVECTOR0000000001' });
      expect(observed).toEqual(['eu-west-1']);
    });

    it('SEC-FLT-07 is asked where the first does not answer', async () => {
      sts.script = () => undefined;
      await expect(ask(port(sts.url))).resolves.toBeDefined();
      expect([attempts(), observed.length]).toEqual([1, 1]);
    });

    it('is asked first for a minute, and then the first Region again', async () => {
      const good = sts.script;
      sts.script = (request) => void request.socket.destroy();
      const assumeRole = port(sts.url);
      await ask(assumeRole);
      await ask(assumeRole);
      expect([attempts(), observed.length]).toEqual([1, 2]);
      sts.script = good;
      clock += 60_000;
      await ask(assumeRole);
      expect([attempts(), observed.length]).toEqual([2, 2]);
    });

    it('leads back to the first where it cannot be reached itself', async () => {
      second.script = (request) => void request.socket.destroy();
      let calls = 0;
      const good = sts.script;
      sts.script = (request, response, body) => {
        calls += 1;
        if (calls === 1) request.socket.destroy();
        else void good(request, response, body);
      };
      await expect(ask(port(sts.url))).resolves.toBeDefined();
      expect([attempts(), second.requests.get('/')]).toEqual([2, 1]);
    });

    it.each([
      ['AccessDenied', 403, 'misconfigured', 1],
      ['RegionDisabledException', 403, 'misconfigured', 1],
      ['Throttling', 400, 'sts-unavailable', 3],
      ['ServiceUnavailable', 503, 'sts-unavailable', 3],
    ])('is never asked for %s: the first was reached', async (code, status, slug, tries) => {
      sts.script = (_, response) => answerXml(response, stsErrorXml(code), status);
      await expect(ask(port(sts.url))).rejects.toMatchObject({ code: slug });
      expect([attempts(), observed.length]).toEqual([tries, 0]);
    });
  });

  describe("the execution role's credentials", () => {
    const sent: string[] = [];
    let current: string;
    const port = (): AssumeRole =>
      createAssumeRole({
        open,
        region: 'us-east-1',
        endpoint: sts.url,
        credentials: () => ({ accessKeyId: current, secretAccessKey: 'secret' }),
        clock: () => Date.now(),
      }).assumeRole;

    beforeEach(() => {
      sent.length = 0;
      current = 'OLD';
      const good = sts.script;
      sts.script = (request, response, body) => {
        const [, accessKeyId = ''] = /Credential=(\w+)/.exec(request.headers.authorization ?? '') ?? [];
        sent.push(accessKeyId);
        if (accessKeyId === 'OLD')
          answerXml(response, stsErrorXml('ExpiredToken', 'The security token is expired'), 403);
        else void good(request, response, body);
      };
    });

    it('are read again once when they are over, and kept', async () => {
      const assumeRole = port();
      await expect(assumeRole(input, AbortSignal.timeout(5_000))).rejects.toMatchObject({ code: 'sts-unavailable' });
      expect(sent, 'still over: asked once more, not for ever').toEqual(['OLD', 'OLD']);
      current = 'NEW';
      await expect(assumeRole(input, AbortSignal.timeout(5_000))).resolves.toBeDefined();
      await assumeRole(input, AbortSignal.timeout(5_000));
      expect(sent.slice(2)).toEqual(['OLD', 'NEW', 'NEW']);
    });
  });

  describe('skewed clocks, frozen connections, words of STS', () => {
    it('SEC-FLT-09 signs again with the time of STS, once', async () => {
      const good = sts.script;
      const hour = 3_600_000;
      const dates: string[] = [];
      sts.script = (request, response, body) => {
        dates.push(String(request.headers['x-amz-date']));
        response.setHeader('date', new Date(Date.now() + hour).toUTCString());
        if (dates.length === 1) answerXml(response, stsErrorXml('RequestExpired', 'Request has expired'), 400);
        else void good(request, response, body);
      };
      await expect(assume()).resolves.toBeDefined();
      expect(dates[0]!.slice(0, 11)).not.toBe(dates[1]!.slice(0, 11));

      sts.script = (_, response) => {
        response.setHeader('date', new Date(Date.now() + hour).toUTCString());
        answerXml(response, stsErrorXml('SignatureDoesNotMatch'), 403);
      };
      sts.requests.clear();
      await expect(assume()).rejects.toMatchObject({ code: 'sts-unavailable' });
      expect(attempts()).toBe(2);
    });

    it('survives a kept connection that died while the environment was frozen', async () => {
      const port = createAssumeRole({
        open,
        region: 'us-east-1',
        endpoint: sts.url,
        credentials: () => ({ accessKeyId: 'A', secretAccessKey: 's' }),
        clock: () => Date.now(),
      }).assumeRole;
      await port(input, AbortSignal.timeout(5_000));
      const good = sts.script;
      let calls = 0;
      sts.script = (request, response, body) => {
        calls += 1;
        if (calls === 1) request.socket.resetAndDestroy();
        else void good(request, response, body);
      };
      await expect(port(input, AbortSignal.timeout(5_000))).resolves.toBeDefined();
    });

    it('quotes no words that repeat the request: they hold the session token of the execution role', async () => {
      const canonical = "The Canonical String should have been 'POST / x-amz-security-token:executionSessionToken'";
      for (const code of ['SignatureDoesNotMatch', 'IncompleteSignature', 'Unheard&lt;Of']) {
        sts.script = (_, response) => answerXml(response, stsErrorXml(code, canonical), 403);
        const refusal: unknown = await assume().catch((thrown: unknown) => thrown);
        expect((refusal as Error).message).not.toContain('executionSessionToken');
      }
    });

    it.each([
      ['HTML with 403', 403, 'upstream-invalid', 1],
      ['HTML with 200', 200, 'upstream-invalid', 1],
      ['HTML with 502', 502, 'sts-unavailable', 3],
    ])('takes %s of a proxy for what it is', async (_, status, code, tries) => {
      sts.script = (_request, response) => answerXml(response, '<html><body>no</body></html>', status);
      await expect(assume()).rejects.toMatchObject({ code });
      expect(attempts()).toBe(tries);
    });

    it('never throws the SDK its way: whatever fails is one of our codes', async () => {
      sts.script = (request) => {
        request.socket.write('not HTTP at all\r\n\r\n');
        request.socket.end();
      };
      await expect(assume()).rejects.toMatchObject({ name: 'TvmError' });
    });
  });
});
