// local/aws: an in-process AWS of one account, for trying and testing. Re-exports only.
export { startLocalAws } from './server.ts';
export type { LocalAws, LocalAwsOptions } from './server.ts';
export { createAccessKey } from './sessions.ts';
export type { LocalCredentials } from './sessions.ts';
export type { AttributeValue } from './dynamodb/dynamodb.ts';
