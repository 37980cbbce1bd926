// Providers for many tenants in one process, such as an API that works on behalf of whoever calls it. Bounded, least recently
// used out first; keyed by the whole token, so that no two tenants can meet in one entry.
import { fromTokenVendingMachine, type CredentialProvider, type ProviderOptions } from './provider.ts';

/** As for one provider, but the token comes with each look-up. */
export interface ProvidersOptions extends Omit<ProviderOptions, 'token' | 'permissionSet'> {
  /** How many providers are kept. @default 1000 */
  readonly max?: number;
}

/** Gives the provider of a token. This is no authentication: until their RefreshAfter, kept credentials are given for a token
 * that has expired meanwhile, so verify your caller's token first. */
export type ProviderLookup = (token: string, permissionSet?: string) => CredentialProvider;

/** Makes a look-up of providers, each of which keeps its credentials and vends once for all its callers. */
export function createTokenVendingMachineProviders({ max = 1000, ...options }: ProvidersOptions): ProviderLookup {
  if (!Number.isInteger(max) || max < 1) throw new TypeError('max must be a whole number of at least 1');
  const providers = new Map<string, CredentialProvider>();
  return (token, permissionSet) => {
    // As JSON: no token and no name can run into one another.
    const key = JSON.stringify([token, permissionSet ?? null]);
    const provider =
      providers.get(key) ??
      fromTokenVendingMachine({ ...options, token, ...(permissionSet === undefined ? {} : { permissionSet }) });
    // A Map keeps the order of insertion: what was used last stands last.
    providers.delete(key);
    providers.set(key, provider);
    if (providers.size > max) providers.delete(providers.keys().next().value!);
    return provider;
  };
}
