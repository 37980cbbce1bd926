// Two independent walls around every tenant: the session policy with the role allowing everything, and the role's own
// policy with no session policy at all. Each table row must hold behind both. SEC-IAM-04, SEC-S3-*, SEC-DDB-*.
import { Stack } from 'aws-cdk-lib';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PermissionSet, TenantAccess } from '../../lib/index.ts';
import { addMachine, decide, newApp, synthesise, type Call, type Synthesised } from './synthesised.ts';

const walls = ['both', 'session', 'role'] as const;

const app = newApp();
const stack = new Stack(app, 'Test');
const data = new Bucket(stack, 'Data', { bucketName: 'data' });
const table = new Table(stack, 'Items', {
  tableName: 'items',
  partitionKey: { name: 'pk', type: AttributeType.STRING },
});
addMachine(stack, {
  permissionSets: [
    PermissionSet.of('documents', TenantAccess.s3Prefix(data), TenantAccess.dynamoDbLeadingKey(table)),
    PermissionSet.of(
      'nested',
      TenantAccess.s3Prefix(data, { prefix: '!tenants/', access: 'read' }),
      TenantAccess.dynamoDbLeadingKey(table, {
        keyPrefix: 'TENANT#',
        keySeparator: '#',
        access: 'read',
        indexes: ['by-date'],
      }),
    ),
    PermissionSet.of(
      'upload',
      TenantAccess.s3Prefix(data, { access: 'write' }),
      TenantAccess.dynamoDbLeadingKey(table, { access: 'write' }),
    ),
  ],
  defaultPermissionSet: 'documents',
});
const synthesised: Synthesised = synthesise(app);

const object = (key: string, action = 's3:GetObject'): Call => ({ action, resource: `arn:aws:s3:::data/${key}` });
const list = (context: Call['context'] = {}): Call => ({
  action: 's3:ListBucket',
  resource: 'arn:aws:s3:::data',
  context,
});
const items = 'arn:aws:dynamodb:us-east-1:111122223333:table/items';
const item = (keys: string | readonly string[] | undefined, action = 'dynamodb:GetItem', resource = items): Call => ({
  action,
  resource,
  context: keys === undefined ? {} : { 'dynamodb:LeadingKeys': typeof keys === 'string' ? [keys] : keys },
});
const actions = (names: readonly string[], call: (action: string) => Call): Call[] => names.map(call);

describe('acme is allowed its own', () => {
  const own: readonly [string, Call][] = [
    ['documents', object('acme/a')],
    ['documents', object('acme/deep/er/x*?')],
    ['documents', object('acme/a', 's3:PutObject')],
    ['documents', object('acme/a', 's3:DeleteObject')],
    ['documents', object('acme/a', 's3:AbortMultipartUpload')],
    ['documents', object('acme/a', 's3:ListMultipartUploadParts')],
    ['documents', list({ 's3:prefix': 'acme/' })],
    ['documents', list({ 's3:prefix': 'acme/x', 's3:delimiter': '/' })],
    ['documents', item('acme')],
    ['documents', item(['acme', 'acme'], 'dynamodb:BatchGetItem')],
    ...['Query', 'ConditionCheckItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'].map(
      (name): [string, Call] => ['documents', item('acme', `dynamodb:${name}`)],
    ),
    ['nested', object('!tenants/acme/a')],
    ['nested', list({ 's3:prefix': '!tenants/acme/' })],
    ['nested', item('TENANT#acme')],
    ['nested', item('TENANT#acme#orders', 'dynamodb:Query')],
    ['nested', item('TENANT#acme', 'dynamodb:Query', `${items}/index/by-date`)],
    ['upload', object('acme/a', 's3:PutObject')],
    ['upload', item('acme', 'dynamodb:PutItem')],
  ];
  test.each(own)('%s: %o', (set, call) => {
    for (const wall of walls) expect([wall, decide(synthesised, 'acme', call, wall, set)]).toEqual([wall, 'allowed']);
  });
});

