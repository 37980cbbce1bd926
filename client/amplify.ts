// The shape in which Amplify for JavaScript (v6) takes credentials of one's own: `Auth.credentialsProvider` of its library options.
// Written as structure, because this room has no dependencies; Amplify is nowhere imported.
// @see https://github.com/aws-amplify/amplify-js/blob/main/packages/core/src/singleton/Auth/types.ts
import {
  fromTokenVendingMachine,
  type CredentialProvider,
  type ProviderOptions,
  type TokenSource,
} from './provider.ts';

/** What Amplify passes in; `authenticated` is false where its token provider has no tokens, which is: nobody is signed in. */
export interface AmplifyCredentialsOptions {
  readonly authenticated: boolean;
  readonly forceRefresh?: boolean;
  readonly tokens?: { readonly idToken?: AmplifyToken; readonly accessToken: AmplifyToken };
}

/** Amplify's own JWT object, whose text is the token. */
interface AmplifyToken {
  readonly toString: () => string;
}

/** What Amplify wants back. Mutable, as Amplify's own type is. */
export interface AmplifyCredentials {
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string; expiration: Date };
  identityId?: string;
}

/** Amplify's `CredentialsAndIdentityIdProvider`. */
export interface AmplifyCredentialsProvider {
  getCredentialsAndIdentityId: (options: AmplifyCredentialsOptions) => Promise<AmplifyCredentials | undefined>;
  clearCredentialsAndIdentityId: () => void;
}

/** As for a provider; the token is the one of Amplify's token provider, unless another source is given. */
export interface AmplifyProviderOptions extends Omit<ProviderOptions, 'token'> {
  /** For an application that signs people in elsewhere. A function is called each time Amplify asks.
   * @default Amplify's own token */
  readonly token?: TokenSource;
  /** Which of Amplify's own tokens is sent. @default 'access' */
  readonly use?: 'access' | 'id';
  /** Amplify Storage refuses to work without an identity id, and puts it into the paths of its old access levels.
   * @default none */
  readonly identityId?: string;
}

/** Makes what goes into `Amplify.configure(resources, { Auth: { credentialsProvider } })`. Rejects as the provider does; where nobody
 * is signed in it gives undefined, as Amplify's own does without guests. Credentials belong to the very token that they were vended
 * for: whoever signs in next is never given those of the one before, also where the application forgets to clear them.
 * @throws TypeError where the URL could carry the token in clear text. */
export function createAmplifyCredentialsProvider({
  token: source,
  use = 'access',
  identityId,
  ...options
}: AmplifyProviderOptions): AmplifyCredentialsProvider {
  let held: { readonly token: string; readonly provider: CredentialProvider } | undefined;
  // Says now, not at the first call, what is wrong with the URL.
  fromTokenVendingMachine({ ...options, token: '' });

  const readToken = async ({ authenticated, tokens }: AmplifyCredentialsOptions): Promise<string> => {
    if (source !== undefined) return typeof source === 'string' ? source : source();
    const token = use === 'id' ? tokens?.idToken : tokens?.accessToken;
    return authenticated && token !== undefined ? token.toString() : '';
  };
  return {
    getCredentialsAndIdentityId: async (asked) => {
      const token = (await readToken(asked)).trim();
      if (token === '') return undefined;
      if (held?.token !== token) held = { token, provider: fromTokenVendingMachine({ ...options, token }) };
      const { forceRefresh = false } = asked;
      const { accessKeyId, secretAccessKey, sessionToken, expiration } = await held.provider({ forceRefresh });
      return {
        credentials: { accessKeyId, secretAccessKey, sessionToken, expiration },
        ...(identityId === undefined ? {} : { identityId }),
      };
    },
    clearCredentialsAndIdentityId: () => {
      held = undefined;
    },
  };
}
