// The adapter for Amplify for JavaScript v6: its shape, and that no user is given another's credentials.
import { describe, expect, it } from 'vitest';
import { createAmplifyCredentialsProvider, type AmplifyProviderOptions } from '../../client/index.ts';
import { refused, scripted, start, vended, type Seen, type Step } from './fixtures.ts';

/** Amplify's types, as its package has them.
 * @see https://github.com/aws-amplify/amplify-js/blob/main/packages/core/src/singleton/Auth/types.ts */
interface AmplifyJwt {
  payload: Record<string, unknown>;
  toString(): string;
}
interface AmplifyTokens {
  idToken?: AmplifyJwt;
  accessToken: AmplifyJwt;
}
type GetCredentialsOptions =
  | { authenticated: true; forceRefresh?: boolean; authConfig: object | undefined; tokens: AmplifyTokens }
  | { authenticated: false; forceRefresh?: boolean; authConfig: object | undefined; tokens?: never };
interface CredentialsAndIdentityIdProvider {
  getCredentialsAndIdentityId(options: GetCredentialsOptions): Promise<
    | {
        credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string; expiration?: Date };
        identityId?: string;
      }
    | undefined
  >;
  clearCredentialsAndIdentityId(): void;
}

const jwt = (text: string): AmplifyJwt => ({ payload: {}, toString: () => text });
const signedIn = (access: string, id = `id of ${access}`, forceRefresh = false): GetCredentialsOptions => ({
  authenticated: true,
  forceRefresh,
  authConfig: {},
  tokens: { accessToken: jwt(access), idToken: jwt(id) },
});
const nobody: GetCredentialsOptions = { authenticated: false, authConfig: {} };

function trial(
  steps: readonly Step[],
  options: Partial<AmplifyProviderOptions> = {},
): { readonly provider: CredentialsAndIdentityIdProvider; readonly seen: readonly Seen[] } {
  const { fetch, seen } = scripted(...steps);
  const waiting = { sleep: async () => undefined, chance: () => 0 };
  const provider = createAmplifyCredentialsProvider({
    url: 'https://tvm.example.com',
    fetch,
    clock: () => start,
    waiting,
    ...options,
  });
  return { provider, seen };
}

describe('the provider for Amplify', () => {
  it("vends with Amplify's access token and gives what Amplify expects", async () => {
    const { provider, seen } = trial([() => vended(start)]);
    expect(await provider.getCredentialsAndIdentityId(signedIn('a.b.c'))).toEqual({
      credentials: {
        accessKeyId: 'ASIA1',
        secretAccessKey: 'secret of ASIA1',
        sessionToken: 'session of ASIA1',
        expiration: new Date(start + 3_600_000),
      },
    });
    expect(seen.map(({ token }) => token)).toEqual(['Bearer a.b.c']);
  });

  it('sends the ID token where asked, and gives the identity id that Storage insists on', async () => {
    const { provider, seen } = trial([() => vended(start)], { use: 'id', identityId: 'acme' });
    expect(await provider.getCredentialsAndIdentityId(signedIn('a'))).toMatchObject({ identityId: 'acme' });
    expect(seen.map(({ token }) => token)).toEqual(['Bearer id of a']);
  });

  it('vends once for many calls, and again when forced', async () => {
    const { provider, seen } = trial([() => vended(start)]);
    await Promise.all([1, 2, 3].map(() => provider.getCredentialsAndIdentityId(signedIn('a'))));
    expect(seen.length).toBe(1);
    await provider.getCredentialsAndIdentityId(signedIn('a', 'i', true));
    expect(seen.length).toBe(2);
  });

  it('gives nothing and asks nothing where nobody is signed in', async () => {
    const { provider, seen } = trial([() => vended(start)]);
    await provider.getCredentialsAndIdentityId(signedIn('a'));
    expect(await provider.getCredentialsAndIdentityId(nobody)).toBeUndefined();
    expect(seen.length).toBe(1);
    const withoutId: GetCredentialsOptions = { authenticated: true, authConfig: {}, tokens: { accessToken: jwt('a') } };
    expect(await trial([], { use: 'id' }).provider.getCredentialsAndIdentityId(withoutId)).toBeUndefined();
  });

  it('never gives one user what was vended for another, cleared or not, whichever answer comes first', async () => {
    const answers: (() => void)[] = [];
    const slow = (id: string) => (): Promise<Response> =>
      new Promise((resolve) => answers.push(() => resolve(vended(start, id))));
    const { provider } = trial([slow('ASIAa'), slow('ASIAb')]);
    const [a, b] = [signedIn('a'), signedIn('b')].map((one) => provider.getCredentialsAndIdentityId(one));
    await expect.poll(() => answers.length).toBe(2);
    answers.toReversed().forEach((answer) => answer());
    expect([(await a)?.credentials.accessKeyId, (await b)?.credentials.accessKeyId]).toEqual(['ASIAa', 'ASIAb']);
  });

  it('forgets on sign-out', async () => {
    const { provider, seen } = trial([() => vended(start)]);
    await provider.getCredentialsAndIdentityId(signedIn('a'));
    provider.clearCredentialsAndIdentityId();
    await provider.getCredentialsAndIdentityId(signedIn('a'));
    expect(seen.length).toBe(2);
  });

  it('takes a token of the application’s own, read each time', async () => {
    let token = 'x\n';
    const { provider, seen } = trial([() => vended(start)], { token: () => token });
    await provider.getCredentialsAndIdentityId(nobody);
    await provider.getCredentialsAndIdentityId(nobody);
    token = 'y';
    await provider.getCredentialsAndIdentityId(nobody);
    token = '';
    expect(await provider.getCredentialsAndIdentityId(nobody)).toBeUndefined();
    expect(seen.map((one) => one.token)).toEqual(['Bearer x', 'Bearer y']);
  });

  it('passes refusals on, and covers none up with what it holds', async () => {
    const { provider } = trial([() => vended(start), () => refused('tenant-disabled', 403)]);
    await provider.getCredentialsAndIdentityId(signedIn('a'));
    await expect(provider.getCredentialsAndIdentityId(signedIn('a', 'i', true))).rejects.toMatchObject({
      code: 'tenant-disabled',
    });
  });

  it('refuses a URL in clear text before anything is asked', () => {
    expect(() => trial([], { url: 'http://tvm.example.com' })).toThrow(TypeError);
  });
});
