// Tells one run of local mode from the next, which forgets all sessions of the one before: credentials kept from then would be
// served for an hour and refused by everything.
import { sha256 } from './key.ts';

/** Milliseconds. It is this machine. */
const timeout = 1_000;

/** What changes with each start of local mode: its issuer's keys. Empty where nothing of that kind answers. */
export function localInstance(url: string): Promise<string> {
  // By getBuiltinModule: an import of node:http and the built-in fetch both load undici, which would double the start of a
  // process that runs for every call of the AWS command line.
  const { get } = process.getBuiltinModule('node:http');
  return new Promise((resolve) => {
    const request = get(`${url.replace(/\/+$/, '')}/oidc/jwks`, { timeout, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(response.statusCode === 200 ? sha256(text) : ''));
      response.on('error', () => resolve(''));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(''));
  });
}
