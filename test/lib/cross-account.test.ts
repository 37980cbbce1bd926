// Tenant access roles in other accounts, and machines in several Regions and partitions: the trust on both sides, decided as STS
// decides across accounts.
import { Stack, type App } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import type { PolicyDocument } from '../../core/index.ts';
import {
  CrossAccountTenantAccessRole,
  PermissionSet,
  TenantAccess,
  type CrossAccountTenantAccessRoleProps,
} from '../../lib/index.ts';
import { everything, mayAssume, vend, without, type Caller } from './assume-role.ts';
import type { Settings } from './options.ts';
import { addMachine, newApp } from './synthesised.ts';

const machineAccount = '111122223333';
const dataAccount = '444455556666';
const externalId = 'f2c9a1d07b6e4d31';

interface Both {
  readonly app: App;
  readonly data: Stack;
  readonly machine: Stack;
}

function both(
  target: Partial<CrossAccountTenantAccessRoleProps> = {},
  settings: Settings = {},
  region = 'us-east-1',
): Both {
  const app = newApp();
  const data = new Stack(app, 'Data', { env: { account: dataAccount, region } });
  const machine = new Stack(app, 'Machine', { env: { account: machineAccount, region } });
  const bucket = new Bucket(data, 'Bucket', { bucketName: 'their-documents' });
  const table = new Table(data, 'Table', {
    tableName: 'their-items',
    partitionKey: { name: 'pk', type: AttributeType.STRING },
  });
  const role = new CrossAccountTenantAccessRole(data, 'Documents', {
    permissionSet: 'documents',
    access: [TenantAccess.s3Prefix(bucket), TenantAccess.dynamoDbLeadingKey(table)],
    vendingAccount: machineAccount,
    executionRoleName: `tvm-${region}`,
    externalId,
    ...target,
  });
  addMachine(machine, {
    executionRoleName: `tvm-${region}`,
    permissionSets: [role.toPermissionSet()],
    ...settings,
  });
  return { app, data, machine };
}

/** The one role of that name in the template, with its trust as plain data. */
function roleNamed(stack: Stack, name: string): { arn: string; trust: PolicyDocument } {
  const roles = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role')) as {
    Properties: { RoleName?: string; AssumeRolePolicyDocument: PolicyDocument };
  }[];
  const found = roles.find(({ Properties: { RoleName: roleName } }) => roleName === name);
  if (found === undefined) throw new TypeError(`no role ${name}`);
  return {
    arn: `arn:${stack.partition}:iam::${stack.account}:role/${name}`,
    trust: found.Properties.AssumeRolePolicyDocument,
  };
}

function callerOf({ machine }: Both, region = 'us-east-1'): Caller {
  const [policy] = Object.values(Template.fromStack(machine).findResources('AWS::IAM::Policy')) as {
    Properties: { PolicyDocument: PolicyDocument };
  }[];
  const statements = [policy!.Properties.PolicyDocument.Statement].flat();
  const assume = statements.filter(({ Action: action }) => JSON.stringify(action).includes('sts:'));
  return {
    arn: `arn:${machine.partition}:iam::${machineAccount}:role/tvm-${region}`,
    accountId: machineAccount,
    policies: [{ Version: '2012-10-17', Statement: assume }],
  };
}

const withId = { ...vend, 'sts:ExternalId': externalId };

