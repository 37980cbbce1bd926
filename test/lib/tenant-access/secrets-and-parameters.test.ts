// Secrets by path and by tag, parameters by path. SEC-TPL-06.
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, test } from 'vitest';
import { TenantAccess } from '../../../lib/index.ts';
import { newStack, type Call } from '../synthesised.ts';
import { describeHelper, each, refusal } from './harness.ts';

const allow = (Action: string | readonly string[], Resource: string | readonly string[]) => ({
  Effect: 'Allow' as const,
  Action,
  Resource,
});
const secret = (name: string): string => `arn:aws:secretsmanager:us-east-1:111122223333:secret:${name}`;
const secretReads = ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'];
const secretWrites = ['secretsmanager:PutSecretValue'];
const secretControls = [
  'CreateSecret',
  'DeleteSecret',
  'RestoreSecret',
  'UpdateSecret',
  'RotateSecret',
  'UpdateSecretVersionStage',
  'TagResource',
  'UntagResource',
  'PutResourcePolicy',
  'GetResourcePolicy',
  'ReplicateSecretToRegions',
  'BatchGetSecretValue',
].map((name) => `secretsmanager:${name}`);

const pathNever = (tenant: string): Call[] => [
  ...each(secretControls, secret(`t/${tenant}/db-AbCdEf`)),
  // What `{{tenant}}-??????` and `{{tenant}}-*` would have allowed.
  ...each(secretReads, secret(`t/${tenant}-AbCdEf`)),
  ...each(secretReads, secret(`t/${tenant}-abcdef-AbCdEf`)),
  ...each(secretReads, secret(`t/${tenant}2/db-AbCdEf`)),
  ...each(secretReads, secret(`${tenant}/db-AbCdEf`)),
  ...each(secretReads, secret(`x/t/${tenant}/db-AbCdEf`)),
  ...each(secretReads, secret(`t/${tenant}/db-AbCdEf`).replace('us-east-1', 'eu-west-1')),
  ...each(['secretsmanager:ListSecrets', 'secretsmanager:BatchGetSecretValue', 'secretsmanager:GetSecretValue'], '*'),
];

describeHelper('secretsManagerPath', {
  read: {
    access: (stack) => TenantAccess.secretsManagerPath(stack, { prefix: 't/' }),
    statements: [allow(secretReads, secret('t/{{tenant}}/*'))],
    own: (tenant) => each(secretReads, secret(`t/${tenant}/db-AbCdEf`)),
    never: (tenant) => [...pathNever(tenant), ...each(secretWrites, secret(`t/${tenant}/db-AbCdEf`))],
  },
  readWrite: {
    access: (stack) => TenantAccess.secretsManagerPath(stack, { prefix: 't/', access: 'readWrite' }),
    statements: [allow([...secretReads, ...secretWrites], secret('t/{{tenant}}/*'))],
    own: (tenant) => each([...secretReads, ...secretWrites], secret(`t/${tenant}/a/b-AbCdEf`)),
    never: pathNever,
  },
  write: {
    access: (stack) => TenantAccess.secretsManagerPath(stack, { prefix: 't/', access: 'write' }),
    statements: [allow(secretWrites, secret('t/{{tenant}}/*'))],
    own: (tenant) => each(secretWrites, secret(`t/${tenant}/db-AbCdEf`)),
    never: (tenant) => [...pathNever(tenant), ...each(secretReads, secret(`t/${tenant}/db-AbCdEf`))],
  },
});

const tag = (value: string, key = 'tenant'): Record<string, string> => ({
  [`secretsmanager:ResourceTag/${key}`]: value,
});
const any = secret('db-AbCdEf');

describeHelper('secretsManagerTag', {
  read: {
    access: (stack) => TenantAccess.secretsManagerTag(stack),
    statements: [
      {
        ...allow(secretReads, secret('*')),
        Condition: { StringEquals: { 'secretsmanager:ResourceTag/tenant': '{{tenant}}' } },
      },
    ],
    own: (tenant) => each(secretReads, any, tag(tenant)),
    never: (tenant) => [
      ...each([...secretControls, ...secretWrites], any, tag(tenant)),
      ...each(secretReads, any),
      ...each(secretReads, any, tag(tenant.toUpperCase())),
      ...each(secretReads, any, tag(`${tenant}2`)),
      ...each(secretReads, any, tag('*')),
      ...each(secretReads, any, tag('')),
      ...each(secretReads, any, tag(tenant, 'owner')),
      // A tag in the request, as CreateSecret has, is not a tag of the resource.
      ...each(secretReads, any, { 'aws:RequestTag/tenant': tenant }),
      ...each(['ssm:GetParameter'], any, tag(tenant)),
    ],
  },
  'readWrite by another key': {
    access: (stack) => TenantAccess.secretsManagerTag(stack, { tagKey: 'app:owner', access: 'readWrite' }),
    statements: [
      {
        ...allow([...secretReads, ...secretWrites], secret('*')),
        Condition: { StringEquals: { 'secretsmanager:ResourceTag/app:owner': '{{tenant}}' } },
      },
    ],
    own: (tenant) => each([...secretReads, ...secretWrites], any, tag(tenant, 'app:owner')),
    never: (tenant) => [...each(secretControls, any, tag(tenant, 'app:owner')), ...each(secretReads, any, tag(tenant))],
  },
});

