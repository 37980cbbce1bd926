// A queue, topic, event bus or stream per tenant; shared ones cannot be split. SEC-TPL-03, SEC-TPL-09.
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Stream } from 'aws-cdk-lib/aws-kinesis';
import { CfnQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { TenantAccess } from '../../../lib/index.ts';
import { newStack, type Call } from '../synthesised.ts';
import { describeHelper, each, refusal } from './harness.ts';

const arn = (service: string, resource: string): string => `arn:aws:${service}:us-east-1:111122223333:${resource}`;
const allow = (Action: string | readonly string[], Resource: string) => ({
  Effect: 'Allow' as const,
  Action,
  Resource,
});
/** Names around the tenant's own: before, behind, elsewhere. */
const near = (action: string, own: string): readonly Call[] =>
  [
    `${own}-x`,
    `${own}2`,
    own.slice(0, -1),
    own.replace('us-east-1', 'eu-west-1'),
    own.replace('111122223333', '999999999999'),
    own.replace('arn:aws:', 'arn:aws-cn:'),
    '*',
  ].flatMap((resource) => each([action], resource));

const queue = (tenant: string, suffix = ''): string => arn('sqs', `orders-${tenant}${suffix}`);
const receives = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueUrl'];
const queueControls = [
  'AddPermission',
  'RemovePermission',
  'SetQueueAttributes',
  'GetQueueAttributes',
  'PurgeQueue',
  'DeleteQueue',
  'CreateQueue',
  'TagQueue',
  'UntagQueue',
  'StartMessageMoveTask',
  'ListDeadLetterSourceQueues',
].map((name) => `sqs:${name}`);

describeHelper('sqsQueue', {
  readWrite: {
    access: (stack) => TenantAccess.sqsQueue(stack, { prefix: 'orders-' }),
    statements: [allow([...receives, 'sqs:SendMessage'], queue('{{tenant}}'))],
    own: (tenant) => each([...receives, 'sqs:SendMessage'], queue(tenant)),
    never: (tenant) => [
      ...each(queueControls, queue(tenant)),
      ...near('sqs:SendMessage', queue(tenant)),
      ...near('sqs:ReceiveMessage', queue(tenant, '.fifo')),
      ...each(['sqs:ListQueues'], '*'),
    ],
  },
  'read of FIFO queues': {
    access: (stack) => TenantAccess.sqsQueue(stack, { prefix: 'orders-', fifo: true, access: 'read' }),
    statements: [allow(receives, queue('{{tenant}}', '.fifo'))],
    own: (tenant) => each(receives, queue(tenant, '.fifo')),
    never: (tenant) => [
      ...each([...queueControls, 'sqs:SendMessage'], queue(tenant, '.fifo')),
      ...each(receives, queue(tenant)),
    ],
  },
  write: {
    access: (stack) => TenantAccess.sqsQueue(stack, { prefix: 'orders-', access: 'write' }),
    statements: [allow(['sqs:SendMessage', 'sqs:GetQueueUrl'], queue('{{tenant}}'))],
    own: (tenant) => each(['sqs:SendMessage', 'sqs:GetQueueUrl'], queue(tenant)),
    never: (tenant) => each([...queueControls, 'sqs:ReceiveMessage', 'sqs:DeleteMessage'], queue(tenant)),
  },
});

const topic = (tenant: string, suffix = ''): string => arn('sns', `alerts-${tenant}${suffix}`);
const topicControls = [
  'Subscribe',
  'Unsubscribe',
  'ConfirmSubscription',
  'ListSubscriptionsByTopic',
  'GetTopicAttributes',
  'SetTopicAttributes',
  'AddPermission',
  'RemovePermission',
  'DeleteTopic',
  'CreateTopic',
  'TagResource',
  'UntagResource',
  'PutDataProtectionPolicy',
].map((name) => `sns:${name}`);

describeHelper('snsTopic', {
  standard: {
    access: (stack) => TenantAccess.snsTopic(stack, { prefix: 'alerts-' }),
    statements: [allow('sns:Publish', topic('{{tenant}}'))],
    own: (tenant) => each(['sns:Publish'], topic(tenant)),
    never: (tenant) => [...each(topicControls, topic(tenant)), ...near('sns:Publish', topic(tenant))],
  },
  FIFO: {
    access: (stack) => TenantAccess.snsTopic(stack, { prefix: 'alerts-', fifo: true }),
    statements: [allow('sns:Publish', topic('{{tenant}}', '.fifo'))],
    own: (tenant) => each(['sns:Publish'], topic(tenant, '.fifo')),
    never: (tenant) => [...each(topicControls, topic(tenant, '.fifo')), ...each(['sns:Publish'], topic(tenant))],
  },
});

const bus = (tenant: string): string => arn('events', `event-bus/tenant-${tenant}`);
const busControls = [
  'PutRule',
  'PutTargets',
  'PutPermission',
  'DescribeEventBus',
  'DeleteEventBus',
  'TagResource',
  'CreateArchive',
].map((name) => `events:${name}`);

describeHelper('eventBus', {
  write: {
    access: (stack) => TenantAccess.eventBus(stack, { prefix: 'tenant-' }),
    statements: [allow('events:PutEvents', bus('{{tenant}}'))],
    own: (tenant) => each(['events:PutEvents'], bus(tenant), { 'events:source': ['anything'] }),
    never: (tenant) => [
      ...each(busControls, bus(tenant)),
      ...near('events:PutEvents', bus(tenant)),
      ...each(['events:PutEvents'], arn('events', 'event-bus/default')),
      ...each(['events:PutRule'], arn('events', `rule/tenant-${tenant}/x`)),
    ],
  },
});

const stream = (tenant: string): string => arn('kinesis', `stream/clicks-${tenant}`);
const recordReads = ['kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'];
const recordWrites = ['kinesis:PutRecord', 'kinesis:PutRecords'];
const streamControls = [
  'SubscribeToShard',
  'RegisterStreamConsumer',
  'DescribeStream',
  'DeleteStream',
  'SplitShard',
  'MergeShards',
  'UpdateShardCount',
  'PutResourcePolicy',
  'AddTagsToStream',
  'TagResource',
  'DecreaseStreamRetentionPeriod',
  'StopStreamEncryption',
].map((name) => `kinesis:${name}`);

describeHelper('kinesisStream', {
  readWrite: {
    access: (stack) => TenantAccess.kinesisStream(stack, { prefix: 'clicks-' }),
    statements: [allow([...recordReads, ...recordWrites], stream('{{tenant}}'))],
    own: (tenant) => each([...recordReads, ...recordWrites], stream(tenant)),
    never: (tenant) => [
      ...each(streamControls, stream(tenant)),
      ...each(['kinesis:SubscribeToShard', 'kinesis:GetRecords'], `${stream(tenant)}/consumer/c:1`),
      ...near('kinesis:PutRecord', stream(tenant)),
      ...each(['kinesis:ListStreams'], '*'),
    ],
  },
  read: {
    access: (stack) => TenantAccess.kinesisStream(stack, { prefix: 'clicks-', access: 'read' }),
    statements: [allow(recordReads, stream('{{tenant}}'))],
    own: (tenant) => each(recordReads, stream(tenant)),
    never: (tenant) => each([...streamControls, ...recordWrites], stream(tenant)),
  },
  write: {
    access: (stack) => TenantAccess.kinesisStream(stack, { prefix: 'clicks-', access: 'write' }),
    statements: [allow(recordWrites, stream('{{tenant}}'))],
    own: (tenant) => each(recordWrites, stream(tenant)),
    never: (tenant) => each([...streamControls, ...recordReads], stream(tenant)),
  },
});

describe('misuse', () => {
  const stack = newStack();
  test.each([
    '',
    '-',
    '_',
    'orders',
    'orders.',
    'orders/',
    '*-',
    'o?-',
    '{{tenant}}-',
    '${aws:username}-',
    'a b-',
    'é-',
  ])('sqsQueue and snsTopic refuse the prefix %j', (prefix) => {
    expect(() => TenantAccess.sqsQueue(stack, { prefix })).toThrow(refusal());
    expect(() => TenantAccess.snsTopic(stack, { prefix })).toThrow(refusal());
  });

  test.each(['', '/', '.', 'clicks', '*-', '{{tenant}}-', 'a#'])(
    'eventBus and kinesisStream refuse the prefix %j',
    (prefix) => {
      expect(() => TenantAccess.eventBus(stack, { prefix })).toThrow(refusal());
      expect(() => TenantAccess.kinesisStream(stack, { prefix })).toThrow(refusal());
    },
  );

  test.each([
    ['queue', () => TenantAccess.sqsQueue(new Queue(stack, 'Queue'), { prefix: 'orders-' })],
    ['queue', () => TenantAccess.sqsQueue(new CfnQueue(stack, 'CfnQueue'), { prefix: 'orders-' })],
    ['topic', () => TenantAccess.snsTopic(new Topic(stack, 'Topic'), { prefix: 'alerts-' })],
    ['event bus', () => TenantAccess.eventBus(new EventBus(stack, 'Bus'), { prefix: 'tenant-' })],
    ['stream', () => TenantAccess.kinesisStream(new Stream(stack, 'Stream'), { prefix: 'clicks-' })],
  ])('SEC-TPL-09 one %s for all is refused, and sharing it takes a reason', (noun, describeOne) => {
    expect(describeOne).toThrow(new RegExp(`One ${noun} cannot be split .*TenantAccess\\.shared`));
  });

  test('a prefix may hold tokens, but not end with one', () => {
    expect(() => TenantAccess.sqsQueue(stack, { prefix: `${stack.stackName}-${stack.region}-` })).not.toThrow();
    expect(() => TenantAccess.sqsQueue(stack, { prefix: `orders-${stack.region}` })).toThrow(refusal());
    expect(() => TenantAccess.sqsQueue(stack, { prefix: `*${stack.region}-` })).toThrow(refusal());
  });
});
