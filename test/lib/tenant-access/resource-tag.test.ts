// Resources by tag. SEC-TPL-06. Every service of the closed list, and no action that could write the tag.
import { describe, expect, test } from 'vitest';
import { TenantAccess, type TaggedService } from '../../../lib/index.ts';
import { newStack, type Call } from '../synthesised.ts';
import { describeHelper, each, refusal, type Scenario } from './harness.ts';

const arn = (service: string, resource: string): string => `arn:aws:${service}:us-east-1:111122223333:${resource}`;
const tag = (value: string, key = 'tenant') => ({ [`aws:ResourceTag/${key}`]: value });

interface Tagged {
  readonly actions: readonly string[];
  readonly pattern: string;
  readonly resource: string;
  readonly controls: readonly string[];
}

const services: Readonly<Record<TaggedService, Tagged>> = {
  dynamodb: {
    actions: [
      'GetItem',
      'BatchGetItem',
      'Query',
      'ConditionCheckItem',
      'PutItem',
      'UpdateItem',
      'DeleteItem',
      'BatchWriteItem',
    ],
    pattern: 'table/*',
    resource: 'table/anything',
    controls: [
      'Scan',
      'DescribeTable',
      'DeleteTable',
      'TagResource',
      'UntagResource',
      'PutResourcePolicy',
      'CreateTable',
    ],
  },
  kinesis: {
    actions: ['GetRecords', 'GetShardIterator', 'ListShards', 'PutRecord', 'PutRecords'],
    pattern: 'stream/*',
    resource: 'stream/anything',
    controls: ['AddTagsToStream', 'TagResource', 'DeleteStream', 'PutResourcePolicy', 'RegisterStreamConsumer'],
  },
  kms: {
    actions: ['Decrypt', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'],
    pattern: 'key/*',
    resource: 'key/0a1b',
    controls: [
      'CreateGrant',
      'TagResource',
      'UntagResource',
      'PutKeyPolicy',
      'ScheduleKeyDeletion',
      'ReEncryptTo',
      'CreateKey',
    ],
  },
  lambda: {
    actions: ['InvokeFunction'],
    pattern: 'function:*',
    resource: 'function:anything',
    controls: [
      'TagResource',
      'UntagResource',
      'AddPermission',
      'UpdateFunctionCode',
      'InvokeFunctionUrl',
      'GetFunction',
    ],
  },
  sqs: {
    actions: ['ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility', 'GetQueueUrl', 'SendMessage'],
    pattern: '*',
    resource: 'anything',
    controls: ['TagQueue', 'UntagQueue', 'AddPermission', 'SetQueueAttributes', 'PurgeQueue', 'DeleteQueue'],
  },
  ssm: {
    actions: ['GetParameter', 'GetParameters'],
    pattern: 'parameter/*',
    resource: 'parameter/anything',
    controls: ['AddTagsToResource', 'RemoveTagsFromResource', 'PutParameter', 'GetParametersByPath', 'DeleteParameter'],
  },
  states: {
    actions: ['StartExecution'],
    pattern: 'stateMachine:*',
    resource: 'stateMachine:anything',
    controls: ['TagResource', 'UntagResource', 'UpdateStateMachine', 'DeleteStateMachine', 'StopExecution'],
  },
};

function scenario(service: TaggedService, { actions, pattern, resource, controls }: Tagged): Scenario {
  const named = actions.map((name) => `${service}:${name}`);
  const one = arn(service, resource);
  return {
    access: (stack) => TenantAccess.resourceTag(stack, { service }),
    statements: [
      {
        Effect: 'Allow',
        Action: named,
        Resource: arn(service, pattern),
        Condition: { StringEquals: { 'aws:ResourceTag/tenant': '{{tenant}}' } },
      },
    ],
    own: (tenant) => each(named, one, tag(tenant)),
    never: (tenant): Call[] => [
      ...controls.flatMap((name) => each([`${service}:${name}`], one, tag(tenant))),
      ...each(named, one),
      ...['', '*', `${tenant}2`, tenant.toUpperCase()].flatMap((value) => each(named, one, tag(value))),
      ...each(named, one, tag(tenant, 'owner')),
      ...each(named, one, { 'aws:RequestTag/tenant': tenant }),
      ...each(named, one.replace('us-east-1', 'eu-west-1'), tag(tenant)),
      ...each(named, one.replace('111122223333', '999999999999'), tag(tenant)),
    ],
  };
}

describeHelper(
  'resourceTag',
  Object.fromEntries(
    Object.entries(services).map(([service, tagged]) => [service, scenario(service as TaggedService, tagged)]),
  ),
);

describe('misuse', () => {
  const stack = newStack();
  test.each<[TaggedService, 'read' | 'write']>([
    ['lambda', 'read'],
    ['states', 'read'],
    ['ssm', 'write'],
  ])('%s has no %s action that carries the tag', (service, access) => {
    expect(() => TenantAccess.resourceTag(stack, { service, access })).toThrow(refusal());
  });

  test('another key, and one level, are written as said', () => {
    const access = TenantAccess.resourceTag(stack, { service: 'kms', tagKey: 'Owner', access: 'read' });
    expect(access.sessionStatements()).toMatchObject([
      { Action: 'kms:Decrypt', Condition: { StringEquals: { 'aws:ResourceTag/Owner': '{{tenant}}' } } },
    ]);
  });
});
