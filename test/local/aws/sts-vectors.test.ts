// The shared STS vectors over real HTTP: what SDKs put on the wire, and answers of the elements that they parse.
import { readFileSync } from 'node:fs';
import { AssumeRoleCommand, GetFederationTokenCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestProvider, trustProvider, type TestProvider } from './identity-provider.ts';
import {
  account,
  accountId,
  execution,
  openRoom,
  policy,
  role,
  roleArn,
  sendRaw,
  signRaw,
  tenantData,
  type Keys,
  type Room,
} from './room.ts';
import { createTestSamlProvider, samlProviderArn, type TestSamlProvider } from './saml-provider.ts';

interface Vector {
  readonly id: string;
  readonly signed: boolean;
  readonly request: { readonly method: string; readonly headers: Record<string, string>; readonly body: string };
  readonly response: { readonly status: number; readonly headers: Record<string, string>; readonly body: string };
}

const { vectors } = JSON.parse(readFileSync(new URL('../../vectors/sts-vectors.json', import.meta.url), 'utf8')) as {
  vectors: readonly Vector[];
};
const vectorOf = (id: string): Vector => vectors.find((candidate) => candidate.id === id)!;

let room: Room;
let provider: TestProvider;
let saml: TestSamlProvider;
beforeAll(async () => {
  provider = await createTestProvider();
  saml = createTestSamlProvider();
  const trust = policy(
    { Effect: 'Allow', Principal: { AWS: roleArn(execution) }, Action: ['sts:AssumeRole', 'sts:TagSession'] },
    { Effect: 'Allow', Principal: { Federated: samlProviderArn }, Action: 'sts:AssumeRoleWithSAML' },
    trustProvider('idp.example', { StringEquals: { 'idp.example:sub': 'u-1001' } }),
  );
  room = await openRoom({
    roles: account.roles.map((one) =>
      one.arn === roleArn(tenantData) ? role(tenantData, one.policies, { trust }) : one,
    ),
    oidcProviders: [provider.entry],
    samlProviders: [saml.entry],
    managedPolicies: {
      [`arn:aws:iam::${accountId}:policy/TenantCeiling`]: policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' }),
    },
  });
});
afterAll(() => room.stop());

/** Whoever signs a vector that the execution role does not. */
const signers: Readonly<Record<string, () => Keys | Promise<Keys>>> = {
  'get-caller-identity-assumed-role': () => room.keysOf(tenantData, 'acme-u-1001'),
  'get-caller-identity-iam-user': () => room.userKeys('alice'),
  'get-caller-identity-federated': async () => {
    const { Credentials: credentials } = await room
      .sts(room.userKeys('alice'))
      .send(new GetFederationTokenCommand({ Name: 'acme-u-1001' }));
    return {
      accessKeyId: credentials!.AccessKeyId!,
      secretAccessKey: credentials!.SecretAccessKey!,
      sessionToken: credentials!.SessionToken!,
    };
  },
  'get-session-token': () => room.userKeys('alice'),
  'get-federation-token': () => room.userKeys('alice'),
  'decode-authorization-message': () => room.userKeys('alice'),
  'get-access-key-info': () => room.userKeys('alice'),
  'error-decode-invalid': () => room.userKeys('alice'),
  'error-access-denied': () => room.keysOf('nobody', 'fn'),
  'error-invalid-client-token': () => ({ ...room.keysOf(execution), accessKeyId: 'ASIAAAAAAAAAAAAAAAAA' }),
  'error-expired-session': () => {
    room.clock.offsetMs = -13 * 3_600_000;
    const keys = room.keysOf(tenantData);
    room.clock.offsetMs = 0;
    return keys;
  },
};

const sourceIdentity = { 'https://aws.amazon.com/source_identity': 'u-1001@acme' };
/** A vector's placeholder for what only this room can make: a signed token, a message, a key. */
const replaced: Readonly<Record<string, () => Promise<readonly [name: string, value: string]>>> = {
  'web-identity-sdk-default': async () => ['WebIdentityToken', await provider.token()],
  'web-identity-token-trailing-newline': async () => ['WebIdentityToken', `${await provider.token()}\n`],
  'web-identity-duration-900': async () => ['WebIdentityToken', await provider.token()],
  'web-identity-with-session-policy': async () => ['WebIdentityToken', await provider.token(sourceIdentity)],
  saml: async () => ['SAMLAssertion', saml.respond(roleArn(tenantData))],
  'error-access-denied-web-identity': async () => ['WebIdentityToken', await provider.token({ sub: 'u-2' })],
  'error-expired-identity-token': async () => ['WebIdentityToken', await provider.token({ exp: 1 })],
  'error-idp-rejected-claim': async () => ['WebIdentityToken', await provider.token({ nbf: 9_000_000_000 })],
  'decode-authorization-message': async () => ['EncodedMessage', await deniedMessage()],
  'get-access-key-info': async () => ['AccessKeyId', room.keysOf(execution).accessKeyId],
};

