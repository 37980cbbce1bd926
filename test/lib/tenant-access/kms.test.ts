// Keys by encryption context, and keys through the service that uses them. SEC-TPL-01.
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Alias, Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, CfnAccessPoint } from 'aws-cdk-lib/aws-s3';
import type { Stack } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { TenantAccess, type TenantStatement } from '../../../lib/index.ts';
import { newStack, type Call } from '../synthesised.ts';
import { describeHelper, each, refusal, type Scenario } from './harness.ts';

const keyArn = 'arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d';
const keyIn = (stack: Stack) => Key.fromKeyArn(stack, 'Key', keyArn);
const controls = [
  'CreateGrant',
  'RetireGrant',
  'RevokeGrant',
  'PutKeyPolicy',
  'GetKeyPolicy',
  'ScheduleKeyDeletion',
  'DisableKey',
  'TagResource',
  'UntagResource',
  'UpdateAlias',
  'DescribeKey',
  'ReEncryptFrom',
  'ReEncryptTo',
  'GenerateDataKeyPair',
  'Sign',
  'GenerateMac',
].map((name) => `kms:${name}`);
const cryptographic = ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext'];
const context = (value: string, key = 'tenant') => ({ [`kms:EncryptionContext:${key}`]: value });

const contextNever = (tenant: string): Call[] => [
  ...each(controls, keyArn, context(tenant)),
  ...each(cryptographic, keyArn),
  ...['', '*', `${tenant}*`, `${tenant}2`, tenant.toUpperCase(), 'globex'].flatMap((value) =>
    each(cryptographic, keyArn, context(value)),
  ),
  ...each(cryptographic, keyArn, context(tenant, 'owner')),
  ...each(cryptographic, `${keyArn}2`, context(tenant)),
  ...each(cryptographic, 'arn:aws:kms:us-east-1:111122223333:alias/data', context(tenant)),
  ...each(['kms:ListKeys', 'kms:CreateKey'], '*', context(tenant)),
];

describeHelper('kmsEncryptionContext', {
  readWrite: {
    access: (stack) => TenantAccess.kmsEncryptionContext(keyIn(stack)),
    statements: [
      {
        Effect: 'Allow',
        Action: cryptographic,
        Resource: keyArn,
        Condition: { StringEquals: { 'kms:EncryptionContext:tenant': '{{tenant}}' } },
      },
    ],
    own: (tenant) => [
      ...each(cryptographic, keyArn, context(tenant)),
      // Further keys of the context do not matter: the ciphertext is bound to all of them.
      ...each(['kms:Decrypt'], keyArn, { ...context(tenant), ...context('report', 'kind') }),
    ],
    never: contextNever,
  },
  'read by another key': {
    access: (stack) => TenantAccess.kmsEncryptionContext(keyIn(stack), { contextKey: 'app:owner', access: 'read' }),
    statements: [
      {
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: keyArn,
        Condition: { StringEquals: { 'kms:EncryptionContext:app:owner': '{{tenant}}' } },
      },
    ],
    own: (tenant) => each(['kms:Decrypt'], keyArn, context(tenant, 'app:owner')),
    never: (tenant) => [
      ...each([...controls, ...cryptographic.slice(1)], keyArn, context(tenant, 'app:owner')),
      ...each(['kms:Decrypt'], keyArn, context(tenant)),
    ],
  },
  write: {
    access: (stack) => TenantAccess.kmsEncryptionContext(keyIn(stack), { access: 'write' }),
    statements: [
      {
        Effect: 'Allow',
        Action: cryptographic.slice(1),
        Resource: keyArn,
        Condition: { StringEquals: { 'kms:EncryptionContext:tenant': '{{tenant}}' } },
      },
    ],
    own: (tenant) => each(cryptographic.slice(1), keyArn, context(tenant)),
    never: (tenant) => [...contextNever(tenant), ...each(['kms:Decrypt'], keyArn, context(tenant))],
  },
});

/** A service whose encryption context names the resource. */
interface Through {
  readonly access: (stack: Stack) => TenantAccess;
  readonly service: string;
  readonly contextKey: string;
  readonly actions: readonly string[];
  /** The context as the policy writes it, and as the service sends it. */
  readonly patterns: string | readonly string[];
  readonly sent: (tenant: string) => string;
}

