// One bucket whose keys begin with a tenant, one table whose items do, and the machine that vends credentials for one tenant's
// part of both. Change the issuer to yours; everything a tenant may do is in the permission set.
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { BlockPublicAccess, Bucket } from 'aws-cdk-lib/aws-s3';
import { PermissionSet, TenantAccess, TokenIssuer, TokenVendingMachine } from 'token-vending-machine';

const app = new App();
const stack = new Stack(app, 'Demo');

const bucket = new Bucket(stack, 'Documents', {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  enforceSSL: true,
  removalPolicy: RemovalPolicy.RETAIN,
});
const table = new Table(stack, 'Index', {
  partitionKey: { name: 'pk', type: AttributeType.STRING },
  sortKey: { name: 'sk', type: AttributeType.STRING },
  billingMode: BillingMode.PAY_PER_REQUEST,
});

new TokenVendingMachine(stack, 'Tvm', {
  issuers: [TokenIssuer.oidc('https://login.example.com/', { audiences: ['my-api'] })],
  permissionSets: [
    PermissionSet.of('documents', TenantAccess.s3Prefix(bucket), TenantAccess.dynamoDbLeadingKey(table)),
  ],
});
