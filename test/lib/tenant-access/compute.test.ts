// Functions, API paths and log groups.
import { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Stack } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { TenantAccess } from '../../../lib/index.ts';
import { newStack, type Call } from '../synthesised.ts';
import { describeHelper, each, refusal } from './harness.ts';

const arn = (service: string, resource: string): string => `arn:aws:${service}:us-east-1:111122223333:${resource}`;
const allow = (Action: string | readonly string[], Resource: string | readonly string[]) => ({
  Effect: 'Allow' as const,
  Action,
  Resource,
});

const fn = (tenant: string, rest = ''): string => arn('lambda', `function:report-${tenant}${rest}`);
const functionControls = [
  'InvokeFunctionUrl',
  'InvokeAsync',
  'GetFunction',
  'GetFunctionConfiguration',
  'UpdateFunctionCode',
  'UpdateFunctionConfiguration',
  'DeleteFunction',
  'AddPermission',
  'RemovePermission',
  'CreateFunctionUrlConfig',
  'TagResource',
  'UntagResource',
  'PublishVersion',
].map((name) => `lambda:${name}`);

describeHelper('lambdaFunction', {
  unqualified: {
    access: (stack) => TenantAccess.lambdaFunction(stack, { prefix: 'report-' }),
    statements: [allow('lambda:InvokeFunction', fn('{{tenant}}'))],
    own: (tenant) => each(['lambda:InvokeFunction'], fn(tenant)),
    never: (tenant) => [
      ...each(functionControls, fn(tenant)),
      ...['2', '-x', ':live', ':$LATEST', ':1'].flatMap((rest) => each(['lambda:InvokeFunction'], fn(tenant, rest))),
      ...each(['lambda:InvokeFunction'], fn(tenant).replace('us-east-1', 'eu-west-1')),
      ...each(['lambda:InvokeFunction'], fn(tenant).replace('111122223333', '999999999999')),
      ...each(['lambda:ListFunctions'], '*'),
    ],
  },
  'an alias': {
    access: (stack) => TenantAccess.lambdaFunction(stack, { prefix: 'report-', qualifier: 'live' }),
    statements: [allow('lambda:InvokeFunction', fn('{{tenant}}', ':live'))],
    own: (tenant) => each(['lambda:InvokeFunction'], fn(tenant, ':live')),
    never: (tenant) => [
      ...each(functionControls, fn(tenant, ':live')),
      ...['', ':test', ':live2', ':live:live'].flatMap((rest) => each(['lambda:InvokeFunction'], fn(tenant, rest))),
    ],
  },
});

const path = (method: string, rest: string, stage = 'prod'): string =>
  arn('execute-api', `abc123/${stage}/${method}/${rest}`);
const invoke = (resource: string): readonly Call[] => each(['execute-api:Invoke'], resource);
const verbs = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const apiIn = (stack: Stack) => RestApi.fromRestApiId(stack, 'Api', 'abc123');
const pathNever = (tenant: string): Call[] => [
  ...each(['execute-api:InvalidateCache', 'execute-api:ManageConnections'], path('GET', `t/${tenant}/x`)),
  ...['HEAD', 'OPTIONS', 'ANY', '*'].flatMap((verb) => invoke(path(verb, `t/${tenant}/x`))),
  ...['', 't', 't/', `t/${tenant}`, `t/${tenant}2/x`, `t/b2/t/${tenant}/x`, `${tenant}/x`, `/t/${tenant}/x`].flatMap(
    (rest) => invoke(path('GET', rest)),
  ),
  ...invoke(path('GET', `t/${tenant}/x`, 'test')),
  ...invoke(path('GET', `t/${tenant}/x`).replace('abc123', 'other')),
  ...each(['apigateway:GET'], path('GET', `t/${tenant}/x`)),
];

describeHelper('executeApiPath', {
  readWrite: {
    access: (stack) => TenantAccess.executeApiPath(apiIn(stack), { stage: 'prod', prefix: 't/' }),
    statements: [
      allow(
        'execute-api:Invoke',
        verbs.map((verb) => path(verb, 't/{{tenant}}/*')),
      ),
    ],
    own: (tenant) => verbs.flatMap((verb) => invoke(path(verb, `t/${tenant}/orders/1`))),
    never: pathNever,
  },
  'read of an HTTP API': {
    access: (stack) =>
      TenantAccess.executeApiPath(HttpApi.fromHttpApiAttributes(stack, 'Api', { httpApiId: 'abc123' }), {
        stage: '$default',
        prefix: 't/',
        access: 'read',
      }),
    statements: [allow('execute-api:Invoke', path('GET', 't/{{tenant}}/*', '$default'))],
    own: (tenant) => invoke(path('GET', `t/${tenant}/orders`, '$default')),
    never: (tenant) => [
      ...pathNever(tenant),
      ...verbs.slice(1).flatMap((verb) => invoke(path(verb, `t/${tenant}/x`, '$default'))),
    ],
  },
  write: {
    access: (stack) => TenantAccess.executeApiPath(apiIn(stack), { stage: 'prod', prefix: 't/', access: 'write' }),
    statements: [
      allow(
        'execute-api:Invoke',
        verbs.slice(1).map((verb) => path(verb, 't/{{tenant}}/*')),
      ),
    ],
    own: (tenant) => verbs.slice(1).flatMap((verb) => invoke(path(verb, `t/${tenant}/x`))),
    never: (tenant) => [...pathNever(tenant), ...invoke(path('GET', `t/${tenant}/x`))],
  },
});

