// The whole machine as the HTTP targets ask it, and what must hold of any answer.
import { answer } from '../../../core/answer.ts';
import { errorTable, TvmError } from '../../../core/errors.ts';
import type { HttpRequest } from '../../../core/protocol/http.ts';
import { readXml } from '../../../core/protocol/xml-reader.ts';
import { claimsWith, configWith, secrets, stubMachine, type StubMachine } from '../../core/fixtures.ts';
import { promise } from '../target.ts';

export const config = configWith({ explain: true, cors: { origins: ['https://app.example'] } });
const { signal } = new AbortController();
export const isCredential = (text: string): boolean =>
  text.includes(secrets.secretAccessKey) || text.includes(secrets.sessionToken);

export function request(over: Partial<HttpRequest>): HttpRequest {
  return {
    method: 'POST',
    path: '/sts',
    query: new Map(),
    headers: new Map(),
    body: new Uint8Array(),
    requestId: 'r',
    ...over,
  };
}

/** A machine whose verifier knows one token, and whose STS must be asked for the tenant of that token alone. */
function machineOf(): StubMachine {
  const verifyToken = async (token: string): Promise<ReturnType<typeof claimsWith>> => {
    if (token !== secrets.token) throw new TvmError('token-invalid');
    return claimsWith();
  };
  return stubMachine({ config, verifyToken });
}

/** Asks the whole machine and holds the answer against properties P4, P5 and P12. */
export async function askMachine(asked: HttpRequest): Promise<{ readonly status: number; readonly body: string }> {
  const machine = machineOf();
  const response = await answer(machine, asked, { signal, coldStart: false });
  const { status, headers, body } = response;
  const statuses = new Set(Object.values(errorTable).flatMap((row) => [row.status, row.sts.status]));
  promise(status === 200 || status === 204 || statuses.has(status), `answers the status ${status}`);
  promise(
    headers['Cache-Control'] === 'no-store' && headers['X-Request-Id'] === 'r',
    'lacks the headers of every answer',
  );
  promise(status === 204 ? body === '' : headers['Content-Type'] !== undefined, 'a body without a type');
  promise(
    Object.values(headers).every((value) => !/[\r\n]/.test(value)),
    'a header that could be two',
  );
  if (headers['Content-Type']?.includes('json') === true) JSON.parse(body);
  else
    promise(
      status === 204 ||
        readXml(body, status === 200 ? 'AssumeRoleWithWebIdentityResponse' : 'ErrorResponse') !== undefined,
      'XML that is none',
    );
  promise(
    isCredential(body) === (machine.assumed.length === 1 && status === 200),
    'credentials without a vend, or a vend without them',
  );
  promise(
    machine.assumed.every((input) => input.tags[0]!.value === 'acme' && input.policy.includes('tenants/acme/*')),
    'asks STS for another tenant',
  );
  promise(status === 200 || machine.assumed.length === 0, 'asks STS and refuses');
  promise(
    machine.records.length <= 1 && (machine.assumed.length === 0 || machine.records.length === 1),
    'vends without its one record',
  );
  return response;
}
