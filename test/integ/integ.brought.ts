// Variant: execution role, API and log groups of your own, the logs under a key of yours, and a boundary for tenant sessions.
import { ArnFormat, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type { CfnStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { PermissionSet, TenantAccess, TokenVendingMachine } from '../../lib/index.ts';
import { documentsBucket, issuers, reviewedApp } from './reviewed-app.ts';

const app = reviewedApp();
const stack = new Stack(app, 'TvmIntegBrought');
const key = new Key(stack, 'LogKey', { enableKeyRotation: true, removalPolicy: RemovalPolicy.DESTROY });
const bucket = documentsBucket(stack);
const log = (id: string): LogGroup =>
  new LogGroup(stack, id, {
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
    encryptionKey: key,
  });
key.addToResourcePolicy(
  new PolicyStatement({
    actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
    principals: [new ServicePrincipal(`logs.${stack.region}.${stack.urlSuffix}`)],
    resources: ['*'],
    conditions: {
      ArnLike: {
        'kms:EncryptionContext:aws:logs:arn': stack.formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: `${stack.stackName}-*`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      },
    },
  }),
);
const access = log('ApiLog');
const auditLog = log('AuditLog');
const api = new HttpApi(stack, 'Api', { description: 'The API of a whole product' });
(api.defaultStage!.node.defaultChild as CfnStage).accessLogSettings = {
  destinationArn: access.logGroupArn,
  format: JSON.stringify({ requestId: '$context.requestId', status: '$context.status', routeKey: '$context.routeKey' }),
};
const boundary = new ManagedPolicy(stack, 'Boundary', {
  description: 'The most that any tenant session of this product may do',
  statements: [
    new PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.bucketArn, bucket.arnForObjects('*')] }),
  ],
});
Validations.of(boundary).acknowledge({
  id: `AwsSolutions-IAM5[Resource::<${stack.getLogicalId(bucket.node.defaultChild as CfnBucket)}.Arn>/*]`,
  reason: 'A boundary grants nothing; it only ends what the tenant access role may grant',
});
new TokenVendingMachine(stack, 'Tvm', {
  issuers: issuers(app),
  permissionSets: [PermissionSet.of('documents', TenantAccess.s3Prefix(bucket, { access: 'read' }))],
  tenantAccessPermissionsBoundary: boundary,
  executionRole: new Role(stack, 'FunctionRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }),
  api,
  basePath: 'vend',
  auditLog,
});
app.synth();
