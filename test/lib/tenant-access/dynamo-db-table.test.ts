// A DynamoDB table per tenant.
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { describe, expect, test } from 'vitest';
import { TenantAccess } from '../../../lib/index.ts';
import { newStack, type Call } from '../synthesised.ts';
import { describeHelper, each, refusal } from './harness.ts';

const reads = ['GetItem', 'BatchGetItem', 'Query', 'ConditionCheckItem'].map((name) => `dynamodb:${name}`);
const writes = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'].map((name) => `dynamodb:${name}`);
const controls = [
  'Scan',
  'DescribeTable',
  'UpdateTable',
  'DeleteTable',
  'CreateTable',
  'PartiQLSelect',
  'PartiQLUpdate',
  'TagResource',
  'UntagResource',
  'PutResourcePolicy',
  'GetResourcePolicy',
  'CreateBackup',
  'ExportTableToPointInTime',
  'UpdateTimeToLive',
].map((name) => `dynamodb:${name}`);
const table = (tenant: string): string => `arn:aws:dynamodb:us-east-1:111122223333:table/items-${tenant}`;
const never = (tenant: string): Call[] => [
  ...each(controls, table(tenant)),
  ...each(['dynamodb:Scan', 'dynamodb:GetItem'], `${table(tenant)}/index/by-date`),
  ...each(['dynamodb:Query'], `${table(tenant)}/index/by-owner`),
  ...each(['dynamodb:GetRecords', 'dynamodb:GetShardIterator'], `${table(tenant)}/stream/2026-01-01`),
  ...each(reads, table('')),
  ...each(reads, 'arn:aws:dynamodb:us-east-1:111122223333:table/items'),
  ...each(reads, table(tenant).replace('us-east-1', 'eu-west-1')),
  ...each(reads, table(tenant).replace('111122223333', '999999999999')),
  ...each(['dynamodb:ListTables'], '*'),
];
const allow = (Action: string | readonly string[], Resource: string) => ({
  Effect: 'Allow' as const,
  Action,
  Resource,
});

describeHelper('dynamoDbTable', {
  'readWrite with an index': {
    access: (stack) => TenantAccess.dynamoDbTable(stack, { prefix: 'items-', indexes: ['by-date'] }),
    statements: [
      allow([...reads, ...writes], table('{{tenant}}')),
      allow('dynamodb:Query', `${table('{{tenant}}')}/index/by-date`),
    ],
    own: (tenant) => [
      ...each([...reads, ...writes], table(tenant)),
      ...each(['dynamodb:Query'], `${table(tenant)}/index/by-date`),
    ],
    never,
  },
  read: {
    access: (stack) => TenantAccess.dynamoDbTable(stack, { prefix: 'items-', access: 'read' }),
    statements: [allow(reads, table('{{tenant}}'))],
    own: (tenant) => each(reads, table(tenant)),
    never: (tenant) => [
      ...never(tenant),
      ...each(writes, table(tenant)),
      ...each(['dynamodb:Query'], `${table(tenant)}/index/by-date`),
    ],
  },
  write: {
    access: (stack) => TenantAccess.dynamoDbTable(stack, { prefix: 'items-', access: 'write', indexes: ['by-date'] }),
    statements: [allow(writes, table('{{tenant}}'))],
    own: (tenant) => each(writes, table(tenant)),
    never: (tenant) => [...never(tenant), ...each(reads, table(tenant))],
  },
});

describe('dynamoDbTable refuses', () => {
  const stack = newStack();
  test.each(['', 'items', '.', 'items/', 'items*-', 'items#', '{{tenant}}-', '${a}-'])('the prefix %j', (prefix) => {
    expect(() => TenantAccess.dynamoDbTable(stack, { prefix })).toThrow(refusal());
  });

  test.each(['*', 'by-*', 'ab', '../x', '{{tenant}}'])('the index %j', (index) => {
    expect(() => TenantAccess.dynamoDbTable(stack, { prefix: 'items-', indexes: [index] })).toThrow(refusal());
  });

  test('one table for all', () => {
    const one = new Table(stack, 'One', { partitionKey: { name: 'pk', type: AttributeType.STRING } });
    expect(() => TenantAccess.dynamoDbTable(one, { prefix: 'items-' })).toThrow(/One table cannot be split/);
  });
});
