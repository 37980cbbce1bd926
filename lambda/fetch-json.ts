// The one outbound GET of the function: issuer discovery and key sets. https (http for loopback only, by the caller's check),
// no redirects, bounded in bytes and time, no compression. It must only ever see addresses an operator configured.
import type { IncomingMessage } from 'node:http';

/** Bounds of one fetch. */
export interface FetchBounds {
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** GETs a JSON document. Rejects on any status but 200 (redirects included: following one lets an issuer point inside our
 * network), on too many bytes, on an abort and on what is no JSON. */
export async function fetchJson(url: string, { maxBytes, signal }: FetchBounds): Promise<unknown> {
  const response = await open(url, signal);
  if (response.statusCode !== 200) {
    response.destroy();
    throw new TypeError(`status ${response.statusCode ?? 0}`);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      response.destroy();
      throw new TypeError(`over ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
}

function open(url: string, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { get } = process.getBuiltinModule(url.startsWith('https:') ? 'node:https' : 'node:http');
    // Loaded when an address of its kind is asked, and not imported: see build.ts.
    get(url, { signal, headers: { accept: 'application/json', 'accept-encoding': 'identity' } }, resolve).on(
      'error',
      reject,
    );
  });
}
