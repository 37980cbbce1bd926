// Variant: a REST API behind a web ACL with AWS's common rules and a rate limit per address.
import { Stack } from 'aws-cdk-lib';
import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { PermissionSet, TenantAccess, TokenVendingMachine, webAclDataProtection } from '../../lib/index.ts';
import { documentsBucket, issuers, reviewedApp } from './reviewed-app.ts';

const app = reviewedApp();
const stack = new Stack(app, 'TvmIntegRestWebAcl');
const visible = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  cloudWatchMetricsEnabled: true,
  metricName,
  sampledRequestsEnabled: true,
});
const webAcl = new CfnWebACL(stack, 'WebAcl', {
  scope: 'REGIONAL',
  defaultAction: { allow: {} },
  visibilityConfig: visible('tvm'),
  dataProtectionConfig: webAclDataProtection(),
  rules: [
    {
      name: 'common',
      priority: 0,
      overrideAction: { none: {} },
      visibilityConfig: visible('common'),
      statement: { managedRuleGroupStatement: { vendorName: 'AWS', name: 'AWSManagedRulesCommonRuleSet' } },
    },
    {
      name: 'per-address',
      priority: 1,
      action: { block: {} },
      visibilityConfig: visible('per-address'),
      statement: { rateBasedStatement: { aggregateKeyType: 'IP', limit: 2000 } },
    },
  ],
});
new TokenVendingMachine(stack, 'Tvm', {
  issuers: issuers(app),
  permissionSets: [PermissionSet.of('documents', TenantAccess.s3Prefix(documentsBucket(stack)))],
  webAcl,
});
app.synth();
