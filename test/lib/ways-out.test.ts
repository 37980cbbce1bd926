// The two ways out of 2,048 characters: tags alone, and session policies by reference. Both are proved, and both isolate.
import { Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import { renderSessionPolicy } from '../../core/index.ts';
import { PermissionSet, TenantAccess } from '../../lib/index.ts';
import { addMachine, decide, newApp, synthesise } from './synthesised.ts';

const object = (key: string): { action: string; resource: string } => ({
  action: 's3:GetObject',
  resource: `arn:aws:s3:::data/${key}`,
});

function machineWith(options: (stack: Stack, data: Bucket) => PermissionSet): ReturnType<typeof synthesise> {
  const app = newApp();
  const stack = new Stack(app, 'Test');
  addMachine(stack, { permissionSets: [options(stack, new Bucket(stack, 'Data', { bucketName: 'data' }))] });
  return synthesise(app);
}

describe('tags alone', () => {
  const many = (data: Bucket): TenantAccess[] =>
    Array.from({ length: 12 }, (_, index) => TenantAccess.s3Prefix(data, { prefix: `area-${index}/` }));
  const machine = machineWith((_, data) =>
    PermissionSet.define('documents', { access: many(data), isolateByTagsOnly: true }),
  );

  test('sends no session policy, whatever the size', () => {
    expect(renderSessionPolicy(machine.config, 'documents', { tenant: 'acme', subject: 'alice' }).text).toBe('');
  });

  test('isolates by the role', () => {
    expect(decide(machine, 'acme', object('area-3/acme/x'), 'role')).toBe('allowed');
    expect(decide(machine, 'acme', object('area-3/globex/x'), 'role')).toBe('implicitly-denied');
  });
});

describe('session policies by reference', () => {
  const policyOf = (stack: Stack, resource: string): ManagedPolicy =>
    new ManagedPolicy(stack, 'More', {
      statements: [new PolicyStatement({ actions: ['s3:GetObject'], resources: [resource] })],
    });
  const set =
    (resource: string) =>
    (stack: Stack, data: Bucket): PermissionSet =>
      PermissionSet.define('documents', {
        access: [TenantAccess.s3Prefix(data)],
        managedPolicies: [policyOf(stack, resource)],
      });

  test('are sent by ARN, counted, and part of the proof', () => {
    const machine = machineWith(set('arn:aws:s3:::data/!more/${aws:PrincipalTag/TenantId}/*'));
    const [managed] = machine.config.permissionSets['documents']!.managedPolicies!;
    expect(managed!.arn).toMatch(/^arn:aws:iam::111122223333:policy\//);
    const { characters, text } = renderSessionPolicy(machine.config, 'documents', { tenant: 'acme', subject: 'alice' });
    expect(characters).toBe(text.length + managed!.arn.length);
    expect(machine.account.managedPolicies).toHaveProperty([managed!.arn]);
  });

  test('that reach other tenants stop the synthesis', () => {
    expect(() => machineWith(set('arn:aws:s3:::data/*'))).toThrow(
      expect.objectContaining({ name: 'TvmIsolationNotProved' }) as Error,
    );
  });
});

test('a second Region and the dry run reach the configuration', () => {
  const app = newApp();
  const stack = new Stack(app, 'Test');
  const permissionSets = [PermissionSet.of('documents', TenantAccess.s3Prefix(new Bucket(stack, 'Data')))];
  addMachine(stack, { permissionSets, stsFallbackRegion: 'eu-west-1', explain: true });
  expect(synthesise(app).config).toMatchObject({ sts: { fallbackRegion: 'eu-west-1' }, explain: true });
});
