// Permission sets and the names of their roles.
import { Duration, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PermissionSet, TenantAccess } from '../../lib/index.ts';
import { tenantAccessRoleName } from '../../lib/role-name.ts';
import { newStack } from './synthesised.ts';

const stack = newStack({ env: { account: '111122223333', region: 'ap-southeast-1' } });
const access = TenantAccess.s3Prefix(new Bucket(stack, 'Data', { bucketName: 'data' }));

describe('a permission set', () => {
  test.each(['', 'Documents', '1st', '-x', 'a_b', 'a b', 'a/b', 'a'.repeat(33), '__proto__', 'docs\n'])(
    'cannot be named %j',
    (name) => {
      expect(() => PermissionSet.of(name, access)).toThrow(
        expect.objectContaining({ name: 'TvmPermissionSetInvalid' }) as Error,
      );
    },
  );

  test('cannot be empty: a session without a policy has its whole role', () => {
    expect(() => PermissionSet.of('documents')).toThrow(/allows nothing/);
  });

  test('carries its options into the document', () => {
    const set = PermissionSet.define('documents', {
      access: [access],
      description: 'their documents',
      maxDuration: Duration.minutes(30),
      hideSubject: true,
      requires: [{ claim: 'scope', contains: 'documents' }],
      parameters: { project: { from: 'claim', claim: 'project' } },
      allowDespiteGuard: ['sts:TagSession'],
    });
    expect(set.toConfiguration('arn:aws:iam::111122223333:role/x')).toMatchObject({
      description: 'their documents',
      roleArn: 'arn:aws:iam::111122223333:role/x',
      maxDurationSeconds: 1800,
      sessionName: 'tenant',
      requires: [{ claim: 'scope', contains: 'documents' }],
      parameters: { project: { from: 'claim', claim: 'project' } },
      allowDespiteGuard: ['sts:TagSession'],
      statements: [{ Effect: 'Allow' }, { Action: 's3:ListBucket' }],
    });
  });
});

describe('role names', () => {
  const set = fc
    .string({ unit: fc.constantFrom('a', 'z', '0', '-'), minLength: 1, maxLength: 31 })
    .map((text) => `s${text}`);
  const prefix = fc.string({ unit: fc.constantFrom('A', 'b', '-', '9'), minLength: 1, maxLength: 140 });

  test('fit IAM for any stack and set, and end with the set and the Region', () => {
    fc.assert(
      fc.property(prefix, set, (start, name) => {
        const roleName = tenantAccessRoleName(start, name, stack);
        expect(roleName.length).toBeLessThanOrEqual(64);
        expect(roleName.endsWith(`${name}-ap-southeast-1`)).toBe(true);
        expect(tenantAccessRoleName(start, name, stack)).toBe(roleName);
      }),
    );
  });

  test('differ where prefixes differ only beyond what fits', () => {
    const long = 'x'.repeat(100);
    expect(tenantAccessRoleName(`${long}1`, 'documents', stack)).not.toBe(
      tenantAccessRoleName(`${long}2`, 'documents', stack),
    );
    expect(tenantAccessRoleName('Docs-tvm', 'documents', stack)).toBe('Docs-tvm-documents-ap-southeast-1');
  });

  test('differ by Region: IAM is global, and one stack name may be in several', () => {
    const other = new Stack(undefined, 'Other', { env: { account: '111122223333', region: 'eu-west-1' } });
    expect(tenantAccessRoleName('Docs-tvm', 'documents', other)).toBe('Docs-tvm-documents-eu-west-1');
  });

  test.each(['', 'a b', 'a/b', 'a*', 'ä', '${x}'])('refuse the prefix %j', (start) => {
    expect(() => tenantAccessRoleName(start, 'documents', stack)).toThrow(
      expect.objectContaining({ name: 'TvmRoleNameInvalid' }) as Error,
    );
  });
});