const parameter = (name: string): string => `arn:aws:ssm:us-east-1:111122223333:parameter${name}`;
const parameterReads = ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath'];
const parameterWrites = ['ssm:PutParameter', 'ssm:DeleteParameter', 'ssm:DeleteParameters'];
const parameterControls = [
  'AddTagsToResource',
  'RemoveTagsFromResource',
  'LabelParameterVersion',
  'GetParameterHistory',
  'PutResourcePolicy',
  'SendCommand',
].map((name) => `ssm:${name}`);
const branch = [parameter('/t/{{tenant}}'), parameter('/t/{{tenant}}/*')];
const parameterNever = (tenant: string): Call[] => [
  ...each(parameterControls, parameter(`/t/${tenant}/x`)),
  // A branch above is read as a whole, with everybody's parameters.
  ...['/t', '/t/', '/', '/*', ''].flatMap((path) =>
    each(['ssm:GetParametersByPath'], parameter(path), { 'ssm:Recursive': 'true' }),
  ),
  ...each(parameterReads, parameter(`/t/${tenant}2`)),
  ...each(parameterReads, parameter(`/t/${tenant}-x/y`)),
  ...each(parameterReads, parameter(`/${tenant}/x`)),
  ...each(parameterReads, parameter(`/x/t/${tenant}/x`)),
  ...each(parameterReads, parameter(`/t/${tenant}/x`).replace('us-east-1', 'eu-west-1')),
  ...each(['ssm:DescribeParameters', 'ssm:GetParameters'], '*'),
];

describeHelper('ssmParameterPath', {
  read: {
    access: (stack) => TenantAccess.ssmParameterPath(stack, { prefix: '/t/' }),
    statements: [allow(parameterReads, branch)],
    own: (tenant) => [
      ...each(parameterReads, parameter(`/t/${tenant}/x/y`)),
      ...each(['ssm:GetParametersByPath'], parameter(`/t/${tenant}`), { 'ssm:Recursive': 'true' }),
      ...each(['ssm:GetParametersByPath'], parameter(`/t/${tenant}/`)),
    ],
    never: (tenant) => [...parameterNever(tenant), ...each(parameterWrites, parameter(`/t/${tenant}/x`))],
  },
  readWrite: {
    access: (stack) => TenantAccess.ssmParameterPath(stack, { prefix: '/t/', access: 'readWrite' }),
    statements: [allow([...parameterReads, ...parameterWrites], branch)],
    own: (tenant) => each([...parameterReads, ...parameterWrites], parameter(`/t/${tenant}/x`)),
    never: parameterNever,
  },
  write: {
    access: (stack) => TenantAccess.ssmParameterPath(stack, { prefix: '/t/', access: 'write' }),
    statements: [allow(parameterWrites, branch)],
    own: (tenant) => each(parameterWrites, parameter(`/t/${tenant}/x`)),
    never: (tenant) => [...parameterNever(tenant), ...each(parameterReads, parameter(`/t/${tenant}/x`))],
  },
});

describe('misuse', () => {
  const stack = newStack();
  test.each(['', '/', 't', 't-', 't/*/', 't?/', '{{tenant}}/', '${x}/', 'a b/'])(
    'secretsManagerPath refuses %j',
    (prefix) => {
      expect(() => TenantAccess.secretsManagerPath(stack, { prefix })).toThrow(refusal());
    },
  );

  test.each(['', '/', '//', 't/', '/t', '/t/*/', '/{{tenant}}/', '/t#/'])('ssmParameterPath refuses %j', (prefix) => {
    expect(() => TenantAccess.ssmParameterPath(stack, { prefix })).toThrow(refusal());
  });

  test.each(['', 'aws:owner', 'AWS:owner', '*', 'a*', '{{tenant}}', '${x}', 'a b', 'x'.repeat(129)])(
    'tag helpers refuse the key %j',
    (tagKey) => {
      expect(() => TenantAccess.secretsManagerTag(stack, { tagKey })).toThrow(refusal());
      expect(() => TenantAccess.resourceTag(stack, { service: 'sqs', tagKey })).toThrow(refusal());
    },
  );

  test('a path may hold tokens', () => {
    expect(() => TenantAccess.ssmParameterPath(stack, { prefix: `/${stack.stackName}/` })).not.toThrow();
  });

  test('one secret for all is refused', () => {
    expect(() => TenantAccess.secretsManagerPath(new Secret(stack, 'One'), { prefix: 't/' })).toThrow(/One secret/);
  });
});