function through({ access, service, contextKey, actions, patterns, sent }: Through): Scenario {
  const via = { 'kms:ViaService': `${service}.us-east-1.amazonaws.com` };
  const isPattern = JSON.stringify(patterns).includes('*');
  const bound = { [`kms:EncryptionContext:${contextKey}`]: patterns };
  const statement: TenantStatement = {
    Effect: 'Allow',
    Action: actions,
    Resource: keyArn,
    Condition: isPattern ? { StringEquals: via, StringLike: bound } : { StringEquals: { ...via, ...bound } },
  };
  const used = (value: string, extra: Record<string, string> = via) => ({ ...extra, ...context(value, contextKey) });
  return {
    access: (stack) => TenantAccess.kmsViaService(keyIn(stack), access(stack)),
    statements: [statement],
    own: (tenant) => each(actions, keyArn, used(sent(tenant))),
    never: (tenant) => [
      ...each(controls, keyArn, used(sent(tenant))),
      ...each(
        [...cryptographic, 'kms:GenerateDataKeyPair'].filter((one) => !actions.includes(one)),
        keyArn,
        used(sent(tenant)),
      ),
      // Not through the service, through another one, without the context, under the tenant's name alone.
      ...each(actions, keyArn, context(sent(tenant), contextKey)),
      ...each(actions, keyArn, used(sent(tenant), { 'kms:ViaService': 'ec2.us-east-1.amazonaws.com' })),
      ...each(actions, keyArn, used(sent(tenant), { 'kms:ViaService': `${service}.eu-west-1.amazonaws.com` })),
      ...each(actions, keyArn, via),
      ...each(actions, keyArn, used(tenant)),
      ...each(actions, keyArn, used('*')),
      ...each(actions, `${keyArn}2`, used(sent(tenant))),
    ],
  };
}

const arn = (service: string, resource: string): string => `arn:aws:${service}:us-east-1:111122223333:${resource}`;
const dataKey = ['kms:Decrypt', 'kms:GenerateDataKey'];

describeHelper('kmsViaService', {
  s3Bucket: through({
    access: (stack) => TenantAccess.s3Bucket(stack, { prefix: 'app-' }),
    service: 's3',
    contextKey: 'aws:s3:arn',
    actions: dataKey,
    patterns: ['arn:aws:s3:::app-{{tenant}}', 'arn:aws:s3:::app-{{tenant}}/*'],
    sent: (tenant) => `arn:aws:s3:::app-${tenant}/a/b`,
  }),
  's3Prefix of an imported bucket': through({
    access: (stack) =>
      TenantAccess.s3Prefix(Bucket.fromBucketName(stack, 'Data', 'data'), { prefix: 't/', access: 'read' }),
    service: 's3',
    contextKey: 'aws:s3:arn',
    actions: ['kms:Decrypt'],
    patterns: 'arn:aws:s3:::data/t/{{tenant}}/*',
    sent: (tenant) => `arn:aws:s3:::data/t/${tenant}/x`,
  }),
  secretsManagerPath: through({
    access: (stack) => TenantAccess.secretsManagerPath(stack, { prefix: 't/', access: 'readWrite' }),
    service: 'secretsmanager',
    contextKey: 'SecretARN',
    actions: dataKey,
    patterns: arn('secretsmanager', 'secret:t/{{tenant}}/*'),
    sent: (tenant) => arn('secretsmanager', `secret:t/${tenant}/db-AbCdEf`),
  }),
  'ssmParameterPath, write': through({
    access: (stack) => TenantAccess.ssmParameterPath(stack, { prefix: '/t/', access: 'write' }),
    service: 'ssm',
    contextKey: 'PARAMETER_ARN',
    actions: ['kms:Encrypt', 'kms:GenerateDataKey'],
    patterns: [arn('ssm', 'parameter/t/{{tenant}}'), arn('ssm', 'parameter/t/{{tenant}}/*')],
    sent: (tenant) => arn('ssm', `parameter/t/${tenant}/x`),
  }),
  sqsQueue: through({
    access: (stack) => TenantAccess.sqsQueue(stack, { prefix: 'orders-' }),
    service: 'sqs',
    contextKey: 'aws:sqs:arn',
    actions: dataKey,
    patterns: arn('sqs', 'orders-{{tenant}}'),
    sent: (tenant) => arn('sqs', `orders-${tenant}`),
  }),
  snsTopic: through({
    access: (stack) => TenantAccess.snsTopic(stack, { prefix: 'alerts-' }),
    service: 'sns',
    contextKey: 'aws:sns:topicArn',
    actions: dataKey,
    patterns: arn('sns', 'alerts-{{tenant}}'),
    sent: (tenant) => arn('sns', `alerts-${tenant}`),
  }),
  'kinesisStream, write': through({
    access: (stack) => TenantAccess.kinesisStream(stack, { prefix: 'clicks-', access: 'write' }),
    service: 'kinesis',
    contextKey: 'aws:kinesis:arn',
    actions: ['kms:GenerateDataKey'],
    patterns: arn('kinesis', 'stream/clicks-{{tenant}}'),
    sent: (tenant) => arn('kinesis', `stream/clicks-${tenant}`),
  }),
  dynamoDbTable: through({
    access: (stack) => TenantAccess.dynamoDbTable(stack, { prefix: 'items-', indexes: ['by-date'] }),
    service: 'dynamodb',
    contextKey: 'aws:dynamodb:tableName',
    actions: ['kms:Decrypt'],
    patterns: 'items-{{tenant}}',
    sent: (tenant) => `items-${tenant}`,
  }),
});

