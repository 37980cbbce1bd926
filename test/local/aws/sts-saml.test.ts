import { GetObjectCommand } from '@aws-sdk/client-s3';
import {
  AssumeRoleWithSAMLCommand,
  GetCallerIdentityCommand,
  STSClient,
  type AssumeRoleWithSAMLCommandInput,
} from '@aws-sdk/client-sts';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  account,
  accountId,
  openRoom,
  policy,
  refusal,
  region,
  role,
  roleArn,
  sendRaw,
  type Keys,
  type Room,
} from './room.ts';
import {
  attribute,
  createTestSamlProvider,
  samlIssuer,
  samlProviderArn,
  signInUrl,
  type SamlClaims,
  type TestSamlProvider,
} from './saml-provider.ts';
import type { PolicyStatement } from '../../../core/iam/index.ts';

const trust = (
  condition?: PolicyStatement['Condition'],
  actions: readonly string[] = ['sts:AssumeRoleWithSAML', 'sts:TagSession', 'sts:SetSourceIdentity'],
): PolicyStatement => ({
  Effect: 'Allow',
  Principal: { Federated: samlProviderArn },
  Action: actions,
  ...(condition === undefined ? {} : { Condition: condition }),
});
const reads = policy({
  Effect: 'Allow',
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::documents/${aws:PrincipalTag/TenantId}/*',
});

let room: Room;
let provider: TestSamlProvider;
let client: STSClient;
beforeAll(async () => {
  provider = createTestSamlProvider();
  room = await openRoom({
    samlProviders: [provider.entry, { ...provider.entry, name: 'other', issuer: 'https://other.example/saml' }],
    roles: [
      ...account.roles,
      role('saml', [reads], {
        trust: policy(trust({ StringEquals: { 'SAML:aud': signInUrl } })),
        maxSessionSeconds: 7200,
      }),
      role('saml-subject', [], {
        trust: policy(
          trust({ StringEquals: { 'SAML:sub': 'bob', 'SAML:sub_type': 'persistent', 'SAML:iss': samlIssuer } }),
        ),
      }),
      role('saml-only', [], { trust: policy(trust(undefined, ['sts:AssumeRoleWithSAML'])) }),
      role('saml-for-anyone', [], { trust: policy({ Effect: 'Allow', Principal: '*', Action: 'sts:*' }) }),
      role('saml-denied', [], {
        trust: policy(trust(), { Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRoleWithSAML' }),
      }),
    ],
  });
  client = new STSClient({ endpoint: room.aws.url, region, maxAttempts: 1 });
  room.aws.putObject('documents', 'acme/a', 'x');
  room.aws.putObject('documents', 'globex/a', 'x');
});
afterAll(async () => {
  client.destroy();
  await room.stop();
});

const assume = (claims: SamlClaims = {}, input: Partial<AssumeRoleWithSAMLCommandInput> = {}, name = 'saml') =>
  client.send(
    new AssumeRoleWithSAMLCommand({
      RoleArn: roleArn(name),
      PrincipalArn: samlProviderArn,
      SAMLAssertion: provider.respond(input.RoleArn ?? roleArn(name), claims),
      ...input,
    }),
  );
const toKeys = (answer: Awaited<ReturnType<typeof assume>>): Keys => ({
  accessKeyId: answer.Credentials!.AccessKeyId!,
  secretAccessKey: answer.Credentials!.SecretAccessKey!,
  sessionToken: answer.Credentials!.SessionToken!,
});
const secondsLeft = (answer: Awaited<ReturnType<typeof assume>>) =>
  Math.ceil((answer.Credentials!.Expiration!.getTime() - Date.now()) / 1000);
const tags = { [attribute('PrincipalTag:TenantId')]: ['acme'], [attribute('TransitiveTagKeys')]: ['TenantId'] };

describe('AssumeRoleWithSAML', () => {
  test('answers credentials and what the assertion says', async () => {
    const answer = await assume(
      { attributes: { ...tags, [attribute('SourceIdentity')]: ['alice'] } },
      { DurationSeconds: 7200 },
    );
    expect(answer).toMatchObject({
      Audience: signInUrl,
      Issuer: samlIssuer,
      Subject: '_1a2b3c4d',
      SubjectType: 'persistent',
      SourceIdentity: 'alice',
      NameQualifier: createHash('sha1').update(`${samlIssuer}${accountId}/corp`).digest('base64'),
      AssumedRoleUser: { Arn: `arn:aws:sts::${accountId}:assumed-role/saml/alice@example.com` },
    });
    expect(secondsLeft(answer)).toBeGreaterThan(7190);
    const identity = await room.sts(toKeys(answer)).send(new GetCallerIdentityCommand({}));
    expect(identity.Arn).toBe(answer.AssumedRoleUser!.Arn);
  });

  test('tags the session from the attributes, and the tag decides what it reads', async () => {
    const keys = toKeys(await assume({ attributes: tags }));
    const read = (key: string) => room.s3(keys).send(new GetObjectCommand({ Bucket: 'documents', Key: key }));
    await expect(read('acme/a')).resolves.toBeDefined();
    expect(await refusal(read('globex/a'))).toBe('AccessDenied 403');
  });

  test('takes both audiences of AWS, and a role pair in either order', async () => {
    await expect(assume({ audience: signInUrl })).resolves.toBeDefined();
    const pair = {
      [attribute('Role')]: [
        `arn:aws:iam::${accountId}:role/x,${samlProviderArn}`,
        `${samlProviderArn}, ${roleArn('saml')}`,
      ],
    };
    await expect(assume({ attributes: pair })).resolves.toBeDefined();
  });

  test('ends the session with the one at the provider, where that comes first', async () => {
    expect(secondsLeft(await assume({ sessionEndsIn: 600 }))).toBeLessThanOrEqual(600);
    expect(await refusal(assume({ sessionEndsIn: -1 }))).toBe('ExpiredTokenException 400');
  });

  const twice = (xml: string) => xml.replace(/(<saml:Assertion.*<\/saml:Assertion>)/s, '$1$1');
  /** Signature wrapping: the signed assertion is kept somewhere, an unsigned one stands where it was. */
  const wrapped = (xml: string) => {
    const [assertion = ''] = /<saml:Assertion.*<\/saml:Assertion>/s.exec(xml) ?? [];
    const [signature = ''] = /<Signature.*<\/Signature>/s.exec(assertion) ?? [];
    const evil = assertion
      .replace(signature, '')
      .replace(/ID="_a[^"]+"/, 'ID="_evil"')
      .replace('_1a2b3c4d', 'root');
    return xml.replace(
      assertion,
      evil.replace('</saml:Assertion>', `<saml:Advice>${assertion}</saml:Advice></saml:Assertion>`),
    );
  };
  const wrappedInSignature = (xml: string) => {
    const [assertion = ''] = /<saml:Assertion.*<\/saml:Assertion>/s.exec(xml) ?? [];
    const [signature = ''] = /<Signature.*<\/Signature>/s.exec(assertion) ?? [];
    const bare = assertion.replace(signature, '');
    const holder = signature.replace('</Signature>', `<Object>${bare}</Object></Signature>`);
    return xml.replace(
      assertion,
      bare.replace('_1a2b3c4d', 'root').replace('</saml:Issuer>', `</saml:Issuer>${holder}`),
    );
  };

  test.each<[string, SamlClaims, string]>([
    ['without a signature', { sign: 'none' }, 'InvalidIdentityToken 400'],
    ['signed by a stranger', { sign: 'foreign' }, 'InvalidIdentityToken 400'],
    ['whose response alone is signed', { sign: 'response' }, 'InvalidIdentityToken 400'],
    ['whose subject was changed', { tamper: (xml) => xml.replace('_1a2b3c4d', 'root') }, 'InvalidIdentityToken 400'],
    [
      'with a comment in its subject',
      { tamper: (xml) => xml.replace('_1a2b3c4d', 'ro<!-- -->ot') },
      'InvalidIdentityToken 400',
    ],
    [
      'with a tag put in',
      {
        tamper: (xml) =>
          xml.replace(
            '</saml:AttributeStatement>',
            `<saml:Attribute Name="${attribute('PrincipalTag:TenantId')}"><saml:AttributeValue>acme</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>`,
          ),
      },
      'InvalidIdentityToken 400',
    ],
    ['with its assertion twice', { tamper: twice }, 'InvalidIdentityToken 400'],
    ['whose signed assertion is wrapped in another', { tamper: wrapped }, 'InvalidIdentityToken 400'],
    ['whose signed assertion is wrapped in its signature', { tamper: wrappedInSignature }, 'InvalidIdentityToken 400'],
    [
      'with a document type',
      { tamper: (xml) => `<!DOCTYPE x [<!ENTITY e "root">]>${xml}` },
      'InvalidIdentityToken 400',
    ],
    ['that is no XML', { tamper: () => 'alice' }, 'InvalidIdentityToken 400'],
    ['of another issuer', { issuer: 'https://other.example/saml' }, 'InvalidIdentityToken 400'],
    ['for another audience', { audience: 'https://another.example' }, 'InvalidIdentityToken 400'],
    ['for another recipient', { recipient: 'https://another.example/acs' }, 'InvalidIdentityToken 400'],
    [
      'that only its holder may use',
      { method: 'urn:oasis:names:tc:SAML:2.0:cm:holder-of-key' },
      'InvalidIdentityToken 400',
    ],
    ['that is over', { endsIn: -1 }, 'ExpiredTokenException 400'],
    ['whose confirmation is over', { confirmationEndsIn: -1 }, 'ExpiredTokenException 400'],
    ['that has not begun', { startsIn: 60 }, 'InvalidIdentityToken 400'],
    ['without a subject', { subject: '' }, 'InvalidIdentityToken 400'],
    [
      'without a session name',
      { attributes: { [attribute('RoleSessionName')]: undefined } },
      'InvalidIdentityToken 400',
    ],
    [
      'with a session name with a slash',
      { attributes: { [attribute('RoleSessionName')]: ['a/b'] } },
      'InvalidIdentityToken 400',
    ],
    [
      'with two session names',
      { attributes: { [attribute('RoleSessionName')]: ['alice', 'root'] } },
      'InvalidIdentityToken 400',
    ],
    [
      'with two values for one tag',
      { attributes: { [attribute('PrincipalTag:TenantId')]: ['acme', 'globex'] } },
      'IDPRejectedClaim 403',
    ],
    ['with a star in a tag', { attributes: { [attribute('PrincipalTag:TenantId')]: ['*'] } }, 'IDPRejectedClaim 403'],
    [
      'with a transitive key that is no tag',
      { attributes: { [attribute('TransitiveTagKeys')]: ['TenantId'] } },
      'IDPRejectedClaim 403',
    ],
    [
      'with two source identities',
      { attributes: { [attribute('SourceIdentity')]: ['alice', 'root'] } },
      'IDPRejectedClaim 403',
    ],
    ['that names no role', { attributes: { [attribute('Role')]: undefined } }, 'AccessDenied 403'],
    [
      'that names another role',
      { attributes: { [attribute('Role')]: [`${roleArn('admin')},${samlProviderArn}`] } },
      'AccessDenied 403',
    ],
    [
      'that names the role for another provider',
      { attributes: { [attribute('Role')]: [`${roleArn('saml')},${samlProviderArn.replace('corp', 'other')}`] } },
      'AccessDenied 403',
    ],
  ])('refuses a response %s', async (_, claims, expected) => {
    expect(await refusal(assume(claims))).toBe(expected);
  });

  test.each<[string, string, SamlClaims]>([
    ['a role that the account lacks', 'no-such-role', {}],
    ['a role that trusts a role only', 'tvm/tenant-data', {}],
    ['a role that trusts everybody, but no provider', 'saml-for-anyone', {}],
    ['a role for another subject', 'saml-subject', {}],
    ['a role that denies everybody', 'saml-denied', {}],
    ['tags where the trust has no sts:TagSession', 'saml-only', { attributes: tags }],
    [
      'a source identity where the trust has no sts:SetSourceIdentity',
      'saml-only',
      { attributes: { [attribute('SourceIdentity')]: ['alice'] } },
    ],
  ])('denies %s', async (_, name, claims) => {
    expect(await refusal(assume(claims, {}, name))).toBe('AccessDenied 403');
  });

  test('admits the subject that the trust names', async () => {
    await expect(assume({ subject: 'bob' }, {}, 'saml-subject')).resolves.toBeDefined();
  });

  test.each<[string, Partial<AssumeRoleWithSAMLCommandInput>, string]>([
    [
      'a provider that the account lacks',
      { PrincipalArn: samlProviderArn.replace('corp', 'corq') },
      'InvalidIdentityToken 400',
    ],
    [
      'a provider of another account',
      { PrincipalArn: samlProviderArn.replace(accountId, '999999999999') },
      'InvalidIdentityToken 400',
    ],
    ['899 seconds', { DurationSeconds: 899 }, 'ValidationError 400'],
    ['over the maximum of the role', { DurationSeconds: 7201 }, 'ValidationError 400'],
    ['a policy that is no JSON', { Policy: '{' }, 'MalformedPolicyDocument 400'],
  ])('refuses %s', async (_, input, expected) => {
    expect(await refusal(assume({}, input))).toBe(expected);
  });

  test('refuses a session name in the form: the assertion has it', async () => {
    const form = {
      Action: 'AssumeRoleWithSAML',
      Version: '2011-06-15',
      RoleArn: roleArn('saml'),
      PrincipalArn: samlProviderArn,
      SAMLAssertion: provider.respond(roleArn('saml')),
    };
    const send = (more: object) =>
      sendRaw(room, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ ...form, ...more }).toString(),
      });
    expect((await send({})).status).toBe(200);
    expect((await send({ RoleSessionName: 'root' })).body).toContain('<Code>ValidationError</Code>');
    expect((await send({ SAMLAssertion: '' })).body).toContain('<Code>ValidationError</Code>');
  });
});
