// An outage of STS in one Region, seen from outside: the whole function, with the second Region's STS on loopback.
import { afterEach, describe, expect, it } from 'vitest';
import { openDirectConnection } from '../../lambda/sts/direct-connection.ts';
import { answerXml, assumeRoleXml, startPeer, type Peer } from './fixtures.ts';
import { slugOf, startMachine, type Running } from './running-machine.ts';

let running: Running;
let second: Peer;
/** The endpoints that were opened, by their real names. */
let opened: string[];

afterEach(async () => {
  await Promise.all([running.stop(), second.stop()]);
});

/** A function in us-east-1, whose STS refuses connections. */
async function start(sts: Readonly<Record<string, unknown>>): Promise<void> {
  opened = [];
  second = await startPeer((_, response, body) => answerXml(response, assumeRoleXml(body)));
  running = await startMachine(sts, {
    openSts: (address) => {
      opened.push(address.endpoint);
      const isFirst = address.region === 'us-east-1';
      return openDirectConnection({ ...address, endpoint: isFirst ? 'http://127.0.0.1:1' : second.url });
    },
  });
}

describe('an STS that refuses connections', () => {
  it('SEC-FLT-07 is left for that of the second Region, signed for it, and the global one is never named', async () => {
    await start({ sts: { fallbackRegion: 'eu-west-1' } });
    const signedFor: string[] = [];
    const good = second.script;
    second.script = (request, response, body) => {
      signedFor.push(/\/([\w-]+)\/sts\/aws4_request/.exec(request.headers.authorization ?? '')?.[1] ?? '');
      return good(request, response, body);
    };
    const answer = await running.vend();
    expect([answer.statusCode, slugOf(answer)]).toEqual([200, undefined]);
    expect(signedFor).toEqual(['eu-west-1']);
    expect(opened).toEqual(['https://sts.us-east-1.amazonaws.com', 'https://sts.eu-west-1.amazonaws.com']);
    expect(running.records()).toMatchObject([{ event: 'credentials.vended', tenant_id: 'acme' }]);
  });

  it('SEC-FLT-07 is an outage where no second Region is configured, and no other endpoint is tried', async () => {
    await start({});
    expect(slugOf(await running.vend())).toBe('sts-unavailable');
    expect(opened).toEqual(['https://sts.us-east-1.amazonaws.com']);
    expect(second.requests.size).toBe(0);
  });
});
