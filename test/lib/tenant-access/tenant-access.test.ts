// One description, two walls: what the helpers write, what they refuse, and that neither wall can say more than the other.
import { Stack } from 'aws-cdk-lib';
import { AttributeType, Table, TableEncryption, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { AccountPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import { PermissionSet, TenantAccess, type SynthErrorName } from '../../../lib/index.ts';
import { addMachine, decide, newApp, newStack, synthesise, type Call } from '../synthesised.ts';

const stack = newStack({ env: { account: '111122223333', region: 'us-east-1' } });
const data = new Bucket(stack, 'Data', { bucketName: 'data' });
const partitionKey = { name: 'pk', type: AttributeType.STRING };
const items = new Table(stack, 'Items', { tableName: 'items', partitionKey });
const refusal = (name: SynthErrorName) => expect.objectContaining({ name }) as Error;
const allow = (resources: string[], conditions: Record<string, unknown> = {}): PolicyStatement =>
  new PolicyStatement({ actions: ['s3:GetObject'], resources, conditions });

describe('both walls say the same', () => {
  const all = [
    TenantAccess.s3Prefix(data),
    TenantAccess.s3Prefix(data, { prefix: 'tenants/', access: 'read' }),
    TenantAccess.s3Prefix(data, { access: 'write' }),
    TenantAccess.dynamoDbLeadingKey(items),
    TenantAccess.dynamoDbLeadingKey(items, { keyPrefix: 'T#', keySeparator: '#', indexes: ['by-date'] }),
    TenantAccess.statements(allow([data.arnForObjects('{{tenant}}/{{tenant}}/*')])),
    TenantAccess.shared('a public price list', allow([data.arnForObjects('prices/*')])),
  ];

  test.each(all.map((access, index) => [index, access] as const))('access %i', (_, access) => {
    const session = access.sessionStatements().map(({ shared: _reason, ...statement }) => statement);
    const ceiling = access.ceilingStatements('TenantId');
    const renamed = JSON.stringify(stack.resolve(session)).replaceAll('{{tenant}}', '${aws:PrincipalTag/TenantId}');
    expect(JSON.stringify(stack.resolve(ceiling))).toBe(
      JSON.stringify(
        orderLike(
          JSON.parse(renamed) as Record<string, unknown>[],
          stack.resolve(ceiling) as Record<string, unknown>[],
        ),
      ),
    );
  });

  /** The same statements with the members in the order of the other list: order means nothing in a policy. */
  function orderLike(statements: Record<string, unknown>[], order: Record<string, unknown>[]): unknown {
    return statements.map((statement, index) => ({
      ...Object.fromEntries(Object.keys(order[index]!).map((key) => [key, statement[key]])),
      ...statement,
    }));
  }

  test('a shared statement keeps its reason in the session template and nothing of it in the role', () => {
    const access = TenantAccess.shared('a public price list', allow([data.arnForObjects('prices/*')]));
    expect(access.sessionStatements()[0]?.shared).toBe('a public price list');
    expect(access.ceilingStatements('TenantId')[0]).not.toHaveProperty('shared');
  });

  test('other placeholders become a star in the role, inside the tenant', () => {
    const access = TenantAccess.statements(
      allow(['arn:aws:s3:::data/{{tenant}}/{{subject}}/*'], {
        StringLike: { 's3:prefix': '{{tenant}}/{{project}}/*' },
      }),
    );
    expect(access.ceilingStatements('TenantId')).toEqual([
      {
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: 'arn:aws:s3:::data/${aws:PrincipalTag/TenantId}/*/*',
        Condition: { StringLike: { 's3:prefix': '${aws:PrincipalTag/TenantId}/*/*' } },
      },
    ]);
  });

  test('other placeholders under an exact operator have no place in the role', () => {
    const access = TenantAccess.statements(
      allow([data.arnForObjects('{{tenant}}/*')], { StringEquals: { 's3:ExistingObjectTag/owner': '{{subject}}' } }),
    );
    expect(() => access.ceilingStatements('TenantId')).toThrow(refusal('TvmTenantAccessInvalid'));
  });
});

describe('s3Prefix', () => {
  test.each(['tenants', '/tenants/', 'a*/', 'a?/', '{{tenant}}/', '${aws:username}/', 'a b/', 'ä/', '\\/'])(
    'refuses the prefix %j',
    (prefix) => {
      expect(() => TenantAccess.s3Prefix(data, { prefix })).toThrow(refusal('TvmTenantAccessInvalid'));
    },
  );

  const key = new Key(stack, 'Key');
  test.each([
    ['an S3 Bucket Key', () => new Bucket(stack, 'WithBucketKey', { encryptionKey: key, bucketKeyEnabled: true })],
    [
      'a bucket whose settings synth cannot see',
      () => Bucket.fromBucketAttributes(stack, 'Imported', { bucketName: 'imported', encryptionKey: key }),
    ],
  ])('refuses %s: its key cannot be split between tenants', (_, bucket) => {
    expect(() => TenantAccess.s3Prefix(bucket())).toThrow(refusal('TvmKeyNotIsolatable'));
  });

  test('takes S3-managed encryption and imported buckets without a key', () => {
    expect(() =>
      TenantAccess.s3Prefix(new Bucket(stack, 'Managed', { encryption: BucketEncryption.S3_MANAGED })),
    ).not.toThrow();
    expect(() => TenantAccess.s3Prefix(Bucket.fromBucketName(stack, 'ByName', 'by-name'))).not.toThrow();
  });

  describe('with a key of its own per object', () => {
    const app = newApp();
    const encrypted = new Stack(app, 'Test');
    const bucket = new Bucket(encrypted, 'Data', { bucketName: 'data', encryptionKey: new Key(encrypted, 'Key') });
    addMachine(encrypted, {
      permissionSets: [
        PermissionSet.of('documents', TenantAccess.s3Prefix(bucket)),
        PermissionSet.of('readers', TenantAccess.s3Prefix(bucket, { access: 'read' })),
      ],
    });
    const synthesised = synthesise(app);
    const keyArn = synthesised.function.environment['TVM_REF_KEY_ARN']!;
    const use = (name: string, context: Record<string, string>): Call => ({
      action: `kms:${name}`,
      resource: keyArn,
      context,
    });
    const viaS3 = { 'kms:ViaService': 's3.us-east-1.amazonaws.com' };
    const own = { ...viaS3, 'kms:EncryptionContext:aws:s3:arn': 'arn:aws:s3:::data/acme/x' };

    test.each(['session', 'role', 'both'] as const)('%s: only for the own objects, only through S3', (wall) => {
      const outcome = (call: Call, set = 'documents') => decide(synthesised, 'acme', call, wall, set);
      expect(outcome(use('Decrypt', own))).toBe('allowed');
      expect(outcome(use('GenerateDataKey', own))).toBe('allowed');
      expect(outcome(use('Decrypt', own), 'readers')).toBe('allowed');
      for (const denied of [
        use('Decrypt', { ...own, 'kms:EncryptionContext:aws:s3:arn': 'arn:aws:s3:::data/globex/x' }),
        use('Decrypt', { ...own, 'kms:EncryptionContext:aws:s3:arn': 'arn:aws:s3:::data' }),
        use('Decrypt', viaS3),
        use('Decrypt', { 'kms:EncryptionContext:aws:s3:arn': 'arn:aws:s3:::data/acme/x' }),
        use('Decrypt', { ...own, 'kms:ViaService': 'dynamodb.us-east-1.amazonaws.com' }),
        use('CreateGrant', own),
        use('Encrypt', own),
        use('ReEncryptFrom', own),
        use('DescribeKey', own),
      ]) {
        expect([denied, outcome(denied)]).toEqual([denied, 'implicitly-denied']);
      }
      expect(outcome(use('GenerateDataKey', own), 'readers')).toBe('implicitly-denied');
    });
  });
});

describe('dynamoDbLeadingKey', () => {
  test.each([
    { keyPrefix: 'T*' },
    { keyPrefix: '{{tenant}}' },
    { keyPrefix: '${aws:username}' },
    { keySeparator: '-' },
    { keySeparator: '.' },
    { keySeparator: '_' },
    { keySeparator: '*' },
    { keySeparator: '' },
    { keySeparator: 'a' },
    { keySeparator: '##' },
    { keySeparator: '+' },
    { keySeparator: '=' },
    { indexes: ['*'] },
    { indexes: ['by-*'] },
    { indexes: ['../x'] },
  ])('refuses %o', (options) => {
    expect(() => TenantAccess.dynamoDbLeadingKey(items, options)).toThrow(refusal('TvmTenantAccessInvalid'));
  });

  test('refuses a customer-managed key: its context is the whole table', () => {
    const encryptionKey = new Key(stack, 'TableKey');
    const encryption = TableEncryption.CUSTOMER_MANAGED;
    const table = new Table(stack, 'Encrypted', { partitionKey, encryption, encryptionKey });
    expect(() => TenantAccess.dynamoDbLeadingKey(table)).toThrow(refusal('TvmKeyNotIsolatable'));
  });

  test('takes TableV2 and imported tables', () => {
    const table = new TableV2(stack, 'V2', { partitionKey });
    expect(() => TenantAccess.dynamoDbLeadingKey(table)).not.toThrow();
    expect(() => TenantAccess.dynamoDbLeadingKey(Table.fromTableName(stack, 'TableByName', 'by-name'))).not.toThrow();
  });

  test('every allow has a presence check beside ForAllValues (SEC-DDB-04)', () => {
    for (const options of [{}, { keySeparator: '#' }, { indexes: ['by-date'] }, { access: 'read' as const }]) {
      for (const statement of TenantAccess.dynamoDbLeadingKey(items, options).sessionStatements()) {
        expect(Object.keys(statement.Condition ?? {}).some((operator) => operator.startsWith('ForAllValues:'))).toBe(
          true,
        );
        expect(statement.Condition?.['Null']).toEqual({ 'dynamodb:LeadingKeys': 'false' });
        expect(JSON.stringify(statement.Action)).not.toMatch(/\*|Scan|PartiQL|Describe|Table/);
      }
    }
  });
});

describe('statements', () => {
  test.each<[string, PolicyStatement[]]>([
    ['none', []],
    [
      'a principal',
      [
        new PolicyStatement({
          actions: ['s3:GetObject'],
          resources: ['*'],
          principals: [new AccountPrincipal('1'.repeat(12))],
        }),
      ],
    ],
    ['NotAction', [new PolicyStatement({ notActions: ['s3:GetObject'], resources: ['*'] })]],
    ['NotResource', [new PolicyStatement({ actions: ['s3:GetObject'], notResources: ['*'] })]],
    ['no resource', [new PolicyStatement({ actions: ['s3:GetObject'] })]],
  ])('refuses %s', (_, statements) => {
    expect(() => TenantAccess.statements(...statements)).toThrow(refusal('TvmTenantAccessInvalid'));
    expect(() => TenantAccess.shared('reason', ...statements)).toThrow(refusal('TvmTenantAccessInvalid'));
  });

  test('takes denials, Sids and conditions as they are', () => {
    const statement = new PolicyStatement({
      sid: 'NoBig',
      effect: Effect.DENY,
      actions: ['s3:PutObject'],
      resources: ['arn:aws:s3:::data/{{tenant}}/*'],
      conditions: { Bool: { 'aws:SecureTransport': 'false' } },
    });
    expect(TenantAccess.statements(statement).sessionStatements()).toEqual([
      {
        Sid: 'NoBig',
        Effect: 'Deny',
        Action: 's3:PutObject',
        Resource: 'arn:aws:s3:::data/{{tenant}}/*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ]);
  });
});
