// Options that contradict each other or mean nothing fail the synthesis, under a stable name, and say what to do.
import { RemovalPolicy } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { describe, expect, test } from 'vitest';
import { SynthError } from '../../lib/index.ts';
import {
  appOf,
  certificateOf,
  customDomain,
  endpointIn,
  isolatedVpc,
  options,
  protectedWebAcl,
  stackWith,
  type SettingsOf,
} from './options.ts';

function errorOf(settings: SettingsOf): SynthError {
  try {
    stackWith(settings);
  } catch (error) {
    if (error instanceof SynthError) return error;
    throw error;
  }
  throw new TypeError('nothing was refused');
}

const lambda = new ServicePrincipal('lambda.amazonaws.com');
const api: SettingsOf = (stack) => ({ api: new HttpApi(stack, 'Api') });
const brought: SettingsOf = (stack) => ({ executionRole: new Role(stack, 'Brought', { assumedBy: lambda }) });
const together =
  (...settings: readonly SettingsOf[]): SettingsOf =>
  (stack) =>
    Object.assign({}, ...settings.map((one) => one(stack))) as ReturnType<SettingsOf>;

describe('options that do not go together', () => {
  test.each<[string, SettingsOf, string]>([
    [
      'a private endpoint and a public domain',
      together(options.privateEndpoints, customDomain),
      'privateEndpoints and domainName',
    ],
    ['an API of your own and a web ACL', together(api, options.webAcl), 'api and webAcl'],
    ['an API of your own and private endpoints', together(api, options.privateEndpoints), 'api and privateEndpoints'],
    ['an API of your own and a resource policy', together(api, options.resourcePolicy), 'api and resourcePolicy'],
    ['an API of your own and a domain', together(api, customDomain), 'api and domainName'],
    ['an API of your own and an access log', together(api, options.accessLog), 'api and accessLog'],
    ['an API of your own and throttling', together(api, options.throttlingRateLimit), 'api and throttlingRateLimit'],
    [
      'an execution role of your own and a name',
      together(brought, options.executionRoleName),
      'executionRole and executionRoleName',
    ],
    [
      'an execution role of your own and a boundary',
      together(brought, options.executionRolePermissionsBoundary),
      'executionRole and executionRolePermissionsBoundary',
    ],
    [
      'an audit log of your own and a removal policy',
      together(options.auditLog, () => ({ removalPolicy: RemovalPolicy.DESTROY })),
      'auditLog and removalPolicy',
    ],
    ['a domain without a certificate', () => ({ domainName: 'tvm.example.com' }), 'domainName without certificate'],
    [
      'a certificate without a domain',
      (stack) => ({ certificate: certificateOf(stack) }),
      'certificate without domainName',
    ],
    [
      'a hosted zone without a domain',
      (stack) => ({ hostedZone: HostedZone.fromHostedZoneId(stack, 'Zone', 'Z123') }),
      'hostedZone without domainName',
    ],
    ['a base path at the gateway’s own address', () => ({ basePath: 'tvm' }), 'basePath without domainName or api'],
    ['logging of no web ACL', () => ({ webAclLogging: false }), 'webAclLogging without webAcl'],
    ['subnets without a VPC', () => ({ vpcSubnets: {} }), 'vpcSubnets without vpc'],
    ['security groups without a VPC', () => ({ securityGroups: [] }), 'securityGroups without vpc'],
    [
      'more provisioned than reserved',
      () => ({ provisionedConcurrentExecutions: 5, reservedConcurrentExecutions: 4 }),
      'provisionedConcurrentExecutions 5 and reservedConcurrentExecutions 4',
    ],
    [
      'a retention where every log group is brought',
      together(options.auditLog, options.accessLog, () => ({ logRetention: RetentionDays.ONE_DAY })),
      'logRetention where every log group is brought',
    ],
    [
      'a key where every log group is brought',
      together(options.auditLog, api, (stack) => ({ logEncryptionKey: new Key(stack, 'Key') })),
      'logEncryptionKey where every log group is brought',
    ],
    [
      'a domain outside its zone',
      (stack) => ({
        ...customDomain(stack),
        hostedZone: HostedZone.fromHostedZoneAttributes(stack, 'Other', {
          hostedZoneId: 'Z1',
          zoneName: 'example.org',
        }),
      }),
      'domainName tvm.example.com and hostedZone example.org',
    ],
    [
      'a domain that only ends like its zone',
      (stack) => ({
        ...customDomain(stack),
        domainName: 'badexample.com',
      }),
      'domainName badexample.com and hostedZone example.com',
    ],
  ])('%s: refused at synth', (_, settings, got) => {
    const error = errorOf(settings);
    expect(error.name).toBe('TvmOptionsConflict');
    expect(error.message).toContain(`Got: ${got}`);
    expect(error.message).toMatch(/\(at Test\/Tvm\)\. Got: .+\. Allowed: .+\. Fix: .+\./);
  });
});

describe('values that cannot be meant', () => {
  test.each<[string, SettingsOf]>([
    ['no endpoint at all, which would deploy a public API', () => ({ privateEndpoints: [] })],
    ['no security group at all', (stack) => ({ vpc: isolatedVpc(stack), securityGroups: [] })],
    ['no provisioned environment', () => ({ provisionedConcurrentExecutions: 0 })],
    ['half an environment', () => ({ provisionedConcurrentExecutions: 1.5 })],
    ['a wildcard domain', (stack) => ({ ...customDomain(stack), domainName: '*.example.com' })],
    ['a domain in capitals', (stack) => ({ ...customDomain(stack), domainName: 'TVM.example.com' })],
    ['an address as domain', (stack) => ({ ...customDomain(stack), domainName: 'https://tvm.example.com' })],
    ...[
      '',
      '/',
      '/tvm',
      'tvm/',
      'a//b',
      'v1',
      'v1/x',
      'sts',
      'healthz',
      'openapi.json',
      '.well-known',
      '..',
      'a/../b',
      'a b',
      'a*',
      '{proxy+}',
    ].map((basePath): [string, SettingsOf] => [
      `the base path ${JSON.stringify(basePath)}`,
      (stack) => ({ ...customDomain(stack), basePath }),
    ]),
  ])('%s: refused at synth', (_, settings) => {
    expect(errorOf(settings).name).toBe('TvmOptionInvalid');
  });

  test('a web ACL of CloudFront is refused', () => {
    const stack = stackWith((one) => ({ webAcl: protectedWebAcl(one, { scope: 'CLOUDFRONT' }) }));
    expect(() => appOf(stack).synth()).toThrow(/TvmOptionInvalid: The web ACL cannot stand/);
  });
});

describe('what does go together', () => {
  test.each<[string, SettingsOf]>([
    [
      'a web ACL before a private API',
      (stack) => ({ webAcl: protectedWebAcl(stack), privateEndpoints: [endpointIn(stack)] }),
    ],
    [
      'a web ACL and a domain with a base path',
      (stack) => ({ ...customDomain(stack), webAcl: protectedWebAcl(stack), basePath: 'a/b-2' }),
    ],
    [
      'a brought audit log and a retention for the access log',
      (stack) => ({ auditLog: new LogGroup(stack, 'Log'), logRetention: RetentionDays.ONE_DAY }),
    ],
    [
      'as much provisioned as reserved',
      () => ({ provisionedConcurrentExecutions: 4, reservedConcurrentExecutions: 4 }),
    ],
    ['the zone itself as domain', (stack) => ({ ...customDomain(stack), domainName: 'example.com' })],
  ])('%s', (_, settings) => {
    expect(() => appOf(stackWith(settings)).synth()).not.toThrow();
  });
});
