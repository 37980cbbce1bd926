// The callers of a load run, in a process of their own: each keeps one connection and asks again as soon as it is answered. What an
// answer alone can show is judged here; what needs the books of STS or the log is judged by the books.
import { Agent, request as httpRequest } from 'node:http';
import { createRandom } from '../../test/fuzz/random.ts';
import type { Answered, ClientsInput, ClientsNews } from './messages.ts';
import { chooseRequest, type Asked } from './mix.ts';
import { createPeople, type People } from './people.ts';

interface Answer {
  readonly status: number;
  readonly requestId: string;
  readonly body: string;
}

const tell = (news: ClientsNews): void => void process.send?.(news);

process.once('message', (input: ClientsInput) => void start(input));

async function start(input: ClientsInput): Promise<void> {
  const people = createPeople(input);
  tell({ kind: 'tokens', parts: tokenParts(people) });
  const { seconds, warmUp, clients, seed } = input.options;
  const warm = performance.now() + warmUp * 1_000;
  const end = warm + seconds * 1_000;
  let answers: Answered[] = [];
  let latencies: number[] = [];
  let hungUp = 0;
  const failed: string[] = [];
  const flush = (): void => {
    tell({ kind: 'answers', answers, latencies });
    answers = [];
    latencies = [];
  };
  const flushing = setInterval(flush, 100);

  async function run(client: number): Promise<void> {
    const random = createRandom(seed * 1_000 + client);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (performance.now() < end) {
      const asked = chooseRequest(people, random, input.options.hostile, input.options.faults > 0);
      const startedAt = performance.now();
      try {
        const answer = await send(input.port, agent, asked);
        if (answer === undefined) {
          hungUp += 1;
          continue;
        }
        const judged = judge(asked, answer);
        if (judged.vend !== undefined && startedAt >= warm) latencies.push(performance.now() - startedAt);
        answers.push(judged);
      } catch (cause) {
        failed.push(`${asked.name}: ${String(cause)}`);
        // A front that is gone would be asked in a tight loop.
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    agent.destroy();
  }
  await Promise.all(Array.from({ length: clients }, (_, client) => run(client)));
  clearInterval(flushing);
  flush();
  tell({ kind: 'done', hungUp, failed });
  process.disconnect();
}

/** Payloads and signatures of all tokens: what must not stand in a log. */
function tokenParts({ first, second, bad }: People): readonly string[] {
  const tokens = [...[...first, ...second].map(({ token }) => token), ...Object.values(bad).flat()];
  return tokens.flatMap((token) => token.split('.').slice(1)).filter((part) => part !== '');
}

/** Undefined where the caller hung up. */
function send(port: number, agent: Agent, asked: Asked): Promise<Answer | undefined> {
  const { method, path, body } = asked;
  const headers = Object.fromEntries(
    Object.entries(asked.headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  );
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, requestId: String(response.headers['x-request-id']), body: text }),
      );
    });
    sent.on('error', (cause) => (asked.hangsUp === true ? resolve(undefined) : reject(cause)));
    sent.end(body, () => {
      if (asked.hangsUp !== true) return;
      // Late enough that it was sent, too early for an answer most of the time.
      setTimeout(() => sent.destroy(), 1);
      sent.once('close', () => resolve(undefined));
    });
  });
}

function judge(asked: Asked, { status, requestId, body }: Answer): Answered {
  const code = status === 200 ? 'vended' : readCode(asked, body);
  const common = { requestId, request: asked.name, status, code, isAudited: asked.isAudited };
  const wrong = (why: string): Answered => ({ ...common, wrong: `${asked.name} got ${status} ${code}: ${why}` });
  const tenants = new Set([...body.matchAll(/tenant-\d+-t/g)].map(([name]) => name));
  if (status === 200) {
    if (asked.vend === undefined) return wrong('a vend without a right to it');
    tenants.delete(asked.vend.tenant);
    if (tenants.size > 0) return wrong('it names another tenant');
    const { tenant, subject } = asked.vend;
    const [sessionToken = ''] = /load-session-[0-9a-f]{32}-t+/.exec(body) ?? [];
    return { ...common, vend: { tenant, subject, sessionToken } };
  }
  if (!asked.refusals.includes(`${status} ${code}`)) return wrong(`expected ${asked.refusals.join(' or ')}`);
  if (/ASIA|AKID|load-session|loadSecret|SecretAccessKey|eyJ/.test(body)) return wrong('it holds a credential');
  if (tenants.size > 0) return wrong('a refusal names a tenant');
  return common;
}

function readCode({ isSts }: Asked, body: string): string {
  if (isSts) return /<Code>(\w+)<\/Code>/.exec(body)?.[1] ?? 'unreadable';
  try {
    return (JSON.parse(body) as { readonly type?: string }).type?.split('#')[1] ?? 'without a type';
  } catch {
    return 'unreadable';
  }
}