describe('SEC-IAM-04, SEC-S3-06 acme is denied everything else', () => {
  const bucketControls = [
    'GetBucketPolicy',
    'PutBucketPolicy',
    'PutBucketAcl',
    'PutLifecycleConfiguration',
    'ListBucketMultipartUploads',
    'ListBucketVersions',
    'DeleteBucket',
    'PutBucketNotification',
    'PutReplicationConfiguration',
  ];
  const objectControls = [
    'PutObjectAcl',
    'GetObjectAcl',
    'PutObjectTagging',
    'DeleteObjectTagging',
    'GetObjectVersion',
    'DeleteObjectVersion',
    'PutObjectRetention',
    'PutObjectLegalHold',
    'BypassGovernanceRetention',
    'RestoreObject',
  ];
  const tableControls = [
    'DescribeTable',
    'DeleteTable',
    'UpdateTable',
    'PartiQLSelect',
    'PartiQLDelete',
    'PartiQLInsert',
    'PartiQLUpdate',
    'ExportTableToPointInTime',
    'CreateBackup',
    'PutResourcePolicy',
    'UpdateTimeToLive',
    'ListTables',
  ];
  const foreign: readonly [string, Call][] = [
    // Other tenants, and ids that begin or end alike.
    ...[
      'globex/a',
      'acme2/a',
      'acme-eu/a',
      'acme.b/a',
      'Acme/a',
      'xacme/a',
      'acm/a',
      'acme',
      'x/acme/a',
      '/acme/a',
    ].map((key): [string, Call] => ['documents', object(key)]),
    ['documents', object('globex/a', 's3:PutObject')],
    ['documents', object('globex/a', 's3:DeleteObject')],
    ['documents', { action: 's3:GetObject', resource: 'arn:aws:s3:::data2/acme/a' }],
    ['documents', { action: 's3:GetObject', resource: 'arn:aws:s3:::other/acme/a' }],
    // Listings: without a prefix, above the tenant, beside it.
    ['documents', list()],
    ...['', '/', 'acm', 'acme', 'acme2/', 'globex/', 'x/acme/', '*', 'acme*'].map((prefix): [string, Call] => [
      'documents',
      list({ 's3:prefix': prefix }),
    ]),
    ['documents', list({ 's3:delimiter': '/' })],
    ['nested', list({ 's3:prefix': '!tenants/' })],
    ['nested', list({ 's3:prefix': '!tenants/acm' })],
    ['nested', list({ 's3:prefix': '!tenants/acme' })],
    ['nested', list({ 's3:prefix': '!tenants/acme2/' })],
    ['nested', list({ 's3:prefix': 'acme/' })],
    ['nested', object('acme/a')],
    ['nested', object('!tenants/globex/a')],
    ['nested', object('!tenants/acme/a', 's3:PutObject')],
    ['upload', object('acme/a')],
    ['upload', list({ 's3:prefix': 'acme/' })],
    // Controls, even on the tenant's own.
    ...actions(bucketControls, (name) => ({
      action: `s3:${name}`,
      resource: 'arn:aws:s3:::data',
      context: { 's3:prefix': 'acme/' },
    })).map((call): [string, Call] => ['documents', call]),
    ...actions(objectControls, (name) => object('acme/a', `s3:${name}`)).map((call): [string, Call] => [
      'documents',
      call,
    ]),
    ['documents', { action: 's3:ListAllMyBuckets', resource: '*' }],
    // Items: other tenants, mixed batches, no key at all, prefixes.
    ...['globex', 'acme2', 'Acme', 'acme#x', 'TENANT#acme', ''].map((key): [string, Call] => ['documents', item(key)]),
    ['documents', item(['acme', 'globex'], 'dynamodb:BatchGetItem')],
    ['documents', item(['globex', 'acme'], 'dynamodb:BatchWriteItem')],
    ['documents', item(undefined)],
    ['documents', item([])],
    ['documents', item(undefined, 'dynamodb:Query')],
    ['documents', item(undefined, 'dynamodb:Scan')],
    ['documents', item('acme', 'dynamodb:Scan')],
    ...actions(tableControls, (name) => item('acme', `dynamodb:${name}`)).map((call): [string, Call] => [
      'documents',
      call,
    ]),
    ['documents', item('acme', 'dynamodb:Query', `${items}/index/by-date`)],
    ['documents', item('acme', 'dynamodb:GetRecords', `${items}/stream/2026`)],
    ['documents', item('acme', 'dynamodb:GetItem', `${items}2`)],
    ['documents', item('acme', 'dynamodb:GetItem', items.replace('us-east-1', 'eu-west-1'))],
    ['nested', item('acme')],
    ['nested', item('TENANT#acme2')],
    ['nested', item('TENANT#acme-eu#orders')],
    ['nested', item('TENANT#globex#orders')],
    ['nested', item('TENANT#acme', 'dynamodb:PutItem')],
    ['nested', item('TENANT#acme', 'dynamodb:Query', `${items}/index/other`)],
    ['nested', item('TENANT#globex', 'dynamodb:Query', `${items}/index/by-date`)],
    ['upload', item('acme')],
    ['upload', item('acme', 'dynamodb:Query')],
    // Elsewhere.
    ['documents', { action: 'kms:Decrypt', resource: 'arn:aws:kms:us-east-1:111122223333:key/x' }],
  ];
  test.each(foreign)('%s: %o', (set, call) => {
    for (const wall of walls)
      expect([wall, decide(synthesised, 'acme', call, wall, set)]).toEqual([wall, 'implicitly-denied']);
  });

  test.each(['sts:AssumeRole', 'sts:TagSession', 'sts:GetFederationToken', 'iam:CreateUser', 'iam:PutRolePolicy'])(
    'every session policy denies %s by name',
    (action) => {
      const call = { action, resource: 'arn:aws:iam::111122223333:role/x' };
      // STS decides AssumeRole with a trust policy too; without one it is denied, so the guard shows on the others first.
      expect(decide(synthesised, 'acme', call, 'session')).toBe('explicitly-denied');
      expect(decide(synthesised, 'acme', call, 'role')).toBe('implicitly-denied');
    },
  );
});

test('for any two tenants, neither wall lets one near what the other may have', () => {
  const id = fc
    .string({ unit: fc.constantFrom('a', 'b', '-', '.', '_', '1'), minLength: 1, maxLength: 5 })
    .filter((text) => /^[a-z0-9](?:.*[a-z0-9])?$/.test(text) && !text.includes('..'));
  fc.assert(
    fc.property(id, id, (tenant, other) => {
      fc.pre(tenant !== other);
      const calls: [string, Call][] = [
        ['documents', object(`${other}/x`)],
        ['documents', list({ 's3:prefix': `${other}/` })],
        ['documents', item(other)],
        ['nested', object(`!tenants/${other}/x`)],
        ['nested', item(`TENANT#${other}#x`)],
      ];
      for (const [set, call] of calls) {
        for (const wall of ['session', 'role'] as const) {
          expect(decide(synthesised, other, call, wall, set)).toBe('allowed');
          expect(decide(synthesised, tenant, call, wall, set)).toBe('implicitly-denied');
        }
      }
    }),
    { numRuns: 40 },
  );
});