describe('a tenant access role of another account', () => {
  const pair = both();
  const role = roleNamed(pair.data, 'tvm-us-east-1-documents-us-east-1');
  const caller = callerOf(pair);

  test('admits the execution role of the machine, with tenant, source identity and external id', () => {
    expect(mayAssume(role, caller, withId)).toBe(true);
  });

  test.each([
    ['no external id', vend],
    ['another external id', { ...vend, 'sts:ExternalId': 'f2c9a1d07b6e4d32' }],
    ['no tenant tag', without(withId, 'aws:RequestTag/TenantId', 'aws:TagKeys')],
    ['an extra tag', { ...withId, 'aws:TagKeys': ['TenantId', 'Admin'] }],
    ['no source identity', without(withId, 'sts:SourceIdentity')],
  ])('SEC-IAM-02: refuses the execution role with %s', (_, context) => {
    expect(mayAssume(role, { ...caller, policies: everything }, context)).toBe(false);
  });

  test.each([
    ['its own account', `arn:aws:iam::${dataAccount}:root`, dataAccount],
    ['a role of its own account of the same name', `arn:aws:iam::${dataAccount}:role/tvm-us-east-1`, dataAccount],
    ['the whole account of the machine', `arn:aws:iam::${machineAccount}:root`, machineAccount],
    ['another role there', `arn:aws:iam::${machineAccount}:role/tvm-us-east-2`, machineAccount],
    ['the same name in a third account', 'arn:aws:iam::999999999999:role/tvm-us-east-1', '999999999999'],
  ])('refuses %s', (_, arn, accountId) => {
    expect(mayAssume(role, { arn, accountId, policies: everything }, withId)).toBe(false);
  });

  test('is what the execution role may assume, and the only thing', () => {
    const other = { ...role, arn: role.arn.replace(dataAccount, '999999999999') };
    expect(mayAssume(other, caller, withId)).toBe(false);
    expect(mayAssume({ ...role, arn: `${role.arn}2` }, caller, withId)).toBe(false);
    Template.fromStack(pair.machine).resourceCountIs('AWS::IAM::Role', 1);
  });

  test('has the ceiling and one hour, and no policy of the machine is attached to it', () => {
    Template.fromStack(pair.data).hasResourceProperties('AWS::IAM::Role', {
      MaxSessionDuration: 3600,
      Policies: [{ PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: Match.anyValue() })]) } }],
    });
    expect(JSON.stringify(Template.fromStack(pair.data).toJSON())).toContain('${aws:PrincipalTag/TenantId}/*');
    Template.fromStack(pair.machine).resourceCountIs('AWS::IAM::Policy', 1);
  });

  test('is deployed after the machine: IAM refuses a trust in a role that is not there', () => {
    pair.app.synth();
    expect(pair.data.dependencies).toContain(pair.machine);
    expect(pair.machine.dependencies).not.toContain(pair.data);
  });

  test('is named in the output for AWS_ROLE_ARN', () => {
    Template.fromStack(pair.machine).hasOutput('*', { Value: role.arn });
  });
});

describe('two sides that disagree', () => {
  test.each<[string, Partial<CrossAccountTenantAccessRoleProps>, Settings]>([
    ['the account', { vendingAccount: '999999999999' }, {}],
    ['the execution role', { executionRoleName: 'other' }, {}],
    ['the tag key', { tenantTagKey: 'Customer' }, {}],
    ['the tag key', {}, { tenantTagKey: 'Customer' }],
    ['further tags', {}, { sessionTags: { Team: ['team'] } }],
    ['further tags', { sessionTagKeys: ['Team'] }, {}],
    ['source identities', { sourceIdentity: false }, {}],
    ['source identities', {}, { sourceIdentity: false }],
  ])('over %s are refused at synth', (_, target, settings) => {
    expect(() => both(target, settings)).toThrow(expect.objectContaining({ name: 'TvmCrossAccountMismatch' }) as Error);
  });

  test('a machine without a name for its execution role, or without an account, is refused', () => {
    const app = newApp();
    const data = new Stack(app, 'Data', { env: { account: dataAccount, region: 'us-east-1' } });
    const role = new CrossAccountTenantAccessRole(data, 'Documents', {
      permissionSet: 'documents',
      access: [TenantAccess.s3Prefix(Bucket.fromBucketName(data, 'Bucket', 'their-documents'))],
      vendingAccount: machineAccount,
      executionRoleName: 'tvm',
      externalId,
    });
    const mismatch = expect.objectContaining({ name: 'TvmCrossAccountMismatch' }) as Error;
    const env = { account: machineAccount, region: 'us-east-1' };
    const permissionSets = [role.toPermissionSet()];
    expect(() => addMachine(new Stack(app, 'Nameless', { env }), { permissionSets })).toThrow(mismatch);
    expect(() => addMachine(new Stack(app, 'Anywhere'), { permissionSets, executionRoleName: 'tvm' })).toThrow(
      mismatch,
    );
  });

  test('with the same further tags and tag key agree', () => {
    const pair = both(
      { tenantTagKey: 'Customer', sessionTagKeys: ['Team'] },
      { tenantTagKey: 'Customer', sessionTags: { Team: ['team'] } },
    );
    const role = roleNamed(pair.data, 'tvm-us-east-1-documents-us-east-1');
    const context = {
      ...without(withId, 'aws:RequestTag/TenantId'),
      'aws:RequestTag/Customer': 'acme',
      'aws:RequestTag/Team': 'blue',
      'aws:TagKeys': ['Customer', 'Team'],
    };
    expect(mayAssume(role, callerOf(pair), context)).toBe(true);
    expect(mayAssume(role, callerOf(pair), withId)).toBe(false);
  });
});

