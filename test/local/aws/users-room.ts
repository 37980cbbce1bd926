// A room with users of several kinds, for the actions of local STS that take a user's key.
import { GetObjectCommand } from '@aws-sdk/client-s3';
import {
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  type Credentials,
  type GetFederationTokenCommandInput,
  type GetFederationTokenCommandOutput,
  type GetSessionTokenCommandInput,
  type GetSessionTokenCommandOutput,
} from '@aws-sdk/client-sts';
import { account, accountId, federates, openRoom, policy, refusal, role, user, type Keys, type Room } from './room.ts';

export const onDocuments = (action: string, key: string, more: object = {}) =>
  policy({ Effect: 'Allow', Action: action, Resource: `arn:aws:s3:::documents/${key}`, ...more });
export const federatedArn = (name: string): string => `arn:aws:sts::${accountId}:federated-user/${name}`;
export const userArn = (path: string): string => `arn:aws:iam::${accountId}:user/${path}`;
/** A session policy that limits nothing. */
export const wide = JSON.stringify(policy({ Effect: 'Allow', Action: '*', Resource: '*' }));
export const denied = 'AccessDenied 403';

interface Issued {
  readonly Credentials?: Credentials | undefined;
}

/** The credentials of an answer, as SDK clients take them. */
export const toKeys = ({ Credentials: credentials }: Issued): Required<Keys> => ({
  accessKeyId: credentials!.AccessKeyId!,
  secretAccessKey: credentials!.SecretAccessKey!,
  sessionToken: credentials!.SessionToken!,
});
export const secondsLeft = ({ Credentials: credentials }: Issued): number =>
  Math.ceil((credentials!.Expiration!.getTime() - Date.now()) / 1000);

/** A room, and the two actions of its users. */
export interface UsersRoom extends Room {
  /** `read`, or what the refusal was. */
  readonly read: (keys: Keys, key: string, bucket?: string) => Promise<string>;
  readonly session: (name: string, input?: GetSessionTokenCommandInput) => Promise<GetSessionTokenCommandOutput>;
  readonly federate: (
    name: string,
    input?: Partial<GetFederationTokenCommandInput>,
  ) => Promise<GetFederationTokenCommandOutput>;
}

/** Opens the room. */
export async function openUsersRoom(): Promise<UsersRoom> {
  const mfa = { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } };
  const room = await openRoom({
    users: [
      ...account.users!,
      user('careful', [onDocuments('s3:GetObject', 'secret', mfa)], {
        mfa: { serialNumber: 'GAHT00000001', code: '012345' },
      }),
      user('named', [onDocuments('s3:GetObject', '${aws:username}/*')]),
      user('forbidden', [federates, policy({ Effect: 'Deny', Action: 'sts:*', Resource: '*' })]),
      user('narrow', [policy({ Effect: 'Allow', Action: 'sts:GetFederationToken', Resource: federatedArn('acme') })]),
      user('bounded', [federates, onDocuments('s3:*', '*')], {
        boundary: policy({ Effect: 'Allow', Action: ['sts:*', 's3:GetObject'], Resource: '*' }),
      }),
    ],
    roles: [
      ...account.roles,
      role('for-alice', [], {
        trust: policy({ Effect: 'Allow', Principal: { AWS: userArn('ops/alice') }, Action: 'sts:AssumeRole' }),
        maxSessionSeconds: 43_200,
      }),
    ],
    buckets: [
      ...account.buckets,
      {
        name: 'shared-with',
        arn: 'arn:aws:s3:::shared-with',
        policy: policy(
          {
            Effect: 'Allow',
            Principal: { AWS: federatedArn('guest') },
            Action: 's3:GetObject',
            Resource: 'arn:aws:s3:::shared-with/session',
          },
          {
            Effect: 'Allow',
            Principal: { AWS: userArn('proxy') },
            Action: 's3:GetObject',
            Resource: 'arn:aws:s3:::shared-with/user',
          },
        ),
      },
    ],
    managedPolicies: { [`arn:aws:iam::${accountId}:policy/Public`]: onDocuments('s3:GetObject', 'acme/public') },
  });
  for (const key of ['acme/a', 'acme/public', 'globex/a', 'secret', 'named/a'])
    room.aws.putObject('documents', key, 'x');
  for (const key of ['session', 'user', 'none']) room.aws.putObject('shared-with', key, 'x');
  return {
    ...room,
    read: (keys, key, bucket = 'documents') =>
      refusal(
        room
          .s3(keys)
          .send(new GetObjectCommand({ Bucket: bucket, Key: key }))
          .then(() => 'read'),
      ),
    session: (name, input = {}) => room.sts(room.userKeys(name)).send(new GetSessionTokenCommand(input)),
    federate: (name, input = {}) =>
      room.sts(room.userKeys(name)).send(new GetFederationTokenCommand({ Name: 'acme', ...input })),
  };
}
