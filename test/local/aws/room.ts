// A running local AWS with SDK clients for the tests, and what a refused call looks like.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient, type AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import { startLocalAws, type LocalAws } from '../../../local/aws/index.ts';
import type { LocalAccount } from '../../../local/account.ts';
import type { Keys } from './raw-requests.ts';
import { account, execution, region, roleArn, tenantData } from './account-fixture.ts';

export * from './account-fixture.ts';
export * from './raw-requests.ts';

/** A running local AWS with clients. `clock.now` moves its time. */
export interface Room {
  readonly aws: LocalAws;
  readonly clock: { offsetMs: number };
  readonly port: number;
  readonly sts: (keys: Keys) => STSClient;
  readonly s3: (keys: Keys) => S3Client;
  readonly dynamoDb: (keys: Keys) => DynamoDBClient;
  readonly keysOf: (role: string, session?: string) => Required<Keys>;
  /** The long-term key of a user. */
  readonly userKeys: (name: string) => Keys;
  /** A session of `tenant-data` (or another role) for a tenant, over the wire. */
  readonly tenant: (id: string, more?: Partial<AssumeRoleCommandInput>) => Promise<Required<Keys>>;
  readonly stop: () => Promise<void>;
}

/** Starts a room; `more` is put into its account. */
export async function openRoom(more: Partial<LocalAccount> = {}): Promise<Room> {
  const clock = { offsetMs: 0 };
  const inhabited = { ...account, ...more };
  const aws = await startLocalAws({ port: 0, account: inhabited, now: () => Date.now() + clock.offsetMs });
  const clients: { destroy: () => void }[] = [];
  const configuration = (keys: Keys) => ({ endpoint: aws.url, region, credentials: { ...keys }, maxAttempts: 1 });
  const keep = <T extends { destroy: () => void }>(client: T): T => {
    clients.push(client);
    return client;
  };
  const room: Room = {
    aws,
    clock,
    port: Number(new URL(aws.url).port),
    sts: (keys) => keep(new STSClient(configuration(keys))),
    s3: (keys) => keep(new S3Client(configuration(keys))),
    dynamoDb: (keys) => keep(new DynamoDBClient(configuration(keys))),
    keysOf: (name, session = 'tests') => aws.roleSession(roleArn(name), session),
    userKeys: (name) => inhabited.users!.find((one) => one.name === name)!.accessKey,
    tenant: async (id, more = {}) => {
      const { Credentials: credentials } = await room.sts(room.keysOf(execution)).send(
        new AssumeRoleCommand({
          RoleArn: roleArn(tenantData),
          RoleSessionName: `${id}@tests`,
          Tags: [{ Key: 'TenantId', Value: id }],
          TransitiveTagKeys: ['TenantId'],
          ...more,
        }),
      );
      return {
        accessKeyId: credentials!.AccessKeyId!,
        secretAccessKey: credentials!.SecretAccessKey!,
        sessionToken: credentials!.SessionToken!,
      };
    },
    stop: async () => {
      for (const client of clients) client.destroy();
      await aws.stop();
    },
  };
  return room;
}

/** What a refused call was: `Code status`. Fails the test where the call succeeds. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  return call.then(
    (answer) => `succeeded: ${JSON.stringify(answer)}`,
    (cause: unknown) => {
      const error = cause as { name: string; Code?: string; $metadata?: { httpStatusCode?: number } };
      return `${error.Code ?? error.name} ${error.$metadata?.httpStatusCode ?? 0}`;
    },
  );
}

/** The message of a refused call. */
export async function refusalText(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'succeeded',
    (cause: unknown) => (cause as Error).message,
  );
}

/** The table that the DynamoDB tests share. */
export const records = 'records';
export const deniedByDynamoDb = 'AccessDeniedException 400';
export const keyOfRecord = (tenant: string, id = '1'): { tenant: { S: string }; id: { S: string } } => ({
  tenant: { S: tenant },
  id: { S: id },
});

/** A room with three records of each of four tenants whose names begin alike. */
export async function openRecordsRoom(): Promise<Room> {
  const room = await openRoom();
  for (const tenant of ['acme', 'globex', 'acme-evil', 'acme/']) {
    for (const id of ['1', '2', '10']) {
      await room.aws.putItem(records, { ...keyOfRecord(tenant, id), owner: { S: tenant }, text: { S: tenant } });
    }
  }
  return room;
}
