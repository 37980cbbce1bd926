// P14 for random combinations of options: whatever is switched on or left out, a tenant access role is assumed by the execution
// role of this machine alone, and only with a tenant.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { everything, mayAssume, vend, without, type Caller } from './assume-role.ts';
import { options, synthesisedWith, type Settings } from './options.ts';
import { roleOf } from './synthesised.ts';

/** Options that can stand together in any number. */
const free = [
  'sessionDuration',
  'capToTokenExpiry',
  'corsOrigins',
  'credentialCacheSize',
  'stsFallbackRegion',
  'explain',
  'throttlingRateLimit',
  'memorySize',
  'timeout',
  'tracing',
  'executionRoleName',
  'executionRolePermissionsBoundary',
  'tenantAccessPermissionsBoundary',
  'roleNamePrefix',
  'logRetention',
  'removalPolicy',
  'alarms',
] as const;

describe('any combination of options', () => {
  test('P14: leaves every trust with the execution role of the machine, and with a tenant', () => {
    const own = fc.record({
      sessionTags: fc.constantFrom({}, { Team: ['team'] }, { Team: ['team'], Plan: ['a', 'plan'] }),
      sourceIdentity: fc.boolean(),
      tenantTagKey: fc.constantFrom('TenantId', 'Customer'),
    });
    fc.assert(
      fc.property(fc.subarray([...free]), own, (names, chosen) => {
        const machine = synthesisedWith((stack) => ({
          ...names.reduce<Settings>((settings, name) => ({ ...settings, ...options[name](stack) }), {}),
          ...chosen,
        }));
        const { arn, policies } = machine.executionRole;
        const caller: Caller = { arn, policies, accountId: '111122223333' };
        const key = `aws:RequestTag/${chosen.tenantTagKey}`;
        const keys = { 'aws:TagKeys': [chosen.tenantTagKey], 'sts:TransitiveTagKeys': [chosen.tenantTagKey] };
        const named = chosen.sourceIdentity ? vend : without(vend, 'sts:SourceIdentity');
        const call = { ...without(named, 'aws:RequestTag/TenantId'), ...keys, [key]: 'acme' };
        for (const set of Object.values(machine.config.permissionSets)) {
          const role = roleOf(machine.account, set.roleArn);
          expect(mayAssume(role, caller, call)).toBe(true);
          expect(mayAssume(role, { ...caller, policies: everything }, without(call, key))).toBe(false);
          expect(mayAssume(role, { ...caller, policies: everything }, { ...call, [key]: '' })).toBe(false);
          const foreign = { ...call, 'aws:TagKeys': [chosen.tenantTagKey, 'Admin'], 'aws:RequestTag/Admin': 'x' };
          expect(mayAssume(role, { ...caller, policies: everything }, foreign)).toBe(false);
          for (const other of [`${arn}2`, 'arn:aws:iam::111122223333:root', 'arn:aws:iam::111122223333:role/Other'])
            expect(mayAssume(role, { ...caller, arn: other, policies: everything }, call)).toBe(false);
        }
      }),
      { numRuns: 12, seed: 14 },
    );
  });
});
