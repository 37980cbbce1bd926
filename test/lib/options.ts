// Every option of the construct, switched on: one row each, for the tests that hold for all of them.
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { InterfaceVpcEndpoint, SecurityGroup, SubnetType, Vpc, type IVpc } from 'aws-cdk-lib/aws-ec2';
import {
  AnyPrincipal,
  ManagedPolicy,
  PolicyDocument,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import {
  PermissionSet,
  TenantAccess,
  TenantIdFormat,
  TokenVendingMachine,
  webAclDataProtection,
  type TokenVendingMachineProps,
} from '../../lib/index.ts';
import { addMachine, newApp, synthesise, testIssuer, type Synthesised } from './synthesised.ts';

export type Settings = Partial<TokenVendingMachineProps>;

/** Settings that need constructs of the stack. */
export type SettingsOf = (stack: Stack) => Settings;

/** A regional web ACL that protects what it keeps. */
export function protectedWebAcl(
  stack: Stack,
  props: Partial<ConstructorParameters<typeof CfnWebACL>[2]> = {},
): CfnWebACL {
  return new CfnWebACL(stack, 'Acl', {
    scope: 'REGIONAL',
    defaultAction: { allow: {} },
    visibilityConfig: { cloudWatchMetricsEnabled: true, metricName: 'tvm', sampledRequestsEnabled: true },
    dataProtectionConfig: webAclDataProtection(),
    ...props,
  });
}

export function certificateOf(stack: Stack): ICertificate {
  return Certificate.fromCertificateArn(
    stack,
    'Certificate',
    'arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-0000-0000-000000000000',
  );
}

/** A domain with certificate and zone. */
export const customDomain: SettingsOf = (stack) => ({
  domainName: 'tvm.example.com',
  certificate: certificateOf(stack),
  hostedZone: HostedZone.fromHostedZoneAttributes(stack, 'Zone', { hostedZoneId: 'Z123', zoneName: 'example.com' }),
});

/** A VPC without internet. */
export function isolatedVpc(stack: Stack): Vpc {
  return new Vpc(stack, 'Vpc', {
    maxAzs: 2,
    // Its custom resource has a role of its own, which is nobody's business here.
    restrictDefaultSecurityGroup: false,
    natGateways: 0,
    subnetConfiguration: [{ name: 'inside', subnetType: SubnetType.PRIVATE_ISOLATED }],
  });
}

export function endpointIn(stack: Stack): InterfaceVpcEndpoint {
  return new InterfaceVpcEndpoint(stack, 'Endpoint', {
    vpc: isolatedVpc(stack) as IVpc,
    service: { name: 'com.amazonaws.us-east-1.execute-api', port: 443 },
  });
}

const inlinePolicy = (stack: Stack, id: string): ManagedPolicy =>
  new ManagedPolicy(stack, id, {
    statements: [new PolicyStatement({ actions: ['sts:*', 'logs:*', 's3:GetObject'], resources: ['*'] })],
  });

/** By option, with whatever else it needs. Exhaustive: the type demands a row per option. */
export const options: Readonly<Record<keyof TokenVendingMachineProps, SettingsOf>> = {
  issuers: () => ({ issuers: [testIssuer] }),
  permissionSets: (stack) => ({
    permissionSets: ['documents', 'second'].map((name) =>
      PermissionSet.of(name, TenantAccess.s3Prefix(Bucket.fromBucketName(stack, name, name))),
    ),
  }),
  defaultPermissionSet: () => ({ defaultPermissionSet: 'documents' }),
  tenantIdFormat: () => ({ tenantIdFormat: TenantIdFormat.standard() }),
  tenantTagKey: () => ({ tenantTagKey: 'TenantId' }),
  sessionTags: () => ({ sessionTags: {} }),
  sessionDuration: () => ({ sessionDuration: Duration.minutes(30) }),
  capToTokenExpiry: () => ({ capToTokenExpiry: true }),
  sourceIdentity: () => ({ sourceIdentity: true }),
  corsOrigins: () => ({ corsOrigins: ['https://app.example.com'] }),
  stsFallbackRegion: () => ({ stsFallbackRegion: 'eu-west-1' }),
  credentialCacheSize: () => ({ credentialCacheSize: 100 }),
  explain: () => ({ explain: true }),
  throttlingRateLimit: () => ({ throttlingRateLimit: 7 }),
  throttlingBurstLimit: () => ({ throttlingBurstLimit: 9 }),
  reservedConcurrentExecutions: () => ({ reservedConcurrentExecutions: 20 }),
  provisionedConcurrentExecutions: () => ({ provisionedConcurrentExecutions: 2 }),
  memorySize: () => ({ memorySize: 256 }),
  timeout: () => ({ timeout: Duration.seconds(5) }),
  tracing: () => ({ tracing: true }),
  executionRole: (stack) => ({
    executionRole: new Role(stack, 'Brought', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }),
  }),
  executionRoleName: () => ({ executionRoleName: 'tvm-us-east-1' }),
  executionRolePermissionsBoundary: (stack) => ({ executionRolePermissionsBoundary: inlinePolicy(stack, 'Limit') }),
  api: (stack) => ({ api: new HttpApi(stack, 'Api'), basePath: 'tvm' }),
  domainName: customDomain,
  certificate: customDomain,
  hostedZone: customDomain,
  basePath: (stack) => ({ ...customDomain(stack), basePath: 'tvm' }),
  webAcl: (stack) => ({ webAcl: protectedWebAcl(stack) }),
  webAclLogging: (stack) => ({ webAcl: protectedWebAcl(stack), webAclLogging: false }),
  privateEndpoints: (stack) => ({ privateEndpoints: [endpointIn(stack)] }),
  resourcePolicy: () => ({
    resourcePolicy: new PolicyDocument({
      statements: [
        new PolicyStatement({
          actions: ['execute-api:Invoke'],
          resources: ['execute-api:/*'],
          principals: [new AnyPrincipal()],
          conditions: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } },
        }),
      ],
    }),
  }),
  vpc: (stack) => ({ vpc: isolatedVpc(stack), vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED } }),
  vpcSubnets: (stack) => ({ vpc: isolatedVpc(stack), vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED } }),
  securityGroups: (stack) => {
    const vpc = isolatedVpc(stack);
    const securityGroups = [new SecurityGroup(stack, 'Group', { vpc: vpc as IVpc, allowAllOutbound: false })];
    return { vpc, vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED }, securityGroups };
  },
  auditLog: (stack) => ({ auditLog: new LogGroup(stack, 'Audit') }),
  accessLog: (stack) => ({ accessLog: new LogGroup(stack, 'Access') }),
  logEncryptionKey: (stack) => ({ logEncryptionKey: new Key(stack, 'LogKey', { enableKeyRotation: true }) }),
  logRetention: () => ({ logRetention: RetentionDays.ONE_WEEK }),
  removalPolicy: () => ({ removalPolicy: RemovalPolicy.DESTROY }),
  tenantAccessPermissionsBoundary: (stack) => ({ tenantAccessPermissionsBoundary: inlinePolicy(stack, 'Boundary') }),
  roleNamePrefix: () => ({ roleNamePrefix: 'mine' }),
  alarms: () => ({ alarms: false }),
  handlerBundle: () => ({}),
};

