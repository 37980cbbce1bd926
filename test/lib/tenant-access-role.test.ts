// The trust and limits of tenant access roles, decided by the evaluator as STS decides: all three authorisations of one
// AssumeRole must pass.
import { Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../core/index.ts';
import { PermissionSet, TenantAccess, type TokenVendingMachineProps } from '../../lib/index.ts';
import { addMachine, newApp, roleOf, synthesise, type Synthesised } from './synthesised.ts';

function machineWith(
  props: Partial<TokenVendingMachineProps>,
  externalId?: string,
  role?: (stack: Stack) => Role,
): Synthesised & { readonly stack: Stack } {
  const app = newApp();
  const stack = new Stack(app, 'Test');
  const access = [TenantAccess.s3Prefix(new Bucket(stack, 'Data'))];
  const set = PermissionSet.define('documents', {
    access,
    ...(externalId === undefined ? {} : { externalId }),
    ...(role === undefined ? {} : { role: role(stack) }),
  });
  addMachine(stack, { permissionSets: [set], ...props });
  return { ...synthesise(app), stack };
}

type Context = Readonly<Record<string, string | readonly string[]>>;

const vend: Context = {
  'aws:RequestTag/TenantId': 'acme',
  'aws:TagKeys': ['TenantId'],
  'sts:TransitiveTagKeys': ['TenantId'],
  'sts:SourceIdentity': 'alice',
  'sts:RoleSessionName': 'acme@alice',
};

function without(...keys: readonly string[]): Context {
  return Object.fromEntries(Object.entries(vend).filter(([key]) => !keys.includes(key)));
}

/** Whether STS would let the principal assume the role with this request: every authorisation of it must be allowed. */
function mayAssume(
  machine: Synthesised,
  context: Context,
  principal: { readonly arn: string; readonly accountId: string } = {
    arn: machine.executionRole.arn,
    accountId: machine.account.accountId,
  },
): boolean {
  const role = roleOf(machine.account, machine.config.permissionSets['documents']!.roleArn);
  const own = machine.account.roles.find(({ arn }) => arn === principal.arn)?.policies ?? [
    { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 'sts:*', Resource: '*' } },
  ];
  const actions = [
    'sts:AssumeRole',
    ...(context['aws:TagKeys'] === undefined ? [] : ['sts:TagSession']),
    ...(context['sts:SourceIdentity'] === undefined ? [] : ['sts:SetSourceIdentity']),
  ];
  return actions.every((action) => {
    const request = { action, resource: role.arn, context };
    return evaluate({ policies: { role: own, resource: role.trust }, principal, request }).outcome === 'allowed';
  });
}

const standard = machineWith({});
const { executionRole, account } = standard;

describe('the trust of a tenant access role', () => {
  test('admits the execution role with a tenant tag and a source identity', () => {
    expect(mayAssume(standard, vend)).toBe(true);
  });

  test.each<[string, Context]>([
    ['no tags at all', without('aws:RequestTag/TenantId', 'aws:TagKeys', 'sts:TransitiveTagKeys')],
    ['no tenant tag beside another tag', { ...without('aws:RequestTag/TenantId'), 'aws:TagKeys': ['Team'] }],
    ['an empty tenant tag', { ...vend, 'aws:RequestTag/TenantId': '' }],
    ['an extra tag', { ...vend, 'aws:TagKeys': ['TenantId', 'Admin'], 'aws:RequestTag/Admin': 'true' }],
    ['only an extra tag', { ...vend, 'aws:TagKeys': ['Admin'] }],
    ['a tag key of other case', { ...vend, 'aws:TagKeys': ['tenantid'] }],
    ['no source identity', without('sts:SourceIdentity')],
    ['an empty source identity', { ...vend, 'sts:SourceIdentity': '' }],
  ])('SEC-IAM-02, SEC-IAM-10 refuses the execution role with %s', (_, context) => {
    expect(mayAssume(standard, context)).toBe(false);
  });

  const other = 'arn:aws:iam::111122223333:role/Other';
  test.each([
    ['another role of the account', other, account.accountId],
    ['a role whose name begins alike', `${executionRole.arn}2`, account.accountId],
    ['the account itself', 'arn:aws:iam::111122223333:root', account.accountId],
    ['a user of the account', 'arn:aws:iam::111122223333:user/admin', account.accountId],
    [
      'the tenant access role itself',
      roleOf(account, standard.config.permissionSets['documents']!.roleArn).arn,
      account.accountId,
    ],
    [
      'the same role name in another account',
      executionRole.arn.replace('111122223333', '999999999999'),
      '999999999999',
    ],
  ])('SEC-IAM-02 refuses %s', (_, arn, accountId) => {
    expect(mayAssume(standard, vend, { arn, accountId })).toBe(false);
  });

  test('names one principal, three actions and nothing that could widen', () => {
    const { trust } = roleOf(account, standard.config.permissionSets['documents']!.roleArn);
    expect(trust.Statement).toEqual([
      expect.objectContaining({
        Effect: 'Allow',
        Principal: { AWS: executionRole.arn },
        Action: ['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession'],
      }),
    ]);
  });
});

