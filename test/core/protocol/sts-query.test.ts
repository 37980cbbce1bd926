import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpResponse } from '../../../core/protocol/http.ts';
import { assumedRoleArn } from '../../../core/session.ts';
import {
  anyCharacter,
  assumedRoleFor,
  claimsWith,
  configWith,
  issuerInput,
  permissionSetInput,
  roleArn,
  secrets,
  stubMachine,
} from '../fixtures.ts';
import { ask, expectRefusal, form, leaves, refuse, textOf } from './sts-route.ts';

describe('AssumeRoleWithWebIdentity', () => {
  it('vends, and answers with every element that STS has', async () => {
    const machine = stubMachine({
      assumeRole: async (input) => assumedRoleFor(input, { assumedRoleId: 'AROAEXAMPLE0000000001:acme@alice' }),
    });
    const response = await ask({ body: form() }, machine);
    expect(response.status).toBe(200);
    expect(response.headers).toMatchObject({
      'Content-Type': 'text/xml',
      'x-amzn-requestid': 'request-1',
      'X-Request-Id': 'request-1',
      'Cache-Control': 'no-store',
    });
    const result = 'AssumeRoleWithWebIdentityResponse/AssumeRoleWithWebIdentityResult';
    expect(leaves(response.body)).toEqual(
      [
        `${result}/Credentials/AccessKeyId=ASIAEXAMPLE000000001`,
        `${result}/Credentials/SecretAccessKey=${secrets.secretAccessKey}`,
        `${result}/Credentials/SessionToken=${secrets.sessionToken}`,
        `${result}/Credentials/Expiration=2026-11-21T23:04:05Z`,
        `${result}/AssumedRoleUser/AssumedRoleId=AROAEXAMPLE0000000001:acme@alice`,
        `${result}/AssumedRoleUser/Arn=arn:aws:sts::111122223333:assumed-role/tvm-documents/acme@alice`,
        `${result}/SubjectFromWebIdentityToken=alice`,
        `${result}/Provider=https://idp.example/`,
        `${result}/Audience=tvm`,
        `${result}/SourceIdentity=alice`,
        `${result}/PackedPolicySize=12`,
        'AssumeRoleWithWebIdentityResponse/ResponseMetadata/RequestId=request-1',
      ].toSorted(),
    );
    expect(machine.steps).toEqual(['verify', 'assume', 'audit']);
    expect(machine.records[0]).toMatchObject({ event: 'credentials.vended', permission_set: 'documents' });
  });

  it('has the same answer at /sts/', async () => {
    expect(await ask({ path: '/sts/', body: form() })).toEqual(await ask({ body: form() }));
  });

  it.each(['\n', '\r\n', ' ', '\t \n', '\ufeff'])('trims %j around the token', async (space) => {
    const seen: string[] = [];
    const machine = stubMachine({ verifyToken: async (token) => (seen.push(token), claimsWith()) });
    const body = form({ WebIdentityToken: `${space}${secrets.token}${space}` });
    expect((await ask({ body }, machine)).status).toBe(200);
    expect(seen).toEqual([secrets.token]);
  });

  it('takes the duration, clamps it to the set, and uses neither session name nor a default', async () => {
    const config = configWith({ permissionSets: { documents: permissionSetInput({ maxDurationSeconds: 1800 }) } });
    for (const [asked, given] of [
      ['900', 900],
      ['3600', 1800],
      [undefined, 1800],
    ] as const) {
      const machine = stubMachine({ config });
      await ask({ body: form({ DurationSeconds: asked, RoleSessionName: 'globex@gina' }) }, machine);
      expect(machine.assumed[0]).toMatchObject({ durationSeconds: given, roleSessionName: 'acme@alice' });
    }
    expect((await ask({ body: form({ RoleSessionName: undefined }) })).status).toBe(200);
  });

  it('names the audience the token was accepted for', async () => {
    const config = configWith({ issuers: [issuerInput({ audiences: ['tvm', 'api'] })] });
    const of = async (claims: Record<string, unknown>): Promise<string | undefined> =>
      textOf((await ask({ body: form() }, stubMachine({ config }, claimsWith(claims)))).body, 'Audience');
    expect(await of({ aud: ['other', 'api'] })).toBe('api');
    expect(await of({ aud: undefined, client_id: 'tvm' })).toBe('tvm');
  });

  it('leaves out what there is not, and the subject where C clients would give up on the size', async () => {
    const config = configWith({ session: { sourceIdentity: 'none' } });
    const machine = stubMachine({ config }, claimsWith({ sub: '&'.repeat(2500) }));
    const { body } = await ask({ body: form() }, machine);
    expect(body).not.toMatch(/SourceIdentity|SubjectFromWebIdentityToken|AssumedRoleId/);
    expect(new TextEncoder().encode(body).length).toBeLessThan(10_000);
    expect(body).toContain(secrets.sessionToken);
  });

  it('keeps its elements whatever the subject holds', async () => {
    const names = (xml: string): unknown => xml.match(/<[^>]*>/g);
    const plain = names((await ask({ body: form() })).body);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: anyCharacter, minLength: 1, maxLength: 40 }), async (sub) => {
        const { status, body } = await ask({ body: form() }, stubMachine({}, claimsWith({ sub })));
        if (status === 200) expect(names(body)).toEqual(plain);
        else expect(textOf(body, 'Code')).toBe('IDPRejectedClaim');
      }),
    );
  });
});

