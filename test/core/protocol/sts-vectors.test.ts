// The vectors that real AWS clients were checked against, those of them that a vending route can have.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorTable, type TvmErrorCode } from '../../../core/errors.ts';
import type { HttpResponse } from '../../../core/protocol/http.ts';
import { assumedRoleArn } from '../../../core/session.ts';
import { claimsWith, configWith, issuerInput, permissionSetInput, stubMachine, type StubMachine } from '../fixtures.ts';
import { ask, expectRefusal, form, leaves, refuse } from './sts-route.ts';

interface Vector {
  readonly id: string;
  readonly action: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly request: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  readonly expect: { readonly error?: { readonly code: string; readonly type: string; readonly status: number } };
}
const { vectors } = JSON.parse(readFileSync(new URL('../../vectors/sts-vectors.json', import.meta.url), 'utf8')) as {
  readonly vectors: readonly Vector[];
};

describe('the shared STS vectors', () => {
  const config = configWith({
    issuers: [issuerInput({ issuer: 'https://idp.example' })],
    permissionSets: { data: permissionSetInput({ roleArn: 'arn:aws:iam::111122223333:role/tvm/tenant-data' }) },
  });
  const claims = claimsWith({ iss: 'https://idp.example', sub: 'u-1001' });
  const send = (vector: Vector, machine: StubMachine): Promise<HttpResponse> =>
    ask({ ...vector.request, path: '/sts' }, machine);
  const isWebIdentity = ({ action }: Vector): boolean => action === 'AssumeRoleWithWebIdentity';
  const hasCallerPolicy = ({ params }: Vector): boolean => 'Policy' in params || 'PolicyArns' in params;

  const vended = vectors.filter((one) => isWebIdentity(one) && one.expect.error === undefined && !hasCallerPolicy(one));
  it.each(vended)('$id is answered element by element', async (vector) => {
    const machine = stubMachine(
      {
        config,
        assumeRole: async (input) => ({
          accessKeyId: 'ASIAVECTOR0000000001',
          secretAccessKey: 'vectorSecretKey/0123456789+abcdefghijklmn',
          sessionToken: 'IQoVectorSessionToken//////////wEaCWV1LXdlc3QtMQ==',
          expiration: 1_894_712_400,
          assumedRoleArn: assumedRoleArn(input.roleArn, input.roleSessionName),
          assumedRoleId: `AROAVECTOR0000000001:${input.roleSessionName}`,
        }),
      },
      claims,
    );
    const response = await send(vector, machine);
    expect(response).toMatchObject({
      status: 200,
      headers: { 'Content-Type': vector.response.headers['content-type'] },
    });
    expect(machine.assumed[0]!.durationSeconds).toBe(vector.params['DurationSeconds'] ?? 3600);
    // Ours are the session's name (never the caller's), its source identity and the request id.
    const expected = leaves(vector.response.body).map((leaf) =>
      leaf
        .replace(String(vector.params['RoleSessionName']), 'acme@u-1001')
        .replace(/RequestId=.*/, 'RequestId=request-1'),
    );
    const result = 'AssumeRoleWithWebIdentityResponse/AssumeRoleWithWebIdentityResult';
    expect(leaves(response.body)).toEqual([...expected, `${result}/SourceIdentity=u-1001`].toSorted());
  });

  // A caller's policy is united with ours by STS, so this vector is for the local STS only.
  it.each(vectors.filter((one) => isWebIdentity(one) && hasCallerPolicy(one)))('$id is refused', async (vector) => {
    const machine = stubMachine({ config }, claims);
    expectRefusal(await send(vector, machine), 'request-invalid');
    expect(machine.steps).toEqual(['audit']);
  });

  // Which of our refusals has the shape, status, code and type of which vector, whatever its action.
  it.each<[string, TvmErrorCode]>([
    ['error-access-denied', 'misconfigured'],
    ['error-access-denied-web-identity', 'permission-set-denied'],
    ['error-packed-policy-too-large', 'policy-too-large'],
    ['error-duration-over-max', 'duration-out-of-range'],
    ['error-session-name-charset', 'request-invalid'],
    ['error-expired-identity-token', 'token-expired'],
    ['error-idp-rejected-claim', 'token-invalid'],
    ['error-idp-communication', 'issuer-unavailable'],
    ['error-throttling', 'rate-limited'],
    ['error-invalid-action', 'not-found'],
  ])('%s has the form of our %s', async (id, code) => {
    const vector = vectors.find((one) => one.id === id)!;
    const response = await ask({ body: form() }, stubMachine({ verifyToken: refuse(code) }));
    expect(response.status).toBe(vector.response.status);
    const withoutTexts = (xml: string): readonly string[] =>
      leaves(xml).map((leaf) => leaf.replace(/(Message|RequestId)=.*/, '$1='));
    expect(withoutTexts(response.body)).toEqual(withoutTexts(vector.response.body));
  });

  it('leave out of the vending route only what the local STS has alone', () => {
    // InvalidIdentityToken: Go v2 and the C runtime retry it, so a bad token is IDPRejectedClaim here (token-invalid).
    // The others are answers to signed callers, of actions that are not vended.
    const localOnly = [
      'error-invalid-identity-token',
      'error-malformed-policy',
      'error-region-disabled',
      'error-invalid-client-token',
      'error-expired-session',
      'error-decode-invalid',
    ];
    const ours = Object.values(errorTable).map(({ sts }) => sts.code);
    const unknown = vectors.filter((one) => one.expect.error !== undefined && !ours.includes(one.expect.error.code));
    expect(unknown.map(({ id }) => id).toSorted()).toEqual(localOnly.toSorted());
  });

  it('error-invalid-identity-token asks for what is an IDPRejectedClaim here', async () => {
    const vector = vectors.find(({ id }) => id === 'error-invalid-identity-token')!;
    expectRefusal(await send(vector, stubMachine({ config })), 'token-invalid');
  });

  // Signed calls cannot be passed on to AWS (the signature covers the Host), so every other action is refused by name.
  it.each(vectors.filter((one) => !isWebIdentity(one)))('$id: $action is not vended', async (vector) => {
    const machine = stubMachine({ config });
    expectRefusal(await send(vector, machine), 'not-found');
    expect(machine.steps).toEqual(['audit']);
  });
});
