// Who may do what, decided by our own evaluator on the synthesised template, for every option of the construct: the execution role
// has its listed needs and no more, and no option widens a trust. Properties P14; cases SEC-IAM-02, 06, 09, 10 and SEC-TEN-11.
import type { Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { describe, expect, test } from 'vitest';
import type { LocalRole } from '../../local/account.ts';
import { PermissionSet, TenantAccess, TenantClaim, TokenIssuer } from '../../lib/index.ts';
import { everything, isAllowed, mayAssume, vend, without, type Caller, type Context } from './assume-role.ts';
import { options, synthesisedWith, type SettingsOf } from './options.ts';
import { addMachine, newStack, roleOf, type Synthesised } from './synthesised.ts';

const account = '111122223333';
const variants: readonly (readonly [string, SettingsOf])[] = [['none', () => ({})], ...Object.entries(options)];
const networkActions = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

const caches = new Map<string, Synthesised>();
function machineOf(name: string, settings: SettingsOf): Synthesised {
  const known = caches.get(name) ?? synthesisedWith(settings);
  caches.set(name, known);
  return known;
}

const tenantRolesOf = (machine: Synthesised): readonly LocalRole[] =>
  Object.values(machine.config.permissionSets).map(({ roleArn }) => roleOf(machine.account, roleArn));

const executionRoleOf = ({ executionRole }: Synthesised): Caller => ({
  arn: executionRole.arn,
  accountId: account,
  policies: executionRole.policies,
});

/** Every statement of a role, in one order. */
function statementsOf({ policies }: Pick<LocalRole, 'policies'>): readonly unknown[] {
  const all = policies.flatMap(({ Statement: statement }) => statement) as readonly unknown[] as readonly Record<
    string,
    unknown
  >[];
  const sorted = (value: unknown): unknown => (Array.isArray(value) ? value.toSorted() : value);
  return all
    .map((statement) => ({
      ...statement,
      Action: sorted(statement['Action']),
      Resource: sorted(statement['Resource']),
    }))
    .toSorted((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)));
}

describe.each(variants)('with %s', (name, settings) => {
  const machine = machineOf(name, settings);
  const tenantRoles = tenantRolesOf(machine);

  test('the execution role has exactly its listed needs', () => {
    const arns = tenantRoles.map(({ arn }) => arn).toSorted();
    const needs = [
      {
        Effect: 'Allow',
        Action: ['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession'],
        Resource: arns.length === 1 ? arns[0] : arns,
      },
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: expect.stringMatching(
          /^arn:aws:logs:us-east-1:111122223333:log-group:Test-(?:TvmVendingLog|Audit)\w+:\*$/,
        ) as string,
      },
      ...(name === 'tracing'
        ? [{ Effect: 'Allow', Action: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], Resource: '*' }]
        : []),
      ...(['vpc', 'vpcSubnets', 'securityGroups'].includes(name)
        ? [
            { Effect: 'Allow', Action: networkActions, Resource: '*' },
            {
              Effect: 'Deny',
              Action: networkActions,
              Resource: '*',
              Condition: {
                ArnLike: { 'lambda:SourceFunctionArn': 'arn:aws:lambda:us-east-1:111122223333:function:*' },
              },
            },
          ]
        : []),
    ];
    const byText = (one: unknown, other: unknown): number => JSON.stringify(one).localeCompare(JSON.stringify(other));
    const actual = statementsOf(machine.executionRole);
    expect(actual).toHaveLength(needs.length);
    expect(actual).toEqual(expect.arrayContaining(needs.toSorted(byText)));
  });

  test('the execution role trusts Lambda alone and has no managed policy', () => {
    expect(machine.executionRole.trust.Statement).toEqual([
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
    ]);
    expect(JSON.stringify(machine.assembly.getStackByName('Test').template)).not.toContain('ManagedPolicyArns');
  });

  test('each trust admits the execution role with a tenant, and says nothing else', () => {
    for (const role of tenantRoles) {
      expect(mayAssume(role, executionRoleOf(machine), vend)).toBe(true);
      expect(role.trust.Statement).toEqual([
        {
          Effect: 'Allow',
          Action: ['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession'],
          Principal: { AWS: machine.executionRole.arn },
          Condition: {
            Null: { 'aws:RequestTag/TenantId': 'false' },
            StringLike: { 'aws:RequestTag/TenantId': '?*', 'sts:SourceIdentity': '?*' },
            'ForAllValues:StringEquals': { 'aws:TagKeys': ['TenantId'] },
          },
        },
      ]);
    }
  });

  test('no trust admits anything else', () => {
    const self = executionRoleOf(machine);
    const others: readonly Caller[] = [
      { ...self, policies: everything, arn: `arn:aws:iam::${account}:role/Other` },
      { ...self, policies: everything, arn: `${self.arn}2` },
      { ...self, policies: everything, arn: `arn:aws:iam::${account}:user/admin` },
      { ...self, policies: everything, arn: `arn:aws:iam::${account}:root` },
      { policies: everything, accountId: '999999999999', arn: self.arn.replace(account, '999999999999') },
    ];
    const contexts: readonly Context[] = [
      without(vend, 'aws:RequestTag/TenantId', 'aws:TagKeys', 'sts:TransitiveTagKeys'),
      without(vend, 'aws:RequestTag/TenantId'),
      { ...vend, 'aws:RequestTag/TenantId': '' },
      { ...vend, 'aws:RequestTag/Admin': 'true', 'aws:TagKeys': ['TenantId', 'Admin'] },
      without(vend, 'sts:SourceIdentity'),
    ];
    for (const role of tenantRoles) {
      for (const other of others) expect([other.arn, mayAssume(role, other, vend)]).toEqual([other.arn, false]);
      for (const context of contexts) {
        expect([context, mayAssume(role, { ...self, policies: everything }, context)]).toEqual([context, false]);
      }
      // TagSession without a session to tag is of no use, and is not given away either.
      const bare = without(vend, 'aws:RequestTag/TenantId', 'aws:TagKeys');
      expect(isAllowed(role, { ...self, policies: everything }, 'sts:TagSession', bare)).toBe(false);
      expect(isAllowed(role, { ...self, policies: everything }, 'sts:AssumeRoleWithWebIdentity', vend)).toBe(false);
    }
  });

  test('nobody but the API may invoke the function, and no other policy of the template names a tenant access role', () => {
    const { Resources: resources } = machine.assembly.getStackByName('Test').template as {
      Resources: Record<string, { Type: string; Properties?: Record<string, unknown> }>;
    };
    for (const { Type: type, Properties: properties = {} } of Object.values(resources)) {
      if (type === 'AWS::Lambda::Permission') expect(properties['Principal']).toBe('apigateway.amazonaws.com');
      if (type === 'AWS::IAM::Policy' || type === 'AWS::IAM::Role') continue;
      expect([type, JSON.stringify(properties).includes('TvmTenantAccess')]).toEqual([type, false]);
    }
  });
});