describe('options that change the trust', () => {
  test('further session tags are admitted by key, and no others', () => {
    const machine = machineWith({ sessionTags: { Team: ['team'] } });
    const tagged = { ...vend, 'aws:TagKeys': ['TenantId', 'Team'], 'aws:RequestTag/Team': 'blue' };
    expect(mayAssume(machine, tagged)).toBe(true);
    expect(mayAssume(machine, { ...tagged, 'aws:TagKeys': ['TenantId', 'Team', 'Admin'] })).toBe(false);
    expect(mayAssume(machine, { ...tagged, 'aws:TagKeys': ['Team'], 'aws:RequestTag/TenantId': '' })).toBe(false);
  });

  test('another tenant tag key takes the place of the default everywhere', () => {
    const machine = machineWith({ tenantTagKey: 'Customer' });
    const renamed = {
      ...without('aws:RequestTag/TenantId'),
      'aws:TagKeys': ['Customer'],
      'aws:RequestTag/Customer': 'acme',
    };
    expect(mayAssume(machine, renamed)).toBe(true);
    expect(mayAssume(machine, vend)).toBe(false);
    expect(JSON.stringify(account.roles)).toContain('PrincipalTag/TenantId');
    expect(JSON.stringify(machine.account.roles)).not.toContain('TenantId');
  });

  test('without source identities none is demanded and none may be set', () => {
    const machine = machineWith({ sourceIdentity: false });
    expect(mayAssume(machine, without('sts:SourceIdentity'))).toBe(true);
    expect(mayAssume(machine, vend)).toBe(false);
    expect(mayAssume(machine, without('sts:SourceIdentity', 'aws:RequestTag/TenantId', 'aws:TagKeys'))).toBe(false);
    expect(machine.config.session.sourceIdentity).toBe('none');
  });

  test('SEC-IAM-02 an external id is demanded exactly', () => {
    const machine = machineWith({}, 'our-id');
    expect(mayAssume(machine, { ...vend, 'sts:ExternalId': 'our-id' })).toBe(true);
    expect(mayAssume(machine, { ...vend, 'sts:ExternalId': 'their-id' })).toBe(false);
    expect(mayAssume(machine, vend)).toBe(false);
    expect(machine.config.permissionSets['documents']?.externalId).toBe('our-id');
  });
});

const delegation = {
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: '*', Resource: '*' },
};

