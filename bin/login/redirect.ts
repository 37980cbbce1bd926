// The loopback address to which the issuer sends the browser back. Answers one request, the one that carries our state; everything
// else that pages and programs of this computer send is refused and does not end the wait.
// @see https://www.rfc-editor.org/rfc/rfc8252#section-7.3
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isLoopbackUrl } from '../../core/url.ts';
import { CommandError, exitCodes } from '../commands/command.ts';

/** A listening redirect address. */
export interface RedirectListener {
  /** What the issuer is told, with the port. */
  readonly redirectUri: string;
  /** Resolves with the address that the browser came back to. Rejects with a token error when the time is over. */
  readonly wait: (state: string, milliseconds: number) => Promise<URL>;
  readonly stop: () => void;
}

export const defaultRedirectUri = 'http://127.0.0.1:0/callback';

/** Listens. `wanted` is an http address of this computer; port 0 takes a free one. Rejects with a usage or configuration error. */
export async function listenForRedirect(wanted: string): Promise<RedirectListener> {
  const url = parseRedirectUri(wanted);
  const server = createServer({ maxHeaderSize: 16_384 });
  const address = url.hostname === '[::1]' ? '::1' : '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? `port ${url.port} is taken` : 'this computer cannot be listened on';
      reject(new CommandError(exitCodes.configuration, why, '--redirect-uri with another port, or --device', cause));
    });
    server.listen(Number(url.port === '' ? 80 : url.port), address, resolve);
  });
  url.port = String((server.address() as AddressInfo).port);
  return {
    redirectUri: url.href,
    wait: (state, milliseconds) => waitForState(server, url, state, milliseconds),
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function parseRedirectUri(wanted: string): URL {
  if (isLoopbackUrl(wanted)) {
    const url = new URL(wanted);
    const { protocol, search, hash, username } = url;
    if (protocol === 'http:' && search === '' && hash === '' && username === '') return url;
  }
  throw new CommandError(
    exitCodes.usage,
    '--redirect-uri is no http address of this computer',
    '--redirect-uri http://localhost:8400/callback, as it is registered at the issuer',
  );
}

function waitForState(server: Server, own: URL, state: string, milliseconds: number): Promise<URL> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        new CommandError(
          exitCodes.token,
          'nobody logged in in time',
          'run it again, or --device without a browser here',
        ),
      );
    }, milliseconds);
    let isOver = false;
    server.on('request', (request, response) => {
      const [status, words, back] = isOver ? ([410, 'This login is done.'] as const) : judge(request, own, state);
      answer(response, status, words);
      if (back === undefined) return;
      isOver = true;
      clearTimeout(timer);
      server.close();
      response.once('finish', () => resolve(back));
    });
  });
}

/** What is answered, and the address where it is the one that is waited for. */
function judge(request: IncomingMessage, own: URL, state: string): readonly [number, string, URL?] {
  // A name of an attacker's domain can resolve to 127.0.0.1; only the Host header still tells.
  if (request.headers.host !== own.host) return [403, 'The Host header is foreign.'];
  const path = request.url ?? '';
  if (!path.startsWith('/') || path.startsWith('//') || !URL.canParse(path, own.href))
    return [400, 'This is no address.'];
  const url = new URL(path, own);
  if (url.pathname !== own.pathname) return [404, 'There is nothing here.'];
  if (request.method !== 'GET') return [405, 'Only a browser that comes back from the issuer is answered.'];
  // Any page can send a browser here; only our issuer knows the state. A wrong one must not end the person's login.
  const states = url.searchParams.getAll('state');
  if (states.length !== 1 || states[0] !== state) return [400, 'This belongs to no login that was started here.'];
  return [200, 'You can close this window and go back to the terminal.', url];
}

/** Constant words: what the address holds is never repeated. */
function answer(response: ServerResponse, status: number, words: string): void {
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>tvm login</title><p>${words}</p></html>\n`;
  response
    .writeHead(status, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      Connection: 'close',
    })
    .end(page);
}
