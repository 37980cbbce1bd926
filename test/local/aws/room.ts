// One account with two tenants for the tests of local AWS, the SDK clients against it, and raw requests for what no SDK
// would send.
import { request as httpRequest } from 'node:http';
import { createHash } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient, type AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { PolicyDocument } from '../../../core/iam/index.ts';
import type { LocalAccount, LocalRole } from '../../../local/account.ts';
import { startLocalAws, type LocalAws } from '../../../local/aws/index.ts';

export const accountId = '111122223333';
export const region = 'us-east-1';
export const roleArn = (name: string): string => `arn:aws:iam::${accountId}:role/${name}`;
export const tableArn = (name: string): string => `arn:aws:dynamodb:${region}:${accountId}:table/${name}`;
export const execution = 'tvm/vend-function';
export const tenantData = 'tvm/tenant-data';

type Statement = PolicyDocument['Statement'];

/** A policy of the present version. */
export function policy(...statements: readonly (Statement & object)[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements.flat() };
}

/** A role with policies; trusts the execution role unless told otherwise. */
export function role(path: string, policies: readonly PolicyDocument[], more: Partial<LocalRole> = {}): LocalRole {
  const trust = policy({
    Effect: 'Allow',
    Principal: { AWS: roleArn(execution) },
    Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
  });
  return { arn: roleArn(path), name: path.split('/').at(-1)!, trust, policies, maxSessionSeconds: 3600, ...more };
}

const everything = policy({ Effect: 'Allow', Action: '*', Resource: '*' });