/** A machine with one set `documents` over one bucket, in a stack of its own, with settings on top. */
export function stackWith(settings: SettingsOf = () => ({})): Stack {
  const stack = new Stack(newApp(), 'Test', { env: { account: '111122223333', region: 'us-east-1' } });
  const access = TenantAccess.s3Prefix(new Bucket(stack, 'Data', { bucketName: 'data' }));
  addMachine(stack, { permissionSets: [PermissionSet.of('documents', access)], ...settings(stack) });
  return stack;
}

/** The same, read back as local mode reads it. */
export function synthesisedWith(settings: SettingsOf = () => ({})): Synthesised {
  return synthesise(appOf(stackWith(settings)));
}

/** The app of a stack. */
export function appOf({ node: { root } }: Stack): App {
  if (root instanceof App) return root;
  throw new TypeError('the stack is in no app');
}

/** The machine `Tvm` of a stack. */
export function machineIn(stack: Stack): TokenVendingMachine {
  const machine = stack.node.findChild('Tvm');
  if (machine instanceof TokenVendingMachine) return machine;
  throw new TypeError('no machine');
}

/** The web ACL `Acl` of a stack. */
export function webAclIn(stack: Stack): CfnWebACL {
  const acl = stack.node.findChild('Acl');
  if (acl instanceof CfnWebACL) return acl;
  throw new TypeError('no web ACL');
}
