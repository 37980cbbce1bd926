// Synth stops on what is not proved, with the witness in words.
import { CfnParameter, Fn, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import { PermissionSet, TenantAccess } from '../../../lib/index.ts';
import { addMachine, addMachineWith, newApp, newStack } from '../synthesised.ts';

const notProved = expect.objectContaining({ name: 'TvmIsolationNotProved' }) as Error;
const objects = (resource: string): TenantAccess =>
  TenantAccess.statements(new PolicyStatement({ actions: ['s3:GetObject'], resources: [resource] }));

describe('synth stops', () => {
  test.each([
    ['a prefix without a delimiter', 'arn:aws:s3:::data/{{tenant}}*'],
    ['everything', '*'],
    ['a whole bucket', 'arn:aws:s3:::data/*'],
    ['a star before the tenant', 'arn:aws:s3:::data/*/{{tenant}}/*'],
  ])('on %s', (_, resource) => {
    expect(() => addMachineWith(newStack(), objects(resource))).toThrow(notProved);
  });

  test('with the witness in words: who, what, of which statement', () => {
    const leak = (): unknown => addMachineWith(newStack(), objects('arn:aws:s3:::data/{{tenant}}*'));
    expect(leak).toThrow(
      /LEAK documents statements\/0 \(session wall\): tenant `a` could use s3:GetObject on `arn:aws:s3:::data\/aa` of tenant `aa`/,
    );
    expect(leak).toThrow(/\(role wall\)/);
  });

  test('on two sets of one bucket where a tenant may be named like the prefix of the other set', () => {
    const stack = newStack();
    const data = new Bucket(stack, 'Data');
    const both = (): unknown =>
      addMachine(stack, {
        permissionSets: [
          PermissionSet.of('root', TenantAccess.s3Prefix(data)),
          PermissionSet.of('nested', TenantAccess.s3Prefix(data, { prefix: 'tenants/' })),
        ],
        defaultPermissionSet: 'root',
      });
    expect(both).toThrow(/tenant `tenants`/);
  });

  test.each([
    ['an import', () => Fn.importValue('data-arn')],
    ['a parameter', (stack: Stack) => new CfnParameter(stack, 'DataArn').valueAsString],
  ])('on %s in a statement, which may hold anything at deploy time', (_, value) => {
    const stack = newStack();
    expect(() => addMachineWith(stack, objects(`${value(stack)}/{{tenant}}/*`))).toThrow(/UNPROVEN: what \w+ will be/);
  });
});

describe('synth goes on', () => {
  test('for buckets of this stack and of another one', () => {
    const app = newApp();
    const other = new Bucket(new Stack(app, 'Other'), 'Data');
    const stack = new Stack(app, 'Test');
    expect(() =>
      addMachineWith(stack, TenantAccess.s3Prefix(other), TenantAccess.s3Prefix(new Bucket(stack, 'Mine'))),
    ).not.toThrow();
  });

  test('for what is shared on purpose, unless it covers what is private', () => {
    const shared = TenantAccess.shared(
      'public price list',
      new PolicyStatement({ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::prices/*'] }),
    );
    expect(() => addMachineWith(newStack(), objects('arn:aws:s3:::data/{{tenant}}/*'), shared)).not.toThrow();
    expect(() => addMachineWith(newStack(), objects('arn:aws:s3:::prices/{{tenant}}/*'), shared)).toThrow(notProved);
  });
});