describe('the execution role', () => {
  const decide = (action: string, resource: string) =>
    evaluate({
      // A trust that only delegates to the account, so that the execution role's own policy decides.
      policies: { role: executionRole.policies, resource: delegation },
      principal: { arn: executionRole.arn, accountId: account.accountId },
      request: { action, resource },
    }).outcome;
  const tenantRole = standard.config.permissionSets['documents']!.roleArn;

  test('SEC-IAM-01 may assume exactly its tenant access roles', () => {
    for (const action of ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']) {
      expect(decide(action, tenantRole)).toBe('allowed');
    }
  });

  test.each([
    ['sts:AssumeRole', 'arn:aws:iam::111122223333:role/Admin'],
    ['sts:AssumeRole', `${tenantRole}2`],
    ['sts:AssumeRole', tenantRole.replace('111122223333', '999999999999')],
    ['sts:GetFederationToken', '*'],
    ['iam:PassRole', tenantRole],
    ['iam:PutRolePolicy', tenantRole],
    ['s3:GetObject', `${account.buckets[0]!.arn}/acme/x`],
    ['s3:ListBucket', account.buckets[0]!.arn],
    ['logs:CreateLogGroup', 'arn:aws:logs:us-east-1:111122223333:log-group:x:*'],
    ['logs:PutLogEvents', 'arn:aws:logs:us-east-1:111122223333:log-group:other:log-stream:x'],
    ['logs:DeleteLogGroup', 'arn:aws:logs:us-east-1:111122223333:log-group:Test-TvmVendingLog984F14DF:*'],
  ])('SEC-IAM-01 may not %s on %s', (action, resource) => {
    expect(decide(action, resource)).toBe('implicitly-denied');
  });

  test('trusts Lambda alone and has no managed policy', () => {
    expect(executionRole.trust.Statement).toEqual([
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
    ]);
    expect(JSON.stringify(standard.assembly.getStackByName('Test').template)).not.toContain('ManagedPolicyArns');
  });
});

describe('roles and their limits', () => {
  test('sessions last one hour at most, and a boundary reaches every tenant access role', () => {
    const app = newApp();
    const stack = new Stack(app, 'Test');
    const boundary = new ManagedPolicy(stack, 'Boundary', {
      statements: [new PolicyStatement({ actions: ['s3:GetObject'], resources: ['*'] })],
    });
    const bucket = new Bucket(stack, 'Data');
    addMachine(stack, {
      permissionSets: ['one', 'two'].map((name) => PermissionSet.of(name, TenantAccess.s3Prefix(bucket))),
      tenantAccessPermissionsBoundary: boundary,
    });
    const { account: bounded } = synthesise(app);
    const roles = bounded.roles.filter(({ name }) => name.startsWith('Test-tvm-'));
    expect(roles.map(({ name }) => name)).toEqual(['Test-tvm-one-us-east-1', 'Test-tvm-two-us-east-1']);
    for (const role of roles) {
      expect(role.maxSessionSeconds).toBe(3600);
      expect(role.boundary?.Statement).toEqual([{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }]);
    }
  });

  test('a role brought from this app gets the ceiling and the same trust, beside its own', () => {
    const brought = (stack: Stack): Role =>
      new Role(stack, 'Brought', { roleName: 'brought', assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    const machine = machineWith({}, undefined, brought);
    const role = roleOf(machine.account, 'arn:aws:iam::111122223333:role/brought');
    expect(machine.config.permissionSets['documents']?.roleArn).toBe(role.arn);
    expect(mayAssume(machine, vend)).toBe(true);
    expect(mayAssume(machine, without('aws:RequestTag/TenantId'))).toBe(false);
    expect(JSON.stringify(role.policies)).toContain('${aws:PrincipalTag/TenantId}/*');
  });

  test("an imported role's trust is its owner's, and synth says so", () => {
    const app = newApp();
    const stack = new Stack(app, 'Test');
    const role = Role.fromRoleArn(stack, 'Imported', 'arn:aws:iam::111122223333:role/imported');
    const access = [TenantAccess.s3Prefix(new Bucket(stack, 'Data'))];
    addMachine(stack, { permissionSets: [PermissionSet.define('documents', { access, role })] });
    Annotations.fromStack(stack).hasWarning(
      '/Test/Tvm/TenantAccess-documents',
      Match.stringLikeRegexp('trust policy is yours'),
    );
  });
});
