// One account for the tests of local AWS: two tenants' worth of roles, buckets and tables, written by hand.
import type { PolicyDocument, PolicyStatement } from '../../../core/iam/index.ts';
import type { LocalAccount, LocalRole, LocalUser } from '../../../local/account.ts';

export const accountId = '111122223333';
export const region = 'us-east-1';
export const roleArn = (name: string): string => `arn:aws:iam::${accountId}:role/${name}`;
export const tableArn = (name: string): string => `arn:aws:dynamodb:${region}:${accountId}:table/${name}`;
export const execution = 'tvm/vend-function';
export const tenantData = 'tvm/tenant-data';

/** A policy of the present version. */
export function policy(...statements: readonly PolicyStatement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements };
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

const userArn = (path: string): string => `arn:aws:iam::${accountId}:user/${path}`;

/** A user with a long-term key. */
export function user(path: string, policies: readonly PolicyDocument[], more: Partial<LocalUser> = {}): LocalUser {
  const name = path.split('/').at(-1)!;
  const accessKeyId = `AKIA${name.toUpperCase().padEnd(16, '2')}`;
  const accessKey = { accessKeyId, secretAccessKey: `secret-of-${name}` };
  return { arn: userArn(path), name, policies, accessKey, ...more };
}

/** What a caller needs to federate others, and nothing else. */
export const federates = policy({
  Effect: 'Allow',
  Action: ['sts:GetFederationToken', 'sts:TagSession'],
  Resource: '*',
});

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
  users: [
    user('ops/alice', [everything], { tags: { Team: 'ops' }, mfa: { serialNumber: 'GAHT12345678', code: '123456' } }),
    user('proxy', [federates, byTag]),
    user('untagging', [policy({ Effect: 'Allow', Action: 'sts:GetFederationToken', Resource: '*' })]),
    user('powerless', []),
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
