// Variant: machines in two Regions of one account, each the other's fallback, over documents in a second account.
// To deploy: -c dataAccount=… -c externalId=…; the machine of a Region before the data of that Region.
import { Stack } from 'aws-cdk-lib';
import { CrossAccountTenantAccessRole, TenantAccess, TokenVendingMachine } from '../../lib/index.ts';
import { documentsBucket, environment, issuers, reviewedApp, setting } from './reviewed-app.ts';

const app = reviewedApp();
const dataAccount = setting(app, 'dataAccount', '444455556666');
const externalId = setting(app, 'externalId', 'f2c9a1d07b6e4d31');
const fallbackOf = { 'us-east-1': 'us-west-2', 'us-west-2': 'us-east-1' } as const;

for (const region of ['us-east-1', 'us-west-2'] as const) {
  const env = environment(region);
  const executionRoleName = `tvm-integ-${region}`;
  const data = new Stack(app, `TvmIntegData-${region}`, { env: { account: dataAccount, region } });
  const documents = new CrossAccountTenantAccessRole(data, 'TenantAccess', {
    permissionSet: 'documents',
    access: [TenantAccess.s3Prefix(documentsBucket(data, `tvm-integ-documents-${dataAccount}-${region}`))],
    vendingAccount: env.account,
    executionRoleName,
    externalId,
  });
  new TokenVendingMachine(new Stack(app, `TvmIntegMachine-${region}`, { env }), 'Tvm', {
    issuers: issuers(app),
    permissionSets: [documents.toPermissionSet()],
    executionRoleName,
    stsFallbackRegion: fallbackOf[region],
  });
}
app.synth();
