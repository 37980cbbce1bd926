// Where logins are kept: TVM_STATE_DIR, else where the system keeps what programs remember. Private, or not used at all.
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { preparePrivateFolder } from '../cache/private-file.ts';
import { CommandError, exitCodes } from '../commands/command.ts';

/** The folder; it need not exist yet. */
export function loginFolder(environment: NodeJS.ProcessEnv, platform: string = process.platform): string {
  const own = environment['TVM_STATE_DIR'];
  if (own !== undefined && own !== '') return resolve(own);
  const local = environment['LOCALAPPDATA'];
  if (platform === 'win32') return join(local ?? join(homedir(), 'AppData', 'Local'), 'tvm', 'logins');
  // A relative XDG path is invalid by its own specification: tokens must not land in whatever folder is current.
  const xdg = environment['XDG_STATE_HOME'];
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), '.local', 'state'), 'tvm', 'logins');
}

/** The folder, made or checked. Throws a configuration error where others could read what is put there. */
export function openLoginFolder(environment: NodeJS.ProcessEnv): string {
  const folder = loginFolder(environment);
  const why = preparePrivateFolder(folder);
  if (why === undefined) return folder;
  throw new CommandError(
    exitCodes.configuration,
    `the folder for logins ${folder} ${why}`,
    'TVM_STATE_DIR with a folder of your own, mode 0700',
  );
}
