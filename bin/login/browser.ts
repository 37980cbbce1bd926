// Opens an address in the person's browser with the system's own opener. No shell: an issuer wrote part of the address. What is not
// https, or http to this computer, is not opened.
import { spawn } from 'node:child_process';
import { isLoopbackUrl } from '../../core/url.ts';

/** Whether a browser may be sent there. */
export function isOpenable(address: string): boolean {
  return URL.canParse(address) && (new URL(address).protocol === 'https:' || isLoopbackUrl(address));
}

/** Program and arguments of the system's opener; the address is one argument, whatever is in it. */
export function openerOf(platform: string, address: string): readonly [program: string, ...args: readonly string[]] {
  if (platform === 'darwin') return ['open', address];
  // `start` is a word of the shell, which would read & and % in the address.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', address];
  return ['xdg-open', address];
}

/** Opens it, or does nothing where that is not possible: the address was printed as well. */
export function openBrowser(address: string): void {
  if (!isOpenable(address)) return;
  const [program, ...args] = openerOf(process.platform, new URL(address).href);
  spawn(program, args, { detached: true, stdio: 'ignore' })
    .on('error', () => undefined)
    .unref();
}
