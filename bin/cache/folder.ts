// Where `tvm credential-process` keeps credentials between calls: TVM_CACHE_DIR, else where the system keeps caches.
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** The folder; it need not exist yet. */
export function cacheFolder(environment: NodeJS.ProcessEnv, platform: string = process.platform): string {
  const own = environment['TVM_CACHE_DIR'];
  if (own !== undefined && own !== '') return resolve(own);
  const local = environment['LOCALAPPDATA'];
  if (platform === 'win32') return join(local ?? join(homedir(), 'AppData', 'Local'), 'tvm', 'cache');
  // A relative XDG path is invalid by its own specification: credentials must not land in whatever folder is current.
  const xdg = environment['XDG_CACHE_HOME'];
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), '.cache'), 'tvm');
}