describe('removing options', () => {
  test('further tags, an external id and a boundary leave with their option, and the trust is what it was', () => {
    const access = (stack: Stack) => [TenantAccess.s3Prefix(new Bucket(stack, 'More', { bucketName: 'more' }))];
    const more = synthesisedWith((stack) => ({
      sessionTags: { Team: ['team'] },
      permissionSets: [PermissionSet.define('documents', { access: access(stack), externalId: 'our-external-id' })],
    }));
    const less = machineOf('none', () => ({}));
    const [wide, narrow] = [more, less].map((machine) => tenantRolesOf(machine)[0]!);
    const tagged = { ...vend, 'aws:TagKeys': ['TenantId', 'Team'], 'sts:ExternalId': 'our-external-id' };
    expect(mayAssume(wide!, executionRoleOf(more), tagged)).toBe(true);
    expect(mayAssume(wide!, executionRoleOf(more), vend)).toBe(false);
    expect(mayAssume(narrow!, executionRoleOf(less), tagged)).toBe(false);
  });
});

describe('cases of the security list', () => {
  const { account: place, executionRole, config } = machineOf('none', () => ({}));
  const [tenantRole] = tenantRolesOf(machineOf('none', () => ({})));

  test('SEC-IAM-02: the trust names the exact execution role, never the account or everybody, with the tenant tag required and tag keys limited', () => {
    const text = JSON.stringify(tenantRole!.trust);
    expect(text).toContain(`"AWS":"${executionRole.arn}"`);
    expect(text).not.toMatch(/:root"|"AWS":"\*"|"AWS":"\d{12}"|NotPrincipal|Federated/);
    expect(place.roles.map(({ trust }) => JSON.stringify(trust)).join()).not.toMatch(/"Principal":"\*"/);
  });

  test('SEC-IAM-06: a boundary reaches tenant access roles and the execution role, sessions end after an hour, names share a prefix', () => {
    const boundary = (stack: Stack, id: string): ManagedPolicy =>
      new ManagedPolicy(stack, id, {
        statements: [new PolicyStatement({ actions: ['s3:GetObject'], resources: ['*'] })],
      });
    const machine = synthesisedWith((stack) => ({
      tenantAccessPermissionsBoundary: boundary(stack, 'TenantLimit'),
      executionRolePermissionsBoundary: boundary(stack, 'FunctionLimit'),
      roleNamePrefix: 'acme-tvm',
    }));
    const [role] = tenantRolesOf(machine);
    expect(role!.boundary?.Statement).toEqual([{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }]);
    expect(machine.executionRole.boundary?.Statement).toEqual(role!.boundary?.Statement);
    expect(role).toMatchObject({ maxSessionSeconds: 3600, name: 'acme-tvm-documents-us-east-1' });
  });

  test('SEC-IAM-09: no role of any variant can be assumed with a web identity: that path is not offered', () => {
    for (const [name, settings] of variants) {
      for (const { trust } of machineOf(name, settings).account.roles) {
        expect(JSON.stringify(trust)).not.toMatch(/AssumeRoleWithWebIdentity|AssumeRoleWithSAML|Federated|sts:\*/);
      }
    }
  });

  test('SEC-IAM-10: a source identity is demanded by the trust and sent by the configuration', () => {
    expect(tenantRole!.trust.Statement).toEqual([
      expect.objectContaining({
        Condition: expect.objectContaining({
          StringLike: expect.objectContaining({ 'sts:SourceIdentity': '?*' }) as unknown,
        }) as unknown,
      }),
    ]);
    expect(config.session.sourceIdentity).toBe('subject');
  });

  test('SEC-TEN-11: synth warns where users may be able to write the Cognito attribute that names their tenant', () => {
    const stack = newStack();
    const pool = new UserPool(stack, 'Pool');
    const issuer = TokenIssuer.cognitoUserPool(pool, {
      clients: [pool.addClient('App')],
      idTokens: true,
      tenantClaim: TenantClaim.named('custom:tenant'),
    });
    const access = TenantAccess.s3Prefix(new Bucket(stack, 'Data'));
    addMachine(stack, { issuers: [issuer], permissionSets: [PermissionSet.of('documents', access)] });
    Annotations.fromStack(stack).hasWarning('/Test/Tvm', Match.stringLikeRegexp('every user chooses their tenant'));
  });
});
