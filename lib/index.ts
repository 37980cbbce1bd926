// The constructs: the root export of the package.
export { SynthError, type SynthErrorName, type SynthErrorText } from './errors.ts';
export type { VendingMetric } from './metrics.ts';
export { PermissionSet, type PermissionSetProps } from './permission-set.ts';
export type { AccessLevel } from './tenant-access/access-level.ts';
export type { DynamoDbLeadingKeyOptions, TenantTable } from './tenant-access/dynamo-db-leading-key.ts';
export type { S3PrefixOptions, TenantBucket } from './tenant-access/s3-prefix.ts';
export type { TenantStatement } from './tenant-access/statement.ts';
export { TenantAccess } from './tenant-access/tenant-access.ts';
export { TenantClaim } from './tenant-claim.ts';
export { TenantIdFormat, type TenantIdLength } from './tenant-id-format.ts';
export {
  TokenIssuer,
  type CognitoIssuerOptions,
  type OidcIssuerOptions,
  type StaticJwks,
  type StaticJwksOptions,
  type TokenIssuerOptions,
} from './token-issuer.ts';
export { TokenVendingMachine } from './token-vending-machine.ts';
export { TokenVendingMachineGrants } from './token-vending-machine-grants.ts';
export type { TokenVendingMachineProps } from './token-vending-machine-props.ts';
export { TokenVendingMachineStack, type TokenVendingMachineStackProps } from './token-vending-machine-stack.ts';
