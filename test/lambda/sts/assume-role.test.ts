// The AssumeRole port against a scripted STS: what is sent, and what every kind of answer becomes.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AssumeRoleInput } from '../../../core/session.ts';
import { createAssumeRole } from '../../../lambda/sts/assume-role.ts';
import { answerXml, assumeRoleInput as input, assumeRoleXml, startPeer, stsErrorXml, type Peer } from '../fixtures.ts';
import { connections } from './connections.ts';

describe.each(connections)('over the %s connection', (_connection, open) => {
  let sts: Peer;
  let bodies: string[];

  beforeEach(async () => {
    bodies = [];
    sts = await startPeer((_, response, body) => {
      bodies.push(body);
      answerXml(response, assumeRoleXml(body));
    });
  });

  afterEach(() => sts.stop());

  function assume(signal = AbortSignal.timeout(10_000), change: Partial<AssumeRoleInput> = {}): Promise<unknown> {
    const port = createAssumeRole({
      open,
      region: 'us-east-1',
      endpoint: sts.url,
      credentials: () => ({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }),
      clock: () => Date.now(),
    }).assumeRole;
    return port({ ...input, ...change }, signal);
  }

  const attempts = (): number => sts.requests.get('/') ?? 0;

  describe('the call', () => {
    it('carries everything that was decided, and nothing else', async () => {
      await assume();
      expect(Object.fromEntries(new URLSearchParams(bodies[0]))).toEqual({
        Action: 'AssumeRole',
        Version: '2011-06-15',
        RoleArn: input.roleArn,
        RoleSessionName: 'acme@alice',
        Policy: input.policy,
        'PolicyArns.member.1.arn': input.policyArns[0],
        DurationSeconds: '900',
        'Tags.member.1.Key': 'TenantId',
        'Tags.member.1.Value': 'acme',
        'Tags.member.2.Key': 'Plan',
        'Tags.member.2.Value': '',
        'TransitiveTagKeys.member.1': 'TenantId',
        SourceIdentity: 'alice',
        ExternalId: 'ext:1',
      });
    });

    it('leaves out what a set does not use', async () => {
      const { sourceIdentity: _source, externalId: _external, ...bare } = input;
      const port = createAssumeRole({
        open,
        region: 'us-east-1',
        endpoint: sts.url,
        credentials: () => ({ accessKeyId: 'A', secretAccessKey: 's' }),
        clock: () => Date.now(),
      }).assumeRole;
      await port({ ...bare, policy: '', policyArns: [] }, AbortSignal.timeout(5000));
      expect(
        [...new URLSearchParams(bodies[0]).keys()].filter((name) => /^Policy|SourceIdentity|ExternalId/.test(name)),
      ).toEqual([]);
    });

    it('gives whole credentials', async () => {
      await expect(assume()).resolves.toMatchObject({
        accessKeyId: 'ASIAVECTOR0000000001',
        secretAccessKey: 'vectorSecret',
        sessionToken: 'vectorToken',
        assumedRoleArn: 'arn:aws:sts::111122223333:assumed-role/role/acme@alice',
        packedPolicySize: 6,
      });
    });
  });

  describe('answers of STS', () => {
    it.each([
      ['AccessDenied', 403, 'misconfigured'],
      ['MalformedPolicyDocument', 400, 'misconfigured'],
      ['ValidationError', 400, 'misconfigured'],
      ['RegionDisabledException', 403, 'misconfigured'],
      ['InvalidClientTokenId', 403, 'misconfigured'],
      ['PackedPolicyTooLarge', 400, 'policy-too-large'],
    ])('SEC-FLT-05, SEC-STS-02 takes %s for %s, once', async (code, status, slug) => {
      sts.script = (_, response) => answerXml(response, stsErrorXml(code), status);
      await expect(assume()).rejects.toMatchObject({ code: slug });
      expect(attempts()).toBe(1);
    });

    it('SEC-FLT-01 tries again after throttling, and succeeds', async () => {
      const good = sts.script;
      sts.script = (request, response, body) =>
        attempts() < 3
          ? answerXml(response, stsErrorXml('Throttling', 'Rate exceeded'), 400)
          : good(request, response, body);
      await expect(assume()).resolves.toBeDefined();
      expect(attempts()).toBe(3);
    });

    it.each([
      ['Throttling', 400],
      ['ServiceUnavailable', 503],
      ['InternalFailure', 500],
    ])('SEC-FLT-02 gives up on %s after three tries', async (code, status) => {
      sts.script = (_, response) => answerXml(response, stsErrorXml(code), status);
      await expect(assume()).rejects.toMatchObject({ code: 'sts-unavailable' });
      expect(attempts()).toBe(3);
    });

    it('SEC-FLT-09 takes a signature refused for its time for unavailability', async () => {
      sts.script = (_, response) => answerXml(response, stsErrorXml('SignatureDoesNotMatch', 'Signature expired'), 403);
      await expect(assume()).rejects.toMatchObject({ code: 'sts-unavailable' });
    });

    it('takes a broken connection for unavailability', async () => {
      sts.script = (request) => void request.socket.destroy();
      await expect(assume()).rejects.toMatchObject({ code: 'sts-unavailable' });
    });

    it('gives up on a hanging STS when the deadline passes', async () => {
      sts.script = () => undefined;
      const startedAt = performance.now();
      await expect(assume(AbortSignal.timeout(300))).rejects.toMatchObject({ code: 'sts-unavailable' });
      expect(performance.now() - startedAt).toBeLessThan(2_000);
    });

    it('SEC-FLT-10 sends nothing when no time is left', async () => {
      await expect(assume(AbortSignal.abort())).rejects.toMatchObject({ code: 'sts-unavailable' });
      expect(attempts()).toBe(0);
    });

    it.each(['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration', 'Arn', 'Credentials', 'AssumedRoleUser'])(
      'never gives credentials without %s',
      async (drop) => {
        sts.script = (_, response, body) => answerXml(response, assumeRoleXml(body, { drop }));
        await expect(assume()).rejects.toMatchObject({ code: 'upstream-invalid' });
      },
    );

    it.each([
      ['half a document', '<AssumeRoleResponse><AssumeRoleResult>'],
      ['HTML of a proxy', '<html><body>welcome</body></html>'],
      ['JSON', '{"message":"hello"}'],
      ['nothing', ''],
    ])('takes %s for an invalid answer', async (_, text) => {
      sts.script = (_request, response) => answerXml(response, text);
      await expect(assume()).rejects.toMatchObject({ code: 'upstream-invalid' });
    });

    it('takes an Expiration that is no time for an invalid answer', async () => {
      sts.script = (_, response, body) => answerXml(response, assumeRoleXml(body, { expiration: 'soon' }));
      await expect(assume()).rejects.toMatchObject({ code: 'upstream-invalid' });
    });
  });
});