describe('RoleArn', () => {
  const config = configWith({
    permissionSets: {
      documents: permissionSetInput(),
      reader: permissionSetInput({ roleArn: 'arn:aws:iam::111122223333:role/one' }),
      writer: permissionSetInput({ roleArn: 'arn:aws:iam::111122223333:role/one' }),
    },
    defaultPermissionSet: 'documents',
  });

  it.each([
    [roleArn, 'documents'],
    ['arn:aws:iam::000000000000:role/documents', 'documents'],
    ['arn:aws-cn:iam::1:role/any/path/reader', 'reader'],
    ['arn:aws:iam::111122223333:role/one/writer', 'writer'],
  ])('%s selects %s', async (RoleArn, expected) => {
    const machine = stubMachine({
      config,
      assumeRole: async (input) =>
        assumedRoleFor(input, { assumedRoleArn: assumedRoleArn(input.roleArn, input.roleSessionName) }),
    });
    expect((await ask({ body: form({ RoleArn }) }, machine)).status).toBe(200);
    expect(machine.records[0]).toMatchObject({ permission_set: expected });
  });

  it.each([
    'arn:aws:iam::111122223333:role/one',
    'arn:aws:iam::111122223333:role/tvm-document',
    'arn:aws:iam::999988887777:role/tvm-documents',
    'arn:aws:iam::111122223333:role/',
    'arn:aws:iam::111122223333:role/documents/',
    'arn:aws:iam::111122223333:role/Documents',
    'arn:aws:iam::111122223333:user/documents',
    'arn:aws:s3:::bucket/documents',
    'documents',
    'role/documents',
    ' ',
    'arn:aws:iam::111122223333:role/__proto__',
    'arn:aws:iam::111122223333:role/constructor',
  ])('SEC-SDK-01 %s selects nothing, is denied after the token is verified, and assumes no role', async (RoleArn) => {
    const machine = stubMachine({ config });
    expectRefusal(await ask({ body: form({ RoleArn }) }, machine), 'permission-set-denied');
    expect(machine.steps).toEqual(['verify', 'audit']);
  });

  it('of an unknown and of a forbidden set look the same, also to who has no token', async () => {
    const forbidden = configWith({
      permissionSets: {
        documents: permissionSetInput(),
        admin: permissionSetInput({
          requires: [{ claim: 'x', equals: 1 }],
          roleArn: 'arn:aws:iam::111122223333:role/a',
        }),
      },
      defaultPermissionSet: 'documents',
    });
    const of = (name: string, token?: string): Promise<HttpResponse> =>
      ask(
        { body: form({ RoleArn: `arn:aws:iam::1:role/${name}`, WebIdentityToken: token ?? secrets.token }) },
        stubMachine({ config: forbidden, ...(token === undefined ? {} : { verifyToken: refuse('token-invalid') }) }),
      );
    expect(await of('admin')).toEqual(await of('unknown'));
    expect(await of('admin', 'a.b.c')).toEqual(await of('unknown', 'a.b.c'));
  });
});
