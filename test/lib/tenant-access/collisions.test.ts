// What one helper alone cannot see: names that two accesses share, and characters that end a tenant id. Synth stops on each.
import { Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, test } from 'vitest';
import { PermissionSet, TenantAccess, TenantIdFormat } from '../../../lib/index.ts';
import { endsTenantId } from '../../../lib/tenant-access/delimiters.ts';
import { addMachine, newApp } from '../synthesised.ts';
import { refusal } from './harness.ts';

const machine = (access: (stack: Stack) => readonly TenantAccess[], tenantIdFormat = TenantIdFormat.standard()) => {
  const stack = new Stack(newApp(), 'Test');
  const permissionSets = access(stack).map((one, index) => PermissionSet.of(`set-${index}`, one));
  return () => addMachine(stack, { permissionSets, defaultPermissionSet: 'set-0', tenantIdFormat });
};

describe('two accesses whose names meet are not proved', () => {
  test.each<[string, (stack: Stack) => readonly TenantAccess[]]>([
    [
      'tenant `a.fifo` of plain queues and tenant `a` of FIFO queues',
      (stack) => [
        TenantAccess.sqsQueue(stack, { prefix: 'orders-' }),
        TenantAccess.sqsQueue(stack, { prefix: 'orders-', fifo: true }),
      ],
    ],
    [
      'tenant `eu-a` of one prefix and tenant `a` of a longer one',
      (stack) => [
        TenantAccess.kinesisStream(stack, { prefix: 'clicks-' }),
        TenantAccess.kinesisStream(stack, { prefix: 'clicks-eu-' }),
      ],
    ],
    [
      'two tags on one secret',
      (stack) => [TenantAccess.secretsManagerTag(stack), TenantAccess.secretsManagerTag(stack, { tagKey: 'owner' })],
    ],
    [
      'a path and a tag on one secret',
      (stack) => [TenantAccess.secretsManagerPath(stack, { prefix: 't/' }), TenantAccess.secretsManagerTag(stack)],
    ],
    [
      'one key by a context of the caller and through a service',
      (stack) => {
        const key = new Key(stack, 'Key');
        const queue = TenantAccess.sqsQueue(stack, { prefix: 'orders-' });
        return [TenantAccess.kmsEncryptionContext(key), TenantAccess.kmsViaService(key, queue)];
      },
    ],
  ])('%s', (_, access) => {
    expect(machine(access)).toThrow(refusal('TvmIsolationNotProved'));
  });

  test('ids without dots keep plain and FIFO queues apart', () => {
    const access = (stack: Stack): readonly TenantAccess[] => [
      TenantAccess.sqsQueue(stack, { prefix: 'orders-' }),
      TenantAccess.sqsQueue(stack, { prefix: 'orders-', fifo: true }),
    ];
    expect(machine(access, TenantIdFormat.characters('abcdefghijklmnopqrstuvwxyz0123456789-'))).not.toThrow();
  });
});

describe('characters that end a tenant id', () => {
  const access = (stack: Stack): readonly TenantAccess[] => [TenantAccess.sqsQueue(stack, { prefix: 'orders-' })];

  test.each([...'#/|:;,!@~'])('no grammar of tenant ids can hold %s', (character) => {
    expect(endsTenantId(character)).toBe(true);
    expect(machine(access, TenantIdFormat.characters(`abc${character}`))).toThrow(refusal('TvmConfigurationInvalid'));
  });

  test.each([...'ABCxyz0189_.+=-', '', '##', '*', '?', '$', '{'])('%j does not end one', (character) => {
    expect(endsTenantId(character)).toBe(false);
  });

  test.each([
    ['+', TenantIdFormat.characters('abc+')],
    ['=', TenantIdFormat.characters('abc=')],
    ['uuid', TenantIdFormat.uuid()],
    ['ulid', TenantIdFormat.ulid()],
  ])('the helpers are proved for ids of %s too', (_, format) => {
    const all = (stack: Stack): readonly TenantAccess[] => [
      TenantAccess.secretsManagerPath(stack, { prefix: 't/' }),
      TenantAccess.ssmParameterPath(stack, { prefix: '/t/' }),
      TenantAccess.logGroup(stack, { prefix: '/tenants/' }),
      TenantAccess.s3Bucket(stack, { prefix: 'app-' }),
    ];
    expect(machine(all, format)).not.toThrow();
  });
});
