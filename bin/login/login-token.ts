// The token of a login, renewed when it is over: by one process at a time, because an issuer that sees a refresh token twice takes it
// for stolen and ends the whole login.
import { randomUUID } from 'node:crypto';
import { withLock } from '../cache/lock.ts';
import { CommandError, exitCodes, say } from '../commands/command.ts';
import { needKeychain, openKeychain, type Keychain } from './keychain.ts';
import { openLoginFolder } from './login-folder.ts';
import { loginKey, loginName, readLogin, removeLogin, writeLogin, type Login, type LoginChoice } from './login-file.ts';
import type { IssuedTokens } from './oidc.ts';

/** Milliseconds. A token that ends sooner is renewed first: the machine's check comes later than ours. */
const leastLife = 60_000;
/** Clocks are set; a little back is no reason to renew. */
const clockTolerance = 60_000;

/** The token, renewed where it is due. Rejects with a token error that says to log in, or a configuration error. */
export async function loginToken(name: string, keychain = openKeychain): Promise<string> {
  const folder = openLoginFolder(process.env);
  const fresh = (): Login | undefined => {
    const login = needLogin(folder, name);
    const now = Date.now();
    return login.expiresAt - now >= leastLife && now > login.receivedAt - clockTolerance ? login : undefined;
  };
  const login =
    fresh() ??
    (await withLock(
      folder,
      loginKey(name),
      fresh,
      () => renew(folder, name, keychain),
      // Elsewhere a lock that cannot be had is done without. Here that could spend a refresh token twice.
      async () => {
        throw new CommandError(
          exitCodes.configuration,
          `the login ${name} could not be renewed: another process is at it, or ${folder} cannot be written`,
          'run it again',
        );
      },
    ));
  return login.token;
}

/** What is kept for a login is found by this; a new login under the same name has another. Throws a token error. */
export function loginHolder(name: string): readonly unknown[] {
  return ['login', needLogin(openLoginFolder(process.env), name).id];
}

function needLogin(folder: string, name: string): Login {
  const login = readLogin(folder, name);
  if (login !== undefined) return login;
  // What is no name may be a token that was put into the wrong option or variable.
  if (!loginName.test(name))
    throw new CommandError(exitCodes.usage, '--login is no name of a login', '--login work, after tvm login work');
  throw new CommandError(
    exitCodes.token,
    `there is no login ${JSON.stringify(name)}`,
    `tvm login ${name} --issuer URL --client-id ID`,
  );
}

async function renew(folder: string, name: string, open: () => Promise<Keychain | undefined>): Promise<Login> {
  const login = needLogin(folder, name);
  const { loginIsOver, refresh } = await import('./oidc.ts');
  const refreshToken = await readRefreshToken(login, open);
  if (refreshToken === undefined) throw loginIsOver(name, 'the issuer gave nothing to renew it with');
  const issued = await refresh(login, refreshToken, name);
  try {
    return await keepLogin(folder, name, login, issued, login.keptIn === 'keychain' ? open : async () => undefined);
  } catch {
    // The token is good all the same, and the next renewal will say to log in again.
    say(`tvm: the login ${name} could not be kept\ntry: tvm login ${name} once ${folder} can be written`);
    return toLogin(login, issued, 'nowhere');
  }
}

async function readRefreshToken(login: Login, open: () => Promise<Keychain | undefined>): Promise<string | undefined> {
  if (login.keptIn !== 'keychain') return login.refreshToken;
  const keychain = await needKeychain(open);
  return keychain.read(login.id).catch((cause: unknown) => {
    throw new CommandError(
      exitCodes.configuration,
      'the keychain cannot be read',
      'unlock it, or log in again with --no-keychain',
      cause,
    );
  });
}

/** Keeps what was issued, the refresh token in the keychain where there is one that takes it, else in the file. */
export async function keepLogin(
  folder: string,
  name: string,
  choice: LoginChoice & { readonly id?: string },
  issued: IssuedTokens,
  open: () => Promise<Keychain | undefined>,
): Promise<Login> {
  const login = toLogin(choice, issued, issued.refreshToken === undefined ? 'nowhere' : 'file');
  if (issued.refreshToken === undefined) {
    writeLogin(folder, name, login);
    return login;
  }
  const keychain = await open();
  const isKept = await keychain?.write(login.id, issued.refreshToken).then(
    () => true,
    // No keychain in this session, locked, or the token is too long for it: the private file has to do.
    () => false,
  );
  const kept: Login =
    isKept === true ? { ...login, keptIn: 'keychain' } : { ...login, refreshToken: issued.refreshToken };
  writeLogin(folder, name, kept);
  return kept;
}

function toLogin(
  { issuer, clientId, scope, audience, use, id = randomUUID() }: LoginChoice & { readonly id?: string },
  { token, lifetime }: IssuedTokens,
  keptIn: Login['keptIn'],
): Login {
  const now = Date.now();
  const choice = { issuer, clientId, scope, use, ...(audience === undefined ? {} : { audience }) };
  return { version: 1, id, ...choice, token, receivedAt: now, expiresAt: now + lifetime, keptIn };
}

/** Forgets a login here. Resolves with its refresh token, for the issuer to take back; undefined where there was no login. */
export async function forgetLogin(
  folder: string,
  name: string,
  open: () => Promise<Keychain | undefined>,
): Promise<{ readonly login: Login; readonly refreshToken?: string } | undefined> {
  const login = readLogin(folder, name);
  if (login === undefined) {
    removeLogin(folder, name);
    return undefined;
  }
  const keychain = login.keptIn === 'keychain' ? await open() : undefined;
  // What cannot be read cannot be taken back either; the file goes in any case.
  const refreshToken = await (keychain?.read(login.id).catch(() => undefined) ?? login.refreshToken);
  removeLogin(folder, name);
  await keychain?.remove(login.id).catch(() => undefined);
  return { login, ...(refreshToken === undefined ? {} : { refreshToken }) };
}
