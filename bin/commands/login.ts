// tvm login: a person logs in at an issuer once; from then on `--login NAME` gives the machine a token that renews itself.
import { withLock } from '../cache/lock.ts';
import { openKeychain } from '../login/keychain.ts';
import { openLoginFolder } from '../login/login-folder.ts';
import { loginKey, loginName, readLogin, type Login, type LoginChoice } from '../login/login-file.ts';
import { forgetLogin, keepLogin } from '../login/login-token.ts';
import { defaultRedirectUri } from '../login/redirect.ts';
import { CommandError, exitCodes, print, say, text, wholeNumber, type Command, type Values } from './command.ts';

/** Seconds for which a person is waited for. */
const defaultPatience = 300;

export const login: Command = {
  summary: 'log in at an issuer, so that --login NAME gives a token that renews itself',
  usage: `  tvm login NAME --issuer URL --client-id ID [OPTIONS]

  --issuer URL           the trusted issuer, exactly as the machine knows it
  --client-id ID         a public client there (no secret), registered with the redirect http://127.0.0.1/callback
  --scope "A B"          (default "openid offline_access")
  --audience AUD         asks for an access token for this API, where the issuer knows that parameter
  --use access|id        which token is sent to the machine (default access)
  --device               a code to type in elsewhere, for a computer without a browser
  --redirect-uri URL     http address of this computer, where the issuer wants exactly one (default ${defaultRedirectUri})
  --no-browser           open no browser, only print the address
  --no-keychain          keep the refresh token in a 0600 file, also where there is a keychain
  --wait SECONDS         how long to wait for the person (default ${defaultPatience})
  --json                 as JSON

  tvm login NAME alone logs in to the same issuer again. Logins are kept in TVM_STATE_DIR (default: tvm/logins in the folder for
  state), readable by you alone; the refresh token in the system's keychain where @napi-rs/keyring is installed.`,
  operand: 'NAME',
  options: {
    issuer: { type: 'string' },
    'client-id': { type: 'string' },
    scope: { type: 'string' },
    audience: { type: 'string' },
    use: { type: 'string' },
    device: { type: 'boolean' },
    'redirect-uri': { type: 'string' },
    'no-browser': { type: 'boolean' },
    'no-keychain': { type: 'boolean' },
    wait: { type: 'string' },
    json: { type: 'boolean' },
  },
  run: async (values, _rest, name) => {
    checkName(name);
    const folder = openLoginFolder(process.env);
    const before = readLogin(folder, name);
    const choice = readChoice(values, name, before);
    const asking = {
      redirectUri: text(values, 'redirect-uri') ?? defaultRedirectUri,
      open: values['no-browser'] !== true,
      patience: (wholeNumber(values, 'wait') ?? defaultPatience) * 1000,
    };
    const [{ discover }, { logInWithBrowser, logInWithDevice }] = [
      await import('../login/oidc.ts'),
      await import('../login/log-in.ts'),
    ];
    const logIn = values['device'] === true ? logInWithDevice : logInWithBrowser;
    const issued = await logIn(await discover(choice), choice, asking);
    const open = values['no-keychain'] === true ? async (): Promise<undefined> => undefined : openKeychain;
    // Not while the one before is being renewed: the renewal would write it again.
    const kept = await withLock<Login>(
      folder,
      loginKey(name),
      () => undefined,
      async () => {
        await forgetLogin(folder, name, openKeychain);
        return keepLogin(folder, name, choice, issued, open);
      },
    );
    report(values, name, kept);
    return exitCodes.ok;
  },
};

/** Throws a usage error for what is no name of a login. */
export function checkName(name: string): void {
  if (!loginName.test(name))
    throw new CommandError(exitCodes.usage, 'NAME is no name of a login', 'letters, digits and . _ - such as work');
}

function readChoice(values: Values, name: string, before: Login | undefined): LoginChoice {
  const issuer = text(values, 'issuer') ?? before?.issuer;
  const clientId = text(values, 'client-id') ?? before?.clientId;
  if (issuer === undefined || clientId === undefined)
    throw new CommandError(
      exitCodes.usage,
      `the first login ${name} needs an issuer and a client`,
      `tvm login ${name} --issuer https://idp.example.com/ --client-id ID`,
    );
  const use = text(values, 'use') ?? before?.use ?? 'access';
  if (use !== 'access' && use !== 'id')
    throw new CommandError(exitCodes.usage, '--use is neither access nor id', '--use access');
  const scope = text(values, 'scope') ?? before?.scope ?? 'openid offline_access';
  const audience = text(values, 'audience') ?? before?.audience;
  return { issuer, clientId, scope, use, ...(audience === undefined ? {} : { audience }) };
}

function report(values: Values, name: string, { issuer, expiresAt, keptIn }: Login): void {
  const expiration = new Date(expiresAt).toISOString().replace(/\.\d+Z$/, 'Z');
  if (values['json'] === true) print(JSON.stringify({ login: name, issuer, tokenExpiration: expiration, keptIn }));
  const where = {
    file: 'renewed by itself; the refresh token is in a private file',
    keychain: 'renewed by itself; the refresh token is in the keychain',
    nowhere: `good until ${expiration}: the issuer gave no refresh token (does it want the scope offline_access?)`,
  }[keptIn];
  say(`tvm: logged in as ${name}, ${where}`);
  say(`try: tvm whoami --login ${name}`);
}
