// STS without its SDK: the form, a signature, one POST, a strict reader. Cold starts are why: the SDK's client is most of a
// bundle's bytes, and SDKs wait about a second. Everything it does is checked against sdk-connection.
import { openOrigin, type ExchangeBounds } from '../http-exchange.ts';
import { stsTimeouts, type OpenSts, type SigningCredentials } from './connection.ts';
import { readAssumeRoleAnswer, renderAssumeRoleForm, StsError } from './query.ts';
import { signRequest } from './sign.ts';

/** Clocks that differ by less are not corrected; STS takes 15 minutes. Milliseconds, as in AWS SDKs. */
const toleratedSkew = 300_000;

/** STS's own answers are under 4 KiB. */
const bounds: ExchangeBounds = {
  keepsConnections: true,
  connectTimeout: stsTimeouts.connect,
  answerTimeout: stsTimeouts.answer,
  maxBytes: 64 * 1024,
};

/** Opens an endpoint. */
export const openDirectConnection: OpenSts = ({ region, endpoint, credentials, clock }) => {
  const url = new URL(endpoint);
  const { host, pathname } = url;
  const path = pathname.endsWith('/') ? pathname : `${pathname}/`;
  const { exchange, connect } = openOrigin(url, bounds);
  let current: SigningCredentials | undefined;
  let skew = 0;

  return {
    send: async (input, signal) => {
      signal.throwIfAborted();
      current ??= credentials();
      const body = renderAssumeRoleForm(input);
      const unsigned = {
        host,
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': String(Buffer.byteLength(body)),
      };
      const headers = signRequest({
        region,
        credentials: current,
        time: clock() + skew,
        path,
        headers: unsigned,
        body,
      });
      const { status, date, text } = await exchange({ method: 'POST', path, headers, body, signal });
      const isSkewed = Math.abs(date - clock() - skew) >= toleratedSkew;
      if (isSkewed) skew = date - clock();
      if (status >= 300) throw new StsError(text, status, isSkewed);
      return readAssumeRoleAnswer(text);
    },
    renewCredentials: async () => {
      current = credentials();
    },
    warm: connect,
  };
};