describe('misuse', () => {
  const stack = newStack();
  const key = new Key(stack, 'Key');
  const partitionKey = { name: 'pk', type: AttributeType.STRING };
  const statement = (resource: string) =>
    new PolicyStatement({ actions: ['sqs:SendMessage', 'sqs:*'], resources: [resource] });

  test.each<[string, TenantAccess]>([
    ['a shared table', TenantAccess.dynamoDbLeadingKey(new Table(stack, 'Shared', { partitionKey }))],
    ['an access point', TenantAccess.s3AccessPoint(CfnAccessPoint.fromAccessPointName(stack, 'Point', 'shared'))],
    ['secrets by tag', TenantAccess.secretsManagerTag(stack)],
    ['resources by tag', TenantAccess.resourceTag(stack, { service: 'sqs' })],
    ['a function', TenantAccess.lambdaFunction(stack, { prefix: 'report-' })],
    ['a log group', TenantAccess.logGroup(stack, { prefix: '/tenants/' })],
    ['an event bus', TenantAccess.eventBus(stack, { prefix: 'tenant-' })],
    ['another key', TenantAccess.kmsEncryptionContext(key)],
    ['raw statements without the tenant', TenantAccess.statements(statement('arn:aws:sqs:us-east-1:111122223333:all'))],
    ['shared statements', TenantAccess.shared('a reason', statement('arn:aws:sqs:us-east-1:111122223333:{{tenant}}'))],
  ])('kmsViaService refuses the key of %s: its context does not name the tenant', (_, access) => {
    expect(() => TenantAccess.kmsViaService(key, access)).toThrow(refusal('TvmKeyNotIsolatable'));
  });

  test('an alias is refused: IAM decides on the key', () => {
    const alias = Alias.fromAliasName(stack, 'Imported', 'alias/data');
    expect(() => TenantAccess.kmsEncryptionContext(alias)).toThrow(refusal());
    expect(() =>
      TenantAccess.kmsEncryptionContext(new Alias(stack, 'Own', { aliasName: 'alias/own', targetKey: key })),
    ).toThrow(/pass the key itself/);
    expect(() => TenantAccess.kmsViaService(alias, TenantAccess.sqsQueue(stack, { prefix: 'orders-' }))).toThrow(
      refusal(),
    );
  });

  test.each(['', 'aws:s3:arn', 'AWS:x', '*', 'a*', 'a b', '{{tenant}}', '${x}'])(
    'the context key %j is refused',
    (contextKey) => {
      expect(() => TenantAccess.kmsEncryptionContext(key, { contextKey })).toThrow(refusal());
    },
  );

  test('a further placeholder is a pattern, which the ceiling can widen to a star', () => {
    const access = TenantAccess.statements(statement('arn:aws:sqs:us-east-1:111122223333:{{tenant}}/{{project}}'));
    expect(JSON.stringify(TenantAccess.kmsViaService(key, access).ceilingStatements('TenantId'))).toContain('}/*"');
  });
});
