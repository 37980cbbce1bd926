// Decodes aws-chunked bodies: chunks with or without signatures, and trailers. Strict to the byte, because framing that is
// stored as data corrupts objects silently, and a chunk whose signature is not checked can be exchanged.
// @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
// @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
import { AwsRefusal } from '../refusal.ts';
import { hmac, isEqual, scopeText, sha256Hex, type VerifiedSignature } from '../wire/sigv4.ts';
import { s3Error } from './errors.ts';

/** A decoded body. */
export interface DecodedChunks {
  readonly body: Buffer;
  /** Lower-case names; each occurs once. */
  readonly trailers: ReadonlyMap<string, string>;
}

interface Line {
  readonly text: string;
  readonly next: number;
}

const chunkHead = /^([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/;

/** Decodes a body of one of the STREAMING kinds. Throws IncompleteBody or SignatureDoesNotMatch. */
export function decodeChunks(raw: Buffer, signature: VerifiedSignature): DecodedChunks {
  const isSigned = signature.payload === 'chunked-signed';
  const chunks: Buffer[] = [];
  let previous = signature.claim.signature;
  let position = 0;
  for (;;) {
    const line = readLine(raw, position);
    const [, size, chunkSignature] = chunkHead.exec(line.text) ?? [];
    if (size === undefined || isSigned !== (chunkSignature !== undefined)) throw malformed();
    const length = parseInt(size, 16);
    const chunk = raw.subarray(line.next, line.next + length);
    if (chunk.length !== length) throw malformed();
    if (chunkSignature !== undefined) {
      checkSignature(chunkSignature, signChunk(signature, previous, chunk));
      previous = chunkSignature;
    }
    position = line.next + length;
    if (length === 0) break;
    if (raw.toString('latin1', position, position + 2) !== '\r\n') throw malformed();
    position += 2;
    chunks.push(chunk);
  }
  return { body: Buffer.concat(chunks), trailers: readTrailers(raw, position, signature, previous) };
}

function readTrailers(
  raw: Buffer,
  start: number,
  signature: VerifiedSignature,
  previous: string,
): ReadonlyMap<string, string> {
  const trailers = new Map<string, string>();
  let position = start;
  while (position < raw.length) {
    const line = readLine(raw, position);
    position = line.next;
    if (line.text === '') break;
    const colon = line.text.indexOf(':');
    const name = line.text.slice(0, colon).trim().toLowerCase();
    if (colon < 1 || trailers.has(name)) throw malformed();
    trailers.set(name, line.text.slice(colon + 1).trim());
  }
  if (position !== raw.length || (trailers.size > 0 && !signature.hasTrailer)) throw malformed();
  const trailerSignature = trailers.get('x-amz-trailer-signature');
  trailers.delete('x-amz-trailer-signature');
  if (signature.payload === 'chunked-signed' && signature.hasTrailer) {
    if (trailerSignature === undefined) throw malformed();
    checkSignature(trailerSignature, signTrailers(signature, previous, trailers));
  } else if (trailerSignature !== undefined) {
    throw malformed();
  }
  return trailers;
}

function readLine(raw: Buffer, start: number): Line {
  const end = raw.indexOf('\r\n', start, 'latin1');
  if (end === -1 || end - start > 8192) throw malformed();
  return { text: raw.toString('latin1', start, end), next: end + 2 };
}

function signChunk({ claim, signingKey }: VerifiedSignature, previous: string, chunk: Buffer): string {
  const text = ['AWS4-HMAC-SHA256-PAYLOAD', claim.amzDate, scopeText(claim), previous, sha256Hex(''), sha256Hex(chunk)];
  return hmac(signingKey, text.join('\n')).toString('hex');
}

function signTrailers(
  { claim, signingKey }: VerifiedSignature,
  previous: string,
  trailers: ReadonlyMap<string, string>,
): string {
  const lines = [...trailers].map(([name, value]) => `${name}:${value}\n`).sort();
  const text = ['AWS4-HMAC-SHA256-TRAILER', claim.amzDate, scopeText(claim), previous, sha256Hex(lines.join(''))];
  return hmac(signingKey, text.join('\n')).toString('hex');
}

function checkSignature(given: string, expected: string): void {
  if (!isEqual(given, expected)) {
    throw new AwsRefusal('SignatureDoesNotMatch', 403, 'A chunk signature of the body does not match.');
  }
}

function malformed(): AwsRefusal {
  return s3Error('IncompleteBody', 'The aws-chunked body is malformed.');
}
