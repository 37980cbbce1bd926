// The world of a load run in a process of its own: two issuers that go down now and then, and an STS that fails at set rates and
// keeps books of every session it makes, for whom and with which policy.
import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRandom } from '../../test/fuzz/random.ts';
import type { IssuerName, LedgerEntry, UpstreamsInput, UpstreamsNews, UpstreamsReady } from './messages.ts';

/** Of 10,000 calls of AssumeRole, how many go wrong in which way, at the usual rate. */
const faults = {
  throttled: 200,
  unavailable: 200,
  reset: 100,
  half: 100,
  html: 50,
  'of another session': 50,
  'without an end': 30,
  denied: 30,
  hanging: 5,
} as const;
type Fault = keyof typeof faults;

/** Milliseconds: the first issuer is down for the last three of each fifteen seconds, the second for the first fifteen of a run. */
const outage = { period: 15_000, length: 3_000, beginning: 15_000 } as const;

process.once('message', (input: UpstreamsInput) => void start(input));

async function start({ seed, faults: rate, keys }: UpstreamsInput): Promise<void> {
  const random = createRandom(seed);
  const startedAt = Date.now();
  let entries: LedgerEntry[] = [];
  let counts: Record<string, number> = {};
  const count = (name: string): void => void (counts[name] = (counts[name] ?? 0) + 1);

  const isDown = (name: IssuerName): boolean => {
    const age = Date.now() - startedAt;
    if (rate === 0) return false;
    return name === 'first' ? age % outage.period > outage.period - outage.length : age < outage.beginning;
  };
  const serveIssuer = async (name: IssuerName): Promise<string> => {
    const jwks = JSON.stringify({ keys: [{ ...keys[name], kid: name, use: 'sig' }] });
    const url = await listen((request, response) => {
      count(isDown(name) ? 'issuer down' : 'issuer asked');
      if (isDown(name)) return void response.writeHead(500).end('down');
      response.setHeader('content-type', 'application/json');
      return void response.end(
        request.url === '/jwks' ? jwks : JSON.stringify({ issuer: url, jwks_uri: `${url}/jwks` }),
      );
    });
    return url;
  };

  const pickFault = (): Fault | undefined => {
    let left = random.below(10_000);
    for (const [name, share] of Object.entries(faults) as [Fault, number][]) {
      left -= share * rate;
      if (left < 0) return name;
    }
    return undefined;
  };
  const assume = (body: string, isForeign: boolean, change: (xml: string) => string = (xml) => xml): string => {
    const form = new URLSearchParams(body);
    const sessionToken = `load-session-${randomBytes(16).toString('hex')}-${'t'.repeat(300)}`;
    const sessionName = isForeign ? 'nobody@else' : (form.get('RoleSessionName') ?? '');
    entries.push({
      sessionToken,
      tenant: form.get('Tags.member.1.Value') ?? '',
      sessionName,
      policyTenants: [...(form.get('Policy') ?? '').matchAll(/arn:aws:s3:::b\/([^/"]*)/g)].map(([, tenant]) => tenant!),
      isForeign,
    });
    const role = (form.get('RoleArn') ?? '').split('/').at(-1) ?? '';
    return change(assumedXml(role, sessionName, sessionToken, Number(form.get('DurationSeconds'))));
  };
  const sts = await listen((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const fault = pickFault();
      count(fault ?? 'credentials');
      if (fault === undefined) sendXml(response, 200, assume(body, false));
      else fail(fault, body, response);
    });
  });
  function fail(fault: Fault, body: string, response: ServerResponse): void {
    switch (fault) {
      case 'throttled':
        return sendXml(response, 400, errorXml('Throttling'));
      case 'unavailable':
        return sendXml(response, 503, errorXml('ServiceUnavailable'));
      case 'denied':
        return sendXml(response, 403, errorXml('AccessDenied'));
      case 'reset':
        return void response.destroy();
      case 'half': {
        response.writeHead(200, { 'content-type': 'text/xml', 'content-length': 5_000 });
        return void response.write(assume(body, true).slice(0, 700), () => response.destroy());
      }
      case 'html':
        return sendXml(response, 200, '<html><body>sign in</body></html>');
      case 'of another session':
        return sendXml(response, 200, assume(body, true));
      case 'without an end':
        return sendXml(
          response,
          200,
          assume(body, true, (xml) => xml.replace(/<Expiration>.*<\/Expiration>/, '')),
        );
      case 'hanging':
        return;
      default:
        fault satisfies never;
    }
  }

  const issuers = { first: await serveIssuer('first'), second: await serveIssuer('second') };
  setInterval(() => {
    process.send?.({ kind: 'ledger', entries, counts } satisfies UpstreamsNews);
    entries = [];
    counts = {};
  }, 100);
  process.send?.({ kind: 'ready', issuers, sts } satisfies UpstreamsReady);
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer({ keepAliveTimeout: 60_000 }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function sendXml(response: ServerResponse, status: number, xml: string): void {
  response.writeHead(status, { 'content-type': 'text/xml' }).end(xml);
}

function errorXml(code: string): string {
  return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>scripted</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
}

function assumedXml(role: string, session: string, token: string, seconds: number): string {
  const expiration = new Date(Date.now() + seconds * 1_000).toISOString();
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><AssumedRoleUser><AssumedRoleId>AROALOAD:${session}</AssumedRoleId><Arn>arn:aws:sts::111122223333:assumed-role/${role}/${session}</Arn></AssumedRoleUser><Credentials><AccessKeyId>ASIALOAD000000000001</AccessKeyId><SecretAccessKey>loadSecretAccessKey${randomBytes(12).toString('hex')}</SecretAccessKey><SessionToken>${token}</SessionToken><Expiration>${expiration}</Expiration></Credentials><PackedPolicySize>6</PackedPolicySize></AssumeRoleResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleResponse>`;
}
