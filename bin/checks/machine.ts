// Checks of the way to the machine: TLS, discovery, clock, latency, and one real vend. What is vended is thrown away.
import { VendRefusedError } from '../../client/refusal.ts';
import { requestCredentials, requestDocument } from '../../client/vend.ts';
import { isRecord } from '../../core/iam/syntax.ts';
import { describeFailure } from '../commands/failure.ts';
import { fail, ok, warn, type Check } from './check.ts';

/** Milliseconds. What the fastest SDKs give a container endpoint, connecting included: PHP 1 s in all, JavaScript 1 s to connect. */
const budget = 1_000;
/** Milliseconds for one request of ours. */
const timeout = 8_000;
const day = 86_400_000;

/** The discovery document, or the check that says why there is none. */
export async function readDiscovery(url: string): Promise<Readonly<Record<string, unknown>> | Check> {
  try {
    const document = await requestDocument(
      { url, signal: AbortSignal.timeout(timeout) },
      '/.well-known/tvm-configuration',
    );
    if (isRecord(document) && Array.isArray(document['issuers'])) return document;
    return fail('discovery', 'what answers is no token vending machine', 'check --url or TVM_URL');
  } catch (cause) {
    const { message, hint } = describeFailure(cause);
    return fail('discovery', message, hint);
  }
}

/** The certificate, and how long it is still good. */
export async function checkTls(url: string): Promise<Check> {
  const { protocol, hostname, port } = new URL(url);
  if (protocol === 'http:') return ok('tls', 'none needed: the URL is this machine');
  const { connect } = await import('node:tls');
  return new Promise((resolve) => {
    const host = hostname.replace(/^\[|\]$/g, '');
    const socket = connect({ host, port: Number(port === '' ? 443 : port), servername: host, timeout }, () => {
      const left = Math.floor((Date.parse(socket.getPeerCertificate().valid_to) - Date.now()) / day);
      const words = `${socket.getProtocol() ?? 'TLS'}, certificate good for ${left} days`;
      resolve(left < 14 ? warn('tls', words, 'renew the certificate') : ok('tls', words));
      socket.destroy();
    });
    const broken = (reason: string): void => {
      resolve(
        fail('tls', `no trusted connection: ${reason}`, 'check host, proxy and CA; SDKs take public CAs only here'),
      );
      socket.destroy();
    };
    socket.on('error', (cause: NodeJS.ErrnoException) => broken(cause.code ?? cause.message));
    socket.on('timeout', () => broken('timeout'));
  });
}

/** Our clock against the machine's, which every refusal tells: one without a token costs nobody anything. */
export async function checkClock(url: string): Promise<Check> {
  const startedAt = Date.now();
  const signal = AbortSignal.timeout(timeout);
  const refusal = await requestDocument({ url, signal }, '/v1/identity').catch((cause: unknown) => cause);
  const serverTime = refusal instanceof VendRefusedError ? refusal.serverTime : undefined;
  if (serverTime === undefined) return warn('clock', 'the machine does not tell its time', 'check the clock by hand');
  // Whole seconds from there, and the answer took its time.
  const skew = Math.round((serverTime + 500 - (startedAt + Date.now()) / 2) / 1000);
  const words =
    skew === 0 ? 'agrees with the machine' : `${Math.abs(skew)} s ${skew > 0 ? 'behind' : 'ahead of'} the machine`;
  if (Math.abs(skew) >= 300)
    return fail('clock', words, 'set the clock (NTP): AWS refuses requests that are 5 minutes off');
  return Math.abs(skew) >= 30 ? warn('clock', words, 'set the clock (NTP)') : ok('clock', words);
}

/** A vend as an SDK would wait for it, twice: the first may meet a cold start. */
export async function checkVend(target: {
  readonly url: string;
  readonly token: string;
  readonly permissionSet?: string;
}): Promise<readonly Check[]> {
  const times: number[] = [];
  for (let count = 0; count < 2; count += 1) {
    const startedAt = performance.now();
    try {
      const { Tenant, PermissionSet } = await requestCredentials({ ...target, signal: AbortSignal.timeout(timeout) });
      times.push(Math.round(performance.now() - startedAt));
      if (count === 1) return [ok('vend', `${PermissionSet} for tenant ${Tenant}`), checkLatency(times)];
    } catch (cause) {
      const { message, hint } = describeFailure(cause);
      return [fail('vend', message, hint)];
    }
  }
  return [];
}

function checkLatency(times: readonly number[]): Check {
  const words = `a vend takes ${times.join(' ms, then ')} ms; SDKs wait ${budget} ms`;
  const hint = 'give the function more memory, or call from nearer; tvm credential-process waits longer than SDKs do';
  if (Math.min(...times) >= budget) return fail('latency', words, hint);
  return Math.max(...times) >= budget
    ? warn('latency', `${words}; the first may be a cold start`, hint)
    : ok('latency', words);
}
