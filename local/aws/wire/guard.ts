// Keeps other web pages and other host names out of the loopback port: a browser on this machine must not be turned
// into a client by a page from elsewhere (DNS rebinding, cross-site requests). Decides nothing about AWS.
import type { IncomingMessage } from 'node:http';

/** The reason why a request may not come in at all, or undefined. */
export function findForeignOrigin(message: IncomingMessage, port: number): string | undefined {
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`);
  const host = message.headers.host;
  if (host === undefined || !hosts.includes(host.toLowerCase())) {
    return `Local AWS answers to 127.0.0.1:${port} only (S3 path style, no bucket in the host name).`;
  }
  const { origin } = message.headers;
  if (origin !== undefined && !hosts.some((own) => origin.toLowerCase() === `http://${own}`)) {
    return 'Local AWS does not answer other web origins.';
  }
  const site = message.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return 'Local AWS does not answer cross-site requests.';
  }
  return undefined;
}