const group = (tenant: string, rest = ':log-stream:s'): string => arn('logs', `log-group:/tenants/${tenant}${rest}`);
const logReads = ['logs:GetLogEvents', 'logs:FilterLogEvents', 'logs:DescribeLogStreams'];
const logWrites = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const logControls = [
  'CreateLogGroup',
  'DeleteLogGroup',
  'DeleteLogStream',
  'PutRetentionPolicy',
  'PutSubscriptionFilter',
  'PutResourcePolicy',
  'AssociateKmsKey',
  'StartQuery',
  'StartLiveTail',
  'Unmask',
  'GetLogRecord',
  'TagResource',
  'UntagResource',
  'TagLogGroup',
].map((name) => `logs:${name}`);
const logNever = (tenant: string): Call[] => [
  ...each(logControls, group(tenant)),
  ...each(logControls, group(tenant, ':*')),
  ...each([...logReads, ...logWrites], group(`${tenant}2`)),
  ...each([...logReads, ...logWrites], group(`${tenant}/x`)),
  ...each([...logReads, ...logWrites], group(`x/${tenant}`)),
  ...each(logReads, group(tenant).replace('us-east-1', 'eu-west-1')),
  ...each(['logs:GetQueryResults', 'logs:DescribeLogGroups', 'logs:StartQuery'], '*'),
];

describeHelper('logGroup', {
  readWrite: {
    access: (stack) => TenantAccess.logGroup(stack, { prefix: '/tenants/' }),
    statements: [allow([...logReads, ...logWrites], group('{{tenant}}', ':*'))],
    own: (tenant) => [
      ...each([...logReads, ...logWrites], group(tenant)),
      ...each(['logs:DescribeLogStreams'], group(tenant, ':log-stream:')),
    ],
    never: logNever,
  },
  read: {
    access: (stack) => TenantAccess.logGroup(stack, { prefix: '/tenants/', access: 'read' }),
    statements: [allow(logReads, group('{{tenant}}', ':*'))],
    own: (tenant) => each(logReads, group(tenant)),
    never: (tenant) => [...logNever(tenant), ...each(logWrites, group(tenant))],
  },
  write: {
    access: (stack) => TenantAccess.logGroup(stack, { prefix: '/tenants/', access: 'write' }),
    statements: [allow(logWrites, group('{{tenant}}', ':*'))],
    own: (tenant) => each(logWrites, group(tenant)),
    never: (tenant) => [...logNever(tenant), ...each(logReads, group(tenant))],
  },
});

describe('misuse', () => {
  const stack = newStack();
  const api = RestApi.fromRestApiId(stack, 'Api', 'abc123');

  test.each(['', 'report', 'report.', '*-', 'a:-', '{{tenant}}-'])('lambdaFunction refuses the prefix %j', (prefix) => {
    expect(() => TenantAccess.lambdaFunction(stack, { prefix })).toThrow(refusal());
  });
  test.each(['', '*', 'li*', 'a:b', '{{tenant}}', '${x}'])('lambdaFunction refuses the qualifier %j', (qualifier) => {
    expect(() => TenantAccess.lambdaFunction(stack, { prefix: 'report-', qualifier })).toThrow(refusal());
  });
  test.each(['', '/', 't', '/t/', 't/*/', 't/{id}/', 't/{{tenant}}/'])(
    'executeApiPath refuses the prefix %j',
    (prefix) => {
      expect(() => TenantAccess.executeApiPath(api, { stage: 'prod', prefix })).toThrow(refusal());
    },
  );
  test.each(['', '*', 'pr*', 'prod/GET', '{{tenant}}', '$other'])('executeApiPath refuses the stage %j', (stage) => {
    expect(() => TenantAccess.executeApiPath(api, { stage, prefix: 't/' })).toThrow(refusal());
  });
  test.each(['', '/', 'tenants', '/tenants*/', '/t:/', '{{tenant}}/', 'a b/'])(
    'logGroup refuses the prefix %j',
    (prefix) => {
      expect(() => TenantAccess.logGroup(stack, { prefix })).toThrow(refusal());
    },
  );
  test('one function or log group for all is refused', () => {
    const one = new LambdaFunction(stack, 'Fn', {
      runtime: Runtime.NODEJS_22_X,
      handler: 'x',
      code: Code.fromInline('0'),
    });
    expect(() => TenantAccess.lambdaFunction(one, { prefix: 'report-' })).toThrow(/One function cannot be split/);
    expect(() => TenantAccess.logGroup(new LogGroup(stack, 'Log'), { prefix: '/t/' })).toThrow(/One log group/);
  });
});
