// token-vending-machine/client: credentials of one tenant for applications. No dependencies; browsers and Node.
export {
  createAmplifyCredentialsProvider,
  type AmplifyCredentials,
  type AmplifyCredentialsOptions,
  type AmplifyCredentialsProvider,
  type AmplifyProviderOptions,
} from './amplify.ts';
export {
  fromTokenVendingMachine,
  type CredentialProvider,
  type ProviderOptions,
  type TokenSource,
  type VendedCredentials,
} from './provider.ts';
export { createTokenVendingMachineProviders, type ProviderLookup, type ProvidersOptions } from './providers.ts';
export { isOutage, VendRefusedError, VendUnreachableError } from './refusal.ts';
export type { Waiting } from './retry.ts';
export { requestCredentials, type CredentialsDocument, type Fetch, type VendOptions } from './vend.ts';