async function deniedMessage(): Promise<string> {
  const call = room
    .sts(room.keysOf('nobody'))
    .send(new AssumeRoleCommand({ RoleArn: roleArn(tenantData), RoleSessionName: 'x1' }));
  const cause = (await call.then(
    () => ({}),
    (thrown: unknown) => thrown,
  )) as { $response: { headers: Record<string, string> } };
  return cause.$response.headers['x-tvm-encoded-authorization-message']!;
}

async function send(id: string) {
  const { signed, request } = vectorOf(id);
  const { method, headers } = request;
  const [name, value] = (await replaced[id]?.()) ?? [];
  const body =
    name === undefined
      ? request.body
      : request.body.replace(new RegExp(`(?<=&${name}=)[^&]*`), encodeURIComponent(value!));
  const raw = { method, headers, body };
  if (!signed) return sendRaw(room, raw);
  return sendRaw(room, await signRaw(room, await (signers[id] ?? (() => room.keysOf(execution)))(), 'sts', raw));
}

const text = (xml: string, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
/** All tags, sorted: neither order nor whether something is packed is the vectors' to say. */
const tags = (xml: string) =>
  xml
    .replace(/^<\?xml[^>]*>\s*/, '')
    .match(/<[^>]+>/g)!
    .filter((tag) => !/PackedPolicySize/.test(tag))
    .toSorted();
/** Values that a vector and this room have in common; ids, keys, times and messages are each one's own. */
const fixed = [
  'Code',
  'Type',
  'Account',
  'Arn',
  'Audience',
  'Provider',
  'SubjectFromWebIdentityToken',
  'SourceIdentity',
  'FederatedUserId',
  'Issuer',
  'Subject',
  'SubjectType',
];

const run = [
  'assume-role-minimal',
  'assume-role-unicode-tag',
  'web-identity-sdk-default',
  'web-identity-token-trailing-newline',
  'web-identity-duration-900',
  'web-identity-with-session-policy',
  'saml',
  'get-caller-identity-assumed-role',
  'get-caller-identity-iam-user',
  'get-caller-identity-federated',
  'get-session-token',
  'get-federation-token',
  'decode-authorization-message',
  'get-access-key-info',
  'error-access-denied',
  'error-access-denied-web-identity',
  'error-malformed-policy',
  'error-duration-over-max',
  'error-session-name-charset',
  'error-invalid-identity-token',
  'error-expired-identity-token',
  'error-idp-rejected-claim',
  'error-invalid-client-token',
  'error-expired-session',
  'error-invalid-action',
  'error-decode-invalid',
];
const refused = [
  'assume-role-all-parameters',
  'assume-role-mfa',
  'assume-root',
  'get-web-identity-token',
  'get-delegated-access-token',
];
/** Conditions of the real service that a machine on loopback is never in. */
const unreachable = [
  'error-packed-policy-too-large',
  'error-idp-communication',
  'error-region-disabled',
  'error-throttling',
];

describe('the shared STS vectors', () => {
  test('are all run, refused, or known to be out of reach', () => {
    expect([...run, ...refused, ...unreachable].toSorted()).toEqual(vectors.map(({ id }) => id).toSorted());
  });

  test.each(run)('%s', async (id) => {
    const { response } = vectorOf(id);
    const answer = await send(id);
    expect(answer.status).toBe(response.status);
    expect(answer.headers['content-type']).toBe(response.headers['content-type']);
    expect(tags(answer.body)).toEqual(tags(response.body));
    for (const name of fixed) expect(text(answer.body, name), name).toBe(text(response.body, name));
    if (id === 'error-access-denied') {
      const expected = text(response.body, 'Message')?.replace('tvm-fn/fn', 'nobody/fn');
      expect(text(answer.body, 'Message')).toBe(expected);
    }
    if (id === 'get-caller-identity-federated') expect(text(answer.body, 'UserId')).toBe(text(response.body, 'UserId'));
  });

  test.each(refused)('%s is refused, not half done', async (id) => {
    expect((await send(id)).status).toBe(501);
  });

  test('are signed for any Region', async () => {
    const { method, headers, body } = vectorOf('assume-role-minimal').request;
    const options = { signingRegion: 'eu-central-1' };
    const request = await signRaw(room, room.keysOf(execution), 'sts', { method, headers, body }, options);
    expect((await sendRaw(room, request)).status).toBe(200);
  });
});
