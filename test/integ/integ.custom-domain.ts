// Variant: a domain of your own with a base path, two provisioned environments, tracing, and logs under a key of yours.
// To deploy: -c domain=tvm.example.com -c zone=example.com -c zoneId=Z… -c certificate=arn:…
import { Stack } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Key } from 'aws-cdk-lib/aws-kms';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { PermissionSet, TenantAccess, TokenVendingMachine } from '../../lib/index.ts';
import { documentsBucket, environment, issuers, reviewedApp, setting } from './reviewed-app.ts';

const app = reviewedApp();
const env = environment();
const stack = new Stack(app, 'TvmIntegCustomDomain', { env });
const placeholder = `arn:aws:acm:${env.region}:${env.account}:certificate/00000000-0000-0000-0000-000000000000`;
new TokenVendingMachine(stack, 'Tvm', {
  issuers: issuers(app),
  permissionSets: [PermissionSet.of('documents', TenantAccess.s3Prefix(documentsBucket(stack)))],
  domainName: setting(app, 'domain', 'tvm.example.com'),
  certificate: Certificate.fromCertificateArn(stack, 'Certificate', setting(app, 'certificate', placeholder)),
  hostedZone: HostedZone.fromHostedZoneAttributes(stack, 'Zone', {
    hostedZoneId: setting(app, 'zoneId', 'Z0123456789ABCDEFGHIJ'),
    zoneName: setting(app, 'zone', 'example.com'),
  }),
  basePath: 'vend',
  provisionedConcurrentExecutions: 2,
  tracing: true,
  logEncryptionKey: new Key(stack, 'LogKey', { enableKeyRotation: true }),
});
app.synth();
