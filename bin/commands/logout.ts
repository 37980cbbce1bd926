// tvm logout: forgets a login on this computer and has the issuer take its refresh token back. What was vended lives on until it
// expires, as all credentials do, but is not given out here any more.
import { withLock } from '../cache/lock.ts';
import { openKeychain } from '../login/keychain.ts';
import { openLoginFolder } from '../login/login-folder.ts';
import { loginKey } from '../login/login-file.ts';
import { forgetLogin } from '../login/login-token.ts';
import { exitCodes, print, say, type Command } from './command.ts';
import { checkName } from './login.ts';

export const logout: Command = {
  summary: 'forget a login, and have the issuer take its refresh token back',
  usage: '  tvm logout NAME\n\n  --json                 as JSON',
  operand: 'NAME',
  options: { json: { type: 'boolean' } },
  run: async (values, _rest, name) => {
    checkName(name);
    const folder = openLoginFolder(process.env);
    // Not while it is being renewed: the renewal would write it again.
    const forgotten = await withLock<Awaited<ReturnType<typeof forgetLogin>>>(
      folder,
      loginKey(name),
      () => undefined,
      () => forgetLogin(folder, name, openKeychain),
    );
    const { login, refreshToken } = forgotten ?? {};
    const revoked =
      login !== undefined &&
      refreshToken !== undefined &&
      (await (await import('../login/oidc.ts')).revoke(login, refreshToken));
    if (values['json'] === true) print(JSON.stringify({ login: name, forgotten: login !== undefined, revoked }));
    say(describe(name, login !== undefined, revoked));
    return exitCodes.ok;
  },
};

function describe(name: string, forgotten: boolean, revoked: boolean): string {
  if (!forgotten) return `tvm: there was no login ${name}`;
  return revoked
    ? `tvm: logged out of ${name}; the issuer took the refresh token back`
    : `tvm: logged out of ${name} here; the issuer was not told`;
}
