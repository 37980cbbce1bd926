// Variant: one statement, every default. HTTP API, one permission set, alarms, and the dashboard.
import { Stack } from 'aws-cdk-lib';
import { PermissionSet, TenantAccess, TokenVendingMachine } from '../../lib/index.ts';
import { documentsBucket, issuers, reviewedApp } from './reviewed-app.ts';

const app = reviewedApp();
const stack = new Stack(app, 'TvmIntegDefault');
const machine = new TokenVendingMachine(stack, 'Tvm', {
  issuers: issuers(app),
  permissionSets: [PermissionSet.of('documents', TenantAccess.s3Prefix(documentsBucket(stack)))],
});
machine.addDashboard();
app.synth();
