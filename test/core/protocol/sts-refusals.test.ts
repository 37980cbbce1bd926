import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorTable, type TvmErrorCode } from '../../../core/errors.ts';
import { anyCharacter, configWith, roleArn, secrets, stubMachine } from '../fixtures.ts';
import { ask, expectRefusal, form, formType, good, refuse, textOf, type Ask } from './sts-route.ts';

describe('a request that is not as it should be', () => {
  it.each<[string, TvmErrorCode, Ask]>([
    ['another action', 'not-found', { body: 'Action=AssumeRole&Version=2011-06-15&RoleArn=x&RoleSessionName=y' }],
    ['GetCallerIdentity', 'not-found', { body: 'Action=GetCallerIdentity&Version=2011-06-15' }],
    ['no action', 'not-found', { body: form({ Action: undefined }) }],
    ['an action in lower case', 'not-found', { body: form({ Action: 'assumerolewithwebidentity' }) }],
    ['another version', 'not-found', { body: form({ Version: '2011-06-16' }) }],
    ['no version', 'not-found', { body: form({ Version: undefined }) }],
    ['no token', 'token-missing', { body: form({ WebIdentityToken: undefined }) }],
    ['an empty token', 'token-missing', { body: form({ WebIdentityToken: '' }) }],
    ['a token of white space', 'token-missing', { body: form({ WebIdentityToken: ' \n' }) }],
    [
      'a token in the header only',
      'token-missing',
      {
        headers: { 'content-type': formType, authorization: `Bearer ${secrets.token}` },
        body: form({ WebIdentityToken: undefined }),
      },
    ],
    ['a token that is no JWT', 'token-invalid', { body: form({ WebIdentityToken: 'abcd' }) }],
    [
      'a token with a line end inside',
      'token-invalid',
      { body: form({ WebIdentityToken: secrets.token.replace('.', '.\n') }) },
    ],
    ['two tokens in one', 'token-invalid', { body: form({ WebIdentityToken: `${secrets.token} ${secrets.token}` }) }],
    ['a scheme before the token', 'token-invalid', { body: form({ WebIdentityToken: `Bearer ${secrets.token}` }) }],
    ['a token over 8 KiB', 'token-invalid', { body: form({ WebIdentityToken: `a.b.${'c'.repeat(8192)}` }) }],
    ['no RoleArn', 'request-invalid', { body: form({ RoleArn: undefined }) }],
    ['an empty RoleArn', 'request-invalid', { body: form({ RoleArn: '' }) }],
    ['SEC-SDK-03 Policy', 'request-invalid', { body: form({ Policy: '{"Version":"2012-10-17","Statement":[]}' }) }],
    ['an empty Policy', 'request-invalid', { body: form({ Policy: '' }) }],
    [
      'SEC-SDK-03 PolicyArns',
      'request-invalid',
      { body: form({ 'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/AdministratorAccess' }) },
    ],
    ['an empty list of PolicyArns', 'request-invalid', { body: form({ PolicyArns: '' }) }],
    ['ProviderId', 'request-invalid', { body: form({ ProviderId: 'www.amazon.com' }) }],
    ['Tags', 'request-invalid', { body: form({ 'Tags.member.1.Key': 'TenantId', 'Tags.member.1.Value': 'globex' }) }],
    ['a tenant', 'request-invalid', { body: form({ TenantId: 'globex' }) }],
    ['a parameter in another case', 'request-invalid', { body: form({ roleArn: 'x' }) }],
    ['__proto__', 'request-invalid', { body: form({ ['__proto__x']: 'x' }).replace('__proto__x', '__proto__') }],
    ['a repeated token', 'request-invalid', { body: `${form()}&WebIdentityToken=a.b.c` }],
    ['a repeated RoleArn', 'request-invalid', { body: `${form()}&RoleArn=${roleArn}` }],
    ['a repeated action', 'request-invalid', { body: `${form()}&Action=GetCallerIdentity` }],
    ['a duration under 900', 'duration-out-of-range', { body: form({ DurationSeconds: '899' }) }],
    ['a duration over 3600', 'duration-out-of-range', { body: form({ DurationSeconds: '43200' }) }],
    ['an empty duration', 'duration-out-of-range', { body: form({ DurationSeconds: '' }) }],
    ['a duration that is no number', 'duration-out-of-range', { body: form({ DurationSeconds: '9e2' }) }],
    ['broken percent-encoding', 'request-invalid', { body: `${form()}%` }],
    ['bytes that are no UTF-8', 'request-invalid', { body: Uint8Array.from([0x41, 0x3d, 0xff]) }],
    ['no body', 'request-invalid', {}],
    ['a body over 32 KiB', 'request-too-large', { body: form({ RoleSessionName: 'x'.repeat(32_768) }) }],
    ['JSON', 'media-type-unsupported', { headers: { 'content-type': 'application/json' }, body: JSON.stringify(good) }],
    ['no content type', 'media-type-unsupported', { headers: {}, body: form() }],
    ['SEC-SDK-04 GET with the token in the query', 'method-not-allowed', { method: 'GET', query: good }],
    [
      'POST with the token in the query',
      'request-invalid',
      { query: { WebIdentityToken: secrets.token }, body: form({ WebIdentityToken: undefined }) },
    ],
    ['POST with a further parameter in the query', 'request-invalid', { query: { Policy: '{}' }, body: form() }],
    ['PUT', 'method-not-allowed', { method: 'PUT', body: form() }],
    ['HEAD', 'method-not-allowed', { method: 'HEAD' }],
    ['post', 'method-not-allowed', { method: 'post', body: form() }],
  ])('is refused for %s: %s, in XML, with one record and without asking anybody', async (_, code, request) => {
    for (const path of ['/sts', '/sts/']) {
      const machine = stubMachine();
      const response = await ask({ ...request, path }, machine);
      expectRefusal(response, code);
      expect(machine.steps).toEqual(['audit']);
      expect(machine.records[0]).toMatchObject({ event: 'credentials.refused', code, request_id: 'request-1' });
      expect(JSON.stringify(machine.records)).not.toContain(secrets.token);
      expect(response.headers['Allow']).toBe(code === 'method-not-allowed' ? 'POST, OPTIONS' : undefined);
    }
  });

  it('is told about AWS_ENDPOINT_URL_STS where it is another action', async () => {
    const { body } = await ask({ body: 'Action=GetCallerIdentity&Version=2011-06-15' });
    expect(textOf(body, 'Message')).toContain('AWS_ENDPOINT_URL_STS');
  });

  it('leaves one record for a preflight too', async () => {
    const machine = stubMachine();
    expect(await ask({ method: 'OPTIONS' }, machine)).toMatchObject({
      status: 204,
      headers: { Allow: 'POST, OPTIONS' },
    });
    expect(machine.records).toMatchObject([{ event: 'credentials.preflight' }]);
  });

  it('has one record and a whole answer whatever it is', async () => {
    const text = fc.string({ unit: anyCharacter, maxLength: 20 });
    const pair = fc.tuple(
      fc.oneof(fc.constantFrom(...Object.keys(good), 'Policy', 'DurationSeconds'), text),
      fc.oneof(fc.constantFrom(...Object.values(good)), text),
    );
    const body = fc.oneof(
      fc.array(pair).map((pairs) => new TextEncoder().encode(new URLSearchParams(pairs).toString())),
      fc.uint8Array(),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('POST', 'POST', 'GET', 'OPTIONS', ''),
        fc.constantFrom(formType, 'text/plain'),
        body,
        async (method, type, bytes) => {
          const machine = stubMachine({ verifyToken: refuse('token-invalid') });
          const response = await ask({ method, headers: { 'content-type': type }, body: bytes }, machine);
          expect(machine.records).toHaveLength(1);
          expect(machine.assumed).toEqual([]);
          if (method !== 'OPTIONS') expectRefusal(response, machine.records[0]!.code as TvmErrorCode);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a refusal', () => {
  it.each(Object.keys(errorTable) as TvmErrorCode[])(
    'has the STS status and code of %s, and no operator text',
    async (code) => {
      const response = await ask({ body: form() }, stubMachine({ verifyToken: refuse(code) }));
      expectRefusal(response, code);
      expect(JSON.stringify(response)).not.toContain('OPERATOR');
      expect('Retry-After' in response.headers).toBe([429, 503].includes(errorTable[code].status));
      expect(response.headers).not.toHaveProperty('WWW-Authenticate');
    },
  );

  it('shows the reason of token-invalid, escaped, where diagnostics are public', async () => {
    const config = configWith({ diagnostics: 'public' });
    const response = await ask({ body: form() }, stubMachine({ config, verifyToken: refuse('token-invalid') }));
    expect(textOf(response.body, 'Message')).toContain('Reason: OPERATOR &lt;arn');
  });

  it('keeps the credentials where the audit record cannot be written', async () => {
    const writeAudit = (): Promise<never> => Promise.reject(new TypeError('closed'));
    expectRefusal(await ask({ body: form() }, stubMachine({ writeAudit })), 'internal');
  });
});
