// One HTTP request, taken apart once: raw path, decoded query, one value per header, whole body. Everything after this
// file works on the value, so what was verified and authorised cannot differ from what is executed.
import type { IncomingMessage } from 'node:http';
import { AwsRefusal } from '../refusal.ts';

/** A request as it came. Nothing in it is trusted yet. */
export interface WireRequest {
  readonly method: string;
  /** As sent, percent-encoded, never normalised: `..` and `//` are ordinary parts of an S3 key. */
  readonly path: string;
  /** Decoded, in the order sent; every name occurs once. */
  readonly query: ReadonlyMap<string, string>;
  /** Lower-case names; every name occurs once. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** Bodies are held in memory, so they need an end. Far above what people try locally, far below what hurts. */
const maxBodyBytes = 128 * 1024 * 1024;

/** Reads the body and takes the request apart. Throws {@link AwsRefusal}. */
export async function readWireRequest(message: IncomingMessage): Promise<WireRequest> {
  const target = parseTarget(message.url ?? '');
  const headers = parseHeaders(message.rawHeaders);
  return { method: message.method ?? '', ...target, headers, body: await readBody(message) };
}

/** Splits a request target. Exported for tests of hostile targets. */
export function parseTarget(target: string): Pick<WireRequest, 'path' | 'query'> {
  // An absolute-form target would bring a second host, a fragment a second reading of the path.
  if (!target.startsWith('/') || target.includes('#')) throw badUri();
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = new Map<string, string>();
  for (const piece of mark === -1 ? [] : target.slice(mark + 1).split('&')) {
    if (piece === '') continue;
    // A bare plus is a space to some and a plus to others; SDKs always write %20 or %2B.
    if (piece.includes('+')) throw badUri();
    const equals = piece.indexOf('=');
    const name = decode(equals === -1 ? piece : piece.slice(0, equals));
    if (query.has(name)) throw new AwsRefusal('InvalidArgument', 400, 'A query parameter is given twice.');
    query.set(name, equals === -1 ? '' : decode(piece.slice(equals + 1)));
  }
  return { path, query };
}

/** Percent-decodes strictly: broken escapes and broken UTF-8 are refused. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw badUri();
  }
}

function badUri(): AwsRefusal {
  return new AwsRefusal('InvalidURI', 400, "Couldn't parse the specified URI.");
}

function parseHeaders(raw: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase();
    // Two values of one header: signer, verifier and executor could each pick another.
    if (headers.has(name)) throw new AwsRefusal('InvalidRequest', 400, `The header ${name} is given twice.`);
    headers.set(name, raw[index + 1]!);
  }
  return headers;
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBodyBytes) {
      throw new AwsRefusal('EntityTooLarge', 400, 'Your proposed upload exceeds the maximum allowed size');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
