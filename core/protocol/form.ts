// application/x-www-form-urlencoded, read strictly: what two decoders could read in two ways (broken percent-encoding, invalid
// UTF-8, a name given twice) is refused, where the URL standard would repair it.
// @see https://url.spec.whatwg.org/#application/x-www-form-urlencoded
import { TvmError } from '../errors.ts';
import { http } from '../limits.ts';
import { decodeUtf8, StrictJsonError } from '../strict-json.ts';
import { singleHeader, type HttpRequest } from './http.ts';

/** The parameters of a form body, each given once. Throws `media-type-unsupported`, `request-too-large`, `request-invalid`. */
export function readForm(request: HttpRequest): ReadonlyMap<string, string> {
  const type = singleHeader(request, 'content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded(?:\s*;\s*charset="?utf-8"?)?\s*$/i.test(type)) {
    throw new TvmError('media-type-unsupported', { detail: 'the body is not application/x-www-form-urlencoded' });
  }
  if (request.body.length > http.maxFormBytes) throw new TvmError('request-too-large');
  const parameters = new Map<string, string>();
  for (const pair of decodeBytes(request.body).split('&')) {
    const at = pair.indexOf('=');
    if (at < 0) throw refuse('the form has a parameter without =');
    const name = decodeText(pair.slice(0, at));
    // Two values are two readings: whoever checked the request in front of us may have taken the other one.
    if (parameters.has(name)) throw refuse('the form repeats a parameter');
    parameters.set(name, decodeText(pair.slice(at + 1)));
  }
  return parameters;
}

function decodeBytes(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    if (cause instanceof StrictJsonError) throw refuse('the form is not UTF-8');
    throw cause;
  }
}

function decodeText(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw refuse('the form has broken percent-encoding or encodes what is not UTF-8');
  }
}

function refuse(detail: string): TvmError {
  return new TvmError('request-invalid', { detail });
}