/** What a tenant may do, by its tag alone. */
const byTag = policy(
  {
    Effect: 'Allow',
    Action: [
      's3:GetObject',
      's3:PutObject',
      's3:DeleteObject',
      's3:AbortMultipartUpload',
      's3:ListMultipartUploadParts',
    ],
    Resource: 'arn:aws:s3:::documents/${aws:PrincipalTag/TenantId}/*',
  },
  {
    Effect: 'Allow',
    Action: 's3:ListBucket',
    Resource: 'arn:aws:s3:::documents',
    Condition: { StringLike: { 's3:prefix': '${aws:PrincipalTag/TenantId}/*' } },
  },
  {
    Effect: 'Allow',
    Action: [
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:Query',
      'dynamodb:BatchGetItem',
      'dynamodb:BatchWriteItem',
    ],
    Resource: [tableArn('records'), `${tableArn('records')}/index/by-owner`],
    Condition: {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': '${aws:PrincipalTag/TenantId}' },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    },
  },
);

export const account: LocalAccount = {
  partition: 'aws',
  accountId,
  region,
  roles: [
    role(execution, [
      policy({
        Effect: 'Allow',
        Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
        Resource: roleArn('*'),
      }),
    ]),
    role(tenantData, [byTag]),
    role('tvm/untagged', [byTag], {
      trust: policy({ Effect: 'Allow', Principal: { AWS: roleArn(execution) }, Action: 'sts:AssumeRole' }),
    }),
    role('tvm/tagged-by-role', [byTag], { tags: { tenantid: 'globex', Team: 'x' }, maxSessionSeconds: 1800 }),
    role('strangers', [byTag], {
      trust: policy({ Effect: 'Allow', Principal: { AWS: roleArn('someone-else') }, Action: 'sts:*' }),
    }),
    role('needs-tag', [byTag], {
      trust: policy(
        {
          Effect: 'Allow',
          Principal: { AWS: roleArn(execution) },
          Action: ['sts:AssumeRole', 'sts:TagSession'],
          Condition: {
            Null: { 'aws:RequestTag/TenantId': 'false' },
            'ForAllValues:StringEquals': { 'aws:TagKeys': 'TenantId', 'sts:TransitiveTagKeys': 'TenantId' },
            StringEquals: { 'sts:ExternalId': 'ext:acme/01' },
          },
        },
        {
          Effect: 'Allow',
          Principal: { AWS: roleArn(execution) },
          Action: 'sts:SetSourceIdentity',
          Condition: { StringLike: { 'sts:SourceIdentity': 'acme*' } },
        },
      ),
    }),
    role('chained', [byTag], {
      trust: policy({
        Effect: 'Allow',
        Principal: { AWS: roleArn(tenantData) },
        Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
      }),
    }),
    role('admin', [everything]),
    role('bounded', [everything], {
      boundary: policy({ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::documents/public/*' }),
    }),
    role('nobody', []),
  ],
  buckets: [
    {
      name: 'documents',
      arn: 'arn:aws:s3:::documents',
      policy: policy(
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:*',
          Resource: ['arn:aws:s3:::documents', 'arn:aws:s3:::documents/*'],
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
        { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::documents/sealed/*' },
        {
          Effect: 'Allow',
          Principal: { AWS: roleArn('nobody') },
          Action: 's3:GetObject',
          Resource: 'arn:aws:s3:::documents/granted',
        },
      ),
    },
    { name: 'other', arn: 'arn:aws:s3:::other' },
  ],
  tables: [
    {
      name: 'records',
      arn: tableArn('records'),
      createTable: {
        KeySchema: [
          { AttributeName: 'tenant', KeyType: 'HASH' },
          { AttributeName: 'id', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'tenant', AttributeType: 'S' },
          { AttributeName: 'id', AttributeType: 'S' },
          { AttributeName: 'owner', AttributeType: 'S' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by-owner',
            KeySchema: [
              { AttributeName: 'owner', KeyType: 'HASH' },
              { AttributeName: 'tenant', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
      },
    },
    {
      name: 'counters',
      arn: tableArn('counters'),
      createTable: {
        KeySchema: [{ AttributeName: 'n', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'n', AttributeType: 'N' }],
      },
      policy: policy({
        Effect: 'Allow',
        Principal: { AWS: roleArn('nobody') },
        Action: 'dynamodb:GetItem',
        Resource: tableArn('counters'),
      }),
    },
  ],
};

/** Credentials as SDK clients take them. */
export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** A running local AWS with clients. `clock.now` moves its time. */
export interface Room {
  readonly aws: LocalAws;
  readonly clock: { offsetMs: number };
  readonly port: number;
  readonly sts: (keys: Keys) => STSClient;
  readonly s3: (keys: Keys) => S3Client;
  readonly dynamoDb: (keys: Keys) => DynamoDBClient;
  readonly keysOf: (role: string, session?: string) => Keys;
  /** A session of `tenant-data` (or another role) for a tenant, over the wire. */
  readonly tenant: (id: string, more?: Partial<AssumeRoleCommandInput>) => Promise<Keys>;
  readonly stop: () => Promise<void>;
}

/** Starts a room. */
export async function openRoom(): Promise<Room> {
  const clock = { offsetMs: 0 };
  const aws = await startLocalAws({ port: 0, account, now: () => Date.now() + clock.offsetMs });
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
    (error: { name: string; Code?: string; $metadata?: { httpStatusCode?: number } }) =>
      `${error.Code ?? error.name} ${error.$metadata?.httpStatusCode ?? 0}`,
  );
}

/** The message of a refused call. */
export async function refusalText(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'succeeded',
    (error: Error) => error.message,
  );
}

export interface RawRequest {
  readonly method?: string;
  /** Path with query, exactly as it goes over the wire. */
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Sends a request exactly as given: no client normalises the path. */
export function sendRaw(
  room: Room,
  { method = 'GET', target = '/', headers = {}, body }: RawRequest,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: room.port, method, path: target, headers, agent: false };
    const outgoing = httpRequest(options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString(),
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Signs a request with the SDK's own signer. The target's query is taken apart; its path stays as it is. */
export async function signRaw(
  room: Room,
  keys: Keys,
  service: string,
  request: RawRequest,
  options: { readonly signingDate?: Date; readonly signingRegion?: string } = {},
): Promise<Required<Pick<RawRequest, 'method' | 'target' | 'headers'>> & RawRequest> {
  const signer = new SignatureV4({
    credentials: { ...keys },
    region,
    service,
    sha256: Sha256,
    uriEscapePath: service !== 's3',
  });
  const { method = 'GET', target = '/', headers = {}, body } = request;
  const signed = await signer.sign(
    toSmithy(room, { method, target, headers, ...(body === undefined ? {} : { body }) }),
    options,
  );
  return { ...request, method, target, headers: signed.headers };
}

/** Presigns a request; gives its target. */
export async function presignRaw(
  room: Room,
  keys: Keys,
  service: string,
  request: RawRequest,
  options: { readonly expiresIn?: number; readonly signingDate?: Date } = {},
): Promise<string> {
  const signer = new SignatureV4({
    credentials: { ...keys },
    region,
    service,
    sha256: Sha256,
    uriEscapePath: service !== 's3',
  });
  const smithy = toSmithy(room, request);
  if (service === 's3') smithy.headers['X-Amz-Content-Sha256'] = 'UNSIGNED-PAYLOAD';
  const signed = await signer.presign(smithy, options);
  const query = Object.entries(signed.query ?? {}).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  );
  return `${signed.path}?${query.join('&')}`;
}

function toSmithy(room: Room, { method = 'GET', target = '/', headers = {}, body }: RawRequest): HttpRequest {
  const [path = '/', search = ''] = target.split('?');
  const query: Record<string, string> = {};
  for (const piece of search.split('&').filter((text) => text !== '')) {
    const [name = '', value = ''] = piece.split('=');
    query[decodeURIComponent(name)] = decodeURIComponent(value);
  }
  return new HttpRequest({
    method,
    protocol: 'http:',
    hostname: '127.0.0.1',
    port: room.port,
    path,
    query,
    headers: { host: `127.0.0.1:${room.port}`, ...headers },
    ...(body === undefined ? {} : { body }),
  });
}

/** SHA-256 in the form the signer takes. */
class Sha256 {
  readonly #secret: Buffer | undefined;
  #chunks: Uint8Array[] = [];

  constructor(secret?: unknown) {
    this.#secret = secret === undefined ? undefined : Buffer.from(secret as Uint8Array);
  }

  update(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
  }

  async digest(): Promise<Uint8Array> {
    const data = Buffer.concat(this.#chunks);
    if (this.#secret === undefined) return createHash('sha256').update(data).digest();
    const { createHmac } = await import('node:crypto');
    return createHmac('sha256', this.#secret).update(data).digest();
  }

  reset(): void {
    this.#chunks = [];
  }
}
