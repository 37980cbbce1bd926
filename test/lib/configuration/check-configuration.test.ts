// What synth refuses before anything is deployed: what would fail a start, a vend, or Lambda's and STS's limits.
import { Fn, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import {
  PermissionSet,
  TenantAccess,
  TenantClaim,
  TenantIdFormat,
  TokenIssuer,
  type SynthErrorName,
  type TenantBucket,
  type TokenVendingMachineProps,
} from '../../../lib/index.ts';
import { addMachine, newApp, newStack, synthesise } from '../synthesised.ts';

type Settings = Partial<TokenVendingMachineProps>;

function documents(bucket: TenantBucket): PermissionSet {
  return PermissionSet.of('documents', TenantAccess.s3Prefix(bucket));
}

function build(settings: (bucket: TenantBucket, stack: Stack) => Settings, name = 'Test'): Stack {
  const stack = newStack({}, name);
  const bucket = new Bucket(stack, 'Data');
  addMachine(stack, { permissionSets: [documents(bucket)], ...settings(bucket, stack) });
  return stack;
}

const refusal = (name: SynthErrorName) => expect.objectContaining({ name }) as Error;
const issuer = (host: string, options: Partial<Parameters<typeof TokenIssuer.oidc>[1]> = {}) =>
  TokenIssuer.oidc(`https://${host}/`, { audiences: ['api'], ...options });
const objectsAt = (resource: string) =>
  TenantAccess.statements(new PolicyStatement({ actions: ['s3:GetObject'], resources: [resource] }));

describe('a configuration that the function would not start with', () => {
  test.each<[string, (bucket: TenantBucket) => Settings, RegExp]>([
    ['no issuer', () => ({ issuers: [] }), /\/issuers/],
    [
      'a plain http issuer',
      () => ({ issuers: [TokenIssuer.oidc('http://idp.example.com/', { audiences: ['a'] })] }),
      /https/,
    ],
    ['an issuer with a query', () => ({ issuers: [issuer('idp.example.com/?x=1')] }), /\/issuers\/0\/issuer/],
    ['no audience', () => ({ issuers: [issuer('a.example.com', { audiences: [] })] }), /audiences/],
    ['a wildcard audience', () => ({ issuers: [issuer('a.example.com', { audiences: ['*'] })] }), /audience/],
    [
      'two issuers of which one may assert anybody',
      () => ({ issuers: [issuer('a.example.com', { tenants: ['acme'] }), issuer('b.example.com')] }),
      /\/issuers\/1\/tenants/,
    ],
    [
      'an issuer twice',
      () => ({ issuers: [issuer('a.example.com', { anyTenant: true }), issuer('a.example.com', { anyTenant: true })] }),
      /repeats/,
    ],
    ['no permission set', () => ({ permissionSets: [] }), /\/permissionSets/],
    ['a default set that does not exist', () => ({ defaultPermissionSet: 'other' }), /\/defaultPermissionSet/],
    [
      'an issuer bound to an unknown set',
      () => ({ issuers: [issuer('a.example.com', { permissionSets: ['other'] })] }),
      /names no permission set/,
    ],
    [
      'a fixed tenant outside the grammar',
      () => ({ issuers: [issuer('a.example.com', { tenantClaim: TenantClaim.fixed('a/b') })] }),
      /tenant/,
    ],
    ['a wildcard origin', () => ({ corsOrigins: ['*'] }), /\/cors/],
    ['a tenant tag key that AWS reserves', () => ({ tenantTagKey: 'aws:tenant' }), /tag key/],
    ['a grammar with odd characters', () => ({ tenantIdFormat: TenantIdFormat.characters('ab/*') }), /tenantId/],
    [
      'a grammar without any id',
      () => ({ tenantIdFormat: TenantIdFormat.standard({ minLength: 9, maxLength: 8 }) }),
      /no tenant id/,
    ],
    [
      'an unknown placeholder',
      (bucket) => ({ permissionSets: [PermissionSet.of('x', objectsAt(`${bucket.bucketArn}/{{tenantt}}/*`))] }),
      /unknown placeholder/,
    ],
    [
      'a placeholder in the account of an ARN',
      () => ({ permissionSets: [PermissionSet.of('x', objectsAt('arn:aws:sqs:us-east-1:{{tenant}}:q'))] }),
      /fifth colon/,
    ],
    [
      'a placeholder before an import',
      () => ({ permissionSets: [PermissionSet.of('x', objectsAt(`{{tenant}}${Fn.importValue('x')}`))] }),
      /fifth colon/,
    ],
  ])('%s', (_, settings, message) => {
    expect(() => build(settings)).toThrow(refusal('TvmConfigurationInvalid'));
    expect(() => build(settings)).toThrow(message);
  });

  test('every issue is said at once, and the path of the construct', () => {
    const both = () => build(() => ({ defaultPermissionSet: 'other', corsOrigins: ['*'], tenantTagKey: 'aws:x' }));
    expect(both).toThrow(/\/session\/tenantTagKey[^]*\/cors\/origins\/0/);
    expect(both).toThrow(/at Test\/Tvm/);
  });

  test('a token where it cannot be filled in', () => {
    const broken = (bucket: TenantBucket): Settings => ({
      permissionSets: [PermissionSet.of('x', objectsAt(`${bucket.bucketArn.toLowerCase()}/{{tenant}}/*`))],
    });
    expect(() => build(broken)).toThrow(refusal('TvmConfigurationToken'));
  });
});

describe('the session policy of STS', () => {
  const many = (bucket: TenantBucket, count: number): PermissionSet =>
    PermissionSet.of(
      'wide',
      ...Array.from({ length: count }, (_, index) =>
        TenantAccess.s3Prefix(bucket, { prefix: `area-${index}/`, access: 'read' }),
      ),
    );

  test('over 2,048 characters for the longest tenant id is refused, and says for which set', () => {
    const tooWide = (bucket: TenantBucket): Settings => ({ permissionSets: [many(bucket, 8)] });
    expect(() => build(tooWide)).toThrow(refusal('TvmSessionPolicyTooLarge'));
    expect(() => build(tooWide)).toThrow(/wide renders \d+ characters[^]*tenant id of 63/);
  });

  test('what fits for short tenant ids passes where only short ones exist', () => {
    const access = (bucket: TenantBucket): Settings => ({ permissionSets: [many(bucket, 6)] });
    const uuids = { tenantIdFormat: TenantIdFormat.standard({ maxLength: 8 }) };
    expect(() => build(access)).toThrow(refusal('TvmSessionPolicyTooLarge'));
    expect(() => build((bucket) => ({ ...access(bucket), ...uuids }))).not.toThrow();
  });

  test('over four fifths of it warns', () => {
    const stack = build((bucket) => ({ permissionSets: [many(bucket, 5)] }));
    Annotations.fromStack(stack).hasWarning('/Test/Tvm', Match.stringLikeRegexp('close to the limit of STS'));
    Annotations.fromStack(build(() => ({}))).hasNoWarning('*', Match.anyValue());
  });
});

describe("the function's environment", () => {
  test('50 permission sets and 20 issuers fit', () => {
    const app = newApp();
    const stack = new Stack(app, 'TokenVendingMachine');
    const bucket = new Bucket(stack, 'Data');
    addMachine(stack, {
      issuers: Array.from({ length: 20 }, (_, index) => issuer(`idp-${index}.example.com`, { anyTenant: true })),
      permissionSets: Array.from({ length: 50 }, (_, index) =>
        PermissionSet.of(`set-${index}`, TenantAccess.s3Prefix(bucket, { prefix: `area-${index}/` })),
      ),
    });
    const { config, function: vending, account } = synthesise(app);
    expect(Object.keys(config.permissionSets)).toHaveLength(50);
    expect(config.issuers).toHaveLength(20);
    expect(Object.keys(vending.environment).toSorted()).toEqual([
      'TVM_REF_ACCOUNT_ID',
      'TVM_REF_DATA_ARN',
      'TVM_REF_PARTITION',
      'TVM_REF_REGION',
    ]);
    const arns = new Set(account.roles.map(({ arn }) => arn));
    for (const { roleArn } of Object.values(config.permissionSets)) expect(arns).toContain(roleArn);
  });

  test('more than 4,096 bytes are refused, naming the largest', () => {
    const crowded = (_: TenantBucket, stack: Stack): Settings => ({
      permissionSets: Array.from({ length: 40 }, (_, index) =>
        documentsNamed(`set-${index}`, new Bucket(stack, `BucketWithQuiteALongName${index}`)),
      ),
    });
    const documentsNamed = (name: string, bucket: TenantBucket) =>
      PermissionSet.of(name, TenantAccess.s3Prefix(bucket));
    expect(() => build(crowded)).toThrow(refusal('TvmEnvironmentTooLarge'));
    expect(() => build(crowded)).toThrow(/TVM_REF_BUCKET_WITH_QUITE_ALONG_NAME/);
  });
});

describe('values that only the deployment knows', () => {
  test('imports, imported roles and user pools parse as what they stand for', () => {
    const stack = newStack();
    const pool = new UserPool(stack, 'Users');
    addMachine(stack, {
      issuers: [TokenIssuer.cognitoUserPool(pool, { clients: [pool.addClient('App')] })],
      permissionSets: [
        PermissionSet.define('imported', {
          access: [objectsAt('arn:aws:s3:::data/{{tenant}}/*')],
          role: Role.fromRoleArn(stack, 'Role', Fn.importValue('role-arn')),
        }),
      ],
    });
    expect(stack.node.findAll().length).toBeGreaterThan(1);
  });

  test('two buckets stay two: their literals differ even where their names are long and alike', () => {
    const long = 'a'.repeat(60);
    const stack = newStack();
    const buckets = [1, 2].map((number) => new Bucket(stack, `${long}${number}`));
    expect(() =>
      addMachine(stack, {
        permissionSets: buckets.map((bucket, index) => PermissionSet.of(`set-${index}`, TenantAccess.s3Prefix(bucket))),
      }),
    ).not.toThrow();
  });
});
