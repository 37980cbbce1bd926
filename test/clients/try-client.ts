// What is checked and measured of one client on one way. A check passes or fails; a measurement goes into the table as it came.
import type { Local } from '../../local/index.ts';
import type { Client, Ready, Way } from './toolchains.ts';
import { expiredMessage, Trial, type Call } from './trial.ts';

/** One line of the run. */
export interface Check {
  readonly name: string;
  /** Undefined where it passed. */
  readonly failure?: string;
}

/** One row of the table, as measured. */
export interface Row {
  readonly client: string;
  readonly version: string;
  readonly way: Way;
  readonly worked: boolean;
  /** Why it did not, where that is known. */
  readonly note?: string;
  /** Seconds until the SDK hung up on a machine that does not answer; `none` where it had not after `patience`. Container only. */
  readonly timeoutSeconds?: number | 'none';
  /** With less than the first left it fetched again at each call, with the second no more. */
  readonly refreshBelow?: readonly [number, number];
  readonly showsMessage: boolean;
  /** What the SDK said to an expired token. */
  readonly refusal: string;
}

/** Tries everything. Says each check at once. */
export async function tryClient(
  local: Local,
  client: Client,
  ready: Ready,
  way: Way,
  say: (check: Check) => void,
): Promise<Row> {
  const trial = new Trial(local, client, ready, way);
  const row = { client: client.name, version: ready.version, way };
  const checks: Check[] = [];
  const check = (name: string, failure: string | undefined): void => {
    checks.push({ name, ...(failure === undefined ? {} : { failure }) });
    say(checks.at(-1)!);
  };

  const broken = client.broken?.[way];
  if (broken !== undefined) {
    const { refused, text } = await trial.refusal(3600);
    check(`does not work here: ${broken}`, !refused ? 'it does work now' : /404/.test(text) ? undefined : text);
    return { ...row, worked: false, note: broken, showsMessage: false, refusal: text };
  }

  const calls = await trial.run({}, ['calls']);
  const find = (name: string): Call =>
    calls.calls.find((call) => call.name === name) ?? { name, refused: true, text: calls.stderr };
  check(
    'its own object is written and read',
    refusedBy(find('s3 put')) ??
      refusedBy(find('s3 get')) ??
      refusedBy(calls.calls.find(({ name }) => name === 's3 list')),
  );
  check("the other tenant's object is denied", deniedBy(find('s3 get other')));
  check('its own item is written and read', refusedBy(find('dynamodb put')) ?? refusedBy(find('dynamodb get')));
  check("the other tenant's item is denied", deniedBy(find('dynamodb get other')));
  const worked = checks.every(({ failure }) => failure === undefined);

  const three = await trial.repeat(3, 0);
  const wanted = client.oneCallEach?.[way] ?? 1;
  check(
    `three calls with an hour left fetch ${wanted === 1 ? 'once' : 'three times'}`,
    three.failure ?? differs(three.fetches, wanted),
  );
  const soon = await trial.repeat(2, 6000, { secondsLeft: 4 });
  check(
    'credentials that end are fetched again and the next call works',
    soon.failure ?? differs(soon.fetches >= 2, true),
  );

  const refusal = await trial.refusal();
  const showsMessage = refusal.text.includes(expiredMessage);
  const expected = !(client.silentAbout ?? []).includes(way);
  check(
    expected
      ? 'an expired token ends in our message'
      : 'an expired token ends in an error (this SDK keeps our message to itself)',
    !refusal.refused ? 'the call went through' : showsMessage === expected ? undefined : refusal.text,
  );
  return {
    ...row,
    worked,
    ...(way === 'container' ? { timeoutSeconds: await trial.timeout() } : {}),
    ...(client.oneCallEach !== undefined ? {} : { refreshBelow: await trial.refreshWindow() }),
    showsMessage,
    refusal: refusal.text,
  };
}

const refusedBy = (call: Call | undefined): string | undefined => (call?.refused === true ? call.text : undefined);

function deniedBy({ refused, text }: Call): string | undefined {
  if (!refused) return 'it was allowed';
  return /AccessDenied/.test(text) ? undefined : `not by AccessDenied: ${text}`;
}

const differs = (got: unknown, wanted: unknown): string | undefined =>
  got === wanted ? undefined : `${String(got)} and not ${String(wanted)}`;