describe('what cannot be a target', () => {
  test.each<[string, Partial<CrossAccountTenantAccessRoleProps>]>([
    ['a short external id', { externalId: 'guess' }],
    ['an external id with a star', { externalId: 'f2c9a1d07b6e4d3*' }],
    ['an account name', { vendingAccount: 'production' }],
    ['everybody', { vendingAccount: '*' }],
    ['a role pattern', { executionRoleName: 'tvm-*' }],
    ['a role path', { executionRoleName: 'path/tvm' }],
  ])('%s is refused', (_, target) => {
    expect(() => both(target)).toThrow(expect.objectContaining({ name: 'TvmOptionInvalid' }) as Error);
  });

  test('a stack whose account only the deployment knows is refused', () => {
    const stack = new Stack(newApp(), 'Anywhere');
    const make = (): unknown =>
      new CrossAccountTenantAccessRole(stack, 'Documents', {
        permissionSet: 'documents',
        access: [TenantAccess.s3Prefix(new Bucket(stack, 'Bucket'))],
        vendingAccount: machineAccount,
        executionRoleName: 'tvm',
        externalId,
      });
    expect(make).toThrow(expect.objectContaining({ name: 'TvmOptionInvalid' }) as Error);
  });

  test('SEC-IAM-02: an imported role of another account without an external id is refused, and with one its owner is told what to write', () => {
    const stack = new Stack(newApp(), 'Machine', { env: { account: machineAccount, region: 'us-east-1' } });
    const role = Role.fromRoleArn(stack, 'Theirs', `arn:aws:iam::${dataAccount}:role/theirs`);
    const access = [TenantAccess.s3Prefix(Bucket.fromBucketName(stack, 'Bucket', 'their-documents'))];
    expect(() => addMachine(stack, { permissionSets: [PermissionSet.define('documents', { access, role })] })).toThrow(
      expect.objectContaining({ name: 'TvmPermissionSetInvalid' }) as Error,
    );
    const other = new Stack(newApp(), 'Machine', { env: { account: machineAccount, region: 'us-east-1' } });
    addMachine(other, { permissionSets: [PermissionSet.define('documents', { access, role, externalId })] });
    Template.fromStack(other).resourceCountIs('AWS::IAM::Policy', 1);
    Annotations.fromStack(other).hasWarning('*', Match.stringLikeRegexp('its trust and its policy are yours'));
  });
});

describe('several Regions', () => {
  const regions = ['us-east-1', 'eu-west-1', 'ap-southeast-1'];
  const app = newApp();
  const stacks = regions.map((region) => {
    const stack = new Stack(app, `Tvm-${region}`, { stackName: 'Tvm', env: { account: machineAccount, region } });
    addMachine(stack, {
      executionRoleName: `tvm-${region}`,
      stsFallbackRegion: region === 'eu-west-1' ? 'eu-central-1' : 'eu-west-1',
      permissionSets: [
        PermissionSet.of('documents', TenantAccess.s3Prefix(Bucket.fromBucketName(stack, 'Data', 'data'))),
      ],
    });
    return stack;
  });

  test('of one account have roles of their own, by name', () => {
    const names = stacks.flatMap((stack) =>
      Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role')).map(
        (role) => (role as { Properties: { RoleName: string } }).Properties.RoleName,
      ),
    );
    expect(names.toSorted()).toEqual(
      regions.flatMap((region) => [`Tvm-tvm-documents-${region}`, `tvm-${region}`]).toSorted(),
    );
  });

  test('have each a machine that no other Region’s roles admit', () => {
    const [here, there] = stacks;
    const role = roleNamed(there!, 'Tvm-tvm-documents-eu-west-1');
    expect(JSON.stringify(role.trust)).toMatch(/TvmExecutionRole/);
    expect(JSON.stringify(Template.fromStack(here!).toJSON())).not.toContain('documents-eu-west-1');
  });
});

describe('partitions', () => {
  test.each([
    ['aws', 'us-east-1'],
    ['aws-cn', 'cn-north-1'],
    ['aws-us-gov', 'us-gov-west-1'],
  ])(
    '%s: ARNs of both sides are of the partition, and services are trusted by their own names',
    (partition, region) => {
      const pair = both({}, {}, region);
      const role = roleNamed(pair.data, `tvm-${region}-documents-${region}`);
      expect(role.arn).toMatch(new RegExp(`^arn:${partition}:iam::`));
      expect(mayAssume(role, callerOf(pair, region), withId)).toBe(true);
      expect(
        mayAssume(
          role,
          { ...callerOf(pair, region), arn: `arn:aws-iso:iam::${machineAccount}:role/tvm-${region}` },
          withId,
        ),
      ).toBe(false);
      const text = [pair.data, pair.machine].map((stack) => JSON.stringify(Template.fromStack(stack).toJSON())).join();
      for (const other of ['aws', 'aws-cn', 'aws-us-gov'].filter((one) => one !== partition)) {
        expect(text).not.toContain(`arn:${other}:`);
      }
      expect(text).toContain('"Service":"lambda.amazonaws.com"');
    },
  );
});
