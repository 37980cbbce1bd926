// A room whose account has an OpenID Connect provider and roles that trust it, each in a way of its own.
import { GetObjectCommand } from '@aws-sdk/client-s3';
import {
  AssumeRoleWithWebIdentityCommand,
  STSClient,
  type AssumeRoleWithWebIdentityCommandInput,
  type AssumeRoleWithWebIdentityCommandOutput,
} from '@aws-sdk/client-sts';
import {
  createTestProvider,
  deployedIssuer,
  providerArn,
  trustProvider,
  type TestProvider,
} from './identity-provider.ts';
import { account, accountId, openRoom, policy, refusal, region, role, roleArn, type Keys, type Room } from './room.ts';

const host = 'idp.example';
const deployedHost = deployedIssuer.replace('https://', '');
const reads = policy({
  Effect: 'Allow',
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::documents/${aws:PrincipalTag/TenantId}/*',
});
const anyone = { Effect: 'Allow', Principal: '*', Action: 'sts:*' } as const;
const everyAccount = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:*' } as const;
const ownAccount = { Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:*' } as const;

export const webRoles = [
  role('web', [reads], { trust: policy(trustProvider(host)), maxSessionSeconds: 7200 }),
  role('web-deployed', [reads], {
    trust: policy(
      trustProvider(deployedHost, {
        StringEquals: { [`${deployedHost}:aud`]: 'tvm', [`${deployedHost}:sub`]: 'u-1001' },
      }),
    ),
  }),
  role('web-audience', [], {
    trust: policy(trustProvider(host, { StringEquals: { [`${host}:aud`]: 'second-client' } })),
  }),
  role('web-subject', [], { trust: policy(trustProvider(host, { StringLike: { [`${host}:sub`]: 'u-2*' } })) }),
  role('web-mixed-names', [], {
    trust: policy(trustProvider(host, { StringEquals: { [`${deployedHost}:aud`]: 'tvm' } })),
  }),
  role('web-only', [], { trust: policy(trustProvider(host, undefined, ['sts:AssumeRoleWithWebIdentity'])) }),
  role('web-denied', [], {
    trust: policy(trustProvider(host), {
      Effect: 'Deny',
      Principal: { Federated: providerArn(deployedHost) },
      Action: 'sts:*',
    }),
  }),
  role('web-tag', [], { trust: policy(trustProvider(host, { StringEquals: { 'aws:RequestTag/TenantId': 'acme' } })) }),
  role('web-name', [], { trust: policy(trustProvider(host, { StringEquals: { 'sts:RoleSessionName': 'alice' } })) }),
  role('web-other-provider', [], { trust: policy(trustProvider('idp.example.evil')) }),
  role('for-anyone', [], { trust: policy(anyone) }),
  role('for-every-account', [], { trust: policy(everyAccount) }),
  role('for-own-account', [], { trust: policy(ownAccount) }),
  role('provider-as-account', [], {
    trust: policy({ Effect: 'Allow', Principal: { AWS: providerArn(host) }, Action: 'sts:*' }),
  }),
  role(
    'web-by-provider-key',
    [
      policy({
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: `arn:aws:s3:::documents/\${${host}:sub}/*`,
        Condition: { StringEquals: { 'aws:FederatedProvider': providerArn(host) } },
      }),
    ],
    { trust: policy(trustProvider(host)) },
  ),
  role('web-chained', [reads], {
    trust: policy({
      Effect: 'Allow',
      Principal: { AWS: roleArn('web') },
      Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
    }),
  }),
];

/** A room, its provider, and the action as the SDK sends it. */
export interface WebIdentityRoom {
  readonly room: Room;
  readonly provider: TestProvider;
  readonly assume: (
    claims?: Readonly<Record<string, unknown>>,
    input?: Partial<AssumeRoleWithWebIdentityCommandInput>,
  ) => Promise<AssumeRoleWithWebIdentityCommandOutput>;
  /** `read`, or what the refusal was. */
  readonly read: (keys: Keys, key: string) => Promise<string>;
  readonly stop: () => Promise<void>;
}

export const tagsClaim = 'https://aws.amazon.com/tags';
export const sourceClaim = 'https://aws.amazon.com/source_identity';
/** Claims that tag the session as the tenant acme's. */
export const acme = { [tagsClaim]: { principal_tags: { TenantId: ['acme'] }, transitive_tag_keys: ['TenantId'] } };

/** The credentials of an answer, as SDK clients take them. */
export const toKeys = ({
  Credentials: credentials,
}: Pick<AssumeRoleWithWebIdentityCommandOutput, 'Credentials'>): Keys => ({
  accessKeyId: credentials!.AccessKeyId!,
  secretAccessKey: credentials!.SecretAccessKey!,
  sessionToken: credentials!.SessionToken!,
});

/** Opens the room. */
export async function openWebIdentityRoom(): Promise<WebIdentityRoom> {
  const provider = await createTestProvider();
  const room = await openRoom({
    roles: [...account.roles, ...webRoles],
    oidcProviders: [provider.entry],
    managedPolicies: {
      [`arn:aws:iam::${accountId}:policy/Ceiling`]: policy({
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: 'arn:aws:s3:::documents/acme/public/*',
      }),
    },
  });
  // Without credentials: the SDK itself sends this action unsigned.
  const client = new STSClient({ endpoint: room.aws.url, region, maxAttempts: 1 });
  for (const key of ['acme/public/a', 'acme/private', 'globex/a', 'u-1001/a'])
    room.aws.putObject('documents', key, 'x');
  return {
    room,
    provider,
    assume: async (claims = {}, input = {}) =>
      client.send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: roleArn('web'),
          RoleSessionName: 'alice',
          WebIdentityToken: await provider.token(claims),
          ...input,
        }),
      ),
    read: (keys, key) =>
      refusal(
        room
          .s3(keys)
          .send(new GetObjectCommand({ Bucket: 'documents', Key: key }))
          .then(() => 'read'),
      ),
    stop: async () => {
      client.destroy();
      await room.stop();
    },
  };
}
