// STS by @aws-sdk/client-sts: for embedding, and the oracle of the direct connection. Not in the function's bundle, where it
// would be most of the bytes and of the time of a cold start.
import { AssumeRoleCommand, STSClient, type AssumeRoleCommandOutput } from '@aws-sdk/client-sts';
import type { AssumedRole } from '../../core/credentials.ts';
import type { AssumeRoleInput } from '../../core/session.ts';
import { parseAssumedRole } from './assumed-role.ts';
import { stsTimeouts, type OpenSts } from './connection.ts';

/** Opens an endpoint. The SDK's own retries are off: ours know the deadline and the second Region. */
export const openSdkConnection: OpenSts = ({ region, endpoint, credentials }) => {
  const client = new STSClient({
    region,
    endpoint,
    credentials: async () => credentials(),
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: stsTimeouts.connect,
      requestTimeout: stsTimeouts.answer,
      throwOnRequestTimeout: true,
    },
  });
  return {
    send: async (input, signal) =>
      fromOutput(await client.send(new AssumeRoleCommand(toCommandInput(input)), { abortSignal: signal })),
    renewCredentials: async () => {
      await client.config.credentials({ forceRefresh: true });
    },
    warm: async () => undefined,
  };
};

function toCommandInput(input: AssumeRoleInput): ConstructorParameters<typeof AssumeRoleCommand>[0] {
  return {
    RoleArn: input.roleArn,
    RoleSessionName: input.roleSessionName,
    DurationSeconds: input.durationSeconds,
    Tags: input.tags.map(({ key, value }) => ({ Key: key, Value: value })),
    TransitiveTagKeys: [...input.transitiveTagKeys],
    ...(input.policy === '' ? {} : { Policy: input.policy }),
    ...(input.policyArns.length === 0 ? {} : { PolicyArns: input.policyArns.map((arn) => ({ arn })) }),
    ...(input.sourceIdentity === undefined ? {} : { SourceIdentity: input.sourceIdentity }),
    ...(input.externalId === undefined ? {} : { ExternalId: input.externalId }),
  };
}

function fromOutput({
  Credentials: credentials,
  AssumedRoleUser: user,
  // Deprecated in the SDK's types in 2026, still sent by STS and part of our answer.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  PackedPolicySize: packedPolicySize,
}: AssumeRoleCommandOutput): AssumedRole {
  return parseAssumedRole({
    accessKeyId: credentials?.AccessKeyId,
    secretAccessKey: credentials?.SecretAccessKey,
    sessionToken: credentials?.SessionToken,
    expiration: credentials?.Expiration,
    assumedRoleArn: user?.Arn,
    assumedRoleId: user?.AssumedRoleId,
    packedPolicySize,
  });
}
