// An unmodified AWS SDK in front of the route, its requests and our answers passed by hand.
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { HttpResponse as SdkResponse, type HttpRequest as SdkRequest } from '@smithy/protocol-http';
import { describe, expect, it } from 'vitest';
import { errorTable, type TvmErrorCode } from '../../../core/errors.ts';
import { claimsWith, now, roleArn, secrets, stubMachine, type StubMachine } from '../fixtures.ts';
import { ask, refuse } from './sts-route.ts';

describe('the AWS SDK for JavaScript', () => {
  /** A client whose requests reach the machine without a network. */
  const client = (machine: StubMachine): STSClient =>
    new STSClient({
      region: 'eu-west-1',
      endpoint: 'https://tvm.example/sts',
      credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'x' },
      maxAttempts: 1,
      requestHandler: {
        handle: async ({ method, path, headers, body }: SdkRequest) => {
          const response = await ask({ method, path, headers, body: String(body) }, machine);
          const bytes = new TextEncoder().encode(response.body);
          return {
            response: new SdkResponse({ statusCode: response.status, headers: { ...response.headers }, body: bytes }),
          };
        },
      },
    });
  const command = new AssumeRoleWithWebIdentityCommand({
    RoleArn: roleArn,
    RoleSessionName: 'sdk',
    WebIdentityToken: `${secrets.token}\n`,
  });

  it('reads what we answer', async () => {
    const subject = `o'neil & <sons> "é"\u2028😀`;
    const output = await client(stubMachine({}, claimsWith({ sub: subject }))).send(command);
    expect(output).toMatchObject({
      Credentials: {
        AccessKeyId: 'ASIAEXAMPLE000000001',
        SecretAccessKey: secrets.secretAccessKey,
        SessionToken: secrets.sessionToken,
        Expiration: new Date((now + 3600) * 1000),
      },
      SubjectFromWebIdentityToken: subject,
      Provider: 'https://idp.example/',
      Audience: 'tvm',
      $metadata: { requestId: 'request-1' },
    });
  });

  it.each<[TvmErrorCode, string]>([
    ['token-invalid', 'IDPRejectedClaimException'],
    ['token-expired', 'ExpiredTokenException'],
    ['permission-set-denied', 'AccessDenied'],
    ['request-invalid', 'ValidationError'],
    ['issuer-unavailable', 'IDPCommunicationErrorException'],
    ['policy-too-large', 'PackedPolicyTooLargeException'],
    ['rate-limited', 'Throttling'],
    ['sts-unavailable', 'ServiceUnavailable'],
    ['internal', 'InternalFailure'],
  ])('reads %s as %s', async (code, name) => {
    const { sts } = errorTable[code];
    const sent = client(stubMachine({ verifyToken: refuse(code) })).send(command);
    await expect(sent).rejects.toMatchObject({
      name,
      message: expect.stringMatching(/^[A-Z].+\.$/) as string,
      $fault: sts.status < 500 ? 'client' : 'server',
      $metadata: { httpStatusCode: sts.status, requestId: 'request-1' },
    });
  });

  it('is told what its GetCallerIdentity met', async () => {
    await expect(client(stubMachine()).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'InvalidAction',
      message: expect.stringContaining('AWS_ENDPOINT_URL_STS') as string,
    });
  });
});
